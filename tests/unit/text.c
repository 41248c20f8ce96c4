#include "mail/text.h"
#include "unit/unit.h"

#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b\n\n"
#define MIXED "Content-Type: multipart/mixed; boundary=a\n\n"
#define RELATED "Content-Type: multipart/related; boundary=r"
#define HTML "Content-Type: text/html\n\n"
#define PNG "Content-Type: image/png; name=x.png\n" \
	    "Content-Transfer-Encoding: base64\n\nAAAA\n"

static const struct {
	const char *message, *bytes, *utf8;
} contents[] = {
	{"A: b\n\none\r\ntwo\r\n", "one\r\ntwo\r\n", "one\ntwo\n"},
	{"A: b\n\none\rtwo\r\r\n\r", "one\rtwo\r\r\n\r", "one\rtwo\r\n\r"},
	{"Content-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9", "caf\xe9",
	    "caf\xc3\xa9"},
	{"Content-Type: text/plain; charset=utf-8\n"
	 "Content-Transfer-Encoding: quoted-printable\n\ncaf=C3=\n=A9=\n",
	    "caf\xc3\xa9", "caf\xc3\xa9"},
	{"Content-Transfer-Encoding: base64\n\nYQ0KYg0K\n", "a\r\nb\r\n",
	    "a\nb\n"},
	{"Content-Type: application/x\n\na\r\nb\xe9", "a\r\nb\xe9",
	    "a\r\nb\xe9"},
	{"Content-Type: text/html\n\n<meta charset=iso-8859-1>\xe9",
	    "<meta charset=iso-8859-1>\xe9",
	    "<meta charset=iso-8859-1>\xc3\xa9"},
	{"A: b\n", "", ""},
	{MIXED "--a\n\none\r\n--a--", "--a\n\none\r\n--a--",
	    "--a\n\none\r\n--a--"},
};

static void
content(const struct mime_part *part, enum text_form form, const char *want)
{
	struct text_stream t;
	struct buf got = {0};
	struct err e = {0};

	ck_assert_int_eq(text_open(&t, part, form, &e), 0);
	while (text_next(&t, &got) == 1)
		;
	ck_assert_int_eq(text_next(&t, &got), 0);
	text_close(&t);
	unit_span(buf_view(&got), want);
	buf_free(&got);
}

START_TEST(content_is)
{
	struct mime m;
	struct err e = {0};

	ck_assert_int_eq(mime_parse(span_of(contents[_i].message), &m, &e), 0);
	content(&m.v[0], TEXT_BYTES, contents[_i].bytes);
	content(&m.v[0], TEXT_UTF8, contents[_i].utf8);
	ck_assert_uint_eq(text_size(&m.v[0]), strlen(contents[_i].bytes));
	mime_free(&m);
}
END_TEST

/* Line ends and characters that pieces share, over more than one piece. */
START_TEST(pieces_join)
{
	struct buf in = {0}, want = {0};
	struct mime m;
	struct err e = {0};

	buf_str(&in, "Content-Type: text/plain; charset=utf-8\n\n");
	for (int i = 0; i < 40000; i++) {
		buf_str(&in, "\xe2\x82\xac\r\n");
		buf_str(&want, "\xe2\x82\xac\n");
	}
	ck_assert_int_eq(mime_parse(buf_view(&in), &m, &e), 0);
	content(&m.v[0], TEXT_UTF8, buf_cstr(&want));
	mime_free(&m);
	buf_free(&in);
	buf_free(&want);
}
END_TEST

/* A stream that is given up frees all it has. */
START_TEST(close_early)
{
	struct mime m;
	struct text_stream t;
	struct err e = {0};

	ck_assert_int_eq(mime_parse(SPAN("Content-Type: text/plain; "
		"charset=iso-2022-jp\nContent-Transfer-Encoding: "
		"quoted-printable\n\na  "), &m, &e), 0);
	ck_assert_int_eq(text_open(&t, &m.v[0], TEXT_UTF8, &e), 0);
	text_close(&t);
	mime_free(&m);
}
END_TEST

