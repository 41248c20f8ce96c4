#include <stdio.h>

#include "mail/ready.h"
#include "mail/survey.h"
#include "text/enc.h"
#include "unit/unit.h"

#define DATE "Date: Sat, 21 Nov 2026 09:05:00 +0000\n"
#define ID "Message-ID: <new@example.org>\n"
#define FROM "From: me@example.org\n"
#define HAS "Date: x\nFrom: a@example.org\nMessage-ID: <i@example.org>\n"
#define RE_ADDED                                                              \
	"Resent-Date: Sat, 21 Nov 2026 09:05:00 +0000\n"                      \
	"Resent-From: me@example.org\n"                                       \
	"Resent-Message-ID: <new@example.org>\n"

static const struct {
	const char *name, *message, *head, *body, *to, *from, *id;
} cases[] = {
    {"nothing to do", HAS "To: b@example.org\n\nhi\n",
	HAS "To: b@example.org\n\n", "hi\n", "b@example.org,",
	"a@example.org,", "i@example.org"},
    {"all is missing", "To: b@example.org\n\nhi\n",
	DATE FROM ID "To: b@example.org\n\n", "hi\n", "b@example.org,", "",
	"new@example.org"},
    {"recipients once, groups opened",
	HAS "To: B <b@MX.example.org>, c@example.net\n"
	"Cc: b@mx.example.org,\n team: d@example.org;\nTo: e@example.org\n\n",
	HAS "To: B <b@MX.example.org>, c@example.net\n"
	"Cc: b@mx.example.org,\n team: d@example.org;\nTo: e@example.org\n\n",
	"",
	"b@MX.example.org,c@example.net,"
	"d@example.org,e@example.org,",
	"a@example.org,", "i@example.org"},
    {"Bcc goes, also folded and in odd case", HAS
	"bCC : x@example.org,\n y@example.org\nSubject: s\nBcc:\n\nhi",
	HAS "Subject: s\n\n", "hi", "x@example.org,y@example.org,",
	"a@example.org,", "i@example.org"},
    {"a From_ line and no fields' lines go",
	"From a@example.org Sat Nov 21 09:05:00 2026\n" HAS
	"broken line\nTo: b@example.org\n\nFrom x\n",
	HAS "To: b@example.org\n\n", "From x\n", "b@example.org,",
	"a@example.org,", "i@example.org"},
    {"CR LF stays", "To: b@example.org\r\n\r\nhi\r\n",
	"Date: Sat, 21 Nov 2026 09:05:00 +0000\r\nFrom: me@example.org\r\n"
	"Message-ID: <new@example.org>\r\nTo: b@example.org\r\n\r\n", "hi\r\n",
	"b@example.org,", "", "new@example.org"},
    {"resent: only to those", "Resent-To: r@example.org\n"
	"Resent-Bcc: s@example.org\n" HAS "To: b@example.org\n"
	"Bcc: x@example.org\n\n", RE_ADDED "Resent-To: r@example.org\n" HAS
	"To: b@example.org\n\n", "", "r@example.org,s@example.org,", "",
	"i@example.org"},
    {"resent twice: the first set counts", "Resent-From: n@example.org\n"
	"Resent-To: r@example.org\nResent-Date: y\n"
	"Resent-Message-ID: <r@example.org>\nResent-From: o@example.org\n"
	"Resent-To: old@example.org\n" HAS
	"Resent-Cc: older@example.org\n\n",
	"Resent-From: n@example.org\n"
	"Resent-To: r@example.org\nResent-Date: y\n"
	"Resent-Message-ID: <r@example.org>\nResent-From: o@example.org\n"
	"Resent-To: old@example.org\n" HAS
	"Resent-Cc: older@example.org\n\n", "", "r@example.org,",
	"n@example.org,", "i@example.org"},
    {"no header at all", "just text\n", DATE FROM ID "\n", "just text\n", "",
	"", "new@example.org"},
    {"no body, no line end", HAS "To: b@example.org",
	HAS "To: b@example.org\n\n", "", "b@example.org,", "a@example.org,",
	"i@example.org"},
    {"empty", "", DATE FROM ID "\n", "", "", "", "new@example.org"},
};

static void
join(const struct addr_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++)
		buf_fmt(out, "%s,", list->v[i].address);
}

START_TEST(makes_ready)
{
	struct ready_add add = {.from = "me@example.org",
	    .date = {1795251900, 0, true}, .message_id = "new@example.org"};
	struct buf to = {0}, from = {0};
	struct ready r;
	struct err e;

	ck_assert_int_eq(ready_make(span_of(cases[_i].message), &add, &r, &e),
	    0);
	unit_span(buf_view(&r.head), cases[_i].head);
	unit_span(r.body, cases[_i].body);
	join(&r.to, &to);
	join(&r.from, &from);
	unit_span(buf_view(&to), cases[_i].to);
	unit_span(buf_view(&from), cases[_i].from);
	unit_span(buf_view(&r.message_id), cases[_i].id);
	buf_free(&to);
	buf_free(&from);
	ready_free(&r);
}
END_TEST

