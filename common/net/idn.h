/* Internationalised domain names (RFC 5890 to 5893), by libidn2. */
#ifndef NET_IDN_H
#define NET_IDN_H

#include "base/buf.h"

/*
 * Appends the domain in ASCII, its A-labels; false, with nothing appended,
 * where it cannot be one.
 */
bool idn_ascii(const char *domain, struct buf *);

#endif
