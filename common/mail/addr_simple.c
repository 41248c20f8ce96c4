#include "mail/addr.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/token.h"

#define MEMBER_MAX 1000 /* bytes; a longer one is no simple one */

static size_t first(struct span);
static size_t take_name(struct span, struct span *name);
static bool is_whole(struct span name);
static size_t take_spec(struct span, struct span *address);
static size_t dotted(struct span, size_t at);
static size_t blanks(struct span, size_t at);
static bool is_atext(char);

bool
addr_simple(struct span *rest, struct span *name, struct span *address)
{
	struct span s = span_sub(*rest, 0, MEMBER_MAX);
	size_t at = blanks(s, 0), n;
	bool is_in_angle;

	at += take_name(span_from(s, at), name);
	is_in_angle = at < s.n && s.p[at] == '<';
	if (name->n > 0 && !is_in_angle)
		return false;
	at += is_in_angle;
	n = take_spec(span_from(s, at), address);
	at += n;
	if (n == 0 || (is_in_angle && (at == s.n || s.p[at] != '>')))
		return false;
	at = blanks(s, at + is_in_angle);
	/* where it is cut, nobody knows what follows */
	if (at < s.n ? s.p[at] != ',' : s.n < rest->n)
		return false;
	*rest = span_from(*rest, at + (at < s.n));
	return true;
}

void
addr_simple_name(struct span name, struct buf *out)
{
	struct buf words = {0};

	if (span_find(name, SPAN("=?")) == SPAN_NONE) {
		buf_span(out, name);
		return;
	}
	word_decode(name, &words);
	charset_line(span_trim(buf_view(&words)), out);
	buf_free(&words);
}

bool
addr_first_put(struct span *rest, struct memo *memo, memo_make make,
    struct buf *out)
{
	size_t n = first(span_sub(*rest, 0, MEMBER_MAX)), start = out->n;

	if (rest->n == 0 || n == MEMBER_MAX)
		return false;
	memo_put(memo, make, span_sub(*rest, 0, n), out);
	if (out->n == start)
		return false;
	*rest = span_from(*rest, n + 1);
	return true;
}

/*
 * One member that closes all that it opens, with its address in brackets at the
 * end: what is behind them is not of its name.
 */
bool
addr_alone(struct span piece, struct addr_list *list)
{
	struct token_scan scan = token_begin(piece, TOKEN_MAIL);
	struct token t;
	bool is_open = false, is_closed = false;

	if (!is_whole(piece))
		return false;
	while (token_next(&scan, &t) == 1) {
		if (token_is(&t, ';') || token_is(&t, ':'))
			return false;
		is_open = is_open || token_is(&t, '<');
		is_closed = is_open && token_is(&t, '>');
	}
	if (scan.open != 0 || !is_closed)
		return false;
	addr_parse(piece, list);
	return true;
}

/* How long it is, up to a comma that is not in the quotes of its name. */
static size_t
first(struct span s)
{
	size_t at = blanks(s, 0), end;

	if (at < s.n && s.p[at] == '"') {
		end = span_chr(span_from(s, at + 1), '"');
		at = end == SPAN_NONE ? s.n : at + 1 + end;
	}
	end = span_chr(span_from(s, at), ',');
	return end == SPAN_NONE ? s.n : at + end;
}

/* A name, its quotes and the blank after it, where "<" follows. */
static size_t
take_name(struct span s, struct span *name)
{
	bool is_quoted = s.n > 0 && s.p[0] == '"';
	size_t at = is_quoted, from = at, n;
	struct span end;

	while (at < s.n && (is_atext(s.p[at]) || s.p[at] == '.' ||
	    s.p[at] == '=' || s.p[at] == '?' ||
	    (at > from && s.p[at] == ' ' && s.p[at - 1] != ' ') ||
	    (is_quoted && s.p[at] == ',')))
		at++;
	n = at - from;
	if (n > 0 && s.p[at - 1] == ' ')
		n--;
	end = is_quoted ? SPAN("\" <") : SPAN(" <");
	*name = span_sub(s, from, n);
	if (n == 0 || !span_starts(span_from(s, from + n), end) ||
	    !is_whole(*name)) {
		*name = (struct span){0};
		return 0;
	}
	return from + n + end.n - 1;
}

/* No encoded word begins in it and may end behind it. */
static bool
is_whole(struct span name)
{
	struct token_word w;
	size_t at;

	while ((at = span_find(name, SPAN("=?"))) != SPAN_NONE) {
		name = span_from(name, at);
		if (!token_word(name, true, &w))
			return false;
		name = span_from(name, w.n);
	}
	return true;
}

/* local@domain: how many bytes; 0 where it is none. */
static size_t
take_spec(struct span s, struct span *address)
{
	size_t at = dotted(s, 0), n;

	if (at == 0 || at == s.n || s.p[at] != '@')
		return 0;
	n = dotted(s, at + 1);
	if (n == 0)
		return 0;
	*address = span_sub(s, 0, at + 1 + n);
	return address->n;
}

/* Words with single dots between them. */
static size_t
dotted(struct span s, size_t from)
{
	size_t at = from;

	while (at < s.n && (is_atext(s.p[at]) ||
	    (at > from && s.p[at] == '.' && s.p[at - 1] != '.')))
		at++;
	return at > from && s.p[at - 1] == '.' ? 0 : at - from;
}

static size_t
blanks(struct span s, size_t at)
{
	while (at < s.n && (ascii_blank(s.p[at]) || s.p[at] == '\r' ||
	    s.p[at] == '\n'))
		at++;
	return at;
}

/* RFC 5322's, but what encoded words have. */
static bool
is_atext(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '-' || c == '_' ||
	    c == '+' || c == '\'' || c == '/' || c == '!' || c == '&' ||
	    c == '*' || c == '#' || c == '~';
}
