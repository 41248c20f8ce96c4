/*
 * Takes a dot-stuffed message (RFC 1939, section 3; RFC 5321, section 4.5.2)
 * out of a stream, in pieces of any size.  Only CR LF ends a line: a dot
 * after a bare LF is a dot, and nothing but CR LF . CR LF is the end.
 */
#ifndef PROTO_DOT_H
#define PROTO_DOT_H

#include "base/buf.h"

/* Zero is the start of a message. */
struct dot {
	enum { DOT_START, DOT_LINE, DOT_CR, DOT_DOT, DOT_DOT_CR } place;
	size_t given; /* bytes of in that the last piece shows */
};

/*
 * Takes from *in, dropping what the last piece showed.  1 with a piece, which
 * lives until *in changes; 0 when more bytes are needed; -1 at the end, what
 * came after it is left in *in.
 */
int dot_next(struct dot *, struct buf *in, struct span *piece);

#endif
