/*
 * A structured field's value with its parameters, as Content-Type and
 * Content-Disposition have them (RFC 2045, section 5.1; RFC 2183), with
 * character sets and continuations (RFC 2231).
 */
#ifndef MAIL_PARAM_H
#define MAIL_PARAM_H

#include "base/buf.h"
#include "base/err.h"

#define PARAM_MAX 1000 /* parameters of a field, each continuation counted */

struct param {
	char *name;	  /* lower case, without RFC 2231's marks */
	struct buf value; /* UTF-8, decoded; may hold any character */
};

/* Zero is an empty value without parameters. */
struct params {
	struct buf value; /* lower case, without blanks: "text/plain" */
	struct param *v;  /* each name once, ordered by name */
	size_t n;
};

/*
 * Takes a field's value apart, leniently: blanks in values that lack their
 * quotes, missing semicolons, encoded words (RFC 2047) in values and raw 8-bit
 * text are understood.  Of one name the first counts, one that RFC 2231
 * encodes before a plain one; continuations are joined in any order, across
 * gaps too.  -1 (ERR_DATA) with over PARAM_MAX parameters; *p is to be freed
 * either way.
 */
int param_parse(struct span value, struct params *p, struct err *);

/* The value of that name; its p is NULL where there is none. */
struct span param_get(const struct params *, const char *name);

void param_free(struct params *);

#endif
