#include "mail/text.h"

/* One line of format=flowed (RFC 3676, section 4). */
struct line {
	size_t depth; /* of quoting */
	struct span text;
	bool flows; /* the next line goes on with its paragraph */
};

static struct line read_line(struct span, bool delsp);

void
text_unflow(struct span s, bool delsp, struct buf *out)
{
	struct line line, last = {0};
	struct span raw;

	while (span_line(&s, &raw) == 1) {
		line = read_line(raw, delsp);
		if (last.flows && (last.depth != line.depth ||
				      span_is(line.text, "-- "))) {
			buf_char(out, '\n');
			last.flows = false;
		}
		for (size_t i = 0; i < line.depth && !last.flows; i++)
			buf_char(out, '>');
		if (line.depth > 0 && !last.flows)
			buf_char(out, ' ');
		buf_span(out, line.text);
		if (!line.flows)
			buf_char(out, '\n');
		last = line;
	}
	if (last.flows)
		buf_char(out, '\n');
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
