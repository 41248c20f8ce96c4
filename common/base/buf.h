/*
 * A buf owns bytes and grows.  Zero is an empty one.  p is NULL or points at
 * the first live byte; after n live bytes there is always a NUL that does not
 * count, so p is a string where the content holds no NUL.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/span.h"

struct buf {
	char *p;
	size_t n;    /* live bytes */
	size_t cap;  /* room from p on */
	size_t dead; /* dropped bytes before p */
};

/* Room for n more bytes at the returned place; buf_grew says how many came. */
char *buf_room(struct buf *, size_t n);
void buf_grew(struct buf *, size_t n);

/* Each puts bytes at the end; they may not be the buf's own, which may move. */
void buf_add(struct buf *, const void *p, size_t n);
void buf_span(struct buf *, struct span);
void buf_str(struct buf *, const char *);

/* Inline, for much is written so. */
static inline void
buf_char(struct buf *b, char c)
{
	if (b->cap - b->n < 2)
		buf_room(b, 1);
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

/* In decimal digits. */
void buf_number(struct buf *, uint64_t);
/* As printf, in no locale's way: fmt is ours and has no %ls, %f or %'d. */
void buf_fmt(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Drops the first n bytes (amortised constant), or all after the first n. */
void buf_drop(struct buf *, size_t n);
void buf_cut(struct buf *, size_t n);

/* The content, valid until the next change. */
static inline struct span
buf_view(const struct buf *b)
{
	return span_at(b->p, b->n);
}

/* The content as a string, "" when empty; valid until the next change. */
const char *buf_cstr(const struct buf *);

/*
 * Frees, leaving an empty buf; buf_wipe overwrites its memory before.  What it
 * left behind by growing is not: a secret asks for buf_room first.
 */
void buf_free(struct buf *);
void buf_wipe(struct buf *);

#endif
