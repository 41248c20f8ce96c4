/*
 * Log-in through GNU SASL (libgsasl): which mechanism, and its messages.  The
 * protocol machines carry them; nothing cryptographic is written here.
 *
 * The strongest first, where nothing is asked for by name:
 *
 *	EXTERNAL	only where there is a client certificate
 *	OAUTHBEARER	only where there is a token: these two and no other
 *	XOAUTH2
 *	SCRAM-SHA-256	prove the password to each other, and do not show it
 *	SCRAM-SHA-1
 *	PLAIN		only where nobody else can listen
 *	LOGIN
 *	CRAM-MD5	does not show it, but the server has to keep it readable
 *	USER		the protocol's own command, that shows it
 *	GSSAPI, APOP	only where asked for
 *
 * There is no SCRAM-…-PLUS: libtls tells nothing to bind the channel with.
 */
#ifndef NET_SASL_H
#define NET_SASL_H

#include "net/wire.h"

enum sasl_secret {
	SASL_NOTHING,  /* the certificate or a ticket says it */
	SASL_PASSWORD,
	SASL_TOKEN
};

struct sasl_mechanism {
	const char *name;
	enum sasl_secret secret;
	bool is_client_first; /* an initial response may be sent */
	bool shows_secret;    /* to whoever listens */
	bool is_command;      /* the protocol's own, not of SASL */
	bool is_asked;	      /* taken only where asked for */
};

struct sasl_options {
	const struct server *server; /* user (NULL: whom the certificate or
					ticket names), auth (names that blanks
					or commas part: the first that is
					offered), host, port, TLS */
	const char *service;	     /* imap, pop, smtp */
	bool has_token;
	struct span secret;	     /* borrowed until sasl_close */
};

/* The mechanism of that name, or NULL. */
const struct sasl_mechanism *sasl_named(struct span);

/*
 * Chooses among what the server offers (blank-separated names; a protocol adds
 * the commands of its own).  ERR_AUTH where nothing fits: the text names what
 * was offered.  A mechanism that shows the secret is never taken where others
 * could listen, but if the server's auth names it and is_insecure allows it.
 */
int sasl_choose(const struct sasl_options *, struct span offered,
    const struct sasl_mechanism **, struct err *);

struct sasl;

/* Begins with a mechanism that is no command. */
int sasl_open(const struct sasl_mechanism *, const struct sasl_options *,
    struct sasl **, struct err *);
void sasl_close(struct sasl *); /* wipes */

/*
 * Answers a challenge; both are the bytes themselves, not base64.  Appends the
 * response to *out, which the caller wipes.  ERR_PROTO for a challenge when
 * the mechanism has said all, ERR_AUTH for a server that does not prove what it
 * has to.
 */
int sasl_step(struct sasl *, struct span challenge, struct buf *out,
    struct err *);

/* Whether the mechanism has nothing more to say. */
bool sasl_is_said(const struct sasl *);

/*
 * To be asked when the server has said yes: ERR_AUTH where the mechanism makes
 * it prove that it knows the secret, and it has not.
 */
int sasl_end(const struct sasl *, struct err *);

/* Why the server does not take a token, in its words (JSON); else empty. */
struct span sasl_said(const struct sasl *);

#endif
