/*
 * The carrier wire: libcurl opens an smtp, smtps, imap or imaps URL without
 * credentials (TLS or STARTTLS, EHLO or CAPABILITY) and hands over its
 * connection, on which our machine logs in and speaks.
 */
#ifndef NET_CARRIER_H
#define NET_CARRIER_H

#include "net/wire.h"

/*
 * Connects.  *greeting gets the server's lines of that phase, LF-ended: the
 * greeting and the last EHLO's or CAPABILITY's answer, for the machine to
 * learn the capabilities from.  Errors as stream_open's; a setting that
 * libcurl cannot honour is ERR_CONFIG; ERR_SOFTWARE where this libcurl cannot
 * open that way, and the caller falls back to stream_open.
 */
int carrier_open(const struct server *, struct wire **, struct buf *greeting,
    struct err *);

#endif
