/* What -V says of the libraries that fetch, list and watch. */
#ifndef APP_LIBRARIES_H
#define APP_LIBRARIES_H

#include "base/buf.h"

/* Appends a line each. */
void libraries_name(struct buf *);

#endif
