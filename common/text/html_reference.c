#include "text/charset.h"
#include "text/html.h"

#define ENTITY_MAX 32 /* bytes of a character reference */

static const struct {
	const char *name;
	uint32_t c;
} entities[] = {{"amp", '&'}, {"apos", '\''}, {"auml", 0xe4}, {"bull", 0x2022},
    {"cent", 0xa2}, {"copy", 0xa9}, {"deg", 0xb0}, {"eacute", 0xe9},
    {"egrave", 0xe8}, {"euro", 0x20ac}, {"gt", '>'}, {"hellip", 0x2026},
    {"laquo", 0xab}, {"ldquo", 0x201c}, {"lsquo", 0x2018}, {"lt", '<'},
    {"mdash", 0x2014}, {"middot", 0xb7}, {"nbsp", ' '}, {"ndash", 0x2013},
    {"ouml", 0xf6}, {"pound", 0xa3}, {"quot", '"'}, {"raquo", 0xbb},
    {"rdquo", 0x201d}, {"reg", 0xae}, {"rsquo", 0x2019}, {"sect", 0xa7},
    {"shy", 0}, {"szlig", 0xdf}, {"thinsp", ' '}, {"times", 0xd7},
    {"trade", 0x2122}, {"uuml", 0xfc}, {"zwnj", 0}, {"Auml", 0xc4},
    {"Ouml", 0xd6}, {"Uuml", 0xdc}};

static bool add_number(struct span, struct buf *);
static void add_char(uint32_t c, struct buf *);

size_t
html_reference(struct span s, struct buf *out)
{
	struct span name = span_sub(s, 1, ENTITY_MAX);
	size_t end = span_chr(name, ';');

	name.n = end == SPAN_NONE ? 0 : end;
	if (name.n > 1 && name.p[0] == '#' &&
	    add_number(span_from(name, 1), out))
		return name.n + 2;
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (span_is(name, entities[i].name)) {
			add_char(entities[i].c, out);
			return name.n + 2;
		}
	buf_char(out, '&');
	return 1;
}

static bool
add_number(struct span s, struct buf *out)
{
	uint64_t c = 0;

	if (ascii_lower(s.p[0]) != 'x') {
		if (!span_num(s, 0x10ffff, &c))
			return false;
		add_char((uint32_t)c, out);
		return true;
	}
	for (size_t i = 1; i < s.n; i++) {
		char d = ascii_lower(s.p[i]);

		if (ascii_digit(d))
			c = c * 16 + (uint64_t)(d - '0');
		else if (d >= 'a' && d <= 'f')
			c = c * 16 + (uint64_t)(d - 'a' + 10);
		else
			return false;
		if (c > 0x10ffff)
			return false;
	}
	add_char((uint32_t)c, out);
	return s.n > 1;
}

/* As UTF-8; browsers take 128 to 159 as windows-1252, and NUL is nothing. */
static void
add_char(uint32_t c, struct buf *out)
{
	char byte = (char)c;

	if (c == 0)
		return;
	if (c < 0x80) {
		buf_char(out, byte);
	} else if (c < 0xa0) {
		charset_to_utf8(span_at(&byte, 1), SPAN("windows-1252"), out);
	} else if (c >= 0xd800 && c < 0xe000) {
		buf_str(out, CHARSET_FFFD);
	} else if (c < 0x800) {
		buf_char(out, (char)(0xc0 | c >> 6));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		if (c >= 0x10000) {
			buf_char(out, (char)(0xf0 | c >> 18));
			buf_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		} else {
			buf_char(out, (char)(0xe0 | c >> 12));
		}
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	}
}
