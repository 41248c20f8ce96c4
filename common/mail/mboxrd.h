/*
 * An mbox (RFC 4155): messages one after another, each behind a From_ line,
 * "From ", a sender, a date as asctime writes it.  A From_ line begins a
 * message at the start of the mbox and after an empty line.  So that a
 * message's own lines are not taken for one, a writer puts ">" before them:
 * before "From " (mboxo), or also before ">From ", ">>From " and so on, which
 * can be undone (mboxrd).  Others count bytes instead, in a Content-Length
 * field: that is taken where it leads to a From_ line or to the end.
 */
#ifndef MAIL_MBOXRD_H
#define MAIL_MBOXRD_H

#include "base/buf.h"
#include "text/date.h"

#define MBOXRD_FROM_MAX 1000 /* bytes of a From_ line; a longer one is none */

/* One message; its spans are the mbox's. */
struct mboxrd_message {
	size_t offset;	   /* of its From_ line in the mbox */
	struct span from;  /* the From_ line */
	struct span bytes; /* without it and the empty line at the end */
	bool is_counted;   /* its Content-Length says where it ends */
};

/* Iterates over the messages. */
struct mboxrd {
	struct span mbox;
	size_t at; /* of the next From_ line */
};

/* From the message at offset on: 0, or one that mboxrd_next gave. */
void mboxrd_each(struct span mbox, size_t offset, struct mboxrd *);
/* 1 with the next message, 0 at the end and where there is no From_ line. */
int mboxrd_next(struct mboxrd *, struct mboxrd_message *);

/*
 * The offset, from that one on and below until, of the first line that begins a
 * message if no Content-Length before it says otherwise; SPAN_NONE: there is
 * none.  So that who reads a large mbox can begin in its midst; of what is not
 * below until no more than such a line is read, however long lines are.
 */
size_t mboxrd_find(struct span mbox, size_t from, size_t until);

/* True where the first line is a From_ line; its date, which may be NULL. */
bool mboxrd_is_from(struct span, struct date *);

/*
 * The message as it was before it was put in the mbox: quotes undone, but not
 * where the bytes are counted, for then there are none.  What is not the
 * mbox's own is appended to own, and the span is of that.
 */
struct span mboxrd_content(const struct mboxrd_message *, struct buf *own);

/* A message on its way into an mbox, in pieces of any size; zero is one. */
struct mboxrd_writer {
	bool is_in_line;  /* it cannot become a From_ line any more */
	uint64_t quotes;  /* ">" at the line's start, not written yet */
	size_t matched;	  /* of "From " behind them, not written either */
};

/* Appends the From_ line, always of the same length for one sender. */
void mboxrd_from(const char *sender, int64_t sec, struct buf *);
/* Appends it with one ">" more on each line of ">", "From ". */
void mboxrd_write(struct mboxrd_writer *, struct span, struct buf *);
/* Appends the rest, the last line's end and the empty line behind it. */
void mboxrd_write_end(struct mboxrd_writer *, struct buf *);

/* Appends it with one ">" less on each line of ">", "From ". */
void mboxrd_unquote(struct span, struct buf *);

#endif
