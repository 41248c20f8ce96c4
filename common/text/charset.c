#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "text/charset_name.h"
#include "text/eten.h"

#define HELD_MAX 16	  /* bytes of one character or escape sequence */
#define ROOM_MIN 64	  /* for what iconv adds to its input */

/* What sequence() tells beside a code point. */
#define BROKEN 0xfffffffeu
#define SHORT 0xffffffffu

/* windows-1252 from 0x80 on; 0 is no character. */
static const uint16_t cp1252[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};

static void push_1252(struct charset *, struct span, struct buf *);
static void push_utf8(struct charset *, struct span, struct buf *);
static size_t push_held(struct charset *, struct span, struct buf *);
static void put_broken(struct charset *, struct span, struct buf *);
static void push_iconv(struct charset *, struct span, struct buf *);
static void push_piece(struct charset *, struct span, struct buf *);
static void name_eten(struct buf *, size_t start);
static size_t convert(struct charset *, struct span, struct buf *);
static size_t pass_broken(struct charset *, struct span, struct buf *);
static bool is_pair(struct span);
static bool put_nec(struct charset *, struct span, struct buf *);
static void replace(struct charset *, struct buf *);
static size_t ascii_run(struct span);
static size_t valid_run(struct span);
static unsigned sequence(struct span, uint32_t *);
static void put_clean(struct span, bool lines, struct buf *);

void
charset_open(struct charset *c, struct span name)
{
	size_t index;
	const struct charset_name *alias = charset_named(name, &index);
	iconv_t cd;

	*c = (struct charset){0};
	if (alias == NULL)
		return;
	if (strcmp(alias->iconv, "UTF-8") == 0) {
		c->way = CHARSET_UTF8;
	} else if (strcmp(alias->iconv, "CP1252") == 0) {
		c->way = CHARSET_1252;
	} else if ((cd = iconv_open("UTF-8", alias->iconv)) != (iconv_t)-1) {
		c->way = CHARSET_ICONV;
		c->iconv = cd;
		c->unit = alias->unit;
		/* what glibc makes of broken UTF-7 depends on the pieces */
		c->step = strcmp(alias->iconv, "UTF-7") == 0 ? 1 : SIZE_MAX;
		c->is_big5 = strcmp(alias->iconv, "BIG5") == 0;
		c->is_jis = strcmp(alias->iconv, "ISO-2022-JP-2") == 0;
	}
}

void
charset_push(struct charset *c, struct span in, struct buf *out)
{
	if (c->way == CHARSET_ICONV)
		push_iconv(c, in, out);
	else if (c->way == CHARSET_1252)
		push_1252(c, in, out);
	else
		push_utf8(c, in, out);
}

void
charset_close(struct charset *c, struct buf *out)
{
	size_t room = ROOM_MIN;
	char *to;

	if (c->held.n > 0)
		put_broken(c, buf_view(&c->held), out);
	if (c->way == CHARSET_ICONV) {
		to = buf_room(out, room);
		iconv(c->iconv, NULL, NULL, &to, &room);
		buf_grew(out, ROOM_MIN - room);
		iconv_close(c->iconv);
	}
	if (c->nec != NULL)
		iconv_close(c->nec);
	buf_free(&c->held);
	*c = (struct charset){.replaced = c->replaced};
}

void
charset_to_utf8(struct span in, struct span name, struct buf *out)
{
	struct charset c;

	if (name.n == 0 && charset_is_ascii(in)) {
		buf_span(out, in);
		return;
	}
	charset_open(&c, name);
	charset_push(&c, in, out);
	charset_close(&c, out);
}

void
charset_keep(struct charset_pool *pool, struct span name)
{
	size_t index;
	const struct charset_name *alias = charset_named(name, &index);
	void **kept;
	iconv_t cd;

	if (alias == NULL)
		return;
	kept = &pool->kept[index];
	/* the first is UTF-8, which needs no tables */
	if (index == 0 || *kept != NULL ||
	    (cd = iconv_open("UTF-8", alias->iconv)) == (iconv_t)-1)
		return;
	*kept = cd;
	pool->is_used = true;
}

void
charset_pool_free(struct charset_pool *pool)
{
	for (size_t i = 0; pool->is_used && i < CHARSET_POOL_MAX; i++) {
		if (pool->kept[i] != NULL)
			iconv_close(pool->kept[i]);
		pool->kept[i] = NULL;
	}
	pool->is_used = false;
}

bool
charset_is_utf8(struct span s)
{
	return valid_run(s) == s.n;
}

bool
charset_is_ascii(struct span s)
{
	return ascii_run(s) == s.n;
}

