/*
 * How many columns of a terminal text takes, in any locale: Unicode's marks
 * and format characters take none, East Asian wide ones two, others one.
 */
#ifndef TEXT_WIDTH_H
#define TEXT_WIDTH_H

#include "base/span.h"

unsigned width_char(uint32_t);
/* The columns of UTF-8 text; a broken sequence counts as one character. */
size_t width_of(struct span);
/* The longest start of s that takes at most so many columns. */
struct span width_cut(struct span s, size_t columns);

#endif
