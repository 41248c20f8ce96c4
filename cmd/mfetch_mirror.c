/*
 * mirror = yes: what became of the messages that are here.
 *
 * Asked for with QRESYNC, by opening the folder; else all flags, or with
 * CONDSTORE those that changed, and with both the search for all that is
 * there.  What the server changed since it was recorded is changed in the
 * file's name: a flag that only the user changed stays as it is, and a file is
 * never removed.  The names change first and the record after them, so that a
 * run that dies in between does the same again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/flag.h"
#include "mfetch_pull.h"
#include "mfetch_target.h"

#define CHANGES_MAX 10000000 /* that a server may tell of a folder */

/* A file whose flags change. */
struct mirror_file {
	char *name;
	unsigned add, remove;
	bool is_done;
};

/* What is to be done: file[i] for change[i], until the files are sorted. */
struct plan {
	const struct pull *p;
	size_t n_old; /* that the server must have had when it was opened */
	struct mirror_file *file;
	struct state_change *change;
	size_t n, file_cap, change_cap;
};

static void merge(struct mirror *);
static int by_uid(const void *, const void *);
static int by_first(const void *, const void *);
static int plan_one(void *, uint32_t, unsigned, const char *, struct err *);
static bool is_gone(const struct pull *, uint32_t);
static int carry_out(struct plan *, struct err *);
static int change_files(struct plan *, struct maildir *, struct err *);
static int by_name(const void *, const void *);

bool
mirror_is_on(const struct mfetch *run, const struct source *src)
{
	return run->target_kind == TARGET_MAILDIR && !run->dry &&
	    !src->delete && src->url->uid == 0 &&
	    account_yes(src->account, "mirror", CONF_FETCH);
}

void
mirror_words(const struct pull *p, struct buf *out)
{
	if (imap_can(p->s->imap, "QRESYNC") && p->seen.modseq > 0)
		buf_fmt(out, "(QRESYNC (%lu %llu 1:%lu))",
		    (unsigned long)p->seen.uidvalidity,
		    (unsigned long long)p->seen.modseq,
		    (unsigned long)(p->seen.next > 1 ? p->seen.next - 1 : 1));
	else if (imap_can(p->s->imap, "CONDSTORE"))
		buf_str(out, "(CONDSTORE)");
}

void
mirror_items(const struct pull *p, struct buf *out)
{
	if (imap_can(p->s->imap, "QRESYNC") && p->seen.modseq > 0)
		return;
	buf_str(out, "(UID FLAGS)");
	if (imap_can(p->s->imap, "CONDSTORE") && p->seen.modseq > 0)
		buf_fmt(out, " (CHANGEDSINCE %llu)",
		    (unsigned long long)p->seen.modseq);
}

int
mirror_take(struct mirror *m, const struct imap_event *ev, struct err *e)
{
	if (m->n_flags == CHANGES_MAX || m->n_gone == CHANGES_MAX)
		return err_set(e, ERR_PROTO, "the server changes over %d "
		    "messages", CHANGES_MAX);
	if (ev->on == IMAP_ON_VANISHED) {
		m->gone = mem_grow(m->gone, &m->gone_cap, m->n_gone + 1,
		    sizeof *m->gone);
		m->gone[m->n_gone++] = (struct mirror_gone){ev->uid, ev->last};
		return 0;
	}
	if (ev->uid == 0 || !ev->has_flags)
		return 0;
	m->flags = mem_grow(m->flags, &m->flags_cap, m->n_flags + 1,
	    sizeof *m->flags);
	m->flags[m->n_flags] = (struct mirror_flags){ev->uid,
	    flags_of_imap(ev->flags), m->n_flags};
	m->n_flags++;
	return 0;
}

int
mirror_apply(struct pull *p, struct err *e)
{
	struct plan plan = {.p = p};
	int status;

	merge(&p->mirror);
	status = state_each_done(p->place.state, p->place.source,
	    p->place.uidvalidity, plan_one, &plan, e);
	if (status == 0 && plan.n > 0)
		status = carry_out(&plan, e);
	/* it has fewer, and has not told which: all is asked again */
	if (plan.n_old > p->exists)
		p->mirror.modseq = 0;
	for (size_t i = 0; i < plan.n; i++)
		free(plan.file[i].name);
	free(plan.file);
	free(plan.change);
	return status;
}

void
mirror_free(struct mirror *m)
{
	free(m->flags);
	free(m->gone);
}

