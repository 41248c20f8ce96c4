/*
 * Messages on a server that are named in a row, as mlist prints them: their
 * names differ in the number at their end alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mlist_remote.h"

static struct span before_number(struct span name);
static bool is_next(struct span name, struct span before, uint32_t *uid);
static size_t first_again(const struct named_list *);
static int by_uid(const void *, const void *);
static int by_order(const void *, const void *);

void
named_take(struct named_list *l, uint32_t uid)
{
	struct span before = before_number(span_of(l->name[0]));
	size_t n = 0, kept = 0, end;
	uint32_t number;
	/* one whose number means something else stands alone */
	bool is_alone = !is_next(span_of(l->name[0]), before, &number) ||
	    number != uid;

	l->v = mem_alloc(l->n, sizeof *l->v);
	do {
		l->v[n] = (struct named){.uid = uid, .order = n};
	} while (++n < l->n && !is_alone &&
	    is_next(span_of(l->name[n]), before, &uid));
	l->n = n;
	qsort(l->v, n, sizeof *l->v, by_uid);
	end = first_again(l);
	for (size_t i = 0; i < n; i++)
		if (l->v[i].order < end)
			l->v[kept++] = l->v[i];
	l->n = kept;
}

void
named_give(struct mlist *m, struct named_list *l, bool was_looked_for)
{
	struct err e;

	qsort(l->v, l->n, sizeof *l->v, by_order);
	for (size_t i = 0; i < l->n && !mlist_is_done(m); i++) {
		if (l->v[i].is_here) {
			mlist_take(m, &l->v[i].rows);
		} else if (was_looked_for) {
			err_set(&e, ERR_NOINPUT, "%s: no such message",
			    l->name[i]);
			mlist_fail(m, &e);
		}
	}
}

void
named_free(struct named_list *l)
{
	for (size_t i = 0; l->v != NULL && i < l->n; i++)
		mlist_rows_free(&l->v[i].rows);
	free(l->v);
	l->v = NULL;
}

static struct span
before_number(struct span name)
{
	while (name.n > 0 && ascii_digit(name.p[name.n - 1]))
		name.n--;
	return name;
}

/* The same, and then a UID as we write it. */
static bool
is_next(struct span name, struct span before, uint32_t *uid)
{
	struct span number = span_from(name, before.n);
	uint64_t n;

	if (!span_starts(name, before) || number.n == 0 ||
	    number.p[0] == '0' || !span_num(number, UINT32_MAX, &n))
		return false;
	*uid = (uint32_t)n;
	return true;
}

/* The order of the first that was named before; SIZE_MAX: there is none. */
static size_t
first_again(const struct named_list *l)
{
	size_t first = SIZE_MAX;

	for (size_t i = 1; i < l->n; i++)
		if (l->v[i].uid == l->v[i - 1].uid && l->v[i].order < first)
			first = l->v[i].order;
	return first;
}

static int
by_uid(const void *p, const void *q)
{
	const struct named *a = p, *b = q;

	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	return by_order(p, q);
}

static int
by_order(const void *p, const void *q)
{
	const struct named *a = p, *b = q;

	return a->order < b->order ? -1 : a->order > b->order;
}
