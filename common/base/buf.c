#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define LEAST 64  /* most texts fit, and are allocated once */
#define BRIEF 128 /* and are formatted once */

static void reserve(struct buf *, size_t);

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (n >= b->cap - b->n)
		reserve(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_number(struct buf *b, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buf_add(b, digits + at, sizeof digits - at);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	char brief[BRIEF];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(brief, sizeof brief, fmt, ap);
	va_end(ap);
	if (n < (int)sizeof brief) {
		buf_add(b, brief, n > 0 ? (size_t)n : 0);
		return;
	}
	reserve(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

char *
buf_room(struct buf *b, size_t n)
{
	reserve(b, n);
	return b->p + b->n;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		buf_cut(b, 0);
		return;
	}
	b->p += n;
	b->n -= n;
	b->cap -= n;
	b->dead += n;
}

void
buf_cut(struct buf *b, size_t n)
{
	if (n >= b->n)
		return;
	b->n = n;
	b->p[n] = '\0';
}

const char *
buf_cstr(const struct buf *b)
{
	return b->p == NULL ? "" : b->p;
}

void
buf_free(struct buf *b)
{
	if (b->p != NULL)
		free(b->p - b->dead);
	*b = (struct buf){0};
}

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		mem_wipe(b->p - b->dead, b->cap + b->dead);
	buf_free(b);
}

/*
 * Room for n more bytes and the NUL.  Dropped bytes are taken back when they
 * are at least as many as the live ones, which keeps the moving amortised.
 */
static void
reserve(struct buf *b, size_t n)
{
	size_t need = n < SIZE_MAX - b->n ? b->n + n + 1 : SIZE_MAX;
	char *start = b->p == NULL ? NULL : b->p - b->dead;

	if (need <= b->cap)
		return;
	if (need < LEAST)
		need = LEAST;
	if (start != NULL && b->dead >= b->n) {
		memmove(start, b->p, b->n);
		b->cap += b->dead;
		b->dead = 0;
	}
	if (start == NULL || need > b->cap) {
		size_t cap = b->cap + b->dead;

		if (need > SIZE_MAX - b->dead)
			need = SIZE_MAX - b->dead;
		start = mem_grow(start, &cap, need + b->dead, 1);
		b->cap = cap - b->dead;
	}
	b->p = start + b->dead;
	b->p[b->n] = '\0';
}
