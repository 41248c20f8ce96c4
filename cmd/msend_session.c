#include <stdlib.h>
#include <string.h>

#include "app/login.h"
#include "base/mem.h"
#include "msend_session.h"
#include "host/clock.h"
#include "net/carrier.h"
#include "net/stream.h"

#define QUIT_WAIT_MS 2000 /* to get QUIT out, where there is no room */

struct session {
	const struct server *server;
	struct wire *wire;
	struct smtp *smtp;
	struct machine machine;
	const struct account *account;
	bool may_prompt;
	struct login login;
	bool is_logging_in;
	bool is_greeted; /* the server's first line has come */
	struct buf helo;
	bool is_secure, is_over;
	struct err why;		     /* it is over */
	struct session_mail *giving; /* whose content the machine takes */
	struct span rest;	     /* of it */
};

static void name_us(struct session *);
static int connect_wire(struct session *, struct err *);
static int log_on(struct session *, struct err *);
static int ready(struct session *, bool *done, struct err *);
static void note_caps(const struct server *, const struct smtp_caps *);
static int secure(struct session *, struct err *);
static int log_in(struct session *, struct err *);
static int authenticate(struct session *, struct err *);
static int answer(struct session *, struct span challenge, struct err *);
static int log_in_refused(struct session *, const struct smtp_reply *,
    struct err *);
static void show(void *, char direction, struct span line);
static int refused(const char *what, const struct smtp_reply *,
    enum err_kind, struct err *);
static int move(struct session *, struct err *);
static bool take_event(struct session *, const struct smtp_event *);
static bool give(struct session *);
static void turn(struct session *);

int
session_open(const struct server *server, const struct account *account,
    bool prompt, struct session **out, struct err *e)
{
	struct session *s = mem_alloc(1, sizeof *s);

	*out = NULL;
	s->server = server;
	s->account = account;
	s->may_prompt = prompt;
	s->machine = (struct machine){NULL, smtp_pending, smtp_sent, smtp_push};
	name_us(s);
	if (connect_wire(s, e) == -1 || log_on(s, e) == -1) {
		s->is_over = s->is_over || s->wire == NULL;
		session_close(s);
		if (e->kind == ERR_PROTO) /* nothing was sent yet */
			e->kind = ERR_TEMP;
		return -1;
	}
	s->is_logging_in = false;
	login_close(&s->login);
	*out = s;
	return 0;
}

const struct smtp_caps *
session_caps(const struct session *s)
{
	return smtp_caps(s->smtp);
}

int
session_submit(struct session *s, struct session_mail *mail, struct err *e)
{
	return smtp_submit(s->smtp, &mail->smtp, e);
}

int
session_next(struct session *s, bool may_wait, struct smtp_event *event)
{
	for (;;) {
		if (smtp_next(s->smtp, event) == 1) {
			if (take_event(s, event))
				return 1;
		} else if (!give(s)) {
			if (s->is_over || (!may_wait &&
			    smtp_pending(s->smtp).n == 0))
				return 0;
			turn(s);
		}
	}
}

void
session_release(struct session *s, struct session_mail *mail)
{
	smtp_release(s->smtp, &mail->smtp);
}

bool
session_is_over(const struct session *s)
{
	return s->is_over;
}

const struct err *
session_why(const struct session *s)
{
	return &s->why;
}

void
session_abort(struct session *s, const struct err *why)
{
	if (!s->is_over)
		s->why = *why;
	s->is_over = true;
	smtp_cut(s->smtp);
}

void
session_close(struct session *s)
{
	struct err ignored;

	if (s == NULL)
		return;
	if (!s->is_over && s->smtp != NULL) {
		smtp_quit(s->smtp);
		if (s->wire->timeout_ms > QUIT_WAIT_MS)
			s->wire->timeout_ms = QUIT_WAIT_MS;
		(void)wire_flush(s->wire, &s->machine, &ignored);
	}
	wire_close(s->wire);
	smtp_free(s->smtp);
	login_close(&s->login);
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
	if (server.trace != NULL || server.watch != NULL)
		smtp_trace(s->smtp, show, s);
	e->kind = ERR_SOFTWARE;
	/* a carrier's steps are libcurl's, and not told */
	if (!is_lmtp && server.socket == NULL && server.tunnel == NULL &&
	    server.watch == NULL) {
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

	server_begins(s->server, "greeting");
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
			status = answer(s, event.challenge, e);
			break;
		case SMTP_LOGGED_IN:
			done = true;
			status = login_end(&s->login, e);
			break;
		case SMTP_TLS_REFUSED:
			status = refused("STARTTLS", event.reply, ERR_AUTH, e);
			break;
		case SMTP_LOGIN_REFUSED:
			status = log_in_refused(s, event.reply, e);
			break;
		default:
			s->is_over = true;
			status = refused("the server", event.reply,
			    ERR_REFUSED, e);
			if (s->is_logging_in)
				(void)login_refused(&s->login, e);
		}
	}
	return status;
}

