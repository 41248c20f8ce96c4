#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include "link.h"
#include "script.h"
#include "state.h"
#include "text.h"

#define LINE_BYTES (1024 * 1024)	  /* longest line of a client */
#define DATA_BYTES (1024 * 1024 * 1024)	  /* longest data */
#define ANY_LINES 64			  /* lines in one any-order */

static int line_step(struct state *, const struct step *, struct err *);
static int any_order(struct state *, const struct step *, struct err *);
static int any_one(struct state *, const struct step *, size_t, uint64_t *,
    struct err *);
static int data_step(struct state *, const struct step *, struct err *);
static int until_step(struct state *, const struct step *, struct err *);
static int dot_step(struct state *, struct err *);
static int eof_step(struct state *, struct err *);
static int next_line(struct state *, struct span *, struct err *);
static int more(struct state *, struct err *);
static bool fits(const struct state *, const struct step *, struct span,
    struct span *, struct span[TEXT_STARS]);
static int remember(struct state *, const struct step *, struct span,
    const struct span[TEXT_STARS], struct err *);
static bool tagged(const struct step *);
static int wanted(const struct text *, struct err *);
static int deviates(const char *, struct span, struct err *);

int
expect_step(struct state *st, const struct step *step, struct err *e)
{
	if (verb_is_line(step->verb))
		return line_step(st, step, e);
	if (step->verb == VERB_ANY_ORDER)
		return any_order(st, step, e);
	if (step->verb == VERB_EXPECT_DATA)
		return data_step(st, step, e);
	if (step->verb == VERB_EXPECT_UNTIL)
		return until_step(st, step, e);
	if (step->verb == VERB_EXPECT_DOT)
		return dot_step(st, e);
	return eof_step(st, e);
}

static int
line_step(struct state *st, const struct step *step, struct err *e)
{
	struct span line, tag, got[TEXT_STARS];

	if (state_text(st, step, e) == -1)
		return -1;
	if (next_line(st, &line, e) == -1)
		return wanted(&st->text, e);
	if (fits(st, step, line, &tag, got) == false) {
		deviates("", line, e);
		return wanted(&st->text, e);
	}
	if (remember(st, step, tag, got, e) == -1)
		return -1;
	return link_used(&st->link, line.n + 2, e);
}

/* Goes on after the block's end. */
static int
any_order(struct state *st, const struct step *step, struct err *e)
{
	size_t lines = step->other - st->at - 1;
	uint64_t seen = 0;

	if (lines > ANY_LINES)
		return err_set(e, ERR_DATA, "more than %d lines in any-order",
		    ANY_LINES);
	for (size_t i = 0; i < lines; i++)
		if (any_one(st, step + 1, lines, &seen, e) == -1)
			return -1;
	st->at = step->other;
	return 0;
}

/* One line of the client's, against what is not seen of n steps. */
static int
any_one(struct state *st, const struct step *step, size_t n, uint64_t *seen,
    struct err *e)
{
	struct span line, tag, got[TEXT_STARS];

	if (next_line(st, &line, e) == -1)
		return err_wrap(e, "a line of any-order is missing");
	for (size_t i = 0; i < n; i++) {
		if ((*seen >> i & 1) == 1)
			continue;
		if (state_text(st, &step[i], e) == -1)
			return -1;
		if (fits(st, &step[i], line, &tag, got) == false)
			continue;
		*seen |= (uint64_t)1 << i;
		if (remember(st, &step[i], tag, got, e) == -1)
			return -1;
		return link_used(&st->link, line.n + 2, e);
	}
	return deviates("expected a line of any-order: ", line, e);
}

static int
data_step(struct state *st, const struct step *step, struct err *e)
{
	uint64_t n;

	if (state_number(st, step, DATA_BYTES, &n, e) == -1)
		return -1;
	while (st->link.in.n < n)
		if (more(st, e) == -1)
			return err_wrap(e, "expected %ju bytes", (uintmax_t)n);
	buf_cut(&st->data, 0);
	buf_add(&st->data, st->link.in.p, n);
	return link_used(&st->link, n, e);
}

