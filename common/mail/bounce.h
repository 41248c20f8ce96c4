/*
 * A report that a message was not delivered (RFC 3464 in a multipart/report of
 * RFC 6522): a text for people, the status for programs, and the message.
 */
#ifndef MAIL_BOUNCE_H
#define MAIL_BOUNCE_H

#include "base/buf.h"
#include "text/date.h"

struct bounce_rcpt {
	const char *address;
	const char *enhanced; /* its code; "" for none */
	int code;	      /* SMTP's; 0: none */
	const char *text;     /* why, raw */
};

/* All borrowed. */
struct bounce {
	const char *host;	/* that reports */
	const char *sender;	/* who gets it */
	const char *message_id; /* the report's, without brackets */
	const char *returned;	/* the message's Message-ID, or "" */
	struct date date, arrived;
	const char *token; /* 16 or more random letters and digits */
	const struct bounce_rcpt *rcpt;
	size_t n;
	struct span message; /* lines end in LF or CR LF */
};

/* Appends it; lines end in LF. */
void bounce_build(const struct bounce *, struct buf *);

#endif
