#include "app/login.h"

static int choose(struct login *, const struct server *, const char *service,
    struct span offered, struct err *);

int
login_open(struct login *l, const struct account *a, enum conf_side side,
    const struct server *s, const char *service, struct span offered,
    struct err *e)
{
	*l = (struct login){0};
	if (s->user == NULL)
		return err_set(e, ERR_CONFIG, "account %s: no user",
		    account_name(a));
	if (account_secret(a, side, s, true, &l->secret, e) == -1 ||
	    choose(l, s, service, offered, e) == -1) {
		login_close(l);
		return -1;
	}
	return 0;
}

void
login_close(struct login *l)
{
	sasl_close(l->sasl);
	buf_wipe(&l->secret);
	buf_wipe(&l->initial);
	*l = (struct login){0};
}

static int
choose(struct login *l, const struct server *s, const char *service,
    struct span offered, struct err *e)
{
	const struct sasl_options o = {.user = s->user, .forced = s->auth,
	    .service = service, .host = s->host,
	    .secret = buf_view(&l->secret),
	    .is_private = s->tls != SERVER_TLS_NONE || server_is_private(s) ||
		s->is_insecure};

	if (offered.n == 0 && s->auth == NULL) {
		if (!o.is_private)
			return err_set(e, ERR_AUTH,
			    "the password would be sent in the clear");
		return 0;
	}
	/* what is offered may be too new for us, and the old way still open */
	if (sasl_open(&o, offered, &l->sasl, e) == -1)
		return s->auth == NULL && o.is_private && e->kind == ERR_AUTH
		    ? 0
		    : -1;
	if (!sasl_client_first(l->sasl))
		return 0;
	l->has_initial = true;
	return sasl_step(l->sasl, SPAN(""), &l->initial, e);
}
