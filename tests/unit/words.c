#include <string.h>

#include "base/number.h"
#include "base/sum.h"
#include "mail/words.h"
#include "unit.h"

#define MESSAGES 300
#define MARKS ((MESSAGES + 8) / 8)
#define CROWD 1000 /* words of one bucket */
#define CROWD_MASK 4095

static uint32_t state = 1;

static unsigned
any(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 16) % n;
}

/* Text of few letters, so that much of it is alike. */
static void
make(struct buf *text)
{
	static const char letters[] = "aab1\xc3\xa9 -\n";

	for (unsigned n = any(60); n > 0; n--)
		buf_char(text, letters[any(sizeof letters - 1)]);
}

static void
marks(const struct words_kept *k, struct span run, unsigned places,
    unsigned char *bits)
{
	struct words_found found;
	size_t at = 0;
	int more;

	while ((more = words_find(buf_view(&k->terms), buf_view(&k->starts),
	    run, &at, &found)) == 1)
		ck_assert(words_mark(found.word, span_sub(buf_view(&k->lists),
		    found.list, found.list_n), places, MESSAGES + 1, bits));
	ck_assert_int_eq(more, 0);
}

START_TEST(finds_what_a_search_finds)
{
	static const char *const runs[] = {"a", "aa", "ab1", "1", "b\xc3\xa9",
	    "\xa9", "aaaa", "none", "1a1", "\xc3\xa9\xc3"};
	struct buf text[MESSAGES][2] = {0};
	struct words w = {0};
	struct words_kept k = {0};

	for (uint32_t i = 0; i < MESSAGES; i++) {
		make(&text[i][0]);
		make(&text[i][1]);
		words_add(&w, i + 1, WORDS_BODY, buf_view(&text[i][0]));
		words_add(&w, i + 1, WORDS_HEADER, buf_view(&text[i][1]));
		words_add(&w, i + 1, WORDS_BODY, SPAN(" "));
	}
	words_keep(&w, &k);
	for (size_t r = 0; r < COUNT(runs); r++) {
		for (unsigned place = WORDS_BODY; place <= WORDS_HEADER;
		    place++) {
			unsigned char bits[MARKS] = {0};

			marks(&k, span_of(runs[r]), place, bits);
			for (uint32_t i = 0; i < MESSAGES; i++)
				ck_assert_int_eq(bits[(i + 1) / 8] >>
				    (i + 1) % 8 & 1,
				    span_find(buf_view(&text[i][place - 1]),
				    span_of(runs[r])) != SPAN_NONE);
		}
	}
	for (size_t i = 0; i < MESSAGES; i++) {
		buf_free(&text[i][0]);
		buf_free(&text[i][1]);
	}
	words_kept_free(&k);
}
END_TEST

/* The next word whose sum ends in zeros. */
static struct span
crowded(char text[6])
{
	do {
		for (size_t i = 0; i < 6 && text[i]++ == 'z'; i++)
			text[i] = 'a';
	} while ((sum_of(span_at(text, 6)) & CROWD_MASK) != 0);
	return span_at(text, 6);
}

static void
add_crowd(struct words *w, uint32_t message)
{
	char text[6];

	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < CROWD; i++)
		words_add(w, message, WORDS_BODY, crowded(text));
}

/* Then no more than some are looked at for each word, and all are found. */
START_TEST(words_that_crowd_together)
{
	struct words w = {0};
	struct words_kept k = {0};
	char text[6];

	add_crowd(&w, 1);
	add_crowd(&w, 2);
	ck_assert_uint_eq(w.n, 2 * CROWD);
	words_keep(&w, &k);
	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < CROWD; i++) {
		unsigned char bits[MARKS] = {0};

		marks(&k, crowded(text), WORDS_BODY, bits);
		ck_assert_uint_eq(bits[0], 1 << 1 | 1 << 2);
	}
	words_kept_free(&k);
}
END_TEST

