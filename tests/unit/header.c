#include "mail/header.h"
#include "unit/unit.h"

static const struct {
	const char *message, *header, *body;
} splits[] = {
	{"", "", ""},
	{"A: b\n\nc\n", "A: b\n", "c\n"},
	{"A: b\r\n\r\nc\r\n", "A: b\r\n", "c\r\n"},
	{"A: b\n\r\nc", "A: b\n", "c"},
	{"A: b\r\n\nc", "A: b\r\n", "c"},
	{"A: b\nC: d", "A: b\nC: d", ""},
	{"A: b\n\n\nc", "A: b\n", "\nc"},
	{"From a Mon Jan  1 00:00:00 2026\nA: b\n\nc", "A: b\n", "c"},
	{"\n\r\nA: b\n\nc", "A: b\n", "c"},
	{"Hello\n\nworld\n", "", "Hello\n\nworld\n"},
	{"\nHello: no field?\n\nx", "Hello: no field?\n", "x"},
	{"\nHello you\n", "", "Hello you\n"},
	{"\n\nHello you\n", "", "\nHello you\n"},
	{"From a\nHello\n", "", "Hello\n"},
	{"A: b\nno field\nC: d\n\ne", "A: b\nno field\nC: d\n", "e"},
	{"A : b\n\nc", "A : b\n", "c"},
	{">From a b c 10:00\nA: b\n\nc", "A: b\n", "c"},
	{"no field\n nor this\nA: b\n\nc", "A: b\n", "c"},
	{"\nno field\nA: b\n\nc", "", "no field\nA: b\n\nc"},
	{"no field\n\nA: b\n\nc", "", "no field\n\nA: b\n\nc"},
	{"A: b\n \nC: d\n\ne", "A: b\n \nC: d\n", "e"},
	{"\n\n\n", "", "\n\n"},
	{"A: b\n\r", "A: b\n", ""},
	{"A: b\n\rC: d\n\ne", "A: b\n\rC: d\n", "e"},
	{"A: b\r\n\r", "A: b\r\n", ""},
	{"A: b\n", "A: b\n", ""},
};

START_TEST(splits_to)
{
	struct span body, header;

	header = header_split(span_of(splits[_i].message), &body);
	unit_span(header, splits[_i].header);
	unit_span(body, splits[_i].body);
}
END_TEST

START_TEST(steps_through)
{
	struct span rest = span_of(splits[_i].message), header, all, raw, value;
	struct field f;
	bool is_field = header_begin(&rest);

	all = rest;
	header = span_of(splits[_i].header);
	while (is_field && header_step(&rest, &raw) == 1)
		if (header_next(&raw, &f) == 1) {
			ck_assert(header_is(f.raw, f.name, &value));
			ck_assert(span_eq(value, f.value));
			ck_assert_int_eq(header_next(&header, &f), 1);
			ck_assert(span_eq(value, f.value));
		}
	ck_assert_int_eq(header_next(&header, &f), 0);
	unit_span(span_sub(all, 0, all.n - rest.n), splits[_i].header);
	unit_span(header_end(rest), splits[_i].body);
}
END_TEST

static const struct {
	const char *raw, *value;
} dates[] = {
	{"date: x\r\n", " x"},
	{"DATE \t:x\n y\n", "x\n y"},
	{"Date:", ""},
	{"Dat", NULL},
	{"Date", NULL},
	{"Date \n", NULL},
	{"Dates: x\n", NULL},
	{"Da te: x\n", NULL},
	{" Date: x\n", NULL},
	{"", NULL},
};

START_TEST(is_a_date)
{
	struct span value = {0};
	bool is = header_is(span_of(dates[_i].raw), SPAN("Date"), &value);

	ck_assert_int_eq(is, dates[_i].value != NULL);
	unit_span(value, is ? dates[_i].value : "");
}
END_TEST

static const struct {
	const char *part, *header, *body;
} parts[] = {
	{"\nA: b\n\nc", "", "A: b\n\nc"},
	{"\r\nx", "", "x"},
	{"From x\n", "", "From x\n"},
	{"A: b\n\nc", "A: b\n", "c"},
	{"", "", ""},
};

START_TEST(splits_a_part)
{
	struct span body, header;

	header = header_split_part(span_of(parts[_i].part), &body);
	unit_span(header, parts[_i].header);
	unit_span(body, parts[_i].body);
}
END_TEST

/* Each field is written name, "=", value and "|". */
static const struct {
	const char *header, *want;
} fields[] = {
	{"", ""},
	{"A: b\nC:d\n", "A= b|C=d|"},
	{"A: b\r\n  c\r\n\td\r\nE: f", "A= b\r\n  c\r\n\td|E= f|"},
	{"A \t: b\n", "A= b|"},
	{"no field\n continued\nA: b\n", "A= b|"},
	{" continues nothing\nA: b\n", "A= b|"},
	{": no name\nA:\n", "A=|"},
	{"A:b:c\n", "A=b:c|"},
	{"A\xc3\xa4: b\nC: d\n", "C= d|"},
	{"A: b\n\nC: d\n", "A= b|C= d|"},
	{"A: b\rC: d\n", "A= b\rC: d|"},
	{"A: b\n \nC: d\n", "A= b\n |C= d|"},
};

START_TEST(fields_are)
{
	struct span rest = span_of(fields[_i].header);
	struct buf got = {0};
	struct field f;

	while (header_next(&rest, &f) == 1) {
		buf_span(&got, f.name);
		buf_char(&got, '=');
		buf_span(&got, f.value);
		buf_char(&got, '|');
		ck_assert(span_starts(f.raw, f.name));
	}
	unit_span(buf_view(&got), fields[_i].want);
	ck_assert_int_eq(header_next(&rest, &f), 0);
	buf_free(&got);
}
END_TEST

START_TEST(raw_fields_are_the_header)
{
	struct span header = SPAN("A: b\r\n c\r\nD: e\nF: g"), rest = header;
	struct buf all = {0};
	struct field f;

	while (header_next(&rest, &f) == 1)
		buf_span(&all, f.raw);
	ck_assert(span_eq(buf_view(&all), header));
	buf_free(&all);
}
END_TEST

START_TEST(find_is_the_first_folded)
{
	struct span header = SPAN("a: 1\nB: 2\nb: 3\n");
	struct field f;

	ck_assert(header_find(header, "b", &f));
	unit_span(f.value, " 2");
	ck_assert(header_find(header, "A", &f));
	unit_span(f.value, " 1");
	ck_assert(!header_find(header, "c", &f));
	ck_assert(!header_find(header, "", &f));
}
END_TEST

static const struct {
	const char *in, *want;
} folds[] = {
	{"", ""},
	{" a\r\n b\n\tc", " a b\tc"},
	{"a\rb\r\n", "a\rb"},
	{"\n\n x", " x"},
};

START_TEST(unfolds_to)
{
	struct buf got = {0};

	header_unfold(span_of(folds[_i].in), &got);
	unit_span(buf_view(&got), folds[_i].want);
	buf_free(&got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("header");

	unit_each(s, splits_to, COUNT(splits));
	unit_each(s, steps_through, COUNT(splits));
	unit_each(s, is_a_date, COUNT(dates));
	unit_each(s, splits_a_part, COUNT(parts));
	unit_each(s, fields_are, COUNT(fields));
	unit_test(s, raw_fields_are_the_header);
	unit_test(s, find_is_the_first_folded);
	unit_each(s, unfolds_to, COUNT(folds));
	return unit_main(s);
}
