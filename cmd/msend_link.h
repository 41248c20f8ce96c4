/* The sessions of a run of msend: one an account, opened when it is needed. */
#ifndef CMD_MSEND_LINK_H
#define CMD_MSEND_LINK_H

#include "msend.h"
#include "msend_session.h"

struct link {
	struct link *next;
	char *account;
	struct url url;
	struct server server;
	struct session *session; /* NULL: none is open */
	bool has_progress; /* a message had an answer over this connection */
	bool has_failed;   /* and is not tried again in this run */
	struct err why;
};

/* The present account's. */
struct link *link_find(struct msend *);

/*
 * Makes its session ready: opens it where there is none, or where the one
 * before ended but had got something done.  -1 with why it cannot, the same
 * for every message after a first that failed.
 */
int link_open(struct msend *, struct link *, bool may_prompt, struct err *);

/* The account's "send" as a URL of a kind that mail is sent to. */
int link_target(struct msend *, struct url *, struct err *);
/* The server of an SMTP or LMTP URL; borrows from that and the account. */
int link_server(struct msend *, const struct url *, struct server *,
    struct err *);

#endif
