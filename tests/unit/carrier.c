#include "host/clock.h"
#include "net/carrier.h"
#include "unit/near.h"

#define SHORT_MS 100

/* What the server speaks, and how it goes wrong. */
struct manner {
	bool is_smtp;
	enum server_tls tls;
	const char *cert;     /* NULL: the one that is right */
	const char *client_ca; /* NULL: no client certificate is asked for */
	const char *greeting; /* NULL: the usual one */
	const char *consent;  /* to STARTTLS, without IMAP's tag */
	far_serve then;	      /* NULL: the exchange */
};

/* Reads a line of IMAP that says what; its tag goes to tag. */
static void
expect_tagged(struct far *f, const char *what, char tag[16])
{
	size_t n = 0;

	while (far_some(f, tag + n, 1) == 1 && tag[n] != ' ')
		far_need(++n < 16);
	tag[n] = '\0';
	far_expect(f, what);
	far_expect(f, "\r\n");
}

static void
say_tagged(struct far *f, const char *untagged, const char *tag,
    const char *rest)
{
	struct buf b = {0};

	buf_fmt(&b, "%s%s %s\r\n", untagged, tag, rest);
	far_write(f, buf_view(&b));
	buf_free(&b);
}

static void
secure(struct far *f, const struct manner *m)
{
	far_need(far_shake(f, m->cert == NULL ? FAR_CERT : m->cert,
	    m->client_ca));
}

static void
open_smtp(struct far *f, const struct manner *m)
{
	far_say(f, m->greeting != NULL ? m->greeting :
	    "220-mx.example.org\r\n220 welcome\r\n");
	far_expect(f, "EHLO me.example.org\r\n");
	if (m->tls == SERVER_TLS_START) {
		far_say(f, "250-mx.example.org\r\n250-EVIL\r\n"
		    "250 STARTTLS\r\n");
		far_expect(f, "STARTTLS\r\n");
		far_say(f, m->consent != NULL ? m->consent : "220 go\r\n");
		secure(f, m);
		far_expect(f, "EHLO me.example.org\r\n");
	}
	far_say(f, "250-mx.example.org\r\n250-PIPELINING\r\n"
	    "250 AUTH PLAIN LOGIN\r\n");
}

static void
open_imap(struct far *f, const struct manner *m)
{
	char tag[16];

	far_say(f, m->greeting != NULL ? m->greeting :
	    "* OK [CAPABILITY IMAP4rev1] welcome\r\n");
	expect_tagged(f, "CAPABILITY", tag);
	if (m->tls == SERVER_TLS_START) {
		say_tagged(f, "* CAPABILITY IMAP4rev1 EVIL STARTTLS\r\n", tag,
		    "OK done");
		expect_tagged(f, "STARTTLS", tag);
		say_tagged(f, "", tag, m->consent != NULL ? m->consent :
		    "OK go");
		secure(f, m);
		expect_tagged(f, "CAPABILITY", tag);
	}
	say_tagged(f, "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", tag, "OK done");
}

static void
serve(struct far *f)
{
	const struct manner *m = f->arg;

	if (m->tls == SERVER_TLS_IMPLICIT)
		secure(f, m);
	if (m->is_smtp)
		open_smtp(f, m);
	else
		open_imap(f, m);
	f->arg = NULL;
	if (m->then != NULL) {
		m->then(f);
		return;
	}
	far_expect(f, "b NOOP\r\n");
	far_say(f, "b O");
	far_say(f, "K\r\n");
	far_expect_end(f);
}

static struct server
carried(const struct manner *m, unsigned port)
{
	struct server srv = server_at(port, m->tls);

	srv.scheme = m->is_smtp ? "smtp" : "imap";
	srv.helo = "me.example.org";
	return srv;
}

static struct wire *
carry(const struct server *srv, struct buf *greeting)
{
	struct wire *w = NULL;
	struct err e = {0};

	ck_assert_msg(carrier_open(srv, &w, greeting, &e) == 0, "%s", e.text);
	return w;
}

/* That it cannot be opened, and why. */
static void
refused_carry(const struct server *srv, enum err_kind kind, const char *text)
{
	struct wire *w = NULL;
	struct buf greeting = {0};
	struct err e = {0};

	ck_assert_int_eq(carrier_open(srv, &w, &greeting, &e), -1);
	ck_assert_ptr_null(w);
	ck_assert_uint_eq(greeting.n, 0);
	ck_assert_msg(e.kind == kind && strstr(e.text, text) != NULL,
	    "%d \"%s\", not %d \"%s\"", e.kind, e.text, kind, text);
}

