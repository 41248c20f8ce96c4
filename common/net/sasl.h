/*
 * Log-in through GNU SASL (libgsasl): which mechanism, and its messages.  The
 * protocol machines carry them; nothing cryptographic is written here.
 */
#ifndef NET_SASL_H
#define NET_SASL_H

#include "base/buf.h"
#include "base/err.h"

struct sasl;

struct sasl_options {
	const char *user;
	const char *forced;	 /* account's auth; NULL: the strongest */
	const char *service;	 /* imap, pop, smtp */
	const char *host;
	struct span secret;	 /* borrowed until sasl_close */
	bool is_private;	 /* TLS, loopback or a Unix socket */
};

/*
 * Chooses among what the server offers (blank-separated names).  ERR_AUTH
 * where nothing fits: the text names what was offered.  A mechanism that shows
 * the secret is never taken where the connection is not private.
 */
int sasl_open(const struct sasl_options *, struct span offered,
    struct sasl **, struct err *);
void sasl_close(struct sasl *); /* wipes */

const char *sasl_mechanism(const struct sasl *);
/* True where the client speaks first, so an initial response may be sent. */
bool sasl_client_first(const struct sasl *);

/*
 * Answers a challenge; both are the bytes themselves, not base64.  Appends the
 * response to *out, which the caller wipes.  ERR_PROTO for a challenge when
 * the mechanism has said all.
 */
int sasl_step(struct sasl *, struct span challenge, struct buf *out,
    struct err *);

#endif
