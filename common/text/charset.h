/*
 * Character sets to UTF-8, through iconv.  Nothing here fails: what a charset
 * cannot explain becomes U+FFFD, one for each maximal broken sequence, and the
 * text goes on.  UTF-8 is checked strictly (RFC 3629): no surrogates, no
 * overlong forms, nothing over U+10FFFF.
 */
#ifndef TEXT_CHARSET_H
#define TEXT_CHARSET_H

#include "base/buf.h"

#define CHARSET_FFFD "\xef\xbf\xbd"
#define CHARSET_POOL_MAX 72 /* charsets that are known, or a few more */

/* One conversion whose input comes in pieces of any size. */
struct charset {
	enum charset_way {
		CHARSET_GUESS, /* UTF-8 where valid, else windows-1252 */
		CHARSET_UTF8,
		CHARSET_1252,
		CHARSET_ICONV
	} way;
	void *iconv;	 /* CHARSET_ICONV alone */
	unsigned unit;	 /* bytes of the charset's smallest piece */
	size_t step;	 /* bytes in one go */
	bool is_big5;	 /* with ETEN's characters */
	bool is_jis;	 /* ISO-2022-JP, with NEC's and IBM's */
	void *nec;	 /* iconv's for these, once there is one */
	bool broken;	 /* the last bytes were, and have their U+FFFD */
	struct buf held; /* a sequence that is not complete yet; bounded */
	bool replaced;	 /* at least one U+FFFD was put in */
};

/*
 * Opens for the charset that mail names; aliases and mail's habits are known,
 * and superset for subset is taken (windows-1252 for ISO-8859-1, GB18030 for
 * gb2312).  Empty, "us-ascii", "unknown-8bit" and names that nobody knows
 * mean: UTF-8 where valid, else windows-1252 byte by byte.  No name from mail
 * reaches iconv.  *c need not be initialised.
 */
void charset_open(struct charset *, struct span name);
void charset_push(struct charset *, struct span in, struct buf *out);
/* Appends what was held back and frees; all but replaced is zero then. */
void charset_close(struct charset *, struct buf *out);

/* All at once: open, push, close. */
void charset_to_utf8(struct span in, struct span name, struct buf *out);

/*
 * Keeps the charsets of the names it is shown open.  iconv loads a charset's
 * tables for the first that opens it and drops them soon after the last, which
 * costs far more than a short text does: who decodes many shows each name
 * here before it is closed.  Zero keeps none.
 */
struct charset_pool {
	void *kept[CHARSET_POOL_MAX];
	bool is_used;
};

void charset_keep(struct charset_pool *, struct span name);
void charset_pool_free(struct charset_pool *);

bool charset_is_utf8(struct span);
bool charset_is_ascii(struct span);
/* Printable ASCII alone: it is UTF-8, and charset_line changes nothing. */
bool charset_is_plain(struct span);

/*
 * The next character of s at *off, which moves on: its code point, or 0xFFFD
 * for a maximal broken sequence.  *off must be below s.n.
 */
uint32_t charset_char(struct span s, size_t *off);
/* Appends a code point, which is at most 0x10ffff and no surrogate. */
void charset_put(uint32_t, struct buf *);

/*
 * True where it may be shown as it is: no control of any kind (C0, DEL, C1,
 * U+2028, U+2029), nor one of bidirectional text.
 */
bool charset_is_shown(uint32_t c);

/*
 * Appends in as one record of output: TAB, CR and LF become a blank; other C0,
 * DEL, C1, U+2028, U+2029, bidirectional controls and broken UTF-8 become
 * U+FFFD.  charset_lines lets LF and TAB through and drops CR before LF.
 */
void charset_line(struct span in, struct buf *out);
void charset_lines(struct span in, struct buf *out);

#endif
