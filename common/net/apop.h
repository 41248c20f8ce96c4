/* POP3's APOP (RFC 1939, section 7): MD5 of a time stamp and the secret. */
#ifndef NET_APOP_H
#define NET_APOP_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends the digest in hexadecimal.  ERR_AUTH where libcrypto has no MD5, as
 * some systems forbid it.
 */
int apop_digest(struct span stamp, struct span secret, struct buf *,
    struct err *);

#endif
