/*
 * The carrier wire: libcurl opens an smtp, smtps, imap or imaps URL without
 * credentials (TLS or STARTTLS, EHLO or CAPABILITY) and hands over its
 * connection, on which our machine logs in and speaks.
 */
#ifndef NET_CARRIER_H
#define NET_CARRIER_H

#include "net/wire.h"

/*
 * Connects.  *greeting gets the server's lines of that phase, LF-ended, for
 * the machine to learn from: the greeting, then the last EHLO's answer
 * (220 ..., 250-..., 250 ...), or the untagged lines of the last CAPABILITY's
 * (its tagged line was libcurl's).  Where STARTTLS was said between them, an
 * IMAP greeting is cut to its first word, "* OK": its capabilities came in
 * clear.
 *
 * Errors as stream_open's; a server that turns us away with 4xx or BYE is
 * ERR_TEMP, with 5xx ERR_REFUSED.  A setting that libcurl cannot honour (a
 * socket, a tunnel, another protocol) is ERR_CONFIG; ERR_SOFTWARE where this
 * libcurl cannot open that way, and the caller falls back to stream_open.
 * What a server says unasked right behind its last answer is libcurl's and
 * lost; SMTP and IMAP servers have nothing to say there.
 * SIGPIPE must be ignored.  The server's strings must outlive the wire.
 */
int carrier_open(const struct server *, struct wire **, struct buf *greeting,
    struct err *);

#endif
