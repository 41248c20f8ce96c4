/*
 * IMAP's modified UTF-7 (RFC 3501, section 5.1.3), in which mailbox names
 * travel.  Both ways are strict, so that a name has one form only.
 */
#ifndef PROTO_UTF7_H
#define PROTO_UTF7_H

#include "base/buf.h"

/* Appends the name as IMAP writes it; false if it is not UTF-8 or has a NUL. */
bool utf7_encode(struct span name, struct buf *out);

/* Appends the name as UTF-8; false if it is not the one form of a name. */
bool utf7_decode(struct span wire, struct buf *out);

#endif
