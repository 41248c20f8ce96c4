/*
 * Makes files durable while others are still written.  A disk that takes
 * milliseconds for each fsync serves many of them at once, but only when they
 * wait for it together.
 */
#ifndef HOST_SYNC_H
#define HOST_SYNC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct sync_file {
	const char *name; /* for the error */
	int fd;
	bool closes;	  /* it is closed then; that it fails is told too */
};

struct sync;

/* No thread is there before there is a file. */
struct sync *sync_open(void);
/* Waits for what is under way; NULL is allowed. */
void sync_close(struct sync *);

/*
 * An fsync of the file begins, in one of up to 16 threads, which have no
 * signals; those that cannot be had are done without.  Its name and descriptor
 * are lent until sync_wait returns.  Where too many wait for a thread already,
 * for the descriptors that a process may have, this one works on some of them.
 */
void sync_add(struct sync *, struct sync_file);

/*
 * Waits until each file that was added is durable, and forgets them.  -1 is the
 * error (ERR_IO) of the first that failed, in the order they were added; then
 * any of those after it may not have been tried.  Who was told so once must
 * take none of them for durable: another fsync may say 0, though what was
 * written is lost.
 */
int sync_wait(struct sync *, struct err *);

/* All of that for n files, this thread helping; no thread is left. */
int sync_all(const struct sync_file *, size_t n, struct err *);

#endif
