/*
 * A client's side of SMTP (RFC 5321) and LMTP (RFC 2033) without a socket:
 * bytes that came go in, bytes to send and events come out.
 *
 * Commands are pipelined (RFC 2920) where the server offers it and in lock step
 * where not; content goes by BDAT (RFC 3030) where CHUNKING is offered, else by
 * DATA.  What the server answers, by what it answers to:
 *
 *	answer to  2xx           3xx        4xx        5xx
 *	---------  ------------  ---------  ---------  ---------------------
 *	greeting   EHLO, LHLO    broken     CLOSED     CLOSED
 *	EHLO       READY         broken     CLOSED     HELO; LHLO: CLOSED
 *	HELO       READY         broken     CLOSED     CLOSED
 *	STARTTLS   TLS_GO        broken     REFUSED    TLS_REFUSED
 *	AUTH       LOGGED_IN     CHALLENGE  REFUSED    LOGIN_REFUSED
 *	MAIL       -             broken     all LATER  all REFUSED
 *	RCPT       accepted      broken     LATER      REFUSED (552: LATER)
 *	DATA       broken        CONTENT    LATER      REFUSED (the accepted)
 *	chunk      -             broken     LATER      REFUSED (the accepted)
 *	the end    SENT          broken     LATER      REFUSED (the accepted)
 *	RSET       -             broken     broken     broken
 *	QUIT       CLOSED        CLOSED     CLOSED     CLOSED
 *	nothing    broken        broken     421: CLOSED; during DATA's content
 *					    any: it ends the mail, CLOSED
 *
 * "broken" is ERR_PROTO; so is an answer to what was not sent yet.  421 answers
 * its command and then closes.  LMTP has one answer to the end for each
 * accepted recipient; what it has to the end of a content that was refused at a
 * chunk is open, so that the last chunk waits for the others' answers.  A mail
 * that was not taken whole is followed by RSET.
 *
 * What becomes of a recipient when the connection ends: refused and answered
 * ones stay so; the others are UNKNOWN if the end of the content was written to
 * the connection, and LATER if not, for then no server can have the message;
 * LATER too where a 421 came first, behind which a server does nothing more
 * (but not in the midst of LMTP's answers to an end).
 */
#ifndef PROTO_SMTP_H
#define PROTO_SMTP_H

#include "proto/smtp_reply.h"

#define SMTP_WINDOW 64		  /* mails that a machine holds at a time */
#define SMTP_CHUNK (256 * 1024)	  /* bytes of content held; of one BDAT */
#define SMTP_PATH_MAX 256	  /* bytes of an address with its brackets */

struct smtp;

/* What the last EHLO or LHLO offered. */
struct smtp_caps {
	bool pipelining, chunking, eightbit, utf8, starttls, dsn, enhanced;
	bool requiretls;
	bool has_size;
	uint64_t size_max;     /* SIZE; 0: no limit told */
	uint64_t recipients_max; /* RFC 9422's LIMITS RCPTMAX; 0: none told */
	struct buf auth;       /* mechanisms, blank-separated; empty: none */
};

enum smtp_outcome {
	SMTP_WAITING,
	SMTP_SENT,
	SMTP_REFUSED, /* for good */
	SMTP_LATER,   /* a temporary refusal, or it never got that far */
	SMTP_UNKNOWN  /* the server had it all and never answered */
};

struct smtp_rcpt {
	const char *address;	   /* borrowed, the caller's */
	enum smtp_outcome outcome; /* WAITING when it is given */
	struct smtp_reply reply;   /* the answer that decided; code 0: none */
	bool accepted;		   /* RCPT was answered 2xx */
};

/*
 * A mail on its way.  The caller sets the first part, keeps it until it is
 * settled or the machine is freed, and frees it with smtp_mail_free.
 */
struct smtp_mail {
	const char *from; /* "" is the null reverse-path */
	struct smtp_rcpt *rcpt;
	size_t n;
	uint64_t size;	    /* bytes of the content with CR LF; 0: not known */
	bool is_8bit;	    /* the content is not all ASCII */
	bool is_utf8;	    /* the header is not: needs SMTPUTF8 */
	bool needs_tls;	    /* all the way (REQUIRETLS, RFC 8689) */
	/* DSN's (RFC 3461), said where it is offered; NULL or "": none */
	const char *notify; /* NEVER, or of SUCCESS,FAILURE,DELAY */
	const char *ret;    /* FULL or HDRS */
	const char *envid;  /* printable ASCII */

	/* the machine's own */
	int step;
	size_t next;	 /* recipients whose RCPT was composed */
	size_t due;	 /* answers that are outstanding */
	size_t accepted; /* recipients */
	bool is_chunked; /* a BDAT that is not the last was composed */
	uint64_t end_at; /* 0, or the byte of the session that ends it */
	enum smtp_outcome verdict; /* on the whole mail; WAITING: none yet */
	struct smtp_reply refusal; /* and why */
};

