/*
 * What a machine says of its conversation for -v: lines of both directions,
 * secrets masked before they get here.  Zero is off.
 */
#ifndef PROTO_TRACE_H
#define PROTO_TRACE_H

#include "base/buf.h"

#define TRACE_LINE_MAX 2000 /* bytes of a line; what is longer is cut */

struct trace {
	bool is_on;
	struct buf part;  /* the server's line so far */
	struct buf lines; /* direction, text and LF of each */
	size_t given;	  /* bytes of lines that trace_next handed out */
};

/* A whole line without its end; direction is '>' to the server, '<' from it. */
void trace_line(struct trace *, char direction, struct span line);

/* A byte of the server's line; LF ends the line and CR does not count. */
void trace_byte(struct trace *, char);

/* The next line, valid until the next call; false at the end. */
bool trace_next(struct trace *, char *direction, struct span *line);

void trace_free(struct trace *);

#endif
