#include <stdlib.h>

#include "base/mem.h"
#include "mail/addr.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/token.h"

#define STEP 500	    /* addresses of one addr_next */
#define MEMBER_TOKENS 10000 /* of one member; what is beyond is left out */

/* One member of a list while it is read. */
struct member {
	struct token *v; /* its tokens without comments */
	size_t n, cap;
	struct token comment; /* the last one; its raw is empty without */
	size_t angle;	      /* the token after the last "<"; 0 without */
	bool is_cut;	      /* it has more tokens */
	struct charset_pool *pool;
};

/* Where a list that must be right is. */
struct strict {
	bool in_group;
	bool is_fresh; /* right after the ":" of a group */
	bool is_ended; /* right after the ";" of one */
};

static int parse(struct token_scan *, size_t most, struct addr_list *,
    struct strict *, struct err *);
static char separator(const struct member *, const struct token *);
static bool is_route(const struct member *);
static void member_token(struct member *, const struct token *);
static void member_end(struct member *, char sep, struct addr_list *);
static void end_angle(const struct member *, struct addr_list *);
static void end_bare(const struct member *, struct addr_list *);
static size_t last_at(const struct member *);
static bool is_one_word(const struct member *);
static size_t spec_start(const struct member *, size_t at);
static size_t spec_end(const struct member *, size_t at);
static bool is_word(const struct token *);
static void add_name(const struct member *, size_t from, size_t to,
    struct buf *raw);
static void add_address(const struct member *, size_t from, size_t to,
    struct buf *);
static bool is_of_domain(const struct token *, bool is_first);
static void add_local(struct span, struct buf *);
static void push(struct addr_list *, const struct member *, struct buf *raw,
    struct buf *address, bool is_group);
static char *as_line(struct span);
static bool is_plain(struct span);
static int strict_step(struct strict *, const struct member *, char sep,
    struct err *);
static int strict_member(const struct member *, struct err *);
static int strict_spec(const struct member *, size_t from, size_t to,
    struct err *);
static const char *local_fault(const struct member *, size_t from, size_t to);
static const char *domain_fault(const struct member *, size_t from, size_t to);
static const char *label_fault(struct span);
static const char *dots_fault(const struct member *, size_t from, size_t to);
static bool is_phrase(const struct member *, size_t to);
static struct span member_raw(const struct member *);
static int refuse(const struct member *, const char *why, struct err *);
static int check_bytes(struct span, struct err *);

void
addr_parse(struct span value, struct addr_list *list)
{
	struct token_scan scan = token_begin(value, TOKEN_MAIL);

	(void)parse(&scan, SIZE_MAX, list, NULL, NULL);
}

struct addr_scan
addr_begin(struct span value)
{
	return (struct addr_scan){token_begin(value, TOKEN_MAIL)};
}

int
addr_next(struct addr_scan *scan, struct addr_list *list)
{
	addr_list_free(list);
	(void)parse(&scan->tokens, STEP, list, NULL, NULL);
	return list->n > 0 ? 1 : 0;
}

