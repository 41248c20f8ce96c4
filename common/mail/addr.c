#include <stdlib.h>

#include "base/mem.h"
#include "mail/addr_member.h"
#include "mail/word.h"

#define MEMBER_TOKENS 10000 /* of one member; what is beyond is left out */
#define NAME_TOKENS 20	    /* that may have a comma after them */

static int parse(struct addr_scan *, size_t most, struct addr_list *,
    struct addr_strict *, struct err *);
static char separator(const struct addr_member *, const struct token *);
static bool is_of_name(const struct addr_member *);
static bool is_route(const struct addr_member *);
static void member_token(struct addr_member *, const struct token *);
static void member_end(struct addr_member *, char sep, struct addr_list *);
static void end_angles(const struct addr_member *, struct addr_list *);
static void end_angle(const struct addr_member *, size_t from, size_t angle,
    struct addr_list *);
static void end_bares(const struct addr_member *, size_t start, size_t end,
    struct addr_list *);
static void end_bare(const struct addr_member *, size_t start, size_t end,
    size_t at, struct addr_list *);
static bool is_one_word(const struct addr_member *, size_t from, size_t to);
static size_t spec_start(const struct addr_member *, size_t start, size_t at);
static size_t spec_end(const struct addr_member *, size_t at);
static bool is_word(const struct token *);
static void add_name(const struct addr_member *, size_t from, size_t to,
    struct buf *raw);
static void add_address(const struct addr_member *, size_t from, size_t to,
    struct buf *);
static bool is_of_domain(const struct token *, const struct token *before);
static void add_local(struct span, bool is_quoted, struct buf *);
static void push(struct addr_list *, const struct addr_member *,
    struct buf *raw, struct buf *address, bool is_group);
static char *as_line(struct span);

void
addr_parse(struct span value, struct addr_list *list)
{
	struct addr_scan scan = addr_begin(value);

	if (value.n == 0)
		return;
	(void)parse(&scan, SIZE_MAX, list, NULL, NULL);
	charset_pool_free(&scan.pool);
}

struct addr_scan
addr_begin(struct span value)
{
	return (struct addr_scan){.tokens = token_begin(value, TOKEN_MAIL)};
}

int
addr_next(struct addr_scan *scan, struct addr_list *list)
{
	addr_list_free(list);
	if (scan->tokens.rest.n > 0)
		(void)parse(scan, 1, list, NULL, NULL);
	if (list->n > 0)
		return 1;
	charset_pool_free(&scan->pool);
	return 0;
}

/* Behind what was opened and never closed, nothing is simple. */
bool
addr_next_put(struct addr_scan *scan, struct memo *memo, memo_make make,
    struct buf *out)
{
	return scan->tokens.open == 0 &&
	    addr_first_put(&scan->tokens.rest, memo, make, out);
}

int
addr_parse_strict(struct span s, struct addr_list *list, struct err *e)
{
	struct addr_scan scan = addr_begin(s);
	struct addr_list got = {0};
	struct addr_strict strict = {0};
	int status;

	if (addr_strict_bytes(s, e) == -1)
		return -1;
	status = parse(&scan, SIZE_MAX, &got, &strict, e);
	charset_pool_free(&scan.pool);
	if (status == -1) {
		addr_list_free(&got);
		return -1;
	}
	list->v = mem_grow(list->v, &list->cap, list->n + got.n,
	    sizeof *list->v);
	for (size_t i = 0; i < got.n; i++)
		list->v[list->n++] = got.v[i];
	free(got.v);
	return 0;
}

/*
 * Stops after a member's end where the list has that many.  Leniently where
 * strict is NULL, which cannot fail.
 */
static int
parse(struct addr_scan *scan, size_t most, struct addr_list *list,
    struct addr_strict *strict, struct err *e)
{
	struct addr_member m = {.pool = &scan->pool};
	struct token t;
	char sep;
	int status = 0;

