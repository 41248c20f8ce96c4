#include <stdlib.h>

#include "base/mem.h"
#include "base/sort.h"
#include "unit/unit.h"

static void
check_by(int64_t *number, size_t n,
    int (*order)(const void *, const void *))
{
	struct sort_item *v = mem_alloc(n, sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct sort_item){number[i], &number[i]};
	sort_items(v, n, order);
	for (size_t i = 0; i < n; i++) {
		int64_t *of = v[i].of;

		ck_assert_int_eq(*of, v[i].number);
		if (i == 0)
			continue;
		ck_assert_int_le(v[i - 1].number, v[i].number);
		if (v[i - 1].number == v[i].number)
			ck_assert(order == NULL
			    ? (int64_t *)v[i - 1].of < of
			    : (int64_t *)v[i - 1].of > of);
	}
	/* each is there once: none is left that was not met */
	for (size_t i = 0; i < n; i++) {
		int64_t *of = v[i].of;

		ck_assert(of >= number && of < number + n);
		ck_assert_int_ne(*of, INT64_C(-7));
		*of = -7;
	}
	free(v);
}

/* The last place first. */
static int
by_place(const void *p, const void *q)
{
	const struct sort_item *a = p, *b = q;
	const int64_t *x = a->of, *y = b->of;

	return x > y ? -1 : 1;
}

static void
check(const int64_t *number, size_t n)
{
	int64_t *copy = mem_alloc(n, sizeof *copy);

	memcpy(copy, number, n * sizeof *copy);
	check_by(copy, n, NULL);
	memcpy(copy, number, n * sizeof *copy);
	check_by(copy, n, by_place);
	free(copy);
}

START_TEST(few)
{
	int64_t none[1] = {0};
	int64_t one[] = {INT64_MIN};
	int64_t ends[] = {0, INT64_MAX, -1, INT64_MIN, 1, INT64_MAX, INT64_MIN,
	    -256, 255, 256, 0};
	int64_t alike[] = {5, 5, 5, 5};

	check(none, 0);
	check(one, COUNT(one));
	check(ends, COUNT(ends));
	check(alike, COUNT(alike));
}
END_TEST

/* Of each width, so that every digit is one by which there is to sort. */
START_TEST(many)
{
	int64_t v[1000];
	uint64_t state = 1;

	for (unsigned bits = 1; bits <= 64; bits++) {
		for (size_t i = 0; i < COUNT(v); i++) {
			state = state * UINT64_C(6364136223846793005) +
			    UINT64_C(1442695040888963407);
			v[i] = (int64_t)(state >> (64 - bits));
			v[i] = v[i] == -7 ? 0 : v[i];
		}
		check(v, COUNT(v));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sort");

	unit_test(s, few);
	unit_test(s, many);
	return unit_main(s);
}
