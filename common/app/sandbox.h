/*
 * Before a tool reads what strangers wrote it gives up what it does not need,
 * for itself and for all that it starts: who takes it over by a fault in a
 * parser holds little.  pledge(2) and unveil(2) on OpenBSD; Landlock and a
 * seccomp filter on Linux, as far as the kernel has them and, for the filter,
 * libseccomp was there when this was built; nothing elsewhere.
 *
 * Gone are, with what Linux gives as the reason (EACCES or EPERM):
 * - writing, creating and removing files, but for regular ones in write_dirs
 *   and below, and /dev/null; directories, links, renaming into another
 *   directory; modes, owners, times and attributes everywhere;
 * - without may_exec: processes and commands;
 * - without may_net: sockets of every kind;
 * - tracing, signalling and reading other processes, input pushed into the
 *   terminal, mounts, namespaces, and what only root could do anyway.
 * Descriptors that are open stay as they are.  What is built with the address
 * sanitizer keeps processes and tracing: it looks for leaks with both.
 *
 * Files stay readable, all of them: the names of messages come one by one,
 * iconv loads a table when a charset first asks for it, a command needs its
 * interpreter and libraries.  A list of all that would be wrong somewhere.
 * What is read can leave only through the results, which their reader asked
 * for, and through write_dirs.
 */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

#include "base/buf.h"
#include "base/err.h"

struct sandbox {
	const char *const *write_dirs; /* paths, NULL-ended; NULL: none */
	bool may_exec;
	bool may_net;
};

/*
 * Once, for good, and before there is a second thread.  That a system has
 * nothing of this is no error; ERR_OS where it has it and refuses, ERR_NOINPUT
 * where one of write_dirs is no directory: the tool must not go on then.
 */
int sandbox_enter(const struct sandbox *, struct err *);

/* Appends the line for -V: what sandbox_enter would put in force here. */
void sandbox_describe(struct buf *);

#endif
