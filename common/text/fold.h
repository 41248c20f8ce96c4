/*
 * Text without its case, for comparing: each character becomes its simple
 * lower-case form, in any locale.
 */
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include "base/buf.h"

uint32_t fold_char(uint32_t);
/* Appends UTF-8; broken sequences become U+FFFD. */
void fold_text(struct span, struct buf *);

#endif
