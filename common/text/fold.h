/*
 * Text without its case, for comparing, in any locale: each character becomes
 * its simple lower-case form, and those become one that are so only at some
 * places: a final sigma, a long s.  A sharp s becomes two s, as it does in
 * capitals, and a capital I with its dot a plain i.
 */
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include "base/buf.h"

/* Appends the folded character. */
void fold_put(uint32_t, struct buf *);
/* Appends UTF-8; broken sequences become U+FFFD. */
void fold_text(struct span, struct buf *);

#endif
