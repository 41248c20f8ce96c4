#include "proto/serve.h"
#include "unit/unit.h"

static const struct {
	const char *name, *in, *out; /* M: a message is taken */
} talks[] = {
    {"a mail", "EHLO x\r\nMAIL FROM:<a@example.org> BODY=8BITMIME SIZE=5\r\n"
	"RCPT TO:<b@example.org>\r\nrcpt to: <c@example.org> NOTIFY=NEVER\r\n"
	"DATA\r\nSubject: x\r\n\r\n..a\r\n.\r\nQUIT\r\nNOOP\r\n",
	"220 250-250-250-250-250-250 250 250 250 354 "
	"M(a@example.org,>b@example.org,c@example.org,>"
	"Subject: x\r\n\r\n.a\r\n)250 221 "},
    {"two mails, bare line ends", "helo x\nmail from:<>\nrcpt to:<b>\ndata\n"
	"x\n.\n\r\n.\r\nmail from:<c@example.org>\nrset\ndata\nquit\n",
	"220 250 250 250 354 M(>b,>x\n.\n\r\n)250 250 250 503 221 "},
    {"out of order", "MAIL FROM:<a@example.org>\r\nEHLO x\r\nEHLO\r\n"
	"RCPT TO:<b@example.org>\r\nDATA\r\nMAIL FROM:<a@example.org>\r\n"
	"MAIL FROM:<a@example.org>\r\nDATA\r\nVRFY b\r\nBDAT 5\r\n\r\n",
	"220 503 250-250-250-250-250-250 501 503 503 250 503 503 252 500 "
	"500 "},
    {"broken paths", "EHLO x\r\nMAIL FROM:a@example.org\r\n"
	"MAIL FROM:<a@example.org\r\nMAIL FROM:<a b>\r\nMAIL\r\n"
	"MAIL FROM:<a@example.org>,<b@example.org>\r\n"
	"MAIL FROM:<a@example.org> FOO=1\r\nMAIL FROM:<a@example.org>\r\n"
	"RCPT TO:<>\r\nRCPT TO:<x, y@example.org>\r\nRCPT TO:<\x01>\r\n"
	"RCPT TO:<@a,@b:c@example.org>\r\nRCPT TO:<team: a@b.example.org;>\r\n"
	"DATA\r\n",
	"220 250-250-250-250-250-250 501 501 501 501 555 555 250 501 501 501 "
	"501 501 503 "},
};

/* What was said, by its codes, and what was taken. */
static void
note(struct serve *s, struct buf *got)
{
	struct span rest = buf_view(&s->out), line;

	while (span_line(&rest, &line) == 1)
		buf_span(got, span_sub(line, 0, 4));
	buf_cut(&s->out, 0);
}

static void
note_mail(struct serve *s, struct buf *got)
{
	note(s, got);
	buf_str(got, "M(");
	for (size_t i = 0; i < s->from.n; i++)
		buf_fmt(got, "%s,", s->from.v[i].address);
	buf_char(got, '>');
	for (size_t i = 0; i < s->rcpt.n; i++)
		buf_fmt(got, "%s,", s->rcpt.v[i].address);
	buf_char(got, '>');
	buf_span(got, buf_view(&s->data));
	buf_char(got, ')');
	serve_answer(s, 250, "done\r\n221 x");
}

static void
talk(const char *in, size_t piece, struct buf *got)
{
	struct serve s = {.has_hello = false};
	struct span rest = span_of(in);
	int next = 0;

	serve_begin(&s, "host");
	while (next != -1 && rest.n > 0) {
		serve_push(&s, span_sub(rest, 0, piece));
		rest = span_from(rest, piece);
		while ((next = serve_next(&s)) == 1)
			note_mail(&s, got);
		note(&s, got);
	}
	serve_free(&s);
}

START_TEST(dialogues)
{
	struct buf got = {0};

	for (size_t piece = 1; piece < 400; piece += piece < 8 ? 1 : 97) {
		buf_cut(&got, 0);
		talk(talks[_i].in, piece, &got);
		unit_span(buf_view(&got), talks[_i].out);
	}
	buf_free(&got);
}
END_TEST

START_TEST(a_line_that_is_too_long)
{
	struct serve s = {.has_hello = false};
	struct buf line = {0};

	for (int i = 0; i < SERVE_LINE_MAX; i++)
		buf_char(&line, 'x');
	serve_begin(&s, "host");
	serve_push(&s, buf_view(&line));
	ck_assert_int_eq(serve_next(&s), -1);
	ck_assert_uint_ne(span_find(buf_view(&s.out), SPAN("\r\n500 ")),
	    SPAN_NONE);
	ck_assert_int_eq(serve_next(&s), -1);
	serve_free(&s);
	buf_free(&line);
}
END_TEST

START_TEST(too_many_recipients)
{
	struct serve s = {.has_hello = false};
	struct buf in = {0};

	serve_begin(&s, "host");
	buf_str(&in, "HELO x\r\nMAIL FROM:<>\r\n");
	for (int i = 0; i <= SERVE_RCPT_MAX; i++)
		buf_fmt(&in, "RCPT TO:<u%d@example.org>\r\n", i);
	serve_push(&s, buf_view(&in));
	ck_assert_int_eq(serve_next(&s), 0);
	ck_assert_uint_eq(s.rcpt.n, SERVE_RCPT_MAX);
	ck_assert(span_ends(buf_view(&s.out),
	    SPAN("\r\n452 4.5.3 too many recipients\r\n")));
	serve_free(&s);
	buf_free(&in);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("serve");

	unit_each(s, dialogues, COUNT(talks));
	unit_test(s, a_line_that_is_too_long);
	unit_test(s, too_many_recipients);
	return unit_main(s);
}
