#include "mail/build.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/word.h"
#include "text/enc.h"
#include "unit/unit.h"

#define TOKEN "0123456789abcdef"

static const struct {
	const char *field, *written; /* NULL: refused */
} fields[] = {
    {"X-A: b", "X-A: b\n"},
    {"X-A:b", "X-A: b\n"},
    {"X-Empty:", "X-Empty: \n"},
    {"References: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org> "
	"<bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@example.org>", "References: "
	"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org>\n "
	"<bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@example.org>\n"},
    {"X-A: \xc3\xa4", "X-A: =?UTF-8?B?w6Q=?=\n"},
    {"Reply-To: \xc3\x84nn <a@example.org>, b@example.org",
	"Reply-To: =?UTF-8?Q?=C3=84nn?= <a@example.org>,\n b@example.org\n"},
    {"List-Unsubscribe: <https://example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>", "List-Unsubscribe: "
	"<https://example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>\n"},
    {"X-A: b\nBcc: x@example.org", NULL},
    {"X-A: b\rBcc: x@example.org", NULL},
    {"X-A\n: b", NULL},
    {"X-A: b\n", NULL},
    {"X-A: \x1b[2J", NULL},
    {"X-A: \xc2\x9b", NULL},
    {"X-A: \xff", NULL},
    {"X A: b", NULL},
    {": b", NULL},
    {"X-A", NULL},
    {"", NULL},
    {"X-\xc3\xa4: b", NULL},
    {"bcc: x@example.org", NULL},
    {"To: x@example.org", NULL},
    {"Subject: x", NULL},
    {"Received: x", NULL},
    {"Return-Path: <a@example.org>", NULL},
    {"Resent-To: x@example.org", NULL},
    {"Date: Sat, 21 Nov 26 9:05 GMT",
	"Date: Sat, 21 Nov 2026 09:05:00 +0000\n"},
    {"Date: today", NULL},
    {"Message-ID: <a@b> <c@d>", NULL},
    {"Message-ID: a@b", NULL},
    {"Message-ID: <a b@c>", NULL},
    {"Message-ID: <@>", NULL},
    {"Message-ID:", NULL},
    {"In-Reply-To: <a@b> <c@d>", "In-Reply-To: <a@b> <c@d>\n"},
    {"References: <a@b> c", NULL},
    {"References: <a@b", NULL},
    {"Sender: a@example.org, b@example.org", NULL},
    {"Sender: Ann <a@example.org>", "Sender: Ann <a@example.org>\n"},
    {"Content-Type: text/html", NULL},
    {"mime-version: 2", NULL},
    {"Reply-To: a b c", NULL},
};

static int
collect(void *arg, struct span piece, struct err *e)
{
	(void)e;
	buf_span(arg, piece);
	return 0;
}

static int
fail_at_once(void *arg, struct span piece, struct err *e)
{
	(void)arg;
	(void)piece;
	return err_set(e, ERR_IO, "full");
}

/* A message from a to b with what the caller adds. */
struct made {
	struct addr_list from, to, cc;
	struct build b;
	struct buf message;
};

static void
begin(struct made *m)
{
	*m = (struct made){.b = {.date = {1795251900, 60, true},
	    .message_id = "i@example.org", .token = TOKEN}};
	addr_list_add(&m->from, "Ann", "a@example.org");
	addr_list_add(&m->to, "", "b@example.org");
	m->b.from = &m->from;
	m->b.to = &m->to;
	m->b.cc = &m->cc;
}

/* Builds, and checks what every message must keep. */
static void
make(struct made *m)
{
	struct span rest, line;
	struct err e;

	ck_assert_int_eq(build_message(&m->b, collect, &m->message, &e), 0);
	rest = buf_view(&m->message);
	ck_assert(span_ends(rest, SPAN("\n")));
	for (size_t i = 0; i < rest.n; i++) {
		ck_assert((unsigned char)rest.p[i] < 0x80);
		ck_assert(rest.p[i] != '\0' && rest.p[i] != '\r');
	}
	while (span_line(&rest, &line) == 1)
		ck_assert_uint_le(line.n, BUILD_LINE_MAX);
}

static void
end(struct made *m)
{
	addr_list_free(&m->from);
	addr_list_free(&m->to);
	addr_list_free(&m->cc);
	buf_free(&m->message);
}

