#include <gsasl.h>
#include <stdlib.h>

#include "net/sasl.h"
#include "text/conf.h"
#include "unit/unit.h"

#define SECRET "s3 cr\303\251t"
#define TOKEN "ya29.a-b_c~d+e/f=="

static struct server
server(void)
{
	return (struct server){.scheme = "imaps", .host = "imap.example.org",
	    .port = 993, .user = "ann", .tls = SERVER_TLS_IMPLICIT};
}

/* Opens by that name; never fails. */
static struct sasl *
opened(const char *name, const struct server *v, struct span secret)
{
	const struct sasl_options o = {.server = v, .service = "imap",
	    .secret = secret};
	struct sasl *s = NULL;
	struct err e = {0};
	int rc = sasl_open(sasl_named(span_of(name)), &o, &s, &e);

	ck_assert_msg(rc == 0, "%s: %s", name, e.text);
	return s;
}

/* One step, that says this. */
static void
says(struct sasl *s, struct span challenge, const char *p, size_t n)
{
	struct buf out = {0};
	struct err e = {0};
	int rc = sasl_step(s, challenge, &out, &e);

	ck_assert_msg(rc == 0, "%s", e.text);
	unit_bytes(buf_view(&out), p, n);
	buf_wipe(&out);
}

static void
fails(struct sasl *s, struct span challenge, enum err_kind kind,
    const char *text)
{
	struct buf out = {0};
	struct err e = {0};

	ck_assert_int_eq(sasl_step(s, challenge, &out, &e), -1);
	ck_assert_int_eq(e.kind, kind);
	ck_assert_str_eq(e.text, text);
	ck_assert_uint_eq(out.n, 0);
	buf_wipe(&out);
}

START_TEST(plain_is_one_message)
{
	struct server v = server();
	struct sasl *s = opened("PLAIN", &v, SPAN(SECRET));
	struct err e = {0};

	says(s, SPAN(""), "\0ann\0" SECRET, 13);
	ck_assert_int_eq(sasl_end(s, &e), 0);
	fails(s, SPAN("more?"), ERR_PROTO, "a challenge after the log-in");
	sasl_close(s);
}
END_TEST

START_TEST(login_answers_two_questions)
{
	struct server v = server();
	struct sasl *s = opened("LOGIN", &v, SPAN(SECRET));

	says(s, SPAN("Username:"), "ann", 3);
	says(s, SPAN("Password:"), SECRET, 8);
	fails(s, SPAN("Shoe size:"), ERR_PROTO,
	    "a challenge after the log-in");
	sasl_close(s);
}
END_TEST

/* As openssl(1) computes it. */
START_TEST(cram_md5_shows_a_digest)
{
	struct server v = server();
	struct sasl *s;

	v.user = "tim";
	s = opened("CRAM-MD5", &v, SPAN("tanstaaftanstaaf"));
	says(s, SPAN("<1896.697170952@mail.example.org>"),
	    "tim 5296f8e230035bbfd7f7448b87fd22cd", 36);
	sasl_close(s);
}
END_TEST

START_TEST(external_names_whom_to_act_as)
{
	struct server v = server();
	struct sasl *s = opened("EXTERNAL", &v, SPAN(""));

	says(s, SPAN(""), "ann", 3);
	sasl_close(s);
	v.user = NULL;
	s = opened("EXTERNAL", &v, SPAN(""));
	says(s, SPAN(""), "", 0);
	sasl_close(s);
}
END_TEST

/* RFC 7628, section 4.1, with our names. */
START_TEST(oauthbearer_escapes_the_user)
{
	static const char said[] = "n,a=a=2Cn=3Dn,\001host=imap.example.org"
	    "\001port=993\001auth=Bearer " TOKEN "\001\001";
	struct server v = server();
	struct sasl *s;
	struct err e = {0};

	v.user = "a,n=n";
	s = opened("OAUTHBEARER", &v, SPAN(TOKEN));
	says(s, SPAN(""), said, sizeof said - 1);
	ck_assert_int_eq(sasl_end(s, &e), 0);
	unit_span(sasl_said(s), "");
	says(s, SPAN("{\"status\":\"invalid_token\"}"), "\001", 1);
	unit_span(sasl_said(s), "{\"status\":\"invalid_token\"}");
	fails(s, SPAN("{}"), ERR_PROTO, "a challenge after the log-in");
	sasl_close(s);
}
END_TEST

