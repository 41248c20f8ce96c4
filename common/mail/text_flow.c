#include "mail/text.h"

/* One line of format=flowed (RFC 3676, section 4). */
struct line {
	size_t depth; /* of quoting */
	struct span text;
	bool flows; /* the next line goes on with its paragraph */
};

static void add_line(struct text_flow *, struct span, struct buf *out);
static struct line read_line(struct span, bool delsp);

void
text_flow(struct text_flow *f, struct span s, struct buf *out)
{
	struct span line;
	size_t lf;

	while ((lf = span_chr(s, '\n')) != SPAN_NONE) {
		line = span_sub(s, 0, lf);
		if (f->held.n > 0) {
			buf_span(&f->held, line);
			line = buf_view(&f->held);
		}
		if (span_ends(line, SPAN("\r")))
			line.n--;
		add_line(f, line, out);
		buf_cut(&f->held, 0);
		s = span_from(s, lf + 1);
	}
	buf_span(&f->held, s);
}

void
text_flow_end(struct text_flow *f, struct buf *out)
{
	if (f->held.n > 0)
		add_line(f, buf_view(&f->held), out);
	if (f->flows)
		buf_char(out, '\n');
	buf_free(&f->held);
	f->flows = false;
}

static void
add_line(struct text_flow *f, struct span raw, struct buf *out)
{
	struct line line = read_line(raw, f->delsp);

	if (f->flows && (f->depth != line.depth ||
			    span_is(line.text, "-- "))) {
		buf_char(out, '\n');
		f->flows = false;
	}
	for (size_t i = 0; i < line.depth && !f->flows; i++)
		buf_char(out, '>');
	if (line.depth > 0 && !f->flows)
		buf_char(out, ' ');
	buf_span(out, line.text);
	if (!line.flows)
		buf_char(out, '\n');
	f->flows = line.flows;
	f->depth = line.depth;
}

static struct line
read_line(struct span s, bool delsp)
{
	struct line line = {0};

	while (line.depth < s.n && s.p[line.depth] == '>')
		line.depth++;
	line.text = span_from(s, line.depth);
	if (line.text.n > 0 && line.text.p[0] == ' ')
		line.text = span_from(line.text, 1);
	line.flows = line.text.n > 0 && line.text.p[line.text.n - 1] == ' ' &&
	    !span_is(line.text, "-- ");
	if (line.flows && delsp)
		line.text.n--;
	return line;
}
