#include "proto/smtp.h"
#include "proto/smtp_content.h"
#include "unit/unit.h"

START_TEST(addresses_that_break_a_line)
{
	static const char *const bad[] = {"a\r\nRCPT TO:<x@example.org>",
	    "a\nb", "a\rb", "a b@example.org", "a\t@example.org",
	    "a>@example.org", "a<@example.org", "<a@example.org>",
	    "a@example.org> SIZE=1", "\x7f@example.org", "\xff@example.org",
	    "\xc2\x85@example.org", ""};
	struct smtp_rcpt rcpt = {.address = "b@example.org"};
	struct smtp_mail mail = {.from = bad[_i], .rcpt = &rcpt, .n = 1};
	struct buf out = {0};
	struct smtp *m;
	struct err e;

	ck_assert_int_eq(smtp_new("me", false, &m, &e), 0);
	if (bad[_i][0] != '\0') {
		ck_assert_int_eq(smtp_path(bad[_i], &out, &e), -1);
		ck_assert_int_eq(e.kind, ERR_USAGE);
		ck_assert_uint_eq(out.n, 0);
		ck_assert_int_eq(smtp_submit(m, &mail, &e), -1);
	}
	mail.from = "a@example.org";
	rcpt.address = bad[_i];
	ck_assert_int_eq(smtp_submit(m, &mail, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_uint_eq(smtp_pending(m).n, 0);
	smtp_free(m);
}
END_TEST

START_TEST(words_that_break_a_line)
{
	static const char *const bad[] = {"", "a b", "a\r\nb", "<a>",
	    "\xc3\xa4"};
	struct smtp_rcpt rcpt = {.address = "b@example.org"};
	struct smtp_mail mail = {.from = "", .rcpt = &rcpt, .n = 1,
	    .notify = "NEVER\r\nDATA"};
	struct smtp *m;
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_int_eq(smtp_new(bad[i], false, &m, &e), -1);
	ck_assert_int_eq(smtp_new("[127.0.0.1]", false, &m, &e), 0);
	ck_assert_int_eq(smtp_submit(m, &mail, &e), -1);
	ck_assert_int_eq(smtp_given(m, SPAN("220 mx\n250 mx\n"), &e), 0);
	ck_assert_int_eq(smtp_auth(m, "PLAIN\r\nQUIT", NULL, &e), -1);
	ck_assert_uint_eq(smtp_pending(m).n, 0);
	smtp_free(m);
}
END_TEST

START_TEST(long_addresses)
{
	char at_limit[SMTP_PATH_MAX - 1], over[SMTP_PATH_MAX];
	struct buf out = {0};
	struct err e;

	memset(at_limit, 'a', sizeof at_limit);
	at_limit[sizeof at_limit - 1] = '\0';
	memset(over, 'a', sizeof over);
	over[sizeof over - 1] = '\0';
	ck_assert_int_eq(smtp_path(at_limit, &out, &e), 0);
	ck_assert_uint_eq(out.n, SMTP_PATH_MAX);
	ck_assert_int_eq(smtp_path(over, &out, &e), -1);
	buf_free(&out);
}
END_TEST

START_TEST(given_lines)
{
	struct smtp_event event;
	const struct smtp_caps *caps;
	struct smtp *m;
	struct err e;

	ck_assert_int_eq(smtp_new("me", false, &m, &e), 0);
	ck_assert_int_eq(smtp_given(m, SPAN("220 mx\n250-mx\n250-PIPELINING\n"
	    "250-SIZE 12345\n250-AUTH PLAIN LOGIN\n250-AUTH=XOAUTH2\n"
	    "250-LIMITS MAILMAX=5 RCPTMAX=20\n250-starttls\n"
	    "250-SIZES 3\n250 DSN\n"), &e), 0);
	caps = smtp_caps(m);
	ck_assert(caps->pipelining && caps->starttls && caps->dsn);
	ck_assert(!caps->chunking && !caps->eightbit && !caps->utf8);
	ck_assert_uint_eq(caps->size_max, 12345);
	ck_assert_uint_eq(caps->recipients_max, 20);
	unit_span(buf_view(&caps->auth), "PLAIN LOGIN XOAUTH2");
	ck_assert_int_eq(smtp_next(m, &event), 1);
	ck_assert_int_eq(event.kind, SMTP_READY);
	ck_assert_int_eq(smtp_next(m, &event), 0);
	smtp_free(m);
}
END_TEST

START_TEST(given_lines_that_are_broken)
{
	static const char *const bad[] = {"", "220 mx\n", "220 mx\n250-mx\n",
	    "220 mx\n550 no\n", "220 mx\n250 mx\n2", "hello\n"};
	struct smtp *m;
	struct err e;

	ck_assert_int_eq(smtp_new("me", false, &m, &e), 0);
	ck_assert_int_eq(smtp_given(m, span_of(bad[_i]), &e), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	smtp_free(m);
}
END_TEST

/* Gives lines of 64 bytes, as many as it takes: how many these were. */
static size_t
fill(struct smtp *m, struct smtp_mail *mail)
{
	char line[64];
	size_t n = 0;

	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	for (; smtp_room(m, mail) > 0; n++)
		smtp_content(m, mail, span_at(line, sizeof line));
	return n;
}

/* A content of several chunks waits for the recipients, and counts exactly. */
START_TEST(large_content)
{
	struct smtp_rcpt rcpt = {.address = "b@example.org"};
	struct smtp_mail mail = {.from = "", .rcpt = &rcpt, .n = 1};
	struct smtp_event event;
	size_t given;
	struct smtp *m;
	struct err e;

	ck_assert_int_eq(smtp_new("me", false, &m, &e), 0);
	ck_assert_int_eq(smtp_given(m, SPAN("220 mx\n250-mx\n"
	    "250-PIPELINING\n250 CHUNKING\n"), &e), 0);
	ck_assert_int_eq(smtp_submit(m, &mail, &e), 0);
	given = fill(m, &mail);
	ck_assert_uint_eq(given, (SMTP_CHUNK + 64) / 65);
	ck_assert_uint_lt(smtp_pending(m).n, 100);
	smtp_sent(m, smtp_pending(m).n);
	ck_assert_int_eq(smtp_push(m, SPAN("250 ok\r\n250 ok\r\n"), &e), 0);
	ck_assert(span_starts(smtp_pending(m), SPAN("BDAT 262145\r\nxxx")));
	ck_assert_uint_eq(smtp_pending(m).n, strlen("BDAT 262145\r\n") +
	    given * 65);
	ck_assert_uint_eq(smtp_room(m, &mail), 0);
	smtp_sent(m, smtp_pending(m).n);
	ck_assert_uint_gt(smtp_room(m, &mail), 0);
	smtp_content(m, &mail, SPAN("end"));
	smtp_content_end(m, &mail);
	ck_assert_uint_eq(smtp_pending(m).n, 0);
	smtp_release(m, &mail);
	unit_span(smtp_pending(m), "BDAT 5 LAST\r\nend\r\n");
	smtp_sent(m, smtp_pending(m).n);
	ck_assert_int_eq(smtp_push(m, SPAN("552 too much\r\n503 no\r\n"), &e),
	    0);
	while (smtp_next(m, &event) == 1)
		continue;
	ck_assert_int_eq(event.kind, SMTP_SETTLED);
	ck_assert_int_eq(rcpt.outcome, SMTP_REFUSED);
	ck_assert_int_eq(rcpt.reply.code, 552);
	smtp_mail_free(&mail);
	smtp_free(m);
}
END_TEST

/*
 * A large mail to two, whose first chunk the server refuses, and a small one
 * behind it.  How far the large one has gone by the time that the refusal is
 * seen changes what is sent, but not what becomes of them.
 */
enum seen {
	IN_THE_FIRST_CHUNK,
	BEHIND_THE_FIRST,
	IN_THE_SECOND,
	BEHIND_THE_SECOND,
	BEHIND_THE_LAST,
	SEENS
};

struct large {
	struct smtp *m;
	struct smtp_rcpt rcpt[2][2];
	struct smtp_mail mail[2];
};

#define CHUNK "BDAT 262145\r\n"
#define NEXT_MAIL "RSET\r\nMAIL FROM:<a@example.org>\r\n"                   \
	"RCPT TO:<b>\r\nRCPT TO:<c>\r\n"

static void
says(struct large *l, const char *answers)
{
	struct err e;

	ck_assert_int_eq(smtp_push(l->m, span_of(answers), &e), 0);
}

static void
large_begin(struct large *l, bool is_lmtp)
{
	struct err e;

	*l = (struct large){0};
	ck_assert_int_eq(smtp_new("me", is_lmtp, &l->m, &e), 0);
	ck_assert_int_eq(smtp_given(l->m, SPAN("220 mx\n250-mx\n"
	    "250-PIPELINING\n250 CHUNKING\n"), &e), 0);
	for (int i = 0; i < 2; i++) {
		l->rcpt[i][0].address = "b";
		l->rcpt[i][1].address = "c";
		l->mail[i] = (struct smtp_mail){.from = "a@example.org",
		    .rcpt = l->rcpt[i], .n = 2};
		ck_assert_int_eq(smtp_submit(l->m, &l->mail[i], &e), 0);
	}
	smtp_sent(l->m, smtp_pending(l->m).n);
	says(l, "250 ok\r\n250 ok\r\n250 ok\r\n");
	fill(l->m, &l->mail[0]);
}

/* Sends until the refusal comes: how many further answers are due then. */
static int
large_send(struct large *l, enum seen seen, bool is_lmtp)
{
	size_t n = smtp_pending(l->m).n;

	ck_assert(span_starts(smtp_pending(l->m), SPAN(CHUNK)));
	smtp_sent(l->m, seen == IN_THE_FIRST_CHUNK ? 20 : n);
	if (seen <= BEHIND_THE_FIRST)
		return 0;
	fill(l->m, &l->mail[0]);
	n = smtp_pending(l->m).n;
	ck_assert(span_starts(smtp_pending(l->m), SPAN(CHUNK)));
	smtp_sent(l->m, seen == IN_THE_SECOND ? 20 : n);
	if (seen <= BEHIND_THE_SECOND)
		return 1;
	smtp_content_end(l->m, &l->mail[0]);
	smtp_release(l->m, &l->mail[0]);
	/* LMTP's answers to it cannot be counted before the chunks' come */
	unit_span(smtp_pending(l->m), is_lmtp ? "" : "BDAT 0 LAST\r\n"
	    NEXT_MAIL);
	smtp_sent(l->m, smtp_pending(l->m).n);
	return is_lmtp ? 1 : 2;
}

START_TEST(large_content_refused)
{
	enum seen seen = _i / 2;
	bool is_lmtp = _i % 2 == 1;
	struct span rest;
	struct large l;
	int due;

	large_begin(&l, is_lmtp);
	due = large_send(&l, seen, is_lmtp);
	says(&l, "552 5.3.4 too much\r\n");
	ck_assert_uint_eq(smtp_room(l.m, &l.mail[0]), 0);
	rest = smtp_pending(l.m);
	ck_assert_uint_eq(span_find(rest, SPAN("BDAT")), SPAN_NONE);
	if (seen == IN_THE_FIRST_CHUNK || seen == IN_THE_SECOND)
		rest = span_from(rest, strlen(CHUNK) + 262145 - 20);
	if (seen < BEHIND_THE_LAST || is_lmtp)
		unit_span(rest, NEXT_MAIL);
	smtp_sent(l.m, smtp_pending(l.m).n);
	for (; due > 0; due--)
		says(&l, "503 5.5.1 no\r\n");
	says(&l, "250 reset\r\n250 ok\r\n250 ok\r\n250 ok\r\n");
	smtp_content(l.m, &l.mail[1], SPAN("Hello\n"));
	smtp_content_end(l.m, &l.mail[1]);
	smtp_release(l.m, &l.mail[1]);
	unit_span(smtp_pending(l.m), "BDAT 7 LAST\r\nHello\r\n");
	smtp_sent(l.m, smtp_pending(l.m).n);
	says(&l, is_lmtp ? "250 one\r\n250 two\r\n" : "250 done\r\n");
	for (int k = 0; k < 2; k++) {
		ck_assert_int_eq(l.rcpt[0][k].outcome, SMTP_REFUSED);
		ck_assert_int_eq(l.rcpt[0][k].reply.code, 552);
		ck_assert_int_eq(l.rcpt[1][k].outcome, SMTP_SENT);
	}
	smtp_mail_free(&l.mail[0]);
	smtp_mail_free(&l.mail[1]);
	smtp_free(l.m);
}
END_TEST

/* All but the last byte of the end was written: the server cannot have it. */
START_TEST(the_last_byte_decides)
{
	for (int short_by = 0; short_by < 2; short_by++) {
		struct smtp_rcpt rcpt = {.address = "b@example.org"};
		struct smtp_mail mail = {.from = "", .rcpt = &rcpt, .n = 1};
		struct smtp *m;
		struct err e;

		ck_assert_int_eq(smtp_new("me", false, &m, &e), 0);
		ck_assert_int_eq(smtp_given(m, SPAN("220 mx\n250-mx\n"
		    "250-PIPELINING\n250 CHUNKING\n"), &e), 0);
		ck_assert_int_eq(smtp_submit(m, &mail, &e), 0);
		smtp_content(m, &mail, SPAN("Hello\n"));
		smtp_content_end(m, &mail);
		smtp_release(m, &mail);
		smtp_sent(m, smtp_pending(m).n - (size_t)short_by);
		smtp_cut(m);
		ck_assert_int_eq(rcpt.outcome, short_by == 0 ? SMTP_UNKNOWN :
		    SMTP_LATER);
		smtp_mail_free(&mail);
		smtp_free(m);
	}
}
END_TEST

/* No split of a hostile content gives a line that was none, or a lone dot. */
START_TEST(smuggling)
{
	static const char *const hostile[] = {"a\r.\r\nMAIL", "a\n.\r\nMAIL",
	    "a\r\n.\rMAIL", "a\n.\nMAIL FROM:<x@example.org>", "\r.\r",
	    "a\r\r\n.\r\r\nb", "\n\r.\r\n", ".", "\r\n.", "..\n.\n", "\r",
	    "a\0\n.\n"};
	struct span in = span_of(hostile[_i]);
	struct buf whole = {0}, parts = {0};
	struct smtp_content c = {0};

	smtp_content_add(&c, in, true, &whole);
	smtp_content_finish(&c, &whole);
	for (size_t i = 0; i < in.n; i++)
		smtp_content_add(&c, span_sub(in, i, 1), true, &parts);
	smtp_content_finish(&c, &parts);
	ck_assert(span_eq(buf_view(&whole), buf_view(&parts)));
	ck_assert(span_ends(buf_view(&whole), SPAN("\r\n")));
	ck_assert_uint_eq(span_find(buf_view(&whole), SPAN("\r\n.\r\n")),
	    SPAN_NONE);
	ck_assert(!span_starts(buf_view(&whole), SPAN(".\r\n")));
	for (size_t i = 0; i < whole.n; i++) {
		if (whole.p[i] == '\r')
			ck_assert_int_eq(whole.p[i + 1], '\n');
		if (whole.p[i] == '\n')
			ck_assert(i > 0 && whole.p[i - 1] == '\r');
	}
	buf_free(&whole);
	buf_free(&parts);
}
END_TEST

START_TEST(limits_of_replies)
{
	struct buf flood = {0};
	struct smtp *m;
	struct err e;

	for (int i = 0; i < 3; i++) {
		buf_cut(&flood, 0);
		if (i == 0) /* a line without end */
			while (flood.n <= SMTP_LINE_MAX)
				buf_char(&flood, '2');
		else /* a reply without end, of short or of long lines */
			for (int k = 0; k < SMTP_REPLY_LINES + 1; k++)
				buf_fmt(&flood, "220-%*s\r\n",
				    i == 1 ? 1 : 4000, "x");
		ck_assert_int_eq(smtp_new("me", false, &m, &e), 0);
		ck_assert_int_eq(smtp_push(m, buf_view(&flood), &e), -1);
		ck_assert_int_eq(e.kind, ERR_PROTO);
		smtp_free(m);
	}
	buf_free(&flood);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("smtp_mail");

	unit_each(s, addresses_that_break_a_line, 13);
	unit_test(s, words_that_break_a_line);
	unit_test(s, long_addresses);
	unit_test(s, given_lines);
	unit_each(s, given_lines_that_are_broken, 6);
	unit_test(s, large_content);
	unit_each(s, large_content_refused, SEENS * 2);
	unit_test(s, the_last_byte_decides);
	unit_each(s, smuggling, 12);
	unit_test(s, limits_of_replies);
	return unit_main(s);
}
