/*
 * POP3, the client's side (RFC 1939; CAPA RFC 2449, STLS RFC 2595, SASL
 * RFC 5034, RESP-CODES RFC 3206, UTF8 RFC 6856), without a socket: commands
 * go in with pop_ask, the server's bytes with pop_push; events come out of
 * pop_next and bytes to send out of pop_pending.  Commands may be asked ahead:
 * with PIPELINING they go out at once, without it one by one as answers come.
 *
 * What the server says, and what comes of it:
 *
 *	+OK greeting	ON_GREETING
 *	-ERR greeting	-1, ERR_TEMP; with SYS/PERM ERR_REFUSED
 *	+OK, -ERR	ON_DONE of the oldest command, after all that is below;
 *			to a command that was not sent, or none: -1, ERR_PROTO
 *	+		to AUTH: ON_CHALLENGE; else -1
 *	CAPA's lines	kept; -ERR: there are none
 *	UIDL's lines	ON_UIDL each; LIST's lines: ON_SIZE each
 *	RETR's, TOP's	ON_BODY, ON_DATA… without the stuffed dots, ON_BODY_END;
 *			nothing of it is held in memory
 *
 * Where the connection starts in the clear: ask STLS after the greeting (and
 * CAPA), call pop_stls at its ON_DONE, shake hands, go on.
 */
#ifndef PROTO_POP_H
#define PROTO_POP_H

#include "base/buf.h"
#include "base/err.h"

#define POP_ASKED_MAX 64	 /* commands in flight */
#define POP_LINE_MAX 8192	 /* bytes of a line that is not of a message */
#define POP_CAPABILITY_MAX 16384 /* bytes of all; more are ERR_PROTO */
#define POP_UIDL_MAX 512	 /* bytes; RFC 1939 says 70, some go further */

enum pop_verb {
	POP_CAPA,
	POP_STLS,
	POP_AUTH, /* text: mechanism; secret: initial response */
	POP_USER, /* text: user */
	POP_PASS, /* secret: password */
	POP_UIDL,
	POP_LIST,
	POP_RETR, /* number */
	POP_TOP,  /* number; the header alone */
	POP_DELE, /* number */
	POP_NOOP,
	POP_QUIT,
	POP_APOP, /* text: user; secret: the digest */
	POP_UTF8  /* before log-in: messages as they are, not downgraded */
};

/* A command.  Everything is copied; nothing in it may have CR, LF or NUL. */
struct pop_ask {
	enum pop_verb verb;
	uint32_t number;
	struct span text;
	struct span secret; /* never in the trace */
	bool has_initial;   /* AUTH: secret is the initial response, not
			       base64; sent with the command where that is
			       short enough, else as the first answer */
};

enum pop_on {
	POP_ON_GREETING,
	POP_ON_DONE,	  /* verb, number, is_ok, code, text */
	POP_ON_CHALLENGE, /* data, not base64: pop_answer or pop_cancel */
	POP_ON_UIDL,	  /* number, name */
	POP_ON_SIZE,	  /* number, size */
	POP_ON_BODY,	  /* number */
	POP_ON_DATA,	  /* number, data */
	POP_ON_BODY_END	  /* number */
};

/* Spans live until the next call of pop_next or pop_push. */
struct pop_event {
	enum pop_on on;
	enum pop_verb verb;
	uint32_t number; /* of the command, or the line's own */
	bool is_ok;
	struct span code; /* what stands in [ ], empty if none */
	struct span text;
	struct span data;
	struct span name; /* UIDL: 1 to POP_UIDL_MAX bytes, 0x21 to 0x7e */
	uint64_t size;
};

struct pop;

/* With trace, pop_trace has lines. */
struct pop *pop_open(bool trace);
void pop_close(struct pop *); /* wipes; NULL is allowed */

/*
 * Queues a command.  -1: ERR_USAGE for bytes that may not be in one,
 * ERR_SOFTWARE for a command out of place: after STLS, AUTH or QUIT without
 * their answer, or too many.
 */
int pop_ask(struct pop *, const struct pop_ask *, struct err *);

/* Answers ON_CHALLENGE with bytes that are not base64; or gives up. */
void pop_answer(struct pop *, struct span response);
void pop_cancel(struct pop *);

/*
 * 1 with an event, 0 when more bytes are needed, -1 when the conversation has
 * failed: for good, each further call says the same.
 */
int pop_next(struct pop *, struct pop_event *, struct err *);

/*
 * At ON_DONE, is_ok, of STLS, before the handshake: forgets what was said in
 * the clear.  ERR_PROTO where the server's bytes went on after its +OK.
 */
int pop_stls(struct pop *, struct err *);

/* What net/wire.h's struct machine needs; self is the struct pop. */
struct span pop_pending(void *self);
void pop_sent(void *self, size_t n);
int pop_push(void *self, struct span, struct err *);

/* The server's capabilities: whether CAPA was answered, one of them. */
bool pop_knows(const struct pop *);
bool pop_can(const struct pop *, const char *name);
/* The number that one has: LOGIN-DELAY's seconds, EXPIRE's days. */
bool pop_figure(const struct pop *, const char *name, uint32_t *);
/* All of them, LF-ended lines; valid until the next pop_next. */
struct span pop_capabilities(const struct pop *);
/* Appends the mechanisms of SASL, blank-separated. */
void pop_mechanisms(const struct pop *, struct buf *);

/* Commands whose answer has not come. */
size_t pop_waiting(const struct pop *);

/*
 * What an ON_DONE that is not OK means, in the server's words; always -1.
 * Codes that say "later": ERR_TEMP; SYS/PERM: ERR_REFUSED; log-in, and AUTH:
 * ERR_AUTH; else ERR_REFUSED.
 */
int pop_refused(const struct pop_event *, struct err *);

/* The next line of the trace, valid until the next call; false: no more. */
bool pop_trace(struct pop *, char *direction, struct span *line);

#endif
