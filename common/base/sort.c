#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"

#define DIGITS 8 /* of a number, each a byte */
#define VALUES 256

static void sort_numbers(struct sort_item *, size_t n);
static size_t digit_of(const struct sort_item *, unsigned digit);
static void deal(const struct sort_item *, size_t n, unsigned digit,
    size_t *count, struct sort_item *to);

void
sort_items(struct sort_item *v, size_t n,
    int (*order)(const void *, const void *))
{
	size_t to;

	if (n > 1)
		sort_numbers(v, n);
	for (size_t from = 0; order != NULL && from < n; from = to) {
		for (to = from + 1; to < n; to++)
			if (v[to].number != v[from].number)
				break;
		if (to - from > 1)
			qsort(v + from, to - from, sizeof *v, order);
	}
}

/* By one digit after the other, the last one first. */
static void
sort_numbers(struct sort_item *v, size_t n)
{
	size_t count[DIGITS][VALUES] = {{0}};
	struct sort_item *own, *from = v, *to, *was;

	own = to = mem_alloc(n, sizeof *own);
	for (size_t i = 0; i < n; i++)
		for (unsigned d = 0; d < DIGITS; d++)
			count[d][digit_of(&v[i], d)]++;
	for (unsigned d = 0; d < DIGITS; d++) {
		/* times and sizes have few that differ */
		if (count[d][digit_of(from, d)] == n)
			continue;
		deal(from, n, d, count[d], to);
		was = from;
		from = to;
		to = was;
	}
	if (from != v)
		memcpy(v, from, n * sizeof *v);
	free(own);
}

/* The highest bit is turned: what is below zero comes first. */
static size_t
digit_of(const struct sort_item *item, unsigned digit)
{
	uint64_t bits = (uint64_t)item->number ^ UINT64_C(1) << 63;

	return bits >> 8 * digit & (VALUES - 1);
}

/* count of each value becomes the place where its next item goes. */
static void
deal(const struct sort_item *v, size_t n, unsigned digit, size_t *count,
    struct sort_item *to)
{
	size_t at = 0, next;

	for (size_t i = 0; i < VALUES; i++) {
		next = at + count[i];
		count[i] = at;
		at = next;
	}
	for (size_t i = 0; i < n; i++)
		to[count[digit_of(&v[i], digit)]++] = v[i];
}
