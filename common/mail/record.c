#include <string.h>

#include "base/number.h"
#include "mail/record.h"

#define IN_CUR 1
#define IS_WHOLE 2
#define HAS_DATE 4
#define HAS_ZONE 8

/* A byte of these bits, the text's number, then how many bytes follow. */
#define BYTES_AT (RECORD_TEXT_AT + sizeof(uint32_t))
#define HEAD (BYTES_AT + sizeof(uint32_t))

/* What of the fields is kept; a date is kept as what it says. */
static const enum summary_field kept[] = {SUMMARY_CC, SUMMARY_FROM, SUMMARY_ID,
    SUMMARY_IN_REPLY_TO, SUMMARY_LIST, SUMMARY_REFERENCES, SUMMARY_SENDER,
    SUMMARY_SUBJECT, SUMMARY_TO};

#define KEPT (sizeof kept / sizeof kept[0])

static bool is_short(const struct summary *);
static void put_fields(const struct summary *, struct buf *out);
static void put_known(const struct summary *, struct buf *out);
static void put_same(struct span value, struct span field, struct buf *out);
static void put_signed(int64_t, struct buf *out);
static void put_span(struct span, struct buf *out);
static bool take_head(struct span *rest, uint32_t *text, struct span *body);
static bool take_fields(struct span *rest, struct summary *);
static bool take_known(struct span *rest, unsigned bits, struct summary *);
static bool take_same(struct span *rest, struct span field, struct span *);
static bool take_ns(struct span *rest, int64_t *);
static bool take_signed(struct span *rest, int64_t *);
static bool take_span(struct span *rest, struct span *);

void
record_put(const struct record *r, struct buf *out)
{
	struct date d = {0};
	size_t start = out->n;
	uint32_t bytes = 0;
	bool is_whole = r->is_whole && is_short(&r->summary);
	bool has_date = is_whole && summary_written(&r->summary, &d);

	buf_char(out, (char)((r->in_cur ? IN_CUR : 0) |
	    (is_whole ? IS_WHOLE : 0) | (has_date ? HAS_DATE : 0) |
	    (d.zone_set ? HAS_ZONE : 0)));
	buf_add(out, &r->text, sizeof r->text);
	buf_add(out, &bytes, sizeof bytes);
	put_span(r->base, out);
	put_span(r->suffix, out);
	number_put(r->inode, out);
	number_put(r->size, out);
	/* as number_put writes them these would be longer */
	buf_add(out, &r->mtime_ns, sizeof r->mtime_ns);
	buf_add(out, &r->ctime_ns, sizeof r->ctime_ns);
	if (has_date) {
		put_signed(d.sec, out);
		put_signed(d.zone_min, out);
	}
	if (is_whole) {
		put_fields(&r->summary, out);
		put_known(&r->summary, out);
	}
	bytes = (uint32_t)(out->n - start - HEAD);
	memcpy(out->p + start + BYTES_AT, &bytes, sizeof bytes);
}

int
record_next(struct span *rest, struct record *r)
{
	struct span body;
	unsigned bits;

	*r = (struct record){0};
	if (rest->n == 0)
		return 0;
	bits = (unsigned char)rest->p[0];
	if (!take_head(rest, &r->text, &body))
		return -1;
	r->in_cur = (bits & IN_CUR) != 0;
	r->is_whole = (bits & IS_WHOLE) != 0;
	if (!take_span(&body, &r->base) || !take_span(&body, &r->suffix) ||
	    !number_take(&body, &r->inode) ||
	    !number_take(&body, &r->size) ||
	    !take_ns(&body, &r->mtime_ns) || !take_ns(&body, &r->ctime_ns) ||
	    !take_known(&body, bits, &r->summary) || body.n > 0)
		return -1;
	return 1;
}

uint32_t
record_text(struct span rest, struct span *after)
{
	struct span body;
	uint32_t text;

	*after = rest;
	return take_head(after, &text, &body) ? text : 0;
}

static bool
is_short(const struct summary *s)
{
	size_t n = 0;

	for (size_t i = 0; i < KEPT; i++)
		n += s->field[kept[i]].n;
	return n <= RECORD_FIELDS_MAX;
}

