#include "app/diag.h"
#include "app/imap_cache.h"
#include "app/imap_session.h"
#include "app/login.h"
#include "app/option.h"
#include "net/deflate.h"
#include "net/stream.h"

static int next(struct imap_session *, struct imap_event *,
    const int64_t *quiet_ms, struct err *);
static bool tells_news(const struct imap_event *, uint32_t exists,
    bool any_change);
static int begin(struct imap_session *, bool *known, struct err *);
static int start_tls(struct imap_session *, struct err *);
static int know(struct imap_session *, struct err *);
static int settle(struct imap_session *, struct err *);
static int say_who(struct imap_session *, struct err *);
static void remember(const struct imap_session *);
static int compress(struct imap_session *, struct err *);
static int log_in(struct imap_session *, const struct account *,
    struct err *);
static void offers(const struct imap_session *, struct buf *);
static int authenticate(struct imap_session *, struct login *, struct err *);
static int converse(struct imap_session *, struct login *, struct err *);
static int ask_early(struct imap_session *, const struct login *,
    struct err *);
static int ask_beside(struct imap_session *, struct err *);
static int assume(struct imap_session *, struct span capabilities,
    struct err *);
static int answer(struct imap_session *, struct login *, struct span);
static void alert(const struct imap_session *, struct span text);
static void tell(struct imap_session *);
static struct machine machine_of(struct imap_session *);

int
imap_session_open(struct imap_session *s, const struct account *a,
    const struct url *u, const char *tool, bool verbose, struct err *e)
{
	const struct imap_early nothing = {0};

	return imap_session_open_early(s, a, u, tool, verbose, &nothing, e);
}

int
imap_session_open_early(struct imap_session *s, const struct account *a,
    const struct url *u, const char *tool, bool verbose,
    const struct imap_early *early, struct err *e)
{
	bool is_known = false;

	*s = (struct imap_session){.tool = tool, .early = early,
	    .compresses = account_yes(a, "compress", CONF_FETCH)};
	if (account_server(a, CONF_FETCH, u, &s->server, e) == -1)
		return -1;
	s->server.stop = option_interrupted;
	if (stream_open(&s->server, &s->wire, e) == -1)
		return -1;
	s->imap = imap_open(verbose);
	if (begin(s, &is_known, e) == -1 ||
	    (!is_known && log_in(s, a, e) == -1) || settle(s, e) == -1) {
		tell(s);
		imap_session_close(s);
		return -1;
	}
	s->early = NULL;
	return 0;
}

void
imap_session_close(struct imap_session *s)
{
	const struct machine m = machine_of(s);
	struct err ignored;

	/* it may have said by now what it can */
	if (s->is_early && !s->is_over && imap_knows(s->imap))
		remember(s);
	if (s->imap != NULL && !s->is_over &&
	    imap_ask(s->imap, &(struct imap_ask){.verb = IMAP_LOGOUT}, NULL,
		&ignored) == 0) {
		/* what was asked is done; whether it hears us is its matter */
		if (wire_flush(s->wire, &m, &ignored) == 0)
			tell(s);
	}
	wire_close(s->wire);
	imap_close(s->imap);
	*s = (struct imap_session){0};
}

bool
imap_session_is_at_rest(const struct imap_session *s)
{
	return s->imap != NULL && !s->is_over && imap_waiting(s->imap) == 0;
}

int
imap_session_next(struct imap_session *s, struct imap_event *ev,
    struct err *e)
{
	return next(s, ev, NULL, e) == -1 ? -1 : 0;
}

int
imap_session_idle(struct imap_session *s, bool any_change, int64_t until_ms,
    struct err *e)
{
	const struct imap_ask idle = {.verb = IMAP_IDLE};
	uint32_t exists = imap_mailbox(s->imap)->exists;
	bool is_idling = false, is_news = false;
	struct imap_event ev;
	int came;

	if (imap_ask(s->imap, &idle, NULL, e) == -1)
		return -1;
	do {
		came = next(s, &ev, is_idling ? &until_ms : NULL, e);
		if (came == -1)
			return -1;
		if (came == 1 && tells_news(&ev, exists, any_change))
			is_news = true;
		/* what is removed makes room for what comes */
		exists = imap_mailbox(s->imap)->exists;
		if (came == 1 && ev.on == IMAP_ON_IDLING)
			is_idling = true;
		if (is_idling && (came == 0 || is_news)) {
			imap_idle_end(s->imap);
			is_idling = false;
		}
	} while (came == 0 || ev.on != IMAP_ON_DONE ||
	    ev.verb != IMAP_IDLE);
	if (ev.status != IMAP_OK)
		return imap_refused(&ev, e);
	return is_news ? 1 : 0;
}

int
imap_session_wait(struct imap_session *s, int64_t until_ms, struct err *e)
{
	const struct machine m = machine_of(s);
	int status;

	tell(s);
	status = wire_drive_until(s->wire, &m, until_ms, e);
	s->is_over = s->is_over || status == -1;
	return status;
}

int
imap_session_do(struct imap_session *s, const struct imap_ask *ask,
    struct err *e)
{
	struct imap_event ev;
	unsigned tag;

