#include <string.h>

#include "mail/header.h"

static size_t lines_before_empty(struct span);
static bool begins_empty(struct span);
static struct span take_line(struct span *rest);
static bool is_empty_line(struct span);
static size_t field_name(struct span line);
static struct span without_end(struct span);

struct span
header_split(struct span message, struct span *body)
{
	struct span rest = message, line, all, at;
	bool is_empty = false;

	if (span_starts(rest, SPAN("From ")))
		take_line(&rest);
	all = rest;
	for (;;) {
		at = rest;
		line = take_line(&rest);
		if (field_name(line) != 0)
			return header_split_part(at, body);
		if (at.p == all.p)
			is_empty = is_empty_line(line);
		if (line.n == 0 || is_empty_line(line) != is_empty)
			return header_split_part(all, body);
	}
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
	struct span line, at;
	size_t name;

	do {
		at = *rest;
		line = take_line(rest);
		if (line.n == 0)
			return 0;
		name = field_name(line);
	} while (name == 0);
	while (rest->n > 0 && ascii_blank(rest->p[0]))
		take_line(rest);
	f->raw = span_sub(at, 0, at.n - rest->n);
	f->name = span_sub(f->raw, 0, name);
	f->value = span_from(f->raw, name);
	f->value = span_from(f->value, span_chr(f->value, ':') + 1);
	f->value = without_end(f->value);
	return 1;
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

/* The next line with its line end; empty at the end. */
static struct span
take_line(struct span *rest)
{
	struct span line = *rest;
	const char *lf = line.n == 0 ? NULL : memchr(line.p, '\n', line.n);

	/* listing a folder spends its time here: no call without need */
	if (lf != NULL)
		line.n = (size_t)(lf - rest->p) + 1;
	if (line.n > 0)
		rest->p += line.n;
	rest->n -= line.n;
	return line;
}

static bool
is_empty_line(struct span line)
{
	return without_end(line).n == 0 && line.n > 0;
}

/* How long the name of the field is that begins in the line; 0 if none does. */
static size_t
field_name(struct span line)
{
	size_t n = 0, colon;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f &&
	    line.p[n] != ':')
		n++;
	colon = n;
	while (colon < line.n && ascii_blank(line.p[colon]))
		colon++;
	return colon < line.n && line.p[colon] == ':' ? n : 0;
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
