/*
 * Composes a message (RFC 5322 and RFC 2045 to 2049): header, a text, and
 * where there are parts multipart/mixed of multipart/related (RFC 2387) of
 * multipart/alternative, as far as each is needed.  It is 7-bit throughout,
 * apart from addresses that only SMTPUTF8 can carry and messages that are
 * attached and are not; lines end in LF and none is over 998 bytes.  It comes
 * out in pieces, so that a large attachment needs no memory of its size.
 */
#ifndef MAIL_BUILD_H
#define MAIL_BUILD_H

#include "mail/addr.h"
#include "text/date.h"

#define BUILD_LINE_MAX 998 /* bytes of a line without its end, RFC 5322 2.1.1 */
#define BUILD_NAME_MAX 255 /* bytes of a part's name */

/* A field of the user's. */
struct build_field {
	struct span name, value;
};

enum build_role {
	BUILD_ATTACHED,
	BUILD_ALTERNATIVE, /* says what the text says, better */
	BUILD_INLINE	   /* a text or an alternative shows it: cid:NAME */
};

/*
 * A part: its bytes come back exactly, but for line ends in an alternative
 * that is text and in a message (message/rfc822), which is never encoded (RFC
 * 2046, section 5.2.1): one with a NUL, a CR without LF or too long a line is
 * application/octet-stream.
 */
struct build_part {
	enum build_role role;
	const char *name; /* the file's, without directories; any bytes */
	const char *type; /* media type; charset is not among its parameters */
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
	const char *type; /* of the text, as a part's; NULL: text/plain */
	struct span text; /* UTF-8 where the type is text; else as it is */
	const char *charset; /* of parts that are text and not UTF-8; NULL: it
				is not told */
	const struct build_part *part;
	size_t parts;
	const char *token; /* 16 or more random letters and digits */
};

/*
 * Splits "Name: value".  ERR_USAGE where the name is none, the value has a
 * control (CR, LF and NUL among them) or broken UTF-8 or is not what that field
 * holds, or the field is one that the tool makes itself or has an option for.
 * The field borrows from s.
 */
int build_field(const char *s, struct build_field *, struct err *);

/* True for a field that a header has once; for one that holds addresses. */
bool build_is_single(struct span name);
bool build_is_address(struct span name);

/*
 * Gives the message to put, in order; put returns -1 to stop.  An empty text is
 * left out where there are parts.  ERR_USAGE where a subject or a name has
 * controls, a field would make too long a line, or build_check says no.
 */
int build_message(const struct build *,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *);

/*
 * ERR_USAGE where a part's name is too long or has a control or, inline, what
 * no Content-ID has.
 */
int build_check(const struct build_part *, struct err *);

#endif
