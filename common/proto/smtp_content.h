/*
 * A message's content as SMTP carries it (RFC 5321, sections 2.3.8 and 4.5.2):
 * lines end in CR LF and in nothing else.  LF and CR LF are line ends; a CR
 * that no LF follows becomes a blank, so that no server can see a line where
 * the message has none.
 */
#ifndef PROTO_SMTP_CONTENT_H
#define PROTO_SMTP_CONTENT_H

#include "base/buf.h"

/* Zero is the start of a content. */
struct smtp_content {
	bool in_line; /* something stands before on this line */
	bool has_cr;  /* a CR was held back */
};

/*
 * Appends a piece of any size; with stuff a dot at a line's start is doubled,
 * as DATA needs it.
 */
void smtp_content_add(struct smtp_content *, struct span, bool stuff,
    struct buf *out);

/* Appends what was held back and completes the last line. */
void smtp_content_finish(struct smtp_content *, struct buf *out);

#endif
