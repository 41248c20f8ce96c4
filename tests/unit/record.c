#include "mail/record.h"
#include "unit/unit.h"

static const char *const headers[] = {
    "",
    "Subject: plain\n",
    "From: Ann <ann@example.org>\nTo: a@b, c@d\nCc: \nSubject:  x \n"
    "Date: Sat, 21 Nov 2026 09:05:00 +0100\nMessage-ID: <1@x>\n"
    "In-Reply-To: <0@x>\nReferences: <a@x>\n <0@x>\nList-Id: L <l.x>\n",
    ("Received: by x; Fri, 20 Nov 2026 09:05:00 -0000\nSender: s@x\n"
     "Subject: =?utf-8?q?=C3=89t=C3=A9?=\n =?utf-8?q?_2?=\n"),
    "Date: nonsense\nFrom: =?iso-8859-1?q?Andr=E9?= <andre@x>\n"};

static void
same(struct buf *a, struct buf *b)
{
	ck_assert(span_eq(buf_view(a), buf_view(b)));
	buf_cut(a, 0);
	buf_cut(b, 0);
}

/* All that can be asked of a summary is answered alike by both. */
static void
same_summaries(const struct summary *a, const struct summary *b)
{
	static const enum summary_field lists[] = {SUMMARY_FROM, SUMMARY_TO,
	    SUMMARY_CC, SUMMARY_SENDER};
	struct buf x = {0}, y = {0};
	struct date d = {0}, e = {0};

	ck_assert_int_eq(summary_date(a, &d), summary_date(b, &e));
	date_rfc3339(d, &x);
	date_rfc3339(e, &y);
	same(&x, &y);
	ck_assert_int_eq(d.zone_set, e.zone_set);
	summary_id(a, &x);
	summary_id(b, &y);
	same(&x, &y);
	summary_from(a, &x);
	summary_from(b, &y);
	same(&x, &y);
	summary_from_address(a, &x);
	summary_from_address(b, &y);
	same(&x, &y);
	summary_to(a, &x);
	summary_to(b, &y);
	same(&x, &y);
	summary_text(a, SUMMARY_SUBJECT, &x);
	summary_text(b, SUMMARY_SUBJECT, &y);
	same(&x, &y);
	summary_text(a, SUMMARY_LIST, &x);
	summary_text(b, SUMMARY_LIST, &y);
	same(&x, &y);
	for (size_t i = 0; i < COUNT(lists); i++) {
		summary_addresses(a, lists[i], &x);
		summary_addresses(b, lists[i], &y);
		same(&x, &y);
	}
	ck_assert(span_eq(a->field[SUMMARY_REFERENCES],
	    b->field[SUMMARY_REFERENCES]));
	ck_assert(span_eq(a->field[SUMMARY_IN_REPLY_TO],
	    b->field[SUMMARY_IN_REPLY_TO]));
	buf_free(&x);
	buf_free(&y);
}

static void
put(size_t i, struct record *r, struct buf *out)
{
	*r = (struct record){.base = SPAN("1700000000.a.host"),
	    .suffix = SPAN(":2,S"), .in_cur = true, .inode = UINT64_MAX,
	    .size = 12345678901, .mtime_ns = -5, .ctime_ns = INT64_MAX,
	    .text = 77, .is_whole = true};
	r->summary.arrival = 1700000000;
	summary_header(&r->summary, span_of(headers[i]));
	record_put(r, out);
}

START_TEST(comes_back)
{
	struct record r, got;
	struct buf bytes = {0}, again = {0};
	struct span rest, after;

	put((size_t)_i, &r, &bytes);
	rest = buf_view(&bytes);
	ck_assert_uint_eq(record_text(rest, &after), 77);
	ck_assert_uint_eq(after.n, 0);
	ck_assert_int_eq(record_next(&rest, &got), 1);
	got.summary.arrival = r.summary.arrival;
	same_summaries(&r.summary, &got.summary);
	ck_assert(span_eq(got.base, r.base) && span_eq(got.suffix, r.suffix));
	ck_assert(got.in_cur && got.is_whole);
	ck_assert(got.inode == r.inode && got.size == r.size);
	ck_assert(got.mtime_ns == r.mtime_ns && got.text == 77);
	ck_assert(got.ctime_ns == r.ctime_ns);
	ck_assert_int_eq(record_next(&rest, &got), 0);
	rest = buf_view(&bytes);
	ck_assert_int_eq(record_next(&rest, &got), 1);
	record_put(&got, &again);
	ck_assert(span_eq(buf_view(&bytes), buf_view(&again)));
	buf_free(&bytes);
	buf_free(&again);
}
END_TEST

START_TEST(long_fields_are_not_kept)
{
	struct buf header = {0}, bytes = {0};
	struct record r = {.base = SPAN("x"), .is_whole = true}, got;
	struct span rest;

	buf_str(&header, "To:");
	for (size_t i = _i == 0; i <= RECORD_FIELDS_MAX; i++)
		buf_char(&header, 'x');
	summary_header(&r.summary, buf_view(&header));
	record_put(&r, &bytes);
	ck_assert((bytes.n > RECORD_FIELDS_MAX) == (_i == 0));
	rest = buf_view(&bytes);
	ck_assert_int_eq(record_next(&rest, &got), 1);
	ck_assert(got.is_whole == (_i == 0));
	ck_assert(got.summary.known.is_set == (_i == 0));
	buf_free(&header);
	buf_free(&bytes);
}
END_TEST

/* A byte more than a record says all of what it is. */
START_TEST(what_is_left_over_is_damage)
{
	const size_t at = RECORD_TEXT_AT + sizeof(uint32_t);
	struct buf bytes = {0};
	struct record r, got;
	struct span rest;
	uint32_t n;

	put(0, &r, &bytes);
	memcpy(&n, bytes.p + at, sizeof n);
	n++;
	memcpy(bytes.p + at, &n, sizeof n);
	buf_char(&bytes, '\0');
	rest = buf_view(&bytes);
	ck_assert_int_eq(record_next(&rest, &got), -1);
	buf_free(&bytes);
}
END_TEST

/* Whatever the bytes are, reading them ends, and within them. */
START_TEST(damage_is_harmless)
{
	struct buf bytes = {0};
	struct record r, got;
	struct span rest, after;
	char *copy;

	put((size_t)_i, &r, &bytes);
	for (size_t n = 0; n < bytes.n; n++) {
		copy = malloc(n + 1);
		memcpy(copy, bytes.p, n);
		rest = span_at(copy, n);
		ck_assert_uint_eq(record_text(rest, &after), 0);
		ck_assert_int_le(record_next(&rest, &got), 0);
		free(copy);
	}
	for (size_t n = 0; n < bytes.n * 8; n++) {
		bytes.p[n / 8] ^= (char)(1 << n % 8);
		rest = buf_view(&bytes);
		while (record_next(&rest, &got) == 1)
			ck_assert_uint_le(rest.n, bytes.n);
		bytes.p[n / 8] ^= (char)(1 << n % 8);
	}
	buf_free(&bytes);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");

	unit_each(s, comes_back, COUNT(headers));
	unit_each(s, long_fields_are_not_kept, 2);
	unit_test(s, what_is_left_over_is_damage);
	unit_each(s, damage_is_harmless, COUNT(headers));
	return unit_main(s);
}
