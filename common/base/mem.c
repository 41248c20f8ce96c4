#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define EXIT_NO_MEMORY 71

static _Noreturn void gone(void);

void *
mem_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (p == NULL)
		gone();
	return p;
}

void *
mem_grow(void *p, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap < 8 ? 8 : *cap;

	if (need <= *cap && p != NULL)
		return p;
	while (want < need)
		want = want > SIZE_MAX / 2 ? need : want * 2;
	if (want > SIZE_MAX / size)
		gone();
	p = realloc(p, want * size);
	if (p == NULL)
		gone();
	*cap = want;
	return p;
}

char *
mem_dup(const void *p, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		gone();
	copy = malloc(n + 1);
	if (copy == NULL)
		gone();
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
mem_str(const char *s)
{
	return mem_dup(s, strlen(s));
}

void
mem_wipe(void *p, size_t n)
{
	volatile unsigned char *byte = p;

	while (n-- > 0)
		*byte++ = 0;
}

static _Noreturn void
gone(void)
{
	fputs("satchel: out of memory\n", stderr);
	_Exit(EXIT_NO_MEMORY);
}
