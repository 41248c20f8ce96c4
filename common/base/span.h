/*
 * A span borrows bytes: it owns nothing, may hold NULs, has no NUL after it and
 * lives as long as what it points into.  Zero is the empty span.  Nothing here
 * depends on the locale: letters and digits are ASCII's.  The smallest ones
 * are inline: all parsing is made of them.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN_NONE ((size_t)-1)

/* The span of a string literal, of a string, of n bytes. */
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})
static inline struct span
span_of(const char *s)
{
	return (struct span){s, s == NULL ? 0 : strlen(s)};
}

static inline struct span
span_at(const void *p, size_t n)
{
	return (struct span){p, n};
}

/* What is left after the first off bytes; clipped to s. */
static inline struct span
span_from(struct span s, size_t off)
{
	if (s.p == NULL)
		return s;
	if (off > s.n)
		off = s.n;
	return (struct span){s.p + off, s.n - off};
}

/* The part that starts at off (at most n bytes of it); clipped to s. */
static inline struct span
span_sub(struct span s, size_t off, size_t n)
{
	s = span_from(s, off);
	if (s.n > n)
		s.n = n;
	return s;
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_ieq(struct span, struct span); /* ASCII case folded */
bool span_is(struct span, const char *);
bool span_iis(struct span, const char *); /* ASCII case folded */
bool span_starts(struct span, struct span prefix);
bool span_istarts(struct span, struct span prefix);
bool span_ends(struct span, struct span suffix);

/* <0, 0 or >0 as memcmp, the shorter first. */
int span_cmp(struct span, struct span);

/*
 * The offset of the first c, or of the first needle; SPAN_NONE if absent.
 * span_find costs up to needle.n for each byte: needles are short.
 */
size_t span_chr(struct span, char c);
size_t span_find(struct span, struct span needle);

/* Without blanks, tabs, CR and LF at both ends. */
struct span span_trim(struct span);

/*
 * Takes the piece before the next sep off *rest, and the sep with it; the last
 * piece has none.  1 with a piece, 0 when *rest is used up (its p is NULL).
 */
int span_cut(struct span *rest, char sep, struct span *piece);

/*
 * Takes the next line off *rest: *line is without its LF or CR LF.  1 with a
 * line, 0 at the end.  A last line needs no LF; a CR at its end is its own.
 */
int span_line(struct span *rest, struct span *line);

/* All of s as a decimal number of at most max; false if it is not one. */
bool span_num(struct span s, uint64_t max, uint64_t *out);

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_alpha(char c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

/* Blank or tab. */
static inline bool
ascii_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* C0 and DEL. */
static inline bool
ascii_ctl(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

#endif
