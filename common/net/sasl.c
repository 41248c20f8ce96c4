#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/sasl.h"
#include "proto/bearer.h"

#define SAID_MAX 4096		/* bytes of the server's words on a token */
#define ITERATIONS_MAX 1000000	/* SCRAM's: about a second's work */

struct sasl {
	const struct sasl_mechanism *mechanism;
	Gsasl *library; /* NULL for a token's mechanisms */
	Gsasl_session *session;
	struct buf message; /* theirs, until it is said */
	struct buf said;    /* what the server said to it */
	bool is_done;	    /* nothing is left to say */
};

/* The strongest first. */
static const struct sasl_mechanism mechanisms[] = {
	{"EXTERNAL", SASL_NOTHING, true, false, false, false},
	{"OAUTHBEARER", SASL_TOKEN, true, true, false, false},
	{"XOAUTH2", SASL_TOKEN, true, true, false, false},
	{"SCRAM-SHA-256", SASL_PASSWORD, true, false, false, false},
	{"SCRAM-SHA-1", SASL_PASSWORD, true, false, false, false},
	{"PLAIN", SASL_PASSWORD, true, true, false, false},
	{"LOGIN", SASL_PASSWORD, false, true, false, false},
	{"CRAM-MD5", SASL_PASSWORD, false, false, false, false},
	{"USER", SASL_PASSWORD, false, true, true, false},
	{"GSSAPI", SASL_NOTHING, true, false, false, true},
	{"APOP", SASL_PASSWORD, false, false, true, true},
};

#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

static int choose_asked(const struct sasl_options *, struct span offered,
    const struct sasl_mechanism **, bool *is_exposed, struct err *);
static bool fits(const struct sasl_options *, const struct sasl_mechanism *);
static bool is_exposed_by(const struct sasl_options *,
    const struct sasl_mechanism *, bool is_asked);
static bool is_offered(const struct sasl_mechanism *, struct span offered);
static int next_name(struct span *rest, struct span *name);
static int refuse(const struct sasl_options *, struct span offered,
    bool is_exposed, struct err *);
static int compose(struct sasl *, const struct sasl_options *, struct err *);
static int start(struct sasl *, const struct sasl_options *, struct err *);
static int say_token(struct sasl *, struct span challenge, struct buf *);
static bool is_scram(const struct sasl *);
static bool is_too_costly(struct span challenge);
static void wipe_property(Gsasl_session *, Gsasl_property);
static int fail(const struct sasl *, int code, struct err *);

const struct sasl_mechanism *
sasl_named(struct span name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (span_iis(name, mechanisms[i].name))
			return &mechanisms[i];
	return NULL;
}

int
sasl_choose(const struct sasl_options *o, struct span offered,
    const struct sasl_mechanism **out, struct err *e)
{
	bool is_exposed = false;

	*out = NULL;
	if (o->server->auth != NULL) {
		if (choose_asked(o, offered, out, &is_exposed, e) == -1)
			return -1;
	} else {
		for (size_t i = 0; *out == NULL && i < MECHANISMS; i++) {
			const struct sasl_mechanism *m = &mechanisms[i];

			if (m->is_asked || !fits(o, m) ||
			    !is_offered(m, offered))
				continue;
			if (is_exposed_by(o, m, false))
				is_exposed = true;
			else
				*out = m;
		}
	}
	return *out != NULL ? 0 : refuse(o, offered, is_exposed, e);
}

int
sasl_open(const struct sasl_mechanism *m, const struct sasl_options *o,
    struct sasl **out, struct err *e)
{
	struct sasl *s;
	int status;

	if (o->secret.n > 0 && memchr(o->secret.p, '\0', o->secret.n) != NULL)
		return err_set(e, ERR_AUTH, "a secret with a NUL");
	s = mem_alloc(1, sizeof *s);
	s->mechanism = m;
	if (m->secret == SASL_TOKEN)
		status = compose(s, o, e);
	else
		status = start(s, o, e);
	if (status == -1) {
		sasl_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* The library frees its copies of secrets but does not wipe them. */
void
sasl_close(struct sasl *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL) {
		wipe_property(s->session, GSASL_PASSWORD);
		wipe_property(s->session, GSASL_SCRAM_SALTED_PASSWORD);
		gsasl_finish(s->session);
	}
	if (s->library != NULL)
		gsasl_done(s->library);
	buf_wipe(&s->message);
	buf_free(&s->said);
	free(s);
}

int
sasl_step(struct sasl *s, struct span challenge, struct buf *out,
    struct err *e)
{
	char *answer = NULL;
	size_t n = 0;
	int code;

