#include <string.h>

#include "base/span.h"

static bool same_folded(const char *, const char *, size_t);
static bool is_space(char);

bool
span_ieq(struct span a, struct span b)
{
	return a.n == b.n && same_folded(a.p, b.p, a.n);
}

bool
span_is(struct span a, const char *s)
{
	return span_eq(a, span_of(s));
}

bool
span_iis(struct span a, const char *s)
{
	return span_ieq(a, span_of(s));
}

bool
span_starts(struct span s, struct span prefix)
{
	return span_eq(span_sub(s, 0, prefix.n), prefix);
}

bool
span_istarts(struct span s, struct span prefix)
{
	return span_ieq(span_sub(s, 0, prefix.n), prefix);
}

bool
span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_eq(span_from(s, s.n - suffix.n), suffix);
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

size_t
span_chr(struct span s, char c)
{
	const char *hit = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return hit == NULL ? SPAN_NONE : (size_t)(hit - s.p);
}

size_t
span_find(struct span s, struct span needle)
{
	size_t off = 0, hit;

	if (needle.n == 0)
		return 0;
	while (s.n - off >= needle.n) {
		hit = span_chr(span_from(s, off), needle.p[0]);
		if (hit == SPAN_NONE)
			return SPAN_NONE;
		off += hit;
		if (span_starts(span_from(s, off), needle))
			return off;
		off++;
	}
	return SPAN_NONE;
}

struct span
span_trim(struct span s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

int
span_cut(struct span *rest, char sep, struct span *piece)
{
	size_t at;

	if (rest->p == NULL)
		return 0;
	at = span_chr(*rest, sep);
	if (at == SPAN_NONE) {
		*piece = *rest;
		*rest = (struct span){NULL, 0};
		return 1;
	}
	*piece = span_sub(*rest, 0, at);
	*rest = span_from(*rest, at + 1);
	return 1;
}

int
span_line(struct span *rest, struct span *line)
{
	if (rest->n == 0 || span_cut(rest, '\n', line) == 0)
		return 0;
	if (rest->p != NULL && span_ends(*line, SPAN("\r")))
		line->n--;
	return 1;
}

bool
span_num(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0, digit;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_digit(s.p[i]))
			return false;
		digit = (uint64_t)(s.p[i] - '0');
		if (v > UINT64_MAX / 10 || v * 10 > UINT64_MAX - digit)
			return false;
		v = v * 10 + digit;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

static bool
same_folded(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i] && ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

static bool
is_space(char c)
{
	return ascii_blank(c) || c == '\r' || c == '\n';
}
