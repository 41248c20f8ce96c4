#include "mail/build.h"
#include "mail/header.h"
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

	ck_assert_int_eq(build_field("date: today", &field[0], &e), 0);
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

START_TEST(attachments_come_back)
{
	struct build_part part[] = {{"a.png", {NULL, 0}},
	    {"\xe2\x82\xac \"1\".TXT", SPAN("text\r\n\0.\n")},
	    {"x\ny.eml", SPAN("a: b\n\nhi\n")}, {"z.eml", SPAN("a: b\n\n\xe4")},
	    {"none", {"", 0}}};
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
	ck_assert_uint_ne(span_find(all, SPAN("Content-Type: multipart/mixed;\n"
	    " boundary=\"=_" TOKEN "\"\n\n--=_" TOKEN "\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "Content-Transfer-Encoding: 7bit\n\nsee\n\n--=_" TOKEN "\n"
	    "Content-Type: image/png\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n filename=\"a.png\"\n\n")),
	    SPAN_NONE);
	at = span_find(all, SPAN("filename=\"a.png\"\n\n"));
	encoded = span_from(all, at + strlen("filename=\"a.png\"\n\n"));
	at = span_find(encoded, SPAN("\n--=_"));
	enc_decode(&stream, span_sub(encoded, 0, at), &decoded);
	enc_decode_end(&stream, &decoded);
	ck_assert(span_eq(buf_view(&decoded), buf_view(&big)));
	ck_assert_uint_ne(span_find(all, SPAN("\n--=_" TOKEN "\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n"
	    " filename*=UTF-8''%E2%82%AC%20%221%22.TXT\n\n")), SPAN_NONE);
	ck_assert_uint_ne(span_find(all, SPAN("\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: 7bit\n"
	    "Content-Disposition: attachment;\n"
	    " filename*=UTF-8''x%0Ay.eml\n\na: b\n\nhi\n\n--=_")), SPAN_NONE);
	ck_assert_uint_ne(span_find(all, SPAN(
	    "\nContent-Type: application/octet-stream\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n filename=\"z.eml\"\n\n")),
	    SPAN_NONE);
	ck_assert(span_ends(all, SPAN("\n\n--=_" TOKEN "--\n")));
	buf_free(&big);
	buf_free(&decoded);
	end(&m);
}
END_TEST

START_TEST(types)
{
	static const struct {
		const char *name, *type;
	} table[] = {{"a.pdf", "application/pdf"}, {"A.JPG", "image/jpeg"},
	    {"a.tar.gz", "application/gzip"}, {"a.7z",
	    "application/x-7z-compressed"}, {"a.zst", "application/zstd"},
	    {"pdf", "application/octet-stream"},
	    {"a.", "application/octet-stream"},
	    {"", "application/octet-stream"}, {".c", "text/plain"},
	    {"a.unheard", "application/octet-stream"}};

	for (size_t i = 0; i < COUNT(table); i++)
		ck_assert_str_eq(build_type(table[i].name), table[i].type);
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
	unit_test(s, types);
	unit_test(s, an_error_of_put_ends_it);
	unit_test(s, a_word_that_no_line_holds);
	return unit_main(s);
}
