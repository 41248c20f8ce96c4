/* The line of a message in the account's logfile. */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "msend.h"

static bool is_open(struct msend *, const struct spool_item *);
static void put_recipients(struct msend *, const struct spool_item *,
    enum spool_state, const char *name);
static const struct spool_rcpt *decisive(const struct spool_item *);

void
log_sent(struct msend *m, const struct outgoing *o)
{
	const struct spool_item *item = &o->item;
	const struct spool_rcpt *rcpt;
	struct err e;

	if (!is_open(m, item))
		return;
	log_put(&m->log, "account", span_of(item->account));
	log_put(&m->log, "id", span_of(item->id));
	log_put(&m->log, "message-id", span_of(item->message_id));
	log_put(&m->log, "from", span_of(item->sender));
	put_recipients(m, item, SPOOL_SENT, "sent");
	put_recipients(m, item, SPOOL_QUEUED, "queued");
	put_recipients(m, item, SPOOL_REFUSED, "refused");
	put_recipients(m, item, SPOOL_UNKNOWN, "unknown");
	log_number(&m->log, "size", o->content.n);
	log_number(&m->log, "tries", (uint64_t)item->tries);
	rcpt = decisive(item);
	if (rcpt != NULL && rcpt->code > 0)
		log_number(&m->log, "code", (uint64_t)rcpt->code);
	log_put(&m->log, "reply", span_of(rcpt != NULL &&
	    rcpt->text[0] != '\0' ? rcpt->text : o->why.text));
	if (log_end(&m->log, &e) == -1)
		diag_err(msend_tool.name, NULL, &e);
}

/* The item's account's; what cannot be opened is told once. */
static bool
is_open(struct msend *m, const struct spool_item *item)
{
	struct err e;

	if (m->log_account != NULL &&
	    strcmp(m->log_account, item->account) == 0)
		return log_is_on(&m->log);
	log_close(&m->log);
	free(m->log_account);
	m->log_account = mem_str(item->account);
	if (account_of_item(m, item, &e) == -1)
		return false;
	if (log_open(&m->log, m->account, msend_tool.name, &e) == -1)
		diag_err(msend_tool.name, NULL, &e);
	return log_is_on(&m->log);
}

/* Those of that state, separated by commas. */
static void
put_recipients(struct msend *m, const struct spool_item *item,
    enum spool_state state, const char *name)
{
	struct buf list = {0};

	for (size_t i = 0; i < item->n && list.n < LOG_VALUE_MAX; i++)
		if (item->rcpt[i].state == state) {
			if (list.n > 0)
				buf_char(&list, ',');
			buf_str(&list, item->rcpt[i].address);
		}
	log_put(&m->log, name, buf_view(&list));
	buf_free(&list);
}

/* The first who did not get it, else the first. */
static const struct spool_rcpt *
decisive(const struct spool_item *item)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state != SPOOL_SENT)
			return &item->rcpt[i];
	return item->n > 0 ? &item->rcpt[0] : NULL;
}