static const struct {
	const char *message, *want;
} reads[] = {
	{"From: =?utf-8?q?J=C3=B6rg?= <j@example.org>\nX: y\n"
	 "To: a@example.org, b@example.org\nSubject: =?utf-8?q?a=0Ab?=\n"
	 "Date: today\n\nhello\n",
	    "From: J\xc3\xb6rg <j@example.org>\n"
	    "To: a@example.org, b@example.org\nDate: today\nSubject: a b\n\n"
	    "hello\n"},
	{"To: T: a@example.org;\n\n", "To: T: a@example.org\n"},
	/* nothing acts on a terminal */
	{"Subject: a\x1b[2Jb\n\nc\x1b[2Jd\te\r\n",
	    "Subject: a" CHARSET_FFFD "[2Jb\n\nc" CHARSET_FFFD "[2Jd\te\n"},
	/* alternatives */
	{ALTERNATIVE "--b\n\nplain\n--b\n" HTML "<p>html\n--b--\n", "plain"},
	{ALTERNATIVE "--b\n" HTML "<p>html\n--b\n\nplain\n--b--\n", "plain"},
	{ALTERNATIVE "--b\n\n \n--b\n" HTML "<p>html\n--b--\n", "html\n"},
	{ALTERNATIVE "--b\n\nplain\n--b\n" RELATED "\n\n--r\n" HTML
	 "<p>html\n--r\n" PNG "--r--\n--b--\n",
	    "plain\n\n[attachment 2.2: x.png, image/png, 3 bytes]\n"},
	{ALTERNATIVE "--b--\n", "--b--\n"},
	/* what belongs together */
	{RELATED "\n\n--r\n" HTML "<p>html\n--r\n" PNG "--r--\n",
	    "html\n\n[attachment 2: x.png, image/png, 3 bytes]\n"},
	{RELATED "; start=\"<2>\"\n\n--r\n" PNG "--r\nContent-ID: <2>\n"
	 HTML "html\n--r--\n",
	    "[attachment 1: x.png, image/png, 3 bytes]\n\nhtml\n"},
	/* attachments are named, also those that are text */
	{MIXED "--a\n\none\n--a\nContent-Disposition: attachment; "
	 "filename=\"a\tb.txt\"\n\ntwo\n--a\n\nthree\n--a--\n",
	    "one\n\n[attachment 2: a b.txt, text/plain, 3 bytes]\n\nthree"},
	{"Content-Type: application/pdf\n\n%PDF", "[attachment 1: "
	    "application/pdf, 4 bytes]\n"},
	/* messages inside */
	{MIXED "--a\n\none\n--a\nContent-Type: message/rfc822\n\n"
	 "Subject: inner\n\ntwo\n--a--\n",
	    "one\n\n-------- 2: message --------\nSubject: inner\n\ntwo"},
	{"Content-Type: message/delivery-status\n\nStatus: 5.0.0\n",
	    "Status: 5.0.0\n"},
	{"Content-Type: multipart/mixed\n\ntext all the same\n",
	    "text all the same\n"},
	{MIXED "text all the same\n", "text all the same\n"},
	{"Content-Type: text/plain; format=flowed\n\none \ntwo\n> a \n> b\n",
	    "one two\n> a b\n"},
	{"Content-Type: text/html; format=flowed\n\n<b>one \ntwo",
	    "one two\n"},
};

static int
keep(void *data, struct span s, struct err *e)
{
	struct buf *got = data;

	if (s.n == 0)
		return err_set(e, ERR_IO, "nothing is no piece");
	buf_span(got, s);
	return 0;
}

START_TEST(reads_as)
{
	struct mime m;
	struct buf got = {0};
	struct text_reader reader = {.put = keep, .data = &got};
	struct err e = {0};

	ck_assert_int_eq(mime_parse(span_of(reads[_i].message), &m, &e), 0);
	ck_assert_int_eq(text_read(&m, &reader, &e), 0);
	unit_span(buf_view(&got), reads[_i].want);
	mime_free(&m);
	buf_free(&got);
}
END_TEST

