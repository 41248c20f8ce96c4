#include <string.h>

#include "text/enc.h"

#define LINE_MAX_CHARS 76 /* RFC 2045, sections 6.7 (5) and 6.8 */
#define LINE_BYTES (LINE_MAX_CHARS / 4 * 3)
#define QP_HELD_MAX 1000 /* more blanks than this before a line end stay */
#define UU_LINE_MAX 100  /* more of a line is no data: 61, and a checksum */
#define PIECE 16384	 /* bytes in one go of the base64 decoder */

#define NO 0xff
#define NO16 NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO

static const char base64_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digit[] = "0123456789ABCDEF";

static const unsigned char base64_value[256] = {
    NO16, NO16,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
    NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
    NO16, NO16, NO16, NO16, NO16, NO16, NO16, NO16};

static size_t base64_quanta(const unsigned char *, size_t, struct buf *);
static void base64_char(struct enc_stream *, unsigned char, struct buf *);
static void base64_pad(struct enc_stream *);
static void base64_decode(struct enc_stream *, struct span, struct buf *);
static void base64_encode(const unsigned char *, size_t, char *);
static void qp_decode(struct enc_stream *, struct span, struct buf *);
static size_t qp_run(struct span, struct buf *);
static void qp_char(struct enc_stream *, char, struct buf *);
static void qp_hold(struct enc_stream *, char, struct buf *);
static void qp_literal(struct enc_stream *, struct buf *);
static void qp_line_end(struct enc_stream *, struct buf *);
static void qp_end(struct enc_stream *, struct buf *);
static void uu_decode(struct enc_stream *, struct span, struct buf *);
static void uu_line(struct enc_stream *, struct buf *);
static bool uu_is_begin(struct span line);
static bool uu_is_data(struct span line);
static void uu_data(struct enc_stream *, struct span line, struct buf *);
static bool qp_is_plain(struct span text, size_t i, size_t column);
static int hex_value(char);
static int hex_pair(const char *);
static void escape(char mark, unsigned char, struct buf *);

enum enc
enc_named(struct span value)
{
	struct span name = span_trim(value);
	size_t n = 0;

	if (name.n > 0 && name.p[0] == '"')
		name = span_from(name, 1);
	while (n < name.n && memchr(" \t\r\n;(\"", name.p[n], 7) == NULL)
		n++;
	name = span_sub(name, 0, n);
	if (span_iis(name, "base64"))
		return ENC_BASE64;
	if (span_iis(name, "quoted-printable"))
		return ENC_QP;
	if (span_iis(name, "x-uuencode") || span_iis(name, "uuencode") ||
	    span_iis(name, "x-uue") || span_iis(name, "uue"))
		return ENC_UU;
	if (n == 0 || span_iis(name, "7bit") || span_iis(name, "8bit") ||
	    span_iis(name, "binary"))
		return ENC_NONE;
	return ENC_UNKNOWN;
}

void
enc_decode(struct enc_stream *st, struct span in, struct buf *out)
{
	switch (st->enc) {
	case ENC_BASE64:
		base64_decode(st, in, out);
		break;
	case ENC_QP:
		qp_decode(st, in, out);
		break;
	case ENC_UU:
		uu_decode(st, in, out);
		break;
	default:
		buf_span(out, in);
	}
}

void
enc_decode_end(struct enc_stream *st, struct buf *out)
{
	if (st->nbits > 0)
		st->damaged = true;
	if (st->held.n > 0 && st->enc == ENC_UU)
		uu_line(st, out);
	else if (st->held.n > 0)
		qp_end(st, out);
	if (st->begun)
		st->damaged = true;
	buf_free(&st->held);
	st->nbits = 0;
	st->bits = 0;
}

bool
enc_uu_begins(struct span text)
{
	struct span line;

	while (span_line(&text, &line) == 1)
		if (uu_is_begin(line))
			return true;
	return false;
}