	while (status == 0 && list->n < most &&
	    token_next(&scan->tokens, &t) == 1) {
		sep = separator(&m, &t);
		if (sep == '\0' ||
		    (sep == ',' && strict == NULL && is_of_name(&m))) {
			member_token(&m, &t);
			continue;
		}
		if (strict != NULL)
			status = addr_strict_step(strict, &m, sep, e);
		member_end(&m, sep, list);
	}
	if (status == 0 && strict != NULL)
		status = addr_strict_step(strict, &m, '\0', e);
	member_end(&m, '\0', list);
	free(m.v);
	return status;
}

/* What ends the member: ",", ";" or the ":" of a group; NUL if nothing. */
static char
separator(const struct addr_member *m, const struct token *t)
{
	if (t->kind != TOKEN_SPECIAL || is_route(m))
		return '\0';
	if (t->raw.p[0] == ',' || t->raw.p[0] == ';')
		return t->raw.p[0];
	return t->raw.p[0] == ':' && m->angle == 0 ? ':' : '\0';
}

/*
 * After "Smith Jr" of "Smith Jr, Ann <ann@example.org>": no address, and more
 * than a local name.
 */
static bool
is_of_name(const struct addr_member *m)
{
	bool is_local = true;

	if (m->n == 0 || m->n > NAME_TOKENS || m->angle != 0)
		return false;
	for (size_t i = 0; i < m->n; i++) {
		if (token_is(&m->v[i], '@'))
			return false;
		is_local = is_local && !token_is(&m->v[i], ',') &&
		    m->v[i].kind != TOKEN_QUOTED &&
		    charset_is_ascii(m->v[i].raw);
	}
	return !is_local || !is_one_word(m, 0, m->n);
}

/* Inside the route of an obsolete "<@a,@b:local@domain>". */
static bool
is_route(const struct addr_member *m)
{
	return m->angle != 0 && m->angle < m->n &&
	    token_is(&m->v[m->angle], '@') &&
	    !token_is(&m->v[m->n - 1], ':') && !token_is(&m->v[m->n - 1], '>');
}

static void
member_token(struct addr_member *m, const struct token *t)
{
	if (t->kind == TOKEN_COMMENT) {
		m->comment = *t;
		return;
	}
	if (m->n == MEMBER_TOKENS) {
		m->is_cut = true;
		return;
	}
	/* one inside an address names nobody */
	if (m->n > 0 && !token_is(t, '>'))
		m->comment.raw.n = 0;
	m->v = mem_grow(m->v, &m->cap, m->n + 1, sizeof *m->v);
	m->v[m->n++] = *t;
	if (token_is(t, '<'))
		m->angle = m->n;
	/* past its route, the address is all there is */
	if (m->angle != 0 && token_is(t, ':') &&
	    token_is(&m->v[m->angle], '@'))
		m->n = m->angle;
}

static void
member_end(struct addr_member *m, char sep, struct addr_list *list)
{
	struct buf raw = {0}, none = {0};
	size_t start = 0;

	/* commas that turn out to be in no name */
	for (size_t i = 0; i < m->n && m->angle == 0; i++)
		if (token_is(&m->v[i], ',')) {
			end_bares(m, start, i, list);
			start = i + 1;
		}
	if (sep == ':') {
		add_name(m, start, m->n, &raw);
		push(list, m, &raw, &none, true);
	} else if (m->angle != 0) {
		end_angles(m, list);
	} else if (start < m->n) {
		end_bares(m, start, m->n, list);
	}
	m->n = m->angle = 0;
	m->is_cut = false;
	m->comment.raw.n = 0;
}

/* One address in brackets, or several without a comma between. */
static void
end_angles(const struct addr_member *m, struct addr_list *list)
{
	size_t start = 0, open = SPAN_NONE;
	bool has_at = false;

	for (size_t i = 0; i + 1 < m->angle; i++) {
		if (token_is(&m->v[i], '<')) {
			open = i;
			has_at = false;
		}
		has_at = has_at || token_is(&m->v[i], '@');
		if (!token_is(&m->v[i], '>') || open == SPAN_NONE || !has_at)
			continue;
		end_angle(m, start, open + 1, list);
		start = i + 1;
		open = SPAN_NONE;
	}
	end_angle(m, start, m->angle, list);
}

