#include "mail/summary.h"
#include "unit/unit.h"

static const char header[] =
    "Received: from a by b; x; Fri, 20 Nov 2026 09:05:00 +0000\r\n"
    "Received: from c; Thu, 19 Nov 2026 09:05:00 +0000\n"
    "FROM: =?utf-8?q?=C3=89lodie?= <elodie@example.org>, bob@example.org\n"
    "to: team: Ann <ann@example.org>,\n"
    " bob@example.net;\n"
    "Subject: Re: =?utf-8?b?w4lsYW4=?=\n"
    "Subject: the second\n"
    "Date: Sat, 21 Nov 2026 09:05:00 +0100\n"
    "message-id: <7@example.org> (comment)\n"
    "List-Id: People <list.example.org>\n"
    "Tox: no\n";

static struct summary
summary_of(const char *text)
{
	struct summary s = {0};

	summary_header(&s, span_of(text));
	return s;
}

START_TEST(takes_the_first_of_each)
{
	struct summary s = summary_of(header);
	struct buf out = {0};
	struct date d;

	summary_text(&s, SUMMARY_SUBJECT, &out);
	ck_assert_str_eq(buf_cstr(&out), "Re: \303\211lan");
	buf_cut(&out, 0);
	summary_from(&s, &out);
	ck_assert_str_eq(buf_cstr(&out), "\303\211lodie");
	buf_cut(&out, 0);
	summary_from_address(&s, &out);
	ck_assert_str_eq(buf_cstr(&out), "elodie@example.org");
	buf_cut(&out, 0);
	summary_id(&s, &out);
	ck_assert_str_eq(buf_cstr(&out), "7@example.org");
	buf_cut(&out, 0);
	summary_addresses(&s, SUMMARY_FROM, &out);
	ck_assert_str_eq(buf_cstr(&out),
	    "\303\211lodie <elodie@example.org>\nbob@example.org");
	ck_assert(summary_date(&s, &d));
	ck_assert_int_eq(d.sec, 1795248300);
	ck_assert_int_eq(d.zone_min, 60);
	ck_assert_ptr_null(s.field[SUMMARY_CC].p);
	ck_assert_ptr_null(s.field[SUMMARY_SENDER].p);
	buf_free(&out);
}
END_TEST

/* As long as another, or beginning as it, is not enough. */
START_TEST(knows_the_names)
{
	static const struct {
		const char *name;
		enum summary_field field;
	} known[] = {{"cC", SUMMARY_CC}, {"to", SUMMARY_TO},
	    {"DATE", SUMMARY_DATE}, {"froM", SUMMARY_FROM},
	    {"sender", SUMMARY_SENDER}, {"LIST-ID", SUMMARY_LIST},
	    {"subject", SUMMARY_SUBJECT}, {"received", SUMMARY_RECEIVED},
	    {"message-id", SUMMARY_ID}, {"references", SUMMARY_REFERENCES},
	    {"in-reply-to", SUMMARY_IN_REPLY_TO}};
	struct buf text = {0};
	struct summary s;

	for (size_t i = 0; i < COUNT(known); i++) {
		buf_cut(&text, 0);
		buf_fmt(&text, "%.1sx%s: 1\n%s: 2\n%s: 3\n",
		    known[i].name, known[i].name + 2, known[i].name,
		    known[i].name);
		s = summary_of(buf_cstr(&text));
		for (size_t k = 0; k < SUMMARY_FIELDS; k++)
			if (k == known[i].field)
				unit_span(s.field[k], " 2");
			else
				ck_assert_ptr_null(s.field[k].p);
	}
	buf_free(&text);
}
END_TEST

START_TEST(of_a_message)
{
	static const char message[] = "From bob\n\r\n";
	struct summary s, want = summary_of(header);
	struct buf text = {0};
	struct span body;

	buf_fmt(&text, "%s%s\r\nCc: body\n", message, header);
	summary_message(&s, buf_view(&text), &body);
	unit_span(s.header, header);
	unit_span(body, "Cc: body\n");
	for (size_t i = 0; i < SUMMARY_FIELDS; i++)
		ck_assert(span_eq(s.field[i], want.field[i]));
	summary_message(&s, SPAN("Cc\nTo: body\n\nx"), &body);
	unit_span(s.field[SUMMARY_TO], " body");
	summary_message(&s, SPAN("\nCc\nTo: body\n"), &body);
	ck_assert_ptr_null(s.field[SUMMARY_TO].p);
	unit_span(s.header, "");
	unit_span(body, "Cc\nTo: body\n");
	buf_free(&text);
}
END_TEST