	if (imap_ask(s->imap, ask, &tag, e) == -1)
		return -1;
	do {
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
	} while (ev.on != IMAP_ON_DONE || ev.tag != tag);
	return ev.status == IMAP_OK ? 0 : imap_refused(&ev, e);
}

/* 1 with the next event, 0 where quiet_ms has come before it, -1. */
static int
next(struct imap_session *s, struct imap_event *ev, const int64_t *quiet_ms,
    struct err *e)
{
	const struct machine m = machine_of(s);
	int status, moved = 1;

	while ((status = imap_next(s->imap, ev, e)) == 0 && moved == 1) {
		tell(s);
		moved = quiet_ms != NULL ?
		    wire_drive_until(s->wire, &m, *quiet_ms, e) :
		    wire_drive(s->wire, &m, e) == -1 ? -1 : 1;
	}
	tell(s);
	if (status == -1 || moved == -1) {
		s->is_over = true;
		return -1;
	}
	if (status == 1 && ev->on == IMAP_ON_ALERT)
		alert(s, ev->text);
	/* nothing depends on it */
	if (status == 1 && ev->verb == IMAP_ID)
		ev->status = IMAP_OK;
	return status;
}

static bool
tells_news(const struct imap_event *ev, uint32_t exists, bool any_change)
{
	if (ev->on == IMAP_ON_EXISTS)
		return any_change || ev->number > exists;
	return any_change && (ev->on == IMAP_ON_EXPUNGE ||
	    ev->on == IMAP_ON_VANISHED || ev->on == IMAP_ON_MESSAGE);
}

/* Compression, our name, and what is early, where it was not asked yet. */
static int
settle(struct imap_session *s, struct err *e)
{
	int status = 0;

	if (!s->is_early && !imap_knows(s->imap))
		status = ask_beside(s, e);
	if (status == 0 && !s->is_early)
		status = know(s, e);
	if (status == 0 && s->compresses)
		status = compress(s, e);
	if (status == 0 && !s->is_early)
		status = say_who(s, e);
	if (status == -1 || s->early->ask == NULL)
		return status;
	if (s->is_early)
		return 0;
	remember(s);
	return s->early->ask(s->early->arg, s, e);
}

static void
remember(const struct imap_session *s)
{
	struct buf before = {0};

	if (imap_cache_read(&s->server, &before) == -1 ||
	    !span_eq(buf_view(&before), imap_capabilities(s->imap)))
		imap_cache_write(&s->server, imap_capabilities(s->imap));
	buf_free(&before);
}

/*
 * RFC 2971: some servers open no mailbox for a client without a name.  The
 * answer is waited for by nobody.
 */
static int
say_who(struct imap_session *s, struct err *e)
{
	if (!imap_can(s->imap, "ID"))
		return 0;
	return imap_ask(s->imap, &(struct imap_ask){.verb = IMAP_ID,
	    .words = SPAN("(\"name\" \"satchel\" \"version\" \""
		SATCHEL_VERSION "\")")}, NULL, e);
}

/* A server that cannot, or will not now, is spoken to as it is. */
static int
compress(struct imap_session *s, struct err *e)
{
	struct imap_event ev;
	struct buf rest = {0};
	int status;

	if (!imap_can(s->imap, "COMPRESS=DEFLATE"))
		return 0;
	if (imap_ask(s->imap, &(struct imap_ask){.verb = IMAP_COMPRESS}, NULL,
		e) == -1)
		return -1;
	do {
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
	} while (ev.on != IMAP_ON_DONE);
	if (ev.status != IMAP_OK)
		return 0;
	status = imap_compress(s->imap, &rest, e);
	if (status == 0)
		status = deflate_open(s->wire, buf_view(&rest), &s->wire, e);
	buf_free(&rest);
	return status;
}

/* The greeting, TLS, and what the server can. */
static int
begin(struct imap_session *s, bool *known, struct err *e)
{
	struct imap_event ev;

	server_begins(&s->server, "greeting");
	do {
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
	} while (ev.on != IMAP_ON_GREETING);
	server_note(&s->server, "greeting", ev.text);
	*known = ev.status == IMAP_PREAUTH;
	if (s->server.tls == SERVER_TLS_START) {
		/* logged in already, a server takes no STARTTLS any more */
		if (*known)
			return err_set(e, ERR_AUTH,
			    "the server goes on without STARTTLS");
		if (know(s, e) == -1 || start_tls(s, e) == -1)
			return -1;
	}
	if (know(s, e) == -1)
		return -1;
	server_note(&s->server, "capabilities", imap_capabilities(s->imap));
	if (*known)
		server_note(&s->server, "login", SPAN("PREAUTH"));
	return 0;
}

static int
start_tls(struct imap_session *s, struct err *e)
{
	server_begins(&s->server, "tls");
	if (!imap_can(s->imap, "STARTTLS"))
		return err_set(e, ERR_AUTH, "the server has no STARTTLS");
	if (imap_session_do(s, &(struct imap_ask){.verb = IMAP_STARTTLS}, e) ==
		-1 || imap_starttls(s->imap, e) == -1)
		return -1;
	return wire_starttls(s->wire, e);
}

