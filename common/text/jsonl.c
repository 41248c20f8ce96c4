#include "text/jsonl.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static size_t plain_run(struct span);
static uint64_t has_less(uint64_t eight, unsigned char than);
static bool is_plain(char);
static void put_escape(char, struct buf *);

void
jsonl_string(struct span s, struct buf *out)
{
	size_t n;

	buf_char(out, '"');
	while ((n = plain_run(s)) < s.n) {
		buf_add(out, s.p, n);
		put_escape(s.p[n], out);
		s = span_from(s, n + 1);
	}
	buf_span(out, s);
	buf_char(out, '"');
}

void
jsonl_next(size_t start, struct buf *out)
{
	if (out->n > start + 1)
		buf_char(out, ',');
}

void
jsonl_key(size_t start, const char *key, struct buf *out)
{
	const size_t n = strlen(key);
	char *to;

	jsonl_next(start, out);
	to = buf_room(out, n + 3);
	to[0] = '"';
	memcpy(to + 1, key, n);
	memcpy(to + 1 + n, "\":", 2);
	buf_grew(out, n + 3);
}

/* The bytes up to the first that needs an escape, eight at a time. */
static size_t
plain_run(struct span s)
{
	uint64_t eight;
	size_t n = 0;

	for (; s.n - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, s.p + n, sizeof eight);
		if ((has_less(eight, ' ') | has_less(eight ^ EACH('"'), 1) |
		    has_less(eight ^ EACH('\\'), 1) |
		    has_less(eight ^ EACH(0x7f), 1)) != 0)
			break;
	}
	while (n < s.n && is_plain(s.p[n]))
		n++;
	return n;
}

/* Not 0 where one of the bytes is less, which is at most 0x80. */
static uint64_t
has_less(uint64_t eight, unsigned char than)
{
	return (eight - EACH(than)) & ~eight & EACH(0x80);
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\' && c != 0x7f;
}

/* DEL needs none, but a terminal is better off without it. */
static void
put_escape(char c, struct buf *out)
{
	switch (c) {
	case '"':
	case '\\':
		buf_char(out, '\\');
		buf_char(out, c);
		break;
	case '\n':
		buf_str(out, "\\n");
		break;
	case '\r':
		buf_str(out, "\\r");
		break;
	case '\t':
		buf_str(out, "\\t");
		break;
	default:
		buf_fmt(out, "\\u%04x", (unsigned char)c);
		break;
	}
}
