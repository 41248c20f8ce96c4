#include <string.h>

#include "mail/header.h"

static size_t lines_before_empty(struct span);
static bool begins_empty(struct span);
static bool take_field(struct span *rest, struct field *);
static struct span take_lines(struct span *rest);
static struct span take_line(struct span *rest);
static const char *line_end(const char *, const char *end);
static bool is_empty_line(struct span);
static size_t field_name(struct span);
static struct span without_end(struct span);

struct span
header_split(struct span message, struct span *body)
{
	header_begin(&message);
	return header_split_part(message, body);
}

struct span
header_split_part(struct span part, struct span *body)
{
	struct span rest = part, line;
	size_t n;

	line = take_line(&rest);
	if (is_empty_line(line)) {
		*body = rest;
		return span_sub(part, 0, 0);
	}
	if (field_name(line) == 0) {
		*body = part;
		return span_sub(part, 0, 0);
	}
	n = part.n - rest.n + lines_before_empty(rest);
	rest = span_from(part, n);
	take_line(&rest);
	*body = rest;
	return span_sub(part, 0, n);
}

int
header_next(struct span *rest, struct field *f)
{
	while (rest->n > 0)
		if (take_field(rest, f))
			return 1;
	return 0;
}

bool
header_begin(struct span *message)
{
	struct span rest, line, at;
	bool is_empty = false;

	if (span_starts(*message, SPAN("From ")))
		take_line(message);
	rest = *message;
	for (;;) {
		at = rest;
		line = take_line(&rest);
		if (field_name(line) != 0) {
			*message = at;
			return true;
		}
		if (at.p == message->p)
			is_empty = is_empty_line(line);
		if (line.n == 0 || is_empty_line(line) != is_empty)
			return false;
	}
}

int
header_step(struct span *rest, struct span *raw)
{
	if (rest->n == 0 || begins_empty(*rest))
		return 0;
	*raw = take_lines(rest);
	return 1;
}

struct span
header_end(struct span rest)
{
	if (rest.n > 0 && begins_empty(rest))
		take_line(&rest);
	return rest;
}

bool
header_is(struct span raw, struct span name, struct span *value)
{
	size_t colon = name.n;

	if (!span_istarts(raw, name))
		return false;
	while (colon < raw.n && ascii_blank(raw.p[colon]))
		colon++;
	if (colon == raw.n || raw.p[colon] != ':')
		return false;
	*value = without_end(span_from(raw, colon + 1));
	return true;
}

bool
header_find(struct span header, const char *name, struct field *f)
{
	while (header_next(&header, f) == 1)
		if (span_iis(f->name, name))
			return true;
	return false;
}

void
header_unfold(struct span value, struct buf *out)
{
	struct span line;

	while (value.n > 0) {
		line = take_line(&value);
		buf_span(out, without_end(line));
	}
}

/* How many bytes stand before the first empty line, which may be missing. */
static size_t
lines_before_empty(struct span s)
{
	size_t n = 0;
	const char *lf;

	while (n < s.n && !begins_empty(span_from(s, n))) {
		lf = memchr(s.p + n, '\n', s.n - n);
		if (lf == NULL)
			return s.n;
		n = (size_t)(lf - s.p) + 1;
	}
	return n;
}

static bool
begins_empty(struct span s)
{
	return s.p[0] == '\n' ||
	    (s.p[0] == '\r' && (s.n == 1 || s.p[1] == '\n'));
}

/* With the lines that continue it; any other line is taken alone. */
static bool
take_field(struct span *rest, struct field *f)
{
	size_t name = field_name(*rest);

	if (name == 0) {
		take_line(rest);
		return false;
	}
	f->raw = take_lines(rest);
	f->name = span_sub(f->raw, 0, name);
	f->value = span_from(f->raw, name);
	f->value = span_from(f->value, span_chr(f->value, ':') + 1);
	f->value = without_end(f->value);
	return true;
}

/* A line and those that continue it: listing a folder spends its time here. */
static struct span
take_lines(struct span *rest)
{
	const char *start = rest->p, *end = start + rest->n, *p = start;

	do
		p = line_end(p, end);
	while (p < end && ascii_blank(*p));
	*rest = span_at(p, (size_t)(end - p));
	return span_at(start, (size_t)(p - start));
}

/* The next line with its line end; empty at the end. */
static struct span
take_line(struct span *rest)
{
	struct span line = *rest;

	if (line.n > 0)
		line.n = (size_t)(line_end(line.p, line.p + line.n) - line.p);
	*rest = span_from(*rest, line.n);
	return line;
}

static const char *
line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf == NULL ? end : lf + 1;
}

static bool
is_empty_line(struct span line)
{
	return without_end(line).n == 0 && line.n > 0;
}

/* How long the name of the field is that begins here; 0 if none does. */
static size_t
field_name(struct span s)
{
	size_t n = 0, colon;

	while (n < s.n && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':')
		n++;
	colon = n;
	while (colon < s.n && ascii_blank(s.p[colon]))
		colon++;
	return colon < s.n && s.p[colon] == ':' ? n : 0;
}

static struct span
without_end(struct span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}
