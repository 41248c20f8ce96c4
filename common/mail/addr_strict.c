#include "mail/addr_member.h"

static int strict_member(const struct addr_member *, struct err *);
static int strict_spec(const struct addr_member *, size_t from, size_t to,
    struct err *);
static const char *local_fault(const struct addr_member *, size_t from,
    size_t to);
static const char *domain_fault(const struct addr_member *, size_t from,
    size_t to);
static const char *label_fault(struct span);
static const char *dots_fault(const struct addr_member *, size_t from,
    size_t to);
static bool is_phrase(const struct addr_member *, size_t to);
static struct span member_raw(const struct addr_member *);
static int refuse(const struct addr_member *, const char *why, struct err *);

int
addr_strict_step(struct addr_strict *st, const struct addr_member *m, char sep,
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

int
addr_strict_bytes(struct span s, struct err *e)
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

static int
strict_member(const struct addr_member *m, struct err *e)
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
strict_spec(const struct addr_member *m, size_t from, size_t to, struct err *e)
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
	/* what the lenient reader takes for a name, or for nobody */
	for (size_t i = from; i < to && at == to && why == NULL; i++)
		if (span_starts(m->v[i].raw, SPAN("=?")))
			why = "an encoded word alone";
		else if (span_is(m->v[i].raw, "\"\""))
			why = "nothing in its quotes";
	return why == NULL ? 0 : refuse(m, why, e);
}

static const char *
local_fault(const struct addr_member *m, size_t from, size_t to)
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
domain_fault(const struct addr_member *m, size_t from, size_t to)
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
dots_fault(const struct addr_member *m, size_t from, size_t to)
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
is_phrase(const struct addr_member *m, size_t to)
{
	for (size_t i = 0; i < to; i++)
		if (m->v[i].kind != TOKEN_ATOM &&
		    m->v[i].kind != TOKEN_QUOTED &&
		    (i == 0 || !token_is(&m->v[i], '.')))
			return false;
	return to > 0;
}

static struct span
member_raw(const struct addr_member *m)
{
	const struct token *last;

	if (m->n == 0)
		return SPAN("");
	last = &m->v[m->n - 1];
	return span_at(m->v[0].raw.p,
	    (size_t)(last->raw.p + last->raw.n - m->v[0].raw.p));
}

static int
refuse(const struct addr_member *m, const char *why, struct err *e)
{
	struct span s = span_sub(member_raw(m), 0, ERR_TEXT / 2);

	return err_set(e, ERR_USAGE, "'%.*s' is no address: %s", (int)s.n, s.p,
	    why);
}
