#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/reply.h"
#include "mail/word.h"
#include "text/enc.h"

/* Message identifiers, spans of what was unfolded. */
struct ids {
	struct buf text;
	struct span *v;
	size_t n, cap;
};

static const char *const answers[] = {"re", "aw", "antw", "sv", "vs", NULL};
static const char *const forwards[] = {"fwd", "fw", "wg", NULL};

static void take_addresses(struct span header, const char *name,
    struct addr_list *);
static bool has_any(const struct addr_list *own, const struct addr_list *);
static bool has(const struct addr_list *own, const char *address);
static bool is_same(const char *, const char *);
static void address_all(struct span header, bool is_own, struct reply *);
static void add_list_post(struct span header, struct addr_list *);
static void drop_own(struct addr_list *, const struct addr_list *own);
static void keep_fit(struct addr_list *);
static void drop_repeats(struct reply *);
static void make_references(struct span header, struct reply *);
static void take_ids(struct span header, const char *name, struct ids *);
static void add_id(struct ids *, struct span);
static void free_ids(struct ids *);
static bool is_id(struct span);
static void join_ids(const struct span *, size_t n, struct buf *out);
static void put_subject(struct span header, const char *prefix,
    const char *const *known, struct buf *out);
static size_t prefix_size(struct span, const char *const *known);

void
reply_make(struct span header, const struct addr_list *own, bool to_all,
    struct reply *r)
{
	struct addr_list from = {0};
	bool is_own;

	*r = (struct reply){.to = {0}};
	take_addresses(header, "From", &from);
	is_own = has_any(own, &from);
	if (to_all)
		take_addresses(header, "Mail-Followup-To", &r->to);
	if (r->to.n == 0) {
		take_addresses(header, "Reply-To", &r->to);
		if (r->to.n == 0)
			take_addresses(header, is_own ? "To" : "From",
			    &r->to);
		if (to_all)
			address_all(header, is_own, r);
	}
	keep_fit(&r->to);
	keep_fit(&r->cc);
	if (to_all) {
		drop_own(&r->to, own);
		drop_own(&r->cc, own);
	}
	drop_repeats(r);
	if (r->to.n == 0) {
		addr_list_free(&r->to);
		r->to = r->cc;
		r->cc = (struct addr_list){0};
	}
	if (r->to.n == 0) {
		take_addresses(header, "From", &r->to);
		keep_fit(&r->to);
	}
	addr_list_free(&from);
	reply_subject(header, &r->subject);
	make_references(header, r);
}

void
reply_free(struct reply *r)
{
	addr_list_free(&r->to);
	addr_list_free(&r->cc);
	buf_free(&r->subject);
	buf_free(&r->in_reply_to);
	buf_free(&r->references);
}

void
reply_got(struct span header, struct addr_list *out)
{
	static const char *const names[] = {"Delivered-To", "X-Original-To",
	    "Envelope-To", "To", "Cc"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		take_addresses(header, names[i], out);
}

void
reply_subject(struct span header, struct buf *out)
{
	put_subject(header, "Re: ", answers, out);
}

void
reply_forward_subject(struct span header, struct buf *out)
{
	put_subject(header, "Fwd: ", forwards, out);
}

/* Of each field of that name; no address twice. */
static void
take_addresses(struct span header, const char *name, struct addr_list *out)
{
	struct field f;

	while (header_next(&header, &f) == 1)
		if (span_iis(f.name, name))
			addr_parse(f.value, out);
	addr_list_unique(out);
}

static bool
has_any(const struct addr_list *own, const struct addr_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (has(own, list->v[i].address))
			return true;
	return false;
}

static bool
has(const struct addr_list *own, const char *address)
{
	for (size_t i = 0; i < own->n; i++)
		if (is_same(own->v[i].address, address))
			return true;
	return false;
}

/* Nobody has two mailboxes that differ in case alone. */
static bool
is_same(const char *a, const char *b)
{
	return span_ieq(span_of(a), span_of(b));
}

/* Whom it went to, and its list; of our own message To is in to already. */
static void
address_all(struct span header, bool is_own, struct reply *r)
{
	if (!is_own)
		take_addresses(header, "To", &r->cc);
	take_addresses(header, "Cc", &r->cc);
	add_list_post(header, &r->cc);
	addr_list_unique(&r->cc);
}

/* "<mailto:list@example.org?subject=...>", or "NO" */
static void
add_list_post(struct span header, struct addr_list *out)
{
	struct addr_list one = {0};
	struct buf address = {0};
	struct span value;
	struct field f;
	size_t at;

	if (!header_find(header, "List-Post", &f))
		return;
	at = span_find(f.value, SPAN("<mailto:"));
	if (at == SPAN_NONE)
		return;
	value = span_from(f.value, at + strlen("<mailto:"));
	value = span_sub(value, 0, span_chr(value, '>'));
	value = span_sub(value, 0, span_chr(value, '?'));
	if (enc_unpercent(value, &address) && addr_parse_strict(
	    buf_view(&address), &one, &(struct err){0}) == 0 && one.n == 1)
		addr_list_add(out, "", one.v[0].address);
	addr_list_free(&one);
	buf_free(&address);
}

static void
drop_own(struct addr_list *list, const struct addr_list *own)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct addr a = list->v[i];

		if (!has(own, a.address)) {
			list->v[n++] = a;
			continue;
		}
		free(a.name);
		free(a.address);
	}
	list->n = n;
}