static int
until_step(struct state *st, const struct step *step, struct err *e)
{
	struct span needle;
	size_t from = 0, at;

	if (state_text(st, step, e) == -1)
		return -1;
	needle = buf_view(&st->text.bytes);
	while ((at = span_find(span_from(buf_view(&st->link.in), from), needle))
	    == SPAN_NONE) {
		if (st->link.in.n >= needle.n)
			from = st->link.in.n - needle.n;
		if (more(st, e) == -1)
			return wanted(&st->text, e);
	}
	buf_cut(&st->data, 0);
	buf_add(&st->data, st->link.in.p, from + at);
	return link_used(&st->link, from + at + needle.n, e);
}

/* Lines to the one with the dot alone, their doubled dots undone. */
static int
dot_step(struct state *st, struct err *e)
{
	struct span line;

	buf_cut(&st->data, 0);
	for (;;) {
		if (next_line(st, &line, e) == -1)
			return err_wrap(e, "expected lines up to a dot");
		if (span_is(line, "."))
			return link_used(&st->link, line.n + 2, e);
		buf_span(&st->data,
		    line.n > 0 && line.p[0] == '.' ? span_from(line, 1) : line);
		buf_str(&st->data, "\r\n");
		if (st->data.n > DATA_BYTES)
			return err_set(e, ERR_NO, "no dot ends the lines");
		if (link_used(&st->link, line.n + 2, e) == -1)
			return -1;
	}
}

static int
eof_step(struct state *st, struct err *e)
{
	int r = 1;

	if (st->link.in.n == 0)
		r = link_fill(&st->link, st->wait_ms, e);
	if (r == 0)
		return 0;
	if (r == -1)
		return err_wrap(e, "expected the client's end");
	return deviates("expected the client's end: ", buf_view(&st->link.in),
	    e);
}

/* The next line without its CR LF; it stays in the link. */
static int
next_line(struct state *st, struct span *line, struct err *e)
{
	const struct buf *in = &st->link.in;
	size_t from = 0, at;

	while ((at = span_chr(span_from(buf_view(in), from), '\n'))
	    == SPAN_NONE) {
		from = in->n;
		if (from > LINE_BYTES) {
			err_set(e, ERR_NO, "a line without an end");
			return -1;
		}
		if (more(st, e) == -1)
			return -1;
	}
	at += from;
	if (at == 0 || in->p[at - 1] != '\r') {
		deviates("", span_at(in->p, at + 1), e);
		err_wrap(e, "a line not ended by CR LF");
		return -1;
	}
	*line = span_at(in->p, at - 1);
	return 0;
}

static int
more(struct state *st, struct err *e)
{
	struct buf got = {0};
	int r = link_fill(&st->link, st->wait_ms, e);

	if (r == 1)
		return 0;
	if (r == 0)
		err_set(e, ERR_NO, "%s", st->link.why);
	if (st->link.in.n == 0)
		return -1;
	text_show(&got, buf_view(&st->link.in));
	err_wrap(e, "got only %s", buf_cstr(&got));
	buf_free(&got);
	return -1;
}

/* Whether line is what the step expects, with st->text made from it. */
static bool
fits(const struct state *st, const struct step *step, struct span line,
    struct span *tag, struct span got[TEXT_STARS])
{
	*tag = (struct span){0};
	if (tagged(step) == false)
		return text_match(&st->text, line, got);
	return span_cut(&line, ' ', tag) == 1 && tag->n > 0
	    && text_match(&st->text, line, got);
}

/* ${T} and ${1}...: before the line is used up. */
static int
remember(struct state *st, const struct step *step, struct span tag,
    const struct span got[TEXT_STARS], struct err *e)
{
	static const char number[] = "123456789";

	if (tagged(step) && vars_set(&st->vars, SPAN("T"), tag, e) == -1)
		return -1;
	for (size_t i = 0; i < st->text.stars; i++)
		if (vars_set(&st->vars, span_at(number + i, 1), got[i], e)
		    == -1)
			return -1;
	return 0;
}

static bool
tagged(const struct step *step)
{
	return step->verb == VERB_EXPECT_TAGGED
	    || step->verb == VERB_EXPECT_TAGGED_LIKE;
}

/* Says before the error what was expected. */
static int
wanted(const struct text *t, struct err *e)
{
	struct buf b = {0};

	text_show_made(&b, t);
	err_wrap(e, "expected %s", buf_cstr(&b));
	buf_free(&b);
	return -1;
}

static int
deviates(const char *expected, struct span got, struct err *e)
{
	struct buf b = {0};

	text_show(&b, got);
	err_set(e, ERR_NO, "%sgot %s", expected, buf_cstr(&b));
	buf_free(&b);
	return -1;
}
