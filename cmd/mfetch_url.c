#include <stdlib.h>
#include <string.h>

#include "app/imap_session.h"
#include "base/mem.h"
#include "mfetch_pull.h"
#include "proto/utf7.h"

#define IN_FLIGHT 40 /* messages that have no answer yet */

/* Messages, or a section of each, on their way to standard output. */
struct work {
	struct mfetch *run;
	const struct source *src;
	struct imap_session *s;
	const uint32_t *uid; /* whose, in the order that they are written in */
	char *const *section; /* and of each which; NULL: all of it */
	size_t n, asked;
	size_t at;	/* the one that comes */
	size_t answered; /* a server may say so of several late */
	unsigned ended;	/* commands */
	unsigned first;	/* tag of what asked for the first */
	size_t searches; /* for which of several are there, unanswered */
	bool *is_there;	/* which of picked's sorted are; NULL: not asked */
	bool is_open;	/* the folder, and it is the one that is meant */
	bool has_begun; /* the bytes come, or have come */
	bool has_bytes; /* any */
	bool in_header; /* what comes is its header, which is not wanted */
	bool has_header; /* and has come */
	bool is_whole;	/* all of it has come */
	bool is_mixed;	/* it sent another one than that */
	bool is_lost;	/* the message cannot be had, and that is told */
	uint32_t lost;	/* the last such */
	bool has_cr;	/* a CR that may belong to CR LF */
};

static int fetch(struct work *, struct err *);
static bool is_to_begin_anew(const struct work *, bool is_kept,
    const struct err *);
static void begin_anew(struct work *);
static bool may_go_on(struct work *, const struct err *);
static int open_folder(struct work *, struct err *);
static int ask_which(struct work *, struct err *);
static int ask_more(struct work *, struct err *);
static bool may_ask(const struct work *);
static void put_uids(struct work *, struct buf *);
static void put_items(const struct work *, size_t, struct buf *);
static const char *section(const struct work *, size_t);
static bool put_header(const struct work *, size_t, struct buf *);
static bool is_header(const struct work *, struct span);
static bool is_nowhere(const struct work *);
static int take(struct work *, const struct imap_event *, struct err *);
static void take_found(struct work *, const struct imap_event *);
static int take_answer(struct work *, const struct imap_event *,
    struct err *);
static int take_end(struct work *, const struct imap_event *, struct err *);
static int begin(struct work *, const struct imap_event *, struct err *);
static int check_order(struct work *, const struct imap_event *,
    struct err *);
static int pass_missing(struct work *, struct err *);
static bool is_missing(const struct work *);
static int next(struct work *, struct err *);
static int write_lines(struct work *, struct span, struct err *);
static int end(struct work *, struct err *);
static int end_frame(struct work *, struct err *);
static int lose_missing(struct work *, struct err *);
static int lose(struct work *, struct err *);
static void put_name(const struct work *, struct buf *);
static int check_uid(const struct work *, const struct imap_event *,
    struct err *);

int
mfetch_url(struct mfetch *run, const struct source *src, struct err *e)
{
	const struct picked *k = src->picked;
	struct imap_session own = {0}, *s = k != NULL ? k->session : &own;
	struct work w = {.run = run, .src = src, .s = s,
	    .uid = k != NULL ? k->uid : &src->url->uid,
	    .section = k != NULL ? k->section : &src->url->section,
	    .n = k != NULL ? k->n : 1};
	bool is_kept = s->imap != NULL;
	int status = fetch(&w, e);

	while (status == -1 && is_to_begin_anew(&w, is_kept, e)) {
		is_kept = false;
		begin_anew(&w);
		status = fetch(&w, e);
	}
	if (k == NULL || (status == -1 && !may_go_on(&w, e)) ||
	    !imap_session_is_at_rest(s))
		imap_session_close(s);
	free(w.is_there);
	return status;
}

int
check_uidvalidity(const struct url *u, uint32_t now, struct err *e)
{
	if (u->uidvalidity == 0 || u->uidvalidity == now)
		return 0;
	return err_set(e, ERR_NOINPUT, "UIDVALIDITY is %lu on the server",
	    (unsigned long)now);
}

/*
 * The server is gone since the last, or who reads what it sent was so slow that
 * it would not wait, or gave them in another order: nothing was written of the
 * one that comes, and of those before it all.
 */
static bool
is_to_begin_anew(const struct work *w, bool is_kept, const struct err *e)
{
	bool is_gone = w->s->is_over && e->kind == ERR_TEMP &&
	    (is_kept || w->at > 0);

	return (is_gone || w->is_mixed) && !option_interrupted() &&
	    !w->run->output.is_closed_pipe &&
	    (!w->has_begun || frame_is_on(w->run)) && !w->is_lost;
}

