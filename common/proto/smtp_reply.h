/*
 * The replies of SMTP and LMTP (RFC 5321, section 4.2; enhanced codes by RFC
 * 2034 and RFC 3463), read from bytes in pieces of any size.
 */
#ifndef PROTO_SMTP_REPLY_H
#define PROTO_SMTP_REPLY_H

#include "base/buf.h"
#include "base/err.h"

#define SMTP_LINE_MAX 4096    /* bytes of a reply's line; the RFC has 512 */
#define SMTP_REPLY_MAX 65536  /* bytes of a reply's text */
#define SMTP_REPLY_LINES 1024 /* lines of a reply */

struct smtp_reply {
	int code;	   /* 200 to 599; 0: none */
	char enhanced[12]; /* "5.1.1"; "" where none was given */
	struct buf text;   /* lines without codes, joined by LF; raw bytes */
};

/* Zero is the start. */
struct smtp_reader {
	struct buf in;
	size_t seen; /* bytes of in that hold no LF */
	size_t lines;
	bool is_whole; /* now is complete and was handed out */
	struct smtp_reply now;
};

/* What came from the server. */
void smtp_reader_push(struct smtp_reader *, struct span);

/*
 * The next whole reply: 1 and *reply, which lives until the next call; 0 where
 * more bytes must come; -1 (ERR_PROTO) where this is not SMTP or over a limit.
 */
int smtp_reader_next(struct smtp_reader *, const struct smtp_reply **reply,
    struct err *);

void smtp_reader_free(struct smtp_reader *);

void smtp_reply_copy(struct smtp_reply *to, const struct smtp_reply *from);
void smtp_reply_free(struct smtp_reply *);

#endif
