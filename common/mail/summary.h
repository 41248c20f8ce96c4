/*
 * What a listing or a query wants of one message, taken from its header block
 * in one pass.  Fields stay raw spans of the header; the functions below
 * decode one when it is wanted.
 */
#ifndef MAIL_SUMMARY_H
#define MAIL_SUMMARY_H

#include "base/memo.h"
#include "mail/addr.h"
#include "text/date.h"

enum summary_field {
	SUMMARY_CC,
	SUMMARY_DATE,
	SUMMARY_FROM,
	SUMMARY_ID,
	SUMMARY_IN_REPLY_TO,
	SUMMARY_LIST,
	SUMMARY_RECEIVED,
	SUMMARY_REFERENCES,
	SUMMARY_SENDER,
	SUMMARY_SUBJECT,
	SUMMARY_TO,
	SUMMARY_FIELDS
};

/* What was worked out before; spans as summary_text and the others give it. */
struct summary_known {
	bool is_set;
	bool has_date;	  /* in Date or Received */
	struct date date; /* valid with it */
	struct span subject, from, address;
};

/* name, folder, flags, size and the rest come from where the message lies. */
struct summary {
	struct span name;   /* how the message is called */
	struct span folder; /* where it lies; empty where that is not known */
	unsigned flags;	    /* mail/flag.h */
	bool is_new;	    /* no reader has seen that it is there */
	uint32_t uid;	    /* on its server; 0 elsewhere */
	uint64_t size;	    /* bytes, as it is stored */
	int64_t arrival;    /* seconds; 0 where that is not known */
	struct span header;
	struct span field[SUMMARY_FIELDS]; /* of the first one; p NULL: none */
	struct summary_known known;
	struct memo *memo; /* for the lists of addresses; or NULL */
};

/* Sets header and field; the header must outlive the summary. */
void summary_header(struct summary *, struct span header);
/* The same of what header_split gives, which sets *body, in one pass. */
void summary_message(struct summary *, struct span message,
    struct span *body);

/*
 * When the message was written: its Date, else the time of its first Received
 * field, else its arrival; false where nothing tells.
 */
bool summary_date(const struct summary *, struct date *);
/* The same without the arrival. */
bool summary_written(const struct summary *, struct date *);

/*
 * These append nothing where the field is absent.  What comes out is UTF-8
 * and may hold any character: whoever prints uses charset_line.
 */
void summary_text(const struct summary *, enum summary_field, struct buf *);
/* The Message-ID without its angle brackets. */
void summary_id(const struct summary *, struct buf *);
/* The first address of From, else of Sender: its name or, without, itself. */
void summary_from(const struct summary *, struct buf *);
void summary_from_address(const struct summary *, struct buf *);
/* The names or addresses of To, comma and blank between them. */
void summary_to(const struct summary *, struct buf *);
/*
 * Each address of the field as "name <address>", the name in no quotes, LF
 * between them.
 */
void summary_addresses(const struct summary *, enum summary_field,
    struct buf *);
/* "Re: ", "Fwd: " and the like at a subject's start are cut off. */
struct span summary_base_subject(struct span subject);

#endif
