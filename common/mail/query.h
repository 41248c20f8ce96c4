/*
 * The query language of mlist(1): parsed once, then matched against one message
 * after the other.
 */
#ifndef MAIL_QUERY_H
#define MAIL_QUERY_H

#include "mail/summary.h"

#define QUERY_BYTES (64 * 1024) /* a longer query is an error */
#define QUERY_VALUE_MAX 1024	/* bytes of one term's value */
#define QUERY_TERMS_MAX 1000
#define QUERY_DEPTH_MAX 100 /* parentheses and negations within each other */

struct query;
struct mime_part;
struct mime_about;

/* What must be known of a message for a query to be answered. */
enum query_need {
	QUERY_HEADER = 1, /* the summary's fields */
	QUERY_PARTS = 2,  /* whole below will be called */
	QUERY_SIZE = 4,
	QUERY_ARRIVAL = 8, /* for a message without a date */
	QUERY_FIELDS = 16, /* the summary's header, which has all fields */
	QUERY_FILES = 32   /* with QUERY_PARTS: it asks for other than text */
};

/*
 * Parses; now is what "7d" counts from.  -1 is ERR_USAGE with *fault the
 * offset in text where it went wrong.  A query without a term matches all.
 */
int query_parse(struct span text, struct date_here now, struct query **,
    size_t *fault, struct err *);
void query_free(struct query *); /* NULL is fine */
/* Counts "7d" from another now, where messages come for long; NULL is fine. */
void query_now(struct query *, struct date_here now);

/* What is looked for in bodies, for an index of their words. */
struct query_text {
	struct span value; /* folded */
	bool is_regex;
	bool in_header; /* or, with text:, there */
};

size_t query_texts(const struct query *);
struct query_text query_text(const struct query *, size_t i);

/*
 * Appends the text that body: looks at, and that of the header for text:,
 * folded, an LF after each part and field.  -1 (ERR_DATA) as query_match, and
 * where the text is over max bytes as it stands, encoded.
 */
int query_gather(struct span message, size_t max, struct buf *body,
    struct buf *header, struct err *);

/* A set of enum query_need. */
unsigned query_needs(const struct query *);

struct query_message {
	const struct summary *summary;
	/*
	 * Called at most once a match: sets *bytes to the whole message, valid
	 * until the match is over, or it is called again.
	 */
	int (*whole)(void *arg, struct span *bytes, struct err *);
	void *arg;
	/*
	 * Sets the summary's header; called where that is asked for and NULL.
	 * NULL: it is there.
	 */
	int (*header)(void *arg, struct err *);
	/*
	 * Whether text i of query_text is in the message: 1, 0, or -1 where
	 * that is to be found out.  NULL: always that.
	 */
	int (*known)(void *arg, size_t i);
};

/* Whether attachment matches for the part: it is to be saved. */
bool query_is_attachment(const struct mime_part *, const struct mime_about *);

/*
 * 1 if it matches, 0 if not, -1 if whole failed or the message breaks a limit
 * of mail/mime.h, which is told with its name.
 */
int query_match(const struct query *, const struct query_message *,
    struct err *);

/*
 * Whether a message may match whose text i is what may says, which is asked
 * for texts alone: false where none can, whatever else is in it.
 */
bool query_may_match(const struct query *, bool (*may)(void *arg, size_t i),
    void *arg);

#endif
