/*
 * A ready message on its way out, as "msend -t" takes it: who gets it, without
 * the fields that nobody may see, with those that it must have.  All else stays
 * byte for byte.
 */
#ifndef MAIL_READY_H
#define MAIL_READY_H

#include "mail/addr.h"
#include "text/date.h"

/* What is added where it is missing. */
struct ready_add {
	const char *from; /* a From field's value */
	struct date date;
	const char *message_id; /* local@domain */
	bool is_bare_replaced;	/* a From without a domain is missing too */
};

struct ready {
	struct addr_list to;   /* of To, Cc and Bcc, each address once; of the
				  last Resent- ones where there are any */
	struct addr_list from; /* of From, or of Resent-From */
	struct buf head;       /* the new header, its empty line included */
	struct span body;      /* of the message that was given */
	struct buf message_id; /* without its angle brackets */
	struct buf whole;      /* what ready_shorten made; body is in it */
};

/*
 * Reads a message.  A leading From_ line, lines of the header that are no
 * field, Bcc and Resent-Bcc do not come back.  The line ends of what is added
 * are those of the first line.  ERR_DATA where the header has a NUL or a CR
 * that no LF follows.
 */
int ready_make(struct span message, const struct ready_add *, struct ready *,
    struct err *);
void ready_free(struct ready *);

/*
 * Makes quoted-printable of each part that has no encoding and a line over
 * SURVEY_LINE_MAX, which no server has to take; all else stays byte for byte.
 * Nothing changes where that broke a signature: with a DKIM-Signature, a
 * multipart/signed, or damage past the limits of mail/mime.h.
 */
void ready_shorten(struct ready *);

#endif
