/*
 * What an index on a damaged disk may hold, as if its sums were right: records,
 * and words with their lists.  What is read lies within it; a record that is
 * written again is read as it was.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "mail/record.h"
#include "mail/words.h"

#define MESSAGES 1000

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void read_records(struct span);
static void check_again(const struct record *);
static bool is_within(struct span, struct span);
static void read_words(struct span);
static void read_list(struct span);
static void merge_list(struct span list, const unsigned char *bits);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span all = span_at(data, n);

	if (n > 64 * 1024)
		return 0;
	read_records(all);
	read_words(all);
	read_list(all);
	return 0;
}

static void
read_records(struct span all)
{
	struct span rest = all;
	struct record r;
	size_t left = all.n;
	int more;

	while ((more = record_next(&rest, &r)) == 1) {
		assert(rest.n < left);
		left = rest.n;
		assert(is_within(r.base, all) && is_within(r.suffix, all));
		for (size_t i = 0; i < SUMMARY_FIELDS; i++)
			assert(is_within(r.summary.field[i], all));
		assert(is_within(r.summary.known.subject, all) &&
		    is_within(r.summary.known.from, all) &&
		    is_within(r.summary.known.address, all));
		check_again(&r);
	}
	assert(more == -1 || rest.n == 0);
}

static void
check_again(const struct record *r)
{
	struct buf out = {0};
	struct span rest;
	struct record again;

	record_put(r, &out);
	rest = buf_view(&out);
	assert(record_next(&rest, &again) == 1 && rest.n == 0);
	assert(span_eq(again.base, r->base) &&
	    span_eq(again.suffix, r->suffix));
	assert(again.inode == r->inode && again.size == r->size &&
	    again.mtime_ns == r->mtime_ns &&
	    again.ctime_ns == r->ctime_ns && again.text == r->text &&
	    again.in_cur == r->in_cur);
	buf_free(&out);
}

static bool
is_within(struct span s, struct span all)
{
	return s.n == 0 || (s.p >= all.p && s.n <= all.n &&
	    (size_t)(s.p - all.p) <= all.n - s.n);
}

/* Terms, and where each begins. */
static void
read_words(struct span all)
{
	struct span terms = span_sub(all, 0, all.n / 2);
	struct span starts = span_from(all, all.n / 2);
	struct words_found found;
	size_t at = 0, was;
	int more;

	do {
		was = at;
		more = words_find(terms, starts, SPAN("a"), &at, &found);
		assert(more != 1 || (at > was && at <= terms.n));
	} while (more == 1);
}

static void
read_list(struct span all)
{
	unsigned char *bits = mem_alloc(MESSAGES / 8 + 1, 1);
	uint64_t sum = sum_of(all) * 3 + sum_of(SPAN("a"));
	struct buf list = {0};

	buf_span(&list, all);
	buf_add(&list, &sum, sizeof sum);
	if (words_mark(SPAN("a"), buf_view(&list), WORDS_BODY, MESSAGES,
	    bits))
		merge_list(buf_view(&list), bits);
	buf_free(&list);
	free(bits);
}

/* A list that was merged names the same messages; the first is 1. */
static void
merge_list(struct span list, const unsigned char *bits)
{
	uint32_t starts[] = {1, 0, 3, (uint32_t)list.n};
	unsigned char *again = mem_alloc(MESSAGES / 8 + 1, 1);
	struct words_kept kept = {0}, merged = {0};
	struct words w = {0};

	buf_str(&kept.terms, "\na\n");
	buf_add(&kept.starts, starts, sizeof starts);
	buf_span(&kept.lists, list);
	if (words_merge(&w, &kept)) {
		words_keep(&w, &merged);
		assert(merged.lists.n == 0 || words_mark(SPAN("a"),
		    buf_view(&merged.lists), WORDS_BODY, MESSAGES, again));
		assert((bits[0] | 1) == (again[0] | 1));
		assert(memcmp(bits + 1, again + 1, MESSAGES / 8) == 0);
	}
	words_free(&w);
	words_kept_free(&kept);
	words_kept_free(&merged);
	free(again);
}
