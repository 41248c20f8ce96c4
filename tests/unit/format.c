#include "mail/flag.h"
#include "mail/format.h"
#include "unit/unit.h"

#define NOW INT64_C(1795348800)

static const char header[] =
    "From: =?utf-8?b?5pel5pys6Kqe?= <nihon@example.org>\n"
    "To: Ann <ann@example.org>, bob@example.net\n"
    "Subject: =?utf-8?q?a=1Bb=0Ac?= d\n"
    "Date: Sat, 21 Nov 2026 09:05:00 +0000\n"
    "Message-ID: <7@example.org>\n"
    "X-Tab: a\tb\n";

static const char *const rows[][2] = {
    {"", ""},
    {"plain", "plain"},
    {"%n", "cur/\0331:2,S"},
    {"%i", "7@example.org"},
    {"%d", "2026-11-21T09:05:00Z"},
    {"%a", "26h"},
    {"%f", "\346\227\245\346\234\254\350\252\236"},
    {"%A", "nihon@example.org"},
    {"%t", "Ann, bob@example.net"},
    {"%s", "a\357\277\275b c d"},
    {"%S", "1234"},
    {"%F", "FS"},
    {"%u", ""},
    {"%{x-tab}", "a b"},
    {"%{X-None}", ""},
    {"%%", "%"},
    {"\\t\\n\\\\", "\t\n\\"},
    {"[%6S]", "[  1234]"},
    {"[%-6S]", "[1234  ]"},
    {"[%.2S]", "[12]"},
    {"[%-3.2S]", "[12 ]"},
    {"[%8f]", "[  \346\227\245\346\234\254\350\252\236]"},
    {"[%-8f]", "[\346\227\245\346\234\254\350\252\236  ]"},
    {"[%.5f]", "[\346\227\245\346\234\254]"},
    {"[%-5.5f]", "[\346\227\245\346\234\254 ]"},
    {"[%5.3f]", "[   \346\227\245]"},
    {"[%.0S]", "[]"},
    {"[%.S]", "[]"},
    {"a%%b%Sc", "a%b1234c"},
};

static struct summary
message(void)
{
	struct summary s = {.name = SPAN("cur/\0331:2,S"), .size = 1234,
	    .flags = FLAG_SEEN | FLAG_FLAGGED};

	summary_header(&s, span_of(header));
	return s;
}

START_TEST(formats)
{
	struct summary s = message();
	struct buf out = {0};
	struct format f;
	struct err e = {0};

	ck_assert_msg(format_parse(span_of(rows[_i][0]), &f, &e) == 0,
	    "%s: %s", rows[_i][0], e.text);
	format_put(&f, &s, NOW, &out);
	ck_assert_str_eq(buf_cstr(&out), rows[_i][1]);
	format_free(&f);
	buf_free(&out);
}
END_TEST

START_TEST(puts_nul)
{
	struct summary s = message();
	struct buf out = {0};
	struct format f;
	struct err e = {0};

	ck_assert_int_eq(format_parse(SPAN("a\\0%S"), &f, &e), 0);
	format_put(&f, &s, NOW, &out);
	unit_bytes(buf_view(&out), "a\0" "1234", 6);
	format_free(&f);
	buf_free(&out);
}
END_TEST

START_TEST(refuses)
{
	static const char *const bad[] = {"%", "%x", "%5", "%-", "%.", "%{",
	    "%{}", "%{x", "\\", "\\x", "%10001S", "%.10001S",
	    "%99999999999999999999S", "ok %s then %y"};
	struct format f;
	struct err e = {0};

	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(format_parse(span_of(bad[i]), &f, &e) == -1,
		    "%s", bad[i]);
		ck_assert_int_eq(e.kind, ERR_USAGE);
		ck_assert_ptr_null(f.item);
	}
	ck_assert_int_eq(format_parse(SPAN("%\0"), &f, &e), -1);
	ck_assert_int_eq(format_parse(SPAN("%{a\0b}"), &f, &e), -1);
}
END_TEST

START_TEST(tells_ages)
{
	static const struct {
		int64_t ago;
		const char *age;
	} ages[] = {{-100, "0s"}, {0, "0s"}, {119, "119s"}, {120, "2m"},
	    {7199, "119m"}, {7200, "2h"}, {172799, "47h"}, {172800, "2d"},
	    {1209599, "13d"}, {1209600, "2w"}, {63113903, "104w"},
	    {63113904, "2y"}};
	struct buf out = {0};
	struct summary s = {0};

	for (size_t i = 0; i < COUNT(ages); i++) {
		s.arrival = NOW - ages[i].ago;
		buf_cut(&out, 0);
		format_value('a', &s, NOW, &out);
		ck_assert_str_eq(buf_cstr(&out), ages[i].age);
	}
	buf_free(&out);
}
END_TEST

START_TEST(knows_what_it_uses)
{
	struct format f;
	struct err e = {0};

	ck_assert_int_eq(format_parse(SPAN("nd %s%{to}"), &f, &e), 0);
	ck_assert(format_uses(&f, "s"));
	ck_assert(format_uses(&f, "x{"));
	ck_assert(!format_uses(&f, "nd"));
	ck_assert(!format_uses(&f, ""));
	format_free(&f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("format");

	unit_each(s, formats, COUNT(rows));
	unit_test(s, puts_nul);
	unit_test(s, refuses);
	unit_test(s, tells_ages);
	unit_test(s, knows_what_it_uses);
	return unit_main(s);
}
