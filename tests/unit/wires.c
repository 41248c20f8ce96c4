/*
 * The two wires against each other: one mail, spoken by one machine over the
 * stream and over the carrier, is the same to the server and to us.
 */
#include "net/carrier.h"
#include "net/stream.h"
#include "proto/smtp.h"
#include "unit/near.h"

#define CONTENT "Subject: x\n\n.\nFrom here\nend"

static const char greeting[] =
    "220 mx.example.org\r\n";
static const char offered[] =
    "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n"
    "250 AUTH PLAIN LOGIN\r\n";

/* What every server of this test hears, whoever opened the connection. */
static void
serve_mail(struct far *f)
{
	far_expect(f, "AUTH PLAIN AGFubgBzZWNyZXQ=\r\n");
	far_say(f, "235 2.7.0 welcome\r\n");
	far_expect(f, "MAIL FROM:<ann@example.org>\r\n"
		      "RCPT TO:<bob@example.org>\r\n"
		      "RCPT TO:<no@example.org>\r\nDATA\r\n");
	far_say(f, "250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 not here\r\n");
	far_say(f, "354 go on\r\n");
	far_expect(f, "Subject: x\r\n\r\n..\r\nFrom here\r\nend\r\n.\r\n");
	far_say(f, "250 2.0.0 taken as 42\r\n");
	far_expect(f, "QUIT\r\n");
	far_say(f, "221 2.0.0 bye\r\n");
	far_bye(f);
}

static void
serve(struct far *f)
{
	enum server_tls tls = *(const enum server_tls *)f->arg;

	if (tls == SERVER_TLS_IMPLICIT)
		far_tls(f);
	far_say(f, greeting);
	far_expect(f, "EHLO me.example.org\r\n");
	if (tls == SERVER_TLS_START) {
		far_say(f, "250-mx.example.org\r\n250 STARTTLS\r\n");
		far_expect(f, "STARTTLS\r\n");
		far_say(f, "220 go\r\n");
		far_tls(f);
		far_expect(f, "EHLO me.example.org\r\n");
	}
	far_say(f, offered);
	serve_mail(f);
}

static void
log_outcome(const struct smtp_mail *mail, struct buf *log)
{
	for (size_t i = 0; i < mail->n; i++) {
		const struct smtp_rcpt *r = &mail->rcpt[i];

		buf_fmt(log, "%s %d %d %s\n", r->address, r->outcome,
		    r->reply.code, buf_cstr(&r->reply.text));
	}
}

/* One event; false when the session is over. */
static bool
take(struct wire *w, struct smtp *m, struct smtp_mail *mail,
    const struct smtp_event *ev, struct buf *log)
{
	const struct span secret = SPAN("\0ann\0secret");
	struct err e = {0};
	int r = 0;

	switch (ev->kind) {
	case SMTP_READY:
		if (smtp_caps(m)->starttls) {
			r = smtp_starttls(m, &e);
			break;
		}
		buf_fmt(log, "pipelining %d size %d auth %s\n",
		    smtp_caps(m)->pipelining, (int)smtp_caps(m)->size_max,
		    buf_cstr(&smtp_caps(m)->auth));
		r = smtp_auth(m, "PLAIN", &secret, &e);
		break;
	case SMTP_TLS_GO:
		r = wire_starttls(w, &e);
		if (r == 0)
			r = smtp_secured(m, &e);
		break;
	case SMTP_LOGGED_IN:
		r = smtp_submit(m, mail, &e);
		break;
	case SMTP_CONTENT:
		smtp_content(m, mail, SPAN(CONTENT));
		smtp_content_end(m, mail);
		break;
	case SMTP_HELD:
		smtp_release(m, mail);
		break;
	case SMTP_SETTLED:
		log_outcome(mail, log);
		smtp_quit(m);
		break;
	case SMTP_CLOSED:
		buf_fmt(log, "closed %d\n", ev->reply->code);
		return false;
	default:
		ck_abort_msg("event %d", ev->kind);
	}
	ck_assert_msg(r == 0, "%s", e.text);
	return true;
}

/* The whole conversation; what came of it is appended to log. */
static void
converse(struct wire *w, struct smtp *m, struct buf *log)
{
	const struct machine machine = {m, smtp_pending, smtp_sent, smtp_push};
	struct smtp_rcpt rcpt[] = {
	    {.address = "bob@example.org"}, {.address = "no@example.org"}};
	struct smtp_mail mail = {.from = "ann@example.org", .rcpt = rcpt,
	    .n = COUNT(rcpt)};
	struct smtp_event ev;
	struct err e = {0};
	bool goes_on = true;

	while (goes_on) {
		while (goes_on && smtp_next(m, &ev) == 1)
			goes_on = take(w, m, &mail, &ev, log);
		if (goes_on)
			ck_assert_msg(wire_drive(w, &machine, &e) == 0, "%s",
			    e.text);
	}
	smtp_mail_free(&mail);
}

static void
send_by(bool is_carried, enum server_tls tls, struct buf *log)
{
	unsigned port;
	pid_t far = far_start(serve, &tls, &port);
	struct server srv = server_at(port, tls);
	struct buf lines = {0};
	struct wire *w = NULL;
	struct smtp *m;
	struct err e = {0};
	int r;

	srv.scheme = "smtp";
	srv.helo = "me.example.org";
	r = is_carried ? carrier_open(&srv, &w, &lines, &e)
		       : stream_open(&srv, &w, &e);
	ck_assert_msg(r == 0, "%s", e.text);
	ck_assert_int_eq(smtp_new(srv.helo, false, &m, &e), 0);
	if (is_carried)
		ck_assert_int_eq(smtp_given(m, buf_view(&lines), &e), 0);
	converse(w, m, log);
	smtp_free(m);
	buf_free(&lines);
	wire_close(w);
	far_end(far);
}

static const enum server_tls manners[] = {
    SERVER_TLS_NONE, SERVER_TLS_IMPLICIT, SERVER_TLS_START};

START_TEST(one_mail_is_the_same_on_both)
{
	struct buf stream = {0}, carrier = {0};

	send_by(false, manners[_i], &stream);
	send_by(true, manners[_i], &carrier);
	unit_span(buf_view(&stream),
	    "pipelining 1 size 1000000 auth PLAIN LOGIN\n"
	    "bob@example.org 1 250 taken as 42\n"
	    "no@example.org 2 550 not here\n"
	    "closed 221\n");
	unit_span(buf_view(&carrier), buf_cstr(&stream));
	buf_free(&stream);
	buf_free(&carrier);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wires");
	int r;

	signal(SIGPIPE, SIG_IGN);
	far_certs();
	unit_each(s, one_mail_is_the_same_on_both, COUNT(manners));
	r = unit_main(s);
	far_certs_remove();
	return r;
}
