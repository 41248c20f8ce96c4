#include "text/url.h"
#include "unit/unit.h"

static const struct row {
	const char *text;
	struct url url;
	const char *canonical; /* NULL: the text */
} rows[] = {
    {"imaps://ann@imap.example.org/",
	{.scheme = URL_IMAPS, .user = "ann", .host = "imap.example.org"},
	"imaps://ann@imap.example.org"},
    {"IMAP://imap.example.org",
	{.scheme = URL_IMAP, .host = "imap.example.org"},
	"imap://imap.example.org"},
    {"imap://ann@example.org@imap.example.org:1143/INBOX",
	{.scheme = URL_IMAP, .user = "ann@example.org",
	    .host = "imap.example.org", .port = 1143, .folder = "INBOX"},
	"imap://ann%40example.org@imap.example.org:1143/INBOX"},
    {"imaps://example.org:993/a%20b/caf%C3%A9",
	{.scheme = URL_IMAPS, .host = "example.org", .port = 993,
	    .folder = "a b/caf\303\251"},
	"imaps://example.org/a%20b/caf%C3%A9"},
    {"imap://example.org/A b",
	{.scheme = URL_IMAP, .host = "example.org", .folder = "A b"},
	"imap://example.org/A%20b"},
    {"imap://ann@example.org/Folder;UIDVALIDITY=9/;UID=7/;SECTION=1.2",
	{.scheme = URL_IMAP, .user = "ann", .host = "example.org",
	    .folder = "Folder", .uidvalidity = 9, .uid = 7, .section = "1.2"},
	NULL},
    {"imap://example.org/a/b;uidvalidity=4294967295/;uid=1",
	{.scheme = URL_IMAP, .host = "example.org", .folder = "a/b",
	    .uidvalidity = 4294967295u, .uid = 1},
	"imap://example.org/a/b;UIDVALIDITY=4294967295/;UID=1"},
    {"imap://example.org/a%3Bb/;UID=3",
	{.scheme = URL_IMAP, .host = "example.org", .folder = "a;b",
	    .uid = 3}, NULL},
    {"imap://example.org/a/;UID=3/;SECTION=2.HEADER",
	{.scheme = URL_IMAP, .host = "example.org", .folder = "a",
	    .uid = 3, .section = "2.HEADER"}, NULL},
    {"imap://ann;AUTH=SCRAM-SHA-256@example.org/",
	{.scheme = URL_IMAP, .user = "ann", .auth = "SCRAM-SHA-256",
	    .host = "example.org"},
	"imap://ann;AUTH=SCRAM-SHA-256@example.org"},
    {"pop3://;auth=*@example.org",
	{.scheme = URL_POP3, .auth = "*", .host = "example.org"},
	"pop3://;AUTH=*@example.org"},
    {"imaps://a%3Ab%2Fc:secret@example.org",
	{.scheme = URL_IMAPS, .user = "a:b/c", .host = "example.org",
	    .has_password = true}, "imaps://a%3Ab%2Fc@example.org"},
    {"imaps://ann:@example.org",
	{.scheme = URL_IMAPS, .user = "ann", .host = "example.org",
	    .has_password = true}, "imaps://ann@example.org"},
    {"pop3s://[::1]:1995/",
	{.scheme = URL_POP3S, .host = "::1", .port = 1995},
	"pop3s://[::1]:1995"},
    {"smtp://[fe80::1%25eth0]",
	{.scheme = URL_SMTP, .host = "fe80::1%eth0"}, NULL},
    {"smtps://b\303\274cher.example:",
	{.scheme = URL_SMTPS, .host = "b\303\274cher.example"},
	"smtps://b\303\274cher.example"},
    {"lmtp://127.0.0.1:2424",
	{.scheme = URL_LMTP, .host = "127.0.0.1", .port = 2424}, NULL},
    {"lmtp:///run/a%20b/lmtp",
	{.scheme = URL_LMTP, .path = "/run/a b/lmtp"}, NULL},
    {"maildir:~/Mail/a%20b",
	{.scheme = URL_MAILDIR, .path = "~/Mail/a%20b"}, NULL},
    {"mbox:/var/mail/ann", {.scheme = URL_MBOX, .path = "/var/mail/ann"},
	NULL},
    {"pipe:tee -a \"$HOME/x:y\"; true",
	{.scheme = URL_PIPE, .path = "tee -a \"$HOME/x:y\"; true"}, NULL},
};

static void
check_string(const char *what, const char *got, const char *wanted)
{
	ck_assert_msg((got == NULL) == (wanted == NULL) &&
		(got == NULL || strcmp(got, wanted) == 0),
	    "%s is %s, not %s", what, got, wanted);
}

static void
check_url(const struct url *got, const struct url *wanted)
{
	ck_assert_int_eq(got->scheme, wanted->scheme);
	check_string("user", got->user, wanted->user);
	ck_assert_int_eq(got->has_password, wanted->has_password);
	check_string("auth", got->auth, wanted->auth);
	check_string("host", got->host, wanted->host);
	ck_assert_uint_eq(got->port, wanted->port);
	check_string("folder", got->folder, wanted->folder);
	ck_assert_uint_eq(got->uidvalidity, wanted->uidvalidity);
	ck_assert_uint_eq(got->uid, wanted->uid);
	check_string("section", got->section, wanted->section);
	check_string("path", got->path, wanted->path);
}