static void
begin_anew(struct work *w)
{
	const struct work old = *w;

	imap_session_close(w->s);
	free(w->is_there);
	frame_drop(w->run);
	*w = (struct work){.run = old.run, .src = old.src, .s = old.s,
	    .uid = old.uid + old.at, .section = old.section + old.at,
	    .n = old.n - old.at};
	old.run->calm += old.is_mixed;
}

static int
fetch(struct work *w, struct err *e)
{
	struct imap_event ev;

	if (w->s->imap == NULL &&
	    imap_session_open(w->s, w->src->account, w->src->url,
		w->run->tool.name, w->run->common.verbose, e) == -1)
		return -1;
	if (open_folder(w, e) == -1 || ask_which(w, e) == -1 ||
	    ask_more(w, e) == -1)
		return -1;
	while (imap_waiting(w->s->imap) > 0) {
		if (imap_session_next(w->s, &ev, e) == -1 ||
		    take(w, &ev, e) == -1)
			return -1;
		if (option_interrupted())
			return err_set(e, ERR_TEMP, "interrupted");
	}
	return 0;
}

/*
 * After a folder or a message that is not to be had, where others may follow:
 * what was asked with it is answered with little, or with one message.
 */
static bool
may_go_on(struct work *w, const struct err *failed)
{
	const struct option_names *names = &w->run->names;
	struct imap *imap = w->s->imap;
	struct imap_event ev;
	struct err e;

	if (!option_has_name(names) && (!names->from_stdin || names->ended))
		return false;
	if (w->s->is_over || imap == NULL ||
	    (failed->kind != ERR_NOINPUT && failed->kind != ERR_REFUSED) ||
	    (w->is_open && imap_waiting(imap) > 1))
		return false;
	while (imap_waiting(imap) > 0)
		if (imap_session_next(w->s, &ev, &e) == -1)
			return false;
	return true;
}

static int
open_folder(struct work *w, struct err *e)
{
	struct imap_ask open = {.verb = IMAP_EXAMINE};
	struct buf folder = {0};
	int status;

	if (!utf7_encode(span_of(w->src->url->folder), &folder)) {
		buf_free(&folder);
		return err_set(e, ERR_USAGE,
		    "a folder that IMAP cannot name");
	}
	open.name = buf_view(&folder);
	status = imap_ask(w->s->imap, &open, &w->first, e);
	w->first++;
	buf_free(&folder);
	return status;
}

/*
 * Of several messages one may be gone, and a server may say so of it only after
 * it sent those behind it: what is there must be known before.
 */
static int
ask_which(struct work *w, struct err *e)
{
	const struct picked *k = w->src->picked;
	struct imap_ask search = {.verb = IMAP_UID_SEARCH};
	struct buf keys = {0};
	int status = 0;

	if (w->n == 1 || k->n_sorted == 1)
		return 0;
	w->is_there = mem_alloc(k->n_sorted, sizeof *w->is_there);
	for (size_t done = 0; status == 0 && done < k->n_sorted;) {
		done += pick_keys(k, done, &keys);
		search.words = buf_view(&keys);
		status = imap_ask(w->s->imap, &search, &w->first, e);
		w->first++;
		w->searches++;
		buf_cut(&keys, 0);
	}
	buf_free(&keys);
	return status;
}

/* The first go out in the flight that opens the folder. */
static int
ask_more(struct work *w, struct err *e)
{
	struct imap_ask get = {.verb = IMAP_UID_FETCH};
	struct buf uid = {0}, words = {0};
	int status = 0;

	while (status == 0 && w->asked < w->n && may_ask(w)) {
		put_items(w, w->asked, &words);
		put_uids(w, &uid);
		get.set = buf_view(&uid);
		get.words = buf_view(&words);
		status = imap_ask(w->s->imap, &get, NULL, e);
		buf_cut(&uid, 0);
		buf_cut(&words, 0);
	}
	buf_free(&uid);
	buf_free(&words);
	return status;
}

/*
 * Many commands at a time.  A server that has to wait with what it sends may
 * work on several by turns: then one, of what comes in the order of the UIDs,
 * and if that does not do either, of one message.
 */
static bool
may_ask(const struct work *w)
{
	return w->asked - w->answered < (w->run->calm > 0 ? 1 : IN_FLIGHT);
}

static void
put_uids(struct work *w, struct buf *out)
{
	size_t first = w->asked++, i = first;

	buf_fmt(out, "%lu", (unsigned long)w->uid[first]);
	while (w->run->calm == 1 && ++i < w->n && i - first < IN_FLIGHT &&
	    w->uid[i] > w->uid[i - 1] &&
	    strcmp(section(w, i), section(w, first)) == 0) {
		buf_fmt(out, ",%lu", (unsigned long)w->uid[i]);
		w->asked++;
	}
}

