/*
 * Copies of what was sent.  The message is the receivers' by then, so nothing
 * here changes the exit status; what fails is told, and tried again with the
 * next run of the queue.
 */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "app/imap_session.h"
#include "base/mem.h"
#include "host/clock.h"
#include "msend.h"
#include "proto/smtp_content.h"
#include "proto/utf7.h"
#include "store/maildir.h"

#define PIECE 65536 /* bytes of a message on their way at a time */

/* Where an account's copies go. */
struct keeper {
	struct msend *m;
	char *sent; /* its "sent"; NULL: none is open */
	struct url url;
	struct maildir maildir;
	struct imap_session session;
	bool is_imap, has_failed;
	struct err why;
};

static void copy_one(struct keeper *, struct spool *, const char *id);
static int copy(struct keeper *, struct spool *, struct spool_item *,
    struct err *);
static int keeper_open(struct keeper *, struct err *);
static int open_place(struct keeper *, struct err *);
static void keeper_close(struct keeper *);
static int to_maildir(struct keeper *, const struct spool_item *,
    struct span, struct err *);
static int to_imap(struct keeper *, const struct spool_item *, struct span,
    struct err *);
static int append(struct keeper *, const struct imap_ask *, struct span,
    bool *no_folder, struct err *);
static int give(struct keeper *, struct span, struct err *);
static uint64_t size_of(struct span);

bool
copy_is_wanted(struct msend *m)
{
	return account_get(m->account, "sent", CONF_SEND) != NULL;
}

void
copy_due(struct msend *m, struct spool *spool, const char *account)
{
	struct keeper k = {.m = m};
	struct spool_ids ids = {0};
	struct err e;

	if (spool_list_copies(spool, account, &ids, &e) == -1)
		diag_err(msend_tool.name, NULL, &e);
	for (size_t i = 0; i < ids.n && !option_interrupted(); i++)
		copy_one(&k, spool, ids.v[i]);
	keeper_close(&k);
	spool_ids_free(&ids);
}

/* One that another process has is that one's business. */
static void
copy_one(struct keeper *k, struct spool *spool, const char *id)
{
	struct spool_item item, *list = &item;
	int64_t now = clock_now().sec, life;
	struct err e;
	int got = spool_claim(spool, id, &item, &e);

	if (got == 1 && item.copy == SPOOL_COPY_DUE) {
		got = account_of_item(k->m, &item, &e);
		life = got == -1 ? MSEND_LIFE_SEC :
		    account_period(k->m->account, "queue-life", CONF_SEND,
		    MSEND_LIFE_SEC);
		if (got == 0)
			got = copy(k, spool, &item, &e);
		if (got == -1)
			diag(msend_tool.name, "sent, but not copied (%s): %s",
			    item.message_id, e.text);
		if (got == 0 || item.created + life < now) {
			item.copy = SPOOL_COPY_MADE;
			got = spool_save(spool, &list, 1, &e);
		} else
			got = 0;
	}
	if (got == -1)
		diag_err(msend_tool.name, id, &e);
	spool_release(&item);
}

static int
copy(struct keeper *k, struct spool *spool, struct spool_item *item,
    struct err *e)
{
	struct file_map map = {0};
	int status;

	if (keeper_open(k, e) == -1)
		return -1;
	if (k->sent == NULL)
		return 0;
	status = spool_map(spool, item, &map, e);
	if (status == 0 && k->is_imap)
		status = to_imap(k, item, map.bytes, e);
	else if (status == 0)
		status = to_maildir(k, item, map.bytes, e);
	file_unmap(&map);
	return status;
}

/* That of the present account, which may be none by now. */
static int
keeper_open(struct keeper *k, struct err *e)
{
	const char *sent = account_get(k->m->account, "sent", CONF_SEND);

	if (sent == NULL || k->sent == NULL || strcmp(sent, k->sent) != 0) {
		keeper_close(k);
		k->sent = sent == NULL ? NULL : mem_str(sent);
		k->has_failed = sent != NULL && open_place(k, &k->why) == -1;
	}
	if (!k->has_failed)
		return 0;
	*e = k->why;
	return -1;
}