static const struct {
	struct manner manner;
	const char *greeting;
} ways[] = {
	{{.is_smtp = true, .tls = SERVER_TLS_NONE},
	    "220-mx.example.org\n220 welcome\n250-mx.example.org\n"
	    "250-PIPELINING\n250 AUTH PLAIN LOGIN\n"},
	{{.is_smtp = true, .tls = SERVER_TLS_IMPLICIT},
	    "220-mx.example.org\n220 welcome\n250-mx.example.org\n"
	    "250-PIPELINING\n250 AUTH PLAIN LOGIN\n"},
	{{.is_smtp = true, .tls = SERVER_TLS_START},
	    "220-mx.example.org\n220 welcome\n250-mx.example.org\n"
	    "250-PIPELINING\n250 AUTH PLAIN LOGIN\n"},
	{{.tls = SERVER_TLS_NONE}, "* OK [CAPABILITY IMAP4rev1] welcome\n"
	    "* CAPABILITY IMAP4rev1 AUTH=PLAIN\n"},
	{{.tls = SERVER_TLS_IMPLICIT}, "* OK [CAPABILITY IMAP4rev1] welcome\n"
	    "* CAPABILITY IMAP4rev1 AUTH=PLAIN\n"},
	{{.tls = SERVER_TLS_START},
	    "* OK\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\n"},
};

START_TEST(opens_and_hands_over)
{
	unsigned port;
	pid_t far = far_start(serve, &ways[_i].manner, &port);
	struct server srv = carried(&ways[_i].manner, port);
	struct buf greeting = {0};
	struct wire *w = carry(&srv, &greeting);
	struct talk t = {0};
	struct err e = {0};

	unit_span(buf_view(&greeting), ways[_i].greeting);
	ck_assert_msg(ask(w, &t, "b NOOP\r\n", 6, &e) == 0, "%s", e.text);
	unit_span(buf_view(&t.in), "b OK\r\n");
	ck_assert_int_eq(wire_starttls(w, &e), -1);
	ck_assert_int_eq(e.kind, ERR_SOFTWARE);
	talk_free(&t);
	buf_free(&greeting);
	wire_close(w);
	far_end(far);
}
END_TEST

/* The far end may see an end at any step, but no further word. */
static void
turned_away(const struct manner *m, const char *ca, const char *pin,
    enum err_kind kind, const char *text)
{
	unsigned port;
	pid_t far = far_start(serve, m, &port);
	struct server srv = carried(m, port);
	int status;

	srv.tls_ca = ca;
	srv.tls_pin = pin;
	refused_carry(&srv, kind, text);
	waitpid(far, &status, 0);
}

START_TEST(trust_is_checked)
{
	struct manner m = ways[_i].manner;
	const char *pin =
	    "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

	if (m.tls == SERVER_TLS_NONE)
		return;
	turned_away(&m, FAR_OTHER_CA, NULL, ERR_AUTH, "certificate");
	turned_away(&m, NULL, NULL, ERR_AUTH, "certificate");
	turned_away(&m, FAR_CA, pin, ERR_AUTH, "public key");
	m.cert = FAR_OTHER_CERT;
	turned_away(&m, FAR_CA, NULL, ERR_AUTH, "");
	m.cert = FAR_OLD_CERT;
	turned_away(&m, FAR_CA, NULL, ERR_AUTH, "expired");
}
END_TEST

START_TEST(the_client_shows_its_certificate)
{
	struct manner m = ways[_i].manner;
	unsigned port;
	pid_t far;
	struct server srv;
	struct buf greeting = {0};
	struct wire *w;
	struct talk t = {0};
	struct err e = {0};

	if (m.tls == SERVER_TLS_NONE)
		return;
	m.client_ca = FAR_CA;
	turned_away(&m, FAR_CA, NULL, ERR_AUTH, "");
	far = far_start(serve, &m, &port);
	srv = carried(&m, port);
	srv.tls_cert = FAR_CERT;
	srv.tls_key = FAR_KEY;
	w = carry(&srv, &greeting);
	ck_assert_msg(ask(w, &t, "b NOOP\r\n", 6, &e) == 0, "%s", e.text);
	talk_free(&t);
	buf_free(&greeting);
	wire_close(w);
	far_end(far);
}
END_TEST

