#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mfetch_pull.h"

#define MESSAGES_MAX 10000000 /* that a server may list in a folder */

static void drop_doubles(struct pull *);
static size_t place_of(const struct pull *, uint32_t uid);
static bool has_taken(const struct pull *, uint32_t);
static uint64_t count_new(const struct pull *);
static bool holds(const uint32_t *, size_t, uint32_t);
static int is_header(struct pull *, uint32_t, bool *, struct err *);

int
uid_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
uid_range(struct buf *set, uint32_t first, uint32_t last)
{
	if (set->n > 0)
		buf_char(set, ',');
	buf_fmt(set, "%lu", (unsigned long)first);
	if (last > first)
		buf_fmt(set, ":%lu", (unsigned long)last);
}

int
found_take(struct pull *p, const struct imap_event *ev, struct err *e)
{
	uint32_t exists = imap_mailbox(p->s->imap)->exists, uid = ev->uid;
	const struct picked *k = p->src->picked;
	uint32_t only = k == NULL ? p->src->url->uid : 0;
	uint64_t n;

	/* "next:*" has the last message where none is new */
	if (ev->last < p->from || p->is_searched)
		return 0;
	if (uid < p->from)
		uid = p->from;
	n = (uint64_t)ev->last - uid + 1;
	if ((only != 0 && (uid > only || ev->last < only || n > 1)) ||
	    (k != NULL && pick_place(k, uid, ev->last) == SPAN_NONE))
		return err_set(e, ERR_PROTO,
		    "the server sent UIDs that were not asked for");
	if (n > MESSAGES_MAX - p->n_found)
		return err_set(e, ERR_PROTO, "the server lists over %d "
		    "messages", MESSAGES_MAX);
	if (n > exists || p->n_found + n > exists)
		return err_set(e, ERR_PROTO,
		    "the server sent more UIDs than it has messages");
	p->found = mem_grow(p->found, &p->found_cap, p->n_found + (size_t)n,
	    sizeof *p->found);
	for (uint64_t i = 0; i < n; i++)
		p->found[p->n_found++] = (uint32_t)(uid + i);
	return 0;
}

int
found_sort(struct pull *p, struct err *e)
{
	size_t exists = imap_mailbox(p->s->imap)->exists;

	p->is_searched = true;
	if (p->src->url->uid != 0 && p->src->picked == NULL &&
	    p->n_found == 0) {
		err_set(&p->failed, ERR_NOINPUT, "no such message");
		return 0;
	}
	if (p->n_found > 1)
		qsort(p->found, p->n_found, sizeof *p->found, uid_order);
	drop_doubles(p);
	p->n_gone = 0;
	p->n_others = exists > p->n_found ? exists - p->n_found : 0;
	p->is_ours = mem_alloc(p->n_found, sizeof *p->is_ours);
	p->wanted = mem_alloc(p->n_found, sizeof *p->wanted);
	return found_choose(p, e);
}

int
found_choose(struct pull *p, struct err *e)
{
	size_t skip;

	p->n_wanted = 0;
	if (found_mark(p, e) == -1)
		return -1;
	for (size_t i = 0; i < p->n_found; i++)
		if (!p->is_ours[i] && !p->is_tail)
			p->wanted[p->n_wanted++] = (uint32_t)i;
	if (p->src->picked != NULL)
		pick_order(p);
	if (p->run->newest > 0 && p->n_wanted > p->run->newest) {
		skip = p->n_wanted - (size_t)p->run->newest;
		p->n_wanted -= skip;
		memmove(p->wanted, p->wanted + skip,
		    p->n_wanted * sizeof *p->wanted);
	}
	if (p->run->dry && !dry_asks(p->run))
		p->asked = p->n_wanted;
	else
		progress_expect(&p->run->progress, count_new(p));
	return 0;
}