START_TEST(parses)
{
	const struct row *row = &rows[_i];
	struct buf text = {0};
	struct url u;
	struct err e = {0};

	ck_assert_msg(url_parse(span_of(row->text), &u, &e) == 0, "%s: %s",
	    row->text, e.text);
	check_url(&u, &row->url);
	url_format(&u, &text);
	ck_assert_str_eq(buf_cstr(&text),
	    row->canonical == NULL ? row->text : row->canonical);
	url_free(&u);
	buf_free(&text);
}
END_TEST

static const char *const bad[] = {"", "imap", "http://example.org/",
    "imap:example.org", "imap:/example.org", "imap://", "imap:///INBOX",
    "imap://@/", "imap://ann@", "imap://ann@:143/", "imap://example.org:0",
    "imap://example.org:65536", "imap://example.org:x",
    "imap://exa mple.org/", "imap://-example.org/", "imap://.example.org",
    "imap://exam'ple.org", "imap://exam%70le$.org",
    "imap://[::1/", "imap://[]", "imap://[1.2.3.4]", "imap://[::1]x",
    "imap://[::g]", "imap://[::1%25]", "imap://::1/",
    "imap://ann;FOO=x@example.org", "imap://ann;AUTH=@example.org",
    "imap://example.org/a%", "imap://example.org/a%0ab",
    "imap://example.org/a%00", "imap://example.org/%ff",
    "imap://a%0d%0ab@example.org/", "imap://example.org/a\r\nb",
    "imap://example.org/a\nb", "imap://exam\tple.org/",
    "imap://example.org/;UID=7", "imap://example.org/a;UID=0",
    "imap://example.org/a;UID=x", "imap://example.org/a;UID=1;UID=2",
    "imap://example.org/a;UID=4294967296", "imap://example.org/a/;FOO=1",
    "imap://example.org/a/;SECTION=1", "imap://example.org/a;UID=1;SECTION=",
    "imap://example.org/a;UID=1;SECTION=1]",
    "imap://example.org/a;UID=1;SECTION=1..x",
    "imap://example.org/a;UID=1;SECTION=1HEADER",
    "imap://example.org/a;UID=1;SECTION=1..2",
    "imap://example.org/a;UID=1;SECTION=2.0",
    "imap://example.org/a;UID=1;SECTION=1.",
    "imap://example.org/a;UID=1;SECTION=HEADER.1",
    "imap://example.org/a;UID=1;SECTION=MIME",
    "imap://example.org/a?SUBJECT%20x", "pop3://example.org/INBOX",
    "smtp://example.org/x", "lmtp://", "lmtp:///", "lmtp:///a%0a",
    "maildir:", "mbox: ", "pipe:\n"};

START_TEST(refuses)
{
	struct url u, none = {0};
	struct err e = {0};

	ck_assert_msg(url_parse(span_of(bad[_i]), &u, &e) == -1, "%s",
	    bad[_i]);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_uint_gt(strlen(e.text), 0);
	check_url(&u, &none);
}
END_TEST

START_TEST(refuses_nul)
{
	struct url u;
	struct err e;

	ck_assert_int_eq(url_parse(SPAN("maildir:a\0b"), &u, &e), -1);
	ck_assert_int_eq(url_parse(SPAN("imap://example.org/a\0b"), &u, &e),
	    -1);
	ck_assert_int_eq(url_parse(SPAN("imap://exam\0ple.org/"), &u, &e), -1);
	ck_assert_int_eq(url_parse(SPAN("im\0ap://example.org/"), &u, &e), -1);
}
END_TEST

/* A password is seen and forgotten, and no error tells it. */
START_TEST(keeps_no_password)
{
	struct url u;
	struct err e = {0};

	ck_assert_int_eq(url_parse(SPAN("imap://ann:sesame@exa mple.org"), &u,
	    &e), -1);
	ck_assert_ptr_null(strstr(e.text, "sesame"));
	ck_assert_int_eq(url_parse(SPAN("imap://ann:sesame@example.org:x"),
	    &u, &e), -1);
	ck_assert_ptr_null(strstr(e.text, "sesame"));
}
END_TEST

START_TEST(knows_schemes)
{
	struct url u = {.scheme = URL_IMAPS};

	ck_assert(url_is(SPAN("imap:")));
	ck_assert(url_is(SPAN("MAILDIR:x")));
	ck_assert(!url_is(SPAN("imap")));
	ck_assert(!url_is(SPAN("cur/1234.M5P6.host:2,S")));
	ck_assert(!url_is(SPAN(":")));
	ck_assert_uint_eq(url_port(&u), 993);
	u.port = 1;
	ck_assert_uint_eq(url_port(&u), 1);
	ck_assert_str_eq(url_scheme_name(URL_POP3S), "pop3s");
	ck_assert(url_is_implicit_tls(URL_SMTPS));
	ck_assert(!url_is_implicit_tls(URL_SMTP));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("url");

	unit_each(s, parses, COUNT(rows));
	unit_each(s, refuses, COUNT(bad));
	unit_test(s, refuses_nul);
	unit_test(s, keeps_no_password);
	unit_test(s, knows_schemes);
	return unit_main(s);
}
