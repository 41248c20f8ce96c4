#include <sys/un.h>

#include "host/clock.h"
#include "unit/near.h"

#define SHORT_MS 100

static void
serve_exchange_start(struct far *f)
{
	far_expect(f, "STARTTLS\r\n");
	far_say(f, "OK\r\n");
	far_tls(f);
	serve_exchange(f);
}

static void
start_tls(struct wire *w)
{
	struct talk t = {0};
	struct err e = {0};

	ck_assert_msg(ask(w, &t, "STARTTLS\r\n", 4, &e) == 0, "%s", e.text);
	ck_assert_msg(wire_starttls(w, &e) == 0, "%s", e.text);
	talk_free(&t);
}

START_TEST(exchanges)
{
	static const struct {
		far_serve serve;
		enum server_tls tls;
	} ways[] = {{serve_exchange, SERVER_TLS_NONE},
	    {serve_exchange_tls, SERVER_TLS_IMPLICIT},
	    {serve_exchange_start, SERVER_TLS_START}};
	unsigned port;
	pid_t far = far_start(ways[_i / 2].serve, _i % 2 == 0 ? NULL : "split",
	    &port);
	struct server srv = server_at(port, ways[_i / 2].tls);
	struct wire *w = opened(&srv);

	if (srv.tls == SERVER_TLS_START)
		start_tls(w);
	exchange(w);
	wire_close(w);
	far_end(far);
}
END_TEST

START_TEST(tls_starts_once)
{
	unsigned port;
	pid_t far = far_start(serve_exchange_tls, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);
	struct wire *w = opened(&srv);
	struct err e = {0};

	exchange(w);
	ck_assert_int_eq(wire_starttls(w, &e), -1);
	ck_assert_int_eq(e.kind, ERR_SOFTWARE);
	wire_close(w);
	far_end(far);
}
END_TEST

static void
serve_injection(struct far *f)
{
	far_say(f, "OK\r\nOK injected\r\n");
	far_expect_end(f);
}