/* A From of a local user is nobody's outside, and missing where that is. */
START_TEST(replaces_a_bare_from)
{
	static const struct {
		const char *from;
		bool is_replaced;
	} table[] = {{"root (Cron Daemon)", true}, {"root", true},
	    {"Cron <root>", true}, {"a@example.org", false},
	    {"root, a@example.org", false}, {"team: root;", false},
	    {"", false}};
	struct ready_add add = {.from = "me@example.org",
	    .message_id = "i@example.org", .is_bare_replaced = true};
	struct buf message = {0};
	struct span head;
	struct ready r;
	struct err e;

	for (size_t i = 0; i < COUNT(table); i++) {
		buf_cut(&message, 0);
		buf_fmt(&message, "Subject: x\nFrom: %s\nTo: root\n\n"
		    "From: b\n", table[i].from);
		ck_assert_int_eq(ready_make(buf_view(&message), &add, &r, &e),
		    0);
		head = buf_view(&r.head);
		ck_assert((span_find(head, SPAN("From: me@example.org\n")) !=
		    SPAN_NONE) == table[i].is_replaced);
		buf_cut(&message, 0);
		buf_fmt(&message, "\nFrom: %s\n", table[i].from);
		ck_assert((span_find(head, buf_view(&message)) ==
		    SPAN_NONE) == table[i].is_replaced);
		ck_assert(span_ends(head, SPAN("To: root\n\n")));
		unit_span(r.body, "From: b\n");
		ready_free(&r);
	}
	buf_free(&message);
}
END_TEST