	/* PLAIN would say all of itself again */
	if (s->is_done)
		return err_set(e, ERR_PROTO, "a challenge after the log-in");
	if (s->mechanism->secret == SASL_TOKEN)
		return say_token(s, challenge, out);
	if (is_scram(s) && is_too_costly(challenge))
		return err_set(e, ERR_AUTH,
		    "the server demands over %d rounds of hashing",
		    ITERATIONS_MAX);
	code = gsasl_step(s->session, challenge.p, challenge.n, &answer, &n);
	s->is_done = code == GSASL_OK;
	if (code == GSASL_OK || code == GSASL_NEEDS_MORE)
		buf_add(out, answer, n);
	if (answer != NULL) {
		mem_wipe(answer, n);
		gsasl_free(answer);
	}
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return fail(s, code, e);
	return 0;
}

bool
sasl_is_said(const struct sasl *s)
{
	return s->is_done;
}

int
sasl_end(const struct sasl *s, struct err *e)
{
	if (s->is_done || (!is_scram(s) &&
	    !span_is(SPAN("GSSAPI"), s->mechanism->name)))
		return 0;
	return err_set(e, ERR_AUTH,
	    "the server has not proved that it knows the secret");
}

struct span
sasl_said(const struct sasl *s)
{
	return buf_view(&s->said);
}

/* What the account asks for, in its order. */
static int
choose_asked(const struct sasl_options *o, struct span offered,
    const struct sasl_mechanism **out, bool *is_exposed, struct err *e)
{
	struct span rest = span_of(o->server->auth), name;
	const struct sasl_mechanism *m;

	while (next_name(&rest, &name) == 1) {
		m = sasl_named(name);
		if (m == NULL)
			break;
		if (*out != NULL || !is_offered(m, offered))
			continue;
		if (is_exposed_by(o, m, true))
			*is_exposed = true;
		else
			*out = m;
	}
	if (name.n == 0)
		return 0;
	*out = NULL;
	return err_set(e, ERR_CONFIG, "auth: %.*s is no mechanism known here",
	    (int)(name.n < 80 ? name.n : 80), name.p);
}

/* Whether it can be meant where nothing is asked for. */
static bool
fits(const struct sasl_options *o, const struct sasl_mechanism *m)
{
	if (m->secret == SASL_NOTHING)
		return o->server->tls_cert != NULL &&
		    o->server->tls != SERVER_TLS_NONE;
	return o->server->user != NULL &&
	    (m->secret == SASL_TOKEN) == o->has_token;
}

static bool
is_exposed_by(const struct sasl_options *o, const struct sasl_mechanism *m,
    bool is_asked)
{
	const struct server *s = o->server;

	return m->shows_secret && s->tls == SERVER_TLS_NONE &&
	    !server_is_private(s) && !(is_asked && s->is_insecure);
}

static bool
is_offered(const struct sasl_mechanism *m, struct span offered)
{
	struct span name;

	while (next_name(&offered, &name) == 1)
		if (span_iis(name, m->name))
			return true;
	return false;
}

/* Names that blanks or commas part: 1 with one, 0 at the end. */
static int
next_name(struct span *rest, struct span *name)
{
	size_t n = 0;

	while (rest->n > 0 && (ascii_blank(rest->p[0]) || rest->p[0] == ','))
		*rest = span_from(*rest, 1);
	while (n < rest->n && !ascii_blank(rest->p[n]) && rest->p[n] != ',')
		n++;
	*name = span_sub(*rest, 0, n);
	*rest = span_from(*rest, n);
	return n > 0;
}

static int
refuse(const struct sasl_options *o, struct span offered, bool is_exposed,
    struct err *e)
{
	struct span names = span_trim(offered);
	const char *wanted = "log-in that fits";