/* What a message calls an address need not be one that mail can go to. */
static void
keep_fit(struct addr_list *list)
{
	struct addr_list fit = {0};

	for (size_t i = 0; i < list->n; i++) {
		struct addr_list one = {0};
		const char *address = list->v[i].address;

		if (addr_domain(address).n > 0 && addr_parse_strict(
		    span_of(address), &one, &(struct err){0}) == 0)
			addr_list_add(&fit, list->v[i].name, address);
		addr_list_free(&one);
	}
	addr_list_free(list);
	*list = fit;
}

/* Nobody in cc who is in to. */
static void
drop_repeats(struct reply *r)
{
	struct addr_list all = {0}, cc = {0};
	size_t to = r->to.n;

	for (size_t i = 0; i < to; i++)
		addr_list_add(&all, "", r->to.v[i].address);
	for (size_t i = 0; i < r->cc.n; i++)
		addr_list_add(&all, r->cc.v[i].name, r->cc.v[i].address);
	addr_list_unique(&all);
	for (size_t i = to; i < all.n; i++)
		addr_list_add(&cc, all.v[i].name, all.v[i].address);
	addr_list_free(&all);
	addr_list_free(&r->cc);
	r->cc = cc;
}

/*
 * Its References, or its In-Reply-To where that is one, and itself.  Where not
 * all fit, the first stays, which began the thread, and then the last ones.
 */
static void
make_references(struct span header, struct reply *r)
{
	struct ids own = {.n = 0}, before = {.n = 0}, parent = {.n = 0};

	take_ids(header, "Message-ID", &own);
	take_ids(header, "References", &before);
	take_ids(header, "In-Reply-To", &parent);
	if (before.n == 0 && parent.n == 1)
		add_id(&before, parent.v[0]);
	if (own.n > 0) {
		buf_span(&r->in_reply_to, own.v[0]);
		add_id(&before, own.v[0]);
	}
	if (before.n > 0)
		join_ids(before.v, before.n, &r->references);
	free_ids(&own);
	free_ids(&before);
	free_ids(&parent);
}

/* The identifiers of the first field of that name. */
static void
take_ids(struct span header, const char *name, struct ids *out)
{
	struct field f;
	struct span rest, id;
	size_t start, end;

	if (!header_find(header, name, &f))
		return;
	header_unfold(f.value, &out->text);
	rest = buf_view(&out->text);
	while ((start = span_chr(rest, '<')) != SPAN_NONE) {
		rest = span_from(rest, start);
		end = span_chr(rest, '>');
		if (end == SPAN_NONE)
			return;
		id = span_sub(rest, 0, end + 1);
		rest = span_from(rest, end + 1);
		if (is_id(id))
			add_id(out, id);
	}
}

static void
add_id(struct ids *ids, struct span id)
{
	ids->v = mem_grow(ids->v, &ids->cap, ids->n + 1, sizeof *ids->v);
	ids->v[ids->n++] = id;
}

static void
free_ids(struct ids *ids)
{
	buf_free(&ids->text);
	free(ids->v);
}

static bool
is_id(struct span s)
{
	if (s.n < 3 || s.n > REPLY_ID_MAX)
		return false;
	for (size_t i = 1; i + 1 < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '<')
			return false;
	return true;
}

static void
join_ids(const struct span *v, size_t n, struct buf *out)
{
	size_t first = n - 1, size = v[n - 1].n;

	if (n > 1)
		size += v[0].n + 1;
	while (first > 1 && size + v[first - 1].n + 1 <= REPLY_REFERENCES_MAX)
		size += v[--first].n + 1;
	if (n > 1) {
		buf_span(out, v[0]);
		buf_char(out, ' ');
	}
	for (size_t i = first; i < n; i++) {
		buf_span(out, v[i]);
		if (i + 1 < n)
			buf_char(out, ' ');
	}
}

static void
put_subject(struct span header, const char *prefix, const char *const *known,
    struct buf *out)
{
	struct buf decoded = {0}, line = {0};
	struct field f;
	struct span s;
	size_t n;

	if (header_find(header, "Subject", &f))
		word_decode(f.value, &decoded);
	charset_line(buf_view(&decoded), &line);
	s = span_trim(buf_view(&line));
	while ((n = prefix_size(s, known)) > 0)
		s = span_trim(span_from(s, n));
	buf_str(out, prefix);
	buf_span(out, s);
	buf_free(&decoded);
	buf_free(&line);
}

/* The size of "Re:", "RE :", "Re[2]:", "Re(3):" at the start, or 0. */
static size_t
prefix_size(struct span s, const char *const *known)
{
	for (size_t k = 0; known[k] != NULL; k++) {
		struct span word = span_of(known[k]);
		size_t n = word.n;

		if (!span_istarts(s, word))
			continue;
		if (n < s.n && (s.p[n] == '[' || s.p[n] == '(')) {
			for (n++; n < s.n && ascii_digit(s.p[n]);)
				n++;
			if (n == s.n || (s.p[n] != ']' && s.p[n] != ')'))
				continue;
			n++;
		}
		while (n < s.n && s.p[n] == ' ')
			n++;
		if (n < s.n && s.p[n] == ':')
			return n + 1;
	}
	return 0;
}
