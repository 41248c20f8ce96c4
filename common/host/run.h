/*
 * Commands of the configuration: sh -c 'COMMAND "$@"' sh args…, so that an
 * argument is passed and never pasted.  The child has default signals (SIGINT,
 * where it is ignored, stays so), no SATCHEL_PASSWORD, and only the descriptors
 * 0, 1 and 2.
 */
#ifndef HOST_RUN_H
#define HOST_RUN_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct run {
	const char *command;
	const char *const *args; /* NULL-ended; NULL for none */
	struct span input;	 /* fed to it; empty: /dev/null */
	int input_fd;		 /* its standard input where above 0 */
	size_t output_max;	 /* more output is ERR_DATA */
};

/*
 * Runs to the end; its standard output is appended to *out (NULL: goes to
 * standard error).  0 with *status the exit status (128 + signal), -1 where it
 * could not run.
 */
int run_command(const struct run *, struct buf *out, int *status,
    struct err *);

/* The first line of what it prints, for secrets: ERR_AUTH if it fails. */
int run_secret(const char *command, struct buf *out, struct err *);

/* Starts it with one end of a socket as its standard input and output. */
int run_tunnel(const char *command, int *fd, pid_t *, struct err *);

#define RUN_CANNOT_EXEC 127 /* the exit status of what cannot be run */

/* Starts a program itself, no shell between, with one end of a socket so. */
int run_partner(const char *const *argv, int *fd, pid_t *, struct err *);

/*
 * Starts a program itself, no shell between, found by PATH where its name has
 * no slash; *out reads its standard output.  It has our environment, all of
 * it, and /dev/null as its standard input.  What cannot be run ends with
 * RUN_CANNOT_EXEC.
 */
int run_program(const char *const *argv, int *out, pid_t *, struct err *);
/* Waits for its end: 0 with *status, as run_command's. */
int run_end(pid_t, int *status, struct err *);

/* Whether this process ignores that signal, and so does what it runs. */
bool run_ignores(int signal_number);

#endif
