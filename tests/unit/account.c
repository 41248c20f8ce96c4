#include <sys/stat.h>

#include "app/account.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;
static char *dir, *path;
static struct config *c;
static struct account *a;

static void
write_config(const char *text)
{
	static const char *const mine[] = {"SATCHEL_CONFIG", "SATCHEL_FETCH",
	    "SATCHEL_SEND", "SATCHEL_FROM", "SATCHEL_MAILDIR",
	    "SATCHEL_PASSWORD"};

	for (size_t i = 0; i < COUNT(mine); i++)
		unsetenv(mine[i]);
	e = (struct err){0};
	dir = scratch_make();
	setenv("HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	path = scratch_file(dir, "config", span_of(text));
}

static int
open_with(const char *account, const char **set, size_t n)
{
	struct account_options o = {.config = path, .account = account,
	    .set = set, .n_set = n};

	return config_open(&o, &c, &e);
}

static void
end(void)
{
	config_close(c);
	free(path);
	scratch_remove(dir);
}

static const char two[] =
    "[*]\ntimeout = 5\nuser = all\n"
    "[one]\naddress = Ann <ann@example.org>, ann@example.net\n"
    "tls-ca = ~/ca.pem\n"
    "[two]\naddress = bob@example.org\nuser = bob\nsend-user = bobby\n"
    "timeout = 7\nmirror = yes\ncompress = no\n";

START_TEST(the_value_in_force)
{
	const char *set[] = {"timeout=8", "fetch-user=x", "timeout=9"};
	struct buf want = {0};

	write_config(two);
	ck_assert_msg(open_with("two", NULL, 0) == 0, "%s", e.text);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	ck_assert_str_eq(account_name(a), "two");
	ck_assert_str_eq(account_get(a, "user", CONF_FETCH), "bob");
	ck_assert_str_eq(account_get(a, "user", CONF_SEND), "bobby");
	ck_assert_int_eq(account_number(a, "timeout", CONF_FETCH, 1), 7);
	ck_assert_int_eq(account_number(a, "connections", CONF_BOTH, 3), 3);
	ck_assert(account_yes(a, "mirror", CONF_BOTH));
	ck_assert(!account_yes(a, "compress", CONF_BOTH));
	ck_assert(!account_yes(a, "dedup", CONF_BOTH));
	ck_assert_ptr_null(account_get(a, "auth", CONF_FETCH));
	config_close(c);
	ck_assert_int_eq(open_with("one", set, COUNT(set)), 0);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	ck_assert_int_eq(account_number(a, "timeout", CONF_SEND, 1), 9);
	ck_assert_str_eq(account_get(a, "user", CONF_SEND), "all");
	ck_assert_str_eq(account_get(a, "user", CONF_FETCH), "x");
	buf_fmt(&want, "%s/ca.pem", dir);
	ck_assert_str_eq(account_get(a, "tls-ca", CONF_BOTH), buf_cstr(&want));
	buf_free(&want);
	end();
}
END_TEST

static const struct {
	const char *account, *from, *name;
} choices[] = {
    {NULL, NULL, "one"},
    {NULL, "BOB@example.org", "two"},
    {NULL, "ann@example.net", "one"},
    {NULL, "eve@example.org", "one"},
    {"two", "ann@example.org", "two"},
    {"three", NULL, NULL},
    {"*", NULL, NULL},
};

START_TEST(the_account_in_force)
{
	int r;

	write_config(two);
	ck_assert_int_eq(open_with(choices[_i].account, NULL, 0), 0);
	r = account_find(c, choices[_i].from, &a, &e);
	if (choices[_i].name == NULL) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
	} else {
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(account_name(a), choices[_i].name);
	}
	end();
}
END_TEST

static const char urls[] =
    "[*]\ntimeout = 5\n"
    "[sends]\nsend = smtp://ann@smtp.example.org\n"
    "[ann]\nfetch = imaps://ann@imap.example.org/\n"
    "[bob]\nfetch = imaps://imap.example.org/\nuser = bob\n"
    "[pop]\nfetch = pop3s://ann@pop.example.org/\n";

