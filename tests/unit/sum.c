#include "base/sum.h"
#include "unit/unit.h"

#define BYTES 101

START_TEST(any_change_is_seen)
{
	char bytes[BYTES];
	uint64_t sum;

	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (char)(i * 7);
	sum = sum_of(span_at(bytes, BYTES));
	ck_assert(sum == sum_of(span_at(bytes, BYTES)));
	for (size_t i = 0; i < BYTES; i++) {
		for (int flip = 1; flip < 256; flip++) {
			bytes[i] ^= (char)flip;
			ck_assert(sum_of(span_at(bytes, BYTES)) != sum);
			bytes[i] ^= (char)flip;
		}
		ck_assert(sum_of(span_at(bytes, i)) != sum);
	}
}
END_TEST

START_TEST(any_place_is_another)
{
	uint64_t word[12], swap, sum;

	for (size_t i = 0; i < COUNT(word); i++)
		word[i] = i + 1;
	sum = sum_of(span_at(word, sizeof word));
	for (size_t i = 0; i < COUNT(word); i++)
		for (size_t k = i + 1; k < COUNT(word); k++) {
			swap = word[i];
			word[i] = word[k];
			word[k] = swap;
			ck_assert(sum_of(span_at(word, sizeof word)) != sum);
			word[k] = word[i];
			word[i] = swap;
		}
}
END_TEST

START_TEST(zeros_count)
{
	char zeros[80] = {0};

	for (size_t i = 1; i <= sizeof zeros; i++)
		ck_assert(sum_of(span_at(zeros, i)) !=
		    sum_of(span_at(zeros, i - 1)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sum");

	unit_test(s, any_change_is_seen);
	unit_test(s, any_place_is_another);
	unit_test(s, zeros_count);
	return unit_main(s);
}
