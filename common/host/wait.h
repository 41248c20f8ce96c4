/* Waiting for a descriptor, a deadline or a signal, without waking between. */
#ifndef HOST_WAIT_H
#define HOST_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define WAIT_NEVER INT64_MAX /* a deadline that does not come */

/*
 * Waits until fd (-1: none) is ready for these of poll's events, POLLIN and
 * POLLOUT, or has failed: 1; until the deadline (clock_mono_ms): 0.  -1 is
 * ERR_TEMP "interrupted" where stop (NULL: nothing does) is true, also after a
 * signal that came just before the wait; ERR_OS.
 */
int wait_fd(int fd, short events, int64_t until_ms, bool (*stop)(void),
    struct err *);

/* Whether fd is a pipe or the like that nobody reads any more. */
bool wait_is_unread(int fd);

#endif
