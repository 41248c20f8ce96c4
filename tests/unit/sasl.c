#include "net/sasl.h"
#include "unit/unit.h"

static struct sasl_options
options(void)
{
	return (struct sasl_options){.user = "ann", .service = "imap",
	    .host = "imap.example.org", .secret = SPAN("s3 cr\303\251t"),
	    .is_private = true};
}

START_TEST(plain_is_one_message)
{
	struct sasl_options o = options();
	struct sasl *s = NULL;
	struct buf out = {0};
	struct err e = {0};

	ck_assert_int_eq(sasl_open(&o, SPAN("LOGIN plain"), &s, &e), 0);
	ck_assert_str_eq(sasl_mechanism(s), "PLAIN");
	ck_assert(sasl_client_first(s));
	ck_assert_int_eq(sasl_step(s, SPAN(""), &out, &e), 0);
	unit_bytes(buf_view(&out), "\0ann\0s3 cr\303\251t", 13);
	ck_assert_int_eq(sasl_step(s, SPAN("more?"), &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	ck_assert_uint_eq(out.n, 13);
	buf_wipe(&out);
	sasl_close(s);
}
END_TEST

START_TEST(login_answers_two_questions)
{
	struct sasl_options o = options();
	struct sasl *s = NULL;
	struct buf out = {0};
	struct err e = {0};

	ck_assert_int_eq(sasl_open(&o, SPAN("XOAUTH2 LOGIN"), &s, &e), 0);
	ck_assert_str_eq(sasl_mechanism(s), "LOGIN");
	ck_assert(!sasl_client_first(s));
	ck_assert_int_eq(sasl_step(s, SPAN("Username:"), &out, &e), 0);
	unit_span(buf_view(&out), "ann");
	buf_cut(&out, 0);
	ck_assert_int_eq(sasl_step(s, SPAN("Password:"), &out, &e), 0);
	unit_span(buf_view(&out), "s3 cr\303\251t");
	ck_assert_int_eq(sasl_step(s, SPAN("Shoe size:"), &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	buf_wipe(&out);
	sasl_close(s);
}
END_TEST

static const struct {
	const char *offered, *forced;
	bool is_private;
	const char *taken;    /* NULL: the error's kind and text */
	enum err_kind kind;
	const char *text;
} choices[] = {
	{"PLAIN LOGIN", NULL, true, "PLAIN", ERR_NONE, NULL},
	{" login \tplain ", NULL, true, "PLAIN", ERR_NONE, NULL},
	{"LOGIN", NULL, true, "LOGIN", ERR_NONE, NULL},
	{"PLAIN LOGIN", "LOGIN", true, "LOGIN", ERR_NONE, NULL},
	{"PLAIN LOGIN", "login", true, "LOGIN", ERR_NONE, NULL},
	{"PLAIN", "LOGIN", true, NULL, ERR_AUTH,
	    "the server offers no LOGIN, but PLAIN"},
	{"PLAIN", "MAGIC", true, NULL, ERR_CONFIG,
	    "auth: MAGIC is no mechanism known here"},
	{"GSSAPI NTLM ", NULL, true, NULL, ERR_AUTH,
	    "the server offers no log-in known here, but GSSAPI NTLM"},
	{"PLAINER XPLAIN LOGI", NULL, true, NULL, ERR_AUTH,
	    "the server offers no log-in known here, but PLAINER XPLAIN LOGI"},
	{"", NULL, true, NULL, ERR_AUTH, "the server offers no log-in"},
	{"PLAIN LOGIN", NULL, false, NULL, ERR_AUTH,
	    "every log-in would show the password to others: "
	    "the connection has no TLS"},
	{"PLAIN LOGIN", "PLAIN", false, NULL, ERR_AUTH,
	    "every log-in would show the password to others: "
	    "the connection has no TLS"},
};

START_TEST(one_that_fits_is_chosen)
{
	struct sasl_options o = options();
	struct sasl *s = NULL;
	struct err e = {0};
	int rc;

	o.forced = choices[_i].forced;
	o.is_private = choices[_i].is_private;
	rc = sasl_open(&o, span_of(choices[_i].offered), &s, &e);
	if (choices[_i].taken != NULL) {
		ck_assert_msg(rc == 0, "%s", e.text);
		ck_assert_str_eq(sasl_mechanism(s), choices[_i].taken);
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_ptr_null(s);
		ck_assert_int_eq(e.kind, choices[_i].kind);
		ck_assert_str_eq(e.text, choices[_i].text);
	}
	sasl_close(s);
}
END_TEST

START_TEST(long_offers_are_cut)
{
	struct sasl_options o = options();
	struct sasl *s = NULL;
	struct err e = {0};
	struct buf offered = {0};

	for (int i = 0; i < 5000; i++)
		buf_str(&offered, "NONE ");
	ck_assert_int_eq(sasl_open(&o, buf_view(&offered), &s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_AUTH);
	buf_free(&offered);
}
END_TEST

/* PLAIN and LOGIN cannot carry one: what came after it would be lost. */
START_TEST(a_nul_is_refused)
{
	struct sasl_options o = options();
	struct sasl *s = NULL;
	struct err e = {0};

	o.secret = SPAN("se\0cret");
	ck_assert_int_eq(sasl_open(&o, SPAN("PLAIN"), &s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_AUTH);
}
END_TEST

START_TEST(an_empty_secret_is_one)
{
	struct sasl_options o = options();
	struct sasl *s = NULL;
	struct buf out = {0};
	struct err e = {0};

	o.secret = (struct span){0};
	ck_assert_int_eq(sasl_open(&o, SPAN("PLAIN"), &s, &e), 0);
	ck_assert_int_eq(sasl_step(s, SPAN(""), &out, &e), 0);
	unit_bytes(buf_view(&out), "\0ann\0", 5);
	buf_free(&out);
	sasl_close(s);
	sasl_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sasl");

	unit_test(s, plain_is_one_message);
	unit_test(s, login_answers_two_questions);
	unit_each(s, one_that_fits_is_chosen, COUNT(choices));
	unit_test(s, long_offers_are_cut);
	unit_test(s, a_nul_is_refused);
	unit_test(s, an_empty_secret_is_one);
	return unit_main(s);
}
