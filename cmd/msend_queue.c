#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "msend.h"
#include "text/charset.h"

#define LIFE_SEC (5 * 24 * 60 * 60)

static void run_one(struct msend *, struct spool *, const char *id,
    bool by_name, int64_t now);
static int find_account(struct msend *, const struct spool_item *,
    struct err *);
static void expire(struct msend *, struct spool_item *, int64_t now);
static void revive(struct spool_item *);
static void print_one(struct msend *, struct spool *, const char *id);
static void add_time(struct buf *, int64_t sec);

int
queue_open(struct msend *m, struct spool **spool, struct err *e)
{
	const char *set = account_get(m->account, "spool", CONF_SEND);
	const char *state = getenv("XDG_STATE_HOME");
	struct buf path = {0};
	int status;

	if (set != NULL)
		file_expand(set, &path);
	else if (state != NULL && state[0] == '/')
		buf_fmt(&path, "%s/satchel/spool", state);
	else
		file_expand("~/.local/state/satchel/spool", &path);
	status = spool_open(buf_cstr(&path), spool, e);
	buf_free(&path);
	return status;
}

void
queue_run(struct msend *m, struct spool *spool, const char *id)
{
	const char *account = m->common.account.account;
	int64_t now = clock_now().sec;
	struct spool_ids ids = {0};
	struct err e;

	if (id != NULL) {
		run_one(m, spool, id, true, now);
		return;
	}
	spool_clean(spool);
	if (spool_list(spool, account, INT64_MAX, &ids, &e) == -1)
		report_err(m, NULL, &e);
	for (size_t i = 0; i < ids.n && !option_interrupted(); i++)
		run_one(m, spool, ids.v[i], false, now);
	spool_ids_free(&ids);
}

/* Whatever becomes of them, the status is that of the message sent before. */
void
queue_due(struct msend *m, struct spool *spool)
{
	bool was_told = m->is_told;
	int64_t now = clock_now().sec;
	struct spool_ids ids = {0};
	int was = m->status;
	struct err e;

	m->is_told = false;
	if (spool_list(spool, account_name(m->account), now, &ids, &e) == -1)
		report_err(m, NULL, &e);
	for (size_t i = 0; i < ids.n && !option_interrupted(); i++)
		run_one(m, spool, ids.v[i], false, now);
	spool_ids_free(&ids);
	m->is_told = was_told;
	m->status = was;
}

void
queue_print(struct msend *m, struct spool *spool)
{
	struct spool_ids ids = {0};
	struct err e;

	if (spool_list(spool, m->common.account.account, INT64_MAX, &ids,
	    &e) == -1)
		report_err(m, NULL, &e);
	for (size_t i = 0; i < ids.n; i++)
		print_one(m, spool, ids.v[i]);
	spool_ids_free(&ids);
}

