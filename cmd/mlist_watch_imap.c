/* -w on a server: what comes into a folder, told by IDLE or asked for. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diag.h"
#include "host/clock.h"
#include "host/wait.h"
#include "mlist_remote.h"

#define IDLE_MS (9 * 60 * 1000) /* servers and routers forget longer ones */
#define POLL_MS (60 * 1000)	/* where there is no IDLE */
#define TURN_MS (30 * 1000)	/* between looks for a reader of the output */

/* What a server said while nothing was asked. */
struct news {
	bool exists;	/* how many messages there are: perhaps more */
	bool is_idling; /* it tells by itself from now on */
};

static int open_folder(struct mailbox *, const char *wire, struct err *);
static int ask_next(struct imap_session *, const char *wire, uint32_t *next,
    struct err *);
static int look(struct mailbox *, struct err *);
static int show(struct mailbox *, struct err *);
static int wait_news(struct mailbox *, struct err *);
static int idle(struct mailbox *, struct err *);
static int wait_until(struct imap_session *, int64_t until_ms, struct news *,
    struct err *);
static bool is_over(struct mailbox *);

int
mailbox_watch(struct mailbox *b, const char *wire, struct err *e)
{
	if (open_folder(b, wire, e) == -1)
		return -1;
	while (!is_over(b)) {
		if (look(b, e) == -1)
			return -1;
		b->m->remote->lost = 0;
		if (!is_over(b) && wait_news(b, e) == -1)
			return -1;
	}
	return 0;
}

/* What comes from now on is new; after a connection was lost, from before. */
static int
open_folder(struct mailbox *b, const char *wire, struct err *e)
{
	const struct imap_ask ask = {.verb = IMAP_EXAMINE,
	    .name = span_of(wire)};
	struct remote *r = b->m->remote;
	const struct imap_mailbox *box;
	uint32_t next;

	if (imap_session_do(b->s, &ask, e) == -1 || mailbox_check(b, e) == -1)
		return -1;
	box = imap_mailbox(b->s->imap);
	next = box->uidnext;
	if (next == 0 && ask_next(b->s, wire, &next, e) == -1)
		return -1;
	if (r->watched_next != 0 && r->watched_validity == box->uidvalidity)
		return 0;
	if (r->watched_next != 0)
		diag(MLIST_NAME, "%s: the server counts its messages anew "
		    "(UIDVALIDITY)", b->url.folder);
	r->watched_validity = box->uidvalidity;
	r->watched_next = next;
	return 0;
}

/* Courier has the next UID in STATUS alone. */
static int
ask_next(struct imap_session *s, const char *wire, uint32_t *next,
    struct err *e)
{
	const struct imap_ask ask = {.verb = IMAP_STATUS,
	    .name = span_of(wire), .words = SPAN("(UIDNEXT)")};
	struct imap_event ev;

	if (imap_ask(s->imap, &ask, NULL, e) == -1)
		return -1;
	while (imap_waiting(s->imap) > 0) {
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
		if (ev.on == IMAP_ON_STATUS)
			*next = ev.counts.uidnext;
	}
	return *next != 0 ? 0 : err_set(e, ERR_REFUSED,
	    "the server does not tell the next UID");
}

static int
look(struct mailbox *b, struct err *e)
{
	struct remote *r = b->m->remote;
	size_t kept = 0;

	b->n = 0;
	mlist_now(b->m);
	mailbox_search(b);
	if (mailbox_find(b, r->watched_next, e) == -1)
		return -1;
	mailbox_sort(b);
	/* "7:*" is the last message too, where there is none from 7 on */
	for (size_t i = 0; i < b->n; i++)
		if (b->uid[i] >= r->watched_next)
			b->uid[kept++] = b->uid[i];
	b->n = kept;
	if (kept == 0)
		return 0;
	if (show(b, e) == -1)
		return -1;
	r->watched_next = b->uid[kept - 1] + 1;
	return 0;
}

static int
show(struct mailbox *b, struct err *e)
{
	struct mlist *m = b->m;

	if (mailbox_knows(b))
		mailbox_give_all(b);
	else if (mailbox_fetch(b, e) == -1)
		return -1;
	if (!m->is_broken && output_flush(&m->out, e) == -1) {
		mlist_break(m, e);
		return -1;
	}
	return 0;
}

/* Until there may be messages that were not looked for. */
static int
wait_news(struct mailbox *b, struct err *e)
{
	int64_t until_ms = clock_mono_ms() + POLL_MS;
	struct news news = {0};

	if (imap_can(b->s->imap, "IDLE") ||
	    imap_can(b->s->imap, "IMAP4rev2"))
		return idle(b, e);
	while (!news.exists && !is_over(b) && clock_mono_ms() < until_ms)
		if (wait_until(b->s, until_ms, &news, e) == -1)
			return -1;
	return imap_session_do(b->s, &(struct imap_ask){.verb = IMAP_NOOP}, e);
}

static int
idle(struct mailbox *b, struct err *e)
{
	const struct imap_ask ask = {.verb = IMAP_IDLE};
	int64_t until_ms = clock_mono_ms() + IDLE_MS;
	struct news news = {0};
	bool is_ending = false;

	if (imap_ask(b->s->imap, &ask, NULL, e) == -1)
		return -1;
	while (imap_waiting(b->s->imap) > 0) {
		if (wait_until(b->s, until_ms, &news, e) == -1)
			return -1;
		if (is_over(b))
			return 0;
		if (is_ending || !news.is_idling ||
		    (!news.exists && clock_mono_ms() < until_ms))
			continue;
		imap_idle_end(b->s->imap);
		is_ending = true;
		/* now it is the server that owes an answer */
		until_ms = wire_until(b->s->wire->timeout_ms);
	}
	return 0;
}

/* One event, or a turn of waiting. */
static int
wait_until(struct imap_session *s, int64_t until_ms, struct news *news,
    struct err *e)
{
	int64_t turn_ms = clock_mono_ms() + TURN_MS;
	struct imap_event ev;
	int more = imap_next(s->imap, &ev, e);

	if (more == 1) {
		news->exists = news->exists || ev.on == IMAP_ON_EXISTS;
		news->is_idling = news->is_idling || ev.on == IMAP_ON_IDLING;
		if (ev.on == IMAP_ON_DONE && ev.status != IMAP_OK)
			return imap_refused(&ev, e);
		return 0;
	}
	if (more == -1) {
		s->is_over = true;
		return -1;
	}
	return imap_session_wait(s, turn_ms < until_ms ? turn_ms : until_ms,
	    e) == -1 ? -1 : 0;
}

/* Enough was shown, or nobody reads any more, as a write would say. */
static bool
is_over(struct mailbox *b)
{
	struct output *out = &b->m->out;

	out->is_closed_pipe = out->is_closed_pipe ||
	    wait_is_unread(STDOUT_FILENO);
	return out->is_closed_pipe || mlist_is_done(b->m);
}
