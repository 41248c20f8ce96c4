#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "host/run.h"
#include "msend_flight.h"
#include "store/maildir.h"

#define TURN_WAIT_MS 10000 /* for the rate; the queue waits for longer */
#define RATE_MAX 1000000

/* What submit takes from. */
struct taking {
	const struct feed *source;
	bool has_ended;
};

static struct outgoing *take(struct flight *, struct taking *);
static void begin(struct flight *, struct outgoing *);
static int by_smtp(struct flight *, struct outgoing *, struct err *);
static int go(struct flight *, struct outgoing *, struct err *);
static int take_turn(struct flight *, struct outgoing *, struct err *);
static int hold(struct flight *, struct outgoing *, struct err *);
static int by_maildir(struct flight *, const struct url *, struct outgoing *,
    struct err *);
static int by_pipe(struct flight *, const struct url *, struct outgoing *,
    struct err *);
static void decide_all(struct spool_item *, enum spool_state,
    const char *text);
static void plan(struct flight *, struct outgoing *);
static void note_why(struct outgoing *);
static void tell(struct msend *, struct outgoing *, const struct err *lost);
static void change(struct spool_item *, enum spool_state from,
    enum spool_state to);

void
submit(struct msend *m, struct spool *spool, const struct feed *source,
    bool may_prompt)
{
	struct flight f = {.m = m, .spool = spool, .may_prompt = may_prompt};
	struct taking taking = {.source = source};
	struct outgoing *o;
	struct err e;

	while ((o = take(&f, &taking)) != NULL)
		begin(&f, o);
	(void)flight_save(&f, NULL, 0, &e);
	free(f.again);
}

int
submit_check(struct msend *m, struct err *e)
{
	struct url url;

	if (link_target(m, &url, e) == -1)
		return -1;
	url_free(&url);
	return 0;
}

int
submit_fits(struct msend *m, const struct spool_item *item,
    struct span content, struct err *e)
{
	uint64_t max = (uint64_t)account_number(m->account, "size-max",
	    CONF_SEND, 0);
	const struct smtp_mail dsn = {.notify = item->notify,
	    .ret = item->ret, .envid = item->envid};
	struct survey survey = {0};
	struct buf path = {0};
	struct url url;
	bool is_smtp;
	int status;

	if (link_target(m, &url, e) == -1)
		return -1;
	is_smtp = url.scheme != URL_MAILDIR && url.scheme != URL_PIPE;
	url_free(&url);
	survey_add(&survey, content);
	survey_end(&survey);
	if (max > 0 && survey.size > max)
		return err_set(e, ERR_REFUSED,
		    "the message has %llu bytes, size-max is %llu",
		    (unsigned long long)survey.size, (unsigned long long)max);
	if (!is_smtp)
		return 0;
	if (smtp_dsn_check(&dsn, e) == -1)
		return -1;
	status = smtp_path(item->sender, &path, e);
	for (size_t i = 0; i < item->n && status == 0; i++)
		status = smtp_path(item->rcpt[i].address, &path, e);
	buf_free(&path);
	return status == 0 ? survey_check(&survey, e) : -1;
}

int
rate_read(const char *rate, unsigned *count, int64_t *period_ms,
    struct err *e)
{
	static const struct {
		char letter;
		int64_t ms;
	} unit[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000},
	    {'d', 86400000}};
	struct span rest = span_of(rate), n;
	uint64_t number;

	if (span_cut(&rest, '/', &n) == 1 && rest.n == 1 &&
	    span_num(n, RATE_MAX, &number) && number > 0)
		for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++)
			if (rest.p[0] == unit[i].letter) {
				*count = (unsigned)number;
				*period_ms = unit[i].ms;
				return 0;
			}
	return err_set(e, ERR_CONFIG,
	    "rate = %s: it is a number, / and s, m, h or d: 30/m", rate);
}

void
flight_finish(struct flight *f, struct outgoing *o)
{
	struct err e;

	plan(f, o);
	f->done[f->dones++] = o;
	if (f->dones == SMTP_WINDOW)
		(void)flight_save(f, NULL, 0, &e);
}

int
flight_save(struct flight *f, struct spool_item *const *sending, size_t n,
    struct err *e)
{
	struct spool_item *item[2 * SMTP_WINDOW];
	int status = 0;

	for (size_t i = 0; i < f->dones; i++)
		item[i] = &f->done[i]->item;
	for (size_t i = 0; i < n; i++)
		item[f->dones + i] = sending[i];
	if (f->spool != NULL && f->dones + n > 0)
		status = spool_save(f->spool, item, f->dones + n, e);
	if (status == -1 && f->dones > 0)
		diag_err(msend_tool.name, NULL, e);
	for (size_t i = 0; i < f->dones; i++) {
		tell(f->m, f->done[i], status == -1 ? e : NULL);
		progress_add(&f->m->progress, 1, f->done[i]->content.n);
		outgoing_free(f->done[i]);
	}
	f->dones = 0;
	return status;
}

