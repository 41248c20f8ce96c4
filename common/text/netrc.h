/*
 * The netrc file of ftp(1) and curl(1): machine, default, login, password,
 * account and macdef tokens; values may be quoted with \ escapes.
 */
#ifndef TEXT_NETRC_H
#define TEXT_NETRC_H

#include "base/buf.h"

/*
 * Appends the password of the first entry for the host whose login is user
 * (or that names none; user NULL takes any).  1, or 0 where there is none.
 */
int netrc_find(struct span text, const char *host, const char *user,
    struct buf *password);

#endif