int
enc_uu_next(struct span *rest, struct span *block, struct span *name)
{
	struct span line, at;

	*block = (struct span){0};
	while (at = *rest, span_line(rest, &line) == 1) {
		if (uu_is_begin(line)) {
			*block = at;
			*name = span_from(line, 6);
			*name = span_trim(span_from(*name,
			    span_chr(*name, ' ')));
		} else if (block->p == NULL) {
			continue;
		} else if (span_is(span_trim(line), "end")) {
			block->n -= rest->n;
			return 1;
		} else if (!uu_is_data(line)) {
			*block = (struct span){0};
		}
	}
	return 0;
}

void
enc_base64(struct span in, struct buf *out)
{
	size_t n;

	if (in.n == 0)
		return;
	n = (in.n + 2) / 3 * 4;
	base64_encode((const unsigned char *)in.p, in.n, buf_room(out, n));
	buf_grew(out, n);
}

void
enc_base64_lines(struct span in, struct buf *out)
{
	for (size_t off = 0; off < in.n; off += LINE_BYTES) {
		enc_base64(span_sub(in, off, LINE_BYTES), out);
		buf_char(out, '\n');
	}
}

void
enc_qp_lines(struct span text, struct buf *out)
{
	size_t column = 0, width, room;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n') {
			buf_char(out, '\n');
			column = 0;
			continue;
		}
		/* what ends its line leaves no room for a soft break's "=" */
		room = i + 1 == text.n || text.p[i + 1] == '\n'
		    ? LINE_MAX_CHARS : LINE_MAX_CHARS - 1;
		width = qp_is_plain(text, i, column) ? 1 : 3;
		if (column + width > room) {
			buf_str(out, "=\n");
			column = 0;
			width = qp_is_plain(text, i, column) ? 1 : 3;
		}
		if (width == 1)
			buf_char(out, text.p[i]);
		else
			escape('=', (unsigned char)text.p[i], out);
		column += width;
	}
}

bool
enc_unbase64(struct span in, struct buf *out)
{
	struct enc_stream st = {.enc = ENC_BASE64};
	size_t was = out->n, pad = 0;

	while (pad < 2 && pad < in.n && in.p[in.n - 1 - pad] == '=')
		pad++;
	if (in.n % 4 != 0)
		return false;
	for (size_t i = 0; i < in.n - pad; i++)
		if (base64_value[(unsigned char)in.p[i]] == NO)
			return false;
	base64_decode(&st, span_sub(in, 0, in.n - pad), out);
	/* the bits that padding stands for are zero */
	if (st.nbits == (int)pad * 2 && (st.bits & ((1u << st.nbits) - 1)) == 0)
		return true;
	buf_cut(out, was);
	return false;
}

void
enc_percent(struct span in, const char *keep, struct buf *out)
{
	char c;

	for (size_t i = 0; i < in.n; i++) {
		c = in.p[i];
		if (ascii_alpha(c) || ascii_digit(c) ||
		    (c != '\0' && (strchr("-._~", c) != NULL ||
			strchr(keep, c) != NULL)))
			buf_char(out, c);
		else
			escape('%', (unsigned char)c, out);
	}
}

bool
enc_unpercent(struct span in, struct buf *out)
{
	int byte;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '%') {
			buf_char(out, in.p[i]);
			continue;
		}
		if (in.n - i < 3)
			return false;
		byte = hex_pair(in.p + i + 1);
		if (byte <= 0)
			return false;
		buf_char(out, (char)byte);
		i += 2;
	}
	return true;
}

static void
base64_decode(struct enc_stream *st, struct span in, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)in.p;
	size_t i = 0;

	while (i < in.n) {
		if (st->nbits == 0 && !st->ended)
			i += base64_quanta(p + i, in.n - i, out);
		if (i < in.n)
			base64_char(st, p[i++], out);
	}
}

/* Decodes whole quanta as long as they are clean; how many bytes they had. */
static size_t
base64_quanta(const unsigned char *p, size_t n, struct buf *out)
{
	unsigned char a, b, c, d, *to;
	size_t i = 0;

	if (n < 4)
		return 0;
	if (n > PIECE)
		n = PIECE;
	to = (unsigned char *)buf_room(out, n / 4 * 3);
	for (; n - i >= 4; i += 4) {
		a = base64_value[p[i]];
		b = base64_value[p[i + 1]];
		c = base64_value[p[i + 2]];
		d = base64_value[p[i + 3]];
		if (((a | b | c | d) & 0x80) != 0)
			break;
		*to++ = (unsigned char)(a << 2 | b >> 4);
		*to++ = (unsigned char)(b << 4 | c >> 2);
		*to++ = (unsigned char)(c << 6 | d);
	}
	if (i > 0)
		buf_grew(out, i / 4 * 3);
	return i;
}

