#include <netdb.h>

#include "host/clock.h"
#include "host/run.h"
#include "net/carrier.h"
#include "net/dialer.h"
#include "unit/near.h"

#define SHORT_MS 100

/* Opens by either wire and says why it could not. */
static enum err_kind
why_not(bool by_carrier, const struct server *srv, struct err *e)
{
	struct wire *w = NULL;
	struct buf greeting = {0};
	int rc;

	if (by_carrier)
		rc = carrier_open(srv, &w, &greeting, e);
	else
		rc = stream_open(srv, &w, e);
	buf_free(&greeting);
	ck_assert_int_eq(rc, -1);
	ck_assert_ptr_null(w);
	return e->kind;
}

START_TEST(nobody_listens)
{
	unsigned port;
	struct server srv;
	struct err e = {0};

	close(far_listen(&port));
	srv = server_at(port, SERVER_TLS_NONE);
	ck_assert_int_eq(why_not(_i == 1, &srv, &e), ERR_TEMP);
}
END_TEST

/* What the resolver says without libcurl between. */
static enum err_kind
resolver_says(const char *host)
{
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host, NULL, NULL, &found);

	ck_assert_int_ne(rc, 0);
	return rc == EAI_AGAIN ? ERR_TEMP : ERR_NOHOST;
}

START_TEST(no_such_host)
{
	struct server srv = server_at(143, SERVER_TLS_NONE);
	struct err e = {0};

	srv.host = "no-such-host.invalid";
	ck_assert_int_eq(why_not(_i == 1, &srv, &e),
	    resolver_says(srv.host));
	ck_assert_ptr_nonnull(strstr(e.text, srv.host));
}
END_TEST

/* How a proxy answers; words glued to its answer are the server's. */
struct proxy {
	const char *answer;
	size_t n;
	bool is_socks;
	enum err_kind kind; /* ERR_NONE: it leads to the server */
};

static const struct proxy proxies[] = {
	{"\5\0\0\1\0\0\0\0\0\0", 10, true, ERR_NONE},
	{"\5\4\0\1\0\0\0\0\0\0", 10, true, ERR_TEMP},
	{"\5\5\0\1\0\0\0\0\0\0", 10, true, ERR_TEMP},
	{"", 0, true, ERR_TEMP},
	{"HTTP/1.1 200 OK\r\n\r\n", 19, false, ERR_NONE},
	{"HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n", 40, false,
	    ERR_AUTH},
	{"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 38, false,
	    ERR_TEMP},
	{"", 0, false, ERR_TEMP},
};

static void
socks_request(struct far *f)
{
	static const char want[] = "\5\1\0\3\17far.example.org\0\217";
	char methods[256], head[2], got[sizeof want - 1];

	far_need(far_some(f, head, 1) == 1 && far_some(f, head + 1, 1) == 1);
	for (int i = 0; i < (unsigned char)head[1]; i++)
		far_need(far_some(f, methods + i, 1) == 1);
	far_write(f, span_at("\5\0", 2));
	for (size_t i = 0; i < sizeof got; i++)
		far_need(far_some(f, got + i, 1) == 1);
	far_need(head[0] == 5 && memcmp(got, want, sizeof got) == 0);
}

static void
http_request(struct far *f)
{
	char tail[4] = {0};

	far_expect(f, "CONNECT far.example.org:143 HTTP/1.");
	while (memcmp(tail, "\r\n\r\n", 4) != 0) {
		memmove(tail, tail + 1, 3);
		far_need(far_some(f, tail + 3, 1) == 1);
	}
}

static void
serve_proxy(struct far *f)
{
	const struct proxy *p = f->arg;
	struct buf b = {0};

	if (p->is_socks)
		socks_request(f);
	else
		http_request(f);
	buf_add(&b, p->answer, p->n);
	if (p->kind == ERR_NONE)
		buf_str(&b, "* OK hello\r\n");
	far_write(f, buf_view(&b));
	buf_free(&b);
	if (p->kind != ERR_NONE)
		return;
	far_expect(f, "a NOOP\r\n");
	far_say(f, "a OK\r\n");
	far_expect_end(f);
}