static const struct {
	struct manner manner;
	enum err_kind kind;
	const char *text;
} refusals[] = {
	{{.is_smtp = true, .tls = SERVER_TLS_NONE,
	    .greeting = "421 busy now\r\n"}, ERR_TEMP, "421 busy now"},
	{{.is_smtp = true, .tls = SERVER_TLS_NONE,
	    .greeting = "554 go away\r\n"}, ERR_REFUSED, "554 go away"},
	{{.is_smtp = true, .tls = SERVER_TLS_NONE,
	    .greeting = "HTTP/1.1 400 Bad Request\r\n"}, ERR_PROTO, ""},
	{{.tls = SERVER_TLS_NONE, .greeting = "* BYE busy\r\n"},
	    ERR_TEMP, "* BYE busy"},
	{{.tls = SERVER_TLS_NONE, .greeting = "+OK POP3\r\n"}, ERR_PROTO,
	    "speaks no imap"},
	{{.is_smtp = true, .tls = SERVER_TLS_START,
	    .consent = "454 not now\r\n"}, ERR_TEMP, "454 not now"},
	{{.is_smtp = true, .tls = SERVER_TLS_START,
	    .consent = "502 no\r\n"}, ERR_AUTH, "502 no"},
	{{.is_smtp = true, .tls = SERVER_TLS_START,
	    .consent = "220 go\r\n250 injected\r\n"}, ERR_PROTO, ""},
	{{.tls = SERVER_TLS_START, .consent = "NO never"}, ERR_AUTH, ""},
	{{.tls = SERVER_TLS_START,
	    .consent = "OK go\r\n* CAPABILITY INJECTED"}, ERR_PROTO, ""},
};

START_TEST(a_refusal_is_told_in_the_server_s_words)
{
	turned_away(&refusals[_i].manner, FAR_CA, NULL, refusals[_i].kind,
	    refusals[_i].text);
}
END_TEST

/* A server that offers no STARTTLS, or has logged us in before it. */
static void
serve_without_tls(struct far *f)
{
	char tag[16];

	if (f->arg != NULL) {
		far_say(f, "220 welcome\r\n");
		far_expect(f, "EHLO me.example.org\r\n");
		far_say(f, "250 PIPELINING\r\n");
	} else {
		far_say(f, "* PREAUTH welcome\r\n");
		expect_tagged(f, "CAPABILITY", tag);
		say_tagged(f, "* CAPABILITY IMAP4rev1 STARTTLS\r\n", tag,
		    "OK");
	}
	far_expect_end(f);
}

START_TEST(starttls_is_had_or_nothing)
{
	struct manner m = {.is_smtp = _i == 1, .tls = SERVER_TLS_START};
	unsigned port;
	pid_t far = far_start(serve_without_tls, _i == 1 ? "smtp" : NULL,
	    &port);
	struct server srv = carried(&m, port);

	refused_carry(&srv, ERR_AUTH, "");
	far_end(far);
}
END_TEST

START_TEST(silence_times_out_while_opening)
{
	struct manner m = ways[_i].manner;
	unsigned port;
	pid_t far = far_start(serve_silence, NULL, &port);
	struct server srv = carried(&m, port);

	srv.timeout_ms = SHORT_MS;
	refused_carry(&srv, ERR_TEMP, "timed out");
	far_end(far);
}
END_TEST

static void
serve_end(struct far *f)
{
	far_expect(f, "x");
	far_say(f, "y");
	if (f->tls != NULL)
		far_bye(f);
}

static void
serve_cut(struct far *f)
{
	far_expect(f, "x");
	far_say(f, "y");
	shutdown(f->fd, SHUT_WR);
}

