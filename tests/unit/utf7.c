#include "proto/utf7.h"
#include "unit/unit.h"

static const struct {
	const char *name, *wire;
} pairs[] = {
    {"", ""},
    {"INBOX", "INBOX"},
    {"a&b", "a&-b"},
    {"&", "&-"},
    {"~p/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	"~p/&U,BTFw-/&ZeVnLIqe-"},
    {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
    {"\xc3\xbc&", "&APw-&-"},
    {"\xf0\x9f\x93\xa7", "&2D3c5w-"},
    {"a\tb", "a&AAk-b"},
    {"\x7f", "&AH8-"},
    {"\xf4\x8f\xbf\xbf", "&2,,f,w-"},
};

static const char *const bad_wire[] = {
    "&",          /* no end */
    "&AP",        /* no end */
    "&AP!-",      /* not base64 */
    "&AP-",       /* half a character */
    "&APwA-",     /* a character and a part of one */
    "&APx-",      /* padding that is not zero */
    "&AGE-",      /* "a" has its own form */
    "&AAA-",      /* NUL */
    "&2D0-",      /* half a pair */
    "&3Oc-",      /* the other half */
    "&2D3YPQ-",   /* two first halves */
    "&APw-&APw-", /* one run in two */
    "\xc3\xbc",   /* raw */
    "a\tb",
};

static const char *const bad_name[] = {
    "\xff", "a\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
    "\xf4\x90\x80\x80", "\x80", "\xf5\x80\x80\x80",
};

START_TEST(both_ways)
{
	struct buf out = {0};

	ck_assert(utf7_encode(span_of(pairs[_i].name), &out));
	unit_span(buf_view(&out), pairs[_i].wire);
	buf_cut(&out, 0);
	ck_assert(utf7_decode(span_of(pairs[_i].wire), &out));
	unit_span(buf_view(&out), pairs[_i].name);
	buf_free(&out);
}
END_TEST

START_TEST(one_form_only)
{
	struct buf out = {0};

	ck_assert(!utf7_decode(span_of(bad_wire[_i]), &out));
	buf_free(&out);
}
END_TEST

START_TEST(names_are_utf8)
{
	struct buf out = {0};

	ck_assert(!utf7_encode(span_of(bad_name[_i]), &out));
	ck_assert(!utf7_encode(span_at("a\0b", 3), &out));
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("utf7");

	unit_each(s, both_ways, COUNT(pairs));
	unit_each(s, one_form_only, COUNT(bad_wire));
	unit_each(s, names_are_utf8, COUNT(bad_name));
	return unit_main(s);
}
