/* Plays a script to the clients that connect; peer.c describes its language. */
#ifndef PEER_PLAY_H
#define PEER_PLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#include "script.h"

struct tls_config;

struct play {
	const struct script *script;
	int listener;	    /* the play closes it; -1 where we join */
	int join;	    /* the port where we are the client; 0: we listen */
	struct tls_config *tls; /* NULL: no TLS */
	bool implicit;	    /* a handshake starts every connection */
	bool trace;	    /* each step to standard error */
	int transcript;	    /* a file, or -1 */
	int passes;	    /* how often the script is played */
};

/*
 * An error's text names script and line; where its kind is ERR_NO it is the
 * client that deviated.
 */
int play_run(const struct play *, struct err *);

#endif
