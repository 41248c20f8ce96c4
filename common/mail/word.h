/*
 * Encoded words (RFC 2047) and the text of unstructured fields.
 */
#ifndef MAIL_WORD_H
#define MAIL_WORD_H

#include "base/buf.h"
#include "text/charset.h"

/*
 * Appends an unstructured field's value as UTF-8: unfolded, trimmed, encoded
 * words decoded (adjacent ones of one charset and encoding joined before they
 * are), raw 8-bit bytes explained by charset_to_utf8.  Control
 * characters come out as they were written: whoever prints uses charset_line.
 */
void word_decode(struct span value, struct buf *out);
/* The same for one of many values, whose charsets the pool keeps open. */
void word_decode_one(struct span value, struct charset_pool *,
    struct buf *out);

/* The same for a Message-ID or Content-ID, without its angle brackets. */
void word_id(struct span value, struct buf *out);

/*
 * Appends UTF-8 text as a field's value: as it is where it is printable ASCII
 * that cannot be mistaken for an encoded word, as encoded words otherwise,
 * folded (LF blank) so that no line is over 76 characters; column is how far
 * the first line is already, and a phrase is encoded by the narrower rule of
 * RFC 2047, section 5 (3).  The text must hold no control characters.
 */
void word_encode(struct span utf8, size_t column, struct buf *out);
void word_encode_phrase(struct span utf8, size_t column, struct buf *out);

#endif
