#include <stdio.h>
#include <stdlib.h>

#include "app/diag.h"
#include "base/mem.h"
#include "mfetch_pull.h"

#define SET_MESSAGES 500 /* deleted by one command */
#define IN_FLIGHT 8	 /* commands that wait for their answer */

static void tell_read_only(struct pull *);
static int find_safe(struct pull *, struct state_change **, size_t *n,
    struct err *);
static size_t flight(const struct state_change *, size_t n);
static int delete_some(struct pull *, struct state_change *, size_t n,
    struct err *);
static int record(struct pull *, enum state_mark, struct state_change *,
    size_t n, struct err *);
static int ask_each(struct pull *, const struct imap_ask *,
    const struct state_change *, size_t n, struct err *);
static size_t make_set(const struct state_change *, size_t n, struct buf *);
static int answered(struct pull *, struct err *);

/* What is safe here goes from the server, by UID alone. */
int
pull_delete(struct pull *p, struct err *e)
{
	struct state_change *gone;
	size_t n, from = 0, some;
	int status = find_safe(p, &gone, &n, e);

	if (status == 0 && n > 0 && imap_mailbox(p->s->imap)->is_read_only) {
		tell_read_only(p);
		n = 0;
	}
	for (; status == 0 && from < n; from += some) {
		some = flight(gone + from, n - from);
		status = delete_some(p, gone + from, some, e);
	}
	if (status == 0 && n > 0 && !imap_can(p->s->imap, "UIDPLUS"))
		diag(p->run->tool.name, "%s: the server cannot remove single "
		    "messages (UIDPLUS); they are marked as deleted",
		    p->folder->name);
	free(gone);
	return status;
}

/* The other folders follow. */
static void
tell_read_only(struct pull *p)
{
	struct err e;

	err_set(&e, ERR_REFUSED, "the server lets nothing be deleted here");
	report_fault(p->run, p->folder->name, &e);
}

/* In ascending order, as they were found. */
static int
find_safe(struct pull *p, struct state_change **gone, size_t *n,
    struct err *e)
{
	bool is_safe;
	char uid[16];

	*gone = mem_alloc(p->n_found, sizeof **gone);
	*n = 0;
	for (size_t i = 0; i < p->n_found; i++) {
		if (!p->is_ours[i])
			continue;
		snprintf(uid, sizeof uid, "%lu", (unsigned long)p->found[i]);
		if (place_is_safe(&p->place, uid, &is_safe, e) == -1)
			return -1;
		if (is_safe)
			(*gone)[(*n)++].uid = p->found[i];
	}
	return 0;
}

/* How many of the first go at a time. */
static size_t
flight(const struct state_change *gone, size_t n)
{
	struct buf set = {0};
	size_t some = 0;

	for (size_t i = 0; i < IN_FLIGHT && some < n; i++) {
		some += make_set(gone + some, n - some, &set);
		buf_cut(&set, 0);
	}
	buf_free(&set);
	return some;
}

/*
 * They are marked before any is removed, for a server may work at several
 * commands at a time.  What is about to happen is recorded before, and that
 * they are gone after it: whenever this run dies, no mirror takes for news what
 * it did itself, be it the mark or the removal.
 */
static int
delete_some(struct pull *p, struct state_change *gone, size_t n,
    struct err *e)
{
	const struct imap_ask mark = {.verb = IMAP_UID_STORE,
	    .words = SPAN("+FLAGS.SILENT (\\Deleted)")};
	const struct imap_ask removal = {.verb = IMAP_UID_EXPUNGE};

	if (record(p, STATE_DELETING, gone, n, e) == -1 ||
	    ask_each(p, &mark, gone, n, e) == -1)
		return -1;
	if (!imap_can(p->s->imap, "UIDPLUS"))
		return 0;
	if (ask_each(p, &removal, gone, n, e) == -1)
		return -1;
	return record(p, STATE_GONE, gone, n, e);
}

static int
record(struct pull *p, enum state_mark mark, struct state_change *gone,
    size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		gone[i].mark = mark;
	return state_change(p->place.state, p->place.source,
	    p->place.uidvalidity, gone, n, e);
}

/* The same command for each set of them, until all are answered. */
static int
ask_each(struct pull *p, const struct imap_ask *command,
    const struct state_change *gone, size_t n, struct err *e)
{
	struct imap_ask ask = *command;
	struct buf set = {0};
	int status = pull_check(p, e);

	while (status == 0 && n > 0) {
		size_t some = make_set(gone, n, &set);

		ask.set = buf_view(&set);
		status = imap_ask(p->s->imap, &ask, NULL, e);
		buf_cut(&set, 0);
		gone += some;
		n -= some;
	}
	buf_free(&set);
	return status == -1 ? -1 : answered(p, e);
}

/* Each range has nothing but them; how many they are. */
static size_t
make_set(const struct state_change *gone, size_t n, struct buf *set)
{
	size_t i = 0, first;

	while (i < n && i < SET_MESSAGES && set->n < SET_BYTES) {
		first = i++;
		while (i < n && i < SET_MESSAGES &&
		    gone[i].uid == gone[i - 1].uid + 1)
			i++;
		uid_range(set, gone[first].uid, gone[i - 1].uid);
	}
	return i;
}

/* All is waited for; the first refusal is what is wrong. */
static int
answered(struct pull *p, struct err *e)
{
	struct imap_event ev;
	int status = 0;

	while (imap_waiting(p->s->imap) > 0) {
		if (imap_session_next(p->s, &ev, e) == -1)
			return -1;
		if (ev.on == IMAP_ON_DONE && ev.status != IMAP_OK &&
		    status == 0)
			status = imap_refused(&ev, e);
	}
	return status == -1 ? -1 : pull_check(p, e);
}
