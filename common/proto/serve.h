/*
 * The server's side of a small SMTP dialogue (RFC 5321), for programs that
 * hand mail to "sendmail -bs": bytes are pushed in, replies and whole messages
 * come out.  No log-in, no TLS: it stands on a pipe.  Zero, then serve_begin,
 * is a new one.
 */
#ifndef PROTO_SERVE_H
#define PROTO_SERVE_H

#include "mail/addr.h"
#include "proto/dot.h"

#define SERVE_LINE_MAX 2048	     /* bytes of a command */
#define SERVE_RCPT_MAX 10000	     /* recipients of a message */
#define SERVE_DATA_MAX (512u << 20) /* bytes of a message */

struct serve {
	struct buf in, out;	/* out: replies to be written */
	bool has_hello, has_from, is_over;
	enum { SERVE_COMMAND, SERVE_DATA, SERVE_WAIT } state;
	struct dot dot;
	struct addr_list from;	/* empty for <> */
	struct addr_list rcpt;
	struct buf data;	/* unstuffed, its lines end in CR LF */
	bool is_too_long;
};

/* The greeting, with this host's name. */
void serve_begin(struct serve *, const char *host);
void serve_push(struct serve *, struct span);

/*
 * 1 where a whole message is in from, rcpt and data, until serve_answer says
 * what became of it; 0 where more input is needed; -1 after QUIT, and after a
 * line that is too long.
 */
int serve_next(struct serve *);
/* The reply to the message: text "2.0.0 taken" and so on, without line ends. */
void serve_answer(struct serve *, int code, const char *text);
void serve_free(struct serve *);

#endif
