#include "mail/text.h"

#define LINE_HELD 65536 /* bytes; what is longer goes out in pieces */
#define LINE_TAIL 4	/* of them stay: they may be how it ends */

/* One line of format=flowed (RFC 3676, section 4). */
struct line {
	size_t depth; /* of quoting */
	struct span text;
	bool flows; /* the next line goes on with its paragraph */
};

static void add_start(struct text_flow *, struct buf *out);
static void add_line(struct text_flow *, const struct line *, struct buf *);
static struct line read_line(const struct text_flow *, struct span);
static void read_end(const struct text_flow *, struct line *);

void
text_flow(struct text_flow *f, struct span s, struct buf *out)
{
	struct span raw;
	struct line line;
	size_t lf;

	while ((lf = span_chr(s, '\n')) != SPAN_NONE) {
		raw = span_sub(s, 0, lf);
		if (f->held.n > 0) {
			buf_span(&f->held, raw);
			raw = buf_view(&f->held);
		}
		line = read_line(f, raw);
		read_end(f, &line);
		add_line(f, &line, out);
		buf_cut(&f->held, 0);
		s = span_from(s, lf + 1);
	}
	buf_span(&f->held, s);
	if (f->held.n > LINE_HELD)
		add_start(f, out);
}

void
text_flow_end(struct text_flow *f, struct buf *out)
{
	struct line line;

	if (f->held.n > 0) {
		line = read_line(f, buf_view(&f->held));
		read_end(f, &line);
		add_line(f, &line, out);
	}
	if (f->flows)
		buf_char(out, '\n');
	buf_free(&f->held);
	f->flows = f->inside = false;
}

/* Of a line that is held and has no end yet. */
static void
add_start(struct text_flow *f, struct buf *out)
{
	size_t n = f->held.n - LINE_TAIL;
	struct line line;

	while (n > 1 && (f->held.p[n] & 0xc0) == 0x80)
		n--; /* inside a character */
	line = read_line(f, span_sub(buf_view(&f->held), 0, n));
	line.flows = true;
	add_line(f, &line, out);
	buf_drop(&f->held, n);
	f->inside = true;
}

static void
add_line(struct text_flow *f, const struct line *line, struct buf *out)
{
	if (f->flows && (f->depth != line->depth ||
			    (span_is(line->text, "-- ") && !f->inside))) {
		buf_char(out, '\n');
		f->flows = false;
	}
	for (size_t i = 0; i < line->depth && !f->flows; i++)
		buf_char(out, '>');
	if (line->depth > 0 && !f->flows)
		buf_char(out, ' ');
	buf_span(out, line->text);
	if (!line->flows)
		buf_char(out, '\n');
	f->flows = line->flows;
	f->depth = line->depth;
	f->inside = false;
}

static struct line
read_line(const struct text_flow *f, struct span s)
{
	struct line line = {.depth = f->inside ? f->depth : 0, .text = s};

	if (f->inside)
		return line;
	while (line.depth < s.n && s.p[line.depth] == '>')
		line.depth++;
	line.text = span_from(s, line.depth);
	if (line.text.n > 0 && line.text.p[0] == ' ')
		line.text = span_from(line.text, 1);
	return line;
}

static void
read_end(const struct text_flow *f, struct line *line)
{
	struct span *s = &line->text;

	if (span_ends(*s, SPAN("\r")))
		s->n--;
	line->flows = s->n > 0 && s->p[s->n - 1] == ' ' &&
	    (!span_is(*s, "-- ") || f->inside);
	if (line->flows && f->delsp)
		s->n--;
}
