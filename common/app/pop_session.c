#include "app/diag.h"
#include "app/login.h"
#include "app/option.h"
#include "app/pop_session.h"
#include "net/apop.h"
#include "net/stream.h"

static int begin(struct pop_session *, struct err *);
static int start_tls(struct pop_session *, struct err *);
static int know(struct pop_session *, struct err *);
static void keep_stamp(struct pop_session *, struct span greeting);
static int ask_utf8(struct pop_session *, struct err *);
static int log_in(struct pop_session *, const struct account *, struct err *);
static void offers(const struct pop_session *, struct buf *);
static int authenticate(struct pop_session *, struct login *, struct err *);
static int converse(struct pop_session *, struct login *, struct err *);
static int answer(struct pop_session *, struct login *, struct span);
static int apop(struct pop_session *, struct login *, struct err *);
static int user_and_pass(struct pop_session *, struct login *, struct err *);
static void tell(struct pop_session *);

int
pop_session_open(struct pop_session *s, const struct account *a,
    const struct url *u, const char *tool, bool verbose, struct err *e)
{
	*s = (struct pop_session){.tool = tool};
	if (account_server(a, CONF_FETCH, u, &s->server, e) == -1)
		return -1;
	s->server.stop = option_interrupted;
	if (stream_open(&s->server, &s->wire, e) == -1)
		return -1;
	s->pop = pop_open(verbose);
	if (begin(s, e) == -1 || ask_utf8(s, e) == -1 ||
	    log_in(s, a, e) == -1 || know(s, e) == -1) {
		tell(s);
		pop_session_close(s);
		return -1;
	}
	return 0;
}

void
pop_session_close(struct pop_session *s)
{
	wire_close(s->wire);
	pop_close(s->pop);
	buf_free(&s->stamp);
	*s = (struct pop_session){0};
}

int
pop_session_next(struct pop_session *s, struct pop_event *ev, struct err *e)
{
	const struct machine m = {.self = s->pop, .pending = pop_pending,
	    .sent = pop_sent, .push = pop_push};
	int status;

	while ((status = pop_next(s->pop, ev, e)) == 0) {
		tell(s);
		if (wire_drive(s->wire, &m, e) == -1)
			return -1;
	}
	tell(s);
	return status == -1 ? -1 : 0;
}

int
pop_session_do(struct pop_session *s, const struct pop_ask *ask,
    struct err *e)
{
	struct pop_event ev;

	if (pop_ask(s->pop, ask, e) == -1)
		return -1;
	do {
		if (pop_session_next(s, &ev, e) == -1)
			return -1;
	} while (ev.on != POP_ON_DONE || pop_waiting(s->pop) > 0);
	return ev.is_ok ? 0 : pop_refused(&ev, e);
}

static int
begin(struct pop_session *s, struct err *e)
{
	struct pop_event ev;

	server_begins(&s->server, "greeting");
	do {
		if (pop_session_next(s, &ev, e) == -1)
			return -1;
	} while (ev.on != POP_ON_GREETING);
	server_note(&s->server, "greeting", ev.text);
	keep_stamp(s, ev.text);
	if (know(s, e) == -1)
		return -1;
	if (s->server.tls == SERVER_TLS_START &&
	    (start_tls(s, e) == -1 || know(s, e) == -1))
		return -1;
	server_note(&s->server, "capabilities",
	    span_trim(pop_capabilities(s->pop)));
	return 0;
}

static int
start_tls(struct pop_session *s, struct err *e)
{
	server_begins(&s->server, "tls");
	if (!pop_can(s->pop, "STLS"))
		return err_set(e, ERR_AUTH, "the server has no STLS");
	if (pop_session_do(s, &(struct pop_ask){.verb = POP_STLS}, e) == -1 ||
	    pop_stls(s->pop, e) == -1)
		return -1;
	return wire_starttls(s->wire, e);
}

/* CAPA; a server that has none of that can nothing of it. */
static int
know(struct pop_session *s, struct err *e)
{
	struct pop_event ev;

	if (pop_knows(s->pop))
		return 0;
	if (pop_ask(s->pop, &(struct pop_ask){.verb = POP_CAPA}, e) == -1)
		return -1;
	do {
		if (pop_session_next(s, &ev, e) == -1)
			return -1;
	} while (ev.on != POP_ON_DONE);
	return 0;
}

