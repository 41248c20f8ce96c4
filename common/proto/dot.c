#include "proto/dot.h"

static int step(struct dot *, struct span in, struct span *piece);
static size_t up_to_dot(struct dot *, struct span);

int
dot_next(struct dot *d, struct buf *in, struct span *piece)
{
	int what = 0;

	*piece = (struct span){0};
	while (what == 0) {
		buf_drop(in, d->given);
		d->given = 0;
		if (in->n == 0)
			return 0;
		what = step(d, buf_view(in), piece);
	}
	if (what == -1) {
		buf_drop(in, d->given);
		*d = (struct dot){0};
	}
	return what;
}

static int
step(struct dot *d, struct span in, struct span *piece)
{
	d->given = 1;
	if (d->place == DOT_START && in.p[0] == '.') {
		d->place = DOT_DOT;
		return 0;
	}
	if (d->place == DOT_DOT && in.p[0] == '\r') {
		d->place = DOT_DOT_CR;
		return 0;
	}
	if (d->place == DOT_DOT_CR && in.p[0] == '\n')
		return -1;
	if (d->place == DOT_DOT_CR) {
		d->given = 0;
		d->place = DOT_CR;
		*piece = SPAN("\r");
		return 1;
	}
	d->given = up_to_dot(d, in);
	*piece = span_sub(in, 0, d->given);
	return 1;
}

/* How much goes out in one piece: all, or up to a line that a dot begins. */
static size_t
up_to_dot(struct dot *d, struct span in)
{
	bool after_cr = d->place == DOT_CR;
	size_t at = 0, end;

	while ((end = span_chr(span_from(in, at), '\n')) != SPAN_NONE) {
		end += at;
		at = end + 1;
		if (end > 0 ? in.p[end - 1] != '\r' : !after_cr)
			continue;
		if (at == in.n || in.p[at] == '.') {
			d->place = DOT_START;
			return at;
		}
	}
	d->place = in.p[in.n - 1] == '\r' ? DOT_CR : DOT_LINE;
	return in.n;
}