static void
base64_char(struct enc_stream *st, unsigned char c, struct buf *out)
{
	unsigned char value = base64_value[c];

	if (c == '=') {
		base64_pad(st);
	} else if (value != NO) {
		if (st->ended)
			st->damaged = true;
		st->ended = false;
		st->bits = (st->bits & 0x3f) << 6 | value;
		st->nbits += 6;
		if (st->nbits >= 8) {
			st->nbits -= 8;
			buf_char(out, (char)(st->bits >> st->nbits & 0xff));
		}
	} else if (c != '\n' && c != '\r' && !ascii_blank((char)c)) {
		st->damaged = true;
	}
}

/* Padding after one lone digit, or after none, stands for nothing. */
static void
base64_pad(struct enc_stream *st)
{
	if (!st->ended && (st->nbits == 6 || st->nbits == 0))
		st->damaged = true;
	st->ended = true;
	st->nbits = 0;
	st->bits = 0;
}

static void
base64_encode(const unsigned char *p, size_t n, char *to)
{
	unsigned a, b, c;

	for (size_t i = 0; i < n; i += 3) {
		a = p[i];
		b = i + 1 < n ? p[i + 1] : 0;
		c = i + 2 < n ? p[i + 2] : 0;
		*to++ = base64_digit[a >> 2];
		*to++ = base64_digit[(a << 4 | b >> 4) & 63];
		*to++ = i + 1 < n ? base64_digit[(b << 2 | c >> 6) & 63] : '=';
		*to++ = i + 2 < n ? base64_digit[c & 63] : '=';
	}
}

static void
qp_decode(struct enc_stream *st, struct span in, struct buf *out)
{
	int byte;

	while (in.n > 0) {
		if (st->held.n == 0)
			in = span_from(in, qp_run(in, out));
		if (in.n >= 3 && in.p[0] == '=' && st->held.n == 0 &&
		    (byte = hex_pair(in.p + 1)) != -1) {
			buf_char(out, (char)byte);
			in = span_from(in, 3);
		} else if (in.n > 0) {
			qp_char(st, in.p[0], out);
			in = span_from(in, 1);
		}
	}
}

/*
 * Copies what stands for itself, but no blanks that may be at a line's end;
 * how many bytes that were.
 */
static size_t
qp_run(struct span in, struct buf *out)
{
	size_t n = 0;

	while (n < in.n && in.p[n] != '=' && in.p[n] != '\n' &&
	    in.p[n] != '\r')
		n++;
	while (n > 0 && ascii_blank(in.p[n - 1]))
		n--;
	buf_span(out, span_sub(in, 0, n));
	return n;
}

/*
 * held is what cannot be told yet: blanks, or "=" and blanks, and a CR after
 * them; or "=" and one hexadecimal digit.
 */
static void
qp_char(struct enc_stream *st, char c, struct buf *out)
{
	struct buf *held = &st->held;
	char last = held->n == 0 ? '\0' : held->p[held->n - 1];
	bool half = held->n == 2 && held->p[0] == '=' && hex_value(last) != -1;

	if (half && hex_value(c) != -1) {
		buf_char(out, (char)hex_pair((char[]){last, c}));
		buf_cut(held, 0);
	} else if (c == '\n' && !half) {
		qp_line_end(st, out);
	} else if (last == '=' && hex_value(c) != -1) {
		buf_char(held, c);
	} else if (c == '=' || c == '\r' || ascii_blank(c)) {
		if (c == '=' || half || last == '\r')
			qp_literal(st, out);
		qp_hold(st, c, out);
	} else {
		qp_literal(st, out);
		buf_char(out, c);
	}
}

static void
qp_hold(struct enc_stream *st, char c, struct buf *out)
{
	if (st->held.n >= QP_HELD_MAX)
		qp_literal(st, out);
	buf_char(&st->held, c);
}