/* <process.clock@host>, where the server does APOP (RFC 1939, section 7). */
static void
keep_stamp(struct pop_session *s, struct span greeting)
{
	size_t start = span_chr(greeting, '<'), end;

	if (start == SPAN_NONE)
		return;
	greeting = span_from(greeting, start);
	end = span_chr(greeting, '>');
	if (end != SPAN_NONE &&
	    span_chr(span_sub(greeting, 0, end), '@') != SPAN_NONE)
		buf_span(&s->stamp, span_sub(greeting, 0, end + 1));
}

/*
 * RFC 6856: with the log-in, for after it is too late.  A server that does not
 * after all is taken as it is.
 */
static int
ask_utf8(struct pop_session *s, struct err *e)
{
	return !pop_can(s->pop, "UTF8") ? 0 :
	    pop_ask(s->pop, &(struct pop_ask){.verb = POP_UTF8}, e);
}

static int
log_in(struct pop_session *s, const struct account *a, struct err *e)
{
	struct buf offered = {0};
	struct login l;
	int status;

	offers(s, &offered);
	status = login_open(&l, a, CONF_FETCH, &s->server, "pop", true,
	    buf_view(&offered), e);
	buf_free(&offered);
	if (status == -1)
		return -1;
	s->login = &l;
	do
		status = authenticate(s, &l, e);
	while (status == -1 && login_again(&l, e));
	tell(s);
	s->login = NULL;
	login_close(&l);
	return status;
}

static void
offers(const struct pop_session *s, struct buf *out)
{
	pop_mechanisms(s->pop, out);
	buf_str(out, s->stamp.n > 0 ? " APOP USER" : " USER");
}

static int
authenticate(struct pop_session *s, struct login *l, struct err *e)
{
	int status;

	if (l->sasl != NULL)
		status = converse(s, l, e);
	else if (span_is(SPAN("APOP"), l->mechanism->name))
		status = apop(s, l, e);
	else
		status = user_and_pass(s, l, e);
	return status == 0 ? login_end(l, e) : login_refused(l, e);
}

static int
converse(struct pop_session *s, struct login *l, struct err *e)
{
	const struct pop_ask ask = {.verb = POP_AUTH,
	    .text = span_of(l->mechanism->name),
	    .secret = buf_view(&l->initial), .has_initial = l->has_initial};
	struct pop_event ev;

	if (pop_ask(s->pop, &ask, e) == -1)
		return -1;
	do {
		if (pop_session_next(s, &ev, e) == -1)
			return -1;
		if (ev.on == POP_ON_CHALLENGE && answer(s, l, ev.data) == -1)
			pop_cancel(s->pop);
	} while (ev.on != POP_ON_DONE || ev.verb == POP_UTF8);
	return ev.is_ok ? 0 : pop_refused(&ev, e);
}

static int
answer(struct pop_session *s, struct login *l, struct span challenge)
{
	struct buf out = {0};
	int status = login_answer(l, challenge, &out);

	if (status == 0)
		pop_answer(s->pop, buf_view(&out));
	buf_wipe(&out);
	return status;
}

static int
apop(struct pop_session *s, struct login *l, struct err *e)
{
	struct buf digest = {0};
	int status = apop_digest(buf_view(&s->stamp), buf_view(&l->secret),
	    &digest, e);

	if (status == 0)
		status = pop_session_do(s, &(struct pop_ask){.verb = POP_APOP,
		    .text = span_of(s->server.user),
		    .secret = buf_view(&digest)}, e);
	buf_wipe(&digest);
	return status;
}

static int
user_and_pass(struct pop_session *s, struct login *l, struct err *e)
{
	const struct pop_ask user = {.verb = POP_USER,
	    .text = span_of(s->server.user)},
	    pass = {.verb = POP_PASS, .secret = buf_view(&l->secret)};

	if (pop_session_do(s, &user, e) == -1)
		return -1;
	return pop_session_do(s, &pass, e);
}

static void
tell(struct pop_session *s)
{
	struct buf shown = {0};
	struct span line;
	char direction;

	while (pop_trace(s->pop, &direction, &line)) {
		login_mask(s->login, line, &shown);
		diag_trace(s->tool, direction, buf_view(&shown));
		buf_cut(&shown, 0);
	}
	buf_free(&shown);
}