/* The environment's proxies and exceptions are the web's, not the mail's. */
START_TEST(proxies_lead_to_the_server)
{
	unsigned port;
	pid_t far = far_start(serve_proxy, &proxies[_i], &port);
	struct server srv = server_at(143, SERVER_TLS_NONE);
	char proxy[64];
	struct wire *w;
	struct err e = {0};

	snprintf(proxy, sizeof proxy, "%s://127.0.0.1:%u",
	    proxies[_i].is_socks ? "socks5h" : "http", port);
	srv.host = "far.example.org";
	srv.proxy = proxy;
	setenv("no_proxy", "*", 1);
	if (proxies[_i].kind == ERR_NONE) {
		w = opened(&srv);
		exchange(w);
		wire_close(w);
	} else {
		ck_assert_msg(why_not(false, &srv, &e) == proxies[_i].kind,
		    "%d %s", e.kind, e.text);
	}
	unsetenv("no_proxy");
	far_end(far);
}
END_TEST

START_TEST(the_environment_s_proxy_is_not_used)
{
	unsigned port;
	pid_t far;
	struct server srv;
	struct wire *w;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	far = far_start(serve_exchange, NULL, &port);
	srv = server_at(port, SERVER_TLS_NONE);
	w = opened(&srv);
	exchange(w);
	wire_close(w);
	far_end(far);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}
END_TEST

START_TEST(a_proxy_is_of_a_known_kind)
{
	static const char *const unknown[] = {"https://127.0.0.1:1",
	    "127.0.0.1:1", "", "ftp://127.0.0.1:1"};
	struct server srv = server_at(1, SERVER_TLS_NONE);
	struct err e = {0};

	for (size_t i = 0; i < COUNT(unknown); i++) {
		srv.proxy = unknown[i];
		ck_assert_int_eq(why_not(_i == 1, &srv, &e), ERR_CONFIG);
	}
}
END_TEST

/* Dials by a proxy that is silent. */
static void
meet_silence(bool is_carrier, struct server srv, const char *why)
{
	unsigned port;
	pid_t far = far_start(serve_silence, NULL, &port);
	char proxy[64];
	struct err e = {0};

	snprintf(proxy, sizeof proxy, "socks5h://127.0.0.1:%u", port);
	srv.proxy = proxy;
	ck_assert_int_eq(why_not(is_carrier, &srv, &e), ERR_TEMP);
	ck_assert_str_eq(e.text, why);
	kill(far, SIGKILL); /* that one may not have come to be let in */
	waitpid(far, NULL, 0);
}

START_TEST(a_silent_proxy_times_out)
{
	struct server srv = server_at(143, SERVER_TLS_NONE);

	srv.timeout_ms = SHORT_MS;
	meet_silence(_i == 1, srv, "timed out");
}
END_TEST

static bool
always(void)
{
	return true;
}

START_TEST(dialling_is_interrupted)
{
	struct server srv = server_at(143, SERVER_TLS_NONE);

	srv.stop = always;
	meet_silence(_i == 1, srv, "interrupted");
}
END_TEST

static void
serve_proxied_smtp(struct far *f)
{
	http_request(f);
	far_say(f, "HTTP/1.1 200 OK\r\nVia: proxy\r\n\r\n220 hello\r\n");
	far_expect(f, "EHLO me.example.org\r\n");
	far_say(f, "250 far.example.org\r\n");
	far_expect_end(f);
}

/* Its lines are the server's, none the proxy's; so is the trace. */
static void
note(void *arg, char direction, struct span line)
{
	buf_fmt(arg, "%c%.*s\n", direction, (int)line.n, line.p);
}

START_TEST(a_proxy_leads_the_carrier_too)
{
	unsigned port;
	pid_t far = far_start(serve_proxied_smtp, NULL, &port);
	struct server srv = server_at(143, SERVER_TLS_NONE);
	struct buf greeting = {0}, told = {0};
	char proxy[64];
	struct wire *w = NULL;
	struct err e = {0};

	snprintf(proxy, sizeof proxy, "http://ann:secret@127.0.0.1:%u", port);
	srv.scheme = "smtp";
	srv.host = "far.example.org";
	srv.helo = "me.example.org";
	srv.proxy = proxy;
	srv.trace = note;
	srv.trace_arg = &told;
	ck_assert_msg(carrier_open(&srv, &w, &greeting, &e) == 0, "%s",
	    e.text);
	unit_span(buf_view(&greeting), "220 hello\n250 far.example.org\n");
	ck_assert_ptr_null(strstr(buf_cstr(&told), "Proxy-Auth"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&told), ">EHLO "));
	buf_free(&greeting);
	buf_free(&told);
	wire_close(w);
	far_end(far);
}
END_TEST

