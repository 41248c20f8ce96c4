/* A POP3 session: a stream, the machine on it, TLS and log-in done. */
#ifndef APP_POP_SESSION_H
#define APP_POP_SESSION_H

#include "app/account.h"
#include "proto/pop.h"

struct login;

/* Zero is a closed one. */
struct pop_session {
	struct server server;
	struct wire *wire;
	struct pop *pop;  /* for pop_ask and what it knows */
	const char *tool; /* says the trace */
	struct buf stamp; /* the greeting's, for APOP; empty: none */
	const struct login *login; /* while it lasts: masks the trace */
};

/*
 * Connects as the account and the URL say, which must outlive it, and logs
 * in; as imap_session_open.
 */
int pop_session_open(struct pop_session *, const struct account *,
    const struct url *, const char *tool, bool verbose, struct err *);

/* Hangs up: without QUIT's answer a server deletes nothing. */
void pop_session_close(struct pop_session *);

/* The next event, waited for: 0, or -1. */
int pop_session_next(struct pop_session *, struct pop_event *, struct err *);

/* Asks and passes over events until the answer; not +OK is -1. */
int pop_session_do(struct pop_session *, const struct pop_ask *,
    struct err *);

#endif
