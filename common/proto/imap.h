/*
 * IMAP, the client's side (RFC 3501, RFC 9051), without a socket: commands go
 * in with imap_ask, the server's bytes with imap_push; events come out of
 * imap_next and bytes to send out of imap_pending.  Commands may be asked
 * while others wait for their answer; nothing of a mail is held in memory.
 *
 * What the server says, and what comes of it:
 *
 *	greeting OK, PREAUTH	ON_GREETING, its CAPABILITY code is kept
 *	BYE not asked for	-1, ERR_TEMP, also as the greeting
 *	tag OK, NO, BAD		ON_DONE; a tag that is not in flight, or whose
 *				command was not sent whole: -1, ERR_PROTO
 *	+			lets a literal go, or is ON_CHALLENGE, or -1
 *	OK, NO, BAD		codes CAPABILITY, UIDVALIDITY, UIDNEXT and
 *				READ-ONLY are kept; ALERT is ON_ALERT
 *	CAPABILITY, EXISTS	kept
 *	EXPUNGE, VANISHED	EXISTS is one less; passed over (UIDs are used)
 *	SEARCH, ESEARCH		ON_UIDS for each range
 *	LIST			ON_LIST
 *	FETCH			ON_BODY, ON_DATA…, ON_BODY_END for a body (a
 *				literal, a quoted string, or NIL), then
 *				ON_MESSAGE with all else that it said, in
 *				whatever order; unknown items passed over
 *	anything else		passed over, its literals too
 *
 * Where the connection starts in the clear: ask STARTTLS after the greeting,
 * call imap_starttls at its ON_DONE, shake hands, go on.
 */
#ifndef PROTO_IMAP_H
#define PROTO_IMAP_H

#include "base/buf.h"
#include "base/err.h"

#define IMAP_ASKED_MAX 64	 /* commands in flight */
#define IMAP_CAPABILITY_MAX 16384 /* bytes of all; more are passed over */
#define IMAP_FLAGS_MAX 16384	 /* bytes of a message's flags */
#define IMAP_DEPTH_MAX 100	 /* parentheses within each other */

/* All of a message; reading it marks nothing. */
#define IMAP_WHOLE "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"

enum imap_verb {
	IMAP_NONE,
	IMAP_CAPABILITY,
	IMAP_STARTTLS,
	IMAP_AUTHENTICATE, /* name: mechanism; secret: initial response */
	IMAP_LOGIN,	   /* name: user; secret: password */
	IMAP_LIST,	   /* name: pattern */
	IMAP_SELECT,	   /* name: mailbox */
	IMAP_EXAMINE,	   /* name: mailbox */
	IMAP_UID_SEARCH,   /* words: the keys */
	IMAP_UID_FETCH,	   /* set; words: the items */
	IMAP_UID_STORE,	   /* set; words: "+FLAGS.SILENT (\Deleted)" */
	IMAP_UID_EXPUNGE,  /* set; with UIDPLUS only */
	IMAP_NOOP,
	IMAP_LOGOUT
};

/* A command.  Everything is copied; nothing in it may have CR, LF or NUL. */
struct imap_ask {
	enum imap_verb verb;
	struct span name;  /* bytes; a mailbox as the server writes it, see
			      proto/utf7.h */
	struct span secret; /* never in the trace */
	bool has_initial;   /* AUTHENTICATE: secret is the initial response,
			       not base64; sent with the command or, without
			       SASL-IR, as the first answer */
	struct span set;    /* UIDs: "1:300,305" */
	struct span words;  /* sent as they are */
};

enum imap_status { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_PREAUTH };

enum imap_on {
	IMAP_ON_GREETING,  /* status OK or PREAUTH */
	IMAP_ON_DONE,	   /* verb, tag, status, code, text */
	IMAP_ON_CHALLENGE, /* data, not base64: imap_answer or imap_cancel */
	IMAP_ON_ALERT,	   /* text, which the user must see */
	IMAP_ON_UIDS,	   /* uid to last: found */
	IMAP_ON_LIST,	   /* name, delimiter, flags */
	IMAP_ON_BODY,	   /* section; size, or is_nil: no data, no end */
	IMAP_ON_DATA,	   /* data: a piece of the body */
	IMAP_ON_BODY_END,
	IMAP_ON_MESSAGE	   /* number and what was said of uid, flags, date,
			      size; has_body where ON_BODY came before */
};

/* Spans live until the next call of imap_next or imap_push. */
struct imap_event {
	enum imap_on on;
	enum imap_verb verb;
	unsigned tag;
	enum imap_status status;
	struct span code;    /* the first word in [ ], empty if none */
	struct span text;
	struct span data;
	struct span name;
	struct span section; /* "" is the whole message */
	struct span flags;   /* blank-separated, as they were sent */
	struct span date;    /* INTERNALDATE, empty if not said */
	char delimiter;	     /* NUL: none */
	uint32_t number;
	uint32_t uid, last;  /* 0: not said */
	uint64_t size;	     /* of the body; ON_MESSAGE: RFC822.SIZE */
	bool has_body, has_flags, has_size, is_nil;
};

/* Of the mailbox selected last; imap_ask of SELECT or EXAMINE zeroes it. */
struct imap_mailbox {
	uint32_t exists, uidvalidity, uidnext;
	bool is_read_only;
};

struct imap;

/* With trace, imap_trace has lines. */
struct imap *imap_open(bool trace);
void imap_close(struct imap *); /* wipes; NULL is allowed */

/*
 * Queues a command; *tag, where not NULL, is what ON_DONE will name.
 * -1: ERR_USAGE for bytes that may not be in a command, ERR_AUTH for LOGIN
 * where the server refuses it, ERR_SOFTWARE for a command out of place:
 * after STARTTLS, AUTHENTICATE or LOGOUT without their answer, or too many.
 */
int imap_ask(struct imap *, const struct imap_ask *, unsigned *tag,
    struct err *);

/* Answers ON_CHALLENGE with bytes that are not base64; or gives up. */
void imap_answer(struct imap *, struct span response);
void imap_cancel(struct imap *);

/*
 * 1 with an event, 0 when more bytes are needed, -1 when the conversation has
 * failed: for good, each further call says the same.
 */
int imap_next(struct imap *, struct imap_event *, struct err *);

/*
 * At ON_DONE, OK, of STARTTLS, before the handshake: forgets what was said in
 * the clear.  ERR_PROTO where the server's bytes went on after its OK.
 */
int imap_starttls(struct imap *, struct err *);

/* What net/wire.h's struct machine needs; self is the struct imap. */
struct span imap_pending(void *self);
void imap_sent(void *self, size_t n);
int imap_push(void *self, struct span, struct err *);

/* The server's capabilities: whether they are known, and one of them. */
bool imap_knows(const struct imap *);
bool imap_can(const struct imap *, const char *name);
/* Appends the mechanisms of AUTH=, blank-separated. */
void imap_mechanisms(const struct imap *, struct buf *);

const struct imap_mailbox *imap_mailbox(const struct imap *);

/* Commands whose answer has not come. */
size_t imap_waiting(const struct imap *);

/*
 * What an ON_DONE that is not OK means, in the server's words; always -1.
 * Log-in: ERR_AUTH; SELECT and EXAMINE: ERR_NOINPUT; else ERR_REFUSED; codes
 * that say "later" ERR_TEMP; BAD: ERR_PROTO.
 */
int imap_refused(const struct imap_event *, struct err *);

/* The next line of the trace, valid until the next call; false: no more. */
bool imap_trace(struct imap *, char *direction, struct span *line);

#endif
