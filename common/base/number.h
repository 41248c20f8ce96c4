/*
 * Numbers of any size among bytes that are kept: seven bits a byte, the low
 * ones first, and a bit that says whether another byte follows.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/buf.h"

void number_put(uint64_t, struct buf *);

/* Takes one off *rest; false where none is there. */
bool number_take(struct span *rest, uint64_t *);

#endif
