/*
 * Messages of a folder on a server, a piece at a time: some pieces are asked
 * for while others come.  What a message is known by fills its place in its
 * piece, whatever the order in which the server sends them.
 *
 * A piece goes through up to three stages: the fields that are needed; the
 * field Received of messages without a date; the whole of messages that the
 * query cannot decide without.  Then it is given to the sink, in its turn.
 */
#include <stdlib.h>
#include <string.h>

#include "app/progress.h"
#include "base/mem.h"
#include "mail/flag.h"
#include "mail/header.h"
#include "mlist_remote.h"

#define PIECE_MIN 25
#define PIECE_MAX 1000
#define HEADERS_MAX 200 /* where all fields come: some have 64 kB of them */
#define SET_BYTES 900 /* of a set; servers limit a line */
#define UID_BYTES 11  /* in it, with a comma */
#define SETS_MAX (PIECE_MAX * UID_BYTES / SET_BYTES + 1) /* of a piece */
#define PIECES 4      /* in flight */
/* Of a piece's fields; one message's, with Received, are less. */
#define PIECE_BYTES (4 * MLIST_HEADER_MAX)
#define WHOLE_MAX (128u << 20) /* bytes of a message that is searched */

enum stage { STAGE_FIELDS, STAGE_RECEIVED, STAGE_WHOLE, STAGES };
enum verdict { VERDICT_OPEN, VERDICT_NO, VERDICT_YES, VERDICT_FAULT };

/* One message. */
struct seen {
	bool is_here, is_new, is_undated;
	bool is_nil; /* the server has none of what was asked for last */
	unsigned flags;
	uint64_t size;
	int64_t arrival;
	size_t at, n; /* its fields in the piece's text */
	enum verdict verdict;
};

struct piece {
	size_t first, n; /* in the mailbox's UIDs */
	size_t from, to; /* of these, what is asked for and given at once */
	struct seen *seen;
	struct buf text;
	bool is_full; /* there is more of it than may be held */
	bool is_thinned; /* some of it are gone, the server says */
	enum stage stage; /* STAGES: it waits for its turn */
	unsigned tag[SETS_MAX]; /* of commands without their answer */
	size_t n_tags;
};

struct fetch {
	struct mailbox *box;
	struct buf items[STAGES];
	enum mailbox_fields fields;
	struct piece piece[PIECES]; /* a ring */
	size_t first, n; /* pieces of it */
	size_t asked;	 /* UIDs */
	size_t step;	 /* of them for the next piece */
	struct buf body; /* that comes now */
	size_t body_max;
	/* the body: all of a message; too large; none */
	bool is_whole, is_cut, is_nil;
	struct progress progress;
};

/* A message that is matched: its bytes, where they are here already. */
struct content {
	const struct buf *whole;
	bool is_missed; /* the query cannot do without */
};

static int ask_pieces(struct fetch *, struct err *);
static int ask_part(struct fetch *, struct piece *, size_t from, size_t n,
    struct err *);
static int ask_stage(struct fetch *, struct piece *, struct err *);
static bool is_asked(const struct piece *, size_t i);
static size_t make_set(const struct fetch *, const struct piece *, size_t i,
    struct buf *set);
static int take(struct fetch *, const struct imap_event *, struct err *);
static void take_data(struct fetch *, struct span);
static int take_message(struct fetch *, const struct imap_event *,
    struct err *);
static struct piece *piece_of(struct fetch *, uint32_t uid, size_t *i);
static void take_flags(struct seen *, struct span flags);
static void take_body(struct fetch *, struct piece *, struct seen *,
    uint32_t uid);
static int take_done(struct fetch *, const struct imap_event *, struct err *);
static int end_stage(struct fetch *, struct piece *, struct err *);
static void settle(struct fetch *, struct piece *);
static size_t find_undated(struct piece *);
static size_t judge_all(struct fetch *, struct piece *);
static enum verdict judge(struct fetch *, const struct piece *,
    const struct seen *, uint32_t uid, const struct buf *whole);
static void fill(const struct fetch *, const struct piece *,
    const struct seen *, struct summary *);
