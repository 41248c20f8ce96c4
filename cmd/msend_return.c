/* What could not be sent goes back to its sender. */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "mail/bounce.h"
#include "msend.h"
#include "store/maildir.h"

#define TOKEN_CHARS 24

static bool is_returned(const struct outgoing *, size_t, bool is_old);
static int deliver(struct msend *, const struct outgoing *,
    const struct bounce_rcpt *, size_t n, int64_t now, struct err *);
static int put(struct msend *, const struct bounce *, struct err *);
static void set_states(struct outgoing *, bool is_old, enum spool_state);

void
give_back(struct msend *m, struct outgoing *o, int64_t now)
{
	const struct spool_item *item = &o->item;
	int64_t life = m->account == NULL ? MSEND_LIFE_SEC :
	    account_period(m->account, "queue-life", CONF_SEND,
	    MSEND_LIFE_SEC);
	bool is_old = item->created + life < now;
	struct bounce_rcpt *rcpt = mem_alloc(item->n, sizeof *rcpt);
	size_t n = 0;
	struct err e;

	for (size_t i = 0; i < item->n; i++)
		if (is_returned(o, i, is_old))
			rcpt[n++] = (struct bounce_rcpt){
			    .address = item->rcpt[i].address,
			    .enhanced = item->rcpt[i].enhanced,
			    .code = item->rcpt[i].code,
			    .text = item->rcpt[i].text};
	if (n > 0 && m->account != NULL &&
	    deliver(m, o, rcpt, n, now, &e) == 0)
		set_states(o, is_old, SPOOL_REFUSED);
	else if (n > 0) {
		if (m->account != NULL)
			report_err(m, item->id, &e);
		set_states(o, is_old, SPOOL_QUEUED);
	}
	free(rcpt);
}

/* Refused in this run, or tried for too long. */
static bool
is_returned(const struct outgoing *o, size_t i, bool is_old)
{
	enum spool_state state = o->item.rcpt[i].state;

	return (state == SPOOL_REFUSED &&
	    (o->was_refused == NULL || !o->was_refused[i])) ||
	    (state == SPOOL_QUEUED && is_old);
}

static void
set_states(struct outgoing *o, bool is_old, enum spool_state state)
{
	for (size_t i = 0; i < o->item.n; i++)
		if (is_returned(o, i, is_old))
			o->item.rcpt[i].state = state;
}

static int
deliver(struct msend *m, const struct outgoing *o,
    const struct bounce_rcpt *rcpt, size_t n, int64_t now, struct err *e)
{
	struct buf host = {0}, id = {0}, token = {0};
	struct bounce b = {.sender = o->item.sender,
	    .returned = o->item.message_id, .rcpt = rcpt, .n = n,
	    .date = {now, clock_zone(now), true}, .message = o->content,
	    .arrived = {o->item.created, clock_zone(o->item.created), true}};
	int status = clock_token(&id, TOKEN_CHARS, e) == -1 ||
	    clock_token(&token, TOKEN_CHARS, e) == -1 ? -1 : 0;

	clock_host(&host);
	b.host = buf_cstr(&host);
	buf_fmt(&id, "@%s", b.host);
	b.message_id = buf_cstr(&id);
	b.token = buf_cstr(&token);
	if (status == 0)
		status = put(m, &b, e);
	buf_free(&host);
	buf_free(&id);
	buf_free(&token);
	return status;
}

/* Into the account's own Maildir, and named. */
static int
put(struct msend *m, const struct bounce *b, struct err *e)
{
	struct buf path = {0}, placed = {0}, report = {0};
	struct maildir maildir;
	int status;

	account_maildir(m->account, &path);
	status = maildir_open(buf_cstr(&path), true, &maildir, e);
	if (status == 0) {
		bounce_build(b, &report);
		status = maildir_deliver(&maildir, buf_view(&report), "",
		    &placed, e);
		maildir_close(&maildir);
	}
	if (status == 0)
		diag(msend_tool.name, "returned: %s", buf_cstr(&placed));
	buf_free(&path);
	buf_free(&placed);
	buf_free(&report);
	return status;
}
