/*
 * What was made of a text is kept for when the same text comes again: most
 * mail of a folder is from the same few and to the same few.  What is new
 * takes the place of something old, so a memo stays small.  Zero is an empty
 * one; it is for one thread at a time.
 */
#ifndef BASE_MEMO_H
#define BASE_MEMO_H

#include "base/buf.h"

#define MEMO_TEXTS 1024		  /* that are kept */
#define MEMO_BYTES ((size_t)1000) /* of a text and what was made of it */

struct memo_text;

struct memo {
	struct memo_text *v; /* MEMO_TEXTS of them, or NULL */
};

/* Appends what it makes of the text; it depends on nothing else. */
typedef void (*memo_make)(struct span text, struct buf *out);

/* The same, out of the memo if it is there; a memo of NULL has nothing. */
void memo_put(struct memo *, memo_make, struct span text, struct buf *out);

void memo_free(struct memo *);

#endif
