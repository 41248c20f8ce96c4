/*
 * The letters beyond ASCII that are as good as one in it here, which not every
 * server knows: a capital I with a dot, the Kelvin sign and a long s; see
 * text/fold.h.  A sharp s, which is two, is none of them.
 */
#ifndef MAIL_VARIANT_H
#define MAIL_VARIANT_H

#include "base/buf.h"

/* Whether another may stand for the letter. */
bool variant_has(char);

/*
 * Appends texts, each with a NUL after it: what has the run, which is of ASCII
 * and folded, in it once it is folded has the run or one of these in it as it
 * stands, but for the case of what is ASCII, or else a sharp s there.  There is
 * one for each such letter, and one more at most.
 */
void variant_put(struct span run, struct buf *);

#endif