void
flight_text(char **text, const char *to)
{
	char *copy = mem_str(to);

	free(*text);
	*text = copy;
}

void
outgoing_free(struct outgoing *o)
{
	if (o == NULL)
		return;
	file_unmap(&o->map);
	buf_free(&o->held);
	spool_release(&o->item);
	free(o->tried);
	free(o->was_refused);
	free(o->name);
	free(o);
}

/* The next one to go on with; NULL once all is done. */
static struct outgoing *
take(struct flight *f, struct taking *t)
{
	struct outgoing *o = NULL;
	struct err e;
	int got;

	for (;;) {
		if (f->agains > 0) {
			o = f->again[0];
			memmove(f->again, f->again + 1,
			    --f->agains * sizeof *f->again);
			return o;
		}
		if (!t->has_ended && !option_interrupted()) {
			got = t->source->next(t->source->arg, &o, &e);
			if (got == 1)
				return o;
			if (got == -1)
				report_err(f->m, NULL, &e);
			t->has_ended = true;
		}
		if (f->letters == 0)
			return NULL;
		flight_drain(f, f->letters - 1);
	}
}

static void
begin(struct flight *f, struct outgoing *o)
{
	struct url url = {0};
	int status = account_of_item(f->m, &o->item, &o->why);

	if (status == 0)
		status = link_target(f->m, &url, &o->why);
	if (status == 0 && url.scheme != URL_MAILDIR &&
	    url.scheme != URL_PIPE) {
		url_free(&url);
		if (by_smtp(f, o, &o->why) == -1)
			flight_finish(f, o);
		return;
	}
	if (status == 0 && url.scheme == URL_MAILDIR)
		(void)by_maildir(f, &url, o, &o->why);
	else if (status == 0)
		(void)by_pipe(f, &url, o, &o->why);
	url_free(&url);
	flight_finish(f, o);
}

/*
 * Letters are on their way in one session at a time: another account's waits
 * for their end.
 */
static int
by_smtp(struct flight *f, struct outgoing *o, struct err *e)
{
	if (o->survey.size == 0) {
		survey_add(&o->survey, o->content);
		survey_end(&o->survey);
	}
	if (survey_check(&o->survey, e) == -1)
		return -1;
	if (f->link == NULL || f->link != link_find(f->m)) {
		flight_drain(f, 0);
		if (account_of_item(f->m, &o->item, e) == -1)
			return -1;
		f->link = link_find(f->m);
	}
	if (f->link->session != NULL && session_is_over(f->link->session))
		flight_drain(f, 0);
	return go(f, o, e);
}

static int
go(struct flight *f, struct outgoing *o, struct err *e)
{
	if (take_turn(f, o, e) == -1 ||
	    link_open(f->m, f->link, f->may_prompt, e) == -1)
		return -1;
	flight_send(f, o);
	return 0;
}

/* rate = 30/m: waits for a turn that comes soon. */
static int
take_turn(struct flight *f, struct outgoing *o, struct err *e)
{
	const char *rate = account_get(f->m->account, "rate", CONF_SEND);
	int64_t period_ms, wait_ms = 0, now_ms;
	struct timespec nap;
	unsigned count;

	if (rate == NULL || f->spool == NULL || o->tried != NULL)
		return 0;
	if (rate_read(rate, &count, &period_ms, e) == -1)
		return -1;
	for (;;) {
		now_ms = clock_now().sec * 1000;
		if (spool_take_turn(f->spool, account_name(f->m->account),
		    count, period_ms, now_ms, &wait_ms, e) == -1)
			return -1;
		if (wait_ms == 0)
			return 0;
		if (wait_ms > TURN_WAIT_MS || option_interrupted()) {
			o->not_before = (now_ms + wait_ms + 999) / 1000;
			return err_set(e, ERR_TEMP,
			    "no more now: rate = %s", rate);
		}
		flight_drain(f, 0);
		nap = (struct timespec){wait_ms / 1000,
		    wait_ms % 1000 * 1000000};
		nanosleep(&nap, NULL);
	}
}

/* Writes down that everyone may have the message from here on. */
static int
hold(struct flight *f, struct outgoing *o, struct err *e)
{
	struct spool_item *item = &o->item;

	if (option_interrupted())
		return err_set(e, ERR_TEMP, "interrupted");
	change(item, SPOOL_QUEUED, SPOOL_SENDING);
	if (flight_save(f, &item, 1, e) == 0)
		return 0;
	change(item, SPOOL_SENDING, SPOOL_QUEUED);
	return -1;
}

static int
by_maildir(struct flight *f, const struct url *url, struct outgoing *o,
    struct err *e)
{
	struct buf path = {0}, placed = {0};
	struct maildir maildir;
	int status;

	file_expand(url->path, &path);
	status = maildir_open(buf_cstr(&path), true, &maildir, e);
	buf_free(&path);
	if (status == -1)
		return -1;
	status = hold(f, o, e);
	if (status == 0)
		status = maildir_deliver(&maildir, o->content, "", &placed, e);
	maildir_close(&maildir);
	/* what failed was not placed, or is not known to last: again later */
	decide_all(&o->item, status == 0 ? SPOOL_SENT : SPOOL_QUEUED,
	    status == 0 ? buf_cstr(&placed) : e->text);
	buf_free(&placed);
	return status;
}

