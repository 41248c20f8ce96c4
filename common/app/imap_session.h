/* An IMAP session: a stream, the machine on it, TLS and log-in done. */
#ifndef APP_IMAP_SESSION_H
#define APP_IMAP_SESSION_H

#include "app/account.h"
#include "proto/imap.h"

struct login;

/* Zero is a closed one. */
struct imap_session {
	struct server server;
	struct wire *wire;
	struct imap *imap; /* for imap_ask and what it knows */
	const char *tool;  /* says the trace and the server's alerts */
	bool is_over;	   /* after an error of the conversation */
	const struct login *login; /* while it lasts: masks what is told */
};

/*
 * Connects as the account and the URL say, which must outlive it, and logs
 * in.  Where the URL's scheme has no TLS of its own, STARTTLS is required.
 * With verbose the conversation is told.  Errors as stream_open's and
 * login_open's; ERR_AUTH also where the server has no STARTTLS.
 */
int imap_session_open(struct imap_session *, const struct account *,
    const struct url *, const char *tool, bool verbose, struct err *);

/* Sends LOGOUT where it can be heard, but does not wait for the answer. */
void imap_session_close(struct imap_session *);

/* The next event, waited for: 0, or -1. */
int imap_session_next(struct imap_session *, struct imap_event *,
    struct err *);

/* Asks and passes over events until the answer; not OK is -1. */
int imap_session_do(struct imap_session *, const struct imap_ask *,
    struct err *);

#endif
