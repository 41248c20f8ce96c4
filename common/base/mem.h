/*
 * Memory that is there or the program is not: every function here returns
 * usable memory or ends the program with status 71 after one line on standard
 * error.  Sizes that come from outside are limited before they get here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n objects of size bytes each, zeroed; never NULL, also for n == 0. */
void *mem_alloc(size_t n, size_t size);

/*
 * Makes room for at least need objects of size bytes in the array p, which has
 * room for *cap; doubles, so appending is linear.  New room is not zeroed.
 * Returns the array, which may have moved; p may be NULL with *cap 0.
 */
void *mem_grow(void *p, size_t *cap, size_t need, size_t size);

/* A copy of n bytes with a NUL after them; the caller frees it. */
char *mem_dup(const void *p, size_t n);

/* A copy of the string s; the caller frees it. */
char *mem_str(const char *s);

/* Overwrites n bytes with zeros in a way that no compiler removes. */
void mem_wipe(void *p, size_t n);

#endif
