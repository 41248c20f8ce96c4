/*
 * What an IMAP server could do after log-in last time, so that the next session
 * need not ask first: a file for each server and user below
 * $XDG_CACHE_HOME/satchel/imap, which may be removed at any time.
 */
#ifndef APP_IMAP_CACHE_H
#define APP_IMAP_CACHE_H

#include "net/wire.h"

/* Appends the capabilities, blank-separated; -1 where none are known. */
int imap_cache_read(const struct server *, struct buf *);

/* Where it cannot be written, the next session asks. */
void imap_cache_write(const struct server *, struct span capabilities);

#endif
