/*
 * What a part holds, decoded; and a message as text for reading.
 */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include "mail/header.h"
#include "mail/mime.h"
#include "text/charset.h"

enum text_form {
	TEXT_BYTES, /* the content-transfer-encoding undone, nothing else */
	TEXT_UTF8   /* text/ also as UTF-8 with lines that end in LF */
};

/* One leaf's content, decoded piece by piece. */
struct text_stream {
	struct span rest; /* of the body */
	struct enc_stream enc;
	bool is_text; /* to be made UTF-8 */
	bool cr;      /* the last byte was a CR, held back */
	bool ended;
	struct charset charset;
	struct buf bytes, utf8; /* of one piece */
};

/*
 * Begins a part's content; a container's is its body as it stands.  Text in
 * HTML that names its charset only in itself is read so.  -1 (ERR_DATA) with
 * over PARAM_MAX parameters; to be closed either way.
 */
int text_open(struct text_stream *, const struct mime_part *, enum text_form,
    struct err *);
/* Appends the next piece, some 100 KB at most: 1, or 0 after the last. */
int text_next(struct text_stream *, struct buf *out);
void text_close(struct text_stream *);

/* How many bytes the part's content is, decoded. */
size_t text_size(const struct mime_part *);

#define TEXT_HTML_MAX (24u << 20) /* bytes of a page, which is read whole */

/* Who reads a message; both answer 0, or -1 where they cannot. */
struct text_reader {
	/* takes the next piece of it, some 100 KB but for HTML */
	int (*put)(void *data, struct span, struct err *);
	/* appends the text of HTML, in UTF-8; NULL: html_text */
	int (*html)(void *data, struct span html, struct buf *out,
	    struct err *);
	void *data;
};

/*
 * Gives the message for reading: From, To, Cc, Date and Subject, then its
 * text, plain where there is an alternative, format=flowed unfolded (RFC
 * 3676); what is attached, no text or HTML over TEXT_HTML_MAX is named on a
 * line.  All is UTF-8 and
 * harmless to a terminal.  -1 where the reader fails, or (ERR_DATA) with over
 * PARAM_MAX parameters.
 */
int text_read(const struct mime *, const struct text_reader *, struct err *);

/*
 * Undoes format=flowed in pieces of any size: each paragraph becomes one line.
 * Zero with .delsp set is the start.
 */
struct text_flow {
	bool delsp;	 /* the blank that a line flows with is not its own */
	bool flows;	 /* the next line goes on with the last one */
	bool inside;	 /* a long line, of which the start was given */
	size_t depth;	 /* of quoting, of the last line */
	struct buf held; /* a line that is not complete yet */
};

void text_flow(struct text_flow *, struct span utf8, struct buf *out);
/* Appends what is held, once, and frees. */
void text_flow_end(struct text_flow *, struct buf *out);

/*
 * Appends a field decoded for reading: addresses as people read them, other
 * text by word_decode.
 */
void text_value(const struct field *, struct buf *out);

#endif
