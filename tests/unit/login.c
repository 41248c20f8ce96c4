#include <stdlib.h>

#include "app/login.h"
#include "unit/unit.h"

/* What a server may repeat, and what is shown of it. */
static const struct {
	const char *line, *shown;
} lines[] = {
	{"A1 BAD LOGIN ann hunter22secret", "A1 BAD LOGIN ann ***"},
	{"A1 BAD login ANN HUNTER22SECRET", "A1 BAD login ANN ***"},
	{"-ERR what is \"hunter22secret\"?", "-ERR what is \"***\"?"},
	/* cut by the server's own limit */
	{"500 what is hunter22s", "500 what is ***"},
	{"500 a hunter is no secret", "500 a hunter is no secret"},
	{"hunter22hunter22secret", "******"},
	{"BAD aHVudGVyMjJzZWNyZXQ=", "BAD ***"},
	{"BAD AGFubgBodW50ZXIyMnNlY3JldA==.", "BAD ***."},
	{"", ""},
};

static void
opened(struct config **c, struct login *l, const struct server *v)
{
	struct account_options o = {.account = NULL};
	struct account *a;
	struct err e = {0};

	setenv("SATCHEL_PASSWORD", "hunter22secret", 1);
	setenv("SATCHEL_FETCH", "imaps://ann@imap.example.org", 1);
	setenv("SATCHEL_CONFIG", "/dev/null", 1);
	ck_assert_msg(config_open(&o, c, &e) == 0, "%s", e.text);
	ck_assert_int_eq(account_find(*c, NULL, &a, &e), 0);
	ck_assert_msg(login_open(l, a, CONF_FETCH, v, "imap", false,
	    SPAN("PLAIN USER"), &e) == 0, "%s", e.text);
}

START_TEST(what_is_secret_is_not_shown)
{
	static const struct server v = {.host = "imap.example.org",
	    .user = "ann", .tls = SERVER_TLS_IMPLICIT};
	struct config *c;
	struct login l;
	struct buf out = {0};

	opened(&c, &l, &v);
	ck_assert_str_eq(l.mechanism->name, "PLAIN");
	ck_assert(l.has_initial);
	login_mask(&l, span_of(lines[_i].line), &out);
	ck_assert_str_eq(buf_cstr(&out), lines[_i].shown);
	buf_cut(&out, 0);
	login_mask(NULL, span_of(lines[_i].line), &out);
	ck_assert_str_eq(buf_cstr(&out), lines[_i].line);
	buf_free(&out);
	login_close(&l);
	config_close(c);
}
END_TEST

START_TEST(a_refusal_is_masked)
{
	static const struct server v = {.host = "imap.example.org",
	    .user = "ann", .tls = SERVER_TLS_IMPLICIT};
	struct config *c;
	struct login l;
	struct err e = {0};

	opened(&c, &l, &v);
	err_set(&e, ERR_AUTH, "no: hunter22secret");
	ck_assert(!login_again(&l, &e));
	ck_assert_int_eq(login_refused(&l, &e), -1);
	ck_assert_str_eq(e.text, "no: ***");
	ck_assert_int_eq(e.kind, ERR_AUTH);
	login_close(&l);
	config_close(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("login");

	unit_each(s, what_is_secret_is_not_shown, COUNT(lines));
	unit_test(s, a_refusal_is_masked);
	return unit_main(s);
}
