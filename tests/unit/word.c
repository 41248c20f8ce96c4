#include <time.h>

#include "mail/word.h"
#include "text/charset.h"
#include "unit/unit.h"

/* Words whose text is empty, in C without a trigraph. */
#define EMPTY "=?utf-8?q?\?="

static const struct {
	const char *in, *want;
} decodes[] = {
	{"", ""},
	{" plain text \r\n", "plain text"},
	{" folded\r\n\tonce\n  twice\r\n", "folded\tonce  twice"},
	/* RFC 2047, section 8 */
	{"=?US-ASCII?Q?Ann_Example?= <ann@example.org>",
	    "Ann Example <ann@example.org>"},
	{"=?ISO-8859-1?Q?Ren=E9e?= Example", "Ren\xc3\xa9\x65 Example"},
	{"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
	 " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
	    "If you can read this you understand the example."},
	{"(=?ISO-8859-1?Q?a?=)", "(a)"},
	{"(=?ISO-8859-1?Q?a?= b)", "(a b)"},
	{"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"},
	{"(=?ISO-8859-1?Q?a?=  \r\n  =?ISO-8859-1?Q?b?=)", "(ab)"},
	{"(=?ISO-8859-1?Q?a_b?=)", "(a b)"},
	{"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"},
	/* RFC 2231, section 5 */
	{"=?US-ASCII*EN?Q?Ann_Example?=", "Ann Example"},
	/* a character cut in two */
	{"=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "\xe2\x82\xac"},
	{"=?utf-8?B?4oI=?=\n =?UTF-8?B?rA==?=", "\xe2\x82\xac"},
	{"=?utf-8?Q?=E2=82?= x =?utf-8?Q?=AC?=",
	    CHARSET_FFFD " x " CHARSET_FFFD},
	/* what mailers do against the rules */
	{"=?utf-8?Q?a b?=", "a b"},
	{"=?utf-8?Q?what?_yes?=", "what? yes"},
	{"=?utf-8?q?a?==?utf-8?q?b?=", "ab"},
	{"x=?utf-8?q?a?=y", "xay"},
	{"\"=?utf-8?q?a,b?=\"", "\"a,b\""},
	{"=?utf-8?B?YQ?=", "a"},
	{"=?utf-8?Q?100=_=4?=", "100= =4"},
	{"=?utf-8?Q?100=?= x", "100= x"},
	{"=?utf-8 ?Q?a?=", "a"},
	{"=?\"utf-8\"?Q?a?=", "a"},
	{"=?ISO_8859-1:1987?Q?=E9?=", "\xc3\xa9"},
	{"=?a b?Q?a?=", "=?a b?Q?a?="},
	{"=? ?Q?a?=", "=? ?Q?a?="},
	/* an escape, or a quantum of base64, cut in two */
	{"=?utf-8?Q?=E2=82=?= =?utf-8?Q?AC?=", "\xe2\x82\xac"},
	{"=?utf-8?Q?=E2=82=A?= =?utf-8?Q?C=3?=", "\xe2\x82\xac=3"},
	{"=?utf-8?B?4oKs4?= =?utf-8?B?oKs?=", "\xe2\x82\xac\xe2\x82\xac"},
	{"=?utf-8?B?4o?= =?utf-8?B?Ks?=", "\xe2\x82\xac"},
	{"=?utf-8?B?YQ?= =?utf-8?B?YQ?=", "aa"},
	{"=?utf-8?B?YQ==?= =?utf-8?B?YQ==?=", "aa"},
	{"=?utf-8?q?=41=4a=4A?=", "AJJ"},
	{EMPTY, ""},
	{"a " EMPTY " b", "a  b"},
	{"=?utf-8?q?a=3D?= =?= =?", "a= =?= =?"},
	{"=?no-such-charset?q?caf=E9?=", "caf\xc3\xa9"},
	{"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "\xe3\x81\x82"},
	{"=?gb2312?B?1tDOxA==?=", "\xe4\xb8\xad\xe6\x96\x87"},
	/* raw 8-bit: UTF-8, else windows-1252 */
	{"caf\xc3\xa9", "caf\xc3\xa9"},
	{"caf\xe9", "caf\xc3\xa9"},
	{"caf\xe9 =?utf-8?q?=C3=A9?=", "caf\xc3\xa9 \xc3\xa9"},
	/* controls come out as they are; whoever prints looks for them */
	{"=?utf-8?q?a=0Ab?=", "a\nb"},
};

static const struct {
	const char *in, *want;
} ids[] = {
	{" <1@example.org>\r\n", "1@example.org"}, {"<1@x> (a)", "1@x"},
	{"1@x", "1@x"}, {"<1@x", "1@x"}, {"", ""}, {"<>", ""}, {"<", ""},
};

START_TEST(id_without_brackets)
{
	struct buf out = {0};

	word_id(span_of(ids[_i].in), &out);
	ck_assert_str_eq(buf_cstr(&out), ids[_i].want);
	buf_free(&out);
}
END_TEST

START_TEST(decodes_to)
{
	struct buf got = {0};

	word_decode(span_of(decodes[_i].in), &got);
	unit_span(buf_view(&got), decodes[_i].want);
	buf_free(&got);
}
END_TEST

static const char *hostile[] = {"=?", "=?a?q?", "=?a?q?x", "=?a?b?x ",
    "=?a?q?=?=", "=?utf-8?q?x?=", "=?utf-8?b?eA==?= ", "= ?", "=\r\n ?"};

/* A quarter of a megabyte of each ends at once. */
START_TEST(hostile_is_linear)
{
	struct buf in = {0}, got = {0};

	while (in.n < 1 << 18)
		buf_str(&in, hostile[_i]);
	word_decode(buf_view(&in), &got);
	ck_assert_uint_le(got.n, in.n);
	ck_assert(charset_is_utf8(buf_view(&got)));
	buf_free(&in);
	buf_free(&got);
}
END_TEST

/* The time that a text of such words takes. */
static clock_t
time_of(const char *words)
{
	struct buf in = {0}, got = {0};
	clock_t start;

	while (in.n < 1 << 16)
		buf_str(&in, words);
	start = clock();
	word_decode(buf_view(&in), &got);
	start = clock() - start;
	buf_free(&in);
	buf_free(&got);
	return start;
}

/* iconv would load each charset's tables again for each word. */
START_TEST(many_charsets_cost_no_more_than_one)
{
	clock_t one = time_of("=?euc-kr?q?a?= x "), many;

	many = time_of("=?euc-kr?q?a?= =?euc-tw?q?b?= =?gb2312?q?c?= "
		       "=?koi8-r?q?d?= =?viscii?q?e?= =?iso-2022-kr?q?f?= ");
	ck_assert_int_lt(many, 3 * one);
}
END_TEST

static const struct {
	bool phrase;
	size_t column;
	const char *in, *want;
} encodes[] = {
	{false, 9, "", ""},
	{false, 9, "plain text", "plain text"},
	{false, 9, "two  blanks", "two  blanks"},
	{false, 9, "1+1=2?", "1+1=2?"},
	{false, 9, "caf\xc3\xa9", "=?UTF-8?B?Y2Fmw6k=?="},
	{false, 9, "le caf\xc3\xa9teria", "le =?UTF-8?Q?caf=C3=A9teria?="},
	{false, 9, "[a] caf\xc3\xa9teria x",
	    "[a] =?UTF-8?Q?caf=C3=A9teria?= x"},
	{false, 9, "a caf\xc3\xa9 with some caf\xc3\xa9teria c",
	    "a =?UTF-8?Q?caf=C3=A9_with_some_caf=C3=A9teria?= c"},
	{false, 9, " edge", "=?UTF-8?Q?_edge?="},
	{false, 9, "edge ", "=?UTF-8?Q?edge_?="},
	{false, 9, "a =?b", "a =?UTF-8?B?PT9i?="},
	{false, 9, "tab\there", "=?UTF-8?Q?tab=09here?="},
	{false, 9, "a\r\nBcc: x", "=?UTF-8?Q?a=0D=0ABcc:?= x"},
	{false, 9, "\xe4\xb8\xad\xe6\x96\x87", "=?UTF-8?B?5Lit5paH?="},
	{true, 6, "Ann Example", "Ann Example"},
	{true, 6, "Ann \xc3\x84", "Ann =?UTF-8?B?w4Q=?="},
	{true, 6, "A. B\xc3\xb6rg", "=?UTF-8?B?QS4gQsO2cmc=?="},
	{true, 6, "A-B Bj\xc3\xb6rgstr/m",
	    "A-B =?UTF-8?Q?Bj=C3=B6rgstr/m?="},
	{true, 6, "a  b", "=?UTF-8?Q?a__b?="},
	/* a fold where the line is full */
	{false, 70, "caf\xc3\xa9", "\n =?UTF-8?B?Y2Fmw6k=?="},
	{false, 70, "longer word", "longer\n word"},
	{false, 75, "longer", "\n longer"},
	{false, 60, "some words caf\xc3\xa9",
	    "some words\n =?UTF-8?B?Y2Fmw6k=?="},
};

START_TEST(encodes_to)
{
	struct span in = span_of(encodes[_i].in);
	struct buf got = {0}, back = {0};

	if (encodes[_i].phrase)
		word_encode_phrase(in, encodes[_i].column, &got);
	else
		word_encode(in, encodes[_i].column, &got);
	unit_span(buf_view(&got), encodes[_i].want);
	word_decode(buf_view(&got), &back);
	unit_span(buf_view(&back), encodes[_i].in);
	buf_free(&got);
	buf_free(&back);
}
END_TEST

/* No line over 76, no word over 75, no character cut, and it comes back. */
static void
is_well_encoded(struct span in, bool phrase, size_t column)
{
	struct buf got = {0}, back = {0};
	struct span rest, line;
	size_t n = column;

	if (phrase)
		word_encode_phrase(in, column, &got);
	else
		word_encode(in, column, &got);
	rest = buf_view(&got);
	while (span_line(&rest, &line) == 1) {
		ck_assert_uint_le(n + line.n, 76);
		ck_assert(charset_is_ascii(line));
		if (n == 0)
			ck_assert_int_eq(line.p[0], ' ');
		n = 0;
	}
	word_decode(buf_view(&got), &back);
	ck_assert(span_eq(buf_view(&back), in));
	buf_free(&got);
	buf_free(&back);
}

static const char *pieces[] = {"a", "\xc3\xa9", "word ", "\xe2\x82\xac ",
    "\xf0\x9f\x98\x80", "=?", "a  ", "\xc3\xa9 abcdefghijk ", "          "};

START_TEST(lines_are_short)
{
	struct buf in = {0};

	while (in.n < 400) {
		buf_str(&in, pieces[_i]);
		for (size_t column = 1; column < 77; column += 15) {
			is_well_encoded(buf_view(&in), false, column);
			is_well_encoded(buf_view(&in), true, column);
		}
	}
	buf_free(&in);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("word");

	unit_each(s, id_without_brackets, COUNT(ids));
	unit_each(s, decodes_to, COUNT(decodes));
	unit_each(s, hostile_is_linear, COUNT(hostile));
	unit_test(s, many_charsets_cost_no_more_than_one);
	unit_each(s, encodes_to, COUNT(encodes));
	unit_each(s, lines_are_short, COUNT(pieces));
	return unit_main(s);
}
