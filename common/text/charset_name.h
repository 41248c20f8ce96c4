/* The charsets that mail names. */
#ifndef TEXT_CHARSET_NAME_H
#define TEXT_CHARSET_NAME_H

#include "text/charset.h"

struct charset_name {
	const char *iconv; /* what iconv calls it */
	unsigned unit;	   /* bytes of its smallest piece */
	const char *names; /* folded, each between blanks */
};

/* NULL where nobody knows it; *index is its place below CHARSET_POOL_MAX. */
const struct charset_name *charset_named(struct span, size_t *index);

#endif