START_TEST(xoauth2_answers_its_error_with_nothing)
{
	static const char said[] =
	    "user=ann\001auth=Bearer " TOKEN "\001\001";
	struct server v = server();
	struct sasl *s = opened("XOAUTH2", &v, SPAN(TOKEN));

	says(s, SPAN(""), said, sizeof said - 1);
	says(s, SPAN("{\"status\":\"400\"}"), "", 0);
	unit_span(sasl_said(s), "{\"status\":\"400\"}");
	sasl_close(s);
}
END_TEST

static const struct {
	const char *mechanism, *user;
	struct span secret;
	enum err_kind kind;
} unfit[] = {
	{"PLAIN", "ann", {"se\0cret", 7}, ERR_AUTH},
	{"SCRAM-SHA-256", "ann", {"se\0cret", 7}, ERR_AUTH},
	{"XOAUTH2", "ann", {"", 0}, ERR_AUTH},
	{"XOAUTH2", "ann", {"a b", 3}, ERR_AUTH},
	{"XOAUTH2", "ann", {"a\001auth=x", 8}, ERR_AUTH},
	{"OAUTHBEARER", "ann", {"a\r\nb", 4}, ERR_AUTH},
	{"OAUTHBEARER", "an\001n", {"a", 1}, ERR_CONFIG},
	{"XOAUTH2", "an\001n", {"a", 1}, ERR_CONFIG},
};

