#include "base/mem.h"
#include "unit/unit.h"

#define NO_MEMORY 71

START_TEST(alloc_is_zeroed)
{
	unsigned char *p = mem_alloc(100, 3);

	for (size_t i = 0; i < 300; i++)
		ck_assert_uint_eq(p[i], 0);
	free(p);
}
END_TEST

START_TEST(alloc_of_nothing_is_memory)
{
	void *p = mem_alloc(0, 8), *q = mem_alloc(8, 0);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(q);
	ck_assert_ptr_ne(p, q);
	free(p);
	free(q);
}
END_TEST

/* Growing one by one keeps what was there and moves seldom. */
START_TEST(grow_doubles)
{
	size_t cap = 0, was, moves = 0;
	uint32_t *p = NULL;

	for (uint32_t i = 0; i < 100000; i++) {
		was = cap;
		p = mem_grow(p, &cap, (size_t)i + 1, sizeof *p);
		ck_assert_uint_gt(cap, i);
		ck_assert(cap == was || cap >= 2 * was);
		moves += cap != was;
		p[i] = i * 7;
	}
	for (uint32_t i = 0; i < 100000; i++)
		ck_assert_uint_eq(p[i], i * 7);
	ck_assert_uint_lt(moves, 20);
	free(p);
}
END_TEST

START_TEST(grow_to_a_size_at_once)
{
	size_t cap = 0;
	char *p = mem_grow(NULL, &cap, 5000, 1);

	ck_assert_uint_ge(cap, 5000);
	memset(p, 'x', cap);
	ck_assert_ptr_eq(mem_grow(p, &cap, 10, 1), p);
	free(p);
}
END_TEST

START_TEST(dup_ends_with_a_nul)
{
	char *p = mem_dup("a\0b", 3), *q = mem_dup(NULL, 0), *r = mem_str("s");

	ck_assert_int_eq(memcmp(p, "a\0b\0", 4), 0);
	ck_assert_str_eq(q, "");
	ck_assert_str_eq(r, "s");
	free(p);
	free(q);
	free(r);
}
END_TEST

START_TEST(wipe_leaves_the_rest)
{
	char s[] = "secret!";

	mem_wipe(s + 1, 5);
	ck_assert_int_eq(memcmp(s, "s\0\0\0\0\0!", 8), 0);
	mem_wipe(s, 0);
	ck_assert_int_eq(s[0], 's');
}
END_TEST

/* Sizes that no machine has, also those whose product wraps around. */
START_TEST(alloc_too_much)
{
	free(mem_alloc(SIZE_MAX / 2, 4));
}
END_TEST

START_TEST(grow_too_much)
{
	size_t cap = 0;

	free(mem_grow(NULL, &cap, SIZE_MAX / 2, 4));
}
END_TEST

START_TEST(dup_too_much)
{
	free(mem_dup("x", SIZE_MAX));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mem");

	unit_test(s, alloc_is_zeroed);
	unit_test(s, alloc_of_nothing_is_memory);
	unit_test(s, grow_doubles);
	unit_test(s, grow_to_a_size_at_once);
	unit_test(s, dup_ends_with_a_nul);
	unit_test(s, wipe_leaves_the_rest);
	unit_exits(s, alloc_too_much, NO_MEMORY);
	unit_exits(s, grow_too_much, NO_MEMORY);
	unit_exits(s, dup_too_much, NO_MEMORY);
	return unit_main_fork(s);
}