bool
charset_is_plain(struct span s)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t eight;
	size_t n = 0;

	/* less than a blank, more than "~": either sets the highest bit */
	for (; s.n - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, s.p + n, sizeof eight);
		if (((eight | (eight - each * ' ') | (eight + each)) &
		    each * 0x80) != 0)
			return false;
	}
	for (; n < s.n; n++)
		if (s.p[n] < ' ' || s.p[n] > '~')
			return false;
	return true;
}

uint32_t
charset_char(struct span s, size_t *off)
{
	uint32_t c;

	*off += sequence(span_from(s, *off), &c);
	return c == BROKEN || c == SHORT ? 0xfffd : c;
}

bool
charset_is_shown(uint32_t c)
{
	if (c < 0x7f)
		return c >= 0x20;
	return c > 0x9f && c < BROKEN && c != 0x2028 && c != 0x2029 &&
	    c != 0x061c && c != 0x200e && c != 0x200f &&
	    !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void
charset_put(uint32_t c, struct buf *out)
{
	char s[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xf0u) | c);
	buf_add(out, s, n);
}

void
charset_line(struct span in, struct buf *out)
{
	put_clean(in, false, out);
}

void
charset_lines(struct span in, struct buf *out)
{
	put_clean(in, true, out);
}

static void
push_1252(struct charset *c, struct span in, struct buf *out)
{
	unsigned char byte;
	size_t n;

	while (in.n > 0) {
		n = ascii_run(in);
		buf_span(out, span_sub(in, 0, n));
		for (; n < in.n && (in.p[n] & 0x80) != 0; n++) {
			byte = (unsigned char)in.p[n];
			if (byte >= 0xa0)
				charset_put(byte, out);
			else if (cp1252[byte - 0x80] != 0)
				charset_put(cp1252[byte - 0x80], out);
			else
				replace(c, out);
		}
		in = span_from(in, n);
	}
}

static void
push_utf8(struct charset *c, struct span in, struct buf *out)
{
	uint32_t code;
	size_t n;

	if (c->held.n > 0)
		in = span_from(in, push_held(c, in, out));
	while (in.n > 0) {
		n = valid_run(in);
		buf_span(out, span_sub(in, 0, n));
		in = span_from(in, n);
		if (in.n == 0)
			break;
		n = sequence(in, &code);
		if (code == SHORT)
			buf_span(&c->held, in);
		else
			put_broken(c, span_sub(in, 0, n), out);
		in = span_from(in, n);
	}
}

/*
 * Completes the sequence that was held back, as far as in allows; how many
 * bytes of in that took.
 */
static size_t
push_held(struct charset *c, struct span in, struct buf *out)
{
	size_t was = c->held.n, n;
	struct span both;
	uint32_t code;

	buf_span(&c->held, span_sub(in, 0, 4));
	both = buf_view(&c->held);
	n = sequence(both, &code);
	both = span_sub(both, 0, n);
	if (code == BROKEN)
		put_broken(c, both, out);
	else if (code != SHORT)
		buf_span(out, both);
	if (code != SHORT)
		buf_cut(&c->held, 0);
	return n - was;
}

/* What is no UTF-8, or an incomplete end of any charset. */
static void
put_broken(struct charset *c, struct span bytes, struct buf *out)
{
	if (c->way == CHARSET_GUESS)
		push_1252(c, bytes, out);
	else if (!c->broken)
		replace(c, out);
}

static void
push_iconv(struct charset *c, struct span in, struct buf *out)
{
	size_t start = out->n;

	for (; in.n > 0; in = span_from(in, c->step))
		push_piece(c, span_sub(in, 0, c->step), out);
	if (c->is_big5)
		name_eten(out, start);
}

/* In the UTF-8 that begins at start; iconv gives private characters. */
static void
name_eten(struct buf *out, size_t start)
{
	struct buf named = {0};
	size_t off = start;

	while (off < out->n)
		charset_put(eten_char(charset_char(buf_view(out), &off)),
		    &named);
	buf_cut(out, start);
	buf_span(out, buf_view(&named));
	buf_free(&named);
}

/* A held sequence is completed byte by byte: it is a few bytes long. */
static void
push_piece(struct charset *c, struct span in, struct buf *out)
{
	while (c->held.n > 0 && in.n > 0) {
		buf_span(&c->held, span_sub(in, 0, 1));
		in = span_from(in, 1);
		buf_drop(&c->held, convert(c, buf_view(&c->held), out));
	}
	buf_span(&c->held, span_from(in, convert(c, in, out)));
}