static const struct {
	const char *account, *environment, *url, *name;
} by_url[] = {
    {NULL, NULL, "imaps://ann@imap.example.org/", "ann"},
    {NULL, NULL, "imaps://bob@IMAP.example.org/", "bob"},
    {NULL, NULL, "imap://imap.example.org/", "ann"},
    {NULL, NULL, "imaps://eve@imap.example.org/", "ann"},
    {NULL, NULL, "imaps://ann@pop.example.org/", "pop"},
    {NULL, NULL, "imaps://ann@smtp.example.org/", NULL},
    {NULL, NULL, "imaps://ann@evil.example.com/", NULL},
    {"bob", NULL, "imaps://ann@other.example.com/", "bob"},
    {NULL, "imaps://x@env.example.org/", "imaps://x@env.example.org/",
	"default"},
    {NULL, "imaps://x@env.example.org/", "imaps://x@evil.example.com/", NULL},
};

START_TEST(the_account_of_a_url)
{
	struct url u;
	int r;

	write_config(urls);
	if (by_url[_i].environment != NULL)
		setenv("SATCHEL_FETCH", by_url[_i].environment, 1);
	ck_assert_int_eq(open_with(by_url[_i].account, NULL, 0), 0);
	ck_assert_int_eq(url_parse(span_of(by_url[_i].url), &u, &e), 0);
	r = account_find_url(c, &u, &a, &e);
	if (by_url[_i].name == NULL) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
	} else {
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(account_name(a), by_url[_i].name);
	}
	url_free(&u);
	end();
}
END_TEST

START_TEST(a_url_needs_no_configuration)
{
	struct url u;

	write_config("");
	setenv("SATCHEL_PASSWORD", "secret", 1);
	ck_assert_int_eq(open_with(NULL, NULL, 0), 0);
	ck_assert_int_eq(
	    url_parse(SPAN("imaps://x@any.example.org/"), &u, &e), 0);
	ck_assert_int_eq(account_find_url(c, &u, &a, &e), 0);
	ck_assert_str_eq(account_name(a), "default");
	url_free(&u);
	end();
}
END_TEST

START_TEST(the_environment_is_an_account)
{
	struct buf out = {0};

	write_config(two);
	setenv("SATCHEL_SEND", "maildir:/x", 1);
	setenv("SATCHEL_MAILDIR", "~/m", 1);
	setenv("SATCHEL_PASSWORD", "secret", 1);
	ck_assert_int_eq(open_with(NULL, NULL, 0), 0);
	ck_assert_ptr_null(getenv("SATCHEL_PASSWORD"));
	ck_assert_int_eq(account_find(c, "bob@example.org", &a, &e), 0);
	ck_assert_str_eq(account_get(a, "send", CONF_BOTH), "maildir:/x");
	ck_assert_str_eq(account_get(a, "user", CONF_SEND), "all");
	account_maildir(a, &out);
	ck_assert(span_ends(buf_view(&out), SPAN("/m")));
	ck_assert(buf_cstr(&out)[0] == '/');
	buf_cut(&out, 0);
	ck_assert_int_eq(account_secret(a, CONF_SEND, &(struct server){0},
			     false, &out, &e), 0);
	ck_assert_str_eq(buf_cstr(&out), "secret");
	buf_wipe(&out);
	end();
}
END_TEST

