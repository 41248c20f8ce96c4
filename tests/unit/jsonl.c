#include "text/jsonl.h"
#include "unit.h"

static const struct {
	const char *text, *json;
} strings[] = {{"", "\"\""}, {"a b", "\"a b\""},
    {"\"\\/", "\"\\\"\\\\/\""}, {"\n\r\t", "\"\\n\\r\\t\""},
    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""}};

START_TEST(strings_are_quoted)
{
	struct buf out = {0};

	jsonl_string(span_of(strings[_i].text), &out);
	ck_assert_str_eq(buf_cstr(&out), strings[_i].json);
	buf_free(&out);
}
END_TEST

START_TEST(a_nul_is_too)
{
	struct buf out = {0};

	jsonl_string(SPAN("a\0b"), &out);
	ck_assert_str_eq(buf_cstr(&out), "\"a\\u0000b\"");
	buf_free(&out);
}
END_TEST

/* Each byte at each place of a long text: what stands around it stays. */
START_TEST(each_byte_is_seen)
{
	static const char as[] = "\"aaaaaaaaaaaaaaaaaaaa\"";
	char byte = (char)_i, text[20];
	struct buf out = {0}, expected = {0}, one = {0};

	jsonl_string(span_at(&byte, 1), &one);
	for (size_t at = 0; at < sizeof text; at++) {
		memset(text, 'a', sizeof text);
		text[at] = byte;
		buf_cut(&out, 0);
		jsonl_string(span_at(text, sizeof text), &out);
		buf_cut(&expected, 0);
		buf_add(&expected, as, at + 1);
		buf_add(&expected, one.p + 1, one.n - 2);
		buf_str(&expected, as + at + 2);
		ck_assert_str_eq(buf_cstr(&out), buf_cstr(&expected));
	}
	ck_assert_uint_eq(one.n == 3, _i >= ' ' && _i != '"' && _i != '\\' &&
	    _i != 0x7f);
	buf_free(&out);
	buf_free(&expected);
	buf_free(&one);
}
END_TEST

START_TEST(commas_stand_between)
{
	struct buf out = {0};
	size_t inner;

	buf_str(&out, "x{");
	jsonl_key(1, "a", &out);
	inner = out.n;
	buf_char(&out, '[');
	jsonl_next(inner, &out);
	jsonl_string(SPAN("1\n"), &out);
	jsonl_next(inner, &out);
	jsonl_string(SPAN(""), &out);
	buf_char(&out, ']');
	jsonl_key(1, "b", &out);
	buf_str(&out, "2}");
	ck_assert_str_eq(buf_cstr(&out),
	    "x{\"a\":[\"1\\n\",\"\"],\"b\":2}");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jsonl");

	unit_each(s, strings_are_quoted, COUNT(strings));
	unit_test(s, a_nul_is_too);
	unit_each(s, each_byte_is_seen, 256);
	unit_test(s, commas_stand_between);
	return unit_main(s);
}
