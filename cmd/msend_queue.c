#include <string.h>

#include "base/mem.h"
#include "host/clock.h"
#include "msend.h"

/* What a run goes through. */
struct queue {
	struct msend *m;
	struct spool *spool;
	struct spool_ids ids;
	size_t at;
	int64_t now;
	bool is_named; /* by -q id */
	unsigned share, shares;
};

static void run_share(struct msend *, const void *id, unsigned i, unsigned n);
static bool is_ours(const struct queue *, const char *id);
static void queue_due(struct msend *, struct spool *);
static int next_queued(void *, struct outgoing **, struct err *);
static int claim(struct queue *, const char *id, struct outgoing *,
    struct err *);
static bool may_retry(struct msend *, const struct spool_item *);
static void note_refused(struct outgoing *);
static void revive(struct spool_item *);

int
queue_open(struct msend *m, struct spool **spool, struct err *e)
{
	const char *set = account_get(m->account, "spool", CONF_SEND);
	struct buf path = {0};
	int status;

	if (set != NULL)
		file_expand(set, &path);
	else
		file_state("spool", &path);
	status = spool_open(buf_cstr(&path), spool, e);
	buf_free(&path);
	return status;
}

void
queue_run(struct msend *m, const char *id)
{
	const struct share_work work = {run_share, id};
	unsigned n = id == NULL ? share_count(m) : 1;
	struct spool *spool;
	struct err e;

	share_run(m, &work, n);
	if (n == 1)
		return;
	if (queue_open(m, &spool, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	copy_due(m, spool, m->common.account.account);
	spool_close(spool);
}

void
queue_follow(struct msend *m, struct spool *spool)
{
	if (spool == NULL || m->account == NULL || option_interrupted())
		return;
	if (m->status == 0)
		queue_due(m, spool);
	copy_due(m, spool, account_name(m->account));
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

/* The named one, or a share of all. */
static void
run_share(struct msend *m, const void *arg, unsigned i, unsigned n)
{
	struct queue q = {.m = m, .now = clock_now().sec,
	    .is_named = arg != NULL, .share = i, .shares = n};
	const struct feed source = {next_queued, &q};
	const char *account = m->common.account.account;
	struct err e;

	if (queue_open(m, &q.spool, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	if (q.is_named) {
		q.ids.v = mem_grow(q.ids.v, &q.ids.cap, 1, sizeof *q.ids.v);
		q.ids.v[q.ids.n++] = mem_str(arg);
	} else {
		if (i == 0)
			spool_clean(q.spool);
		if (spool_list(q.spool, account, INT64_MAX, &q.ids, &e) == -1)
			report_err(m, NULL, &e);
	}
	submit(m, q.spool, &source, false);
	spool_ids_free(&q.ids);
	if (!q.is_named && n == 1)
		copy_due(m, q.spool, account);
	spool_close(q.spool);
}

/* Ids are random: their last two characters share them out. */
static bool
is_ours(const struct queue *q, const char *id)
{
	size_t n = strlen(id);

	return q->shares < 2 || (n > 1 && ((unsigned char)id[n - 1] * 36U +
	    (unsigned char)id[n - 2]) % q->shares == q->share);
}

/* Whatever becomes of them, the status is that of the message sent before. */
static void
queue_due(struct msend *m, struct spool *spool)
{
	struct queue q = {.m = m, .spool = spool, .now = clock_now().sec};
	const struct feed source = {next_queued, &q};
	bool was_told = m->is_told;
	int was = m->status;
	struct err e;

	m->is_told = false;
	if (spool_list(spool, account_name(m->account), q.now, &q.ids, &e) ==
	    -1)
		report_err(m, NULL, &e);
	if (q.ids.n > 0)
		submit(m, spool, &source, false);
	spool_ids_free(&q.ids);
	m->is_told = was_told;
	m->status = was;
}

/*
 * The next one to be sent again: those that are due, and what is unknown only
 * by its name or where the account says so.
 */
static int
next_queued(void *arg, struct outgoing **out, struct err *e)
{
	struct queue *q = arg;
	struct outgoing *o;
	const char *id;
	int got;

	while (q->at < q->ids.n) {
		id = q->ids.v[q->at++];
		if (!is_ours(q, id))
			continue;
		o = mem_alloc(1, sizeof *o);
		got = claim(q, id, o, e);
		if (got == 1) {
			*out = o;
			return 1;
		}
		if (got == -1)
			report_err(q->m, NULL, e);
		outgoing_free(o);
	}
	return 0;
}

/*
 * 1 with one to send.  A message that another process has is that one's
 * business, but one that was named is told.
 */
static int
claim(struct queue *q, const char *id, struct outgoing *o, struct err *e)
{
	struct spool_item *item = &o->item;
	int got;

	if (q->is_named) {
		if (spool_load(q->spool, id, item, e) == -1)
			return -1;
		spool_release(item);
	}
	got = spool_claim(q->spool, id, item, e);
	if (got == 0 && q->is_named)
		return err_set(e, ERR_TEMP, "%s is just being sent", id);
	if (got != 1)
		return got;
	if (q->is_named || (spool_has(item, SPOOL_UNKNOWN) &&
	    may_retry(q->m, item)))
		revive(item);
	if (spool_has(item, SPOOL_QUEUED) &&
	    (q->is_named || spool_is_due(item, q->now))) {
		if (spool_map(q->spool, item, &o->map, e) == -1)
			return -1;
		o->content = o->map.bytes;
		note_refused(o);
		return 1;
	}
	if (spool_has(item, SPOOL_UNKNOWN))
		report(q->m, o, "");
	return 0;
}

static bool
may_retry(struct msend *m, const struct spool_item *item)
{
	struct err e;

	return account_of_item(m, item, &e) == 0 &&
	    account_yes(m->account, "retry-unknown", CONF_SEND);
}

static void
note_refused(struct outgoing *o)
{
	const struct spool_item *item = &o->item;

	o->was_refused = mem_alloc(item->n, sizeof *o->was_refused);
	for (size_t i = 0; i < item->n; i++)
		o->was_refused[i] = item->rcpt[i].state == SPOOL_REFUSED;
}

static void
revive(struct spool_item *item)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state == SPOOL_UNKNOWN)
			item->rcpt[i].state = SPOOL_QUEUED;
}
