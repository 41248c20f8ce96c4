/*
 * A script read and checked: a list of steps.  It makes no connection; peer.c
 * describes the language, play.c follows it.
 */
#ifndef PEER_SCRIPT_H
#define PEER_SCRIPT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define SCRIPT_DEPTH 8 /* blocks inside each other */

enum verb {
	VERB_ACCEPT,
	VERB_ANY_ORDER,
	VERB_APPEND,
	VERB_CLOSE,
	VERB_CUT,
	VERB_END,
	VERB_EXPECT,
	VERB_EXPECT_DATA,
	VERB_EXPECT_DOT,
	VERB_EXPECT_EOF,
	VERB_EXPECT_LIKE,
	VERB_EXPECT_TAGGED,
	VERB_EXPECT_TAGGED_LIKE,
	VERB_EXPECT_UNTIL,
	VERB_FLUSH,
	VERB_MARK,
	VERB_REPEAT,
	VERB_RESET,
	VERB_SAVE,
	VERB_SEND,
	VERB_SEND_DOT,
	VERB_SEND_FILE,
	VERB_SEND_LITERAL,
	VERB_SEND_RAW,
	VERB_SET,
	VERB_SPLIT,
	VERB_STALL,
	VERB_TIMEOUT,
	VERB_TLS,
	VERB_WAIT_FILE
};

struct step {
	enum verb verb;
	size_t line;	  /* in the script, from 1 */
	struct span name; /* of the verb */
	struct span arg;  /* as written, without the blank before it */
	size_t other;	  /* a block's end, or an end's block */
};

struct script {
	const char *name; /* for diagnostics; borrowed */
	struct buf bytes;
	struct step *v;
	size_t n, cap;
};

/*
 * Takes bytes over and makes them into steps, which borrow from them.  An
 * error's text names the script and the line.  script_free also after a
 * failure.
 */
int script_parse(
    struct script *, const char *name, struct buf bytes, struct err *);
void script_free(struct script *);

/* Whether the verb reads one line of the client's. */
bool verb_is_line(enum verb);
/* Whether the verb's bytes may leave together with the next one's. */
bool verb_gathers(enum verb);

#endif
