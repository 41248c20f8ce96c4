#include <string.h>

#include "mail/header.h"
#include "mail/summary.h"
#include "mail/word.h"

static const struct span names[SUMMARY_FIELDS] = {
    [SUMMARY_CC] = {"Cc", 2},
    [SUMMARY_DATE] = {"Date", 4},
    [SUMMARY_FROM] = {"From", 4},
    [SUMMARY_ID] = {"Message-ID", 10},
    [SUMMARY_IN_REPLY_TO] = {"In-Reply-To", 11},
    [SUMMARY_LIST] = {"List-Id", 7},
    [SUMMARY_RECEIVED] = {"Received", 8},
    [SUMMARY_REFERENCES] = {"References", 10},
    [SUMMARY_SENDER] = {"Sender", 6},
    [SUMMARY_SUBJECT] = {"Subject", 7},
    [SUMMARY_TO] = {"To", 2}};

/* How a list of addresses is written. */
struct manner {
	const char *between;
	memo_make piece; /* for addr_first_put */
	void (*simple)(struct span name, struct span address, struct buf *);
	void (*one)(const struct addr *, struct buf *out);
};

static bool read_date(struct span, struct date *);
static void clear(struct summary *);
static void take_field(struct summary *, struct span raw);
static enum summary_field guess(struct span raw);
static struct span sender(const struct summary *);
static void put_from(struct span from, struct buf *out);
static void put_simple_shown(struct span name, struct span address,
    struct buf *out);
static void put_one_shown(const struct addr *, struct buf *out);
static void put_list(const struct summary *, struct span value,
    const struct manner *, struct buf *out);
static void put_all(const struct addr_list *, const struct manner *,
    struct buf *out);
static void put_shown(struct span piece, struct buf *out);
static void put_full(struct span piece, struct buf *out);
static void put_piece(struct span piece, const struct manner *,
    struct buf *out);
static bool is_reply_mark(struct span);

static const struct manner shown = {", ", put_shown, put_simple_shown,
    put_one_shown};
static const struct manner full = {"\n", put_full, addr_simple_text,
    addr_text};

void
summary_header(struct summary *s, struct span header)
{
	struct field f;

	clear(s);
	s->header = header;
	while (header_next(&header, &f) == 1)
		take_field(s, f.raw);
}

void
summary_message(struct summary *s, struct span message, struct span *body)
{
	struct span rest = message, raw;
	bool is_field = header_begin(&rest);

	clear(s);
	s->header = rest;
	while (is_field && header_step(&rest, &raw) == 1)
		take_field(s, raw);
	s->header.n -= rest.n;
	*body = header_end(rest);
}

bool
summary_date(const struct summary *s, struct date *d)
{
	if (summary_written(s, d))
		return true;
	*d = (struct date){.sec = s->arrival};
	return s->arrival != 0;
}

bool
summary_written(const struct summary *s, struct date *d)
{
	struct span received = s->field[SUMMARY_RECEIVED], rest = received;
	size_t semicolon;

	if (s->known.is_set) {
		*d = s->known.date;
		return s->known.has_date;
	}
	if (read_date(s->field[SUMMARY_DATE], d))
		return true;
	/* RFC 5321: the time follows the last semicolon */
	while ((semicolon = span_chr(rest, ';')) != SPAN_NONE)
		rest = span_from(rest, semicolon + 1);
	return rest.n < received.n && date_parse(rest, d);
}

/* Some mailers encode it as they do text. */
static bool
read_date(struct span value, struct date *d)
{
	struct buf text = {0};
	bool is_date;

	if (span_find(value, SPAN("=?")) == SPAN_NONE)
		return date_parse(value, d);
	word_decode(value, &text);
	is_date = date_parse(buf_view(&text), d);
	buf_free(&text);
	return is_date;
}

void
summary_text(const struct summary *s, enum summary_field which,
    struct buf *out)
{
	if (which == SUMMARY_SUBJECT && s->known.is_set)
		buf_span(out, s->known.subject);
	else
		word_decode(s->field[which], out);
}

void
summary_id(const struct summary *s, struct buf *out)
{
	word_id(s->field[SUMMARY_ID], out);
}

void
summary_from(const struct summary *s, struct buf *out)
{
	if (s->known.is_set)
		buf_span(out, s->known.from);
	else
		memo_put(s->memo, put_from, sender(s), out);
}

void
summary_from_address(const struct summary *s, struct buf *out)
{
	struct addr_list list = {0};
	struct span from = sender(s), name, address;

	buf_span(out, s->known.address);
	if (s->known.is_set)
		return;
	if (addr_simple(&from, &name, &address)) {
		buf_span(out, address);
		return;
	}
	addr_parse(from, &list);
	for (size_t i = 0; i < list.n; i++) {
		if (list.v[i].address[0] == '\0')
			continue;
		buf_str(out, list.v[i].address);
		break;
	}
	addr_list_free(&list);
}

