#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "msend_session.h"
#include "host/clock.h"
#include "net/carrier.h"
#include "net/sasl.h"
#include "net/stream.h"

#define QUIT_WAIT_MS 2000 /* for an answer that changes nothing any more */

struct session {
	const struct server *server;
	struct wire *wire;
	struct smtp *smtp;
	struct machine machine;
	struct sasl *sasl;
	struct span secret;
	struct buf helo;
	bool is_secure, is_over;
};

static void name_us(struct session *);
static int connect_wire(struct session *, struct err *);
static int log_on(struct session *, struct err *);
static int ready(struct session *, bool *done, struct err *);
static int secure(struct session *, struct err *);
static int log_in(struct session *, struct err *);
static int answer_challenge(struct session *, struct span, struct err *);
static int refused(const char *what, const struct smtp_reply *,
    enum err_kind, struct err *);
static int move(struct session *, struct err *);
static int give(struct session *, struct smtp_mail *, struct span *content,
    bool *is_giving, struct err *);

int
session_open(const struct server *server, struct span secret,
    struct session **out, struct err *e)
{
	struct session *s = mem_alloc(1, sizeof *s);

	*out = NULL;
	s->server = server;
	s->secret = secret;
	s->machine = (struct machine){NULL, smtp_pending, smtp_sent, smtp_push};
	name_us(s);
	if (connect_wire(s, e) == -1 || log_on(s, e) == -1) {
		s->is_over = s->is_over || s->wire == NULL;
		session_close(s);
		if (e->kind == ERR_PROTO) /* nothing was sent yet */
			e->kind = ERR_TEMP;
		return -1;
	}
	sasl_close(s->sasl);
	s->sasl = NULL;
	*out = s;
	return 0;
}

const struct smtp_caps *
session_caps(const struct session *s)
{
	return smtp_caps(s->smtp);
}

int
session_send(struct session *s, struct smtp_mail *mail, struct span content,
    int (*hold)(void *, struct err *), void *arg, struct err *e)
{
	struct smtp_event event;
	bool is_giving = false;
	struct err ignored;
	int status;

	if (smtp_submit(s->smtp, mail, e) == -1)
		return -1;
	status = 0;
	for (;;) {
		if (smtp_next(s->smtp, &event) == 0) {
			if (give(s, mail, &content, &is_giving,
			    status == 0 ? e : &ignored) == 0)
				continue;
			status = -1;
			s->is_over = true;
			smtp_cut(s->smtp);
		} else if (event.kind == SMTP_CONTENT) {
			is_giving = true;
		} else if (event.kind == SMTP_HELD) {
			if (hold(arg, e) == 0) {
				smtp_release(s->smtp, mail);
				continue;
			}
			status = -1;
			s->is_over = true;
			smtp_cut(s->smtp);
		} else if (event.kind == SMTP_SETTLED)
			return status;
	}
}

void
session_close(struct session *s)
{
	struct smtp_event event = {.kind = SMTP_READY};
	struct err ignored;

	if (s == NULL)
		return;
	if (!s->is_over && s->smtp != NULL) {
		smtp_quit(s->smtp);
		if (s->wire->timeout_ms > QUIT_WAIT_MS)
			s->wire->timeout_ms = QUIT_WAIT_MS;
		while (event.kind != SMTP_CLOSED)
			if (smtp_next(s->smtp, &event) == 0 &&
			    move(s, &ignored) == -1)
				break;
	}
	wire_close(s->wire);
	smtp_free(s->smtp);
	sasl_close(s->sasl);
	buf_free(&s->helo);
	free(s);
}

/* EHLO's argument: this host's name as far as SMTP can say it. */
static void
name_us(struct session *s)
{
	struct smtp *probe;
	struct err e;

	clock_host(&s->helo);
	if (smtp_new(buf_cstr(&s->helo), false, &probe, &e) == 0) {
		smtp_free(probe);
		return;
	}
	buf_cut(&s->helo, 0);
	buf_str(&s->helo, "localhost");
}

/*
 * The carrier, where libcurl can open the connection; the stream for LMTP,
 * Unix sockets, tunnels and a libcurl that cannot.
 */
static int
connect_wire(struct session *s, struct err *e)
{
	bool is_lmtp = strcmp(s->server->scheme, "lmtp") == 0;
	struct server server = *s->server;
	struct buf greeting = {0};
	int status = -1;

	server.helo = buf_cstr(&s->helo);
	if (smtp_new(server.helo, is_lmtp, &s->smtp, e) == -1)
		return -1;
	s->machine.self = s->smtp;
	smtp_trace(s->smtp, server.trace, server.trace_arg);
	e->kind = ERR_SOFTWARE;
	if (!is_lmtp && server.socket == NULL && server.tunnel == NULL) {
		status = carrier_open(&server, &s->wire, &greeting, e);
		s->is_secure = status == 0 && server.tls != SERVER_TLS_NONE;
	}
	if (status == 0)
		status = smtp_given(s->smtp, buf_view(&greeting), e);
	else if (e->kind == ERR_SOFTWARE) {
		status = stream_open(s->server, &s->wire, e);
		s->is_secure = server.tls == SERVER_TLS_IMPLICIT;
	}
	buf_free(&greeting);
	return status;
}

