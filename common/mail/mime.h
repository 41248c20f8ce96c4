/*
 * A message's parts (RFC 2045, RFC 2046) as spans of it: nothing is copied or
 * decoded, and no damage stops the reading but a limit below.  Time is linear
 * in the message, and nothing recurses.
 *
 * A delimiter line is "--", a boundary, for the last one "--", and blanks, and
 * nothing else; that of an enclosing multipart ends all inside it, the
 * innermost of two equal boundaries counts, and a multipart that nothing
 * closes reaches to the end of what it is in.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/param.h"
#include "text/enc.h"

#define MIME_DEPTH_MAX 200	   /* parts inside parts */
#define MIME_PARTS_MAX 100000	   /* of a message */
#define MIME_HEADER_MAX (4u << 20) /* bytes of one header */
#define MIME_FIELDS_MAX 10000	   /* of one header */

#define MIME_NONE ((size_t)-1)

enum mime_kind {
	MIME_LEAF,
	MIME_MULTIPART, /* its children are its parts */
	MIME_MESSAGE	/* its one child is the message in it */
};

struct mime_part {
	enum mime_kind kind;
	struct span raw;    /* header, empty line and body */
	struct span header; /* without the empty line */
	struct span body;   /* not decoded; a multipart's with delimiters */
	struct span name;   /* of a file in a text; p is NULL of all else */
	char *type;	    /* media type, lower case; the default where the
			       part names none that is one */
	enum enc enc;	    /* of a leaf's body */
	size_t parent;	    /* MIME_NONE: the message itself */
	size_t first, last; /* children; MIME_NONE: there are none */
	size_t next;	    /* sibling; MIME_NONE: it is the last */
	size_t number;	    /* from 1 among its parent's children */
	size_t depth;	    /* 0: the message itself */
};

/* Parents stand before their children, children in the message's order. */
struct mime {
	struct mime_part *v;
	size_t n, cap;
};

/*
 * Reads the message, which must outlive the tree.  A multipart in which no part
 * begins, and a message/rfc822 or message/global that is encoded, are leaves.
 * What follows the last field where no empty line does is body.  -1 (ERR_DATA)
 * where a limit is broken, PARAM_MAX of a Content-Type too; *m is to be freed
 * either way.
 */
int mime_parse(struct span message, struct mime *m, struct err *);
/*
 * The same, and each uuencoded file in a text that has no encoding is a part of
 * that text: a leaf in a leaf, 1.1 in 1, which has it in its body as well.
 */
int mime_parse_uu(struct span message, struct mime *m, struct err *);
void mime_free(struct mime *);

/* True for a message in its own right: the whole, or inside a MIME_MESSAGE. */
bool mime_is_message(const struct mime *, size_t part);

/*
 * Appends the part's section number as IMAP counts (RFC 9051, section 6.4.5.1):
 * "1" for a message of one part, "0" for a message's own multipart, its
 * children "1", "2"; the message in part 2 is "2.1", or "2.0" with "2.1" and
 * so on in it.
 */
void mime_index(const struct mime *, size_t part, struct buf *out);

enum mime_section {
	MIME_PART,   /* the part itself */
	MIME_HEADER, /* its header alone: HEADER, 2.HEADER, 1.MIME */
	MIME_TEXT    /* its body alone, not decoded: TEXT, 2.TEXT */
};

/* True for numbers joined by dots, and then one of the names. */
bool mime_is_section(struct span);

/*
 * The part that a section number, or a name, stands for.  "0" and "2.0" name
 * each message whole, also one of a single part.  -1 is ERR_NOINPUT.
 */
int mime_find(const struct mime *, struct span section, size_t *part,
    enum mime_section *, struct err *);

/* What a part's header says of it. */
struct mime_about {
	struct params type;	   /* Content-Type; empty without */
	struct params disposition; /* Content-Disposition; empty without */
	struct span charset;	   /* borrowed from above; p is NULL without */
	struct span filename;	   /* "filename", else "name", else that
				      of a file in a text; the same */
};

/* -1 (ERR_DATA) with over PARAM_MAX parameters; to be freed either way. */
int mime_about(const struct mime_part *, struct mime_about *, struct err *);
void mime_about_free(struct mime_about *);

#endif
