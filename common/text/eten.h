/*
 * The characters that ETEN added to Big5 and mail has used ever since: kana,
 * Cyrillic, circled numbers.  iconv's BIG5 has private characters there.
 */
#ifndef TEXT_ETEN_H
#define TEXT_ETEN_H

#include "base/buf.h"

/* Puts them in for the private ones in the UTF-8 that begins at start. */
void eten_name(struct buf *, size_t start);

#endif