static void
put_items(const struct work *w, size_t i, struct buf *words)
{
	struct buf header = {0};

	buf_str(words, "(UID");
	if (put_header(w, i, &header))
		buf_fmt(words, " BODY.PEEK[%s]", buf_cstr(&header));
	buf_fmt(words, " BODY.PEEK[%s])", section(w, i));
	buf_free(&header);
}

/* "" for all of the message. */
static const char *
section(const struct work *w, size_t i)
{
	if (w->section[i] != NULL)
		return w->section[i];
	return w->run->headers ? "HEADER" : "";
}

/*
 * Where a section is not there some send an empty one: but a part always has a
 * header, and be it the empty line at its end, so that is asked for with it.
 * Who takes frames asks for what he needs.
 */
static bool
put_header(const struct work *w, size_t i, struct buf *out)
{
	struct span s = span_of(section(w, i));
	size_t body = s.n > 5 && span_iis(span_from(s, s.n - 5), ".TEXT")
	    ? s.n - 5 : 0;

	if (frame_is_on(w->run) || s.n == 0 ||
	    (body == 0 && !ascii_digit(s.p[s.n - 1])))
		return false;
	buf_span(out, body > 0 ? span_sub(s, 0, body) : s);
	buf_str(out, body > 0 ? ".HEADER" : ".MIME");
	return true;
}

static bool
is_header(const struct work *w, struct span name)
{
	struct buf header = {0};
	bool is = put_header(w, w->at, &header) &&
	    span_ieq(name, buf_view(&header));

	buf_free(&header);
	return is;
}

static bool
is_nowhere(const struct work *w)
{
	return !frame_is_on(w->run) && !w->has_bytes && !w->has_header &&
	    ascii_digit(section(w, w->at)[0]);
}

static int
take(struct work *w, const struct imap_event *ev, struct err *e)
{
	switch (ev->on) {
	case IMAP_ON_UIDS:
		take_found(w, ev);
		return 0;
	case IMAP_ON_BODY:
		return begin(w, ev, e);
	case IMAP_ON_DATA:
		w->has_header = w->has_header || w->in_header;
		return w->in_header ? 0 : write_lines(w, ev->data, e);
	case IMAP_ON_MESSAGE:
		w->is_whole = w->is_whole ||
		    (ev->has_body && (w->has_begun || w->is_lost));
		return ev->has_body ? check_uid(w, ev, e) : 0;
	case IMAP_ON_DONE:
		return take_answer(w, ev, e);
	default:
		return 0;
	}
}

static void
take_found(struct work *w, const struct imap_event *ev)
{
	size_t at, n = (size_t)(ev->last - ev->uid) + 1;

	if (w->is_there == NULL)
		return;
	at = pick_place(w->src->picked, ev->uid, ev->last);
	if (at != SPAN_NONE)
		memset(w->is_there + at, true, n);
}

static int
take_answer(struct work *w, const struct imap_event *ev, struct err *e)
{
	if (ev->verb == IMAP_UID_FETCH)
		return take_end(w, ev, e);
	if (ev->status != IMAP_OK)
		return imap_refused(ev, e);
	if (ev->verb == IMAP_UID_SEARCH)
		w->searches--;
	if (ev->verb != IMAP_EXAMINE)
		return 0;
	w->is_open = true;
	return check_uidvalidity(w->src->url,
	    imap_mailbox(w->s->imap)->uidvalidity, e);
}

/* All that comes of a message has come. */
static int
take_end(struct work *w, const struct imap_event *ev, struct err *e)
{
	int status = 0;

	if (ev->tag != w->first + w->ended++) {
		w->is_mixed = w->asked - w->at > 1;
		return err_set(e, ERR_PROTO,
		    "the server answers in another order than it was asked");
	}
	if (ev->status == IMAP_BAD)
		return imap_refused(ev, e);
	w->answered = w->run->calm > 0 ? w->asked : w->answered + 1;
	while (status == 0 && w->at < w->answered) {
		if (ev->status != IMAP_OK) {
			w->has_begun = false;
			(void)imap_refused(ev, e);
			status = lose(w, e);
		} else if (!w->has_begun) {
			status = lose_missing(w, e);
		}
		if (status == 0)
			status = next(w, e);
	}
	return status == -1 ? -1 : ask_more(w, e);
}