void
queue_drop(struct msend *m, struct spool *spool, const char *id)
{
	struct spool_item item;
	struct err e;
	int got;

	if (spool_load(spool, id, &item, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	spool_release(&item);
	got = spool_claim(spool, id, &item, &e);
	if (got == 0)
		got = err_set(&e, ERR_TEMP, "%s is just being sent", id);
	else if (got == 1)
		got = spool_remove(spool, &item, &e);
	if (got == -1)
		report_err(m, NULL, &e);
	spool_release(&item);
}

/*
 * Sends one again: when it is due, and what is unknown only by its name.  A
 * message that another process has is that one's business, but one that was
 * named is told.
 */
static void
run_one(struct msend *m, struct spool *spool, const char *id, bool by_name,
    int64_t now)
{
	struct spool_item item = {0};
	struct file_map map = {0};
	struct err e = {0};
	int got = 1;

	if (by_name && spool_load(spool, id, &item, &e) == -1)
		got = -1;
	spool_release(&item);
	if (got == 1)
		got = spool_claim(spool, id, &item, &e);
	if (got == 0 && by_name)
		got = err_set(&e, ERR_TEMP, "%s is just being sent", id);
	if (got == 1 && by_name)
		revive(&item);
	if (got == 1 && spool_has(&item, SPOOL_QUEUED) &&
	    (by_name || spool_is_due(&item, now))) {
		if (find_account(m, &item, &e) == -1 ||
		    spool_map(spool, &item, &map, &e) == -1 ||
		    submit(m, spool, &item, map.bytes, false, &e) == -1)
			got = -1;
		expire(m, &item, now);
		item.tries++;
		item.next = clock_now().sec + spool_backoff(item.tries);
		report(m, &item, got == -1 ? e.text : "");
		if (got == -1 && e.kind != ERR_TEMP && e.kind != ERR_PROTO)
			m->status = (int)e.kind;
		if (spool_settle(spool, &item, &e) == -1)
			report_err(m, id, &e);
		file_unmap(&map);
	} else if (got == 1 && spool_has(&item, SPOOL_UNKNOWN))
		report(m, &item, "");
	else if (got == -1)
		report_err(m, NULL, &e);
	spool_release(&item);
}

/* The account that it was queued for. */
static int
find_account(struct msend *m, const struct spool_item *item, struct err *e)
{
	struct account_options o = m->common.account;
	struct config *config;

	if (m->account != NULL &&
	    strcmp(account_name(m->account), item->account) == 0)
		return 0;
	if (account_find(m->config, item->sender, &m->account, e) == 0 &&
	    strcmp(account_name(m->account), item->account) == 0)
		return 0;
	o.account = item->account;
	if (config_open(&o, &config, e) == -1)
		return -1;
	config_close(m->config);
	m->config = config;
	m->account = NULL;
	return account_find(config, item->sender, &m->account, e);
}

static void
expire(struct msend *m, struct spool_item *item, int64_t now)
{
	int64_t life = m->account == NULL ? LIFE_SEC :
	    account_period(m->account, "queue-life", CONF_SEND, LIFE_SEC);

	for (size_t i = 0; i < item->n && item->created + life < now; i++)
		if (item->rcpt[i].state == SPOOL_QUEUED)
			item->rcpt[i].state = SPOOL_REFUSED;
}

static void
revive(struct spool_item *item)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state == SPOOL_UNKNOWN)
			item->rcpt[i].state = SPOOL_QUEUED;
}

/*
 * A line a recipient: id, state, when it was made and is tried next, tries,
 * sender, recipient, the server's last words.
 */
static void
print_one(struct msend *m, struct spool *spool, const char *id)
{
	static const char *const names[] = {"queued", "sending", "sent",
	    "refused", "unknown"};
	struct spool_item item = {0};
	struct buf line = {0};
	struct err e = {0};
	int got = spool_claim(spool, id, &item, &e);

	if (got == 0)
		got = spool_load(spool, id, &item, &e) == 0 ? 1 :
		    e.kind == ERR_NOINPUT ? 0 : -1;
	for (size_t i = 0; i < item.n && got == 1; i++) {
		const struct spool_rcpt *rcpt = &item.rcpt[i];

		buf_fmt(&line, "%s\t%s\t", id, names[rcpt->state]);
		add_time(&line, item.created);
		buf_char(&line, '\t');
		add_time(&line, item.next);
		buf_fmt(&line, "\t%d\t", item.tries);
		charset_line(span_of(item.sender), &line);
		buf_char(&line, '\t');
		charset_line(span_of(rcpt->address), &line);
		buf_char(&line, '\t');
		if (rcpt->code > 0)
			buf_fmt(&line, "%d ", rcpt->code);
		charset_line(span_of(rcpt->text), &line);
		buf_char(&line, '\n');
	}
	if (got == 1 && output_bytes(&m->out, buf_view(&line), &e) == -1)
		got = -1;
	if (got == -1)
		report_err(m, id, &e);
	buf_free(&line);
	spool_release(&item);
}

static void
add_time(struct buf *out, int64_t sec)
{
	date_rfc3339((struct date){sec, clock_zone(sec), true}, out);
}