	if (is_exposed)
		return err_set(e, ERR_AUTH,
		    "every log-in would show the password to others: "
		    "the connection has no TLS");
	if (names.n == 0)
		return err_set(e, ERR_AUTH, "the server offers no log-in");
	if (o->server->auth != NULL)
		wanted = o->server->auth;
	else if (o->server->user == NULL)
		return err_set(e, ERR_CONFIG, "no user to log in as");
	else if (o->has_token)
		wanted = "OAUTHBEARER or XOAUTH2";
	return err_set(e, ERR_AUTH, "the server offers no %s, but %.*s",
	    wanted, names.n > ERR_TEXT ? ERR_TEXT : (int)names.n, names.p);
}

static int
compose(struct sasl *s, const struct sasl_options *o, struct err *e)
{
	const struct server *v = o->server;
	const struct bearer b = {v->user == NULL ? "" : v->user,
	    v->host == NULL ? "" : v->host, v->port, o->secret};

	/* room for all of it at once: no copy is left behind unwiped */
	buf_room(&s->message, 3 * strlen(b.user) + strlen(b.host) +
	    b.token.n + 64);
	if (span_is(SPAN("XOAUTH2"), s->mechanism->name))
		return bearer_xoauth2(&b, &s->message, e);
	return bearer_oauthbearer(&b, &s->message, e);
}

/* A password has an owner; a certificate or a ticket may act as another. */
static int
start(struct sasl *s, const struct sasl_options *o, struct err *e)
{
	const struct server *v = o->server;
	bool is_password = s->mechanism->secret == SASL_PASSWORD;
	const struct {
		Gsasl_property property;
		struct span value;
		bool is_set;
	} given[] = {
		{is_password ? GSASL_AUTHID : GSASL_AUTHZID,
		    span_of(v->user == NULL ? "" : v->user),
		    is_password || v->user != NULL},
		{GSASL_PASSWORD, o->secret, is_password},
		{GSASL_SERVICE, span_of(o->service), true},
		{GSASL_HOSTNAME, span_of(v->host == NULL ? "" : v->host),
		    true},
	};
	int code = gsasl_init(&s->library);

	if (code == GSASL_OK)
		code = gsasl_client_start(s->library, s->mechanism->name,
		    &s->session);
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		if (code == GSASL_OK && given[i].is_set)
			code = gsasl_property_set_raw(s->session,
			    given[i].property,
			    given[i].value.p == NULL ? "" : given[i].value.p,
			    given[i].value.n);
	return code == GSASL_OK ? 0 : fail(s, code, e);
}

/*
 * The message; then, as the server explains why it refuses it, the dummy that
 * lets it do so (RFC 7628, section 3.2.3; XOAUTH2's is empty).
 */
static int
say_token(struct sasl *s, struct span challenge, struct buf *out)
{
	if (s->message.n > 0) {
		buf_span(out, buf_view(&s->message));
		buf_wipe(&s->message);
		return 0;
	}
	buf_span(&s->said, span_sub(challenge, 0, SAID_MAX));
	if (span_is(SPAN("OAUTHBEARER"), s->mechanism->name))
		buf_char(out, '\001');
	s->is_done = true;
	return 0;
}

static bool
is_scram(const struct sasl *s)
{
	return span_starts(span_of(s->mechanism->name), SPAN("SCRAM-"));
}

/* A server may not have us hash for hours (RFC 5802, section 5.1: i=). */
static bool
is_too_costly(struct span challenge)
{
	struct span attribute;
	uint64_t n;

	while (span_cut(&challenge, ',', &attribute) == 1)
		if (span_starts(attribute, SPAN("i=")) &&
		    !span_num(span_from(attribute, 2), ITERATIONS_MAX, &n))
			return true;
	return false;
}

static void
wipe_property(Gsasl_session *session, Gsasl_property property)
{
	const char *value = gsasl_property_fast(session, property);

	if (value != NULL)
		mem_wipe((char *)value, strlen(value));
}

static int
fail(const struct sasl *s, int code, struct err *e)
{
	enum err_kind kind = ERR_AUTH;

	if (code == GSASL_UNKNOWN_MECHANISM)
		return err_set(e, ERR_CONFIG,
		    "the libgsasl that is installed has no %s",
		    s->mechanism->name);
	if (code == GSASL_AUTHENTICATION_ERROR && is_scram(s))
		return err_set(e, ERR_AUTH,
		    "the server cannot prove that it knows the secret");
	if (code == GSASL_MALLOC_ERROR)
		kind = ERR_OS;
	else if (code == GSASL_MECHANISM_CALLED_TOO_MANY_TIMES ||
	    code == GSASL_MECHANISM_PARSE_ERROR)
		kind = ERR_PROTO;
	return err_set(e, kind, "log-in: %s", gsasl_strerror(code));
}