/*
 * The command's exit status decides: 0 taken; what sysexits means for good,
 * refused; all else may succeed later.
 */
static int
by_pipe(struct flight *f, const struct url *url, struct outgoing *o,
    struct err *e)
{
	struct run run = {.command = url->path, .input = o->content};
	int status, exit_status = 0;
	char text[64];

	if (hold(f, o, e) == -1)
		return -1;
	status = run_command(&run, NULL, &exit_status, e);
	if (status == -1) {
		decide_all(&o->item, SPOOL_QUEUED, e->text);
		return -1;
	}
	snprintf(text, sizeof text, "the command ended with %d", exit_status);
	if (exit_status == 0)
		decide_all(&o->item, SPOOL_SENT, "");
	else if (exit_status == ERR_DATA || exit_status == ERR_REFUSED ||
	    exit_status == ERR_NOHOST || exit_status == ERR_NOINPUT + 1)
		decide_all(&o->item, SPOOL_REFUSED, text);
	else {
		decide_all(&o->item, SPOOL_QUEUED, text);
		return err_set(e, ERR_TEMP, "%s", text);
	}
	return 0;
}

/* Those that were on their way. */
static void
decide_all(struct spool_item *item, enum spool_state state, const char *text)
{
	for (size_t i = 0; i < item->n; i++) {
		struct spool_rcpt *rcpt = &item->rcpt[i];

		if (rcpt->state != SPOOL_QUEUED &&
		    rcpt->state != SPOOL_SENDING)
			continue;
		rcpt->state = state;
		rcpt->code = 0;
		flight_text(&rcpt->enhanced, "");
		flight_text(&rcpt->text, text);
	}
}

/*
 * What the end of this run makes of it.  What failed for a reason that waiting
 * does not mend is told and not kept, unless someone has it or may have it, or
 * it was queued before: then each recipient's own end counts.
 */
static void
plan(struct flight *f, struct outgoing *o)
{
	struct spool_item *item = &o->item;
	enum err_kind kind = o->why.kind;
	int64_t now = clock_now().sec;
	unsigned chance = 0;
	struct err e;

	(void)account_of_item(f->m, item, &e);
	if (kind != ERR_NONE)
		note_why(o);
	o->is_final = o->is_new && kind != ERR_NONE && kind != ERR_TEMP &&
	    kind != ERR_PROTO && !spool_has(item, SPOOL_SENT) &&
	    !spool_has(item, SPOOL_UNKNOWN);
	if (o->is_final)
		change(item, SPOOL_QUEUED, SPOOL_REFUSED);
	else if (!o->is_new)
		give_back(f->m, o, now);
	if (item->copy == SPOOL_COPY_NONE && f->spool != NULL &&
	    spool_has(item, SPOOL_SENT) && copy_is_wanted(f->m))
		item->copy = SPOOL_COPY_DUE;
	(void)clock_random(&chance, sizeof chance, &e);
	item->tries++;
	item->next = o->not_before > 0 ? o->not_before :
	    now + spool_backoff(item->tries, chance);
}

/* Of those whose turn did not come, instead of what an earlier run heard. */
static void
note_why(struct outgoing *o)
{
	for (size_t i = 0; i < o->item.n; i++) {
		struct spool_rcpt *rcpt = &o->item.rcpt[i];

		if (rcpt->state != SPOOL_QUEUED ||
		    (o->tried != NULL && o->tried[i] && rcpt->code > 0))
			continue;
		rcpt->code = 0;
		flight_text(&rcpt->enhanced, "");
		flight_text(&rcpt->text, o->why.text);
	}
}

/*
 * What is queued or unknown stays in the spool, and so does, told as queued,
 * what the spool could not let go of (lost).
 */
static void
tell(struct msend *m, struct outgoing *o, const struct err *lost)
{
	int was = m->status;

	progress_hide(&m->progress);
	if (o->is_final && lost != NULL)
		change(&o->item, SPOOL_REFUSED, SPOOL_QUEUED);
	else if (o->is_final) {
		if (m->is_told)
			report(m, o, o->why.text);
		log_sent(m, o);
		m->status = was;
		report_err(m, o->name, &o->why);
		return;
	} else if (lost != NULL) {
		diag_status(&m->status, lost);
		if (o->item.copy == SPOOL_COPY_DUE)
			diag(msend_tool.name, "%s: no copy can be made",
			    o->item.id);
	}
	report(m, o, o->why.text);
	log_sent(m, o);
	if (!o->is_new && o->why.kind != ERR_NONE &&
	    o->why.kind != ERR_TEMP && o->why.kind != ERR_PROTO)
		m->status = (int)o->why.kind;
}

static void
change(struct spool_item *item, enum spool_state from, enum spool_state to)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state == from)
			item->rcpt[i].state = to;
}
