/* The names and addresses of the two ends of a connection. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "net/wire.h"

/*
 * Appends the server's host in ASCII (RFC 5890, by libidn2: libcurl's own
 * conversion depends on the locale).  ERR_CONFIG if it cannot be a host name.
 */
int address_host(const struct server *, struct buf *, struct err *);

/*
 * Appends the host's addresses, blank-separated, as the system's resolver gives
 * them.  ERR_NOHOST for a name that is not there, ERR_TEMP where it cannot be
 * asked now.
 */
int address_list(const struct server *, struct buf *, struct err *);

/* Appends the other end's address and port: 192.0.2.1:993, [2001:db8::1]:993 */
void address_far_end(int fd, struct buf *);

/* Appends SCHEME://HOST:PORT/ of a host from address_host. */
void address_url(const char *scheme, const char *host, unsigned port,
    struct buf *);

#endif
