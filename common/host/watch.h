/*
 * Directories, watched for names that appear in them: by inotify on Linux, by
 * kqueue where there is one, and elsewhere by a look at them each second.
 */
#ifndef HOST_WATCH_H
#define HOST_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct watch;

struct watch_event {
	size_t id;	  /* of the directory */
	const char *name; /* that appeared there, until the next call; NULL:
			     anything may have, look yourself */
	bool is_gone; /* it was deleted or moved: nothing more is told of it */
};

/*
 * out is a descriptor, to whose reader's end waiting is to end; -1: none.
 * ERR_OS.
 */
int watch_open(int out, struct watch **, struct err *);
void watch_close(struct watch *); /* NULL is fine */

/*
 * Watches a directory; ids count from 0, and a directory that was added before
 * may get the same again.  What appears from now on is told.  ERR_NOINPUT where
 * it cannot be watched, ERR_OS where the system watches no more.
 */
int watch_add(struct watch *, const char *path, size_t *id, struct err *);

/*
 * Waits for the next event: 1.  0 when nobody reads out any more; -1 is
 * ERR_TEMP "interrupted" as wait_fd's.  A name may be told twice, and one of a
 * file that is still being written is told again when it was closed, or, where
 * the system does not tell that, a moment later.
 */
int watch_next(struct watch *, struct watch_event *, bool (*stop)(void),
    struct err *);

#endif