static int give_bytes(void *, struct span *, struct err *);
static void fault(struct fetch *, uint32_t uid, struct err *);
static int give_pieces(struct fetch *, struct err *);
static void give_piece(struct fetch *, struct piece *);
static void drop_piece(struct piece *);

int
mailbox_fetch(struct mailbox *b, struct err *e)
{
	struct fetch f = {.box = b, .step = PIECE_MIN};
	struct imap_event ev;
	int status = 0;

	buf_str(&f.items[STAGE_RECEIVED],
	    "(UID BODY.PEEK[HEADER.FIELDS (Received)])");
	buf_str(&f.items[STAGE_WHOLE], "(UID BODY.PEEK[])");
	f.fields = mailbox_items(b, &f.items[STAGE_FIELDS]);
	progress_begin(&f.progress, MLIST_NAME, "messages");
	progress_expect(&f.progress, b->n);
	while (status == 0 && !mlist_is_done(b->m) &&
	    (f.asked < b->n || f.n > 0)) {
		status = ask_pieces(&f, e);
		if (status == 0)
			status = imap_session_next(b->s, &ev, e);
		if (status == 0)
			status = take(&f, &ev, e);
	}
	progress_end(&f.progress);
	for (size_t i = 0; i < PIECES; i++)
		drop_piece(&f.piece[i]);
	for (size_t i = 0; i < STAGES; i++)
		buf_free(&f.items[i]);
	buf_free(&f.body);
	if (status == -1)
		mailbox_pass(b->s, e);
	return status;
}

/* Small ones first: what is printed first comes soon. */
static int
ask_pieces(struct fetch *f, struct err *e)
{
	size_t max = f->fields == MAILBOX_HEADER ? HEADERS_MAX : PIECE_MAX;
	struct piece *p;

	while (f->n < PIECES && f->asked < f->box->n) {
		p = &f->piece[(f->first + f->n++) % PIECES];
		*p = (struct piece){.first = f->asked,
		    .n = f->box->n - f->asked};
		if (p->n > f->step)
			p->n = f->step;
		f->step = f->step < max / 2 ? f->step * 2 : max;
		f->asked += p->n;
		p->seen = mem_alloc(p->n, sizeof *p->seen);
		if (ask_part(f, p, 0, p->n, e) == -1)
			return -1;
	}
	return 0;
}

static int
ask_part(struct fetch *f, struct piece *p, size_t from, size_t n,
    struct err *e)
{
	memset(p->seen, 0, p->n * sizeof *p->seen);
	buf_cut(&p->text, 0);
	p->from = from;
	p->to = from + n < p->n ? from + n : p->n;
	p->is_full = false;
	p->stage = STAGE_FIELDS;
	return ask_stage(f, p, e);
}

static int
ask_stage(struct fetch *f, struct piece *p, struct err *e)
{
	struct buf set = {0};
	size_t i = 0;
	int status = 0;

	while (status == 0 && i < p->n) {
		buf_cut(&set, 0);
		i = make_set(f, p, i, &set);
		if (set.n == 0)
			break;
		status = imap_ask(f->box->s->imap, &(struct imap_ask){
		    .verb = IMAP_UID_FETCH, .set = buf_view(&set),
		    .words = buf_view(&f->items[p->stage])},
		    &p->tag[p->n_tags++], e);
	}
	buf_free(&set);
	return status;
}

static bool
is_asked(const struct piece *p, size_t i)
{
	const struct seen *s = &p->seen[i];

	if (p->stage == STAGE_FIELDS)
		return i >= p->from && i < p->to;
	return (s->is_here && (p->stage == STAGE_RECEIVED ? s->is_undated
						      : s->verdict ==
		VERDICT_OPEN));
}

/*
 * UIDs from the ith on, as many as fit; where it got to.  Where all of the
 * folder is listed a range may run over UIDs that are gone.
 */
static size_t
make_set(const struct fetch *f, const struct piece *p, size_t i,
    struct buf *set)
{
	const uint32_t *uid = f->box->uid + p->first;
	bool is_all = p->stage == STAGE_FIELDS && !f->box->is_some &&
	    span_is(buf_view(&f->box->search.keys), "ALL");
	size_t from;

