/*
 * A query as keys of IMAP's SEARCH (RFC 3501 and 9051, section 6.4.4).  The
 * server only leaves out what surely does not match; what it finds is matched
 * here again unless the keys say it all.  So the answer is the same as that of
 * the same messages in a folder, whatever the server takes for a match.
 *
 * Flags and sizes mean the same to both and are the server's to decide.  Of
 * other terms, where they may only narrow the search,
 *
 *	from: to: cc: addr:	each run of ASCII letters and digits; or an
 *	subject: list:		encoded word or a quoted pair in the field,
 *	header: id:		which servers may not decode
 *	date: since: until:	SENTSINCE and SENTBEFORE with two days of slack,
 *				for they have no zone; or no date that the
 *				server understands
 *
 *	body: text:		each run, in UTF-8: so the server must decode
 *				what it looks at (RFC 3501, section 6.4.4)
 *	type: name: attachment	that the header's Content-Type is multipart or
 *				message, or that it says so itself
 *
 * are sent; regular expressions, new and folder: are not.  What folds to ASCII
 * here may not do so there: two letters s, which a sharp one is, are sent in no
 * run, and in bodies a capital I with a dot is as good as any run with an i.
 * YOUNGER and OLDER (RFC 5032)
 * ask for the arrival, which no term does.
 */
#ifndef MAIL_QUERY_IMAP_H
#define MAIL_QUERY_IMAP_H

#include "mail/query.h"

#define QUERY_IMAP_BYTES 4000 /* of all keys; of a longer query none is sent */

/* Which text is sent, and whether dates are. */
enum query_imap_text {
	QUERY_IMAP_NO_TEXT, /* to servers that find whole words only */
	QUERY_IMAP_UNDATED, /* as HEADERS, but no dates: to those that take the
			       arrival where a message has no good date */
	QUERY_IMAP_HEADERS, /* to those that know no CHARSET, or decode less of
			       a body than is decoded here */
	QUERY_IMAP_ALL
};

/* Zero is an empty one. */
struct query_imap {
	struct buf keys;     /* never empty: "ALL" where there is none */
	struct span *string; /* for each ? in keys one, owned */
	size_t n, cap;
	bool is_exact;	     /* nothing is left to match here */
	bool is_charset;     /* the keys are to follow "CHARSET UTF-8" */
	enum query_imap_text text;
};

/* NULL is the query that matches all. */
void query_imap(const struct query *, enum query_imap_text,
    struct query_imap *);
void query_imap_free(struct query_imap *);

/*
 * Appends the names of the fields that matching looks at, each with a blank
 * before it, repeated perhaps; true where it looks at all fields.
 */
bool query_imap_fields(const struct query *, struct buf *names);

#endif