static int
shout(void *data, struct span html, struct buf *out, struct err *e)
{
	struct buf *got = data;

	if (got->n > 0)
		return err_set(e, ERR_TEMP, "no");
	buf_fmt(out, "HTML of %zu\n", html.n);
	return 0;
}

START_TEST(html_is_the_callers)
{
	struct mime m;
	struct buf got = {0};
	struct text_reader reader = {.put = keep, .html = shout, .data = &got};
	struct err e = {0};

	ck_assert_int_eq(mime_parse(SPAN(HTML "<p>"), &m, &e), 0);
	ck_assert_int_eq(text_read(&m, &reader, &e), 0);
	unit_span(buf_view(&got), "HTML of 3\n");
	ck_assert_int_eq(text_read(&m, &reader, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	mime_free(&m);
	buf_free(&got);
}
END_TEST

static const struct {
	bool delsp;
	const char *in, *want;
} flows[] = {
	{false, "", ""},
	{false, "a\nb\n", "a\nb\n"},
	{false, "a \nb \nc\n", "a b c\n"},
	{true, "a \nb \nc\n", "abc\n"},
	{false, "a ", "a \n"},
	{false, "> a \n>b\n>> c \nd\n", "> a b\n>> c \nd\n"},
	{false, " From\n >x\n  y\n", "From\n>x\n y\n"},
	{false, "a \n-- \nsig \nmore\n", "a \n-- \nsig more\n"},
	{false, "a\n\nb \n\nc\n", "a\n\nb \nc\n"},
	{false, "a \r\nb\r\n", "a b\n"},
};

START_TEST(unflows_to)
{
	struct span in = span_of(flows[_i].in);
	struct buf got = {0};

	for (size_t step = 1; step <= in.n + 1; step++) {
		struct text_flow f = {.delsp = flows[_i].delsp};

		for (size_t at = 0; at < in.n; at += step)
			text_flow(&f, span_sub(in, at, step), &got);
		text_flow_end(&f, &got);
		unit_span(buf_view(&got), flows[_i].want);
		buf_cut(&got, 0);
	}
	buf_free(&got);
}
END_TEST

/* Quoted, of two-byte characters; the second line goes on with the first. */
START_TEST(a_long_line_is_not_held)
{
	struct buf in = {0}, got = {0};
	struct text_flow f = {0};
	struct span s;

	buf_str(&in, "> ");
	for (int i = 0; i < 200000; i++)
		buf_str(&in, "\xc3\xa9");
	buf_str(&in, " \r\n>more\nend");
	for (s = buf_view(&in); s.n > 0; s = span_from(s, 4096)) {
		size_t before = got.n;

		text_flow(&f, span_sub(s, 0, 4096), &got);
		ck_assert(f.held.n <= 70000);
		ck_assert(charset_is_utf8(span_from(buf_view(&got), before)));
	}
	text_flow_end(&f, &got);
	s = buf_view(&got);
	ck_assert_uint_eq(s.n, in.n - 3 + 1);
	ck_assert(span_eq(span_sub(s, 0, 400003), span_sub(buf_view(&in), 0,
		400003)));
	unit_span(span_from(s, 400003), "more\nend\n");
	buf_free(&in);
	buf_free(&got);
}
END_TEST

START_TEST(fields_are_read)
{
	struct span header = SPAN("FROM: a@example.org (A)\nSubject: =?x\n");
	struct buf got = {0};
	struct field f;

	ck_assert(header_find(header, "from", &f));
	text_value(&f, &got);
	unit_span(buf_view(&got), "A <a@example.org>");
	buf_cut(&got, 0);
	ck_assert(header_find(header, "Subject", &f));
	text_value(&f, &got);
	unit_span(buf_view(&got), "=?x");
	buf_free(&got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("text");

	unit_each(s, content_is, COUNT(contents));
	unit_test(s, pieces_join);
	unit_test(s, close_early);
	unit_each(s, reads_as, COUNT(reads));
	unit_test(s, html_is_the_callers);
	unit_each(s, unflows_to, COUNT(flows));
	unit_test(s, a_long_line_is_not_held);
	unit_test(s, fields_are_read);
	return unit_main(s);
}