	while (i < p->n && set->n < SET_BYTES) {
		from = i++;
		if (!is_asked(p, from))
			continue;
		while (i < p->n && is_asked(p, i) &&
		    (is_all || uid[i] == uid[i - 1] + 1))
			i++;
		buf_fmt(set, "%s%lu", set->n > 0 ? "," : "",
		    (unsigned long)uid[from]);
		if (i - from > 1)
			buf_fmt(set, ":%lu", (unsigned long)uid[i - 1]);
	}
	return i;
}

static int
take(struct fetch *f, const struct imap_event *ev, struct err *e)
{
	/* then it no longer means the messages that it listed */
	if (imap_mailbox(f->box->s->imap)->uidvalidity !=
	    f->box->url.uidvalidity)
		return err_set(e, ERR_PROTO, "the server counts its messages "
		    "anew (UIDVALIDITY) in between");
	switch (ev->on) {
	case IMAP_ON_BODY:
		buf_cut(&f->body, 0);
		f->is_whole = ev->section.n == 0;
		f->is_nil = ev->is_nil;
		f->is_cut = f->is_whole && ev->size > WHOLE_MAX;
		f->body_max = f->is_whole ? WHOLE_MAX : MLIST_HEADER_MAX;
		return 0;
	case IMAP_ON_DATA:
		take_data(f, ev->data);
		return 0;
	case IMAP_ON_MESSAGE:
		return take_message(f, ev, e);
	case IMAP_ON_DONE:
		return take_done(f, ev, e);
	default:
		return 0;
	}
}

/* CR LF becomes LF, as it does on disk. */
static void
take_data(struct fetch *f, struct span data)
{
	struct buf *body = &f->body;
	size_t n = body->n + data.n < f->body_max ? data.n
						 : f->body_max - body->n;
	size_t lf;

	data = span_sub(data, 0, f->is_cut ? 0 : n);
	while ((lf = span_chr(data, '\n')) != SPAN_NONE) {
		buf_span(body, span_sub(data, 0, lf));
		if (body->n > 0 && body->p[body->n - 1] == '\r')
			buf_cut(body, body->n - 1);
		buf_char(body, '\n');
		data = span_from(data, lf + 1);
	}
	buf_span(body, data);
}

/* What was not asked for, or is here already, is passed over. */
static int
take_message(struct fetch *f, const struct imap_event *ev, struct err *e)
{
	struct date date;
	struct piece *p;
	struct seen *s;
	size_t i;

	if (ev->uid == 0 && ev->has_body)
		return err_set(e, ERR_PROTO,
		    "the server sent a message without its UID");
	p = piece_of(f, ev->uid, &i);
	if (p == NULL)
		return 0;
	s = &p->seen[i];
	if (ev->has_flags)
		take_flags(s, ev->flags);
	if (ev->has_size)
		s->size = ev->size;
	if (date_parse_imap(ev->date, &date))
		s->arrival = date.sec;
	if (ev->has_body)
		take_body(f, p, s, ev->uid);
	else if (f->fields == MAILBOX_NO_FIELDS)
		s->is_here = true;
	return 0;
}

/* The piece in flight of which it is asked for, and its place there. */
static struct piece *
piece_of(struct fetch *f, uint32_t uid, size_t *i)
{
	const struct mailbox *b = f->box;
	const uint32_t *at = bsearch(&uid, b->uid, b->n, sizeof uid,
	    mailbox_by_uid);
	struct piece *p;

	for (size_t k = 0; at != NULL && k < f->n; k++) {
		p = &f->piece[(f->first + k) % PIECES];
		*i = (size_t)(at - b->uid) - p->first;
		if (*i >= p->from && *i < p->to)
			return p;
	}
	return NULL;
}

static void
take_flags(struct seen *s, struct span flags)
{
	struct span flag;

	s->flags = 0;
	s->is_new = false;
	while (span_cut(&flags, ' ', &flag) == 1) {
		s->flags |= flag_of_imap(flag);
		s->is_new = s->is_new || span_iis(flag, "\\Recent");
	}
}

