/*
 * A wire whose bytes are compressed on another one, both ways, as raw DEFLATE
 * (RFC 1951; RFC 4978 for IMAP).  What is written goes out at once: each write
 * ends with all that the other side needs to read it.
 */
#ifndef NET_DEFLATE_H
#define NET_DEFLATE_H

#include "net/wire.h"

/*
 * Takes the inner wire over, which wire_close of the new one closes too.  came
 * is what was read from it already and is compressed.  A read is ERR_PROTO
 * where the bytes are no DEFLATE, ERR_TEMP where their stream ends.  There is
 * no STARTTLS any more.  -1, ERR_OS, where there is no memory: the inner wire
 * is the caller's as before.
 */
int deflate_open(struct wire *inner, struct span came, struct wire **,
    struct err *);

#endif
