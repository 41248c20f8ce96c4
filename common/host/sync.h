/*
 * Makes many files durable at once.  A disk that takes milliseconds for each
 * fsync serves many of them in one write of the file system's journal, but
 * only when they wait for it together.
 */
#ifndef HOST_SYNC_H
#define HOST_SYNC_H

#include <stddef.h>

#include "base/err.h"

struct sync_file {
	const char *name; /* for the error */
	int fd;
};

/*
 * fsync for each of the n files, in no order, by up to 16 threads, this one
 * among them; those that cannot be had are done without.  No thread is left
 * afterwards, and signals come to this one alone.  -1 is the error (ERR_IO) of
 * the first file of the list that failed; then any of those after it may not
 * have been tried.  Who was told so once must take none of them for durable:
 * another fsync may say 0, though what was written is lost.
 */
int sync_all(const struct sync_file *, size_t n, struct err *);

#endif