static void
take_body(struct fetch *f, struct piece *p, struct seen *s, uint32_t uid)
{
	struct err e;

	s->is_nil = f->is_nil;
	if (f->is_whole) {
		if (f->is_nil || p->stage != STAGE_WHOLE ||
		    s->verdict != VERDICT_OPEN)
			return;
		if (f->is_cut) {
			err_set(&e, ERR_DATA,
			    "the message is too large to be searched");
			fault(f, uid, &e);
			s->verdict = VERDICT_FAULT;
		} else {
			s->verdict = judge(f, p, s, uid, &f->body);
		}
		return;
	}
	if (p->stage == STAGE_WHOLE || (p->stage == STAGE_FIELDS &&
	    s->is_here) || (p->stage == STAGE_RECEIVED && !s->is_undated))
		return;
	if (p->stage == STAGE_RECEIVED) {
		buf_char(&f->body, '\n');
		buf_span(&f->body, span_sub(buf_view(&p->text), s->at, s->n));
	}
	p->is_full = p->is_full || p->text.n + f->body.n > PIECE_BYTES;
	if (p->is_full)
		return;
	s->is_here = true;
	s->is_undated = false;
	s->at = p->text.n;
	s->n = f->body.n;
	buf_span(&p->text, buf_view(&f->body));
}

static int
take_done(struct fetch *f, const struct imap_event *ev, struct err *e)
{
	struct piece *p = NULL;
	size_t i = 0;

	for (size_t k = 0; p == NULL && k < f->n; k++) {
		p = &f->piece[(f->first + k) % PIECES];
		for (i = 0; i < p->n_tags && p->tag[i] != ev->tag; i++)
			;
		if (i == p->n_tags)
			p = NULL;
	}
	if (ev->status != IMAP_OK) {
		(void)imap_refused(ev, e);
		if (ev->status == IMAP_BAD)
			return -1;
		/* some of them could not be had; the others follow */
		progress_hide(&f->progress);
		mlist_fail(f->box->m, e);
	}
	if (p == NULL)
		return 0;
	p->is_thinned |= span_iis(ev->code, "EXPUNGEISSUED");
	p->tag[i] = p->tag[--p->n_tags];
	return p->n_tags > 0 ? 0 : end_stage(f, p, e);
}

/* On to the next stage that has anything to ask for; or again, for less. */
static int
end_stage(struct fetch *f, struct piece *p, struct err *e)
{
	settle(f, p);
	if (p->is_full)
		return ask_part(f, p, p->from, (p->to - p->from + 1) / 2, e);
	if (p->stage == STAGE_FIELDS && f->fields == MAILBOX_DATE &&
	    find_undated(p) > 0) {
		p->stage = STAGE_RECEIVED;
		return ask_stage(f, p, e);
	}
	if (p->stage != STAGE_WHOLE && judge_all(f, p) > 0) {
		p->stage = STAGE_WHOLE;
		return ask_stage(f, p, e);
	}
	p->stage = STAGES;
	return give_pieces(f, e);
}

/* A server may still tell of what is gone, with NIL (RFC 2180, section 4.1). */
static void
settle(struct fetch *f, struct piece *p)
{
	struct err e;

	for (size_t i = 0; i < p->n; i++) {
		struct seen *s = &p->seen[i];

		if (s->is_nil && p->is_thinned) {
			s->is_here = false;
		} else if (s->is_nil && p->stage == STAGE_WHOLE &&
		    s->verdict == VERDICT_OPEN) {
			err_set(&e, ERR_DATA, "the server has no text of it");
			fault(f, f->box->uid[p->first + i], &e);
			s->verdict = VERDICT_FAULT;
		}
		s->is_nil = false;
	}
	p->is_thinned = false;
}

