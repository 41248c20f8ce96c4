#include "proto/trace.h"

void
trace_line(struct trace *t, char direction, struct span line)
{
	if (!t->is_on)
		return;
	buf_char(&t->lines, direction);
	for (size_t i = 0; i < line.n && i < TRACE_LINE_MAX; i++)
		buf_char(&t->lines, line.p[i] == '\n' ? ' ' : line.p[i]);
	buf_char(&t->lines, '\n');
}

void
trace_byte(struct trace *t, char c)
{
	if (!t->is_on)
		return;
	if (c == '\n') {
		trace_line(t, '<', buf_view(&t->part));
		buf_cut(&t->part, 0);
	} else if (c != '\r' && t->part.n < TRACE_LINE_MAX) {
		buf_char(&t->part, c);
	}
}

bool
trace_next(struct trace *t, char *direction, struct span *line)
{
	struct span rest;

	buf_drop(&t->lines, t->given);
	t->given = 0;
	rest = buf_view(&t->lines);
	if (rest.n == 0)
		return false;
	t->given = span_chr(rest, '\n') + 1;
	*direction = rest.p[0];
	*line = span_sub(rest, 1, t->given - 2);
	return true;
}

void
trace_free(struct trace *t)
{
	buf_free(&t->part);
	buf_free(&t->lines);
	*t = (struct trace){0};
}