int
found_mark(struct pull *p, struct err *e)
{
	uint32_t *known = NULL;
	size_t n = 0;
	bool is_partial = false;

	if (p->place.state != NULL &&
	    state_uids(p->place.state, p->place.source, p->place.uidvalidity,
		p->from, &known, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < p->n_found; i++)
		p->is_ours[i] = holds(known, n, p->found[i]);
	free(known);
	/* what is asked for by its name, and only its header is here */
	for (size_t i = 0; i < p->n_found && p->src->url->uid != 0 &&
	    !p->run->headers; i++) {
		if (!p->is_ours[i])
			continue;
		if (is_header(p, p->found[i], &is_partial, e) == -1)
			return -1;
		p->is_ours[i] = !is_partial;
	}
	return 0;
}

bool
found_has(const struct pull *p, uint32_t uid)
{
	return holds(p->found, p->n_found, uid);
}

enum found
found_look(const struct pull *p, uint32_t uid)
{
	size_t at = place_of(p, uid);

	if (has_taken(p, uid))
		return FOUND_TAKEN;
	if (p->is_tail)
		return uid >= p->tail && p->n_taken < MESSAGES_MAX ?
		    FOUND_ASKED : FOUND_NOT_ASKED;
	if (p->src->picked != NULL)
		return at != SPAN_NONE && !p->is_ours[at] ? FOUND_ASKED :
		    FOUND_NOT_ASKED;
	return at != SPAN_NONE && !p->is_ours[at] && p->asked > 0 &&
	    at >= p->wanted[0] && at <= p->wanted[p->asked - 1] ?
	    FOUND_ASKED : FOUND_NOT_ASKED;
}

/*
 * The number is a place among all messages of the folder, of which some were
 * not looked for, and those that are gone since then do not count.
 */
bool
found_fits(const struct pull *p, uint32_t uid, uint32_t number)
{
	size_t at = p->is_searched ? place_of(p, uid) : SPAN_NONE;

	return at == SPAN_NONE ||
	    (number + p->n_gone > at && number <= at + 1 + p->n_others);
}

/*
 * Whatever their order, each costs little: the list is made of sorted runs, one
 * for each power of two in its length, the longest first.
 */
void
found_taken(struct pull *p, uint32_t uid)
{
	size_t n = p->n_taken + 1, run = n & (~n + 1);

	p->taken = mem_grow(p->taken, &p->taken_cap, n, sizeof uid);
	p->taken[p->n_taken] = uid;
	p->n_taken = n;
	if (run > 1)
		qsort(p->taken + n - run, run, sizeof uid, uid_order);
	if (uid > p->last_taken)
		p->last_taken = uid;
}

/* A server may name one twice. */
static void
drop_doubles(struct pull *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_found; i++)
		if (i == 0 || p->found[i] != p->found[i - 1])
			p->found[n++] = p->found[i];
	p->n_found = n;
}

/* In what was found. */
static size_t
place_of(const struct pull *p, uint32_t uid)
{
	const uint32_t *at = p->n_found == 0 ? NULL :
	    bsearch(&uid, p->found, p->n_found, sizeof uid, uid_order);

	return at == NULL ? SPAN_NONE : (size_t)(at - p->found);
}

static bool
has_taken(const struct pull *p, uint32_t uid)
{
	/* without its lowest bit the length is where the last run begins */
	for (size_t n = p->n_taken; n > 0; n &= n - 1)
		if (holds(p->taken + (n & (n - 1)), n & (~n + 1), uid))
			return true;
	return false;
}

/* What comes: what is wanted, or what was asked for before it was known. */
static uint64_t
count_new(const struct pull *p)
{
	uint64_t n = p->n_wanted;

	for (size_t i = 0; p->is_tail && i < p->n_found; i++)
		n += !p->is_ours[i];
	return n;
}

static bool
holds(const uint32_t *list, size_t n, uint32_t uid)
{
	return n > 0 && bsearch(&uid, list, n, sizeof uid, uid_order) != NULL;
}

static int
is_header(struct pull *p, uint32_t number, bool *is, struct err *e)
{
	char uid[16], *name;

	snprintf(uid, sizeof uid, "%lu", (unsigned long)number);
	if (state_partial(p->place.state, p->place.source,
		p->place.uidvalidity, uid, &name, e) == -1)
		return -1;
	*is = name != NULL;
	free(name);
	return 0;
}