enum smtp_event_kind {
	SMTP_READY,	    /* the capabilities are known */
	SMTP_TLS_GO,	    /* shake hands now, then smtp_secured */
	SMTP_TLS_REFUSED,
	SMTP_CHALLENGE,	    /* answer by smtp_respond or smtp_cancel */
	SMTP_LOGGED_IN,
	SMTP_LOGIN_REFUSED,
	SMTP_CONTENT,	    /* this mail's content may be given */
	SMTP_HELD,	    /* all is there; its end waits for smtp_release */
	SMTP_SETTLED,	    /* each recipient of this mail has its outcome */
	SMTP_CLOSED	    /* nothing more can be sent */
};

struct smtp_event {
	enum smtp_event_kind kind;
	struct smtp_mail *mail;	 /* CONTENT, HELD, SETTLED */
	/* both live until the next smtp_next */
	struct span challenge;		/* CHALLENGE: decoded */
	const struct smtp_reply *reply; /* TLS_, LOG… and CLOSED; code 0 where
					   there was none */
};

/*
 * A new session; name is what EHLO or LHLO says, this host's name or an address
 * literal.  ERR_USAGE where it cannot stand in a line.
 */
int smtp_new(const char *name, bool is_lmtp, struct smtp **, struct err *);
void smtp_free(struct smtp *); /* wipes */
const struct smtp_caps *smtp_caps(const struct smtp *);

/*
 * Shows each command ('>') and each line of an answer ('<') to trace, without
 * log-in secrets and without content.
 */
void smtp_trace(struct smtp *,
    void (*trace)(void *, char direction, struct span line), void *arg);

/*
 * The session begins after this greeting and EHLO's answer (lines that end in
 * LF), which another client of the connection has read.  Before any push.
 */
int smtp_given(struct smtp *, struct span lines, struct err *);

/*
 * The driver's three; self is the struct smtp.  What pending returns lives
 * until the next call of any other function.  push is ERR_PROTO where the
 * server breaks the protocol: the connection is to be closed and smtp_cut
 * called.
 */
struct span smtp_pending(void *self);
void smtp_sent(void *self, size_t n);
int smtp_push(void *self, struct span, struct err *);

/* The next event: 1, or 0 until more was pushed. */
int smtp_next(struct smtp *, struct smtp_event *);

/*
 * STARTTLS (RFC 3207) and, after TLS_GO and the handshake, the new EHLO.  Bytes
 * that came with the answer or before the handshake are ERR_PROTO.
 */
int smtp_starttls(struct smtp *, struct err *);
int smtp_secured(struct smtp *, struct err *);

/*
 * AUTH (RFC 4954).  The initial response (NULL: none) and the responses are the
 * bytes themselves.
 */
int smtp_auth(struct smtp *, const char *mechanism,
    const struct span *initial, struct err *);
int smtp_respond(struct smtp *, struct span, struct err *);
int smtp_cancel(struct smtp *, struct err *);

/*
 * Queues a mail: ERR_USAGE where an address or one of DSN's words cannot stand
 * in a line, and nothing is queued.  What the server cannot carry (too large,
 * 8-bit, UTF-8 or REQUIRETLS without its extension) is refused here without
 * asking, with no code and our own text.
 */
int smtp_submit(struct smtp *, struct smtp_mail *, struct err *);
void smtp_mail_free(struct smtp_mail *);

/*
 * Between CONTENT and HELD: how many bytes it takes now (0: send and read
 * first), a piece of the content (any line ends; see smtp_content.h), and that
 * it was the last.  Calls for a mail that is not at its content are ignored: it
 * may have been refused meanwhile.
 */
size_t smtp_room(const struct smtp *, const struct smtp_mail *);
void smtp_content(struct smtp *, struct smtp_mail *, struct span);
void smtp_content_end(struct smtp *, struct smtp_mail *);

/* After HELD: lets the final dot or the last chunk go. */
void smtp_release(struct smtp *, struct smtp_mail *);

/* QUIT once all mails are settled; CLOSED follows. */
void smtp_quit(struct smtp *);

/*
 * The connection is gone: every mail is settled, and CLOSED follows.  Events
 * that ask for something to be done are dropped then.
 */
void smtp_cut(struct smtp *);

/*
 * The reply that closed the session, its code 0 where there was none; NULL
 * while it is open.  Known before the events of its end.
 */
const struct smtp_reply *smtp_closing(const struct smtp *);

/* That DSN's words can stand in a line: ERR_USAGE. */
int smtp_dsn_check(const struct smtp_mail *, struct err *);

/*
 * The one place where an address becomes part of a line: appends "<address>".
 * ERR_USAGE where it has a control, a blank, an angle bracket or broken UTF-8,
 * or is too long; "" is the null path.
 */
int smtp_path(const char *address, struct buf *, struct err *);

#endif
