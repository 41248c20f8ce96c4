/*
 * IMAP, the client's side (RFC 3501, 9051, and 4315, 4978, 5161, 5182, 5256,
 * 5819, 6855, 7162, 7888, 8474), without a socket: commands go
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
 *	OK, NO, BAD		codes CAPABILITY, UIDVALIDITY, UIDNEXT,
 *				HIGHESTMODSEQ and READ-ONLY are kept; ALERT
 *				is ON_ALERT
 *	CAPABILITY, ENABLED	kept
 *	EXISTS			kept, ON_EXISTS
 *	EXPUNGE			EXISTS is one less; ON_EXPUNGE
 *	VANISHED		ON_VANISHED for each range; EXISTS is less by
 *				them unless they vanished EARLIER
 *	SEARCH, SORT		ON_UIDS for each, in the server's order
 *	ESEARCH			ON_UIDS for each range of ALL; ON_COUNTED
 *				where it said MIN, MAX, COUNT or MODSEQ
 *	LIST, STATUS, NAMESPACE	ON_LIST, ON_STATUS, ON_NAMESPACE
 *	FETCH			ON_BODY, ON_DATA…, ON_BODY_END for a body (a
 *				literal, a quoted string, or NIL), then
 *				ON_MESSAGE with all else that it said, in
 *				whatever order; unknown items passed over
 *	anything else		passed over, its literals too
 *
 * SELECT and EXAMINE may be asked while commands on the mailbox before them
 * wait.  What is said goes with the mailbox that the event names: the change
 * comes when all that was asked before is answered, or at the code CLOSED.
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
	IMAP_ENABLE,	   /* words: "QRESYNC UTF8=ACCEPT" */
	IMAP_ID,	   /* words: NIL or ("name" "satchel") */
	IMAP_COMPRESS,	   /* DEFLATE: see imap_compress */
	IMAP_NAMESPACE,
	IMAP_LIST,	   /* name: pattern; words: what follows, or none:
			      "RETURN (STATUS (UIDNEXT UIDVALIDITY))" */
	IMAP_STATUS,	   /* name: mailbox; words: "(MESSAGES UIDNEXT)" */
	IMAP_CREATE,	   /* name: mailbox */
	IMAP_SELECT,	   /* name: mailbox; words: none, "(CONDSTORE)" or
			      "(QRESYNC (uidvalidity modseq uids))" */
	IMAP_EXAMINE,	   /* as SELECT; to Courier SELECT is sent for it,
			      as the UIDs of its EXAMINE do not last */
	IMAP_APPEND,	   /* name: mailbox; words: none, or flags and date:
			      "(\Seen) \" 1-Feb-2026 10:00:00 +0000\"";
			      size: see imap_literal */
	IMAP_UID_SEARCH,   /* words: the keys, or "RETURN (MIN COUNT) keys" */
	IMAP_UID_SORT,	   /* words: "(REVERSE DATE) UTF-8 ALL" */
	IMAP_UID_FETCH,	   /* set; words: the items, and modifiers */
	IMAP_UID_STORE,	   /* set; words: "+FLAGS.SILENT (\Deleted)" */
	IMAP_UID_EXPUNGE,  /* set; with UIDPLUS only */
	IMAP_IDLE,	   /* ended by imap_idle_end */
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
	struct span words;  /* sent as they are, but */
	const struct span *strings; /* each ? in words is the next of these,
			       quoted or as a literal; NULL: a ? is a ? */
	size_t n_strings;
	uint64_t size;	    /* of what APPEND appends, with CR LF */
};

enum imap_status { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_PREAUTH };

enum imap_on {
	IMAP_ON_GREETING,  /* status OK or PREAUTH */
	IMAP_ON_DONE,	   /* verb, tag, status, code, text */
	IMAP_ON_CHALLENGE, /* data, not base64: imap_answer or imap_cancel */
	IMAP_ON_ALERT,	   /* text, which the user must see */
	IMAP_ON_UIDS,	   /* uid to last: found */
	IMAP_ON_COUNTED,   /* what ESEARCH said of uid (MIN), last (MAX),
			      number (COUNT; see has_count), modseq */
	IMAP_ON_LIST,	   /* name, delimiter, flags */
	IMAP_ON_NAMESPACE, /* name: its prefix, delimiter, number: 0 mine,
			      1 others', 2 shared */
	IMAP_ON_STATUS,	   /* name, counts */
	IMAP_ON_EXISTS,	   /* number of messages in the mailbox */
	IMAP_ON_EXPUNGE,   /* number of the message that is gone */
	IMAP_ON_VANISHED,  /* uid to last are gone; is_earlier */
	IMAP_ON_LITERAL,   /* tag: now imap_literal, for APPEND */
	IMAP_ON_IDLING,	   /* tag: from here on the server tells by itself */
	IMAP_ON_BODY,	   /* section; size, or is_nil: no data, no end */
	IMAP_ON_DATA,	   /* data: a piece of the body */
	IMAP_ON_BODY_END,
	IMAP_ON_MESSAGE	   /* number and what was said of uid, flags, date,
			      size; has_body where ON_BODY came before */
};

/* What STATUS said of a mailbox; what it did not say is 0. */
struct imap_counts {
	bool has_messages, has_unseen, has_size;
	uint32_t messages, unseen, uidnext, uidvalidity;
	uint64_t highestmodseq; /* 0 also where the mailbox keeps none */
	uint64_t size;
};