/* Converts all but an incomplete end; how many bytes that were. */
static size_t
convert(struct charset *c, struct span in, struct buf *out)
{
	char *from = (char *)(uintptr_t)in.p, *at, *to;
	size_t left = in.n, room, had, skip;

	while (left > 0) {
		at = from;
		had = room = left * 2 + ROOM_MIN;
		to = buf_room(out, room);
		errno = 0;
		iconv(c->iconv, &from, &left, &to, &room);
		buf_grew(out, had - room);
		if (from != at)
			c->broken = false;
		if (left == 0 || (errno == EINVAL && left < HELD_MAX))
			break;
		if (errno == E2BIG && (from != at || room != had))
			continue;
		skip = pass_broken(c, span_at(from, left), out);
		from += skip;
		left -= skip;
	}
	return in.n - left;
}

/* What iconv refuses at the start of in; how many bytes that are. */
static size_t
pass_broken(struct charset *c, struct span in, struct buf *out)
{
	bool pair = c->is_jis && is_pair(in);

	if (pair && put_nec(c, in, out)) {
		c->broken = false;
		return 2;
	}
	if (!c->broken)
		replace(c, out);
	c->broken = true;
	if (pair)
		return 2;
	/* back to the initial state, but not to an unknown order */
	if (c->unit == 1)
		iconv(c->iconv, NULL, NULL, NULL, NULL);
	return in.n < c->unit ? in.n : c->unit;
}

/* One character in two bytes: as ASCII they would not have been refused. */
static bool
is_pair(struct span in)
{
	return in.n >= 2 && in.p[0] > ' ' && in.p[0] <= '~' &&
	    in.p[1] > ' ' && in.p[1] <= '~';
}

/* The characters that Windows has beside those of JIS X 0208. */
static bool
put_nec(struct charset *c, struct span in, struct buf *out)
{
	unsigned row = (unsigned char)in.p[0], cell = (unsigned char)in.p[1];
	char sjis[2], *from = sjis, utf8[8], *to = utf8;
	size_t left = sizeof sjis, room = sizeof utf8;
	iconv_t cd;

	sjis[0] = (char)((row + 1) / 2 + (row < 0x5f ? 0x70 : 0xb0));
	sjis[1] = (char)(cell + (row % 2 == 0	? 0x7e
				    : cell < 0x60 ? 0x1f : 0x20));
	if (c->nec == NULL) {
		cd = iconv_open("UTF-8", "CP932");
		if (cd == (iconv_t)-1)
			return false;
		c->nec = cd;
	}
	if (iconv(c->nec, &from, &left, &to, &room) == (size_t)-1)
		return false;
	buf_add(out, utf8, sizeof utf8 - room);
	return true;
}

static void
replace(struct charset *c, struct buf *out)
{
	buf_str(out, CHARSET_FFFD);
	c->replaced = true;
}

/* The bytes up to the first that is not ASCII, eight at a time. */
static size_t
ascii_run(struct span s)
{
	uint64_t eight;
	size_t n = 0;

	for (; s.n - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, s.p + n, sizeof eight);
		if ((eight & 0x8080808080808080u) != 0)
			break;
	}
	while (n < s.n && (s.p[n] & 0x80) == 0)
		n++;
	return n;
}

/* The bytes up to the first that is not valid UTF-8. */
static size_t
valid_run(struct span s)
{
	size_t n = 0;
	uint32_t code;
	unsigned more;

	for (;;) {
		n += ascii_run(span_from(s, n));
		for (; n < s.n && (s.p[n] & 0x80) != 0; n += more) {
			more = sequence(span_from(s, n), &code);
			if (code == BROKEN || code == SHORT)
				return n;
		}
		if (n == s.n)
			return n;
	}
}

/*
 * One character of UTF-8 at the start of s, which is not empty: its bytes, and
 * its code point; or BROKEN for a maximal broken sequence (Unicode, section
 * 3.9), or SHORT where s ends within a character.
 */
static unsigned
sequence(struct span s, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	unsigned need;
	uint32_t c;

	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	*code = BROKEN;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 1;
	need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	c = p[0] & (0x7fu >> need);
	for (unsigned i = 1; i < need; i++) {
		if (i == s.n)
			*code = SHORT;
		if (i == s.n || p[i] < low || p[i] > high)
			return i;
		c = c << 6 | (p[i] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*code = c;
	return need;
}

static void
put_clean(struct span in, bool lines, struct buf *out)
{
	size_t start = 0, off = 0, at;
	uint32_t c;

	while (off < in.n) {
		while (off < in.n && in.p[off] >= ' ' && in.p[off] < 0x7f)
			off++;
		if (off == in.n)
			break;
		at = off;
		off += sequence(span_from(in, off), &c);
		if (charset_is_shown(c) || (lines && (c == '\n' || c == '\t')))
			continue;
		buf_span(out, span_sub(in, start, at - start));
		start = off;
		if (lines && c == '\r' && off < in.n && in.p[off] == '\n')
			continue;
		buf_str(out, c == '\t' || c == '\r' || c == '\n' ? " "
			: CHARSET_FFFD);
	}
	buf_span(out, span_from(in, start));
}