START_TEST(refuses_what_could_hide_a_line)
{
	const struct span bad[] = {
	    SPAN("Subject: a\rBcc: x@example.org\n\n"),
	    SPAN("Subject: a\r\r\n\n"), SPAN("Subject: a\0b\n\n"),
	    SPAN("To: b@example.org\r")};
	struct ready_add add = {.from = "", .message_id = ""};
	struct ready r;
	struct err e;

	ck_assert_int_eq(ready_make(bad[_i], &add, &r, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
}
END_TEST

START_TEST(many_recipients)
{
	struct addr_list list = {0};
	char text[32];

	for (int i = 0; i < 40000; i++) {
		snprintf(text, sizeof text, "a%d@example.org", i % 20000);
		addr_list_add(&list, "", text);
	}
	addr_list_unique(&list);
	ck_assert_uint_eq(list.n, 20000);
	ck_assert_str_eq(list.v[0].address, "a0@example.org");
	ck_assert_str_eq(list.v[19999].address, "a19999@example.org");
	addr_list_free(&list);
}
END_TEST

/* Each message in pieces of each size. */
START_TEST(surveys)
{
	const struct {
		struct span message;
		uint64_t size, long_line, nul_line;
		bool is_8bit, is_utf8;
	} table[] = {
	    {SPAN(""), 0, 0, 0, false, false},
	    {SPAN("a: b\n\nhi"), 12, 0, 0, false, false},
	    {SPAN("a: b\r\n\r\nhi\r\n"), 12, 0, 0, false, false},
	    {SPAN("a: b\n\nh\ri\r\r\n"), 14, 0, 0, false, false},
	    {SPAN("a: b\n\n\xc3\xa4\n"), 12, 0, 0, true, false},
	    {SPAN("a: \xc3\xa4\n\n"), 9, 0, 0, true, true},
	    {SPAN("a\n\nb\0c\n"), 10, 0, 3, false, false},
	    {SPAN("a\r"), 4, 0, 0, false, false},
	};
	struct survey s;
	struct err e;

	for (size_t piece = 1; piece < 20; piece++) {
		struct span rest = table[_i].message;

		s = (struct survey){0};
		while (rest.n > 0) {
			survey_add(&s, span_sub(rest, 0, piece));
			rest = span_from(rest, piece);
		}
		survey_end(&s);
		ck_assert_uint_eq(s.size, table[_i].size);
		ck_assert_uint_eq(s.nul_line, table[_i].nul_line);
		ck_assert(s.is_8bit == table[_i].is_8bit);
		ck_assert(s.is_utf8 == table[_i].is_utf8);
		ck_assert_int_eq(survey_check(&s, &e),
		    table[_i].nul_line == 0 ? 0 : -1);
	}
}
END_TEST

START_TEST(long_lines)
{
	for (size_t n = SURVEY_LINE_MAX; n <= SURVEY_LINE_MAX + 1; n++) {
		struct survey s = {0};
		struct err e;

		survey_add(&s, SPAN("a: b\n\n"));
		for (size_t i = 0; i < n; i++)
			survey_add(&s, SPAN("x"));
		survey_add(&s, SPAN("\r\n"));
		survey_end(&s);
		ck_assert_int_eq(survey_check(&s, &e),
		    n > SURVEY_LINE_MAX ? -1 : 0);
		ck_assert_uint_eq(s.long_line, n > SURVEY_LINE_MAX ? 3 : 0);
	}
}
END_TEST

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define LONG X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define QP "Content-Transfer-Encoding: quoted-printable\n"

/* L stands for a line of 1,000 bytes, and comes back as such. */
static const struct {
	const char *name, *body_type, *body, *head, *want;
} lengths[] = {
    {"short", "", "hi\n", "", "hi\n"},
    {"no MIME", "", "L\n.\n", "MIME-Version: 1.0\n" QP, "L\n.\n"},
    {"UTF-8", "", "\303\274L",
	"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" QP,
	"\303\274L"},
    {"8bit", "MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n"
	"Content-Type: text/x\n", "\303\274L\n",
	"MIME-Version: 1.0\nContent-Type: text/x\n" QP, "\303\274L\n"},
    {"base64", "Content-Transfer-Encoding: base64\n", "L\n", NULL, NULL},
    {"signed", "DKIM-Signature: x\n", "L\n", NULL, NULL},
    {"a message in it", "Content-Type: multipart/mixed; boundary=q\n",
	"--q\nContent-Type: multipart/signed; boundary=r\n\n--r\n\nL\n--r--"
	"\n--q--\n", NULL, NULL},
};

/* With LONG for each L. */
static void
grow(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++)
		if (*s == 'L')
			buf_str(out, LONG);
		else
			buf_char(out, *s);
}

START_TEST(shortens)
{
	struct ready_add add = {.message_id = "n@example.org"};
	struct buf given = {0}, want = {0}, got = {0};
	struct enc_stream qp = {.enc = ENC_QP};
	struct survey survey = {0};
	struct ready r;
	struct err e;
	bool is_kept = lengths[_i].head == NULL;

	buf_fmt(&given, HAS "%s\n", lengths[_i].body_type);
	grow(lengths[_i].body, &given);
	ck_assert_int_eq(ready_make(buf_view(&given), &add, &r, &e), 0);
	ready_shorten(&r);
	buf_span(&got, buf_view(&r.head));
	buf_span(&got, r.body);
	if (is_kept || lengths[_i].head[0] == '\0') {
		unit_span(buf_view(&got), buf_cstr(&given));
	} else {
		buf_fmt(&want, HAS "%s\n", lengths[_i].head);
		ck_assert(span_starts(buf_view(&got), buf_view(&want)));
		survey_add(&survey, buf_view(&got));
		ck_assert_int_eq(survey_check(&survey, &e), 0);
		buf_cut(&given, 0);
		enc_decode(&qp, span_from(buf_view(&got), want.n), &given);
		enc_decode_end(&qp, &given);
		buf_cut(&want, 0);
		grow(lengths[_i].want, &want);
		unit_span(buf_view(&given), buf_cstr(&want));
	}
	ready_free(&r);
	buf_free(&given);
	buf_free(&want);
	buf_free(&got);
}
END_TEST

START_TEST(shortens_one_part)
{
	struct ready_add add = {.message_id = "n@example.org"};
	struct buf given = {0}, got = {0};
	struct ready r;
	struct err e;

	buf_str(&given, HAS "Content-Type: multipart/mixed; boundary=q\n\n--q"
	    "\n\nshort\n--q\nX: y\n\n" LONG "\n--q--\nend\n");
	ck_assert_int_eq(ready_make(buf_view(&given), &add, &r, &e), 0);
	ready_shorten(&r);
	buf_span(&got, buf_view(&r.head));
	buf_span(&got, r.body);
	ck_assert(span_starts(buf_view(&got), SPAN(HAS
	    "Content-Type: multipart/mixed; boundary=q\n\n--q"
	    "\n\nshort\n--q\nX: y\n" QP "\nxxxx")));
	ck_assert(span_ends(buf_view(&got), SPAN("x\n--q--\nend\n")));
	ready_free(&r);
	buf_free(&given);
	buf_free(&got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ready");

	unit_each(s, makes_ready, COUNT(cases));
	unit_test(s, replaces_a_bare_from);
	unit_each(s, refuses_what_could_hide_a_line, 4);
	unit_test(s, many_recipients);
	unit_each(s, surveys, 8);
	unit_test(s, long_lines);
	unit_each(s, shortens, COUNT(lengths));
	unit_test(s, shortens_one_part);
	return unit_main(s);
}