static int
open_place(struct keeper *k, struct err *e)
{
	struct buf path = {0};
	int status = 0;

	if (url_is(span_of(k->sent)) &&
	    url_parse(span_of(k->sent), &k->url, e) == -1)
		return err_wrap(e, "sent");
	k->is_imap = k->url.scheme == URL_IMAP || k->url.scheme == URL_IMAPS;
	if (k->url.scheme != URL_NONE && k->url.scheme != URL_MAILDIR &&
	    !k->is_imap)
		return err_set(e, ERR_CONFIG,
		    "sent = %s: it is a Maildir or an IMAP URL", k->sent);
	if (k->is_imap)
		return imap_session_open(&k->session, k->m->account, &k->url,
		    msend_tool.name, k->m->common.verbose, e);
	file_expand(k->url.scheme == URL_MAILDIR ? k->url.path : k->sent,
	    &path);
	status = maildir_open(buf_cstr(&path), true, &k->maildir, e);
	buf_free(&path);
	return status;
}

static void
keeper_close(struct keeper *k)
{
	if (k->sent != NULL && !k->has_failed && k->is_imap)
		imap_session_close(&k->session);
	else if (k->sent != NULL && !k->has_failed)
		maildir_close(&k->maildir);
	url_free(&k->url);
	free(k->sent);
	*k = (struct keeper){.m = k->m};
}

static int
to_maildir(struct keeper *k, const struct spool_item *item,
    struct span message, struct err *e)
{
	struct buf placed = {0};
	int status = maildir_deliver(&k->maildir, message, "S", &placed, e);

	(void)item;
	buf_free(&placed);
	return status;
}

/* Seen, with the date; the folder is made where there is none. */
static int
to_imap(struct keeper *k, const struct spool_item *item, struct span message,
    struct err *e)
{
	struct date date = {item->created, clock_zone(item->created), true};
	struct buf name = {0}, words = {0};
	struct imap_ask ask = {.verb = IMAP_APPEND, .size = size_of(message)};
	struct imap_ask create = {.verb = IMAP_CREATE};
	bool no_folder = false;
	int status;

	utf7_encode(span_of(k->url.folder == NULL ? "INBOX" : k->url.folder),
	    &name);
	buf_str(&words, "(\\Seen) \"");
	date_imap(date, &words);
	buf_char(&words, '"');
	ask.name = create.name = buf_view(&name);
	ask.words = buf_view(&words);
	status = append(k, &ask, message, &no_folder, e);
	if (status == -1 && no_folder && !k->session.is_over) {
		status = imap_session_do(&k->session, &create, e);
		if (status == 0)
			status = append(k, &ask, message, &no_folder, e);
	}
	if (status == -1 && k->session.is_over) {
		k->has_failed = true;
		k->why = *e;
		imap_session_close(&k->session);
	}
	buf_free(&name);
	buf_free(&words);
	return status;
}

static int
append(struct keeper *k, const struct imap_ask *ask, struct span message,
    bool *no_folder, struct err *e)
{
	struct imap_event event;
	unsigned tag;

	if (imap_ask(k->session.imap, ask, &tag, e) == -1)
		return -1;
	for (;;) {
		if (imap_session_next(&k->session, &event, e) == -1)
			return -1;
		if (event.on == IMAP_ON_LITERAL && event.tag == tag &&
		    give(k, message, e) == -1)
			return -1;
		if (event.on != IMAP_ON_DONE || event.tag != tag)
			continue;
		*no_folder = span_is(event.code, "TRYCREATE");
		if (event.status == IMAP_OK)
			return 0;
		/* what it did not take of the literal ends the session */
		k->session.is_over = k->session.is_over ||
		    imap_literal_left(k->session.imap) > 0;
		return imap_refused(&event, e);
	}
}

static int
give(struct keeper *k, struct span message, struct err *e)
{
	const struct machine machine = {k->session.imap, imap_pending,
	    imap_sent, imap_push};
	struct smtp_content content = {0};
	struct buf piece = {0};
	bool is_last = false;
	int status = 0;

	while (!is_last && status == 0) {
		is_last = message.n <= PIECE;
		buf_cut(&piece, 0);
		smtp_content_add(&content, span_sub(message, 0, PIECE), false,
		    &piece);
		message = span_from(message, PIECE);
		if (is_last)
			smtp_content_finish(&content, &piece);
		status = imap_literal(k->session.imap, buf_view(&piece), e);
		if (status == 0)
			status = wire_flush(k->session.wire, &machine, e);
		if (status == -1)
			k->session.is_over = true;
	}
	buf_free(&piece);
	return status;
}

/* What give gives. */
static uint64_t
size_of(struct span message)
{
	struct smtp_content content = {0};
	struct buf piece = {0};
	uint64_t size = 0;

	while (message.n > 0) {
		smtp_content_add(&content, span_sub(message, 0, PIECE), false,
		    &piece);
		message = span_from(message, PIECE);
		size += piece.n;
		buf_cut(&piece, 0);
	}
	smtp_content_finish(&content, &piece);
	size += piece.n;
	buf_free(&piece);
	return size;
}
