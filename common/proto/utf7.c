#include "proto/utf7.h"

#define SURROGATE_HIGH 0xd800
#define SURROGATE_LOW 0xdc00
#define SURROGATE_END 0xe000
#define PLANE_1 0x10000

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* A run of base64: bits that wait, and a high surrogate that does. */
struct run {
	uint32_t bits;
	int n_bits;
	uint32_t high;
};

static bool take_utf8(struct span, size_t *off, uint32_t *code);
static bool is_direct(uint32_t);
static void put_unit(struct run *, uint32_t unit, struct buf *);
static void put_code(struct run *, uint32_t code, struct buf *);
static void end_run(struct run *, struct buf *);
static bool decode_run(struct span, struct buf *);
static bool take_unit(struct run *, uint32_t unit, struct buf *);
static void put_utf8(uint32_t, struct buf *);

bool
utf7_encode(struct span name, struct buf *out)
{
	struct run run = {0};
	bool in_run = false;
	uint32_t code;

	for (size_t off = 0; off < name.n;) {
		if (!take_utf8(name, &off, &code) || code == 0)
			return false;
		if (!is_direct(code)) {
			if (!in_run)
				buf_char(out, '&');
			in_run = true;
			put_code(&run, code, out);
			continue;
		}
		if (in_run)
			end_run(&run, out);
		in_run = false;
		buf_char(out, (char)code);
		if (code == '&')
			buf_char(out, '-');
	}
	if (in_run)
		end_run(&run, out);
	return true;
}

bool
utf7_decode(struct span wire, struct buf *out)
{
	struct span run;
	bool after_run = false;
	size_t end;

	while (wire.n > 0) {
		if (wire.p[0] != '&') {
			if (!is_direct((unsigned char)wire.p[0]))
				return false;
			buf_char(out, wire.p[0]);
			wire = span_from(wire, 1);
			after_run = false;
			continue;
		}
		wire = span_from(wire, 1);
		end = span_chr(wire, '-');
		if (end == SPAN_NONE)
			return false;
		run = span_sub(wire, 0, end);
		wire = span_from(wire, end + 1);
		if (run.n == 0)
			buf_char(out, '&');
		else if (after_run || !decode_run(run, out))
			return false;
		after_run = run.n > 0;
	}
	return true;
}

/* The next character of UTF-8 (RFC 3629), strictly. */
static bool
take_utf8(struct span s, size_t *off, uint32_t *code)
{
	static const uint32_t least[] = {0, 0x80, 0x800, PLANE_1};
	unsigned char c = (unsigned char)s.p[(*off)++];
	int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	if ((c >= 0x80 && c < 0xc2) || c > 0xf4)
		return false;
	*code = more == 0 ? c : c & (0x3fu >> more);
	for (int i = 0; i < more; i++) {
		if (*off == s.n || ((unsigned char)s.p[*off] & 0xc0) != 0x80)
			return false;
		*code = *code << 6 | ((unsigned char)s.p[(*off)++] & 0x3f);
	}
	return *code >= least[more] && *code <= 0x10ffff &&
	    (*code < SURROGATE_HIGH || *code >= SURROGATE_END);
}

static bool
is_direct(uint32_t code)
{
	return code >= 0x20 && code <= 0x7e;
}

static void
put_unit(struct run *run, uint32_t unit, struct buf *out)
{
	run->bits = run->bits << 16 | unit;
	run->n_bits += 16;
	while (run->n_bits >= 6) {
		run->n_bits -= 6;
		buf_char(out, digits[run->bits >> run->n_bits & 0x3f]);
	}
}

static void
put_code(struct run *run, uint32_t code, struct buf *out)
{
	if (code < PLANE_1) {
		put_unit(run, code, out);
		return;
	}
	code -= PLANE_1;
	put_unit(run, SURROGATE_HIGH | code >> 10, out);
	put_unit(run, SURROGATE_LOW | (code & 0x3ff), out);
}

static void
end_run(struct run *run, struct buf *out)
{
	if (run->n_bits > 0)
		buf_char(out,
		    digits[run->bits << (6 - run->n_bits) & 0x3f]);
	buf_char(out, '-');
	*run = (struct run){0};
}

/* What stands between & and -; padding is below six bits, all zero. */
static bool
decode_run(struct span s, struct buf *out)
{
	struct run run = {0};
	size_t digit;

	for (size_t i = 0; i < s.n; i++) {
		digit = span_chr(span_at(digits, 64), s.p[i]);
		if (digit == SPAN_NONE)
			return false;
		run.bits = run.bits << 6 | (uint32_t)digit;
		run.n_bits += 6;
		if (run.n_bits < 16)
			continue;
		run.n_bits -= 16;
		if (!take_unit(&run, run.bits >> run.n_bits & 0xffff, out))
			return false;
	}
	return run.high == 0 && run.n_bits < 6 &&
	    (run.bits & ((1u << run.n_bits) - 1)) == 0;
}

static bool
take_unit(struct run *run, uint32_t unit, struct buf *out)
{
	bool is_low = unit >= SURROGATE_LOW && unit < SURROGATE_END;

	if (run->high != 0) {
		if (!is_low)
			return false;
		put_utf8(PLANE_1 + ((run->high & 0x3ff) << 10) +
			(unit & 0x3ff), out);
		run->high = 0;
		return true;
	}
	if (is_low || unit == 0 || is_direct(unit))
		return false;
	if (unit >= SURROGATE_HIGH && unit < SURROGATE_LOW)
		run->high = unit;
	else
		put_utf8(unit, out);
	return true;
}

static void
put_utf8(uint32_t code, struct buf *out)
{
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < PLANE_1 ? 2 : 3;
	static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};

	buf_char(out, (char)(lead[more] | code >> (6 * more)));
	while (more-- > 0)
		buf_char(out, (char)(0x80 | (code >> (6 * more) & 0x3f)));
}