/* Spans live until the next call of imap_next or imap_push. */
struct imap_event {
	enum imap_on on;
	enum imap_verb verb;
	unsigned tag;
	unsigned mailbox;    /* tag of the SELECT or EXAMINE that it is of;
				0: none */
	enum imap_status status;
	struct span code;    /* the first word in [ ], empty if none */
	struct span argument; /* the rest in [ ]; of APPENDUID it is number
				(the UIDVALIDITY) and uid too */
	struct span text;
	struct span data;
	struct span name;
	struct span section; /* "" is the whole message */
	struct span flags;   /* blank-separated, as they were sent */
	struct span date;    /* INTERNALDATE, empty if not said */
	struct span emailid; /* EMAILID (RFC 8474), empty if not said */
	uint64_t gmail_id;   /* X-GM-MSGID, 0 if not said */
	uint64_t modseq;     /* 0 if not said */
	struct imap_counts counts;
	char delimiter;	     /* NUL: none */
	uint32_t number;
	uint32_t uid, last;  /* 0: not said */
	uint64_t size;	     /* of the body; ON_MESSAGE: RFC822.SIZE */
	bool has_body, has_flags, has_size, has_count, is_nil, is_earlier;
};

/* Of the mailbox that events now belong to; zero when it begins. */
struct imap_mailbox {
	unsigned tag; /* of its SELECT or EXAMINE; 0: none */
	uint32_t exists, uidvalidity, uidnext;
	uint64_t highestmodseq; /* 0: it keeps none (NOMODSEQ) */
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
 * after STARTTLS, COMPRESS, IDLE, LOGOUT or an AUTHENTICATE that is not sent
 * in one piece without their answer, within APPEND's literal, or too many.
 */
int imap_ask(struct imap *, const struct imap_ask *, unsigned *tag,
    struct err *);

/*
 * Answers ON_CHALLENGE with bytes that are not base64; or gives up.  Neither
 * does anything where commands were asked after AUTHENTICATE: the server takes
 * the next of them for the answer, so that log-in fails and so does what
 * follows it.
 */
void imap_answer(struct imap *, struct span response);
void imap_cancel(struct imap *);

/*
 * After ON_LITERAL the bytes of the message, in as many pieces as it takes to
 * reach its size; send what is pending in between, and memory stays small.
 * ERR_SOFTWARE for more than was announced, or when none is awaited.  A server
 * may refuse at once and still wait for the rest: after an ON_DONE that comes
 * before the end, imap_literal_left says how much is owed to it before it can
 * be asked again.
 */
int imap_literal(struct imap *, struct span, struct err *);
uint64_t imap_literal_left(const struct imap *);

/* Ends IDLE, when the server idles; its ON_DONE follows. */
void imap_idle_end(struct imap *);

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

/*
 * At ON_DONE, OK, of COMPRESS: from now on both sides compress (RFC 4978).
 * What came already and is to be inflated is appended to *rest.
 */
int imap_compress(struct imap *, struct buf *rest, struct err *);

/* What net/wire.h's struct machine needs; self is the struct imap. */
struct span imap_pending(void *self);
void imap_sent(void *self, size_t n);
int imap_push(void *self, struct span, struct err *);

/*
 * The server's capabilities: whether they are known, and one of them, said or
 * in what was said (IMAP4rev2 has a dozen others in it).
 */
bool imap_knows(const struct imap *);
bool imap_can(const struct imap *, const char *name);
/* All of them, blank-separated, until the next call of imap_next. */
struct span imap_capabilities(const struct imap *);
/*
 * Takes these for the server's until it says something else, so that commands
 * can be asked before log-in is answered.
 */
void imap_assume(struct imap *, struct span capabilities);
/*
 * Two servers whose SEARCH is not all that it may be, nor SORT; Cyrus is known
 * by what it can, once it is logged in to: an extension that is its own.
 */
bool imap_is_courier(const struct imap *);
bool imap_is_cyrus(struct span capabilities);
/* Whether the server said that it is: "QRESYNC", "UTF8=ACCEPT". */
bool imap_enabled(const struct imap *, const char *name);
/* Whether names are UTF-8 by now, and not modified UTF-7. */
bool imap_is_utf8(const struct imap *);
/* Appends the mechanisms of AUTH=, blank-separated. */
void imap_mechanisms(const struct imap *, struct buf *);

const struct imap_mailbox *imap_mailbox(const struct imap *);

/* Of ON_LIST's flags: false where the name is no mailbox that can be opened. */
bool imap_is_selectable(struct span flags);

/* Whether a command can name that mailbox: some bytes, no CR, LF or NUL. */
bool imap_is_name(struct span);

/* Commands whose answer has not come. */
size_t imap_waiting(const struct imap *);

/*
 * What an ON_DONE that is not OK means, in the server's words; always -1.
 * Log-in: ERR_AUTH; SELECT, EXAMINE, STATUS: ERR_NOINPUT; else ERR_REFUSED;
 * codes that say "later" ERR_TEMP; BAD: ERR_PROTO.
 */
int imap_refused(const struct imap_event *, struct err *);

/* The next line of the trace, valid until the next call; false: no more. */
bool imap_trace(struct imap *, char *direction, struct span *line);

#endif
