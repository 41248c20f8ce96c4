/*
 * A sum that tells bytes from damaged ones: any that are flipped, lost, moved
 * or cut off give another.  It is not made against forgers.
 */
#ifndef BASE_SUM_H
#define BASE_SUM_H

#include "base/span.h"

uint64_t sum_of(struct span);

#endif
