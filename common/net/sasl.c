#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/sasl.h"

struct mechanism {
	const char *name;
	bool is_client_first;
	bool shows_secret; /* to whoever listens */
};

struct sasl {
	const struct mechanism *mechanism;
	Gsasl *library;
	Gsasl_session *session;
	bool is_done; /* nothing is left to say */
};

/* The strongest first. */
static const struct mechanism mechanisms[] = {
	{"PLAIN", true, true},
	{"LOGIN", false, true},
};

static int choose(const struct sasl_options *, struct span offered,
    const struct mechanism **, struct err *);
static int check_forced(const char *, struct err *);
static bool is_offered(const struct mechanism *, struct span offered);
static int refuse(const struct sasl_options *, struct span offered,
    bool is_exposed, struct err *);
static int start(struct sasl *, const struct sasl_options *, struct err *);
static int fail(int code, struct err *);

int
sasl_open(const struct sasl_options *o, struct span offered,
    struct sasl **out, struct err *e)
{
	const struct mechanism *m = NULL;
	struct sasl *s;

	if (choose(o, offered, &m, e) == -1)
		return -1;
	if (memchr(o->secret.p == NULL ? "" : o->secret.p, '\0',
		o->secret.n) != NULL)
		return err_set(e, ERR_AUTH, "a secret with a NUL");
	s = mem_alloc(1, sizeof *s);
	s->mechanism = m;
	if (start(s, o, e) == -1) {
		sasl_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* The library frees its copy of the secret but does not wipe it. */
void
sasl_close(struct sasl *s)
{
	const char *secret;

	if (s == NULL)
		return;
	if (s->session != NULL) {
		secret = gsasl_property_fast(s->session, GSASL_PASSWORD);
		if (secret != NULL)
			mem_wipe((char *)secret, strlen(secret));
		gsasl_finish(s->session);
	}
	if (s->library != NULL)
		gsasl_done(s->library);
	free(s);
}

const char *
sasl_mechanism(const struct sasl *s)
{
	return s->mechanism->name;
}

bool
sasl_client_first(const struct sasl *s)
{
	return s->mechanism->is_client_first;
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
	code = gsasl_step(s->session, challenge.p, challenge.n, &answer, &n);
	s->is_done = code == GSASL_OK;
	if (code == GSASL_OK || code == GSASL_NEEDS_MORE)
		buf_add(out, answer, n);
	if (answer != NULL) {
		mem_wipe(answer, n);
		gsasl_free(answer);
	}
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return fail(code, e);
	return 0;
}

static int
choose(const struct sasl_options *o, struct span offered,
    const struct mechanism **out, struct err *e)
{
	bool is_exposed = false;

	if (o->forced != NULL && check_forced(o->forced, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
		const struct mechanism *m = &mechanisms[i];

		if (o->forced != NULL &&
		    !span_iis(span_of(o->forced), m->name))
			continue;
		if (!is_offered(m, offered))
			continue;
		if (o->is_private || !m->shows_secret) {
			*out = m;
			return 0;
		}
		is_exposed = true;
	}
	return refuse(o, offered, is_exposed, e);
}

static int
check_forced(const char *name, struct err *e)
{
	for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
		if (span_iis(span_of(name), mechanisms[i].name))
			return 0;
	return err_set(e, ERR_CONFIG, "auth: %s is no mechanism known here",
	    name);
}

static bool
is_offered(const struct mechanism *m, struct span offered)
{
	struct span name;

	while (span_cut(&offered, ' ', &name) == 1)
		if (span_iis(span_trim(name), m->name))
			return true;
	return false;
}

static int
refuse(const struct sasl_options *o, struct span offered, bool is_exposed,
    struct err *e)
{
	struct span names = span_trim(offered);

	if (is_exposed)
		return err_set(e, ERR_AUTH,
		    "every log-in would show the password to others: "
		    "the connection has no TLS");
	if (names.n == 0)
		return err_set(e, ERR_AUTH, "the server offers no log-in");
	return err_set(e, ERR_AUTH, "the server offers no %s, but %.*s",
	    o->forced != NULL ? o->forced : "log-in known here",
	    names.n > ERR_TEXT ? ERR_TEXT : (int)names.n, names.p);
}

static int
start(struct sasl *s, const struct sasl_options *o, struct err *e)
{
	const struct {
		Gsasl_property property;
		struct span value;
	} given[] = {
		{GSASL_AUTHID, span_of(o->user == NULL ? "" : o->user)},
		{GSASL_PASSWORD, o->secret},
		{GSASL_SERVICE, span_of(o->service == NULL ? "" : o->service)},
		{GSASL_HOSTNAME, span_of(o->host == NULL ? "" : o->host)},
	};
	int code = gsasl_init(&s->library);

	if (code == GSASL_OK)
		code = gsasl_client_start(s->library, s->mechanism->name,
		    &s->session);
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		if (code == GSASL_OK)
			code = gsasl_property_set_raw(s->session,
			    given[i].property,
			    given[i].value.p == NULL ? "" : given[i].value.p,
			    given[i].value.n);
	return code == GSASL_OK ? 0 : fail(code, e);
}

static int
fail(int code, struct err *e)
{
	enum err_kind kind = ERR_AUTH;

	if (code == GSASL_MALLOC_ERROR)
		kind = ERR_OS;
	else if (code == GSASL_UNKNOWN_MECHANISM)
		kind = ERR_SOFTWARE;
	else if (code == GSASL_MECHANISM_CALLED_TOO_MANY_TIMES ||
	    code == GSASL_MECHANISM_PARSE_ERROR)
		kind = ERR_PROTO;
	return err_set(e, kind, "log-in: %s", gsasl_strerror(code));
}