START_TEST(without_fields)
{
	struct summary s = summary_of("");
	struct buf out = {0};
	struct date d;

	summary_text(&s, SUMMARY_SUBJECT, &out);
	summary_from(&s, &out);
	summary_from_address(&s, &out);
	summary_to(&s, &out);
	summary_id(&s, &out);
	ck_assert_uint_eq(out.n, 0);
	ck_assert(!summary_date(&s, &d));
	s.arrival = 5;
	ck_assert(summary_date(&s, &d));
	ck_assert_int_eq(d.sec, 5);
	buf_free(&out);
}
END_TEST

START_TEST(dates_fall_back)
{
	struct summary s = summary_of("Date: soon\n"
				      "Received: by x; Fri, 20 Nov 2026 "
				      "09:05:00 +0000\n");
	struct date d;

	s.arrival = 5;
	ck_assert(summary_date(&s, &d));
	ck_assert_int_eq(d.sec, 1795165500);
	s = summary_of("Received: 20 Nov 2026 09:05:00 +0000\n");
	ck_assert(!summary_date(&s, &d));
}
END_TEST

START_TEST(senders)
{
	struct summary s = summary_of("Sender: Bob <bob@example.org>\n"
				      "From: \n");
	struct buf out = {0};

	summary_from(&s, &out);
	ck_assert_str_eq(buf_cstr(&out), "Bob");
	buf_cut(&out, 0);
	s = summary_of("From: bob@example.org\n");
	summary_from(&s, &out);
	ck_assert_str_eq(buf_cstr(&out), "bob@example.org");
	buf_free(&out);
}
END_TEST

START_TEST(ids)
{
	static const char *const rows[][2] = {
	    {"Message-ID: <a@example.org>\n", "a@example.org"},
	    {"Message-ID:\n <a@example.org>\n", "a@example.org"},
	    {"Message-ID: a@example.org\n", "a@example.org"},
	    {"Message-ID: <a@example.org\n", "a@example.org"},
	    {"Message-ID: \n", ""}, {"Message-ID: <\n", ""},
	    {"Message-ID: <>\n", ""}};
	struct buf out = {0};
	struct summary s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		s = summary_of(rows[i][0]);
		buf_cut(&out, 0);
		summary_id(&s, &out);
		ck_assert_str_eq(buf_cstr(&out), rows[i][1]);
	}
	buf_free(&out);
}
END_TEST

START_TEST(base_subjects)
{
	static const char *const rows[][2] = {{"", ""}, {"x", "x"},
	    {"Re: x", "x"}, {"RE:FWD: Aw : x", "x"}, {"Re[2]: x", "x"},
	    {"Re[123]: x", "x"},
	    {"Ref: x", "Ref: x"}, {"Re", "Re"}, {"re:", ""},
	    {"note: Re: x", "note: Re: x"}};

	for (size_t i = 0; i < COUNT(rows); i++)
		unit_span(summary_base_subject(span_of(rows[i][0])),
		    rows[i][1]);
}
END_TEST

/* However a field is looked at, it comes out as the parser has it. */
START_TEST(addresses_are_the_parsers)
{
	static const char letters[] = "aB1-_' ..<<>>@@,\"(=?;:";
	uint32_t state = 7;
	char value[24];
	struct memo memo = {0};

	for (int round = 0; round < 200000; round++) {
		struct summary s = {.memo = &memo};
		struct addr_list list = {0};
		struct buf got = {0}, wanted = {0};
		size_t n = 0;

		while (n < sizeof value - 1 && (n < 5 || state % 16 > 0)) {
			state = state * 1664525 + 1013904223;
			value[n++] = letters[(state >> 16) %
			    (sizeof letters - 1)];
		}
		if (round % 2 == 0)
			memcpy(value, "Ab c <", 6);
		s.field[SUMMARY_FROM] = span_at(value, n);
		summary_addresses(&s, SUMMARY_FROM, &got);
		addr_parse(s.field[SUMMARY_FROM], &list);
		for (size_t i = 0; i < list.n; i++) {
			if (i > 0)
				buf_char(&wanted, '\n');
			addr_text(&list.v[i], &wanted);
		}
		ck_assert_msg(span_eq(buf_view(&got), buf_view(&wanted)),
		    "%.*s", (int)n, value);
		addr_list_free(&list);
		buf_free(&got);
		buf_free(&wanted);
	}
	memo_free(&memo);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("summary");

	unit_test(s, takes_the_first_of_each);
	unit_test(s, knows_the_names);
	unit_test(s, of_a_message);
	unit_test(s, without_fields);
	unit_test(s, dates_fall_back);
	unit_test(s, senders);
	unit_test(s, ids);
	unit_test(s, base_subjects);
	unit_test(s, addresses_are_the_parsers);
	return unit_main(s);
}
