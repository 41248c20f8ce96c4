#include "app/name.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static const char two[] =
    "[work]\nfetch = imaps://ann@imap.example.org/Old;UIDVALIDITY=3/;UID=2\n"
    "[old]\nfetch = pop3s://bob@pop.example.org\n"
    "[none]\naddress = x@example.org\n"
    "[out]\nsend = smtp://ann@example.org\n";

static char *dir, *path;
static struct config *c;

static void
begin(const char *account)
{
	struct account_options o = {.account = account};
	struct err e = {0};

	unsetenv("SATCHEL_FETCH");
	unsetenv("SATCHEL_SEND");
	dir = scratch_make();
	path = scratch_file(dir, "config", span_of(two));
	o.config = path;
	ck_assert_msg(config_open(&o, &c, &e) == 0, "%s", e.text);
}

static void
end(void)
{
	config_close(c);
	free(path);
	scratch_remove(dir);
}

START_TEST(what_is_remote)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {{"@work/INBOX:7", true}, {"@work", true}, {"@", true},
	    {"imaps://host/INBOX", true}, {"IMAP://host", true},
	    {"pop3:", true}, {"./@work", false}, {"a/b", false}, {"", false},
	    {"imap", false}, {"smtp://host", false}, {"mbox:x", false},
	    {"http://x", false}, {"cur/1.x:2,S", false}};

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(name_is_remote(span_of(rows[i].text)) ==
		    rows[i].is, "%s", rows[i].text);
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *text, *url, *account;
	} rows[] = {
	    {"@work/Sent:7", "imaps://ann@imap.example.org/Sent/;UID=7",
		"work"},
	    {"@work/a/b", "imaps://ann@imap.example.org/a/b", "work"},
	    {"@work/Sent%20Items:4294967295",
		"imaps://ann@imap.example.org/Sent%20Items/;UID=4294967295",
		"work"},
	    {"@work/a:b", "imaps://ann@imap.example.org/a:b", "work"},
	    {"@work/a%3A7", "imaps://ann@imap.example.org/a:7", "work"},
	    {"@work/a:7:8", "imaps://ann@imap.example.org/a:7/;UID=8",
		"work"},
	    {"@work/a:0", "imaps://ann@imap.example.org/a:0", "work"},
	    {"@work/:7", "imaps://ann@imap.example.org/:7", "work"},
	    {"@work/W\xc3\xb6rk;x?",
		"imaps://ann@imap.example.org/W%C3%B6rk%3Bx%3F", "work"},
	    {"@work", "imaps://ann@imap.example.org/Old;UIDVALIDITY=3/;UID=2",
		"work"},
	    {"@work/", "imaps://ann@imap.example.org/Old;UIDVALIDITY=3/;UID=2",
		"work"},
	    {"@%6fld", "pop3s://bob@pop.example.org", "old"},
	    {"imap://IMAP.example.org/x", "imap://IMAP.example.org/x",
		"work"}};
	struct name n;
	struct buf url = {0};
	struct err e = {0};

	begin(NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(name_resolve(c, rows[i].text, &n, &e) == 0,
		    "%s: %s", rows[i].text, e.text);
		ck_assert_ptr_null(n.path);
		url_format(&n.url, &url);
		ck_assert_str_eq(buf_cstr(&url), rows[i].url);
		ck_assert_str_eq(account_name(n.account), rows[i].account);
		name_free(&n);
		buf_cut(&url, 0);
	}
	ck_assert_int_eq(name_resolve(c, "box#17", &n, &e), 0);
	ck_assert_str_eq(n.path, "box#17");
	name_free(&n);
	buf_free(&url);
	end();
}
END_TEST