/* Connections, good and bad, leave no descriptor behind. */
START_TEST(no_descriptor_is_left)
{
	unsigned port;
	pid_t far;
	struct server srv;
	struct err e = {0};
	int before, after;

	before = dup(0);
	close(before);
	for (int i = 0; i < 3; i++) {
		far = far_start(serve_exchange, NULL, &port);
		srv = server_at(port, SERVER_TLS_NONE);
		if (i == 1)
			srv.tls = SERVER_TLS_IMPLICIT;
		if (i == 2)
			srv.host = "127.0.0.1/";
		if (i == 0) {
			struct wire *w = opened(&srv);
			exchange(w);
			wire_close(w);
		} else {
			why_not(false, &srv, &e);
			kill(far, SIGKILL);
		}
		waitpid(far, NULL, 0);
	}
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}
END_TEST

/* What dials has no say in what it is believed. */
START_TEST(a_dialer_that_is_none)
{
	static const struct {
		const char *program;
		enum err_kind kind;
	} none[] = {
		{"tests/no-such-program", ERR_OS},
		{"true", ERR_OS},
		{"cat", ERR_SOFTWARE}, /* it answers with the question */
	};
	struct server srv = server_at(1, SERVER_TLS_NONE);
	struct err e = {0};
	int fd = -1;

	srv.dialer = none[_i].program;
	ck_assert_int_eq(dialer_connect(&srv, &fd, &e), -1);
	ck_assert_msg(e.kind == none[_i].kind, "%d %s", e.kind, e.text);
}
END_TEST

/* What satchel-dial says to a question of no tool's. */
START_TEST(strange_questions)
{
	static const char *const question[] = {"", "localhost\n", "a\nb\n\n1\n",
	    "a\n1\n\n\n", "a\n65536\n\n1\n"};
	struct err e = {0};
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_ne(write(pair[1], question[_i], strlen(question[_i])),
	    -1);
	shutdown(pair[1], SHUT_WR);
	ck_assert_int_eq(dialer_serve(pair[0], always, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* Nothing goes on dialling for a tool that was killed. */
START_TEST(nobody_waits_for_the_answer)
{
	int64_t begun_ms = clock_mono_ms();
	struct err e = {0};
	char question[96];
	unsigned port;
	pid_t far = far_start(serve_silence, NULL, &port), dialer;
	const char *const argv[] = {FAR_DIALER, NULL};
	int fd, status;

	snprintf(question, sizeof question,
	    "localhost\n143\n=socks5h://127.0.0.1:%u\n10000\n", port);
	ck_assert_int_eq(run_partner(argv, &fd, &dialer, &e), 0);
	ck_assert_int_ne(write(fd, question, strlen(question)), -1);
	close(fd);
	ck_assert_int_eq(run_end(dialer, &status, &e), 0);
	ck_assert_int_eq(status, ERR_IO);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 8000);
	kill(far, SIGKILL);
	waitpid(far, NULL, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dial");
	int rc;

	signal(SIGPIPE, SIG_IGN);
	far_certs();
	unit_each(s, nobody_listens, 2);
	unit_each(s, no_such_host, 2);
	unit_each(s, proxies_lead_to_the_server, COUNT(proxies));
	unit_test(s, the_environment_s_proxy_is_not_used);
	unit_each(s, a_proxy_is_of_a_known_kind, 2);
	unit_each(s, a_silent_proxy_times_out, 2);
	unit_test(s, a_proxy_leads_the_carrier_too);
	unit_test(s, no_descriptor_is_left);
	unit_each(s, a_dialer_that_is_none, 3);
	unit_each(s, dialling_is_interrupted, 2);
	unit_each(s, strange_questions, 5);
	unit_test(s, nobody_waits_for_the_answer);
	rc = unit_main(s);
	far_certs_remove();
	return rc;
}
