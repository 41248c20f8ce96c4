/*
 * The texts of a script: escapes and variables made into bytes, and patterns
 * matched against a line.  See peer.c for the language.
 */
#ifndef PEER_TEXT_H
#define PEER_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define TEXT_STARS 9 /* stars in one pattern; ${1} to ${9} */
#define VARS_MAX 64  /* variables in one script */

struct var {
	struct span name; /* borrowed from the script */
	struct buf value;
};

/* Zero is "none"; vars_set copies the value, vars_free ends it. */
struct vars {
	struct var v[VARS_MAX];
	size_t n;
};

int vars_set(struct vars *, struct span name, struct span value, struct err *);
void vars_free(struct vars *);

struct text {
	struct buf bytes;
	size_t star[TEXT_STARS]; /* where in bytes a star stands */
	size_t stars;
	bool pattern;
};

/*
 * Makes raw into t's bytes, which replace what t held; with pattern a bare star
 * stands for any bytes.  Without vars (NULL) the text is only checked.
 */
int text_make(struct text *t, struct span raw, bool pattern,
    const struct vars *vars, struct err *e);
void text_free(struct text *);

/*
 * Whether line is what t says.  What the stars stood for is left in got, in
 * their order, each the shortest that fits; it borrows from line.
 */
bool text_match(
    const struct text *t, struct span line, struct span got[TEXT_STARS]);

/* Adds s, or t, in printable form, quoted, cut where it is long. */
void text_show(struct buf *, struct span s);
void text_show_made(struct buf *, const struct text *t);

#endif
