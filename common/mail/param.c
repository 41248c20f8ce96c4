#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/param.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/enc.h"
#include "text/token.h"

#define SECTION_MAX 99999 /* of a continuation */
#define NO_SECTION ((uint64_t)-1)

/* One parameter as it is written: name*section*=value. */
struct piece {
	struct span name;
	uint64_t section; /* NO_SECTION: a value of its own */
	bool extended;	  /* %XX, and before it the charset in the first */
	struct span value;
	bool quoted;
	size_t place; /* which one it is in the field */
};

struct pieces {
	struct piece *v;
	size_t n, cap;
};

static void main_value(struct token_scan *, struct buf *);
static int collect(struct token_scan *, struct pieces *, struct err *);
static bool skip_to_name(struct token_scan *, struct token *);
static void take_value(struct token_scan *, struct piece *);
static int peek(struct token_scan *, struct token *, struct token_scan *);
static struct span bare_value(struct token_scan *, bool is_name);
static bool is_file_name(struct span);
static struct span take_word(struct span *);
static bool is_equals_next(const struct token_scan *);
static void read_name(struct span, struct piece *);
static int compare(const void *left, const void *right);
static int rank(const struct piece *);
static void join(const struct piece *, size_t n, struct charset_pool *,
    struct params *);
static void decode_plain(const struct piece *, struct charset_pool *,
    struct buf *);
static void decode_text(struct span, struct charset_pool *, struct buf *);
static void decode_sections(const struct piece *, size_t n,
    struct charset_pool *, struct buf *);
static struct span take_charset(struct span *);
static void piece_bytes(const struct piece *, struct span, struct buf *);
static void unpercent(struct span, struct buf *);
static void add_lower(struct span, struct buf *);

int
param_parse(struct span value, struct params *p, struct err *e)
{
	struct token_scan scan = token_begin(value, TOKEN_MIME);
	struct charset_pool pool = {0};
	struct pieces all = {0};
	size_t n;
	int status;

	*p = (struct params){0};
	main_value(&scan, &p->value);
	status = collect(&scan, &all, e);
	if (status == 0 && all.n > 0) {
		qsort(all.v, all.n, sizeof *all.v, compare);
		p->v = mem_alloc(all.n, sizeof *p->v);
		for (size_t i = 0; i < all.n; i += n) {
			n = 1;
			while (i + n < all.n &&
			    span_ieq(all.v[i + n].name, all.v[i].name))
				n++;
			join(all.v + i, n, &pool, p);
		}
	}
	charset_pool_free(&pool);
	free(all.v);
	return status;
}

struct span
param_get(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		struct span value = buf_view(&p->v[i].value);

		if (strcmp(p->v[i].name, name) == 0)
			return value.p == NULL ? SPAN("") : value;
	}
	return (struct span){0};
}

void
param_free(struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		buf_free(&p->v[i].value);
	}
	free(p->v);
	buf_free(&p->value);
	*p = (struct params){0};
}

/*
 * Up to the first ";", or "," of a list, or to an atom after the last: a ";"
 * that is missing.
 */
static void
main_value(struct token_scan *scan, struct buf *out)
{
	struct token_scan ahead = *scan;
	struct token t;
	bool after_atom = false;

	while (token_next(&ahead, &t) == 1) {
		bool atom = t.kind == TOKEN_ATOM || t.kind == TOKEN_QUOTED;

		if (token_is(&t, ';') || token_is(&t, '=') ||
		    token_is(&t, ',') || (atom && after_atom))
			return;
		*scan = ahead;
		if (t.kind == TOKEN_COMMENT)
			continue;
		after_atom = atom;
		add_lower(atom ? t.inner : t.raw, out);
	}
	*scan = ahead;
}