void
summary_to(const struct summary *s, struct buf *out)
{
	put_list(s, s->field[SUMMARY_TO], &shown, out);
}

void
summary_addresses(const struct summary *s, enum summary_field which,
    struct buf *out)
{
	put_list(s, s->field[which], &full, out);
}

struct span
summary_base_subject(struct span subject)
{
	size_t colon;

	subject = span_trim(subject);
	while ((colon = span_chr(span_sub(subject, 0, 8), ':')) !=
		SPAN_NONE && is_reply_mark(span_sub(subject, 0, colon)))
		subject = span_trim(span_from(subject, colon + 1));
	return subject;
}

static void
clear(struct summary *s)
{
	memset(s->field, 0, sizeof s->field);
	s->known = (struct summary_known){0};
}

static void
take_field(struct summary *s, struct span raw)
{
	enum summary_field which = guess(raw);

	if (which != SUMMARY_FIELDS && s->field[which].p == NULL)
		(void)header_is(raw, names[which], &s->field[which]);
}

/* The only one of them that may begin so. */
static enum summary_field
guess(struct span raw)
{
	if (raw.n < 3)
		return SUMMARY_FIELDS;
	switch (ascii_lower(raw.p[0])) {
	case 'c':
		return SUMMARY_CC;
	case 'd':
		return SUMMARY_DATE;
	case 'f':
		return SUMMARY_FROM;
	case 'i':
		return SUMMARY_IN_REPLY_TO;
	case 'l':
		return SUMMARY_LIST;
	case 'm':
		return SUMMARY_ID;
	case 'r':
		return ascii_lower(raw.p[2]) == 'c' ? SUMMARY_RECEIVED
						    : SUMMARY_REFERENCES;
	case 's':
		return ascii_lower(raw.p[1]) == 'e' ? SUMMARY_SENDER
						    : SUMMARY_SUBJECT;
	case 't':
		return SUMMARY_TO;
	default:
		return SUMMARY_FIELDS;
	}
}

static struct span
sender(const struct summary *s)
{
	struct span from = s->field[SUMMARY_FROM];

	return span_trim(from).n > 0 ? from : s->field[SUMMARY_SENDER];
}

static void
put_from(struct span from, struct buf *out)
{
	struct addr_list list = {0};
	struct span name, address;

	if (addr_simple(&from, &name, &address)) {
		put_simple_shown(name, address, out);
		return;
	}
	addr_parse(from, &list);
	if (list.n > 0)
		put_one_shown(&list.v[0], out);
	addr_list_free(&list);
}

/* The name or, without one, the address. */
static void
put_simple_shown(struct span name, struct span address, struct buf *out)
{
	size_t start = out->n;

	addr_simple_name(name, out);
	if (out->n == start)
		buf_span(out, address);
}

static void
put_one_shown(const struct addr *a, struct buf *out)
{
	buf_str(out, a->name[0] != '\0' ? a->name : a->address);
}

static void
put_list(const struct summary *s, struct span value,
    const struct manner *manner, struct buf *out)
{
	struct addr_list list = {0};
	size_t start = out->n, end;

	do {
		end = out->n;
		if (end > start)
			buf_str(out, manner->between);
	} while (addr_first_put(&value, s->memo, manner->piece, out));
	buf_cut(out, end);
	addr_parse(value, &list);
	if (list.n > 0 && end > start)
		buf_str(out, manner->between);
	put_all(&list, manner, out);
	addr_list_free(&list);
}

static void
put_all(const struct addr_list *list, const struct manner *manner,
    struct buf *out)
{
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			buf_str(out, manner->between);
		manner->one(&list->v[i], out);
	}
}

static void
put_shown(struct span piece, struct buf *out)
{
	put_piece(piece, &shown, out);
}

static void
put_full(struct span piece, struct buf *out)
{
	put_piece(piece, &full, out);
}

static void
put_piece(struct span piece, const struct manner *manner, struct buf *out)
{
	struct addr_list list = {0};
	struct span rest = piece, name, address;

	if (addr_simple(&rest, &name, &address) && rest.n == 0)
		manner->simple(name, address, out);
	else if (addr_alone(piece, &list))
		put_all(&list, manner, out);
	addr_list_free(&list);
}

static bool
is_reply_mark(struct span mark)
{
	mark = span_sub(mark, 0, span_chr(mark, '['));
	mark = span_trim(mark);
	return span_iis(mark, "re") || span_iis(mark, "aw") ||
	    span_iis(mark, "sv") || span_iis(mark, "fw") ||
	    span_iis(mark, "fwd") || span_iis(mark, "wg");
}
