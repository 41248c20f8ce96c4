/*
 * What a client says to log in with an access token: OAUTHBEARER (RFC 7628)
 * and the older XOAUTH2 of some providers.  Bytes, not base64.
 */
#ifndef PROTO_BEARER_H
#define PROTO_BEARER_H

#include "base/buf.h"
#include "base/err.h"

struct bearer {
	const char *user;
	const char *host; /* as we call the server */
	unsigned port;
	struct span token;
};

/*
 * Append the one message of each.  ERR_CONFIG for a user with a control in it,
 * ERR_AUTH for a token that is none (RFC 6750, section 2.1, widened to all
 * that is printable): neither can then end its field early.
 */
int bearer_oauthbearer(const struct bearer *, struct buf *, struct err *);
int bearer_xoauth2(const struct bearer *, struct buf *, struct err *);

#endif