static int
collect(struct token_scan *scan, struct pieces *all, struct err *e)
{
	struct token name;

	while (skip_to_name(scan, &name)) {
		struct piece piece = {.place = all->n};

		if (all->n == PARAM_MAX)
			return err_set(e, ERR_DATA,
			    "a field has over %d parameters", PARAM_MAX);
		read_name(name.raw, &piece);
		take_value(scan, &piece);
		all->v = mem_grow(all->v, &all->cap, all->n + 1,
		    sizeof *all->v);
		all->v[all->n++] = piece;
	}
	return 0;
}

/* Past the next atom that a "=" follows; false at the end. */
static bool
skip_to_name(struct token_scan *scan, struct token *name)
{
	struct token t;

	name->raw = SPAN("");
	while (token_next(scan, &t) == 1) {
		if (t.kind == TOKEN_COMMENT)
			continue;
		if (token_is(&t, '=') && name->raw.n > 0)
			return true;
		if (t.kind == TOKEN_ATOM)
			*name = t;
		else
			name->raw.n = 0;
	}
	return false;
}

static void
take_value(struct token_scan *scan, struct piece *piece)
{
	struct token_scan after;
	struct token t;

	if (peek(scan, &t, &after) == 1 && t.kind == TOKEN_QUOTED) {
		piece->value = t.inner;
		piece->quoted = true;
		*scan = after;
	} else {
		piece->value = bare_value(scan, is_file_name(piece->name));
	}
}

/* The token after the comments, which are passed, and the scan after it. */
static int
peek(struct token_scan *scan, struct token *t, struct token_scan *after)
{
	int more;

	*after = *scan;
	while ((more = token_next(after, t)) == 1 && t->kind == TOKEN_COMMENT)
		*scan = *after;
	scan->open |= after->open;
	return more;
}

/*
 * A value without quotes is a word where its ";" or nothing follows, or one
 * more parameter whose ";" is missing; otherwise all up to the ";", blanks
 * too.  What looks like a comment behind a file's name is of the name.
 */
static struct span
bare_value(struct token_scan *scan, bool is_name)
{
	struct span word = take_word(&scan->rest), all;
	struct token_scan start = *scan, after;
	struct token t;
	size_t n;
	int more = peek(scan, &t, &after);

	if ((more == 0 || token_is(&t, ';')) && !is_name)
		return word;
	if (more == 1 && t.kind == TOKEN_ATOM && is_equals_next(&after))
		return word;
	n = span_chr(start.rest, ';');
	if (n == SPAN_NONE)
		n = start.rest.n;
	all = span_at(word.p, (size_t)(start.rest.p + n - word.p));
	scan->rest = span_from(start.rest, n);
	return span_trim(all);
}

static bool
is_file_name(struct span name)
{
	return span_iis(name, "filename") || span_iis(name, "name");
}

/* Up to a blank or ";", without the quote at its start that nothing closes. */
static struct span
take_word(struct span *rest)
{
	struct span s = *rest;
	size_t start = 0, n;

	while (start < s.n && strchr(" \t\r\n\"", s.p[start]) != NULL &&
	    s.p[start] != '\0')
		start++;
	for (n = start; n < s.n; n++)
		if (s.p[n] != '\0' && strchr(" \t\r\n;", s.p[n]) != NULL)
			break;
	*rest = span_from(s, n);
	return span_sub(s, start, n - start);
}

static bool
is_equals_next(const struct token_scan *scan)
{
	struct token_scan ahead = *scan;
	struct token t;

	return token_next(&ahead, &t) == 1 && token_is(&t, '=');
}

/* name, name*, name*1, name*1* (RFC 2231, sections 3 and 4) */
static void
read_name(struct span written, struct piece *piece)
{
	struct span rest = written, mark;

	piece->name = written;
	piece->section = NO_SECTION;
	if (span_cut(&rest, '*', &piece->name) == 0 || rest.p == NULL)
		return;
	if (rest.n == 0) {
		piece->extended = true;
		return;
	}
	if (span_cut(&rest, '*', &mark) == 1 && rest.n == 0 &&
	    span_num(mark, SECTION_MAX, &piece->section)) {
		piece->extended = rest.p != NULL;
	} else {
		piece->name = written;
		piece->section = NO_SECTION;
	}
}

