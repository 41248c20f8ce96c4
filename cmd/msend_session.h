/* An SMTP or LMTP session of msend over a wire. */
#ifndef CMD_MSEND_SESSION_H
#define CMD_MSEND_SESSION_H

#include "net/wire.h"
#include "proto/smtp.h"

struct session;

/*
 * Connects, secures and, where the server has a user, logs in with the secret.
 * ERR_TEMP, ERR_NOHOST, ERR_AUTH, ERR_CONFIG, ERR_REFUSED (the greeting).
 */
int session_open(const struct server *, struct span secret, struct session **,
    struct err *);
const struct smtp_caps *session_caps(const struct session *);

/*
 * Sends one mail; hold is called right before its end is let go and returns -1
 * to have it not sent.  On return every recipient has its outcome; -1 says why
 * those that are LATER or UNKNOWN without an answer are, and that the session
 * is over.
 */
int session_send(struct session *, struct smtp_mail *, struct span content,
    int (*hold)(void *, struct err *), void *arg, struct err *);

/* Says QUIT where the session is not over, waits shortly, and frees. */
void session_close(struct session *);

#endif
