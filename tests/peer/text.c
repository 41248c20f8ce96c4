#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include "text.h"

#define SHOW_MAX 160 /* printed bytes of a text, at most */

static int escape(struct buf *, struct span *, struct err *);
static int variable(
    struct buf *, struct span *, const struct vars *, struct err *);
static size_t find(const struct vars *, struct span);
static int hex(char);
static struct span piece(const struct text *, size_t);

int
vars_set(struct vars *vars, struct span name, struct span value, struct err *e)
{
	struct buf copy = {0};
	size_t i = find(vars, name);

	if (i == VARS_MAX)
		return err_set(e, ERR_DATA, "more than %d variables", VARS_MAX);
	if (i == vars->n)
		vars->v[vars->n++] = (struct var){.name = name};
	buf_span(&copy, value);
	buf_free(&vars->v[i].value);
	vars->v[i].value = copy;
	return 0;
}

void
vars_free(struct vars *vars)
{
	for (size_t i = 0; i < vars->n; i++)
		buf_free(&vars->v[i].value);
	vars->n = 0;
}

int
text_make(struct text *t, struct span raw, bool pattern,
    const struct vars *vars, struct err *e)
{
	int r = 0;

	buf_cut(&t->bytes, 0);
	t->stars = 0;
	t->pattern = pattern;
	while (raw.n > 0 && r == 0) {
		char c = raw.p[0];

		raw = span_from(raw, 1);
		if (c == '\\')
			r = escape(&t->bytes, &raw, e);
		else if (c == '$')
			r = variable(&t->bytes, &raw, vars, e);
		else if (c != '*' || pattern == false)
			buf_char(&t->bytes, c);
		else if (t->stars < TEXT_STARS)
			t->star[t->stars++] = t->bytes.n;
		else
			r = err_set(e, ERR_DATA, "too many stars");
	}
	return r;
}

void
text_free(struct text *t)
{
	buf_free(&t->bytes);
}

bool
text_match(const struct text *t, struct span line, struct span got[TEXT_STARS])
{
	struct span first = piece(t, 0), last = piece(t, t->stars);

	if (t->stars == 0)
		return span_eq(first, line);
	if (span_starts(line, first) == false)
		return false;
	line = span_from(line, first.n);
	for (size_t i = 1; i < t->stars; i++) {
		struct span next = piece(t, i);
		size_t at = span_find(line, next);

		if (at == SPAN_NONE)
			return false;
		got[i - 1] = span_sub(line, 0, at);
		line = span_from(line, at + next.n);
	}
	if (span_ends(line, last) == false)
		return false;
	got[t->stars - 1] = span_sub(line, 0, line.n - last.n);
	return true;
}

void
text_show(struct buf *b, struct span s)
{
	size_t i, start = b->n;

	buf_char(b, '"');
	for (i = 0; i < s.n && b->n - start < SHOW_MAX; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\r')
			buf_str(b, "\\r");
		else if (c == '\n')
			buf_str(b, "\\n");
		else if (c == '"' || c == '\\')
			buf_fmt(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_fmt(b, "\\x%02x", c);
		else
			buf_char(b, (char)c);
	}
	buf_str(b, i < s.n ? "\"..." : "\"");
}

void
text_show_made(struct buf *b, const struct text *t)
{
	struct buf whole = {0};

	for (size_t i = 0; i < t->stars; i++) {
		buf_span(&whole, piece(t, i));
		buf_char(&whole, '*');
	}
	buf_span(&whole, piece(t, t->stars));
	text_show(b, buf_view(&whole));
	buf_free(&whole);
}

/* *raw stands after the backslash. */
static int
escape(struct buf *b, struct span *raw, struct err *e)
{
	static const char name[] = "rnt0s\\*$#";
	static const char byte[] = "\r\n\t\0 \\*$#";
	size_t at = SPAN_NONE;

	if (raw->n > 0)
		at = span_chr(span_of(name), raw->p[0]);
	if (at != SPAN_NONE) {
		buf_char(b, byte[at]);
		*raw = span_from(*raw, 1);
		return 0;
	}
	if (raw->n < 3 || raw->p[0] != 'x' || hex(raw->p[1]) == -1
	    || hex(raw->p[2]) == -1)
		return err_set(e, ERR_DATA, "no such escape");
	buf_char(b, (char)(hex(raw->p[1]) * 16 + hex(raw->p[2])));
	*raw = span_from(*raw, 3);
	return 0;
}

/* *raw stands after the dollar. */
static int
variable(
    struct buf *b, struct span *raw, const struct vars *vars, struct err *e)
{
	size_t end = span_chr(*raw, '}');
	struct span name = span_sub(*raw, 1, end - 1);
	size_t i;

	if (raw->n == 0 || raw->p[0] != '{' || end == SPAN_NONE || end == 1)
		return err_set(e, ERR_DATA,
		    "a dollar that starts no ${name}; a plain one is \\$");
	*raw = span_from(*raw, end + 1);
	if (vars == NULL)
		return 0;
	i = find(vars, name);
	if (i == vars->n)
		return err_set(e, ERR_DATA, "${%.*s} has no value yet",
		    (int)name.n, name.p);
	buf_span(b, buf_view(&vars->v[i].value));
	return 0;
}

/* Its index, or vars->n where there is none. */
static size_t
find(const struct vars *vars, struct span name)
{
	size_t i = 0;

	while (i < vars->n && span_eq(vars->v[i].name, name) == false)
		i++;
	return i;
}

static int
hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands before star i, after the one before it. */
static struct span
piece(const struct text *t, size_t i)
{
	size_t from = i == 0 ? 0 : t->star[i - 1];
	size_t to = i == t->stars ? t->bytes.n : t->star[i];

	return span_sub(buf_view(&t->bytes), from, to - from);
}