/* Its name from the token on, its address after the bracket. */
static void
end_angle(const struct addr_member *m, size_t from, size_t angle,
    struct addr_list *list)
{
	struct buf raw = {0}, address = {0};
	size_t to = angle, name = angle - 1;

	while (to < m->n && !token_is(&m->v[to], '>'))
		to++;
	while (name > from && token_is(&m->v[name - 1], '<'))
		name--;
	add_name(m, from, name, &raw);
	add_address(m, angle, to, &address);
	if (raw.n > 0 || address.n > 0)
		push(list, m, &raw, &address, false);
	buf_free(&raw);
	buf_free(&address);
}

/* One address without "<", or several without a comma between. */
static void
end_bares(const struct addr_member *m, size_t start, size_t end,
    struct addr_list *list)
{
	size_t last = SPAN_NONE, next;

	for (size_t at = start; at < end; at++) {
		if (!token_is(&m->v[at], '@'))
			continue;
		next = last == SPAN_NONE ? at : spec_end(m, last);
		if (next < at) {
			end_bare(m, start, next, last, list);
			start = next;
		}
		last = at;
	}
	end_bare(m, start, end, last, list);
}

/* An address, a local name, or a name and no address at all. */
static void
end_bare(const struct addr_member *m, size_t start, size_t end, size_t at,
    struct addr_list *list)
{
	struct buf raw = {0}, address = {0};
	size_t from = start, to = start;

	if (at != SPAN_NONE) {
		from = spec_start(m, start, at);
		to = spec_end(m, at);
	} else if (is_one_word(m, start, end)) {
		to = end;
	}
	add_name(m, start, from, &raw);
	add_address(m, from, to, &address);
	while (to < end && token_is(&m->v[to], '>'))
		to++;
	if (raw.n == 0)
		add_name(m, to, end, &raw);
	push(list, m, &raw, &address, false);
	buf_free(&raw);
	buf_free(&address);
}

/* A bare local name: words joined by dots, none of them an encoded one. */
static bool
is_one_word(const struct addr_member *m, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (i > from && m->v[i].blank)
			return false;
		if (!is_word(&m->v[i]) && !token_is(&m->v[i], '.'))
			return false;
		if (span_starts(m->v[i].raw, SPAN("=?")))
			return false;
	}
	return true;
}

/* Where the local part begins: words, dots and stray "@" before the "@". */
static size_t
spec_start(const struct addr_member *m, size_t start, size_t at)
{
	bool after_word = false;

	while (at > start) {
		const struct token *t = &m->v[at - 1];

		if (is_word(t) ? after_word
			       : !token_is(t, '.') && !token_is(t, '@'))
			break;
		after_word = is_word(t);
		at--;
	}
	return at;
}

/* Where the domain ends: words and dots, or a literal, after the "@". */
static size_t
spec_end(const struct addr_member *m, size_t at)
{
	bool after_word = false;

	for (at++; at < m->n; at++) {
		const struct token *t = &m->v[at];
		bool word = is_word(t) || t->kind == TOKEN_LITERAL;

		if (word ? after_word : !token_is(t, '.'))
			break;
		after_word = word;
	}
	return at;
}

static bool
is_word(const struct token *t)
{
	return t->kind == TOKEN_ATOM || t->kind == TOKEN_QUOTED;
}

/* Appends the tokens as the text of a phrase, not decoded yet. */
static void
add_name(const struct addr_member *m, size_t from, size_t to, struct buf *raw)
{
	for (size_t i = from; i < to; i++) {
		if (m->v[i].blank && raw->n > 0)
			buf_char(raw, ' ');
		if (m->v[i].kind == TOKEN_QUOTED)
			token_text(m->v[i].inner, raw);
		else if (!token_is(&m->v[i], '"'))
			buf_span(raw, m->v[i].raw);
	}
}

