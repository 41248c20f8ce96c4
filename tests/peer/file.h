/* Reading a whole file. */
#ifndef PEER_FILE_H
#define PEER_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Adds the file's bytes to b; -1 leaves b empty. */
int file_read(const char *path, struct buf *b, struct err *e);

#endif
