#include <stdio.h>

#include "base/memo.h"
#include "unit/unit.h"

#define TEXTS (4 * MEMO_TEXTS)

static size_t made;

static void
twice(struct span text, struct buf *out)
{
	made++;
	buf_span(out, text);
	buf_span(out, text);
}

static void
nothing(struct span text, struct buf *out)
{
	(void)text;
	(void)out;
	made++;
}

/* What comes of the text, behind what is there already. */
static void
gives(struct memo *memo, memo_make make, struct span text, const char *want)
{
	struct buf out = {0};

	buf_str(&out, "a ");
	memo_put(memo, make, text, &out);
	ck_assert_str_eq(buf_cstr(&out) + 2, want);
	buf_free(&out);
}

START_TEST(makes_once)
{
	struct memo memo = {0};

	made = 0;
	for (int i = 0; i < 3; i++)
		gives(&memo, twice, SPAN("ab"), "abab");
	ck_assert_uint_eq(made, 1);
	/* another maker is another thing, and nothing is something */
	for (int i = 0; i < 3; i++)
		gives(&memo, nothing, SPAN("ab"), "");
	ck_assert_uint_eq(made, 2);
	gives(&memo, twice, SPAN("ab"), "abab");
	gives(&memo, twice, SPAN("a"), "aa");
	memo_free(&memo);
	ck_assert_ptr_null(memo.v);
}
END_TEST

START_TEST(without_a_memo)
{
	made = 0;
	gives(NULL, twice, SPAN("ab"), "abab");
	gives(NULL, twice, SPAN("ab"), "abab");
	ck_assert_uint_eq(made, 2);
}
END_TEST

/* More than it keeps: some are made anew, and all are right. */
START_TEST(many_texts)
{
	struct memo memo = {0};
	char text[16], want[32];

	made = 0;
	for (unsigned i = 0; i < 2 * TEXTS; i++) {
		snprintf(text, sizeof text, "%u", i % TEXTS / 2);
		snprintf(want, sizeof want, "%s%s", text, text);
		gives(&memo, twice, span_of(text), want);
	}
	ck_assert_uint_ge(made, TEXTS / 2);
	ck_assert_uint_le(made, TEXTS);
	memo_free(&memo);
}
END_TEST

START_TEST(long_texts_are_not_kept)
{
	struct memo memo = {0};
	struct buf text = {0}, out = {0};

	made = 0;
	while (text.n < MEMO_BYTES / 2)
		buf_char(&text, 'x');
	for (int i = 0; i < 2; i++)
		memo_put(&memo, twice, buf_view(&text), &out);
	ck_assert_uint_eq(made, 2);
	ck_assert_uint_eq(out.n, 4 * text.n);
	for (int i = 0; i < 2; i++)
		memo_put(&memo, twice, (struct span){0}, &out);
	ck_assert_uint_eq(out.n, 4 * text.n);
	memo_free(&memo);
	buf_free(&text);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("memo");

	unit_test(s, makes_once);
	unit_test(s, without_a_memo);
	unit_test(s, many_texts);
	unit_test(s, long_texts_are_not_kept);
	return unit_main(s);
}
