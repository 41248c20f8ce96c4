/*
 * Sorting by numbers, in time that grows as the number of items does, whatever
 * the numbers are, if few have the same.
 */
#ifndef BASE_SORT_H
#define BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

struct sort_item {
	int64_t number;
	void *of; /* what it is the number of */
};

/*
 * The smallest first; those of one number by what qsort's order says of the
 * items, which leaves none alike, or where it is NULL in the order they have.
 */
void sort_items(struct sort_item *, size_t n,
    int (*order)(const void *, const void *));

#endif
