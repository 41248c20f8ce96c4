/*
 * Media types (RFC 6838) of files: by the name's suffix, by a table of
 * shared-mime-info's, by the first bytes.  Types come without parameters.
 */
#ifndef TEXT_MEDIA_H
#define TEXT_MEDIA_H

#include "base/buf.h"
#include "base/err.h"

#define MEDIA_TYPE_MAX 127 /* bytes of a type and of a subtype, RFC 6838 */

/* The type that the name's suffix has here; NULL where it has none. */
const char *media_of_name(const char *name);

/*
 * Appends the type that the table has for the name: globs2 is the content of
 * shared-mime-info's file of that name, lines of "weight:type:glob".  The
 * highest weight counts, then the longest glob; globs with wildcards anywhere
 * but at their start are passed over.  False, with nothing appended, where
 * nothing fits.
 */
bool media_of_globs(struct span globs2, const char *name, struct buf *);

/* The type that the bytes begin like; NULL where they say nothing. */
const char *media_of_bytes(struct span);

/* True for bytes without a control that no text has; nothing is text too. */
bool media_is_text(struct span);

/* True for "type/subtype" of RFC 6838's letters. */
bool media_is_type(struct span);

/*
 * Reads a type as a user gives it, "text/html; charset=utf-8": appends the type
 * and its parameters as a header has them, all but charset, whose value goes
 * to *charset.  ERR_USAGE where it is none or has what a header cannot.
 */
int media_take(const char *, struct buf *type, struct buf *charset,
    struct err *);

#endif
