#include "base/span.h"
#include "unit/unit.h"

static const struct span none;

START_TEST(made_of)
{
	char bytes[] = {'x', '\0', 'y'};

	unit_bytes(SPAN("a\0b"), "a\0b", 3);
	unit_bytes(span_at(bytes, 3), "x\0y", 3);
	unit_span(span_of("string"), "string");
	unit_span(span_of(NULL), "");
	ck_assert_uint_eq(none.n, 0);
}
END_TEST

START_TEST(parts_are_clipped)
{
	struct span s = SPAN("abcdef");

	unit_span(span_sub(s, 1, 3), "bcd");
	unit_span(span_sub(s, 4, 9), "ef");
	unit_span(span_sub(s, 9, 1), "");
	unit_span(span_sub(s, 6, SPAN_NONE), "");
	unit_span(span_from(s, 0), "abcdef");
	unit_span(span_from(s, 5), "f");
	unit_span(span_from(s, SPAN_NONE), "");
	ck_assert_ptr_null(span_sub(none, 3, 3).p);
	ck_assert_ptr_eq(span_from(s, 9).p, s.p + 6);
}
END_TEST

START_TEST(equality)
{
	struct span nul = SPAN("a\0b");

	ck_assert(span_eq(none, SPAN("")));
	ck_assert(span_eq(nul, span_at("a\0b", 3)));
	ck_assert(!span_eq(nul, SPAN("a\0c")));
	ck_assert(!span_is(nul, "a"));
	ck_assert(span_is(none, ""));
	ck_assert(span_iis(SPAN("From"), "fROM"));
	ck_assert(!span_iis(SPAN("From"), "Fro"));
	ck_assert(!span_ieq(SPAN("[\\]^_`@"), SPAN("{|}~\177\0 ")));
	ck_assert(!span_ieq(SPAN("\xc4"), SPAN("\xe4")));
}
END_TEST

START_TEST(beginnings_and_ends)
{
	struct span s = SPAN("Re: Re");

	ck_assert(span_starts(s, SPAN("Re")));
	ck_assert(span_starts(s, none));
	ck_assert(!span_starts(s, SPAN("re")));
	ck_assert(span_istarts(s, SPAN("re:")));
	ck_assert(!span_starts(SPAN("R"), s));
	ck_assert(!span_istarts(none, SPAN("R")));
	ck_assert(span_ends(s, SPAN(" Re")));
	ck_assert(span_ends(s, s));
	ck_assert(span_ends(none, none));
	ck_assert(!span_ends(SPAN("e"), s));
	ck_assert(!span_ends(s, SPAN("R")));
}
END_TEST

START_TEST(order)
{
	static const char *const sorted[] = {"", "a", "a\x01", "aa", "ab", "b",
	    "\x80", "\xff"};

	for (size_t i = 0; i < COUNT(sorted); i++)
		for (size_t k = 0; k < COUNT(sorted); k++) {
			int c = span_cmp(span_of(sorted[i]),
			    span_of(sorted[k]));

			ck_assert_int_eq((c > 0) - (c < 0), (i > k) - (i < k));
		}
	ck_assert_int_eq(span_cmp(none, SPAN("")), 0);
}
END_TEST

/* The i-th of all strings of a and b that are n long. */
static struct span
word(char *p, unsigned i, size_t n)
{
	for (size_t k = 0; k < n; k++)
		p[k] = i >> k & 1 ? 'b' : 'a';
	return span_at(p, n);
}

static size_t
find_slowly(struct span s, struct span needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (memcmp(s.p + i, needle.p, needle.n) == 0)
			return i;
	return SPAN_NONE;
}

/* All needles up to 4 in all texts up to 8. */
START_TEST(find_is_the_first)
{
	char p[8], q[4];

	for (unsigned i = 0; i < 9u << 8; i++)
		for (unsigned k = 0; k < 5u << 4; k++) {
			struct span s = word(p, i & 255, i >> 8);
			struct span t = word(q, k & 15, k >> 4);

			ck_assert_uint_eq(span_find(s, t), find_slowly(s, t));
		}
	ck_assert_uint_eq(span_find(none, none), 0);
	ck_assert_uint_eq(span_find(none, SPAN("a")), SPAN_NONE);
	ck_assert_uint_eq(span_chr(none, 'a'), SPAN_NONE);
	ck_assert_uint_eq(span_chr(SPAN("a\0b"), '\0'), 1);
	ck_assert_uint_eq(span_chr(SPAN("a\xff"), '\xff'), 1);
}
END_TEST

