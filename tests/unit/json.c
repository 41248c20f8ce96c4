#include "mail/json.h"
#include "unit/unit.h"

static const struct {
	const char *in, *text, *exact;
} strings[] = {
	{"", "\"\"", "\"\""},
	{"a\"b\\c/", "\"a\\\"b\\\\c/\"", "\"a\\\"b\\\\c/\""},
	{"a\tb\nc", "\"a b c\"", "\"a\\tb\\nc\""},
	{"\x1b[2J", "\"\xef\xbf\xbd[2J\"", "\"\\u001b[2J\""},
	{"caf\xc3\xa9", "\"caf\xc3\xa9\"", "\"caf\xc3\xa9\""},
	{"caf\xe9", "\"caf\xc3\xa9\"", "\"caf\xc3\xa9\""},
	{"\xe2\x80\xae", "\"\xef\xbf\xbd\"", "\"\xe2\x80\xae\""},
};

START_TEST(strings_are_tame_or_exact)
{
	struct buf out = {0};

	json_text(span_of(strings[_i].in), &out);
	unit_span(buf_view(&out), strings[_i].text);
	buf_cut(&out, 0);
	json_exact(span_of(strings[_i].in), &out);
	unit_span(buf_view(&out), strings[_i].exact);
	buf_free(&out);
}
END_TEST

START_TEST(what_is_empty_has_no_key)
{
	struct buf out = {0};

	buf_char(&out, '{');
	json_put(0, "a", SPAN("b"), &out);
	json_put(0, "none", SPAN(""), &out);
	json_put(0, "c", SPAN("{"), &out);
	json_put(0, "d", SPAN("e"), &out);
	unit_span(buf_view(&out), "{\"a\":\"b\",\"c\":\"{\",\"d\":\"e\"");
	buf_free(&out);
}
END_TEST

START_TEST(addresses_are_objects)
{
	struct buf out = {0};

	buf_char(&out, '[');
	json_addresses(0, SPAN("Ann \"A\" <ann@example.org>, g: bob;"),
	    NULL, &out);
	json_addresses(0, SPAN("=?utf-8?q?Nobody=0A?="), NULL, &out);
	buf_char(&out, ']');
	unit_span(buf_view(&out),
	    "[{\"name\":\"Ann A\",\"address\":\"ann@example.org\"},"
	    "{\"address\":\"bob\"},{\"name\":\"Nobody\"}]");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");

	unit_each(s, strings_are_tame_or_exact, COUNT(strings));
	unit_test(s, what_is_empty_has_no_key);
	unit_test(s, addresses_are_objects);
	return unit_main(s);
}
