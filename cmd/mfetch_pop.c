#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "app/pop_session.h"
#include "base/mem.h"
#include "host/clock.h"
#include "mail/header.h"
#include "mfetch_watch.h"

#define MESSAGES_MAX 10000000 /* that a server may list */
#define IN_FLIGHT 16	      /* RETR whose answer has not come whole */
#define HEADER_MAX 262144     /* bytes that a date is looked for in */
#define TOKEN 16	      /* characters of a run's own names */
#define DAY_SEC 86400

/* A message on the server. */
struct mail {
	uint32_t number;
	char *uidl;
	uint64_t size;
	bool has_size;
	bool is_ours;	/* safe here */
	bool is_wanted;
	bool is_double; /* an older one has the same UIDL */
	bool is_shared; /* another one has, older or not */
};

/* One mailbox's work. */
struct work {
	struct mfetch *run;
	const struct source *src;
	struct pop_session *s;
	struct place place;
	struct mail *mail;
	size_t n, cap, asked;
	size_t n_doubles;
	size_t n_nameless;    /* have a size and no UIDL */
	uint32_t last_listed; /* number that came with a size */
	struct buf token;  /* where the server has no UIDL: begins our own */
	struct buf header; /* of the message whose date is looked at */
};

static int fetch_all(struct work *, struct err *);
static int look(struct work *, struct err *);
static int do_without_uidl(struct work *, struct err *);
static int take_listed(struct work *, const struct pop_event *,
    struct err *);
static void tell_nameless(struct work *);
static int add(struct work *, uint32_t number, struct span uidl,
    struct err *);
static struct mail *numbered(struct work *, uint32_t);
static int find_new(struct work *, struct err *);
static int look_dates(struct work *, struct err *);
static int take_header(struct work *, const struct pop_event *,
    struct err *);
static bool is_before(struct span message, int64_t since);
static void choose_newest(struct work *);
static void mark_doubles(struct work *);
static int by_uidl(const void *, const void *);
static int name_new(struct work *, struct err *);
static int retrieve(struct work *, struct err *);
static int ask_more(struct work *, struct err *);
static int take(struct work *, const struct pop_event *, struct err *);
static int end(struct work *, struct mail *, struct err *);
static int take_refused(struct work *, const struct mail *,
    const struct pop_event *, struct err *);
static void tell_refused(struct work *, const struct mail *,
    const struct pop_event *);
static int forget_gone(struct work *, struct err *);
static int delete(struct work *, struct err *);
static int delete_one(struct work *, const struct mail *, struct err *);

int
mfetch_pop(struct mfetch *run, const struct source *src, struct err *e)
{
	struct pop_session s;
	struct work w = {.run = run, .src = src, .s = &s};
	struct buf server = {0};
	int status;

	if (run->n_folders > 0)
		return err_set(e, ERR_USAGE, "-f: not with POP3");
	if (pop_session_open(&s, src->account, src->url, run->tool.name,
		run->common.verbose, e) == -1)
		return -1;
	if (run->watch != NULL)
		(void)pop_figure(s.pop, "LOGIN-DELAY",
		    &run->watch->login_delay_sec);
	source_identity("pop3", &s.server, &server);
	status = place_open(&w.place, run, src->maildir, buf_view(&server),
	    SPAN("INBOX"), e);
	buf_free(&server);
	if (status == 0) {
		status = fetch_all(&w, e);
		place_close(&w.place);
	}
	for (size_t i = 0; i < w.n; i++)
		free(w.mail[i].uidl);
	free(w.mail);
	buf_free(&w.token);
	buf_free(&w.header);
	pop_session_close(&s);
	return status;
}

static int
fetch_all(struct work *w, struct err *e)
{
	if (look(w, e) == -1 || find_new(w, e) == -1 ||
	    (w->run->has_since && look_dates(w, e) == -1))
		return -1;
	choose_newest(w);
	if (w->run->dry)
		return name_new(w, e) == -1 ? -1 : pop_session_do(w->s,
		    &(struct pop_ask){.verb = POP_QUIT}, e);
	if (place_end_run(&w->place, retrieve(w, e), NULL, e) == -1 ||
	    place_settle(&w->place, e) == -1 || forget_gone(w, e) == -1)
		return -1;
	if (w->src->delete && delete(w, e) == -1)
		return -1;
	/* only now does the server delete, if it is to */
	return pop_session_do(w->s, &(struct pop_ask){.verb = POP_QUIT}, e);
}

