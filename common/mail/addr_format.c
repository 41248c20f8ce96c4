#include <string.h>

#include "mail/addr.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/token.h"

#define LINE_CHARS 76 /* where the header's lines are folded */

static void put_name(struct span, struct buf *out);
static void put_address(const struct addr *, struct buf *out);
static void format_name(struct span, size_t column, struct buf *out);
static bool is_atoms(struct span);
static size_t column_of(struct span written, size_t column);

void
addr_format(const struct addr *a, size_t column, struct buf *out)
{
	struct span name = span_of(a->name), address = span_of(a->address);
	size_t start = out->n;

	if (name.n == 0 && !a->is_group) {
		buf_span(out, address);
		return;
	}
	format_name(name, column, out);
	if (a->is_group) {
		buf_str(out, ":;");
		return;
	}
	column = column_of(span_from(buf_view(out), start), column);
	if (column + address.n + 3 > LINE_CHARS)
		buf_char(out, '\n');
	buf_fmt(out, " <%s>", a->address);
}

void
addr_display(const struct addr *a, struct buf *out)
{
	put_name(span_of(a->name), out);
	put_address(a, out);
}

void
addr_text(const struct addr *a, struct buf *out)
{
	buf_str(out, a->name);
	put_address(a, out);
}

void
addr_simple_text(struct span name, struct span address, struct buf *out)
{
	size_t start = out->n;
	bool is_named;

	addr_simple_name(name, out);
	is_named = out->n > start;
	if (is_named)
		buf_str(out, " <");
	buf_span(out, address);
	if (is_named)
		buf_char(out, '>');
}

struct span
addr_domain(const char *address)
{
	struct token_scan scan = token_begin(span_of(address), TOKEN_MAIL);
	struct span domain = {0};
	struct token t;

	while (token_next(&scan, &t) == 1)
		if (token_is(&t, '@'))
			domain = scan.rest;
	return domain;
}

bool
addr_needs_utf8(const char *address)
{
	struct span s = span_of(address), domain = addr_domain(address);

	return !charset_is_ascii(span_sub(s, 0, s.n - domain.n));
}

static void
put_name(struct span name, struct buf *out)
{
	if (is_atoms(name) || name.n == 0)
		buf_span(out, name);
	else
		token_quote(name, out);
}

/* What follows the name, if there is one. */
static void
put_address(const struct addr *a, struct buf *out)
{
	if (a->is_group)
		buf_char(out, ':');
	else if (a->name[0] == '\0')
		buf_str(out, a->address);
	else if (a->address[0] != '\0')
		buf_fmt(out, " <%s>", a->address);
}

/* ASCII as it is or quoted, where it is on one line; encoded otherwise. */
static void
format_name(struct span name, size_t column, struct buf *out)
{
	struct buf quoted = {0};
	bool plain = charset_is_ascii(name) &&
	    span_find(name, SPAN("=?")) == SPAN_NONE;

	for (size_t i = 0; i < name.n; i++)
		plain = plain && !ascii_ctl(name.p[i]);
	if (!plain || is_atoms(name)) {
		word_encode_phrase(name, column, out);
		return;
	}
	token_quote(name, &quoted);
	if (quoted.n >= LINE_CHARS) {
		word_encode_phrase(name, column, out);
	} else {
		if (column > 1 && column + quoted.n > LINE_CHARS)
			buf_str(out, "\n ");
		buf_span(out, buf_view(&quoted));
	}
	buf_free(&quoted);
}

/* Words with one blank between each two: a phrase needs no quotes then. */
static bool
is_atoms(struct span name)
{
	struct span rest = name, word;

	while (span_cut(&rest, ' ', &word) == 1)
		if (!token_is_atom(word, TOKEN_MAIL))
			return false;
	return true;
}

/* How far the line is after what was written from column on. */
static size_t
column_of(struct span written, size_t column)
{
	for (size_t i = 0; i < written.n; i++)
		column = written.p[i] == '\n' ? 0 : column + 1;
	return column;
}
