/*
 * One connection with the client: bytes in and out, in clear or under TLS,
 * with a deadline on every wait.  An error of kind ERR_NO is the client's
 * fault, any other ours.
 */
#ifndef PEER_LINK_H
#define PEER_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct tls_config;
struct tls;

struct link {
	int fd;		    /* -1: no connection */
	struct tls *tls;    /* NULL: in clear */
	struct tls *server; /* what tls was accepted by; NULL: we joined */
	bool joined;	    /* we are the client */
	struct buf in;	    /* what came and is not used up */
	struct buf early;   /* what came in clear before the handshake */
	bool left;	    /* the client has ended its side */
	char why[160];	    /* how it left */
	size_t split;	    /* bytes of one write; 0: as many as will go */
	int transcript;	    /* gets what link_used takes; -1: none */
};

/* How a connection ends. */
enum ending {
	ENDING_CLOSE, /* close_notify and FIN, then the client's end is due */
	ENDING_CUT,   /* FIN alone; then the same, but it may still talk */
	ENDING_RESET, /* RST at once */
	ENDING_STALL  /* no word until the client goes away */
};

/* Takes one connection from a listening socket within wait_ms. */
int link_accept(struct link *, int listener, int wait_ms, struct err *);

/* Connects to a port of 127.0.0.1: we are the client then. */
int link_join(struct link *, int port, struct err *);

/* Our side of a handshake; what has come already is its start. */
int link_tls(struct link *, struct tls_config *, int wait_ms, struct err *);

/*
 * Sends all of it; what comes meanwhile is kept.  wait_ms limits the time
 * without progress.  In pieces where split is set, each when the client has
 * read the one before, as far as the system lets us know.
 */
int link_send(
    struct link *, const char *, size_t n, int wait_ms, struct err *);

/* Waits, not for long, until the client has read what was sent. */
void link_settle(const struct link *);

/* Adds what comes next to in: 1, 0 when the client left, -1 nothing came. */
int link_fill(struct link *, int wait_ms, struct err *);

/* The first n bytes of in are used up: they go to the transcript. */
int link_used(struct link *, size_t n, struct err *);

/* Ends the connection; in keeps what the client said and nobody expected. */
int link_end(struct link *, enum ending, int wait_ms, struct err *);

/* Lets go of everything, at once. */
void link_free(struct link *);

/* Milliseconds of a clock that only goes forward. */
int64_t link_now_ms(void);

#endif
