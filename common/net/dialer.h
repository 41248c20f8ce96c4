/*
 * satchel-dial: libcurl in a program of its own that connects and hands the
 * connection over.  Streams use it, so that what fetches, lists and watches
 * holds and loads neither libcurl nor the three dozen libraries of libcurl's.
 *
 * It is started with one end of a socket as its standard input.  There come
 * the host in ASCII, the port, the proxy (after an "="; nothing: none) and the
 * time-out in ms, each ended by LF.  Back go an error's kind (ERR_NONE with the
 * connection's descriptor, SCM_RIGHTS), a blank and its text, and the end.
 */
#ifndef NET_DIALER_H
#define NET_DIALER_H

#include "net/wire.h"

#define DIALER_NAME "satchel-dial"

/*
 * Runs srv->dialer (NULL: DIALER_NAME by PATH) for the server's host, port and
 * proxy.  *fd is connected, non-blocking, closed on exec and the caller's.
 * Errors as dial_open's; "interrupted" as wait_fd's, and then it is ended;
 * ERR_OS where it cannot be run.
 */
int dialer_connect(const struct server *, int *fd, struct err *);

/*
 * The program's work: takes from fd what is to be dialled, dials, answers.  0
 * where it could answer, whatever that says; ERR_USAGE where fd is no socket or
 * says something else.  It dials no longer than stop is false, which is asked
 * each second: nobody may wait for the answer any more.
 */
int dialer_serve(int fd, bool (*stop)(void), struct err *);

#endif
