/* A message's flags: Maildir's letters and IMAP's names for the same. */
#ifndef MAIL_FLAG_H
#define MAIL_FLAG_H

#include "base/buf.h"

enum flag {
	FLAG_DRAFT = 1,
	FLAG_FLAGGED = 2,
	FLAG_PASSED = 4, /* forwarded */
	FLAG_ANSWERED = 8,
	FLAG_SEEN = 16,
	FLAG_TRASHED = 32
};

/* The flags of a Maildir file's name: the letters after its last ":2,". */
unsigned flag_of_name(struct span name);
/* Appends Maildir's letters, in the order that Maildir wants. */
void flag_letters(unsigned flags, struct buf *);

/* Of the value of an mbox message's Status or X-Status field. */
unsigned flag_of_status(struct span value);

/* The flag of an IMAP name, "\Seen" or "$Forwarded"; 0 for any other. */
unsigned flag_of_imap(struct span name);
/* All of such names, with a blank between them. */
unsigned flags_of_imap(struct span names);

/* The flag that a query calls so ("seen", "answered"); 0 for none. */
unsigned flag_of_word(struct span);
/* The one flag's word; NULL where flag is none. */
const char *flag_word(unsigned flag);

#endif
