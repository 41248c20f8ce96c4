#include "text/conf.h"
#include "unit/unit.h"

static struct conf c;
static struct err e;

static int
parse(const char *text)
{
	e = (struct err){0};
	return conf_parse(span_of(text), "config", &c, &e);
}

START_TEST(sections_and_values)
{
	ck_assert_int_eq(
	    parse("# a comment\n"
		  "[*]\n"
		  "timeout = 5\n"
		  "\n"
		  "[work]\r\n"
		  "address=Ann Example <ann@example.org>\r\n"
		  "; another comment\n"
		  "  fetch =  imaps://ann@imap.example.org/  \n"
		  "send-user = ann # not a comment\n"
		  "maildir = \"  ~/Mail/a b  \"\n"),
	    0);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(c.section[0].name, "*");
	ck_assert_str_eq(c.section[1].name, "work");
	ck_assert_uint_eq(c.section[1].line, 5);
	ck_assert_uint_eq(c.section[1].n, 4);
	ck_assert_str_eq(c.section[1].entry[0].value,
	    "Ann Example <ann@example.org>");
	ck_assert_str_eq(c.section[1].entry[1].value,
	    "imaps://ann@imap.example.org/");
	ck_assert_str_eq(c.section[1].entry[2].key->name, "user");
	ck_assert_int_eq(c.section[1].entry[2].side, CONF_SEND);
	ck_assert_str_eq(c.section[1].entry[2].value, "ann # not a comment");
	ck_assert_uint_eq(c.section[1].entry[2].line, 9);
	ck_assert_str_eq(c.section[1].entry[3].value, "  ~/Mail/a b  ");
	conf_free(&c);
	ck_assert_uint_eq(c.n, 0);
}
END_TEST

/* A path at a comment's end must not hide the line after it. */
START_TEST(a_comment_never_goes_on)
{
	ck_assert_int_eq(parse("[work]\n"
			       " # once C:\\mail\\\n"
			       "timeout = 5\n"
			       "; and again \\\r\n"
			       "keep = no\n"),
	    0);
	ck_assert_uint_eq(c.section[0].n, 2);
	ck_assert_uint_eq(c.section[0].entry[1].line, 5);
	conf_free(&c);
}
END_TEST