static int
look(struct work *w, struct err *e)
{
	struct pop_event ev;

	if (pop_ask(w->s->pop, &(struct pop_ask){.verb = POP_UIDL}, e) == -1 ||
	    pop_ask(w->s->pop, &(struct pop_ask){.verb = POP_LIST}, e) == -1)
		return -1;
	while (pop_waiting(w->s->pop) > 0) {
		if (pop_session_next(w->s, &ev, e) == -1)
			return -1;
		if (ev.on == POP_ON_DONE && !ev.is_ok && ev.verb == POP_UIDL) {
			if (do_without_uidl(w, e) == -1)
				return -1;
			continue;
		}
		if (ev.on == POP_ON_DONE && !ev.is_ok)
			return pop_refused(&ev, e);
		if (take_listed(w, &ev, e) == -1)
			return -1;
	}
	if (w->n_nameless > 0)
		tell_nameless(w);
	return 0;
}

/* Names of our own will do for what is gone when this run has ended well. */
static int
do_without_uidl(struct work *w, struct err *e)
{
	if (!w->src->delete || w->src->keep_sec > 0)
		return err_set(e, ERR_REFUSED, "the server has no UIDL, so "
		    "that no message is known again: only -d fetches");
	return clock_token(&w->token, TOKEN, e);
}

static int
take_listed(struct work *w, const struct pop_event *ev, struct err *e)
{
	struct buf own = {0};
	struct mail *m;
	int status = 0;

	if (ev->on == POP_ON_UIDL)
		return add(w, ev->number, ev->name, e);
	if (ev->on != POP_ON_SIZE)
		return 0;
	if (w->token.n > 0) {
		buf_fmt(&own, "%s-%lu", buf_cstr(&w->token),
		    (unsigned long)ev->number);
		status = add(w, ev->number, buf_view(&own), e);
		buf_free(&own);
	}
	if (ev->number <= w->last_listed)
		return err_set(e, ERR_PROTO,
		    "the server's list is not in order");
	w->last_listed = ev->number;
	m = numbered(w, ev->number);
	if (m == NULL) {
		w->n_nameless++;
	} else {
		m->size = ev->size;
		m->has_size = true;
	}
	return status;
}

static void
tell_nameless(struct work *w)
{
	struct err e;

	err_set(&e, ERR_PROTO, "%zu messages have no UIDL: these are not "
	    "fetched", w->n_nameless);
	report_fault(w->run, NULL, &e);
}

static int
add(struct work *w, uint32_t number, struct span uidl, struct err *e)
{
	if (w->n == MESSAGES_MAX)
		return err_set(e, ERR_PROTO, "the server lists over %d "
		    "messages", MESSAGES_MAX);
	if (w->n > 0 && number <= w->mail[w->n - 1].number)
		return err_set(e, ERR_PROTO,
		    "the server's list is not in order");
	w->mail = mem_grow(w->mail, &w->cap, w->n + 1, sizeof *w->mail);
	w->mail[w->n++] = (struct mail){.number = number,
	    .uidl = mem_dup(uidl.p, uidl.n)};
	return 0;
}