static int
begin(struct work *w, const struct imap_event *ev, struct err *e)
{
	const char *wanted;

	/* not a byte is written of what may be another message */
	if (!w->is_open)
		return err_set(e, ERR_PROTO,
		    "the server sent a message before its folder");
	if (w->is_whole && w->at + 1 < w->asked && next(w, e) == -1)
		return -1;
	if (pass_missing(w, e) == -1)
		return -1;
	w->in_header = is_header(w, ev->section);
	if (w->in_header)
		return ev->uid == 0 ? 0 : check_order(w, ev, e);
	if (w->has_begun || w->is_lost)
		return err_set(e, ERR_PROTO,
		    "the server sent the message twice");
	wanted = section(w, w->at);
	if (!span_ieq(ev->section, span_of(wanted)))
		return err_set(e, ERR_PROTO,
		    "the server sent another section");
	if (ev->is_nil) {
		if (wanted[0] != '\0')
			err_set(e, ERR_NOINPUT, "no such section");
		else
			err_set(e, ERR_TEMP, "the server has no text");
		return lose(w, e);
	}
	if (ev->uid != 0 && check_order(w, ev, e) == -1)
		return -1;
	w->has_begun = true;
	return 0;
}

/* Another than the one that was asked for may have been asked for, too. */
static int
check_order(struct work *w, const struct imap_event *ev, struct err *e)
{
	int status = check_uid(w, ev, e);

	w->is_mixed = status == -1 && w->asked - w->at > 1;
	return status;
}

/* What comes now is of one behind those that are not there. */
static int
pass_missing(struct work *w, struct err *e)
{
	while (!w->has_begun && !w->is_lost && w->at + 1 < w->asked &&
	    is_missing(w))
		if (lose_missing(w, e) == -1 || next(w, e) == -1)
			return -1;
	return 0;
}

static bool
is_missing(const struct work *w)
{
	uint32_t uid = w->uid[w->at];

	return w->is_there != NULL && w->searches == 0 &&
	    !w->is_there[pick_place(w->src->picked, uid, uid)];
}

static int
next(struct work *w, struct err *e)
{
	int status = 0;

	if (w->has_begun && is_nowhere(w)) {
		err_set(e, ERR_NOINPUT, "no such section");
		w->has_begun = false;
		status = lose(w, e);
	} else if (w->has_begun) {
		status = end(w, e);
	}
	w->lost = w->has_begun ? 0 : w->lost;
	w->has_begun = w->is_whole = w->is_lost = w->has_cr = false;
	w->has_bytes = w->in_header = w->has_header = false;
	w->at++;
	return status;
}

static int
write_lines(struct work *w, struct span bytes, struct err *e)
{
	struct buf *held = &w->run->output.held;

	w->has_bytes = w->has_bytes || bytes.n > 0;
	if (frame_is_on(w->run))
		return frame_add(w->run, bytes, &w->has_cr, e);
	place_lines(bytes, &w->has_cr, held);
	return output_bytes(&w->run->output, SPAN(""), e);
}

static int
end(struct work *w, struct err *e)
{
	w->run->fetched++;
	if (frame_is_on(w->run))
		return end_frame(w, e);
	if (w->has_cr && output_bytes(&w->run->output, SPAN("\r"), e) == -1)
		return -1;
	return output_flush(&w->run->output, e);
}

static int
end_frame(struct work *w, struct err *e)
{
	struct buf name = {0};
	int status = 0;

	if (w->has_cr)
		buf_char(&w->run->frame.held, '\r');
	put_name(w, &name);
	status = frame_end(w->run, buf_view(&name), e);
	buf_free(&name);
	return status;
}

static int
lose_missing(struct work *w, struct err *e)
{
	err_set(e, ERR_NOINPUT, "no such message");
	return lose(w, e);
}

/* -1 where it is all that was asked for; else it is told, and others follow. */
static int
lose(struct work *w, struct err *e)
{
	struct buf name = {0};
	int status = 0;

	if (w->n == 1)
		return -1;
	if (w->is_lost)
		return 0;
	put_name(w, &name);
	/* of one message's sections that fail the first is enough */
	if (!frame_is_on(w->run) || w->lost != w->uid[w->at])
		report_fault(w->run, buf_cstr(&name), e);
	if (frame_is_on(w->run))
		status = frame_lost(w->run, buf_view(&name), e->kind, e);
	w->lost = w->uid[w->at];
	w->is_lost = true;
	buf_free(&name);
	return status;
}

static void
put_name(const struct work *w, struct buf *out)
{
	struct url u = *w->src->url;

	u.uid = w->uid[w->at];
	u.section = w->section[w->at];
	url_format(&u, out);
}

static int
check_uid(const struct work *w, const struct imap_event *ev, struct err *e)
{
	if (w->at < w->n && ev->uid == w->uid[w->at])
		return 0;
	return err_set(e, ERR_PROTO, "the server sent another message");
}
