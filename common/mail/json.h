/*
 * What mail says, as JSON on one line (text/jsonl.h).
 */
#ifndef MAIL_JSON_H
#define MAIL_JSON_H

#include "base/memo.h"

/* A message's words, without what a terminal would obey (charset_line). */
void json_text(struct span, struct buf *out);
/* As it is, where it is UTF-8: a name must find its message again. */
void json_exact(struct span, struct buf *out);

/*
 * The key and text of a member of the object that begins at start; nothing
 * where the text is empty.
 */
void json_put(size_t start, const char *key, struct span, struct buf *out);

/*
 * Whom an address field's value names, as members of the array that begins at
 * start: objects with "name" and "address".  Groups are left out, their members
 * are not.  The memo may be NULL.
 */
void json_addresses(size_t start, struct span value, struct memo *,
    struct buf *out);

#endif