START_TEST(sections_have_a_limit)
{
	struct buf text = {0};

	for (int i = 0; i < CONF_SECTIONS; i++)
		buf_fmt(&text, "[%d]\n", i);
	ck_assert_int_eq(parse(buf_cstr(&text)), 0);
	conf_free(&c);
	buf_str(&text, "[more]\n");
	ck_assert_int_eq(parse(buf_cstr(&text)), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *raw, *value;
} values[] = {
    {"plain", "plain"},
    {"", ""},
    {"\"\"", ""},
    {"a\\\n  b", "a  b"},
    {"a \\\\", "a \\"},
    {"say \\\"hi\\\"", "say \"hi\""},
    {"\"a # b ; c\"", "a # b ; c"},
    {"a\\\n\\\nb", "ab"},
    {"x=y=z", "x=y=z"},
    {"a\\", "a"},
};

START_TEST(a_value)
{
	struct buf text = {0};

	buf_fmt(&text, "[a]\nuser = %s", values[_i].raw);
	ck_assert_int_eq(parse(buf_cstr(&text)), 0);
	ck_assert_str_eq(c.section[0].entry[0].value, values[_i].value);
	conf_free(&c);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *text, *says;
} faults[] = {
    {"[a]\nuser\n", "config:2: not key = value"},
    {"user = a\n", "config:1: a key before any [section] user"},
    {"[a\n", "config:1: a section without its ] [a"},
    {"[]\n", "config:1: not a section's name"},
    {"[a]\n[b]\n[a]\n", "config:3: a second section a"},
    {"[a]\nuser = x\nuser = y\n", "config:3: a second value of user"},
    {"[a]\nuser = \"x\n", "config:2: a quote that is not closed"},
    {"[a]\nuser = \\x\n",
	"config:2: a backslash before other than \" and \\"},
    {"[a]\nuser = x\x1b[0m\n", "config:2: a control character"},
    {"[a]\nmaildri = x\n",
	"config:2: unknown key maildri; the nearest is maildir"},
    {"[a]\n\n\\\nfetch-maildir = x\n",
	"config:3: unknown key fetch-maildir; the nearest is maildir"},
    {"[a]\ntls = maybe\n", "config:2: tls is yes or no"},
    {"[a]\ntimeout = 5s\n",
	"config:2: timeout is a number up to 2147483647"},
    {"[a]\ntimeout = 2147483648\n",
	"config:2: timeout is a number up to 2147483647"},
    {"[a]\nlayout = flat\n",
	"config:2: layout is one of: plain maildir++"},
    {"[a]\nauth = PLAIN MAGIC\n", "config:2: auth is some of: EXTERNAL "
	"OAUTHBEARER XOAUTH2 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN CRAM-MD5 "
	"USER GSSAPI APOP"},
    {"[a]\nauth = ,\n", "config:2: auth is some of: EXTERNAL "
	"OAUTHBEARER XOAUTH2 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN CRAM-MD5 "
	"USER GSSAPI APOP"},
    {"[a]\ndsn = failure,often\n",
	"config:2: dsn is some of: never failure delay success"},
    {"[a]\ntls-pin = sha256//short\n",
	"config:2: tls-pin is sha256//BASE64 of a public key"},
    {"[a]\nproxy = https://p.example.org\n",
	"config:2: proxy is socks5h://HOST:PORT or http://HOST:PORT"},
    {"[a]\nproxy = http://\n",
	"config:2: proxy is socks5h://HOST:PORT or http://HOST:PORT"},
    {"[a]\nfetch = h.example.org\n",
	"config:2: fetch: not a URL of a known scheme"},
    {"[a]\nfetch = smtp://h.example.org\n",
	"config:2: fetch is a URL of: imap imaps pop3 pop3s"},
    {"[a]\nsend = imaps://h.example.org\n",
	"config:2: send is a URL of: smtp smtps lmtp maildir pipe"},
    {"[a]\n\nfetch = imaps://ann:secret@h.example.org\n",
	"config:3: fetch: a URL never holds a password; "
	"use password-command"},
    {"[a]\nfetch = imaps://ann:se/cret@h.example.org\n",
	"config:2: fetch is not a URL here"},
    {"[a]\nqueue-life = never\n",
	"config:2: queue-life is a time such as 5d, 12h or 90"},
};

START_TEST(a_fault)
{
	ck_assert_int_eq(parse(faults[_i].text), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_str_eq(e.text, faults[_i].says);
	ck_assert_uint_eq(c.n, 0);
}
END_TEST

START_TEST(a_nul_is_a_fault)
{
	e = (struct err){0};
	ck_assert_int_eq(
	    conf_parse(SPAN("[a]\nuser = x\0y\n"), "config", &c, &e), -1);
	ck_assert_str_eq(e.text, "config:2: a NUL byte");
}
END_TEST

START_TEST(a_long_line_is_kept_whole)
{
	struct buf text = {0};

	buf_str(&text, "[a]\nuser = ");
	for (int i = 0; i < 100000; i++)
		buf_char(&text, 'x');
	ck_assert_int_eq(parse(buf_cstr(&text)), 0);
	ck_assert_uint_eq(strlen(c.section[0].entry[0].value), 100000);
	conf_free(&c);
	for (int i = 0; i < CONF_BYTES; i++)
		buf_char(&text, 'x');
	ck_assert_int_eq(parse(buf_cstr(&text)), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *arg, *key, *value;
	enum conf_side side;
} settings[] = {
    {"send=maildir:/tmp/x", "send", "maildir:/tmp/x", CONF_BOTH},
    {"fetch-tls=no", "tls", "no", CONF_FETCH},
    {"user=", "user", "", CONF_BOTH},
    {"password=x", NULL, NULL, CONF_BOTH},
    {"send-password=x", NULL, NULL, CONF_BOTH},
    {"auth=plain, CRAM-MD5", "auth", "plain, CRAM-MD5", CONF_BOTH},
    {"send-auth=XOAUTH2", "auth", "XOAUTH2", CONF_SEND},
    {"auth=MAGIC", NULL, NULL, CONF_BOTH},
    {"dsn=never", "dsn", "never", CONF_BOTH},
    {"fetch=pop3s://h.example.org", "fetch", "pop3s://h.example.org",
	CONF_BOTH},
    {"fetch=pop3s://ann:secret@h.example.org", NULL, NULL, CONF_BOTH},
    {"proxy=socks5h://localhost:1080", "proxy", "socks5h://localhost:1080",
	CONF_BOTH},
    {"proxy=http://ann@localhost:8080", "proxy", "http://ann@localhost:8080",
	CONF_BOTH},
    {"proxy=http://ann:secret@localhost", NULL, NULL, CONF_BOTH},
    {"proxy=http://localhost\n25", NULL, NULL, CONF_BOTH},
    {"proxy=http://local host", NULL, NULL, CONF_BOTH},
    {"send-proxy=socks5://:s@e@localhost", NULL, NULL, CONF_BOTH},
    {"tls-pin=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
     "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "tls-pin",
	"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
	"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", CONF_BOTH},
    {"tls-pin=sha256//AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA=", NULL,
	NULL, CONF_BOTH},
    {"tls", NULL, NULL, CONF_BOTH},
    {"tls=2", NULL, NULL, CONF_BOTH},
    {"tsl=no", NULL, NULL, CONF_BOTH},
    {"=", NULL, NULL, CONF_BOTH},
};

START_TEST(a_setting)
{
	struct conf_entry entry;
	int r;

	e = (struct err){0};
	r = conf_setting(settings[_i].arg, &entry, &e);
	if (settings[_i].key == NULL) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(e.kind, ERR_USAGE);
		ck_assert_ptr_null(entry.value);
		return;
	}
	ck_assert_int_eq(r, 0);
	ck_assert_str_eq(entry.key->name, settings[_i].key);
	ck_assert_str_eq(entry.value, settings[_i].value);
	ck_assert_int_eq(entry.side, settings[_i].side);
	conf_entry_free(&entry);
}
END_TEST

START_TEST(every_key_of_the_manual)
{
	static const char *const known[] = {"address", "aliases", "auth",
	    "charset", "compress", "connections", "dedup", "domain", "dsn",
	    "fetch", "folders", "html-command", "index-body", "insecure",
	    "keep", "layout", "logfile", "maildir", "mirror", "netrc",
	    "oauth-command", "password", "password-command", "proxy",
	    "queue-life", "rate", "retry-unknown", "send", "sent", "size-max",
	    "spool", "thread-subject", "timeout", "tls", "tls-ca", "tls-cert",
	    "tls-key", "tls-pin", "tunnel", "user"};
	enum conf_side side;

	for (size_t i = 0; i < COUNT(known); i++)
		ck_assert_msg(conf_key(span_of(known[i]), &side) != NULL,
		    "%s", known[i]);
	ck_assert_ptr_null(conf_key(SPAN("send-keep"), &side));
	ck_assert_ptr_null(conf_key(SPAN(""), &side));
	ck_assert_ptr_nonnull(conf_key(SPAN("send-tls-ca"), &side));
	ck_assert_int_eq(side, CONF_SEND);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");

	unit_test(s, sections_and_values);
	unit_test(s, a_comment_never_goes_on);
	unit_test(s, sections_have_a_limit);
	unit_each(s, a_value, COUNT(values));
	unit_each(s, a_fault, COUNT(faults));
	unit_test(s, a_nul_is_a_fault);
	unit_test(s, a_long_line_is_kept_whole);
	unit_each(s, a_setting, COUNT(settings));
	unit_test(s, every_key_of_the_manual);
	return unit_main(s);
}
