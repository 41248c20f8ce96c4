/*
 * JSON (RFC 8259) on one line, as it is written: who calls knows what comes
 * next, and nothing is built in memory first.
 */
#ifndef TEXT_JSONL_H
#define TEXT_JSONL_H

#include "base/buf.h"

/* Appends UTF-8 text, which must be valid, as a string in its quotes. */
void jsonl_string(struct span utf8, struct buf *out);

/*
 * Appends a comma where the object or array, whose first byte is at start, has
 * a member already; jsonl_key then the member's name, which is ours and needs
 * no escape, and a colon.
 */
void jsonl_next(size_t start, struct buf *out);
void jsonl_key(size_t start, const char *key, struct buf *out);

#endif