START_TEST(no_file_is_no_error_but_a_missing_one_is)
{
	struct account_options o = {0};

	write_config("");
	ck_assert_int_eq(config_open(&o, &c, &e), 0);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	ck_assert_str_eq(account_name(a), "default");
	config_close(c);
	setenv("SATCHEL_CONFIG", "", 1);
	ck_assert_int_eq(config_open(&o, &c, &e), 0);
	config_close(c);
	o.config = "/dev/null/config";
	ck_assert_int_eq(config_open(&o, &c, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_ptr_null(c);
	end();
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
	int result;
} modes[] = {
    {"[a]\nuser = x\n", 0644, 0},
    {"[a]\nuser = x\n", 0664, -1},
    {"[a]\nuser = x\n", 0602, -1},
    {"[a]\npassword = x\n", 0600, 0},
    {"[a]\nsend-password = x\n", 0640, -1},
    {"[a]\nproxy = http://ann@localhost\n", 0644, 0},
    {"[a]\nproxy = http://ann:x@localhost\n", 0640, -1},
    {"[a]\npassword = x\n", 0604, -1},
};

START_TEST(a_file_that_others_can_change_is_refused)
{
	write_config(modes[_i].text);
	ck_assert_int_eq(chmod(path, modes[_i].mode), 0);
	ck_assert_int_eq(open_with(NULL, NULL, 0), modes[_i].result);
	if (modes[_i].result == -1)
		ck_assert_int_eq(e.kind, ERR_CONFIG);
	end();
}
END_TEST

START_TEST(secrets_are_refused_on_the_command_line)
{
	const char *set[] = {"fetch-password=x"};

	write_config("");
	ck_assert_int_eq(open_with(NULL, set, 1), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	end();
}
END_TEST

static const struct {
	const char *config, *url;
	enum server_tls tls;
	enum err_kind kind;
} servers[] = {
    {"", "imaps://x@h.example.org", SERVER_TLS_IMPLICIT, ERR_NONE},
    {"", "imap://x@h.example.org", SERVER_TLS_START, ERR_NONE},
    {"tls = yes", "smtp://x@localhost", SERVER_TLS_START, ERR_NONE},
    {"tls = no", "imap://x@h.example.org", 0, ERR_CONFIG},
    {"tls = no", "imaps://x@localhost", 0, ERR_CONFIG},
    {"tls = no\ninsecure = yes", "imap://x@h.example.org", SERVER_TLS_NONE,
	ERR_NONE},
    {"tls = no", "imap://x@localhost", SERVER_TLS_NONE, ERR_NONE},
    {"tls = no", "imap://x@127.1.2.3", SERVER_TLS_NONE, ERR_NONE},
    {"tls = no", "imap://x@[::1]", SERVER_TLS_NONE, ERR_NONE},
    {"tls = no", "imap://x@127.example.org", 0, ERR_CONFIG},
    {"tls = no", "imap://x@localhost.example.org", 0, ERR_CONFIG},
    {"tls = no\nproxy = http://p.example.org", "imap://x@localhost", 0,
	ERR_CONFIG},
    {"tls = no\ntunnel = ssh h imapd", "imap://x@h.example.org",
	SERVER_TLS_NONE, ERR_NONE},
    {"", "lmtp:///run/lmtp", SERVER_TLS_NONE, ERR_NONE},
    {"", "imaps://x:secret@h.example.org", 0, ERR_CONFIG},
    {"timeout = 0", "imaps://x@h.example.org", 0, ERR_CONFIG},
};

START_TEST(a_server)
{
	struct buf text = {0};
	struct server s;
	struct url u;
	int r;

	buf_fmt(&text, "[a]\n%s\n", servers[_i].config);
	write_config(buf_cstr(&text));
	ck_assert_msg(open_with(NULL, NULL, 0) == 0, "%s", e.text);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	ck_assert_int_eq(url_parse(span_of(servers[_i].url), &u, &e), 0);
	r = account_server(a, CONF_FETCH, &u, &s, &e);
	ck_assert_int_eq(r, servers[_i].kind == ERR_NONE ? 0 : -1);
	if (r == 0)
		ck_assert_int_eq(s.tls, servers[_i].tls);
	else
		ck_assert_int_eq(e.kind, servers[_i].kind);
	url_free(&u);
	buf_free(&text);
	end();
}
END_TEST

static const struct {
	const char *config, *url, *auth;
} auths[] = {
    {"", "imaps://x@h.example.org", NULL},
    {"auth = PLAIN", "imaps://x@h.example.org", "PLAIN"},
    {"auth = PLAIN\nfetch-auth = LOGIN", "imaps://x@h.example.org", "LOGIN"},
    {"auth = PLAIN", "imaps://x;AUTH=LOGIN@h.example.org", "LOGIN"},
    {"auth = PLAIN", "imaps://x;AUTH=*@h.example.org", "PLAIN"},
    {"", "imaps://x;AUTH=*@h.example.org", NULL},
    {"", "pop3s://x;AUTH=+APOP@h.example.org", "APOP"},
};

START_TEST(a_mechanism_of_the_url_or_the_account)
{
	struct buf text = {0};
	struct server s;
	struct url u;

	buf_fmt(&text, "[a]\n%s\n", auths[_i].config);
	write_config(buf_cstr(&text));
	ck_assert_msg(open_with(NULL, NULL, 0) == 0, "%s", e.text);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	ck_assert_int_eq(url_parse(span_of(auths[_i].url), &u, &e), 0);
	ck_assert_int_eq(account_server(a, CONF_FETCH, &u, &s, &e), 0);
	if (auths[_i].auth == NULL)
		ck_assert_ptr_null(s.auth);
	else
		ck_assert_str_eq(s.auth, auths[_i].auth);
	url_free(&u);
	buf_free(&text);
	end();
}
END_TEST

/* What the command prints: how often it has run. */
static void
ran(bool is_token, enum conf_side side, bool fresh, const char *times)
{
	struct server s = {.host = "h.example.org", .user = "ann"};
	struct buf secret = {0};

	ck_assert_int_eq(is_token ?
	    account_token(a, side, fresh, &secret, &e) :
	    account_secret(a, side, &s, false, &secret, &e), 0);
	ck_assert_str_eq(buf_cstr(&secret), times);
	buf_wipe(&secret);
}

START_TEST(a_command_is_run_once)
{
	static const char command[] = "echo x >>$HOME/runs; "
	    "echo $(wc -l <$HOME/runs); :";
	struct buf text = {0};

	buf_fmt(&text, "[a]\npassword-command = %s\noauth-command = %s\n"
	    "send-oauth-command = : 2; %s\n", command, command, command);
	write_config(buf_cstr(&text));
	ck_assert_int_eq(open_with("a", NULL, 0), 0);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	ran(false, CONF_FETCH, false, "1");
	ran(false, CONF_FETCH, false, "1");
	ran(false, CONF_SEND, false, "1");
	ran(true, CONF_FETCH, false, "2");
	ran(true, CONF_SEND, false, "3"); /* another one */
	ran(true, CONF_FETCH, false, "2");
	ran(true, CONF_FETCH, true, "4");
	ran(true, CONF_FETCH, false, "4");
	account_token_forget(a, CONF_FETCH);
	ran(true, CONF_FETCH, false, "5");
	ran(true, CONF_SEND, false, "3");
	ran(false, CONF_FETCH, false, "1");
	buf_free(&text);
	end();
}
END_TEST

static const struct {
	const char *config, *environment, *account, *secret;
	enum err_kind kind;
} secrets[] = {
    {"password = a\npassword-command = echo b; :", NULL, NULL, "a", ERR_NONE},
    {"password-command = echo b; :", "c", "a", "b", ERR_NONE},
    {"password-command = false", "c", "a", NULL, ERR_AUTH},
    {"netrc = ~/netrc", "c", "a", "n", ERR_NONE},
    {"netrc = ~/netrc\nuser = eve", "c", "a", "c", ERR_NONE},
    {"netrc = ~/none", "c", "a", NULL, ERR_CONFIG},
    {"", "c", "a", "c", ERR_NONE},
    {"", "c", NULL, NULL, ERR_CONFIG},
    {"", NULL, "a", NULL, ERR_CONFIG},
};

START_TEST(a_secret_from_its_first_place)
{
	struct server s = {.host = "h.example.org", .user = "ann"};
	struct buf text = {0}, secret = {0};
	int r;

	buf_fmt(&text, "[a]\n%s\n", secrets[_i].config);
	write_config(buf_cstr(&text));
	free(scratch_file(dir, "netrc",
	    SPAN("machine h.example.org login ann password n\n")));
	if (secrets[_i].environment != NULL)
		setenv("SATCHEL_PASSWORD", secrets[_i].environment, 1);
	ck_assert_int_eq(open_with(secrets[_i].account, NULL, 0), 0);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	if (account_get(a, "user", CONF_FETCH) != NULL)
		s.user = account_get(a, "user", CONF_FETCH);
	r = account_secret(a, CONF_FETCH, &s, false, &secret, &e);
	ck_assert_int_eq(r, secrets[_i].secret == NULL ? -1 : 0);
	if (r == 0)
		ck_assert_str_eq(buf_cstr(&secret), secrets[_i].secret);
	else
		ck_assert_int_eq(e.kind, secrets[_i].kind);
	buf_wipe(&secret);
	buf_free(&text);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("account");

	unit_test(s, the_value_in_force);
	unit_each(s, the_account_in_force, COUNT(choices));
	unit_each(s, the_account_of_a_url, COUNT(by_url));
	unit_test(s, a_url_needs_no_configuration);
	unit_test(s, the_environment_is_an_account);
	unit_test(s, no_file_is_no_error_but_a_missing_one_is);
	unit_each(s, a_file_that_others_can_change_is_refused, COUNT(modes));
	unit_test(s, secrets_are_refused_on_the_command_line);
	unit_each(s, a_server, COUNT(servers));
	unit_each(s, a_mechanism_of_the_url_or_the_account, COUNT(auths));
	unit_test(s, a_command_is_run_once);
	unit_each(s, a_secret_from_its_first_place, COUNT(secrets));
	return unit_main(s);
}
