#include "mail/variant.h"

static void put(struct span run, size_t before, struct buf *);
static const char *other(char);
static void put_plain(struct span, size_t from, struct buf *);

bool
variant_has(char c)
{
	return other(c) != NULL;
}

/* Each begins with letters of ASCII, up to the first that is another one. */
void
variant_put(struct span run, struct buf *out)
{
	for (size_t at = 0; at < run.n; at++)
		if (variant_has(run.p[at]))
			put(run, at, out);
}

/*
 * What follows is as it stands up to the next letter that need not be.  One
 * letter alone would be in nearly all that a server knows it in: so it gets the
 * next one too.
 */
static void
put(struct span run, size_t before, struct buf *out)
{
	const char *letter = other(run.p[before]);
	size_t after = before + 1;

	if (before > 0 || after == run.n || !variant_has(run.p[after])) {
		buf_span(out, span_sub(run, 0, before));
		buf_str(out, letter);
		put_plain(run, after, out);
		return;
	}
	buf_fmt(out, "%s%c", letter, run.p[after]);
	put_plain(run, after + 1, out);
	buf_fmt(out, "%s%s", letter, other(run.p[after]));
	put_plain(run, after + 1, out);
}

/* NULL: there is none. */
static const char *
other(char c)
{
	switch (c) {
	case 'i':
		return "\304\260";
	case 'k':
		return "\342\204\252";
	case 's':
		return "\305\277";
	default:
		return NULL;
	}
}

static void
put_plain(struct span run, size_t from, struct buf *out)
{
	for (; from < run.n && !variant_has(run.p[from]); from++)
		buf_char(out, run.p[from]);
	buf_char(out, '\0');
}