/* By name, the form that counts first, then by section, then by place. */
static int
compare(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;

	for (size_t i = 0; i < n; i++) {
		char x = ascii_lower(a->name.p[i]), y;

		y = ascii_lower(b->name.p[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	if (a->name.n != b->name.n)
		return a->name.n < b->name.n ? -1 : 1;
	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static int
rank(const struct piece *piece)
{
	if (piece->section != NO_SECTION)
		return 1;
	return piece->extended ? 0 : 2;
}

/* One name's n pieces, in order, make one parameter. */
static void
join(const struct piece *v, size_t n, struct charset_pool *pool,
    struct params *p)
{
	struct param *param = &p->v[p->n++];
	struct buf name = {0};

	add_lower(v->name, &name);
	param->name = mem_str(buf_cstr(&name));
	buf_free(&name);
	if (v->section == NO_SECTION && !v->extended)
		decode_plain(v, pool, &param->value);
	else
		decode_sections(v, n, pool, &param->value);
}

static void
decode_plain(const struct piece *piece, struct charset_pool *pool,
    struct buf *out)
{
	struct buf text = {0};

	piece_bytes(piece, piece->value, &text);
	decode_text(buf_view(&text), pool, out);
	buf_free(&text);
}

static void
decode_text(struct span s, struct charset_pool *pool, struct buf *out)
{
	if (span_find(s, SPAN("=?")) == SPAN_NONE)
		charset_to_utf8(s, SPAN(""), out);
	else
		word_decode_one(s, pool, out);
}

/* A value with a charset, or sections: characters may be cut between them. */
static void
decode_sections(const struct piece *v, size_t n, struct charset_pool *pool,
    struct buf *out)
{
	struct span first = v->value, charset = {0};
	struct buf bytes = {0};

	if (v->extended)
		charset = take_charset(&first);
	piece_bytes(v, first, &bytes);
	for (size_t i = 1; i < n && v->section != NO_SECTION &&
	     v[i].section != NO_SECTION; i++)
		if (v[i].section != v[i - 1].section)
			piece_bytes(&v[i], v[i].value, &bytes);
	charset_keep(pool, charset);
	if (charset.n > 0)
		charset_to_utf8(buf_view(&bytes), charset, out);
	else
		decode_text(buf_view(&bytes), pool, out);
	buf_free(&bytes);
}

/* Takes charset'language' off; one without both quotes names none. */
static struct span
take_charset(struct span *value)
{
	struct span rest = *value, charset, language;

	if (span_cut(&rest, '\'', &charset) == 0 || rest.p == NULL ||
	    span_cut(&rest, '\'', &language) == 0 || rest.p == NULL)
		return SPAN("");
	*value = rest;
	return charset;
}

/* Appends the bytes that the piece's value, or its end, stands for. */
static void
piece_bytes(const struct piece *piece, struct span value, struct buf *out)
{
	struct buf text = {0};

	if (piece->quoted)
		token_text(value, &text);
	else
		header_unfold(value, &text);
	if (piece->extended)
		unpercent(buf_view(&text), out);
	else
		buf_span(out, buf_view(&text));
	buf_free(&text);
}

/* An escape that is none stays as it is. */
static void
unpercent(struct span s, struct buf *out)
{
	struct span escape;
	size_t n, was;

	while ((n = span_chr(s, '%')) != SPAN_NONE) {
		buf_span(out, span_sub(s, 0, n));
		escape = span_sub(s, n, 3);
		was = out->n;
		if (!enc_unpercent(escape, out)) {
			buf_cut(out, was);
			escape.n = 1;
			buf_span(out, escape);
		}
		s = span_from(s, n + escape.n);
	}
	buf_span(out, s);
}

static void
add_lower(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++)
		buf_char(out, ascii_lower(s.p[i]));
}
