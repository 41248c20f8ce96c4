/* Advisory locks between processes (fcntl), released when the holder dies. */
#ifndef HOST_LOCK_H
#define HOST_LOCK_H

#include "base/err.h"

/*
 * Opens path (created 0600 below an existing directory) and locks it, waiting
 * at most wait_ms.  The descriptor that holds the lock, to be closed; -1 is
 * ERR_TEMP where another process has it.
 */
int lock_take(const char *path, int wait_ms, struct err *);

/*
 * The same for a descriptor that is open for writing: 0, or -1.  The lock goes
 * when the process closes the file, by whichever descriptor it does.
 */
int lock_fd(int fd, const char *path, int wait_ms, struct err *);
void lock_free(int fd);

#endif