START_TEST(trim)
{
	unit_span(span_trim(SPAN(" \t\r\n a b\n\r\t ")), "a b");
	unit_span(span_trim(SPAN(" \r\n")), "");
	unit_span(span_trim(SPAN("\v\fa\v")), "\v\fa\v");
	unit_span(span_trim(none), "");
}
END_TEST

START_TEST(cut_gives_every_piece)
{
	struct span rest = SPAN(",a,,bc,"), piece;

	ck_assert_int_eq(span_cut(&rest, ',', &piece), 1);
	unit_span(piece, "");
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 1);
	unit_span(piece, "a");
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 1);
	unit_span(piece, "");
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 1);
	unit_span(piece, "bc");
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 1);
	unit_span(piece, "");
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 0);
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 0);
	rest = SPAN("");
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 1);
	ck_assert_int_eq(span_cut(&rest, ',', &piece), 0);
}
END_TEST

/* Lines joined by '|', each followed by it. */
static const struct {
	const char *text, *lines;
} lines[] = {
	{"", ""},
	{"a", "a|"},
	{"a\n", "a|"},
	{"a\r\n", "a|"},
	{"a\r", "a\r|"},
	{"a\r\r\n", "a\r|"},
	{"\n", "|"},
	{"\r\n\n\r", "||\r|"},
	{"a\rb\nc\r\nd", "a\rb|c|d|"},
};

START_TEST(lines_of_each_kind)
{
	struct span rest = span_of(lines[_i].text), line;
	char got[32] = "";
	size_t n = 0;

	while (span_line(&rest, &line) == 1) {
		memcpy(got + n, line.p, line.n);
		n += line.n;
		got[n++] = '|';
	}
	unit_span(span_at(got, n), lines[_i].lines);
	ck_assert_int_eq(span_line(&rest, &line), 0);
}
END_TEST

static const struct {
	const char *text;
	uint64_t max, value;
	bool ok;
} numbers[] = {
	{"0", 0, 0, true},
	{"1", 0, 0, false},
	{"9", 5, 0, false},
	{"5", 5, 5, true},
	{"10", 9, 0, false},
	{"0000000000000000000000042", 42, 42, true},
	{"4294967295", UINT32_MAX, UINT32_MAX, true},
	{"4294967296", UINT32_MAX, 0, false},
	{"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
	{"18446744073709551616", UINT64_MAX, 0, false},
	{"99999999999999999999", UINT64_MAX, 0, false},
	{"", 9, 0, false},
	{"-1", UINT64_MAX, 0, false},
	{"+1", 9, 0, false},
	{" 1", 9, 0, false},
	{"1 ", 9, 0, false},
	{"0x1", 9, 0, false},
	{"\xb2", 9, 0, false},
};

START_TEST(decimal_numbers)
{
	uint64_t got = 77;

	ck_assert_int_eq(span_num(span_of(numbers[_i].text), numbers[_i].max,
	    &got), numbers[_i].ok);
	ck_assert_uint_eq(got, numbers[_i].ok ? numbers[_i].value : 77);
}
END_TEST

START_TEST(classes_are_ascii)
{
	struct span up = SPAN("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	struct span low = SPAN("abcdefghijklmnopqrstuvwxyz");

	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		size_t at = span_chr(up, c);
		bool big = at != SPAN_NONE;
		bool small = span_chr(low, c) != SPAN_NONE;

		ck_assert_int_eq(ascii_lower(c), big ? low.p[at] : c);
		ck_assert_int_eq(ascii_alpha(c), big || small);
		ck_assert_int_eq(ascii_digit(c), i >= 0x30 && i <= 0x39);
		ck_assert_int_eq(ascii_blank(c), i == 0x20 || i == 9);
		ck_assert_int_eq(ascii_ctl(c), i < 32 || i == 127);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("span");

	unit_test(s, made_of);
	unit_test(s, parts_are_clipped);
	unit_test(s, equality);
	unit_test(s, beginnings_and_ends);
	unit_test(s, order);
	unit_test(s, find_is_the_first);
	unit_test(s, trim);
	unit_test(s, cut_gives_every_piece);
	unit_each(s, lines_of_each_kind, COUNT(lines));
	unit_each(s, decimal_numbers, COUNT(numbers));
	unit_test(s, classes_are_ascii);
	return unit_main(s);
}
