/* An SMTP or LMTP session of msend over a wire. */
#ifndef CMD_MSEND_SESSION_H
#define CMD_MSEND_SESSION_H

#include "app/account.h"
#include "proto/smtp.h"

struct session;

/*
 * Connects, secures and, where the server has a user or the account asks for a
 * mechanism, logs in; a password is asked for where prompt allows it.
 * ERR_TEMP, ERR_NOHOST, ERR_AUTH, ERR_CONFIG, ERR_REFUSED (the greeting).
 */
int session_open(const struct server *, const struct account *, bool prompt,
    struct session **, struct err *);
const struct smtp_caps *session_caps(const struct session *);

/* The caller keeps both until it is settled or the session closed. */
struct session_mail {
	struct smtp_mail smtp; /* first: an event's mail is one of these */
	struct span content;
};

/*
 * Queues a mail behind those on their way, SMTP_WINDOW at most: as
 * smtp_submit.
 */
int session_submit(struct session *, struct session_mail *, struct err *);

/*
 * Sends and reads on until something is to be told: 1 with HELD, then to be
 * released, or SETTLED.  0 where nothing is to be told before the next wait,
 * which is only made where may_wait says so, and after the session's end.
 */
int session_next(struct session *, bool may_wait, struct smtp_event *);
void session_release(struct session *, struct session_mail *);

/* After the end, and why; what was on its way is settled by session_next. */
bool session_is_over(const struct session *);
const struct err *session_why(const struct session *);
/* Ends it for that reason. */
void session_abort(struct session *, const struct err *);

/*
 * Says QUIT where the session is not over, but does not wait for the answer,
 * which would change nothing; frees.
 */
void session_close(struct session *);

#endif