static struct mail *
numbered(struct work *w, uint32_t number)
{
	size_t from = 0, to = w->n, mid;

	while (from < to) {
		mid = from + (to - from) / 2;
		if (w->mail[mid].number == number)
			return &w->mail[mid];
		if (w->mail[mid].number < number)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

static int
find_new(struct work *w, struct err *e)
{
	const struct mfetch *run = w->run;
	enum state_mark mark = STATE_NONE;

	mark_doubles(w);
	for (size_t i = w->n; i-- > 0;) {
		struct mail *m = &w->mail[i];

		if (w->place.state != NULL && state_mark(w->place.state,
			w->place.source, 0, m->uidl, &mark, e) == -1)
			return -1;
		m->is_ours = mark == STATE_DONE && !m->is_double;
		m->is_wanted = mark == STATE_NONE && !m->is_double &&
		    (run->size_max == 0 || m->size <= run->size_max);
	}
	return 0;
}

/*
 * Asks for the header of each that is wanted, as POP3 has no other date; what
 * has none that can be read is wanted.
 */
static int
look_dates(struct work *w, struct err *e)
{
	struct pop_event ev;
	size_t asked = 0;

	while (asked < w->n || pop_waiting(w->s->pop) > 0) {
		if (asked < w->n && pop_waiting(w->s->pop) < IN_FLIGHT) {
			const struct mail *m = &w->mail[asked++];

			if (m->is_wanted && pop_ask(w->s->pop,
			    &(struct pop_ask){.verb = POP_TOP,
				.number = m->number}, e) == -1)
				return -1;
			continue;
		}
		if (pop_session_next(w->s, &ev, e) == -1 ||
		    take_header(w, &ev, e) == -1)
			return -1;
	}
	return 0;
}

static int
take_header(struct work *w, const struct pop_event *ev, struct err *e)
{
	struct mail *m = numbered(w, ev->number);

	if (ev->on == POP_ON_BODY)
		buf_cut(&w->header, 0);
	if (ev->on == POP_ON_DATA && w->header.n < HEADER_MAX)
		buf_span(&w->header, ev->data);
	if (ev->on == POP_ON_BODY_END && m != NULL)
		m->is_wanted = !is_before(buf_view(&w->header),
		    w->run->since);
	if (ev->on == POP_ON_DONE && !ev->is_ok && m != NULL)
		return take_refused(w, m, ev, e);
	return 0;
}

/* By the server's own Received field; else by the sender's Date. */
static bool
is_before(struct span message, int64_t since)
{
	int64_t zone_sec = (int64_t)clock_zone(since) * 60;
	int64_t day = since - (since + zone_sec) % DAY_SEC;
	struct span body, header = header_split(message, &body), at;
	struct field f;
	struct date d;
	size_t mark;

	if (header_find(header, "Received", &f)) {
		at = f.value;
		while ((mark = span_chr(at, ';')) != SPAN_NONE)
			at = span_from(at, mark + 1);
		if (date_parse(at, &d))
			return d.sec < day;
	}
	return header_find(header, "Date", &f) && date_parse(f.value, &d) &&
	    d.sec < day;
}

static void
choose_newest(struct work *w)
{
	uint64_t n = 0;

	for (size_t i = w->n; i-- > 0;) {
		if (w->run->newest > 0 && n == w->run->newest)
			w->mail[i].is_wanted = false;
		n += w->mail[i].is_wanted;
	}
	progress_expect(&w->run->progress, n);
}

/*
 * Of messages with one UIDL, which RFC 1939 allows for equal ones, the first
 * is fetched and none is deleted: with the first gone the next would be taken
 * for it, and deleted too, though nobody has seen whether they are equal.
 */
static void
mark_doubles(struct work *w)
{
	struct mail **order = mem_alloc(w->n, sizeof *order);

	for (size_t i = 0; i < w->n; i++)
		order[i] = &w->mail[i];
	if (w->n > 1)
		qsort(order, w->n, sizeof *order, by_uidl);
	for (size_t i = 1; i < w->n; i++)
		if (strcmp(order[i]->uidl, order[i - 1]->uidl) == 0) {
			order[i]->is_double = true;
			order[i]->is_shared = order[i - 1]->is_shared = true;
			w->n_doubles++;
		}
	free(order);
}

static int
by_uidl(const void *a, const void *b)
{
	const struct mail *x = *(struct mail *const *)a,
			  *y = *(struct mail *const *)b;
	int order = strcmp(x->uidl, y->uidl);

	if (order != 0)
		return order;
	return (x->number > y->number) - (x->number < y->number);
}

static int
name_new(struct work *w, struct err *e)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < w->n; i++) {
		const struct mail *m = &w->mail[i];

		if (!m->is_wanted)
			continue;
		w->run->fetched++;
		if (!w->run->quiet)
			status = report_name(w->run, span_of(m->uidl), "INBOX",
			    m->uidl, false, m->size, SPAN(""), e);
	}
	return status;
}

static int
retrieve(struct work *w, struct err *e)
{
	struct pop_event ev;

	if (ask_more(w, e) == -1)
		return -1;
	while (pop_waiting(w->s->pop) > 0) {
		if (pop_session_next(w->s, &ev, e) == -1 ||
		    take(w, &ev, e) == -1 || ask_more(w, e) == -1)
			return -1;
		if (option_interrupted())
			return err_set(e, ERR_TEMP, "interrupted");
	}
	return 0;
}

