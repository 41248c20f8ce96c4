/*
 * Composes a message (RFC 5322 and RFC 2045 to 2049): header, a text, and
 * attachments in multipart/mixed.  It is 7-bit throughout, apart from addresses
 * that only SMTPUTF8 can carry; lines end in LF and none is over 998 bytes.  It
 * comes out in pieces, so that a large attachment needs no memory of its size.
 */
#ifndef MAIL_BUILD_H
#define MAIL_BUILD_H

#include "mail/addr.h"
#include "text/date.h"

#define BUILD_LINE_MAX 998 /* bytes of a line without its end, RFC 5322 2.1.1 */

/* A field of the user's. */
struct build_field {
	struct span name, value;
};

/* An attachment: its bytes come back exactly. */
struct build_part {
	const char *name;  /* the file's, without directories; any bytes */
	struct span bytes;
};

/* All borrowed. */
struct build {
	const struct addr_list *from, *to, *cc; /* to and cc may be empty */
	const char *subject;			/* UTF-8; NULL: none */
	struct date date;
	const char *message_id; /* local@domain */
	const struct build_field *field; /* after build_field; a Date or a
					    Message-ID replaces ours */
	size_t fields;
	struct span text; /* UTF-8 */
	const struct build_part *part;
	size_t parts;
	const char *token; /* 16 or more random letters and digits */
};

/*
 * Splits "Name: value".  ERR_USAGE where the name is none, the value has a
 * control (CR, LF and NUL among them) or broken UTF-8, or the field is one that
 * the tool makes itself or has an option for.  The field borrows from s.
 */
int build_field(const char *s, struct build_field *, struct err *);

/*
 * Gives the message to put, in order; put returns -1 to stop.  ERR_USAGE where
 * a subject or a name has controls, or a field would make too long a line.
 */
int build_message(const struct build *,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *);

/*
 * The media type that a file's name has by its suffix, without parameters;
 * application/octet-stream where nothing is known.
 */
const char *build_type(const char *name);

#endif