START_TEST(takes_fields)
{
	struct build_field field;
	struct made m;
	struct err e;
	int status = build_field(fields[_i].field, &field, &e);

	begin(&m);
	m.b.field = &field;
	m.b.fields = 1;
	if (fields[_i].written == NULL) {
		if (status == 0)
			status = build_message(&m.b, collect, &m.message, &e);
		ck_assert_int_eq(status, -1);
		ck_assert_int_eq(e.kind, ERR_USAGE);
	} else {
		ck_assert_int_eq(status, 0);
		make(&m);
		ck_assert_msg(span_find(buf_view(&m.message),
		    span_of(fields[_i].written)) != SPAN_NONE, "%s",
		    buf_cstr(&m.message));
	}
	end(&m);
}
END_TEST

START_TEST(a_simple_message)
{
	struct made m;

	begin(&m);
	addr_list_add(&m.to, "", "c@example.org");
	addr_list_add(&m.cc, "D, E", "d@example.org");
	m.b.subject = "Hello";
	m.b.text = SPAN("Hi,\r\nthere");
	make(&m);
	unit_span(buf_view(&m.message),
	    "Date: Sat, 21 Nov 2026 10:05:00 +0100\n"
	    "From: Ann <a@example.org>\n"
	    "To: b@example.org,\n c@example.org\n"
	    "Cc: \"D, E\" <d@example.org>\n"
	    "Subject: Hello\n"
	    "Message-ID: <i@example.org>\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "Content-Transfer-Encoding: 7bit\n"
	    "\nHi,\nthere\n");
	end(&m);
}
END_TEST

START_TEST(no_visible_recipients)
{
	struct made m;

	begin(&m);
	addr_list_free(&m.to);
	make(&m);
	ck_assert_uint_ne(span_find(buf_view(&m.message),
	    SPAN("\nTo: undisclosed-recipients:;\n")), SPAN_NONE);
	end(&m);
}
END_TEST

START_TEST(fields_that_replace_ours)
{
	struct build_field field[2];
	struct made m;
	struct err e;

	ck_assert_int_eq(build_field("date: 22 Nov 2025 10:00 +0000", &field[0],
	    &e), 0);
	ck_assert_int_eq(build_field("Message-Id: <x@example.org>", &field[1],
	    &e), 0);
	begin(&m);
	m.b.field = field;
	m.b.fields = 2;
	make(&m);
	ck_assert_uint_eq(span_find(buf_view(&m.message), SPAN("2026")),
	    SPAN_NONE);
	ck_assert_uint_eq(span_find(buf_view(&m.message),
	    SPAN("<i@example.org>")), SPAN_NONE);
	end(&m);
}
END_TEST

