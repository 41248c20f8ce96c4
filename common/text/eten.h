/*
 * The characters that ETEN added to Big5 and mail has used ever since: kana,
 * Cyrillic, circled numbers.  iconv's BIG5 has private characters there.
 */
#ifndef TEXT_ETEN_H
#define TEXT_ETEN_H

#include <stdint.h>

/* The character that the private one means; any other is itself. */
uint32_t eten_char(uint32_t);

#endif
