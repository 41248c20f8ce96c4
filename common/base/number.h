/*
 * Numbers of any size among bytes that are kept: seven bits a byte, the low
 * ones first, and a bit that says whether another byte follows.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/buf.h"

void number_put(uint64_t, struct buf *);

/* Takes one off *rest; false where none is there. */
bool number_take_long(struct span *rest, uint64_t *);

/* Inline, for most are small. */
static inline bool
number_take(struct span *rest, uint64_t *number)
{
	if (rest->n == 0 || (rest->p[0] & 0x80) != 0)
		return number_take_long(rest, number);
	*number = (unsigned char)rest->p[0];
	rest->p++;
	rest->n--;
	return true;
}

#endif