/* Sorts what was told; the last word on a UID is the last of its kind. */
static void
merge(struct mirror *m)
{
	size_t n = 0;

	if (m->n_flags > 1)
		qsort(m->flags, m->n_flags, sizeof *m->flags, by_uid);
	for (size_t i = 0; i < m->n_flags; i++)
		if (i + 1 == m->n_flags ||
		    m->flags[i + 1].uid != m->flags[i].uid)
			m->flags[n++] = m->flags[i];
	m->n_flags = n;
	if (m->n_gone > 1)
		qsort(m->gone, m->n_gone, sizeof *m->gone, by_first);
	n = 0;
	for (size_t i = 0; i < m->n_gone; i++) {
		if (n == 0 || m->gone[i].first > m->gone[n - 1].last)
			m->gone[n++] = m->gone[i];
		else if (m->gone[i].last > m->gone[n - 1].last)
			m->gone[n - 1].last = m->gone[i].last;
	}
	m->n_gone = n;
}

static int
by_uid(const void *a, const void *b)
{
	const struct mirror_flags *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int
by_first(const void *a, const void *b)
{
	const struct mirror_gone *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static int
plan_one(void *arg, uint32_t uid, unsigned before, const char *name,
    struct err *e)
{
	struct plan *plan = arg;
	const struct mirror *m = &plan->p->mirror;
	const struct mirror_flags *f = m->n_flags == 0 ? NULL :
	    bsearch(&uid, m->flags, m->n_flags, sizeof *f, uid_order);
	bool gone = is_gone(plan->p, uid);
	unsigned now = f == NULL ? before : f->flags;

	(void)e;
	plan->n_old += !gone && uid < plan->p->seen.next;
	if (now == before && !gone)
		return 0;
	plan->file = mem_grow(plan->file, &plan->file_cap, plan->n + 1,
	    sizeof *plan->file);
	plan->change = mem_grow(plan->change, &plan->change_cap, plan->n + 1,
	    sizeof *plan->change);
	plan->file[plan->n] = (struct mirror_file){.name = mem_str(name),
	    .add = (now & ~before) | (gone ? FLAG_TRASHED : 0u),
	    .remove = before & ~now};
	plan->change[plan->n++] = (struct state_change){uid, now,
	    gone ? STATE_GONE : STATE_DONE};
	return 0;
}

static bool
is_gone(const struct pull *p, uint32_t uid)
{
	const struct mirror *m = &p->mirror;
	size_t low = 0, high = m->n_gone;

	/* a search that left out what the folder counts says of none */
	if (m->is_whole)
		return p->n_others == 0 && !found_has(p, uid);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->gone[middle].last < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->n_gone && m->gone[low].first <= uid;
}

static int
carry_out(struct plan *plan, struct err *e)
{
	const struct place *place = &plan->p->place;
	struct maildir m;
	int status;

	if (maildir_open(place->target->path, false, &m, e) == -1)
		return -1;
	qsort(plan->file, plan->n, sizeof *plan->file, by_name);
	status = change_files(plan, &m, e);
	if (status == 0)
		status = maildir_sync(&m, e);
	if (status == 0)
		status = state_change(place->state, place->source,
		    place->uidvalidity, plan->change, plan->n, e);
	maildir_close(&m);
	return status;
}

/*
 * A file that is not there was removed by the user.  One that somebody renames
 * meanwhile may be seen under neither name: the next run does it.
 */
static int
change_files(struct plan *plan, struct maildir *m, struct err *e)
{
	struct maildir_iter it;
	struct maildir_entry entry;
	int status, moved = 0;

	maildir_each(m, &it);
	while (moved == 0 && (status = maildir_next(&it, &entry, e)) == 1) {
		struct span name = span_of(entry.name);
		struct buf base = {0};
		struct mirror_file key = {0}, *f;

		buf_span(&base, span_sub(name, 0, maildir_base(name)));
		key.name = (char *)buf_cstr(&base);
		f = bsearch(&key, plan->file, plan->n, sizeof key, by_name);
		buf_free(&base);
		if (f == NULL || f->is_done)
			continue;
		f->is_done = true;
		moved = maildir_flag(m, &entry, f->add, f->remove, e);
	}
	maildir_end(&it);
	if (moved == 1)
		return err_set(e, ERR_TEMP, "%s: a message was renamed while "
		    "its flags were to be changed", m->path);
	return status == -1 || moved == -1 ? -1 : 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct mirror_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}