/* From the first event to where mails may go. */
static int
log_on(struct session *s, struct err *e)
{
	struct smtp_event event;
	bool done = false;
	int status = 0;

	while (!done && status == 0) {
		if (smtp_next(s->smtp, &event) == 0) {
			status = move(s, e);
			continue;
		}
		switch (event.kind) {
		case SMTP_READY:
			status = ready(s, &done, e);
			break;
		case SMTP_TLS_GO:
			status = secure(s, e);
			break;
		case SMTP_CHALLENGE:
			status = answer_challenge(s, event.challenge, e);
			break;
		case SMTP_LOGGED_IN:
			done = true;
			break;
		case SMTP_TLS_REFUSED:
			status = refused("STARTTLS", event.reply, ERR_AUTH, e);
			break;
		case SMTP_LOGIN_REFUSED:
			status = refused("log-in", event.reply, ERR_AUTH, e);
			break;
		default:
			s->is_over = true;
			status = refused("the server", event.reply,
			    ERR_REFUSED, e);
		}
	}
	return status;
}

static int
ready(struct session *s, bool *done, struct err *e)
{
	const struct smtp_caps *caps = smtp_caps(s->smtp);

	if (s->server->tls == SERVER_TLS_START && !s->is_secure) {
		if (!caps->starttls)
			return err_set(e, ERR_AUTH,
			    "the server offers no TLS (STARTTLS)");
		return smtp_starttls(s->smtp, e);
	}
	if (s->server->user != NULL)
		return log_in(s, e);
	*done = true;
	return 0;
}

static int
secure(struct session *s, struct err *e)
{
	if (wire_starttls(s->wire, e) == -1) {
		s->is_over = true;
		return -1;
	}
	s->is_secure = true;
	return smtp_secured(s->smtp, e);
}

static int
log_in(struct session *s, struct err *e)
{
	const struct server *server = s->server;
	struct span offered = buf_view(&smtp_caps(s->smtp)->auth);
	struct sasl_options o = {.user = server->user, .forced = server->auth,
	    .service = "smtp", .host = server->host, .secret = s->secret,
	    .is_private = s->is_secure || server_is_private(server) ||
		server->is_insecure};
	struct buf initial = {0};
	struct span view;
	int status;

	if (offered.n == 0)
		return err_set(e, ERR_AUTH,
		    "the server offers no log-in (AUTH)");
	if (sasl_open(&o, offered, &s->sasl, e) == -1)
		return -1;
	if (!sasl_client_first(s->sasl))
		return smtp_auth(s->smtp, sasl_mechanism(s->sasl), NULL, e);
	status = sasl_step(s->sasl, SPAN(""), &initial, e);
	view = buf_view(&initial);
	if (status == 0)
		status = smtp_auth(s->smtp, sasl_mechanism(s->sasl), &view, e);
	buf_wipe(&initial);
	return status;
}

/* A challenge that we have no answer to is cancelled, and then refused. */
static int
answer_challenge(struct session *s, struct span challenge, struct err *e)
{
	struct buf response = {0};
	int status;

	if (sasl_step(s->sasl, challenge, &response, e) == -1)
		status = smtp_cancel(s->smtp, e);
	else
		status = smtp_respond(s->smtp, buf_view(&response), e);
	buf_wipe(&response);
	return status;
}

/* The server's own words; 4xx is temporary. */
static int
refused(const char *what, const struct smtp_reply *reply, enum err_kind kind,
    struct err *e)
{
	if (reply->code == 0)
		return err_set(e, ERR_TEMP, "the connection was cut");
	return err_set(e, reply->code / 100 == 4 ? ERR_TEMP : kind,
	    "%s: %d %s%s%s", what, reply->code, reply->enhanced,
	    reply->enhanced[0] == '\0' ? "" : " ", buf_cstr(&reply->text));
}

static int
move(struct session *s, struct err *e)
{
	if (wire_drive(s->wire, &s->machine, e) == 0)
		return 0;
	s->is_over = true;
	return -1;
}

/*
 * Gives what the machine takes of the content; sends and reads where that is
 * all for now.
 */
static int
give(struct session *s, struct smtp_mail *mail, struct span *content,
    bool *is_giving, struct err *e)
{
	size_t room;

	while (*is_giving && (room = smtp_room(s->smtp, mail)) > 0) {
		smtp_content(s->smtp, mail, span_sub(*content, 0, room));
		*content = span_from(*content, room);
		if (content->n == 0) {
			smtp_content_end(s->smtp, mail);
			*is_giving = false;
			return 0;
		}
	}
	if (*is_giving && smtp_pending(s->smtp).n > 0)
		return wire_flush(s->wire, &s->machine, e);
	return wire_drive(s->wire, &s->machine, e);
}