START_TEST(broken_names)
{
	static const struct {
		const char *text;
		enum err_kind kind;
	} rows[] = {{"@", ERR_USAGE}, {"@/x", ERR_USAGE},
	    {"@work/%zz", ERR_USAGE}, {"@work/%00", ERR_USAGE},
	    {"@work/%0a", ERR_USAGE}, {"@work/\xff", ERR_USAGE},
	    {"@nobody/x", ERR_CONFIG}, {"@*/x", ERR_CONFIG},
	    {"@none/x", ERR_CONFIG}, {"@out/x", ERR_CONFIG},
	    {"@old/INBOX", ERR_NOINPUT}, {"imap:", ERR_USAGE},
	    {"imaps://ann:secret@imap.example.org/", ERR_USAGE},
	    {"imaps://other.example.org/", ERR_CONFIG}};
	struct name n;
	struct err e;

	begin(NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		e = (struct err){0};
		ck_assert_msg(name_resolve(c, rows[i].text, &n, &e) == -1,
		    "%s", rows[i].text);
		ck_assert_msg(e.kind == rows[i].kind, "%s: %d %s",
		    rows[i].text, e.kind, e.text);
		ck_assert_ptr_null(strstr(e.text, "secret"));
		ck_assert_ptr_null(n.url.host);
	}
	end();
}
END_TEST

/* No file says so, and nobody has looked at it before. */
START_TEST(from_the_environment)
{
	static const struct {
		const char *fetch, *text;
		enum err_kind kind;
	} rows[] = {{"imaps://ann@imap.example.org", "@default/x:7", ERR_NONE},
	    {"smtp://ann@example.org", "@default", ERR_CONFIG},
	    {"imap://ann:secret@example.org", "@default", ERR_CONFIG},
	    {"nonsense", "@default/x", ERR_CONFIG}};
	struct name n;
	struct err e;

	begin(NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		e = (struct err){0};
		setenv("SATCHEL_FETCH", rows[i].fetch, 1);
		ck_assert_msg((name_resolve(c, rows[i].text, &n, &e) == 0) ==
		    (rows[i].kind == ERR_NONE), "%s", rows[i].fetch);
		ck_assert_int_eq(e.kind, rows[i].kind);
		ck_assert_ptr_null(strstr(e.text, "secret"));
		name_free(&n);
	}
	unsetenv("SATCHEL_FETCH");
	end();
}
END_TEST

/* SATCHEL_PASSWORD goes to no other account than the one of -a. */
START_TEST(whose_secret)
{
	struct server s = {.host = "h"};
	struct buf secret = {0};
	struct err e = {0};
	struct name n;

	setenv("SATCHEL_PASSWORD", "hush", 1);
	begin("none");
	ck_assert_int_eq(name_resolve(c, "@work/x", &n, &e), 0);
	ck_assert_int_eq(account_secret(n.account, CONF_FETCH, &s, false,
	    &secret, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	name_free(&n);
	end();
	setenv("SATCHEL_PASSWORD", "hush", 1);
	begin("work");
	ck_assert_int_eq(name_resolve(c, "@work/x", &n, &e), 0);
	ck_assert_int_eq(account_secret(n.account, CONF_FETCH, &s, false,
	    &secret, &e), 0);
	unit_span(buf_view(&secret), "hush");
	buf_wipe(&secret);
	name_free(&n);
	end();
}
END_TEST

START_TEST(all_accounts)
{
	begin(NULL);
	ck_assert_str_eq(account_at(c, 0), "work");
	ck_assert_str_eq(account_at(c, 3), "out");
	ck_assert_ptr_null(account_at(c, 4));
	setenv("SATCHEL_FETCH", "imap://localhost", 1);
	ck_assert_str_eq(account_at(c, 0), "default");
	ck_assert_str_eq(account_at(c, 1), "work");
	unsetenv("SATCHEL_FETCH");
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("name");

	unit_test(s, what_is_remote);
	unit_test(s, names);
	unit_test(s, broken_names);
	unit_test(s, from_the_environment);
	unit_test(s, whose_secret);
	unit_test(s, all_accounts);
	return unit_main(s);
}
