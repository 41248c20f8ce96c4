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
static int delete_some(struct pull *, const struct state_change *, size_t n,
    size_t *done, struct err *);
static int ask_each(struct pull *, const struct imap_ask *,
    const struct state_change *, size_t n, size_t *done, struct err *);
static size_t make_set(const struct state_change *, size_t n, struct buf *);
static int answered(struct pull *, struct err *);

/* What is safe here goes from the server, by UID alone. */
int
pull_delete(struct pull *p, struct err *e)
{
	struct state_change *gone;
	size_t n, from = 0, done;
	int status = find_safe(p, &gone, &n, e);

	if (status == 0 && n > 0 && imap_mailbox(p->s->imap)->is_read_only) {
		tell_read_only(p);
		n = 0;
	}
	for (; status == 0 && from < n; from += done)
		status = delete_some(p, gone + from, n - from, &done, e);
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
	diag_err(p->run->tool.name, p->folder->name, &e);
	diag_status(&p->run->status, &e);
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
			(*gone)[(*n)++] =
			    (struct state_change){p->found[i], 0, true};
	}
	return 0;
}

/*
 * The first of them, as many as may be in flight.  They are marked before any
 * is removed, for a server may work at several commands at a time.  That they
 * are gone is recorded, so that no mirror takes it for news.
 */
static int
delete_some(struct pull *p, const struct state_change *gone, size_t n,
    size_t *done, struct err *e)
{
	const struct imap_ask mark = {.verb = IMAP_UID_STORE,
	    .words = SPAN("+FLAGS.SILENT (\\Deleted)")};
	const struct imap_ask removal = {.verb = IMAP_UID_EXPUNGE};

	if (ask_each(p, &mark, gone, n, done, e) == -1)
		return -1;
	if (!imap_can(p->s->imap, "UIDPLUS"))
		return 0;
	if (ask_each(p, &removal, gone, *done, done, e) == -1)
		return -1;
	return state_change(p->place.state, p->place.source,
	    p->place.uidvalidity, gone, *done, e);
}

/* The same command for each set of them, until all are answered. */
static int
ask_each(struct pull *p, const struct imap_ask *command,
    const struct state_change *gone, size_t n, size_t *done, struct err *e)
{
	struct imap_ask ask = *command;
	struct buf set = {0};
	int status = pull_check(p, e);

	*done = 0;
	for (size_t i = 0; status == 0 && i < IN_FLIGHT && *done < n; i++) {
		*done += make_set(gone + *done, n - *done, &set);
		ask.set = buf_view(&set);
		status = imap_ask(p->s->imap, &ask, NULL, e);
		buf_cut(&set, 0);
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
