/*
 * The query language of mlist(1), without an index: parsed once, then matched
 * against one message after the other.
 */
#ifndef MAIL_QUERY_H
#define MAIL_QUERY_H

#include "mail/summary.h"

#define QUERY_BYTES (64 * 1024) /* a longer query is an error */
#define QUERY_VALUE_MAX 1024	/* bytes of one term's value */
#define QUERY_TERMS_MAX 1000
#define QUERY_DEPTH_MAX 100 /* parentheses and negations within each other */

struct query;

/* What must be known of a message for a query to be answered. */
enum query_need {
	QUERY_HEADER = 1, /* the summary's fields */
	QUERY_PARTS = 2,  /* whole below will be called */
	QUERY_SIZE = 4,
	QUERY_ARRIVAL = 8, /* for a message without a date */
	QUERY_FIELDS = 16  /* the summary's header, which has all fields */
};

/*
 * Parses; now is what "7d" counts from.  -1 is ERR_USAGE with *fault the
 * offset in text where it went wrong.  A query without a term matches all.
 */
int query_parse(struct span text, struct date now, struct query **,
    size_t *fault, struct err *);
void query_free(struct query *); /* NULL is fine */

/* A set of enum query_need. */
unsigned query_needs(const struct query *);

struct query_message {
	const struct summary *summary;
	/*
	 * Called at most once a match: sets *bytes to the whole message, valid
	 * until the match is over.
	 */
	int (*whole)(void *arg, struct span *bytes, struct err *);
	void *arg;
};

/*
 * 1 if it matches, 0 if not, -1 if whole failed or the message breaks a limit
 * of mail/mime.h.
 */
int query_match(const struct query *, const struct query_message *,
    struct err *);

#endif
