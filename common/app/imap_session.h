/* An IMAP session: a stream, the machine on it, TLS and log-in done. */
#ifndef APP_IMAP_SESSION_H
#define APP_IMAP_SESSION_H

#include "app/account.h"
#include "proto/imap.h"

struct login;
struct imap_early;

/* Zero is a closed one. */
struct imap_session {
	struct server server;
	struct wire *wire;
	struct imap *imap; /* for imap_ask and what it knows */
	const char *tool;  /* says the trace and the server's alerts */
	bool is_over;	   /* after an error of the conversation */
	const struct login *login; /* while it lasts: masks what is told */
	bool compresses;   /* the account asks for it */
	bool is_early;	   /* commands went out before log-in was answered */
	const struct imap_early *early; /* while it opens */
};

/*
 * What is asked right after log-in.  Where may is set, the capabilities that
 * the server had last time are known, and nothing more of the log-in is to be
 * said, it goes out before the log-in's answer: a round trip less.  A server
 * that has changed then says BAD to what it does not know.
 */
struct imap_early {
	int (*ask)(void *, struct imap_session *, struct err *);
	void *arg;
	bool may;
};

/*
 * Connects as the account and the URL say, which must outlive it, and logs
 * in.  Where the URL's scheme has no TLS of its own, STARTTLS is required.
 * With verbose the conversation is told.  Errors as stream_open's and
 * login_open's; ERR_AUTH also where the server has no STARTTLS.
 */
int imap_session_open(struct imap_session *, const struct account *,
    const struct url *, const char *tool, bool verbose, struct err *);

/*
 * The same, and asks: the answers are for the caller to read.  What the server
 * can is remembered for the next time.
 */
int imap_session_open_early(struct imap_session *, const struct account *,
    const struct url *, const char *tool, bool verbose,
    const struct imap_early *, struct err *);

/* Sends LOGOUT where it can be heard, but does not wait for the answer. */
void imap_session_close(struct imap_session *);

/* Whether it is open, and all that was asked of it is answered. */
bool imap_session_is_at_rest(const struct imap_session *);

/* The next event, waited for: 0, or -1. */
int imap_session_next(struct imap_session *, struct imap_event *,
    struct err *);

/*
 * For who waits for what a server says by itself, after imap_next had nothing:
 * 1 when something has come, to be asked for with imap_next; 0 at the deadline
 * (clock_mono_ms); or -1.
 */
int imap_session_wait(struct imap_session *, int64_t until_ms, struct err *);

/*
 * Idles in the mailbox that is open (RFC 2177): 1 when it has more messages,
 * or, with any_change, when anything has become of it; 0 when the time comes
 * (clock_mono_ms); -1.  The server answers once more before it returns, so
 * that one that is gone is noticed.
 */
int imap_session_idle(struct imap_session *, bool any_change,
    int64_t until_ms, struct err *);

/* Asks and passes over events until the answer; not OK is -1. */
int imap_session_do(struct imap_session *, const struct imap_ask *,
    struct err *);

#endif