START_TEST(a_flipped_bit_is_seen)
{
	struct words w = {0};
	struct words_kept k = {0};
	unsigned char bits[MARKS];

	for (uint32_t i = 1; i <= MESSAGES; i++)
		words_add(&w, i, WORDS_BODY, SPAN("word"));
	words_keep(&w, &k);
	ck_assert(words_mark(SPAN("word"), buf_view(&k.lists), WORDS_BODY, 9,
	    bits));
	ck_assert(!words_mark(SPAN("work"), buf_view(&k.lists), WORDS_BODY,
	    9, bits));
	for (size_t bit = 0; bit < k.lists.n * 8; bit++) {
		k.lists.p[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert(!words_mark(SPAN("word"), buf_view(&k.lists),
		    WORDS_BODY, 9, bits));
		k.lists.p[bit / 8] ^= (char)(1 << bit % 8);
	}
	ck_assert(!words_mark(SPAN("word"), SPAN("1234567"), WORDS_BODY, 9,
	    bits));
	words_kept_free(&k);
}
END_TEST

/* Two messages have words that stand twice, and the next one has another. */
static void
keep_some(uint32_t message, struct words_kept *k)
{
	struct words w = {0};

	for (uint32_t i = message; i < message + 2; i++)
		add_crowd(&w, i);
	words_add(&w, message + 2, WORDS_HEADER, SPAN("last"));
	words_keep(&w, k);
}

START_TEST(merges_what_was_kept)
{
	struct words w = {0};
	struct words_kept first = {0}, second = {0}, both = {0};
	char text[6];

	memset(text, 'a', sizeof text);
	keep_some(1, &first);
	keep_some(4, &second);
	ck_assert(words_merge(&w, &first) && words_merge(&w, &second));
	words_add(&w, 7, WORDS_BODY, SPAN("last"));
	words_keep(&w, &both);
	for (size_t i = 0; i < CROWD; i++) {
		unsigned char bits[MARKS] = {0};

		marks(&both, crowded(text), WORDS_BODY, bits);
		ck_assert_uint_eq(bits[0], 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5);
	}
	for (unsigned place = WORDS_BODY; place <= WORDS_HEADER; place++) {
		unsigned char bits[MARKS] = {0};

		marks(&both, SPAN("last"), place, bits);
		ck_assert_uint_eq(bits[0],
		    place == WORDS_BODY ? 1u << 7 : 1u << 3 | 1u << 6);
	}
	first.lists.p[first.lists.n / 2] ^= 1;
	ck_assert(!words_merge(&w, &first));
	first.lists.p[first.lists.n / 2] ^= 1;
	buf_cut(&first.terms, first.terms.n - 1);
	ck_assert(!words_merge(&w, &first));
	buf_cut(&first.starts, 0);
	ck_assert(!words_merge(&w, &first));
	words_free(&w);
	words_kept_free(&first);
	words_kept_free(&second);
	words_kept_free(&both);
}
END_TEST

/* A message that is not below the bound has no bit. */
START_TEST(marks_end)
{
	unsigned char bits[2] = {0};
	struct words_kept k = {0};
	struct words w = {0};

	words_add(&w, 7, WORDS_BODY, SPAN("word"));
	words_add(&w, 8, WORDS_BODY, SPAN("word"));
	words_keep(&w, &k);
	ck_assert(words_mark(SPAN("word"), buf_view(&k.lists), WORDS_BODY, 8,
	    bits));
	ck_assert_uint_eq(bits[0], 1 << 7);
	ck_assert_uint_eq(bits[1], 0);
	words_kept_free(&k);
}
END_TEST

/* Starts that lead back, or out of the terms, or lists of less than nothing. */
START_TEST(starts_may_be_broken)
{
	static const uint32_t starts[][4] = {{1, 0, 1, 8}, {1, 0, 9, 8},
	    {1, 8, 3, 0}};
	struct words_found found;
	size_t at = 0;

	for (size_t i = 0; i < COUNT(starts); i++)
		ck_assert_int_eq(words_find(SPAN("\na\n"),
		    span_at(starts[i], sizeof starts[i]), SPAN("a"), &at,
		    &found), -1);
}
END_TEST

/* Numbers of messages have 32 bits. */
START_TEST(numbers_may_be_too_large)
{
	static const uint32_t starts[] = {1, 0, 3, 13};
	struct words_kept k = {0};
	struct words w = {0};
	uint64_t sum;

	number_put(UINT64_C(1) << 34 | WORDS_BODY, &k.lists);
	ck_assert_uint_eq(k.lists.n, 5);
	sum = sum_of(buf_view(&k.lists)) * 3 + sum_of(SPAN("a"));
	buf_add(&k.lists, &sum, sizeof sum);
	buf_str(&k.terms, "\na\n");
	buf_add(&k.starts, starts, sizeof starts);
	ck_assert(!words_merge(&w, &k));
	words_free(&w);
	words_kept_free(&k);
}
END_TEST

START_TEST(nothing_is_in_nothing)
{
	struct words w = {0};
	struct words_kept k = {0};
	struct words_found found;
	size_t at = 0;

	words_keep(&w, &k);
	ck_assert_int_eq(words_find(buf_view(&k.terms), buf_view(&k.starts),
	    SPAN("a"), &at, &found), 0);
	ck_assert_int_eq(words_find(SPAN("\nab\n"), SPAN(""), SPAN("a"), &at,
	    &found), -1);
	words_kept_free(&k);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("words");

	unit_test(s, finds_what_a_search_finds);
	unit_test(s, words_that_crowd_together);
	unit_test(s, a_flipped_bit_is_seen);
	unit_test(s, merges_what_was_kept);
	unit_test(s, marks_end);
	unit_test(s, starts_may_be_broken);
	unit_test(s, numbers_may_be_too_large);
	unit_test(s, nothing_is_in_nothing);
	return unit_main(s);
}
