/*
 * How a session proves who it is: the account's secret and a mechanism that
 * the server and we know.  The protocols carry its messages:
 *
 *	login_open	with what the server offers; then, until it answers,
 *	login_answer	for each challenge (-1: cancel, and read on)
 *	login_end	for its yes
 *	login_refused	for its no, which may be asked again after login_again
 *
 * What the server says meanwhile is told through login_mask alone, for a
 * server may repeat what it was sent.
 */
#ifndef APP_LOGIN_H
#define APP_LOGIN_H

#include "app/account.h"
#include "net/sasl.h"

/* Zero is a closed one. */
struct login {
	const struct account *account;
	enum conf_side side;
	const struct server *server;
	const char *service;
	const struct sasl_mechanism *mechanism;
	struct buf secret;
	struct sasl *sasl;  /* NULL: the protocol's own command */
	struct buf initial; /* what the client says first, where it does */
	bool has_initial;
	bool is_fresh;	    /* the token has been asked for again */
	struct err failed;  /* of an answer */
	struct buf hidden;  /* what may not be shown, each with a NUL after */
};

/*
 * Chooses among the mechanisms that the server offers (blank-separated, with
 * the protocol's own commands by sasl.h's names) and gets their secret: the
 * token of oauth-command, or the password, asked for where prompt allows it.
 * ERR_AUTH where none fits or the secret would be sent in the clear;
 * ERR_CONFIG without a user or a secret.
 */
int login_open(struct login *, const struct account *, enum conf_side,
    const struct server *, const char *service, bool prompt,
    struct span offered, struct err *);
void login_close(struct login *); /* wipes */

/* As sasl_step; the caller wipes *out. */
int login_answer(struct login *, struct span challenge, struct buf *out);

/*
 * Whether nothing more is to be said, whatever the server answers: a token may
 * still be asked for anew.
 */
bool login_is_said(const struct login *);

/* ERR_AUTH where the server's yes is not to be believed. */
int login_end(struct login *, struct err *);

/*
 * *e has the server's refusal: nothing secret stays in it, and it is replaced
 * by our own reason where we had cancelled, or gets the server's explanation.
 * Always -1.
 */
int login_refused(struct login *, struct err *);

/*
 * Whether to ask once more, after that error: a token was refused and the
 * command now prints another.
 */
bool login_again(struct login *, const struct err *);

/* Appends the line without what may not be shown; NULL: as it is. */
void login_mask(const struct login *, struct span line, struct buf *out);

#endif