/* Absent is 0, else one more than its length. */
static void
put_fields(const struct summary *s, struct buf *out)
{
	struct span field;

	for (size_t i = 0; i < KEPT; i++) {
		field = s->field[kept[i]];
		number_put(field.p == NULL ? 0 : field.n + 1, out);
		buf_span(out, field);
	}
}

static void
put_known(const struct summary *s, struct buf *out)
{
	struct buf value = {0};

	summary_text(s, SUMMARY_SUBJECT, &value);
	put_same(buf_view(&value), s->field[SUMMARY_SUBJECT], out);
	buf_cut(&value, 0);
	summary_from(s, &value);
	put_span(buf_view(&value), out);
	buf_cut(&value, 0);
	summary_from_address(s, &value);
	put_span(buf_view(&value), out);
	buf_free(&value);
}

/* Most subjects say what they say: those are 0. */
static void
put_same(struct span value, struct span field, struct buf *out)
{
	if (span_eq(value, span_trim(field))) {
		number_put(0, out);
		return;
	}
	number_put(value.n + 1, out);
	buf_span(out, value);
}

static void
put_signed(int64_t number, struct buf *out)
{
	uint64_t bits = (uint64_t)number << 1;

	number_put(number < 0 ? ~bits : bits, out);
}

static void
put_span(struct span s, struct buf *out)
{
	number_put(s.n, out);
	buf_span(out, s);
}

/* And the record off *rest, whose body is to be taken apart. */
static bool
take_head(struct span *rest, uint32_t *text, struct span *body)
{
	uint32_t bytes;

	if (rest->n < HEAD)
		return false;
	memcpy(text, rest->p + RECORD_TEXT_AT, sizeof *text);
	memcpy(&bytes, rest->p + BYTES_AT, sizeof bytes);
	*rest = span_from(*rest, HEAD);
	if (bytes > rest->n)
		return false;
	*body = span_sub(*rest, 0, bytes);
	*rest = span_from(*rest, bytes);
	return true;
}

static bool
take_fields(struct span *rest, struct summary *s)
{
	uint64_t n;

	for (size_t i = 0; i < KEPT; i++) {
		if (!number_take(rest, &n))
			return false;
		if (n == 0)
			continue;
		if (n - 1 > rest->n)
			return false;
		s->field[kept[i]] = span_sub(*rest, 0, (size_t)n - 1);
		*rest = span_from(*rest, (size_t)n - 1);
	}
	return true;
}

static bool
take_known(struct span *rest, unsigned bits, struct summary *s)
{
	struct summary_known *k = &s->known;
	int64_t zone = 0;

	k->has_date = (bits & HAS_DATE) != 0;
	if (k->has_date && (!take_signed(rest, &k->date.sec) ||
	    !take_signed(rest, &zone)))
		return false;
	k->date.zone_min = (int)zone;
	k->date.zone_set = (bits & HAS_ZONE) != 0;
	k->is_set = (bits & IS_WHOLE) != 0;
	if (!k->is_set)
		return true;
	return take_fields(rest, s) &&
	    take_same(rest, s->field[SUMMARY_SUBJECT], &k->subject) &&
	    take_span(rest, &k->from) && take_span(rest, &k->address);
}

static bool
take_same(struct span *rest, struct span field, struct span *value)
{
	uint64_t n;

	*value = span_trim(field);
	if (!number_take(rest, &n))
		return false;
	if (n == 0)
		return true;
	if (n - 1 > rest->n)
		return false;
	*value = span_sub(*rest, 0, (size_t)n - 1);
	*rest = span_from(*rest, (size_t)n - 1);
	return true;
}

static bool
take_ns(struct span *rest, int64_t *ns)
{
	if (rest->n < sizeof *ns)
		return false;
	memcpy(ns, rest->p, sizeof *ns);
	*rest = span_from(*rest, sizeof *ns);
	return true;
}

static bool
take_signed(struct span *rest, int64_t *number)
{
	uint64_t bits;

	if (!number_take(rest, &bits))
		return false;
	*number = (int64_t)(bits >> 1);
	if ((bits & 1) != 0)
		*number = -*number - 1;
	return true;
}

static bool
take_span(struct span *rest, struct span *s)
{
	uint64_t n;

	if (!number_take(rest, &n) || n > rest->n)
		return false;
	*s = span_sub(*rest, 0, (size_t)n);
	*rest = span_from(*rest, (size_t)n);
	return true;
}