static void
add_address(const struct addr_member *m, size_t from, size_t to,
    struct buf *out)
{
	struct buf local = {0};
	size_t at = SPAN_NONE, end;
	bool is_quoted = false;

	for (size_t i = from; i < to; i++)
		if (token_is(&m->v[i], '@'))
			at = i;
	end = at == SPAN_NONE ? to : at;
	for (size_t i = from; i < end; i++) {
		if (m->v[i].kind == TOKEN_QUOTED) {
			token_text(m->v[i].inner, &local);
			is_quoted = true;
		} else {
			buf_span(&local, m->v[i].raw);
		}
	}
	if (local.n > 0 || at != SPAN_NONE)
		add_local(buf_view(&local), is_quoted, out);
	if (at != SPAN_NONE)
		buf_char(out, '@');
	/* anything else might end the address where it is written */
	for (size_t i = end + 1; i < to; i++) {
		const struct token *t = &m->v[i];

		if (!is_of_domain(t, t - 1))
			break;
		buf_span(out, t->raw);
		if (t->kind == TOKEN_LITERAL)
			break;
	}
	buf_free(&local);
}

/*
 * An encoded word is an atom that may hold anything, and what begins as one
 * may become one where it is written without its blanks.
 */
static bool
is_of_domain(const struct token *t, const struct token *before)
{
	if (t->kind == TOKEN_LITERAL)
		return token_is(before, '@');
	if (t->kind == TOKEN_ATOM)
		return before->kind != TOKEN_ATOM &&
		    !span_starts(t->raw, SPAN("=?")) &&
		    token_is_atom(t->raw, TOKEN_MAIL);
	return token_is(t, '.');
}

/*
 * The local part, quoted unless it is words joined by single dots, none of
 * which may be taken for an encoded word and so for a name.  Where mail has
 * more dots, and no quotes, it stays so: there are such addresses.
 */
static void
add_local(struct span local, bool is_quoted, struct buf *out)
{
	struct span rest = local, word;
	bool plain = true;

	while (plain && span_cut(&rest, '.', &word) == 1)
		plain = !span_starts(word, SPAN("=?")) &&
		    (token_is_atom(word, TOKEN_MAIL) ||
			(word.n == 0 && !is_quoted));
	if (plain && local.n > 0)
		buf_span(out, local);
	else
		token_quote(local, out);
}

static void
push(struct addr_list *list, const struct addr_member *m, struct buf *raw,
    struct buf *address, bool is_group)
{
	struct buf name = {0};
	struct addr a = {.is_group = is_group};

	if (raw->n == 0 && !is_group && m->comment.raw.n > 0)
		token_text(m->comment.inner, raw);
	if (raw->n > 0)
		word_decode_one(buf_view(raw), m->pool, &name);
	a.name = as_line(span_trim(buf_view(&name)));
	a.address = as_line(buf_view(address));
	/* quotes with nothing in them are nobody */
	if (is_group || a.name[0] != '\0' || a.address[0] != '\0') {
		list->v = mem_grow(list->v, &list->cap, list->n + 1,
		    sizeof *list->v);
		list->v[list->n++] = a;
	} else {
		free(a.name);
		free(a.address);
	}
	buf_free(&name);
	buf_free(raw);
}

/* On one line, in UTF-8 that a terminal does not obey. */
static char *
as_line(struct span s)
{
	struct buf utf8 = {0}, line = {0};
	char *string;

	if (charset_is_plain(s))
		return mem_dup(s.p, s.n);
	charset_to_utf8(s, SPAN(""), &utf8);
	charset_line(buf_view(&utf8), &line);
	string = mem_str(buf_cstr(&line));
	buf_free(&utf8);
	buf_free(&line);
	return string;
}
