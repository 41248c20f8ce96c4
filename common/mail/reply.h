/*
 * What an answer takes over from a message (RFC 5322, section 3.6.4), and what
 * a message that is forwarded is called.
 */
#ifndef MAIL_REPLY_H
#define MAIL_REPLY_H

#include "mail/addr.h"

#define REPLY_REFERENCES_MAX 998 /* bytes of References, as RFC 5537 has it */
#define REPLY_ID_MAX 250	 /* a longer message identifier is none */

/* Zero is empty. */
struct reply {
	struct addr_list to, cc;
	struct buf subject;	/* UTF-8, "Re: " and the rest */
	struct buf in_reply_to; /* "<left@right>"; empty where it has no id */
	struct buf references;	/* the same, with blanks between; the first and
				   the last ones where not all fit */
};

/*
 * Reads the header.  To whom: Reply-To, else From; a message of our own is
 * answered to whom it went to.  to_all: Mail-Followup-To alone where there is
 * one, else also To, Cc and the list's address (List-Post, RFC 2369), without
 * those of own and repeats.  Somebody is in to where anybody was named.
 */
void reply_make(struct span header, const struct addr_list *own, bool to_all,
    struct reply *);
void reply_free(struct reply *);

/* Appends those who got it: To, Cc, and who delivered it says so. */
void reply_got(struct span header, struct addr_list *);

/*
 * Appends the subject, decoded, as it is in an answer or in a message that
 * forwards it: one "Re: " in place of all that says so already (Re, Aw, Antw,
 * Sv, Vs, in any case, with a count as in "Re[2]:"); one "Fwd: " in place of
 * Fwd, Fw and Wg.
 */
void reply_subject(struct span header, struct buf *);
void reply_forward_subject(struct span header, struct buf *);

#endif