static int
ask_more(struct work *w, struct err *e)
{
	for (; w->asked < w->n && pop_waiting(w->s->pop) < IN_FLIGHT;
	     w->asked++)
		if (w->mail[w->asked].is_wanted &&
		    pop_ask(w->s->pop, &(struct pop_ask){
			.verb = w->run->headers ? POP_TOP : POP_RETR,
			.number = w->mail[w->asked].number}, e) == -1)
			return -1;
	return 0;
}

static int
take(struct work *w, const struct pop_event *ev, struct err *e)
{
	struct mail *m = numbered(w, ev->number);

	if (m == NULL)
		return 0;
	switch (ev->on) {
	case POP_ON_BODY:
		return place_begin(&w->place, e);
	case POP_ON_DATA:
		return place_write(&w->place, ev->data, e);
	case POP_ON_BODY_END:
		return end(w, m, e);
	case POP_ON_DONE:
		return ev->is_ok ? 0 : take_refused(w, m, ev, e);
	default:
		return 0;
	}
}

/*
 * A size that is not the message's is no lie to act upon, for many servers
 * guess it; but one that is empty where that is not 0 did not come.
 */
static int
end(struct work *w, struct mail *m, struct err *e)
{
	struct err one;

	if (w->place.bytes == 0 && !(m->has_size && m->size == 0)) {
		place_abort(&w->place);
		err_set(&one, ERR_TEMP, "the server has no text");
		report_fault(w->run, m->uidl, &one);
		return 0;
	}
	m->is_ours = true;
	return place_end(&w->place, m->uidl, "", 0, e);
}

/* Some do TOP without saying so: it is missing where it is refused, too. */
static int
take_refused(struct work *w, const struct mail *m, const struct pop_event *ev,
    struct err *e)
{
	if (ev->verb == POP_TOP && ev->code.n == 0 &&
	    !pop_can(w->s->pop, "TOP"))
		return err_set(e, ERR_REFUSED, "the server has no TOP, so that "
		    "no header comes alone: -%c fetches nothing",
		    w->run->headers ? 'H' : 'S');
	tell_refused(w, m, ev);
	return 0;
}

/* It is told, and the others follow. */
static void
tell_refused(struct work *w, const struct mail *m, const struct pop_event *ev)
{
	struct err e = {0};

	(void)pop_refused(ev, &e);
	report_fault(w->run, m->uidl, &e);
}

/*
 * A UIDL that is gone from the server may come back for another message; but
 * a mailbox that is empty may only seem so, and so may a UIDL that is not told
 * of a message.
 */
static int
forget_gone(struct work *w, struct err *e)
{
	const char **uidls;
	int status;

	if (w->n == 0 || w->n_nameless > 0 || w->place.state == NULL)
		return 0;
	uidls = mem_alloc(w->n, sizeof *uidls);
	for (size_t i = 0; i < w->n; i++)
		uidls[i] = w->mail[i].uidl;
	status = state_keep_only(w->place.state, w->place.source, uidls, w->n,
	    e);
	free(uidls);
	return status;
}

static int
delete(struct work *w, struct err *e)
{
	struct pop_event ev;

	if (w->n_doubles > 0)
		diag(w->run->tool.name, "%zu messages have the UIDL of "
		    "another: none of these is deleted", w->n_doubles);
	for (size_t i = 0; i < w->n || pop_waiting(w->s->pop) > 0;) {
		if (i < w->n && pop_waiting(w->s->pop) < IN_FLIGHT) {
			if (delete_one(w, &w->mail[i++], e) == -1)
				return -1;
			continue;
		}
		if (pop_session_next(w->s, &ev, e) == -1)
			return -1;
		/* without QUIT the server would keep the others too */
		if (ev.on == POP_ON_DONE && !ev.is_ok)
			tell_refused(w, numbered(w, ev.number), &ev);
	}
	return 0;
}

static int
delete_one(struct work *w, const struct mail *m, struct err *e)
{
	bool is_safe;

	if (!m->is_ours || m->is_shared)
		return 0;
	if (place_is_safe(&w->place, m->uidl, &is_safe, e) == -1)
		return -1;
	return !is_safe ? 0 : pop_ask(w->s->pop, &(struct pop_ask){
	    .verb = POP_DELE, .number = m->number}, e);
}