/* What was held is no line's end and no escape: it stands for itself. */
static void
qp_literal(struct enc_stream *st, struct buf *out)
{
	if (st->held.n > 0 && st->held.p[0] == '=')
		st->damaged = true;
	buf_span(out, buf_view(&st->held));
	buf_cut(&st->held, 0);
}

/* Drops a soft break, and blanks that were added on the way (section 6.7). */
static void
qp_line_end(struct enc_stream *st, struct buf *out)
{
	struct buf *held = &st->held;

	if (held->n == 0 || held->p[0] != '=')
		buf_str(out, held->n > 0 && held->p[held->n - 1] == '\r'
			? "\r\n" : "\n");
	buf_cut(held, 0);
}

/* The end of the text is a line's end, and "=" there a soft break. */
static void
qp_end(struct enc_stream *st, struct buf *out)
{
	const struct buf *held = &st->held;

	if (held->p[0] == '=')
		st->damaged = true;
	if (hex_value(held->p[held->n - 1]) != -1 ||
	    (held->p[0] != '=' && held->p[held->n - 1] == '\r'))
		qp_literal(st, out);
}

static void
uu_decode(struct enc_stream *st, struct span in, struct buf *out)
{
	struct buf *held = &st->held;
	size_t lf;

	while (in.n > 0) {
		lf = span_chr(in, '\n');
		buf_span(held, span_sub(span_sub(in, 0, lf), 0,
		    UU_LINE_MAX - held->n));
		if (lf == SPAN_NONE)
			return;
		uu_line(st, out);
		in = span_from(in, lf + 1);
	}
}

/* The line that is held; what is not between "begin" and "end" is no data. */
static void
uu_line(struct enc_stream *st, struct buf *out)
{
	struct span line = buf_view(&st->held);

	if (span_ends(line, SPAN("\r")))
		line.n--;
	if (!st->begun)
		st->begun = uu_is_begin(line);
	else if (span_is(span_trim(line), "end"))
		st->begun = false;
	else
		uu_data(st, line, out);
	buf_cut(&st->held, 0);
}

static bool
uu_is_begin(struct span line)
{
	size_t digits = 0;

	if (!span_starts(line, SPAN("begin ")))
		return false;
	line = span_from(line, 6);
	while (digits < line.n && ascii_digit(line.p[digits]))
		digits++;
	return digits >= 3 && digits < line.n && line.p[digits] == ' ';
}

static bool
uu_is_data(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < ' ' || line.p[i] > '`')
			return false;
	return true;
}

/* Its length, then four characters for three bytes; lost blanks are zeros. */
static void
uu_data(struct enc_stream *st, struct span line, struct buf *out)
{
	uint32_t bits = 0;
	size_t n;
	char c;

	if (line.n == 0)
		return;
	if (line.p[0] < ' ' || line.p[0] > '`') {
		st->damaged = true;
		return;
	}
	n = (size_t)(line.p[0] - ' ') & 63;
	for (size_t i = 1, left = n; left > 0; i++) {
		c = i < line.n ? line.p[i] : ' ';
		if (c < ' ' || c > '`')
			st->damaged = true;
		bits = bits << 6 | (((unsigned char)c - 32u) & 63);
		if (i % 4 == 1)
			continue;
		buf_char(out, (char)(bits >> (8 - i % 4 * 2) % 8 & 0xff));
		left--;
	}
}

/* Whether text[i] may stand for itself in that column of its line. */
static bool
qp_is_plain(struct span text, size_t i, size_t column)
{
	char c = text.p[i];

	if (ascii_blank(c))
		return i + 1 < text.n && text.p[i + 1] != '\n';
	if (ascii_ctl(c) || c == '=' || (unsigned char)c >= 0x80)
		return false;
	if (column > 0)
		return true;
	return c != '.' && !span_starts(span_from(text, i), SPAN("From "));
}

static int
hex_value(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
hex_pair(const char *p)
{
	int high = hex_value(p[0]), low = hex_value(p[1]);

	return high == -1 || low == -1 ? -1 : high << 4 | low;
}

static void
escape(char mark, unsigned char byte, struct buf *out)
{
	char s[3] = {mark, hex_digit[byte >> 4], hex_digit[byte & 15]};

	buf_add(out, s, sizeof s);
}