static int
know(struct imap_session *s, struct err *e)
{
	if (imap_knows(s->imap))
		return 0;
	return imap_session_do(s, &(struct imap_ask){.verb = IMAP_CAPABILITY},
	    e);
}

static int
log_in(struct imap_session *s, const struct account *a, struct err *e)
{
	struct buf offered = {0};
	struct login l;
	int status;

	offers(s, &offered);
	status = login_open(&l, a, CONF_FETCH, &s->server, "imap", true,
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

/* LOGIN, the command, goes by the name of USER. */
static void
offers(const struct imap_session *s, struct buf *out)
{
	imap_mechanisms(s->imap, out);
	if (!imap_can(s->imap, "LOGINDISABLED"))
		buf_str(out, " USER");
}

static int
authenticate(struct imap_session *s, struct login *l, struct err *e)
{
	const struct imap_ask ask = {.verb = IMAP_LOGIN,
	    .name = span_of(s->server.user), .secret = buf_view(&l->secret)};
	int status;

	if (l->sasl != NULL)
		status = converse(s, l, e);
	else
		status = imap_session_do(s, &ask, e);
	return status == 0 ? login_end(l, e) : login_refused(l, e);
}

static int
converse(struct imap_session *s, struct login *l, struct err *e)
{
	const struct imap_ask ask = {.verb = IMAP_AUTHENTICATE,
	    .name = span_of(l->mechanism->name),
	    .secret = buf_view(&l->initial), .has_initial = l->has_initial};
	const bool is_whole = ask.has_initial && imap_can(s->imap, "SASL-IR");
	struct imap_event ev;

	if (imap_ask(s->imap, &ask, NULL, e) == -1 ||
	    (is_whole && ask_early(s, l, e) == -1))
		return -1;
	do {
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
		if (ev.on != IMAP_ON_CHALLENGE)
			continue;
		if (answer(s, l, ev.data) == -1)
			imap_cancel(s->imap);
		else if (is_whole && ask_early(s, l, e) == -1)
			return -1;
	} while (ev.on != IMAP_ON_DONE);
	if (ev.verb != ask.verb)
		return err_set(e, ERR_PROTO,
		    "the server answers what comes after the log-in first");
	return ev.status == IMAP_OK ? 0 : imap_refused(&ev, e);
}

/*
 * What the server can is taken from the last time, once the log-in is said.  A
 * token may be refused and asked for anew: on this connection, so alone.  Cyrus
 * loses its place in what it has read when AUTHENTICATE succeeds, and with it
 * what came in one piece with the last response.
 */
static int
ask_early(struct imap_session *s, const struct login *l, struct err *e)
{
	struct buf known = {0};
	int status = 0;

	if (s->is_early || !s->early->may || s->compresses ||
	    !login_is_said(l) || imap_cache_read(&s->server, &known) == -1)
		return 0;
	if (!imap_is_cyrus(buf_view(&known)))
		status = assume(s, buf_view(&known), e);
	if (status == 0 && s->is_early)
		status = s->early->ask(s->early->arg, s, e);
	buf_free(&known);
	return status;
}

/*
 * A server that after log-in does not say what it can is asked, and together
 * with that for what goes by what it could last time.
 */
static int
ask_beside(struct imap_session *s, struct err *e)
{
	struct buf known = {0};
	int status;

	if (!s->early->may || s->compresses ||
	    imap_cache_read(&s->server, &known) == -1)
		return 0;
	status = imap_ask(s->imap, &(struct imap_ask){.verb = IMAP_CAPABILITY},
	    NULL, e);
	if (status == 0)
		status = assume(s, buf_view(&known), e);
	if (status == 0)
		status = s->early->ask(s->early->arg, s, e);
	buf_free(&known);
	return status;
}

static int
assume(struct imap_session *s, struct span capabilities, struct err *e)
{
	s->is_early = true;
	imap_assume(s->imap, capabilities);
	return say_who(s, e);
}

static int
answer(struct imap_session *s, struct login *l, struct span challenge)
{
	struct buf out = {0};
	int status = login_answer(l, challenge, &out);

	if (status == 0)
		imap_answer(s->imap, buf_view(&out));
	buf_wipe(&out);
	return status;
}

static void
alert(const struct imap_session *s, struct span text)
{
	struct buf shown = {0};

	login_mask(s->login, text, &shown);
	diag(s->tool, "%s says: %s", s->server.host, buf_cstr(&shown));
	buf_free(&shown);
}

static void
tell(struct imap_session *s)
{
	struct buf shown = {0};
	struct span line;
	char direction;

	while (imap_trace(s->imap, &direction, &line)) {
		login_mask(s->login, line, &shown);
		diag_trace(s->tool, direction, buf_view(&shown));
		buf_cut(&shown, 0);
	}
	buf_free(&shown);
}

static struct machine
machine_of(struct imap_session *s)
{
	return (struct machine){.self = s->imap, .pending = imap_pending,
	    .sent = imap_sent, .push = imap_push};
}