/* The machine has read the consent and no more; the rest is in the socket. */
START_TEST(plaintext_before_tls_is_refused)
{
	unsigned port;
	pid_t far = far_start(serve_injection, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_START);
	struct wire *w = opened(&srv);
	struct err e = {0};
	char line[4];
	size_t got = 0;

	ck_assert_int_eq(wire_wait(w, false, wire_until(LONG_MS), &e), 1);
	ck_assert_int_eq(wire_read(w, line, sizeof line, &got, &e), 1);
	ck_assert_uint_eq(got, sizeof line);
	ck_assert_int_eq(wire_starttls(w, &e), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	wire_close(w);
	far_end(far);
}
END_TEST

static void
serve_cut(struct far *f)
{
	const char *how = f->arg;

	if (how[0] == 't')
		far_tls(f);
	far_expect(f, "x");
	far_say(f, "* OK hel");
	if (how[1] == 'c')
		far_bye(f);
	else if (how[1] == 'f')
		shutdown(f->fd, SHUT_WR);
	else
		far_reset(f);
	if (f->fd != -1)
		far_expect_end(f);
}

/* Plain or TLS; closed, FIN without close_notify, RST. */
START_TEST(every_end_is_a_cut)
{
	static const char *const hows[] = {"pc", "pr", "tc", "tf", "tr"};
	unsigned port;
	pid_t far = far_start(serve_cut, hows[_i], &port);
	struct server srv = server_at(port, hows[_i][0] == 't' ?
	    SERVER_TLS_IMPLICIT : SERVER_TLS_NONE);
	struct wire *w = opened(&srv);
	struct talk t = {0};
	struct err e = {0};

	ck_assert_int_eq(ask(w, &t, "x", 12, &e), -1);
	if (hows[_i][1] != 'r')
		unit_span(buf_view(&t.in), "* OK hel");
	ck_assert_msg(e.kind == ERR_TEMP, "%d %s", e.kind, e.text);
	ck_assert_str_eq(e.text, "connection closed by the server");
	talk_free(&t);
	wire_close(w);
	far_end(far);
}
END_TEST

static void
serve_cut_in_handshake(struct far *f)
{
	char c;

	far_need(far_some(f, &c, 1) == 1);
	if (f->arg != NULL)
		far_reset(f);
}

START_TEST(a_cut_in_the_handshake_is_temporary)
{
	unsigned port;
	pid_t far = far_start(serve_cut_in_handshake, _i == 0 ? NULL : "reset",
	    &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);

	refused(&srv, ERR_TEMP, "closed by the server");
	far_end(far);
}
END_TEST

static void
serve_deafness(struct far *f)
{
	struct pollfd p = {.fd = f->fd, .events = 0};

	if (f->arg != NULL)
		far_tls(f);
	far_need(poll(&p, 1, -1) == 1);
}

static void
times_out(const struct server *srv, size_t out)
{
	struct wire *w = opened(srv);
	struct talk t = {0};
	struct machine m = machine_of(&t);
	struct err e = {0};
	int64_t from;

	w->timeout_ms = SHORT_MS;
	from = clock_mono_ms();
	memset(buf_room(&t.out, out), 'x', out);
	buf_grew(&t.out, out);
	if (out > 0)
		ck_assert_int_eq(wire_flush(w, &m, &e), -1);
	else
		ck_assert_int_eq(wire_drive(w, &m, &e), -1);
	ck_assert_msg(e.kind == ERR_TEMP, "%s", e.text);
	ck_assert_str_eq(e.text, "timed out");
	ck_assert_int_ge(clock_mono_ms() - from, SHORT_MS);
	talk_free(&t);
	wire_close(w);
}

START_TEST(silence_times_out)
{
	unsigned port;
	pid_t far = far_start(serve_silence, _i == 0 ? NULL : "tls", &port);
	struct server srv = server_at(port,
	    _i == 0 ? SERVER_TLS_NONE : SERVER_TLS_IMPLICIT);

	times_out(&srv, 0);
	far_end(far);
}
END_TEST

START_TEST(deafness_times_out)
{
	unsigned port;
	pid_t far = far_start(serve_deafness, _i == 0 ? NULL : "tls", &port);
	struct server srv = server_at(port,
	    _i == 0 ? SERVER_TLS_NONE : SERVER_TLS_IMPLICIT);

	times_out(&srv, 4 * BIG);
	kill(far, SIGKILL);
	waitpid(far, NULL, 0);
}
END_TEST

START_TEST(a_silent_handshake_times_out)
{
	unsigned port;
	pid_t far = far_start(serve_silence, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);

	srv.timeout_ms = SHORT_MS;
	refused(&srv, ERR_TEMP, "timed out");
	far_end(far);
}
END_TEST

static void
serve_big_tls(struct far *f)
{
	if (f->arg != NULL)
		far_tls(f);
	serve_big(f);
}

START_TEST(both_sides_may_write)
{
	unsigned port;
	pid_t far = far_start(serve_big_tls, _i == 0 ? NULL : "tls", &port);
	struct server srv = server_at(port,
	    _i == 0 ? SERVER_TLS_NONE : SERVER_TLS_IMPLICIT);
	struct wire *w = opened(&srv);

	exchange_big(w);
	wire_close(w);
	far_end(far);
}
END_TEST

/* One more read than the socket shows: TLS held it back. */
static void
serve_record(struct far *f)
{
	char block[8000];

	far_tls(f);
	memset(block, 'z', sizeof block);
	far_write(f, span_at(block, sizeof block));
	far_expect_end(f);
}

START_TEST(what_tls_holds_is_read)
{
	unsigned port;
	pid_t far = far_start(serve_record, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);
	struct wire *w = opened(&srv);
	struct err e = {0};
	char c;
	size_t n = 0, got = 0;
	int rc;

	while (n < 8000) {
		rc = wire_read(w, &c, 1, &got, &e);
		ck_assert_msg(rc != -1, "%s", e.text);
		if (rc == 1)
			n += got;
		else
			ck_assert_int_eq(wire_wait(w, false,
			    wire_until(LONG_MS), &e), 1);
	}
	ck_assert_int_eq(wire_read(w, &c, 1, &got, &e), 0);
	wire_close(w);
	far_end(far);
}
END_TEST

static void
serve_refusal(struct far *f)
{
	char c;

	far_need(far_some(f, &c, 1) == 1);
	far_say(f, "554 no\r\n");
	far_bye(f);
	while (far_some(f, &c, 1) == 1)
		continue;
}

/* The server's last words come before the end of the connection. */
START_TEST(last_words_are_heard)
{
	unsigned port;
	pid_t far = far_start(serve_refusal, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_NONE);
	struct wire *w = opened(&srv);
	struct talk t = {0};
	struct machine m = machine_of(&t);
	struct err e = {0};

	ck_assert_int_eq(ask(w, &t, "x", 8, &e), 0);
	unit_span(buf_view(&t.in), "554 no\r\n");
	ck_assert_int_eq(wire_drive(w, &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	talk_free(&t);
	wire_close(w);
	far_end(far);
}
END_TEST

static void
serve_nonsense(struct far *f)
{
	far_say(f, "nonsense\r\n");
	far_expect_end(f);
}

START_TEST(the_machine_s_error_ends_the_drive)
{
	unsigned port;
	pid_t far = far_start(serve_nonsense, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_NONE);
	struct wire *w = opened(&srv);
	struct talk t = {0};
	struct err e = {0};

	ck_assert_int_eq(ask(w, &t, "", 1, &e), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	ck_assert_str_eq(e.text, "nonsense");
	talk_free(&t);
	wire_close(w);
	far_end(far);
}
END_TEST

static pid_t
unix_start(const char *path, far_serve serve)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(un.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return far_fork(fd, serve, NULL);
}

/* The name is checked in ASCII, whatever leads to the server. */
START_TEST(a_unix_socket_serves)
{
	pid_t far = unix_start("socket",
	    _i == 0 ? serve_exchange : serve_exchange_tls);
	struct server srv = server_at(0,
	    _i == 0 ? SERVER_TLS_NONE : SERVER_TLS_IMPLICIT);
	struct wire *w;

	srv.socket = "socket";
	srv.host = _i == 0 ? NULL : "B\303\274cher.example";
	w = opened(&srv);
	exchange(w);
	wire_close(w);
	far_end(far);
	refused(&srv, ERR_TEMP, "socket: ");
	unlink("socket");
	refused(&srv, ERR_TEMP, "socket: ");
	srv.socket = "a-path/longer/than/what/a/socket/can/have/for/its/name/"
		     "which/is/about/a/hundred/bytes/and/so/is/an/error/here";
	refused(&srv, ERR_CONFIG, "too long");
	srv.proxy = "http://127.0.0.1:1";
	refused(&srv, ERR_CONFIG, "proxy");
}
END_TEST

START_TEST(a_tunnel_serves)
{
	struct server srv = server_at(0, SERVER_TLS_NONE);
	struct wire *w;
	struct talk t = {0};
	struct err e = {0};

	srv.tunnel = "echo hello; read -r line; echo \"$line\"";
	w = opened(&srv);
	ck_assert_int_eq(ask(w, &t, "", 6, &e), 0);
	ck_assert_int_eq(ask(w, &t, "a NOOP\n", 13, &e), 0);
	unit_span(buf_view(&t.in), "hello\na NOOP\n");
	ck_assert_int_eq(ask(w, &t, "", 14, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	wire_close(w);
	talk_free(&t);
	srv.proxy = "http://127.0.0.1:1";
	refused(&srv, ERR_CONFIG, "proxy");
}
END_TEST

START_TEST(a_tunnel_that_stays_is_ended)
{
	static const char *const commands[] = {
		"echo ready; exec sleep 1000",
		"trap '' TERM; echo ready; exec sleep 1000",
	};
	struct server srv = server_at(0, SERVER_TLS_NONE);
	struct wire *w;
	struct talk t = {0};
	struct err e = {0};

	srv.tunnel = commands[_i];
	w = opened(&srv);
	ck_assert_int_eq(ask(w, &t, "", 6, &e), 0);
	wire_close(w);
	talk_free(&t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stream");
	int rc;

	far_certs();
	unit_each(s, exchanges, 6);
	unit_test(s, tls_starts_once);
	unit_test(s, plaintext_before_tls_is_refused);
	unit_each(s, every_end_is_a_cut, 5);
	unit_each(s, a_cut_in_the_handshake_is_temporary, 2);
	unit_each(s, silence_times_out, 2);
	unit_each(s, deafness_times_out, 2);
	unit_test(s, a_silent_handshake_times_out);
	unit_each(s, both_sides_may_write, 2);
	unit_test(s, what_tls_holds_is_read);
	unit_test(s, last_words_are_heard);
	unit_test(s, the_machine_s_error_ends_the_drive);
	unit_each(s, a_unix_socket_serves, 2);
	unit_test(s, a_tunnel_serves);
	unit_each(s, a_tunnel_that_stays_is_ended, 2);
	rc = unit_main(s);
	far_certs_remove();
	return rc;
}
