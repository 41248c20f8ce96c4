#include "text/jsonl.h"

static void put_escape(char, struct buf *);

void
jsonl_string(struct span s, struct buf *out)
{
	size_t start = 0, i;

	buf_char(out, '"');
	for (i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= ' ' && s.p[i] != '"' &&
		    s.p[i] != '\\' && s.p[i] != 0x7f)
			continue;
		buf_span(out, span_sub(s, start, i - start));
		put_escape(s.p[i], out);
		start = i + 1;
	}
	buf_span(out, span_from(s, start));
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
	jsonl_next(start, out);
	jsonl_string(span_of(key), out);
	buf_char(out, ':');
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
