/*
 * Lexical tokens of structured fields (RFC 5322, section 3.2, with section 4's
 * obsolete forms; RFC 2045, section 5.1 for parameters).  Linear and lenient:
 * 8-bit bytes and controls are atom text, whoever minds looks for them.
 */
#ifndef TEXT_TOKEN_H
#define TEXT_TOKEN_H

#include "base/buf.h"

#define TOKEN_DEPTH_MAX 100 /* comments inside comments */

enum token_kind {
	TOKEN_ATOM,    /* also an encoded word whose text holds specials */
	TOKEN_QUOTED,  /* "..." */
	TOKEN_LITERAL, /* [...], in addresses only */
	TOKEN_COMMENT, /* (...) */
	TOKEN_SPECIAL  /* one character */
};

enum token_set {
	TOKEN_MAIL, /* specials of RFC 5322: ()<>[]:;@\,." */
	TOKEN_MIME  /* specials of RFC 2045: ()<>@,;:\"/[]?= */
};

struct token {
	enum token_kind kind;
	struct span raw;   /* as it stands */
	struct span inner; /* between quotes, brackets or parentheses */
	bool blank;	   /* blanks, or a fold, stood before it */
};

/* Where scanning is; rest may be read and moved between calls. */
struct token_scan {
	struct span rest;
	enum token_set set;
	unsigned open; /* openers that nothing closes, seen so far */
};

struct token_scan token_begin(struct span, enum token_set);

/*
 * Takes the next token: 1, or 0 at the end.  An opener that nothing closes, or
 * a comment nested too deep, is a special of one character, and so is each
 * later opener of its kind.
 */
int token_next(struct token_scan *, struct token *);

/* True for a special that is this character. */
bool token_is(const struct token *, char);

/* Appends inner with its folds and quoted pairs undone. */
void token_text(struct span inner, struct buf *out);

/* True where the bytes are all atom text of the set: no special, no blank. */
bool token_is_atom(struct span, enum token_set);

/* Appends text as a quoted string. */
void token_quote(struct span text, struct buf *out);

/* An encoded word, =?charset*language?B?text?= (RFC 2047, section 2). */
struct token_word {
	struct span charset; /* without the language */
	bool base64;	     /* else the Q encoding */
	struct span text;
	size_t n; /* bytes of the whole word */
};

/*
 * True where s begins with an encoded word; loose lets blanks and question
 * marks stand in its text, and blanks and quotes around its charset, as mailers
 * write them.  Looking at every "=?" of a
 * text is linear: no look reads past the next "=?".
 */
bool token_word(struct span s, bool loose, struct token_word *);

#endif
