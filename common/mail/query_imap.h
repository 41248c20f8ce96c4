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
 * are sent, an address as a part of its field: what servers take for an address
 * is not what is one here; regular expressions, new and folder: are not. What
 * folds to ASCII here may not do so there: a run with one of the letters of
 * mail/variant.h is sent together with its variants in UTF-8, or without these
 * letters; and two letters s, or one at an end, which a sharp one is, in no
 * run. Servers take a date that cannot be for some time after 2100, and one
 * before 1971 for none or one after 2036: they are asked for what is later,
 * too. YOUNGER and OLDER (RFC 5032) ask for the arrival, which no term does.
 */
#ifndef MAIL_QUERY_IMAP_H
#define MAIL_QUERY_IMAP_H

#include "mail/query.h"

#define QUERY_IMAP_BYTES 4000 /* of all keys; of a longer query less is sent */

/* What may be sent. */
enum query_imap_may {
	QUERY_IMAP_HEADERS = 1, /* not to servers that find whole words only */
	QUERY_IMAP_UTF8 = 2,	/* not to those that know no CHARSET, or want to
				   be asked before each string that has it */
	QUERY_IMAP_BODIES = 4,	/* not to those that know no CHARSET, or decode
				   less of a body than is decoded here */
	QUERY_IMAP_DATES = 8,	/* not to those that take the arrival where a
				   message has no good date, or read others */
	QUERY_IMAP_SIZES = 16,	/* not to those that look for another size than
				   they tell */
	QUERY_IMAP_EMPTY = 32,	/* whether there is a field: not to those that
				   do not see one with nothing in it */
	QUERY_IMAP_ALL = 63
};

/* Zero is an empty one. */
struct query_imap {
	struct buf keys;     /* never empty: "ALL" where there is none */
	struct span *string; /* for each ? in keys one, owned */
	size_t n, cap;
	bool is_exact;	     /* nothing is left to match here */
	bool is_charset;     /* the keys are to follow "CHARSET UTF-8" */
	unsigned may;	     /* enum query_imap_may */
};

/* NULL is the query that matches all. */
void query_imap(const struct query *, unsigned may, struct query_imap *);
void query_imap_free(struct query_imap *);

/*
 * Appends the names of the fields that matching looks at, each with a blank
 * before it, repeated perhaps; true where it looks at all fields.
 */
bool query_imap_fields(const struct query *, struct buf *names);

#endif