START_TEST(subjects_that_are_refused)
{
	static const char *const bad[] = {"a\nBcc: x@example.org", "a\rb",
	    "a\x1b", "\xff", "\xc2\x85"};
	struct made m;
	struct err e;

	begin(&m);
	m.b.subject = bad[_i];
	ck_assert_int_eq(build_message(&m.b, collect, &m.message, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_uint_eq(m.message.n, 0);
	end(&m);
}
END_TEST

/* The text comes back, by the encoding that is expected. */
START_TEST(texts)
{
	const struct {
		const char *encoding;
		enum enc enc;
		struct span text, wanted;
	} table[] = {
	    {"7bit", ENC_NONE, SPAN("plain\n.\n"), SPAN("plain\n.\n")},
	    {"7bit", ENC_NONE, SPAN(""), SPAN("")},
	    {"quoted-printable", ENC_QP, SPAN("From me\n"), SPAN("From me\n")},
	    {"quoted-printable", ENC_QP, SPAN("a mostly ASCII t\xc3\xa4xt\n"),
		SPAN("a mostly ASCII t\xc3\xa4xt\n")},
	    {"quoted-printable", ENC_QP, SPAN("some text\rand some\0more\n"),
		SPAN("some text\rand some\0more\n")},
	    {"base64", ENC_BASE64, SPAN("\xc3\xa4\xc3\xb6\xc3\xbc\n"
		"\xc3\x9f\xc3\x9f"), SPAN("\xc3\xa4\xc3\xb6\xc3\xbc\r\n"
		"\xc3\x9f\xc3\x9f\r\n")},
	};
	struct enc_stream stream = {.enc = table[_i].enc};
	struct buf decoded = {0}, wanted = {0};
	struct span header, body;
	struct field f;
	struct made m;

	begin(&m);
	m.b.text = table[_i].text;
	make(&m);
	header = header_split(buf_view(&m.message), &body);
	ck_assert(header_find(header, "Content-Transfer-Encoding", &f));
	unit_span(span_trim(f.value), table[_i].encoding);
	enc_decode(&stream, body, &decoded);
	enc_decode_end(&stream, &decoded);
	unit_bytes(buf_view(&decoded), table[_i].wanted.p, table[_i].wanted.n);
	buf_free(&decoded);
	buf_free(&wanted);
	end(&m);
}
END_TEST

START_TEST(a_line_that_is_too_long_for_7bit)
{
	struct buf text = {0};
	struct made m;

	for (int i = 0; i < 2000; i++)
		buf_char(&text, 'x');
	begin(&m);
	m.b.text = buf_view(&text);
	make(&m);
	ck_assert_uint_ne(span_find(buf_view(&m.message),
	    SPAN("quoted-printable")), SPAN_NONE);
	end(&m);
	buf_free(&text);
}
END_TEST

/* How many times the message has it. */
static size_t
times(const struct made *m, const char *wanted)
{
	struct span rest = buf_view(&m->message);
	size_t at, n = 0;

	while ((at = span_find(rest, span_of(wanted))) != SPAN_NONE) {
		rest = span_from(rest, at + 1);
		n++;
	}
	return n;
}

START_TEST(attachments_come_back)
{
	struct build_part part[] = {
	    {BUILD_ATTACHED, "a.png", "image/png", {NULL, 0}},
	    {BUILD_ATTACHED, "\xe2\x82\xac \"1\".TXT", "text/plain",
		SPAN("text\r\n\0.\n")},
	    {BUILD_ATTACHED, "x.eml", "message/rfc822",
		SPAN("From a Sat Nov 21 09:05:00 2026\na: b\r\n\nhi\r\n")},
	    {BUILD_ATTACHED, "z.eml", "message/rfc822", SPAN("a: b\n\n\rx")},
	    {BUILD_ATTACHED, "none", "application/octet-stream", {"", 0}}};
	struct enc_stream stream = {.enc = ENC_BASE64};
	struct buf big = {0}, decoded = {0};
	struct span all, encoded;
	struct made m;
	size_t at;

	for (size_t i = 0; i < 200000; i++)
		buf_char(&big, (char)(i * 7 + i / 251));
	part[0].bytes = buf_view(&big);
	begin(&m);
	m.b.part = part;
	m.b.parts = COUNT(part);
	m.b.text = SPAN("see\n");
	make(&m);
	all = buf_view(&m.message);
	ck_assert_uint_eq(times(&m, "Content-Type: multipart/mixed;\n"
	    " boundary=\"=m_" TOKEN "\"\n\n--=m_" TOKEN "\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "Content-Transfer-Encoding: 7bit\n\nsee\n\n--=m_" TOKEN "\n"
	    "Content-Type: image/png\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n filename=\"a.png\"\n\n"), 1);
	at = span_find(all, SPAN("filename=\"a.png\"\n\n"));
	encoded = span_from(all, at + strlen("filename=\"a.png\"\n\n"));
	at = span_find(encoded, SPAN("\n--=m_"));
	enc_decode(&stream, span_sub(encoded, 0, at), &decoded);
	enc_decode_end(&stream, &decoded);
	ck_assert(span_eq(buf_view(&decoded), buf_view(&big)));
	ck_assert_uint_eq(times(&m, "\n--=m_" TOKEN "\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n"
	    " filename*=UTF-8''%E2%82%AC%20%221%22.TXT\n\n"), 1);
	ck_assert_uint_eq(times(&m, "\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: 7bit\n"
	    "Content-Disposition: attachment;\n"
	    " filename=\"x.eml\"\n\na: b\n\nhi\n\n--=m_"), 1);
	ck_assert_uint_eq(times(&m,
	    "\nContent-Type: application/octet-stream\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n filename=\"z.eml\"\n\n"), 1);
	ck_assert(span_ends(all, SPAN("\n\n--=m_" TOKEN "--\n")));
	buf_free(&big);
	buf_free(&decoded);
	end(&m);
}
END_TEST

/* Text that is attached: readable where every byte comes back so. */
START_TEST(attached_text)
{
	const struct {
		const char *type;
		struct span bytes;
		const char *written;
	} table[] = {
	    {"text/x-diff", SPAN("-a \n+b\n"), "text/x-diff; charset=us-ascii\n"
		"Content-Transfer-Encoding: 7bit\n"},
	    {"text/plain", SPAN("no end"), "text/plain; charset=us-ascii\n"
		"Content-Transfer-Encoding: base64\n"},
	    {"text/plain", SPAN("From a\n"), "text/plain; charset=us-ascii\n"
		"Content-Transfer-Encoding: quoted-printable\n"},
	    {"text/html", SPAN("a long enough text with one \xc3\xa4\n"),
		"text/html; charset=utf-8\n"
		"Content-Transfer-Encoding: quoted-printable\n"},
	    {"text/plain", SPAN("a long enough text with one \xe4\n"),
		"text/plain; charset=iso-8859-1\n"
		"Content-Transfer-Encoding: base64\n"},
	    {"multipart/mixed", SPAN("x\n"), "application/octet-stream\n"
		"Content-Transfer-Encoding: base64\n"},
	    {"application/x-sh", SPAN("x\n"), "application/x-sh\n"
		"Content-Transfer-Encoding: base64\n"},
	};
	struct build_part part = {.name = "f", .type = table[_i].type,
	    .bytes = table[_i].bytes};
	struct buf wanted = {0};
	struct made m;

	begin(&m);
	m.b.part = &part;
	m.b.parts = 1;
	m.b.charset = "iso-8859-1";
	make(&m);
	buf_fmt(&wanted, "\n\n--=m_" TOKEN "\nContent-Type: %s",
	    table[_i].written);
	ck_assert_msg(times(&m, buf_cstr(&wanted)) == 1, "%s",
	    buf_cstr(&m.message));
	buf_free(&wanted);
	end(&m);
}
END_TEST

/* Which multiparts there are, in what order, for each mixture of parts. */
START_TEST(nesting)
{
	static const struct {
		const char *text, *parts, *types;
	} table[] = {
	    {"x", "", "text/plain"},
	    {"", "", "text/plain"},
	    {"x", "m", "multipart/mixed text/plain image/png"},
	    {"", "m", "multipart/mixed image/png"},
	    {"x", "a", "multipart/alternative text/plain text/html"},
	    {"", "a", "text/html"},
	    {"", "aa", "multipart/alternative text/html text/html"},
	    {"x", "r", "multipart/related text/plain image/gif"},
	    {"", "r", "multipart/related text/plain image/gif"},
	    {"x", "rma", "multipart/mixed multipart/related "
		"multipart/alternative text/plain text/html image/gif "
		"image/png"},
	    {"", "mra", "multipart/mixed multipart/related text/html "
		"image/gif image/png"},
	    {"x", "am", "multipart/mixed multipart/alternative text/plain "
		"text/html image/png"},
	    {"x", "ar", "multipart/related multipart/alternative text/plain "
		"text/html image/gif"},
	};
	struct build_part part[3];
	struct buf got = {0};
	struct mime mime;
	struct made m;
	struct err e;

	begin(&m);
	for (const char *p = table[_i].parts; *p != '\0'; p++)
		part[m.b.parts++] = (struct build_part){
		    *p == 'm' ? BUILD_ATTACHED : *p == 'a' ?
			BUILD_ALTERNATIVE : BUILD_INLINE, "n",
		    *p == 'm' ? "image/png" : *p == 'a' ? "text/html" :
			"image/gif", SPAN("bytes\n")};
	m.b.part = part;
	m.b.text = span_of(table[_i].text);
	make(&m);
	ck_assert_int_eq(mime_parse(buf_view(&m.message), &mime, &e), 0);
	for (size_t i = 0; i < mime.n; i++)
		buf_fmt(&got, "%s%s", i == 0 ? "" : " ", mime.v[i].type);
	unit_span(buf_view(&got), table[_i].types);
	mime_free(&mime);
	buf_free(&got);
	end(&m);
}
END_TEST

START_TEST(what_is_related)
{
	struct build_part part[] = {
	    {BUILD_ALTERNATIVE, "h.html", "text/html",
		SPAN("<img src=\"cid:logo.png\">\r\n")},
	    {BUILD_INLINE, "logo.png", "image/png", SPAN("png")}};
	struct made m;

	begin(&m);
	m.b.part = part;
	m.b.parts = 2;
	make(&m);
	ck_assert_uint_eq(times(&m, "Content-Type: multipart/related;\n"
	    " type=\"text/html\";\n boundary=\"=r_" TOKEN "\"\n\n--=r_" TOKEN
	    "\nContent-Type: text/html; charset=us-ascii\n"
	    "Content-Transfer-Encoding: 7bit\n\n"
	    "<img src=\"cid:logo.png\">\n\n--=r_" TOKEN "\n"
	    "Content-Type: image/png\nContent-Transfer-Encoding: base64\n"
	    "Content-ID: <logo.png>\nContent-Disposition: inline;\n"
	    " filename=\"logo.png\"\n\ncG5n\n\n--=r_" TOKEN "--\n"), 1);
	end(&m);
}
END_TEST

START_TEST(a_text_of_another_type)
{
	struct made m;

	begin(&m);
	m.b.type = "text/markdown;\n variant=GFM";
	m.b.text = SPAN("*a*\n");
	make(&m);
	ck_assert_uint_eq(times(&m, "Content-Type: text/markdown;\n variant=GFM"
	    "; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\n*a*\n"), 1);
	end(&m);
	begin(&m);
	m.b.type = "application/json";
	m.b.text = SPAN("{}\n");
	make(&m);
	ck_assert_uint_eq(times(&m, "Content-Type: application/json\n"
	    "Content-Transfer-Encoding: base64\n\ne30K\n"), 1);
	end(&m);
}
END_TEST

/* It is not encoded, and so the multipart says that it is 8-bit too. */
START_TEST(an_8bit_message_inside)
{
	struct build_part part = {BUILD_ATTACHED, "m.eml", "message/rfc822",
	    SPAN("Subject: x\n\n\xc3\xa4\n")};
	struct made m;
	struct err e;

	begin(&m);
	m.b.part = &part;
	m.b.parts = 1;
	ck_assert_int_eq(build_message(&m.b, collect, &m.message, &e), 0);
	ck_assert_uint_eq(times(&m, "boundary=\"=m_" TOKEN "\"\n"
	    "Content-Transfer-Encoding: 8bit\n\n--=m_" TOKEN "\n"
	    "Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: 8bit\n"), 1);
	end(&m);
}
END_TEST

START_TEST(names_that_are_refused)
{
	static const struct {
		enum build_role role;
		const char *name;
	} table[] = {{BUILD_ATTACHED, "a\nb"}, {BUILD_ATTACHED, "a\rb"},
	    {BUILD_ALTERNATIVE, "\x1b[2J"}, {BUILD_INLINE, "a b"},
	    {BUILD_INLINE, ""}, {BUILD_INLINE, "a>b"},
	    {BUILD_INLINE, "\xc3\xa4"}};
	struct build_part part = {table[_i].role, table[_i].name, "image/png",
	    SPAN("x")};
	struct made m;
	struct err e;

	begin(&m);
	m.b.part = &part;
	m.b.parts = 1;
	ck_assert_int_eq(build_message(&m.b, collect, &m.message, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_uint_eq(m.message.n, 0);
	end(&m);
}
END_TEST

START_TEST(an_error_of_put_ends_it)
{
	struct made m;
	struct err e;

	begin(&m);
	ck_assert_int_eq(build_message(&m.b, fail_at_once, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	end(&m);
}
END_TEST

START_TEST(a_word_that_no_line_holds)
{
	struct build_field field;
	struct buf text = {0};
	struct made m;
	struct err e;

	buf_str(&text, "X-A: ");
	for (int i = 0; i < 1000; i++)
		buf_char(&text, 'x');
	ck_assert_int_eq(build_field(buf_cstr(&text), &field, &e), 0);
	begin(&m);
	m.b.field = &field;
	m.b.fields = 1;
	ck_assert_int_eq(build_message(&m.b, collect, &m.message, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	end(&m);
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("build");

	unit_each(s, takes_fields, COUNT(fields));
	unit_test(s, a_simple_message);
	unit_test(s, no_visible_recipients);
	unit_test(s, fields_that_replace_ours);
	unit_each(s, subjects_that_are_refused, 5);
	unit_each(s, texts, 6);
	unit_test(s, a_line_that_is_too_long_for_7bit);
	unit_test(s, attachments_come_back);
	unit_each(s, attached_text, 7);
	unit_each(s, nesting, 13);
	unit_test(s, what_is_related);
	unit_test(s, a_text_of_another_type);
	unit_test(s, an_8bit_message_inside);
	unit_each(s, names_that_are_refused, 7);
	unit_test(s, an_error_of_put_ends_it);
	unit_test(s, a_word_that_no_line_holds);
	return unit_main(s);
}
