#include <limits.h>

#include "text/token.h"

static bool skip_blanks(struct span *);
static size_t special_or_closed(struct token_scan *, struct token *);
static size_t quoted_end(struct span, char close);
static size_t comment_end(struct span);
static size_t atom_end(struct token_scan *);
static bool is_atom_char(char, enum token_set);
static bool is_space(char);
static size_t word_part(struct span, size_t off, bool loose);
static bool word_charset(struct span, struct span *charset);
static size_t word_text_end(struct span, size_t off, bool loose);

struct token_scan
token_begin(struct span s, enum token_set set)
{
	return (struct token_scan){s, set, 0};
}

int
token_next(struct token_scan *scan, struct token *t)
{
	struct span *rest = &scan->rest;
	size_t n;

	*t = (struct token){.blank = skip_blanks(rest)};
	if (rest->n == 0)
		return 0;
	n = atom_end(scan);
	if (n > 0) {
		t->kind = TOKEN_ATOM;
		t->inner = span_sub(*rest, 0, n);
	} else {
		n = special_or_closed(scan, t);
	}
	t->raw = span_sub(*rest, 0, n);
	*rest = span_from(*rest, n);
	return 1;
}

bool
token_is(const struct token *t, char c)
{
	return t->kind == TOKEN_SPECIAL && t->raw.p[0] == c;
}

void
token_text(struct span inner, struct buf *out)
{
	size_t run = 0, i;

	for (i = 0; i < inner.n; i++) {
		char c = inner.p[i];

		if (c != '\\' && c != '\r' && c != '\n')
			continue;
		/* a CR that ends no line stays */
		if (c == '\r' && (i + 1 == inner.n || inner.p[i + 1] != '\n'))
			continue;
		buf_span(out, span_sub(inner, run, i - run));
		run = i + 1;
		if (c == '\\')
			i++;
	}
	buf_span(out, span_from(inner, run));
}

bool
token_is_atom(struct span s, enum token_set set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_atom_char(s.p[i], set))
			return false;
	return s.n > 0;
}

void
token_quote(struct span text, struct buf *out)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, text.p[i]);
	}
	buf_char(out, '"');
}

bool
token_word(struct span s, bool loose, struct token_word *w)
{
	size_t charset = 2, encoding, text, end;

	if (!span_starts(s, SPAN("=?")))
		return false;
	encoding = word_part(s, charset, loose);
	if (encoding == SPAN_NONE || !word_charset(span_sub(s, charset,
		encoding - 1 - charset), &w->charset))
		return false;
	text = word_part(s, encoding, false);
	if (text != encoding + 2)
		return false;
	w->base64 = ascii_lower(s.p[encoding]) == 'b';
	if (!w->base64 && ascii_lower(s.p[encoding]) != 'q')
		return false;
	end = word_text_end(s, text, loose);
	if (end == SPAN_NONE)
		return false;
	w->text = span_sub(s, text, end - text);
	w->n = end + 2;
	return true;
}

static bool
skip_blanks(struct span *s)
{
	size_t n = 0;

	while (n < s->n && is_space(s->p[n]))
		n++;
	*s = span_from(*s, n);
	return n > 0;
}

/* How long the special, or what it opens, is. */
static size_t
special_or_closed(struct token_scan *scan, struct token *t)
{
	static const struct {
		char open, close;
		enum token_kind kind;
		unsigned bit;
	} pair[] = {{'"', '"', TOKEN_QUOTED, 1}, {'(', ')', TOKEN_COMMENT, 2},
	    {'[', ']', TOKEN_LITERAL, 4}};
	size_t i, n;

	t->kind = TOKEN_SPECIAL;
	t->inner = span_sub(scan->rest, 0, 1);
	for (i = 0; i < sizeof pair / sizeof pair[0]; i++)
		if (scan->rest.p[0] == pair[i].open)
			break;
	if (i == sizeof pair / sizeof pair[0] ||
	    (scan->open & pair[i].bit) != 0 ||
	    (pair[i].kind == TOKEN_LITERAL && scan->set != TOKEN_MAIL))
		return 1;
	n = pair[i].kind == TOKEN_COMMENT
	    ? comment_end(scan->rest)
	    : quoted_end(scan->rest, pair[i].close);
	if (n == SPAN_NONE) {
		scan->open |= pair[i].bit;
		return 1;
	}
	t->kind = pair[i].kind;
	t->inner = span_sub(scan->rest, 1, n - 2);
	return n;
}

static size_t
quoted_end(struct span s, char close)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == close)
			return i + 1;
	}
	return SPAN_NONE;
}

static size_t
comment_end(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(' && ++depth > TOKEN_DEPTH_MAX)
			return SPAN_NONE;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return SPAN_NONE;
}

/*
 * How long the atom is, 0 for none.  Mailers leave commas and the like in the
 * text of encoded words, which would fall apart at them.
 */
static size_t
atom_end(struct token_scan *scan)
{
	struct span s = scan->rest;
	struct token_word w;
	size_t n = 0;

	if (scan->set == TOKEN_MAIL && token_word(s, false, &w))
		return w.n;
	while (n < s.n && is_atom_char(s.p[n], scan->set))
		n++;
	return n;
}

static bool
is_atom_char(char c, enum token_set set)
{
	/* a bit a set; reading addresses spends its time here */
	static const unsigned char none[UCHAR_MAX + 1] = {['\t'] = 3,
	    ['\n'] = 3, ['\r'] = 3, [' '] = 3, ['('] = 3, [')'] = 3,
	    ['<'] = 3, ['>'] = 3, ['['] = 3, [']'] = 3, [':'] = 3, [';'] = 3,
	    ['@'] = 3, ['\\'] = 3, [','] = 3, ['"'] = 3, ['.'] = 1,
	    ['/'] = 2, ['?'] = 2, ['='] = 2};

	return (none[(unsigned char)c] & (set == TOKEN_MAIL ? 1 : 2)) == 0;
}

static bool
is_space(char c)
{
	return ascii_blank(c) || c == '\r' || c == '\n';
}

/* Where the part of a word after the next question mark begins. */
static size_t
word_part(struct span s, size_t off, bool loose)
{
	while (off < s.n && (is_atom_char(s.p[off], TOKEN_MIME) ||
				(loose && s.p[off] != '?' && s.p[off] != '=')))
		off++;
	return off < s.n && s.p[off] == '?' ? off + 1 : SPAN_NONE;
}

/* The name without its language, and without blanks and quotes around it. */
static bool
word_charset(struct span s, struct span *charset)
{
	s = span_trim(span_sub(s, 0, span_chr(s, '*')));
	if (s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = span_sub(s, 1, s.n - 2);
	*charset = s;
	for (size_t i = 0; i < s.n; i++)
		if (is_space(s.p[i]))
			return false;
	return s.n > 0;
}

static size_t
word_text_end(struct span s, size_t off, bool loose)
{
	for (; off + 1 < s.n; off++) {
		if (s.p[off] == '?' && s.p[off + 1] == '=')
			return off;
		if (s.p[off] == '=' && s.p[off + 1] == '?' &&
		    !(off + 2 < s.n && s.p[off + 2] == '='))
			return SPAN_NONE;
		if (!loose && (s.p[off] == '?' || is_space(s.p[off])))
			return SPAN_NONE;
	}
	return SPAN_NONE;
}
