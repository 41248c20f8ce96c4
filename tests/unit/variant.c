#include "mail/variant.h"
#include "text/fold.h"
#include "unit/unit.h"

#define TEXT_LETTERS 5
#define RUN_LETTERS 3

static const char *const letters[] = {"a", "i", "k", "s", "\304\260",
    "\342\204\252", "\305\277"};

static const struct row {
	const char *run, *variants; /* a blank after each */
} rows[] = {
    {"", ""},
    {"ann", ""},
    {"ci", "c\304\260 "},
    {"ticket", "t\304\260c tic\342\204\252et "},
    {"test", "te\305\277t "},
    {"kiel", "\342\204\252iel \342\204\252\304\260el k\304\260el "},
    {"s", "\305\277 "},
};

/* Text number n of that many letters. */
static void
put_text(size_t n, size_t count, size_t base, struct buf *out)
{
	for (size_t i = 0; i < count; i++, n /= base)
		buf_str(out, letters[n % base]);
}

static size_t
power(size_t base, size_t n)
{
	return n == 0 ? 1 : base * power(base, n - 1);
}

static bool
has_one(struct span text, struct span run, struct span variants)
{
	struct span one;

	if (span_find(text, run) != SPAN_NONE)
		return true;
	while (variants.n > 0 && span_cut(&variants, '\0', &one) == 1)
		if (span_find(text, one) != SPAN_NONE)
			return true;
	return false;
}

/* A run, and with what else a text that has it is found. */
struct sought {
	struct buf run, variants;
};

static size_t
take_runs(struct sought *to)
{
	size_t taken = 0;

	for (size_t count = 1; count <= RUN_LETTERS; count++)
		for (size_t n = power(4, count); n-- > 0; taken++) {
			put_text(n, count, 4, &to[taken].run);
			variant_put(buf_view(&to[taken].run),
			    &to[taken].variants);
		}
	return taken;
}

static void
check_text(struct span text, const struct sought *s)
{
	struct span run = buf_view(&s->run);
	struct buf folded = {0};

	fold_text(text, &folded);
	if (span_find(buf_view(&folded), run) != SPAN_NONE)
		ck_assert_msg(has_one(text, run, buf_view(&s->variants)),
		    "%.*s in %.*s", (int)run.n, run.p, (int)text.n, text.p);
	buf_free(&folded);
}

START_TEST(what_folds_to_a_run_has_a_variant)
{
	struct sought sought[4 + 4 * 4 + 4 * 4 * 4] = {0};
	struct buf text = {0};
	size_t runs = take_runs(sought);

	ck_assert_uint_eq(runs, COUNT(sought));
	for (size_t count = 1; count <= TEXT_LETTERS; count++)
		for (size_t n = power(COUNT(letters), count); n-- > 0;) {
			buf_cut(&text, 0);
			put_text(n, count, COUNT(letters), &text);
			check_text(buf_view(&text), &sought[n % runs]);
			check_text(buf_view(&text), &sought[n / 7 % runs]);
		}
	for (size_t i = 0; i < runs; i++) {
		for (size_t n = power(COUNT(letters), RUN_LETTERS); n-- > 0;) {
			buf_cut(&text, 0);
			put_text(n, RUN_LETTERS, COUNT(letters), &text);
			check_text(buf_view(&text), &sought[i]);
		}
		buf_free(&sought[i].run);
		buf_free(&sought[i].variants);
	}
	buf_free(&text);
}
END_TEST

START_TEST(are_few)
{
	struct buf out = {0};
	size_t n = 0;

	variant_put(SPAN("sisk"), &out);
	for (size_t i = 0; i < out.n; i++)
		n += out.p[i] == '\0';
	ck_assert_uint_eq(n, 4 + 1);
	buf_free(&out);
}
END_TEST

START_TEST(of_a_run)
{
	const struct row *r = &rows[_i];
	struct buf out = {0};

	variant_put(span_of(r->run), &out);
	for (size_t i = 0; i < out.n; i++)
		if (out.p[i] == '\0')
			out.p[i] = ' ';
	unit_span(buf_view(&out), r->variants);
	buf_free(&out);
}
END_TEST

/* Every letter that folds to ASCII is one of those. */
START_TEST(knows_all_letters)
{
	struct buf folded = {0};

	for (uint32_t c = 0x80; c <= 0x10ffff; c++) {
		buf_cut(&folded, 0);
		fold_put(c, &folded);
		if ((folded.p[0] & 0x80) == 0)
			ck_assert_msg(c == 0x130 || c == 0x212a || c == 0x17f ||
			    c == 0xdf || c == 0x1e9e, "U+%04lX",
			    (unsigned long)c);
	}
	buf_free(&folded);
	for (int c = 0; c < 0x80; c++)
		ck_assert(variant_has((char)c) ==
		    (c == 'i' || c == 'k' || c == 's'));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("variant");

	unit_test(s, what_folds_to_a_run_has_a_variant);
	unit_test(s, are_few);
	unit_each(s, of_a_run, COUNT(rows));
	unit_test(s, knows_all_letters);
	return unit_main(s);
}
