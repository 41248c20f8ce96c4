/*
 * A script being played: what its steps share.  play.c walks through it,
 * expect.c does the steps that take the client's bytes, give.c those that send.
 */
#ifndef PEER_STATE_H
#define PEER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include "link.h"
#include "play.h"
#include "script.h"
#include "text.h"

struct repeat {
	uint64_t round, count; /* from 1, to count */
};

struct state {
	const struct play *play;
	int listener;	  /* -1 once the last connection is there */
	bool last;	  /* this is the last pass */
	size_t at;	  /* the step */
	size_t line;	  /* of the script, to be told on failure */
	size_t gave_line; /* of the last send */
	struct repeat repeat[SCRIPT_DEPTH];
	size_t repeats;
	struct link link;
	bool open, ended; /* there is, there was a connection */
	int wait_ms;
	struct buf out;	   /* gathered, not sent yet */
	struct buf data;   /* of the last expectation that took data */
	struct text text;  /* of this step */
	struct vars vars;
};

/* The step's argument, made into st->text. */
int state_text(struct state *, const struct step *, struct err *);
/* The step's argument as a number; as a path, with a NUL after it. */
int state_number(struct state *, const struct step *, uint64_t max,
    uint64_t *n, struct err *);
int state_path(struct state *, const struct step *, const char **path,
    struct err *);

/* The steps named expect-something, and any-order. */
int expect_step(struct state *, const struct step *, struct err *);

/* The steps named send-something; give_flush sends what they gathered. */
int give_step(struct state *, const struct step *, struct err *);
int give_flush(struct state *, struct err *);

#endif
