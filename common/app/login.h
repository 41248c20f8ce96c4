/*
 * How a session proves who it is: the account's secret and a mechanism that
 * the server and we know.  The protocols carry its messages.
 */
#ifndef APP_LOGIN_H
#define APP_LOGIN_H

#include "app/account.h"
#include "net/sasl.h"

/* Zero is a closed one. */
struct login {
	struct buf secret;
	struct sasl *sasl;  /* NULL: the protocol's own command, see below */
	struct buf initial; /* what the client says first, where it does */
	bool has_initial;
};

/*
 * Gets the secret and chooses among the mechanisms that the server offers
 * (blank-separated).  sasl is NULL where it offers none that we know and the
 * account asks for none: the protocol's own LOGIN or USER and PASS are then
 * left.  ERR_AUTH where the mechanism asked for does not fit or the secret
 * would be sent in the clear; ERR_CONFIG without a user or a secret.
 */
int login_open(struct login *, const struct account *, enum conf_side,
    const struct server *, const char *service, struct span offered,
    struct err *);
void login_close(struct login *); /* wipes */

#endif
