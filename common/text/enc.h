/*
 * Content-transfer-encodings (RFC 2045, section 6) and percent encoding.
 * Decoders take their input in pieces of any size and never fail: what is not
 * the encoding's is handled as RFC 2045 advises and noted in the state.
 */
#ifndef TEXT_ENC_H
#define TEXT_ENC_H

#include "base/buf.h"

enum enc {
	ENC_NONE, /* 7bit, 8bit, binary: bytes as they are */
	ENC_BASE64,
	ENC_QP,
	ENC_UU, /* uuencode, x-uuencode: what is between "begin" and "end" */
	ENC_UNKNOWN /* a name nobody knows: bytes as they are */
};

/* Zero with .enc set is the start of a stream. */
struct enc_stream {
	enum enc enc;
	bool damaged;	 /* something had to be skipped or guessed */
	bool ended;	 /* base64: after padding; a new quantum reopens */
	bool begun;	 /* uu: after a line of "begin" */
	uint32_t bits;	 /* base64: bits held back */
	int nbits;
	struct buf held; /* qp: a bounded tail that may be a soft break;
			    uu: of a line, as much as can count */
};

/* The encoding that a Content-Transfer-Encoding's value names. */
enum enc enc_named(struct span);

/* Appends what in decodes to; then, once, what the stream held back. */
void enc_decode(struct enc_stream *, struct span in, struct buf *out);
void enc_decode_end(struct enc_stream *, struct buf *out);

/*
 * Takes the next uuencoded file off a text that has some, and what is before
 * it: *block is from its line of "begin" to that of "end", *name what the first
 * calls it.  1, or 0 where there is none.
 */
int enc_uu_next(struct span *rest, struct span *block, struct span *name);

/* True where the text has a line that ENC_UU decodes from: "begin 644 name". */
bool enc_uu_begins(struct span text);

/* Base64 on one line; and in lines of 76 characters that end in LF. */
void enc_base64(struct span in, struct buf *out);
void enc_base64_lines(struct span in, struct buf *out);

/*
 * Quoted-printable of text whose lines end in LF: lines of at most 76
 * characters that end in LF; blanks before LF, "From " and a lone dot at a
 * line's start, CR and NUL are escaped.
 */
void enc_qp_lines(struct span text, struct buf *out);

/* Decodes base64 without line ends, strictly: false if it is not (tokens). */
bool enc_unbase64(struct span in, struct buf *out);

/* %XX: all but unreserved characters (RFC 3986) and those in keep. */
void enc_percent(struct span in, const char *keep, struct buf *out);
/* False, with nothing promised of out, on a broken escape or %00. */
bool enc_unpercent(struct span in, struct buf *out);

#endif
