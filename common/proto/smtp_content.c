#include "proto/smtp_content.h"

static size_t plain(struct span);
static void settle_cr(struct smtp_content *, struct buf *);

void
smtp_content_add(struct smtp_content *c, struct span in, bool stuff,
    struct buf *out)
{
	size_t n;

	while (in.n > 0) {
		if (in.p[0] == '\n') {
			buf_add(out, "\r\n", 2);
			*c = (struct smtp_content){0};
			in = span_from(in, 1);
			continue;
		}
		settle_cr(c, out);
		if (in.p[0] == '\r') {
			c->has_cr = true;
			in = span_from(in, 1);
			continue;
		}
		if (stuff && !c->in_line && in.p[0] == '.')
			buf_char(out, '.');
		n = plain(in);
		buf_span(out, span_sub(in, 0, n));
		c->in_line = true;
		in = span_from(in, n);
	}
}

void
smtp_content_finish(struct smtp_content *c, struct buf *out)
{
	settle_cr(c, out);
	if (c->in_line)
		buf_add(out, "\r\n", 2);
	*c = (struct smtp_content){0};
}

/* The bytes before the next CR or LF. */
static size_t
plain(struct span in)
{
	size_t n = 0;

	while (n < in.n && in.p[n] != '\r' && in.p[n] != '\n')
		n++;
	return n;
}

/* The CR before was no part of a line end. */
static void
settle_cr(struct smtp_content *c, struct buf *out)
{
	if (!c->has_cr)
		return;
	buf_char(out, ' ');
	c->has_cr = false;
	c->in_line = true;
}
