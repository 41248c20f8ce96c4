/*
 * An account's connection looked at step by step (-K): each step is a record
 *
 *	STEP TAB ok|warning|failed TAB what it came to, in further fields
 *
 * and nothing is changed on any side.
 */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "app/account.h"
#include "app/output.h"

#define CHECK_SOON_DAYS 14 /* a certificate that ends sooner is a warning */

/* Zero with what the caller sets. */
struct check {
	struct output *output;
	const char *tool;
	bool is_json;  /* records are JSON lines */
	bool is_quiet; /* there are none */

	/* its own */
	const struct account *account;
	const char *step; /* under way; NULL: none */
	struct server_watch watch;
	struct err failed; /* of the output */
};

/*
 * From here on the account's connections tell the check their steps, until
 * check_end.  The URL is the server's, of that side.
 */
void check_begin(struct check *, const struct account *, const struct url *);

/*
 * The end: status and *e as the session's opening gave them.  A step that
 * failed is told; returns the status, or -1 where standard output fails.
 */
int check_end(struct check *, int status, struct err *e);

/* All of it for a server to fetch from. */
int check_fetch(struct check *, const struct account *, const struct url *,
    bool verbose, struct err *);

#endif
