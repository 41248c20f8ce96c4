/*
 * What a message needs of the way that carries it: its size on the wire, 8-bit
 * bytes, UTF-8 in its header, and what no SMTP server is to be given.
 */
#ifndef MAIL_SURVEY_H
#define MAIL_SURVEY_H

#include "base/err.h"
#include "base/span.h"

#define SURVEY_LINE_MAX 998 /* RFC 5322, section 2.1.1 */

/* Zero is the start; pieces may be of any size. */
struct survey {
	uint64_t size;	      /* with each line ended by CR LF */
	uint64_t line;	      /* lines that ended */
	uint64_t long_line;   /* the first line over the limit; 0: none */
	uint64_t nul_line;    /* the first line with a NUL; 0: none */
	bool is_8bit, is_utf8; /* any byte above ASCII; in the header */

	bool in_body, has_cr;
	size_t column;
};

void survey_add(struct survey *, struct span);
/* Once, after the last piece: counts the end of a last line without one. */
void survey_end(struct survey *);

/* ERR_DATA where it has a NUL or too long a line. */
int survey_check(const struct survey *, struct err *);

#endif