/* How many have no Date. */
static size_t
find_undated(struct piece *p)
{
	struct summary s = {0};
	struct date d;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (!p->seen[i].is_here)
			continue;
		summary_header(&s, span_sub(buf_view(&p->text),
		    p->seen[i].at, p->seen[i].n));
		p->seen[i].is_undated =
		    !date_parse(s.field[SUMMARY_DATE], &d);
		n += p->seen[i].is_undated;
	}
	return n;
}

/* How many cannot be decided without their bytes. */
static size_t
judge_all(struct fetch *f, struct piece *p)
{
	const uint32_t *uid = f->box->uid + p->first;
	struct seen *s = p->seen;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (!s[i].is_here)
			continue;
		s[i].verdict = judge(f, p, &s[i], uid[i], NULL);
		n += s[i].verdict == VERDICT_OPEN;
	}
	return n;
}

static enum verdict
judge(struct fetch *f, const struct piece *p, const struct seen *seen,
    uint32_t uid, const struct buf *whole)
{
	const struct query *query = f->box->m->query;
	struct content content = {.whole = whole};
	struct summary s;
	const struct query_message message = {.summary = &s,
	    .whole = give_bytes, .arg = &content};
	struct err e;

	if (!mailbox_may_match(f->box, uid))
		return VERDICT_NO;
	if (query == NULL || f->box->search.is_exact)
		return VERDICT_YES;
	fill(f, p, seen, &s);
	switch (query_match(query, &message, &e)) {
	case 1:
		return VERDICT_YES;
	case 0:
		return VERDICT_NO;
	}
	if (content.is_missed)
		return VERDICT_OPEN;
	fault(f, uid, &e);
	return VERDICT_FAULT;
}

static void
fill(const struct fetch *f, const struct piece *p, const struct seen *seen,
    struct summary *s)
{
	*s = (struct summary){.folder = span_of(f->box->url.folder),
	    .flags = seen->flags, .is_new = seen->is_new, .size = seen->size,
	    .arrival = seen->arrival};
	summary_header(s, span_sub(buf_view(&p->text), seen->at, seen->n));
}

static int
give_bytes(void *arg, struct span *bytes, struct err *e)
{
	struct content *content = arg;

	if (content->whole == NULL) {
		content->is_missed = true;
		return err_set(e, ERR_SOFTWARE, "not fetched yet");
	}
	*bytes = buf_view(content->whole);
	return 0;
}

static void
fault(struct fetch *f, uint32_t uid, struct err *e)
{
	struct buf name = {0};

	mailbox_put_name(f->box, uid, &name);
	err_wrap(e, "%s", buf_cstr(&name));
	progress_hide(&f->progress);
	mlist_fail(f->box->m, e);
	buf_free(&name);
}

/* Those whose turn it is. */
static int
give_pieces(struct fetch *f, struct err *e)
{
	struct piece *p;

	while (f->n > 0) {
		p = &f->piece[f->first];
		if (p->stage != STAGES || mlist_is_done(f->box->m))
			return 0;
		progress_hide(&f->progress);
		give_piece(f, p);
		progress_add(&f->progress, p->to - p->from, p->text.n);
		/* no more than twice what fits: none comes too often */
		if (p->to < p->n)
			return ask_part(f, p, p->to, 2 * (p->to - p->from), e);
		drop_piece(p);
		f->first = (f->first + 1) % PIECES;
		f->n--;
	}
	return 0;
}

static void
give_piece(struct fetch *f, struct piece *p)
{
	struct summary s;

	for (size_t i = 0; i < p->n && !mlist_is_done(f->box->m); i++) {
		if (!p->seen[i].is_here)
			continue;
		if (f->box->named != NULL)
			f->box->named->v[p->first + i].is_here = true;
		if (p->seen[i].verdict == VERDICT_FAULT ||
		    p->seen[i].verdict == VERDICT_OPEN)
			continue;
		fill(f, p, &p->seen[i], &s);
		s.uid = f->box->uid[p->first + i];
		mailbox_give(f->box, &s, p->seen[i].verdict == VERDICT_YES);
	}
}

static void
drop_piece(struct piece *p)
{
	free(p->seen);
	buf_free(&p->text);
	*p = (struct piece){0};
}
