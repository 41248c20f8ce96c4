/*
 * The stream wire: libcurl dials (CONNECT_ONLY on the bare host and port: DNS,
 * happy eyeballs, IDN, proxies), or a Unix socket, or a tunnel; libtls
 * encrypts.  For long, pipelined and watching sessions, and LMTP.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/wire.h"

/*
 * Connects, and with implicit TLS shakes hands.  ERR_NOHOST, ERR_TEMP
 * (refused, timed out), ERR_AUTH (trust), ERR_CONFIG (files that are not
 * there).  The server's strings must outlive the wire.
 */
int stream_open(const struct server *, struct wire **, struct err *);

#endif
