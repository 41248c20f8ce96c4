/*
 * A connection to a server: bytes in, bytes out, and a wait with a deadline.
 * There are two kinds: the stream (net/stream.h: libcurl dials, libtls
 * encrypts) and the carrier (net/carrier.h: libcurl opens the URL and hands
 * over its connection).  One struct server configures both; a setting that a
 * kind cannot honour is an error, never dropped.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "host/wait.h"

enum server_tls {
	SERVER_TLS_IMPLICIT,
	SERVER_TLS_START, /* STARTTLS, required */
	SERVER_TLS_NONE	  /* to loopback or a Unix socket, or on request */
};

/*
 * Is told what each step of connecting and logging in came to, in fields; with
 * none of them that the step begins.  For people and scripts that look for
 * what is wrong: net's own steps are name (the addresses), connect (the
 * address and port that answered), tls (version, cipher), certificate (one
 * each: subject, issuer, last day, days left) and pin.
 */
struct server_watch {
	void (*note)(void *, const char *step, const struct span *field,
	    size_t n);
	void *arg;
};

/* Borrowed strings, NULL where not set. */
struct server {
	const char *scheme; /* imap imaps pop3 pop3s smtp smtps lmtp */
	const char *host;   /* for DNS, SNI and the certificate's name */
	unsigned port;
	const char *socket; /* a Unix socket's path instead of host and port */
	const char *tunnel; /* a command instead of a connection */
	const char *proxy;
	const char *dialer; /* the program that dials for a stream */
	enum server_tls tls;
	const char *tls_ca, *tls_cert, *tls_key; /* files */
	const char *tls_pin; /* sha256//BASE64 of the public key (SPKI) */
	const char *user;
	bool is_insecure;    /* secrets may pass in the clear (tls NONE) */
	const char *auth;    /* a mechanism; NULL: the strongest both know */
	const char *helo;    /* our name for the carrier's EHLO */
	int timeout_ms;	     /* without progress; 0: for ever */
	bool (*stop)(void);  /* asked when a signal comes while waiting: true
				ends the wait; NULL: it goes on */
	void (*trace)(void *, char direction, struct span line);
	void *trace_arg;     /* trace NULL: none; secrets are masked before */
	const struct server_watch *watch; /* streams alone tell it; or NULL */
};

/* True where no other host can listen: loopback, a Unix socket, a tunnel. */
bool server_is_private(const struct server *);

/* Tells the watch, where there is one: that a step begins; its one field. */
void server_begins(const struct server *, const char *step);
void server_note(const struct server *, const char *step, struct span);
void server_notes(const struct server *, const char *step,
    const struct span *field, size_t n);

struct wire;

struct wire_ops {
	int (*read)(struct wire *, void *, size_t, size_t *, struct err *);
	int (*write)(struct wire *, struct span, size_t *, struct err *);
	int (*wait)(struct wire *, bool want_write, int64_t until_ms,
	    struct err *);
	int (*starttls)(struct wire *, struct err *);
	void (*close)(struct wire *);
};

#define WIRE_NEVER WAIT_NEVER /* a deadline that does not come */

/* The first member of each kind's own struct. */
struct wire {
	const struct wire_ops *ops;
	int timeout_ms;
	bool (*stop)(void); /* struct server's */
};

/*
 * Reads what has come.  1 with *got > 0; 0 where it would block; -1 on an
 * error, ERR_TEMP for a connection that was cut: every end of the stream is
 * that, as only a protocol knows whether it was time to end.
 */
int wire_read(struct wire *, void *p, size_t cap, size_t *got, struct err *);

/*
 * Writes what fits.  1 with *put > 0, 0 where it would block, -1.  After 0 the
 * same bytes are to be offered again (more may follow them): TLS may hold a
 * sealed record of them already.
 */
int wire_write(struct wire *, struct span, size_t *put, struct err *);

/*
 * Waits until there is something to read (or, with want_write, room to write
 * too): 1; at most until the deadline (clock_mono_ms): 0; -1.  Only after a
 * read that would block: what was deciphered already is not seen.
 */
int wire_wait(struct wire *, bool want_write, int64_t until_ms, struct err *);

/* The deadline of a wait that begins now: timeout_ms as struct server's. */
int64_t wire_until(int timeout_ms);

/*
 * Starts TLS now: the server's name and trust are checked.  ERR_AUTH;
 * ERR_PROTO where plaintext has come after the server's consent.  The machine
 * refuses such bytes that it holds itself.
 */
int wire_starttls(struct wire *, struct err *);

/* Ends and frees it; NULL is allowed. */
void wire_close(struct wire *);

/* For the kinds: waits for poll's events on a socket, as wire_wait. */
int wire_poll(struct wire *, int fd, short events, int64_t until_ms,
    struct err *);

/*
 * For the kinds, before a wait: a server that holds its next lines back until
 * ours are acknowledged would else wait for the delayed acknowledgement.  The
 * system forgets it soon; no matter where fd is not TCP's.
 */
void wire_ack(int fd);

/*
 * A protocol machine as the driver sees it: what waits to be sent, that n
 * bytes of it were, and bytes that came.
 */
struct machine {
	void *self;
	struct span (*pending)(void *self);
	void (*sent)(void *self, size_t n);
	int (*push)(void *self, struct span, struct err *);
};

/*
 * Moves bytes both ways until some were pushed into the machine (0), or -1.
 * It never waits while something can be written or read, writes and reads
 * interleave so that neither side can block the other, and only silence of
 * the wire's timeout_ms is a time-out.
 */
int wire_drive(struct wire *, const struct machine *, struct err *);

/*
 * The same, where silence is no fault: 1; 0 when the deadline has come before
 * anything else; -1.  What is to be sent is, however long that takes.
 */
int wire_drive_until(struct wire *, const struct machine *, int64_t until_ms,
    struct err *);

/*
 * Sends what is pending until it is all gone.  What comes meanwhile is pushed
 * too, as a server that cannot write may stop reading.
 */
int wire_flush(struct wire *, const struct machine *, struct err *);

#endif