int
addr_parse_strict(struct span s, struct addr_list *list, struct err *e)
{
	struct token_scan scan = token_begin(s, TOKEN_MAIL);
	struct addr_list got = {0};
	struct strict strict = {0};

	if (check_bytes(s, e) == -1)
		return -1;
	if (parse(&scan, SIZE_MAX, &got, &strict, e) == -1) {
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
parse(struct token_scan *scan, size_t most, struct addr_list *list,
    struct strict *strict, struct err *e)
{
	struct charset_pool pool = {0};
	struct member m = {.pool = &pool};
	struct token t;
	char sep;
	int status = 0;

	while (status == 0 && list->n < most && token_next(scan, &t) == 1) {
		sep = separator(&m, &t);
		if (sep == '\0') {
			member_token(&m, &t);
			continue;
		}
		if (strict != NULL)
			status = strict_step(strict, &m, sep, e);
		member_end(&m, sep, list);
	}
	if (status == 0 && strict != NULL)
		status = strict_step(strict, &m, '\0', e);
	member_end(&m, '\0', list);
	charset_pool_free(&pool);
	free(m.v);
	return status;
}

/* What ends the member: ",", ";" or the ":" of a group; NUL if nothing. */
static char
separator(const struct member *m, const struct token *t)
{
	if (t->kind != TOKEN_SPECIAL || is_route(m))
		return '\0';
	if (t->raw.p[0] == ',' || t->raw.p[0] == ';')
		return t->raw.p[0];
	return t->raw.p[0] == ':' && m->angle == 0 ? ':' : '\0';
}

/* Inside the route of an obsolete "<@a,@b:local@domain>". */
static bool
is_route(const struct member *m)
{
	return m->angle != 0 && m->angle < m->n &&
	    token_is(&m->v[m->angle], '@') &&
	    !token_is(&m->v[m->n - 1], ':') && !token_is(&m->v[m->n - 1], '>');
}

static void
member_token(struct member *m, const struct token *t)
{
	if (t->kind == TOKEN_COMMENT) {
		m->comment = *t;
		return;
	}
	if (m->n == MEMBER_TOKENS) {
		m->is_cut = true;
		return;
	}
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
member_end(struct member *m, char sep, struct addr_list *list)
{
	struct buf raw = {0}, none = {0};

	if (sep == ':') {
		add_name(m, 0, m->n, &raw);
		push(list, m, &raw, &none, true);
	} else if (m->angle != 0) {
		end_angle(m, list);
	} else if (m->n > 0) {
		end_bare(m, list);
	}
	m->n = m->angle = 0;
	m->is_cut = false;
	m->comment.raw.n = 0;
}

static void
end_angle(const struct member *m, struct addr_list *list)
{
	struct buf raw = {0}, address = {0};
	size_t to = m->angle, name = m->angle - 1;

	while (to < m->n && !token_is(&m->v[to], '>'))
		to++;
	while (name > 0 && token_is(&m->v[name - 1], '<'))
		name--;
	add_name(m, 0, name, &raw);
	add_address(m, m->angle, to, &address);
	if (raw.n > 0 || address.n > 0)
		push(list, m, &raw, &address, false);
	buf_free(&raw);
	buf_free(&address);
}

/* An address without "<", a local name, or a name and no address at all. */
static void
end_bare(const struct member *m, struct addr_list *list)
{
	struct buf raw = {0}, address = {0};
	size_t at = last_at(m), from = 0, to = 0;

	if (at != SPAN_NONE) {
		from = spec_start(m, at);
		to = spec_end(m, at);
	} else if (is_one_word(m)) {
		to = m->n;
	}
	add_name(m, 0, from, &raw);
	add_address(m, from, to, &address);
	while (to < m->n && token_is(&m->v[to], '>'))
		to++;
	if (raw.n == 0)
		add_name(m, to, m->n, &raw);
	push(list, m, &raw, &address, false);
	buf_free(&raw);
	buf_free(&address);
}

static size_t
last_at(const struct member *m)
{
	for (size_t i = m->n; i > 0; i--)
		if (token_is(&m->v[i - 1], '@'))
			return i - 1;
	return SPAN_NONE;
}

/* A bare local name: words joined by dots, none of them an encoded one. */
static bool
is_one_word(const struct member *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (i > 0 && m->v[i].blank)
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
spec_start(const struct member *m, size_t at)
{
	bool after_word = false;

	while (at > 0) {
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
spec_end(const struct member *m, size_t at)
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
add_name(const struct member *m, size_t from, size_t to, struct buf *raw)
{
	for (size_t i = from; i < to; i++) {
		if (m->v[i].blank && raw->n > 0)
			buf_char(raw, ' ');
		if (m->v[i].kind == TOKEN_QUOTED)
			token_text(m->v[i].inner, raw);
		else
			buf_span(raw, m->v[i].raw);
	}
}

static void
add_address(const struct member *m, size_t from, size_t to, struct buf *out)
{
	struct buf local = {0};
	size_t at = SPAN_NONE, end;

	for (size_t i = from; i < to; i++)
		if (token_is(&m->v[i], '@'))
			at = i;
	end = at == SPAN_NONE ? to : at;
	for (size_t i = from; i < end; i++) {
		if (m->v[i].kind == TOKEN_QUOTED)
			token_text(m->v[i].inner, &local);
		else
			buf_span(&local, m->v[i].raw);
	}
	if (local.n > 0 || at != SPAN_NONE)
		add_local(buf_view(&local), out);
	if (at != SPAN_NONE)
		buf_char(out, '@');
	/* anything else might end the address where it is written */
	for (size_t i = end + 1; i < to; i++) {
		const struct token *t = &m->v[i];

		if (!is_of_domain(t, i == end + 1))
			break;
		buf_span(out, t->raw);
	}
	buf_free(&local);
}

/* An encoded word is an atom that may hold anything. */
static bool
is_of_domain(const struct token *t, bool is_first)
{
	if (t->kind == TOKEN_LITERAL)
		return is_first;
	return token_is(t, '.') || token_is_atom(t->raw, TOKEN_MAIL);
}

/*
 * The local part, quoted unless it is words joined by single dots, none of
 * which may be taken for an encoded word and so for a name.
 */
static void
add_local(struct span local, struct buf *out)
{
	struct span rest = local, word;
	bool plain = !span_starts(local, SPAN("=?"));

	while (plain && span_cut(&rest, '.', &word) == 1)
		plain = token_is_atom(word, TOKEN_MAIL);
	if (plain && local.n > 0)
		buf_span(out, local);
	else
		token_quote(local, out);
}

static void
push(struct addr_list *list, const struct member *m, struct buf *raw,
    struct buf *address, bool is_group)
{
	struct buf name = {0};

	if (raw->n == 0 && !is_group && m->comment.raw.n > 0)
		token_text(m->comment.inner, raw);
	word_decode_one(buf_view(raw), m->pool, &name);
	list->v = mem_grow(list->v, &list->cap, list->n + 1, sizeof *list->v);
	list->v[list->n++] = (struct addr){
	    .name = as_line(span_trim(buf_view(&name))),
	    .address = as_line(buf_view(address)),
	    .is_group = is_group};
	buf_free(&name);
	buf_free(raw);
}

static char *
as_line(struct span s)
{
	struct buf utf8 = {0}, line = {0};
	char *string;

	if (is_plain(s))
		return mem_dup(s.p, s.n);
	charset_to_utf8(s, SPAN(""), &utf8);
	charset_line(buf_view(&utf8), &line);
	string = mem_str(buf_cstr(&line));
	buf_free(&utf8);
	buf_free(&line);
	return string;
}

/* It stays as it is; most are so. */
static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* Checks the member before the separator, NUL at the end of the list. */
static int
strict_step(struct strict *st, const struct member *m, char sep,
    struct err *e)
{
	bool after_group = st->is_ended, fresh = st->is_fresh;

	st->is_fresh = sep == ':';
	st->is_ended = sep == ';';
	if (sep == ':') {
		if (st->in_group || after_group || !is_phrase(m, m->n))
			return refuse(m, "a \":\" that begins no group", e);
		st->in_group = true;
		return 0;
	}
	if (sep == ';' && !st->in_group)
		return refuse(m, "a \";\" that ends no group", e);
	if (sep == '\0' && st->in_group)
		return refuse(m, "the group has no \";\"", e);
	if (sep == ';')
		st->in_group = false;
	if (m->n == 0) {
		if (after_group ? sep != ';' : fresh && sep == ';')
			return 0;
		return refuse(m, "nothing stands there", e);
	}
	if (after_group)
		return refuse(m, "no \",\" after the group", e);
	return strict_member(m, e);
}

static int
strict_member(const struct member *m, struct err *e)
{
	if (m->is_cut)
		return refuse(m, "too many words", e);
	if (m->angle == 0)
		return strict_spec(m, 0, m->n, e);
	if (m->angle > 1 && !is_phrase(m, m->angle - 1))
		return refuse(m, "the name needs quotes", e);
	if (!token_is(&m->v[m->n - 1], '>'))
		return refuse(m, "no \">\" at the end", e);
	return strict_spec(m, m->angle, m->n - 1, e);
}

static int
strict_spec(const struct member *m, size_t from, size_t to, struct err *e)
{
	size_t at = from;
	const char *why = NULL;

	for (size_t i = from + 1; i < to; i++)
		if (m->v[i].blank)
			why = "a blank inside";
	while (at < to && !token_is(&m->v[at], '@'))
		at++;
	if (why == NULL)
		why = local_fault(m, from, at);
	if (why == NULL && at < to)
		why = domain_fault(m, at + 1, to);
	else if (why == NULL && m->angle != 0)
		why = "no domain";
	return why == NULL ? 0 : refuse(m, why, e);
}

static const char *
local_fault(const struct member *m, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += m->v[i].raw.n;
	if (n > ADDR_LOCAL_MAX)
		return "the local part is too long";
	if (to == from + 1 && m->v[from].kind == TOKEN_QUOTED)
		return NULL;
	return dots_fault(m, from, to);
}

static const char *
domain_fault(const struct member *m, size_t from, size_t to)
{
	const char *why;
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += m->v[i].raw.n;
	if (n > ADDR_DOMAIN_MAX)
		return "the domain is too long";
	if (to == from + 1 && m->v[from].kind == TOKEN_LITERAL) {
		struct span s = m->v[from].inner;

		return s.n == 0 || span_chr(s, ' ') != SPAN_NONE ||
			span_chr(s, '[') != SPAN_NONE ||
			span_chr(s, '\\') != SPAN_NONE
		    ? "the domain is no address literal"
		    : NULL;
	}
	why = from == to ? "no domain" : dots_fault(m, from, to);
	for (size_t i = from; i < to && why == NULL; i += 2)
		why = label_fault(m->v[i].raw);
	return why;
}

/* A label's letters; any that is not ASCII is left to IDNA. */
static const char *
label_fault(struct span label)
{
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		if (!ascii_alpha(c) && !ascii_digit(c) && c != '-' &&
		    c != '_' && (unsigned char)c < 0x80)
			return "the domain has a character that none may have";
	}
	if (label.p[0] == '-' || label.p[label.n - 1] == '-')
		return "the domain has a \"-\" beside a dot";
	return label.n > 63 ? "a part of the domain is too long" : NULL;
}

/* atom *("." atom) */
static const char *
dots_fault(const struct member *m, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct token *t = &m->v[i];

		if ((i - from) % 2 == 0 ? t->kind != TOKEN_ATOM
					: !token_is(t, '.'))
			return "not words joined by dots";
	}
	return (to - from) % 2 == 1 ? NULL : "not words joined by dots";
}

/* Words, and the dots that people write after initials. */
static bool
is_phrase(const struct member *m, size_t to)
{
	for (size_t i = 0; i < to; i++)
		if (!is_word(&m->v[i]) &&
		    (i == 0 || !token_is(&m->v[i], '.')))
			return false;
	return to > 0;
}

static struct span
member_raw(const struct member *m)
{
	const struct token *last;

	if (m->n == 0)
		return SPAN("");
	last = &m->v[m->n - 1];
	return span_at(m->v[0].raw.p,
	    (size_t)(last->raw.p + last->raw.n - m->v[0].raw.p));
}

static int
refuse(const struct member *m, const char *why, struct err *e)
{
	struct span s = span_sub(member_raw(m), 0, ERR_TEXT / 2);

	return err_set(e, ERR_USAGE, "'%.*s' is no address: %s", (int)s.n, s.p,
	    why);
}

static int
check_bytes(struct span s, struct err *e)
{
	size_t off = 0;
	uint32_t c;

	if (!charset_is_utf8(s))
		return err_set(e, ERR_USAGE, "an address is not UTF-8");
	while (off < s.n) {
		c = charset_char(s, &off);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
		    c == 0x2029)
			return err_set(e, ERR_USAGE,
			    "an address holds a control character");
	}
	return 0;
}
