/* New messages on their way into the spool, and what keys promise. */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "msend.h"

#define KEY_TRIES 3	  /* where another's promise ends meanwhile */
#define KEY_WAIT_MS 20000 /* for another that is just sending it */

static int put_held(void *, struct span, struct err *);
static int put_file(void *, struct span, struct err *);
static char *upper(const char *);
static int answer_as_before(struct msend *, struct spool *, struct err *);
static int status_of(struct msend *, struct spool *, const char *id,
    int *status, struct err *);

int
keep_check(struct msend *m, struct err *e)
{
	const char *rate = account_get(m->account, "rate", CONF_SEND);
	int64_t period_ms;
	unsigned count;

	if (rate != NULL && rate_read(rate, &count, &period_ms, e) == -1)
		return -1;
	return m->is_dry ? 0 : submit_check(m, e);
}

int
keep_begin(struct msend *m, struct compose *c, struct spool *spool,
    struct outgoing *o, int *fd, struct err *e)
{
	int status;

	*fd = -1;
	o->is_new = true;

	compose_envelope(c, &o->item);
	o->item.account = mem_str(account_name(m->account));
	o->item.notify = upper(m->notify != NULL ? m->notify :
	    account_get(m->account, "dsn", CONF_SEND));
	o->item.ret = upper(m->ret);
	o->item.envid = mem_str(m->envid == NULL ? "" : m->envid);
	o->item.key = mem_str(m->key == NULL ? "" : m->key);
	o->item.created = o->item.next = clock_now().sec;
	if (spool == NULL) {
		o->item.id = mem_str("");
		status = compose_write(c, put_held, &o->held, e);
		o->content = buf_view(&o->held);
		return status == 0 ? submit_fits(m, &o->item, o->content, e) :
		    -1;
	}
	if (spool_begin(spool, &o->item, fd, e) == -1)
		return -1;
	if (compose_write(c, put_file, fd, e) == -1 ||
	    spool_map(spool, &o->item, &o->map, e) == -1 ||
	    submit_fits(m, &o->item, o->map.bytes, e) == -1) {
		spool_abort(spool, &o->item, *fd);
		return -1;
	}
	o->content = o->map.bytes;
	return 0;
}

int
keep_one(struct msend *m, struct compose *c, struct spool *spool,
    struct outgoing *o, struct err *e)
{
	struct spool_item *item = &o->item;
	int fd, got = 0;

	for (int i = 0; i < KEY_TRIES && got == 0; i++) {
		spool_release(item);
		file_unmap(&o->map);
		if (keep_begin(m, c, spool, o, &fd, e) == -1)
			return -1;
		if (spool == NULL ||
		    spool_commit(spool, &item, &fd, 1, e) == 0)
			return 0;
		if (e->kind != ERR_NO)
			return -1;
		got = answer_as_before(m, spool, e);
	}
	return got == 0 ? err_set(e, ERR_TEMP, "-k %s: others use it", m->key) :
	    got;
}

static int
put_held(void *arg, struct span bytes, struct err *e)
{
	(void)e;
	buf_span(arg, bytes);
	return 0;
}

static int
put_file(void *arg, struct span bytes, struct err *e)
{
	return file_write(*(int *)arg, bytes, "the spool", e);
}

/* DSN's words, in the letters of RFC 3461. */
static char *
upper(const char *given)
{
	char *words = mem_str(given == NULL ? "" : given);

	for (char *p = words; *p != '\0'; p++)
		if (ascii_alpha(*p) && *p == ascii_lower(*p))
			*p = (char)(*p - ('a' - 'A'));
	return words;
}

/*
 * 1 with the status, 0 where nothing is promised any more, -1.  One that died
 * while it had the message leaves what the next claim makes of it.
 */
static int
answer_as_before(struct msend *m, struct spool *spool, struct err *e)
{
	int64_t now = clock_now().sec;
	struct spool_item item = {0};
	int status, got;
	char *id;

	got = spool_promise(spool, m->key, now, &id, &status, e);
	if (got == 1 && id != NULL) {
		got = spool_wait(spool, id, KEY_WAIT_MS, e) == -1 ||
		    spool_claim(spool, id, &item, e) == -1 ? -1 : 1;
		spool_release(&item);
		free(id);
		id = NULL;
		if (got == 1)
			got = spool_promise(spool, m->key, now, &id, &status,
			    e);
		if (got == 1 && id != NULL)
			got = status_of(m, spool, id, &status, e);
		free(id);
	}
	if (got != 1)
		return got;
	m->status = status;
	if (status != 0)
		diag(msend_tool.name, "-k %s: not sent again; the message "
		    "with this key ended with %d", m->key, status);
	return 1;
}

/* Of one that is in the queue. */
static int
status_of(struct msend *m, struct spool *spool, const char *id, int *status,
    struct err *e)
{
	struct spool_item item;

	if (spool_load(spool, id, &item, e) == -1)
		return e->kind == ERR_NOINPUT ? 0 : -1;
	*status = spool_has(&item, SPOOL_QUEUED) && !m->is_queue_only ?
	    ERR_TEMP : 0;
	if (spool_has(&item, SPOOL_REFUSED))
		*status = ERR_REFUSED;
	if (spool_has(&item, SPOOL_UNKNOWN) ||
	    spool_has(&item, SPOOL_SENDING))
		*status = ERR_PROTO;
	spool_release(&item);
	return 1;
}