START_TEST(every_end_is_a_cut)
{
	static const far_serve ends[] = {serve_end, serve_cut};
	struct manner m = ways[_i % 3].manner;
	unsigned port;
	pid_t far;
	struct server srv;
	struct wire *w;
	struct buf greeting = {0};
	struct talk t = {0};
	struct err e = {0};

	m.then = ends[_i / 3];
	far = far_start(serve, &m, &port);
	srv = carried(&m, port);
	w = carry(&srv, &greeting);
	ck_assert_int_eq(ask(w, &t, "x", 1, &e), 0);
	ck_assert_int_eq(ask(w, &t, "", 2, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	ck_assert_str_eq(e.text, "connection closed by the server");
	talk_free(&t);
	buf_free(&greeting);
	wire_close(w);
	far_end(far);
}
END_TEST

START_TEST(silence_times_out_later)
{
	struct manner m = ways[_i].manner;
	unsigned port;
	pid_t far;
	struct server srv;
	struct wire *w;
	struct buf greeting = {0};
	struct talk t = {0};
	struct err e = {0};

	m.then = serve_silence;
	far = far_start(serve, &m, &port);
	srv = carried(&m, port);
	w = carry(&srv, &greeting);
	w->timeout_ms = SHORT_MS;
	ck_assert_int_eq(ask(w, &t, "x", 1, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	ck_assert_str_eq(e.text, "timed out");
	talk_free(&t);
	buf_free(&greeting);
	wire_close(w);
	far_end(far);
}
END_TEST

START_TEST(both_sides_may_write)
{
	struct manner m = ways[_i].manner;
	unsigned port;
	pid_t far;
	struct server srv;
	struct wire *w;
	struct buf greeting = {0};

	m.then = serve_big;
	far = far_start(serve, &m, &port);
	srv = carried(&m, port);
	w = carry(&srv, &greeting);
	exchange_big(w);
	buf_free(&greeting);
	wire_close(w);
	far_end(far);
}
END_TEST

START_TEST(what_it_cannot_do_is_configuration)
{
	struct manner m = {.tls = SERVER_TLS_NONE};
	struct server srv = carried(&m, 1);

	srv.socket = "/run/imap";
	refused_carry(&srv, ERR_CONFIG, "Unix socket");
	srv.socket = NULL;
	srv.tunnel = "cat";
	refused_carry(&srv, ERR_CONFIG, "tunnel");
	srv.tunnel = NULL;
	srv.scheme = "pop3s";
	refused_carry(&srv, ERR_CONFIG, "pop3s");
	srv.scheme = "lmtp";
	refused_carry(&srv, ERR_CONFIG, "lmtp");
	srv.scheme = "imap";
	srv.tls_ca = "none";
	refused_carry(&srv, ERR_CONFIG, "tls-ca: none: ");
	srv.tls_ca = NULL;
	srv.tls_pin = "short";
	refused_carry(&srv, ERR_CONFIG, "tls-pin");
	srv.tls_pin = NULL;
	srv.proxy = "ftp://127.0.0.1";
	refused_carry(&srv, ERR_CONFIG, "proxy");
}
END_TEST

/* The lines of both sides, in order, one character and the text each. */
static void
note(void *arg, char direction, struct span line)
{
	buf_fmt(arg, "%c%.*s\n", direction, (int)line.n, line.p);
}

START_TEST(the_trace_tells_the_opening)
{
	struct manner m = {.is_smtp = true, .tls = SERVER_TLS_NONE};
	unsigned port;
	pid_t far;
	struct server srv;
	struct wire *w;
	struct buf greeting = {0}, told = {0};
	struct talk t = {0};
	struct err e = {0};

	far = far_start(serve, &m, &port);
	srv = carried(&m, port);
	srv.trace = note;
	srv.trace_arg = &told;
	w = carry(&srv, &greeting);
	unit_span(buf_view(&told), "<220-mx.example.org\n<220 welcome\n"
	    ">EHLO me.example.org\n<250-mx.example.org\n"
	    "<250-PIPELINING\n<250 AUTH PLAIN LOGIN\n");
	ck_assert_int_eq(ask(w, &t, "b NOOP\r\n", 6, &e), 0);
	talk_free(&t);
	buf_free(&greeting);
	buf_free(&told);
	wire_close(w);
	far_end(far);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("carrier");
	int rc;

	signal(SIGPIPE, SIG_IGN);
	far_certs();
	unit_each(s, opens_and_hands_over, COUNT(ways));
	unit_each(s, trust_is_checked, COUNT(ways));
	unit_each(s, the_client_shows_its_certificate, COUNT(ways));
	unit_each(s, a_refusal_is_told_in_the_server_s_words, COUNT(refusals));
	unit_each(s, starttls_is_had_or_nothing, 2);
	unit_each(s, silence_times_out_while_opening, COUNT(ways));
	unit_each(s, every_end_is_a_cut, 6);
	unit_each(s, silence_times_out_later, 3);
	unit_each(s, both_sides_may_write, 3);
	unit_test(s, what_it_cannot_do_is_configuration);
	unit_test(s, the_trace_tells_the_opening);
	rc = unit_main(s);
	far_certs_remove();
	return rc;
}
