/*
 * IMAP's tokens (RFC 9051, section 9) out of bytes in pieces of any size.
 * Memory holds one token at most; the bytes of a literal pass through.  A
 * quoted string and a literal give the same three: STRING, DATA…, END.
 */
#ifndef PROTO_IMAP_LEX_H
#define PROTO_IMAP_LEX_H

#include "base/buf.h"
#include "base/err.h"
#include "proto/trace.h"

#define IMAP_TOKEN_MAX 65536 /* bytes of an atom, a quoted string, a text */

enum imap_token_kind {
	IMAP_ATOM,   /* text is it: a word, a number, a flag, a section */
	IMAP_OPEN,   /* ( */
	IMAP_CLOSE,  /* ) */
	IMAP_STRING, /* starts a string of size bytes */
	IMAP_DATA,   /* text is a piece of it, never empty */
	IMAP_END,    /* ends the string */
	IMAP_TEXT,   /* text is the rest of the line; the line has ended */
	IMAP_EOL     /* the line has ended */
};

/* What text points at lives until the next imap_lex_ call. */
struct imap_token {
	enum imap_token_kind kind;
	struct span text;
	uint64_t size;
};

/* How the next token is read; the parser knows where it is in a line. */
enum imap_lex_mode {
	IMAP_LEX_PLAIN,
	IMAP_LEX_ITEM, /* BODY[HEADER.FIELDS (TO)]<0> is one atom */
	IMAP_LEX_SET,  /* a comma separates atoms */
	IMAP_LEX_REST  /* the rest of the line is one TEXT */
};

struct imap_lex {
	enum imap_lex_mode mode; /* set before a call */
	int state;
	struct buf in;	  /* bytes not looked at */
	size_t given;	  /* of them, what the last DATA handed out */
	struct buf token; /* the token so far */
	bool is_complete; /* token was handed out: the next one starts anew */
	uint64_t left;	  /* bytes of a literal that are to come */
	struct trace *trace;
};

void imap_lex_push(struct imap_lex *, struct span);

/* 1 with a token, 0 when more bytes are needed, -1 (ERR_PROTO). */
int imap_lex_next(struct imap_lex *, struct imap_token *, struct err *);

/* True when bytes wait that no token was made of. */
bool imap_lex_waits(const struct imap_lex *);

/* Takes them out, to the end of *rest. */
void imap_lex_rest(struct imap_lex *, struct buf *rest);

void imap_lex_free(struct imap_lex *);

#endif