START_TEST(what_cannot_be_said_is_refused)
{
	struct server v = server();
	const struct sasl_options o = {.server = &v, .service = "imap",
	    .secret = unfit[_i].secret};
	struct sasl *s = NULL;
	struct err e = {0};

	v.user = unfit[_i].user;
	ck_assert_int_eq(sasl_open(sasl_named(span_of(unfit[_i].mechanism)),
			     &o, &s, &e), -1);
	ck_assert_int_eq(e.kind, unfit[_i].kind);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(an_empty_secret_is_one)
{
	struct server v = server();
	struct sasl *s = opened("PLAIN", &v, (struct span){0});

	says(s, SPAN(""), "\0ann\0", 5);
	sasl_close(s);
	sasl_close(NULL);
}
END_TEST

/* The library's own server, that knows one password. */
struct far_side {
	Gsasl *library;
	Gsasl_session *session;
};

static int
on_far(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	(void)library;
	if (property != GSASL_PASSWORD)
		return GSASL_NO_CALLBACK;
	return gsasl_property_set(session, GSASL_PASSWORD, SECRET);
}

static void
far_open(struct far_side *f, const char *mechanism)
{
	ck_assert_int_eq(gsasl_init(&f->library), GSASL_OK);
	gsasl_callback_set(f->library, on_far);
	ck_assert_int_eq(gsasl_server_start(f->library, mechanism,
			     &f->session), GSASL_OK);
}

static void
far_close(struct far_side *f)
{
	gsasl_finish(f->session);
	gsasl_done(f->library);
}

/* What it says to it, as a buf. */
static int
far_step(struct far_side *f, const struct buf *said, struct buf *challenge)
{
	char *p = NULL;
	size_t n = 0;
	int code = gsasl_step(f->session, said->p, said->n, &p, &n);

	buf_cut(challenge, 0);
	buf_add(challenge, n == 0 ? "" : p, n);
	gsasl_free(p);
	return code;
}

static const char *const scrams[] = {"SCRAM-SHA-1", "SCRAM-SHA-256"};

START_TEST(scram_proves_both_sides)
{
	struct server v = server();
	struct sasl *s = opened(scrams[_i], &v, SPAN(SECRET));
	struct buf said = {0}, challenge = {0};
	struct far_side f;
	struct err e = {0};

	far_open(&f, scrams[_i]);
	ck_assert_int_eq(sasl_step(s, SPAN(""), &said, &e), 0);
	/* no channel binding is claimed, and none is pretended to be known */
	ck_assert(span_starts(buf_view(&said), SPAN("n,,n=ann,r=")));
	ck_assert_int_eq(far_step(&f, &said, &challenge), GSASL_NEEDS_MORE);
	ck_assert_int_eq(sasl_end(s, &e), -1);
	buf_cut(&said, 0);
	ck_assert_int_eq(sasl_step(s, buf_view(&challenge), &said, &e), 0);
	ck_assert_int_eq(far_step(&f, &said, &challenge), GSASL_OK);
	/* yes before the proof is no yes */
	ck_assert_int_eq(sasl_end(s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_AUTH);
	if (_i == 0) {
		buf_cut(&said, 0);
		ck_assert_int_eq(sasl_step(s, buf_view(&challenge), &said,
				     &e), 0);
		ck_assert_uint_eq(said.n, 0);
		ck_assert_int_eq(sasl_end(s, &e), 0);
	} else {
		/* a proof of something else */
		challenge.p[4] ^= 1;
		fails(s, buf_view(&challenge), ERR_AUTH,
		    "the server cannot prove that it knows the secret");
		ck_assert_int_eq(sasl_end(s, &e), -1);
	}
	far_close(&f);
	buf_wipe(&said);
	buf_free(&challenge);
	sasl_close(s);
}
END_TEST

START_TEST(a_server_may_not_have_us_hash_for_ever)
{
	struct server v = server();
	struct sasl *s = opened("SCRAM-SHA-1", &v, SPAN(SECRET));
	struct buf said = {0}, challenge = {0};
	struct err e = {0};
	struct span nonce;

	ck_assert_int_eq(sasl_step(s, SPAN(""), &said, &e), 0);
	nonce = span_from(buf_view(&said), span_find(buf_view(&said),
	    SPAN("r=")));
	buf_span(&challenge, nonce);
	buf_str(&challenge, "x,s=QSXCR+Q6sek8bf92,i=4294967295");
	fails(s, buf_view(&challenge), ERR_AUTH,
	    "the server demands over 1000000 rounds of hashing");
	buf_wipe(&said);
	buf_free(&challenge);
	sasl_close(s);
}
END_TEST

/* Whatever comes: an answer or an error, and never a crash or a hang. */
START_TEST(no_challenge_does_harm)
{
	static const char *const names[] = {"PLAIN", "LOGIN", "CRAM-MD5",
	    "SCRAM-SHA-1", "SCRAM-SHA-256", "EXTERNAL", "XOAUTH2",
	    "OAUTHBEARER"};
	static const char *const seeds[] = {"", "r=x,s=QSXCR+Q6sek8bf92,i=3",
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "e=other-error", "<1.2@host>",
	    "{\"status\":\"401\"}", "Username:"};
	struct server v = server();
	uint32_t dice = 1;

	for (int round = 0; round < 3000; round++) {
		const char *name = names[round % (int)COUNT(names)];
		struct sasl *s = opened(name, &v, SPAN(TOKEN));
		struct buf challenge = {0}, out = {0};
		struct err e = {0};
		int turn = 0;

		while (turn++ < 4 && e.kind == ERR_NONE) {
			size_t at;

			dice = dice * 1664525 + 1013904223;
			buf_cut(&challenge, 0);
			buf_str(&challenge, seeds[(dice >> 8) % COUNT(seeds)]);
			at = (dice >> 16) % (challenge.n + 1);
			if (at < challenge.n)
				challenge.p[at] = (char)(dice >> 24);
			if (sasl_step(s, buf_view(&challenge), &out, &e) == -1)
				ck_assert_int_ne(e.kind, ERR_NONE);
		}
		/* no mechanism talks for ever */
		ck_assert_int_ne(e.kind, ERR_NONE);
		buf_wipe(&out);
		buf_free(&challenge);
		sasl_close(s);
	}
}
END_TEST

enum { TLS = 1, CERT = 2, HAS_TOKEN = 4, FAR = 8, INSECURE = 16, NOBODY = 32 };

static const struct {
	const char *offered, *forced;
	int is;
	const char *taken;    /* NULL: the error's kind and text */
	enum err_kind kind;
	const char *text;
} choices[] = {
	{"PLAIN LOGIN", NULL, TLS, "PLAIN", ERR_NONE, NULL},
	{" login \tplain ", NULL, TLS, "PLAIN", ERR_NONE, NULL},
	{"LOGIN", NULL, TLS, "LOGIN", ERR_NONE, NULL},
	{"LOGIN CRAM-MD5 SCRAM-SHA-1 PLAIN", NULL, TLS, "SCRAM-SHA-1",
	    ERR_NONE, NULL},
	{"SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS", NULL, TLS,
	    "SCRAM-SHA-256", ERR_NONE, NULL},
	{"CRAM-MD5 PLAIN", NULL, TLS, "PLAIN", ERR_NONE, NULL},
	{"CRAM-MD5 USER", NULL, TLS, "CRAM-MD5", ERR_NONE, NULL},
	{"NTLM USER", NULL, TLS, "USER", ERR_NONE, NULL},
	{"PLAIN EXTERNAL", NULL, TLS, "PLAIN", ERR_NONE, NULL},
	{"PLAIN EXTERNAL", NULL, TLS | CERT, "EXTERNAL", ERR_NONE, NULL},
	{"PLAIN EXTERNAL", NULL, TLS | CERT | NOBODY, "EXTERNAL", ERR_NONE,
	    NULL},
	{"PLAIN XOAUTH2", NULL, TLS, "PLAIN", ERR_NONE, NULL},
	{"PLAIN XOAUTH2", NULL, TLS | HAS_TOKEN, "XOAUTH2", ERR_NONE, NULL},
	{"XOAUTH2 OAUTHBEARER", NULL, TLS | HAS_TOKEN, "OAUTHBEARER",
	    ERR_NONE, NULL},
	{"XOAUTH2 PLAIN", "PLAIN", TLS | HAS_TOKEN, "PLAIN", ERR_NONE, NULL},
	{"GSSAPI APOP USER", NULL, TLS, "USER", ERR_NONE, NULL},
	{"GSSAPI PLAIN", "GSSAPI", TLS, "GSSAPI", ERR_NONE, NULL},
	{"APOP PLAIN", "apop", TLS, "APOP", ERR_NONE, NULL},
	{"PLAIN LOGIN", "LOGIN", TLS, "LOGIN", ERR_NONE, NULL},
	{"PLAIN LOGIN", "login", TLS, "LOGIN", ERR_NONE, NULL},
	{"PLAIN LOGIN", "CRAM-MD5, LOGIN PLAIN", TLS, "LOGIN", ERR_NONE,
	    NULL},
	{"PLAIN", NULL, 0, "PLAIN", ERR_NONE, NULL},
	{"PLAIN CRAM-MD5", NULL, FAR, "CRAM-MD5", ERR_NONE, NULL},
	{"PLAIN CRAM-MD5", NULL, FAR | INSECURE, "CRAM-MD5", ERR_NONE, NULL},
	{"PLAIN", "PLAIN", FAR | INSECURE, "PLAIN", ERR_NONE, NULL},
	{"PLAIN", "LOGIN", TLS, NULL, ERR_AUTH,
	    "the server offers no LOGIN, but PLAIN"},
	{"PLAIN", "MAGIC", TLS, NULL, ERR_CONFIG,
	    "auth: MAGIC is no mechanism known here"},
	{"PLAIN", "PLAIN MAGIC", TLS, NULL, ERR_CONFIG,
	    "auth: MAGIC is no mechanism known here"},
	{"GSSAPI NTLM ", NULL, TLS, NULL, ERR_AUTH,
	    "the server offers no log-in that fits, but GSSAPI NTLM"},
	{"PLAIN LOGIN", NULL, TLS | HAS_TOKEN, NULL, ERR_AUTH,
	    "the server offers no OAUTHBEARER or XOAUTH2, but PLAIN LOGIN"},
	{"PLAIN LOGIN", NULL, TLS | NOBODY, NULL, ERR_CONFIG,
	    "no user to log in as"},
	{"PLAINER XPLAIN LOGI", NULL, TLS, NULL, ERR_AUTH,
	    "the server offers no log-in that fits, but PLAINER XPLAIN LOGI"},
	{"", NULL, TLS, NULL, ERR_AUTH, "the server offers no log-in"},
	{"PLAIN LOGIN", NULL, FAR, NULL, ERR_AUTH,
	    "every log-in would show the password to others: "
	    "the connection has no TLS"},
	{"PLAIN LOGIN", NULL, FAR | INSECURE, NULL, ERR_AUTH,
	    "every log-in would show the password to others: "
	    "the connection has no TLS"},
	{"PLAIN LOGIN", "PLAIN", FAR, NULL, ERR_AUTH,
	    "every log-in would show the password to others: "
	    "the connection has no TLS"},
	{"XOAUTH2", NULL, FAR | HAS_TOKEN, NULL, ERR_AUTH,
	    "every log-in would show the password to others: "
	    "the connection has no TLS"},
};

START_TEST(one_that_fits_is_chosen)
{
	struct server v = server();
	struct sasl_options o = {.server = &v, .service = "imap"};
	const struct sasl_mechanism *m;
	struct err e = {0};
	int rc, is = choices[_i].is;

	v.auth = choices[_i].forced;
	v.tls = (is & TLS) != 0 ? SERVER_TLS_START : SERVER_TLS_NONE;
	v.host = (is & FAR) != 0 ? "imap.example.org" : "localhost";
	v.tls_cert = (is & CERT) != 0 ? "cert.pem" : NULL;
	v.is_insecure = (is & INSECURE) != 0;
	v.user = (is & NOBODY) != 0 ? NULL : "ann";
	o.has_token = (is & HAS_TOKEN) != 0;
	rc = sasl_choose(&o, span_of(choices[_i].offered), &m, &e);
	if (choices[_i].taken != NULL) {
		ck_assert_msg(rc == 0, "%s", e.text);
		ck_assert_str_eq(m->name, choices[_i].taken);
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_ptr_null(m);
		ck_assert_int_eq(e.kind, choices[_i].kind);
		ck_assert_str_eq(e.text, choices[_i].text);
	}
}
END_TEST

/* What the configuration may ask for is what is known here. */
START_TEST(auth_names_mechanisms)
{
	enum conf_side side;
	struct span rest = span_of(conf_key(SPAN("auth"), &side)->words), name;
	size_t n = 0;

	while (span_cut(&rest, ' ', &name) == 1) {
		ck_assert_ptr_nonnull(sasl_named(name));
		n++;
	}
	ck_assert_uint_eq(n, 11);
	ck_assert_ptr_null(sasl_named(SPAN("MAGIC")));
}
END_TEST

START_TEST(long_offers_are_cut)
{
	struct server v = server();
	struct sasl_options o = {.server = &v, .service = "imap"};
	const struct sasl_mechanism *m;
	struct err e = {0};
	struct buf offered = {0};

	for (int i = 0; i < 5000; i++)
		buf_str(&offered, "NONE ");
	ck_assert_int_eq(sasl_choose(&o, buf_view(&offered), &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_AUTH);
	buf_free(&offered);
}
END_TEST

/* No ticket here: it is an answer, and says so. */
START_TEST(gssapi_without_a_ticket_is_refused)
{
	struct server v = server();
	const struct sasl_options o = {.server = &v, .service = "imap"};
	struct sasl *s = NULL;
	struct buf out = {0};
	struct err e = {0};
	int rc;

	setenv("KRB5CCNAME", "FILE:/dev/null/ccache", 1);
	setenv("KRB5_CONFIG", "/dev/null", 1);
	rc = sasl_open(sasl_named(SPAN("GSSAPI")), &o, &s, &e);
	if (rc == 0) {
		ck_assert_int_eq(sasl_step(s, SPAN(""), &out, &e), -1);
		ck_assert_int_eq(e.kind, ERR_AUTH);
	} else {
		ck_assert_int_eq(e.kind, ERR_CONFIG); /* built without it */
	}
	buf_free(&out);
	sasl_close(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sasl");

	unit_test(s, plain_is_one_message);
	unit_test(s, login_answers_two_questions);
	unit_test(s, cram_md5_shows_a_digest);
	unit_test(s, external_names_whom_to_act_as);
	unit_test(s, oauthbearer_escapes_the_user);
	unit_test(s, xoauth2_answers_its_error_with_nothing);
	unit_each(s, what_cannot_be_said_is_refused, COUNT(unfit));
	unit_test(s, an_empty_secret_is_one);
	unit_each(s, scram_proves_both_sides, COUNT(scrams));
	unit_test(s, a_server_may_not_have_us_hash_for_ever);
	unit_test(s, no_challenge_does_harm);
	unit_each(s, one_that_fits_is_chosen, COUNT(choices));
	unit_test(s, auth_names_mechanisms);
	unit_test(s, long_offers_are_cut);
	unit_test(s, gssapi_without_a_ticket_is_refused);
	return unit_main(s);
}