static int
ready(struct session *s, bool *done, struct err *e)
{
	const struct smtp_caps *caps = smtp_caps(s->smtp);

	if (s->server->tls == SERVER_TLS_START && !s->is_secure) {
		server_begins(s->server, "tls");
		if (!caps->starttls)
			return err_set(e, ERR_AUTH,
			    "the server offers no TLS (STARTTLS)");
		return smtp_starttls(s->smtp, e);
	}
	note_caps(s->server, caps);
	if (s->server->user != NULL || s->server->auth != NULL)
		return log_in(s, e);
	server_note(s->server, "login", SPAN("none"));
	*done = true;
	return 0;
}

static void
note_caps(const struct server *server, const struct smtp_caps *caps)
{
	const struct {
		bool is_there;
		const char *name;
	} known[] = {{caps->pipelining, "PIPELINING"},
	    {caps->chunking, "CHUNKING"}, {caps->eightbit, "8BITMIME"},
	    {caps->utf8, "SMTPUTF8"}, {caps->dsn, "DSN"},
	    {caps->enhanced, "ENHANCEDSTATUSCODES"},
	    {caps->has_size, "SIZE"}};
	struct buf names = {0};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].is_there)
			buf_fmt(&names, "%s%s", names.n > 0 ? " " : "",
			    known[i].name);
	if (caps->size_max > 0)
		buf_fmt(&names, "=%llu", (unsigned long long)caps->size_max);
	server_note(server, "capabilities", buf_view(&names));
	buf_free(&names);
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
	struct span offered = buf_view(&smtp_caps(s->smtp)->auth);

	server_begins(s->server, "mechanisms");
	if (offered.n == 0)
		return err_set(e, ERR_AUTH,
		    "the server offers no log-in (AUTH)");
	if (login_open(&s->login, s->account, CONF_SEND, s->server, "smtp",
		s->may_prompt, offered, e) == -1)
		return -1;
	s->is_logging_in = true;
	return authenticate(s, e);
}

static int
authenticate(struct session *s, struct err *e)
{
	const struct span initial = buf_view(&s->login.initial);

	return smtp_auth(s->smtp, s->login.mechanism->name,
	    s->login.has_initial ? &initial : NULL, e);
}

/* A challenge that we have no answer to is cancelled, and then refused. */
static int
answer(struct session *s, struct span challenge, struct err *e)
{
	struct buf response = {0};
	int status;

	if (login_answer(&s->login, challenge, &response) == -1)
		status = smtp_cancel(s->smtp, e);
	else
		status = smtp_respond(s->smtp, buf_view(&response), e);
	buf_wipe(&response);
	return status;
}

static int
log_in_refused(struct session *s, const struct smtp_reply *reply,
    struct err *e)
{
	(void)refused("log-in", reply, ERR_AUTH, e);
	(void)login_refused(&s->login, e);
	return login_again(&s->login, e) ? authenticate(s, e) : -1;
}

static void
show(void *arg, char direction, struct span line)
{
	struct session *s = arg;
	struct buf shown = {0};

	if (direction == '<' && !s->is_greeted) {
		s->is_greeted = true;
		server_note(s->server, "greeting", line);
	}
	if (s->server->trace == NULL)
		return;
	login_mask(s->is_logging_in ? &s->login : NULL, line, &shown);
	s->server->trace(s->server->trace_arg, direction, buf_view(&shown));
	buf_free(&shown);
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

/* True where the caller is to know of it. */
static bool
take_event(struct session *s, const struct smtp_event *event)
{
	struct session_mail *mail = (struct session_mail *)event->mail;
	const struct smtp_reply *closing = smtp_closing(s->smtp);
	struct err why;

	if (closing != NULL && !s->is_over) {
		(void)refused("the server", closing, ERR_TEMP, &why);
		session_abort(s, &why);
	}
	if (event->kind == SMTP_CONTENT) {
		s->giving = mail;
		s->rest = mail->content;
	} else if (event->kind == SMTP_SETTLED && s->giving == mail)
		s->giving = NULL; /* refused meanwhile */
	return event->kind == SMTP_HELD || event->kind == SMTP_SETTLED;
}

/* Gives what the machine takes of the content: false where that is none. */
static bool
give(struct session *s)
{
	size_t room = s->giving == NULL ? 0 :
	    smtp_room(s->smtp, &s->giving->smtp);

	if (room == 0)
		return false;
	smtp_content(s->smtp, &s->giving->smtp, span_sub(s->rest, 0, room));
	s->rest = span_from(s->rest, room);
	if (s->rest.n == 0) {
		smtp_content_end(s->smtp, &s->giving->smtp);
		s->giving = NULL;
	}
	return true;
}

/*
 * What is composed goes out before anything is waited for, so that the caller
 * works while it is on its way.
 */
static void
turn(struct session *s)
{
	struct err e;
	int status = smtp_pending(s->smtp).n > 0 ?
	    wire_flush(s->wire, &s->machine, &e) :
	    wire_drive(s->wire, &s->machine, &e);

	if (status == -1)
		session_abort(s, &e);
}
