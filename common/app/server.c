#include <string.h>

#include "app/account_config.h"

#define TIMEOUT_SEC 60
#define TIMEOUT_MAX_SEC 86400

static const char *choose_auth(const struct account *, enum conf_side,
    const struct url *);
static int choose_tls(const struct account *, enum conf_side,
    const struct url *, struct server *, struct err *);

int
account_server(const struct account *a, enum conf_side side,
    const struct url *u, struct server *s, struct err *e)
{
	int64_t seconds = account_number(a, "timeout", side, TIMEOUT_SEC);

	*s = (struct server){.scheme = url_scheme_name(u->scheme),
	    .host = u->host, .port = url_port(u), .socket = u->path,
	    .tunnel = account_get(a, "tunnel", side),
	    .proxy = account_get(a, "proxy", side),
	    .dialer = a->config->dialer,
	    .tls_ca = account_get(a, "tls-ca", side),
	    .tls_cert = account_get(a, "tls-cert", side),
	    .tls_key = account_get(a, "tls-key", side),
	    .tls_pin = account_get(a, "tls-pin", side),
	    .auth = choose_auth(a, side, u),
	    .user = u->user != NULL ? u->user : account_get(a, "user", side),
	    .is_insecure = account_yes(a, "insecure", side),
	    .watch = a->config->watch};
	if (u->has_password)
		return err_set(e, ERR_CONFIG,
		    "a URL never holds a password; use password-command");
	if (seconds < 1 || seconds > TIMEOUT_MAX_SEC)
		return err_set(e, ERR_CONFIG, "timeout is 1 to %d seconds",
		    TIMEOUT_MAX_SEC);
	s->timeout_ms = (int)seconds * 1000;
	return choose_tls(a, side, u, s, e);
}

/*
 * A URL may leave it to us, by ";AUTH=*" (RFC 5092, section 3.2), and marks
 * POP3's own by a "+" (RFC 2384, section 4).
 */
static const char *
choose_auth(const struct account *a, enum conf_side side, const struct url *u)
{
	if (u->auth == NULL || strcmp(u->auth, "*") == 0)
		return account_get(a, "auth", side);
	return u->auth[0] == '+' ? u->auth + 1 : u->auth;
}

/*
 *	scheme	tls		connection
 *	…s	unset, yes	TLS from its first byte
 *	…s	no		a contradiction
 *	other	yes		STARTTLS
 *	other	no		in the clear: private, or insecure = yes
 *	other	unset		STARTTLS; in the clear on a Unix socket
 */
static int
choose_tls(const struct account *a, enum conf_side side, const struct url *u,
    struct server *s, struct err *e)
{
	const char *tls = account_get(a, "tls", side);
	bool is_off = tls != NULL && strcmp(tls, "no") == 0;

	if (url_is_implicit_tls(u->scheme)) {
		s->tls = SERVER_TLS_IMPLICIT;
		if (is_off)
			return err_set(e, ERR_CONFIG, "tls = no with %s:",
			    s->scheme);
		return 0;
	}
	s->tls = SERVER_TLS_START;
	if (is_off || (tls == NULL && s->socket != NULL))
		s->tls = SERVER_TLS_NONE;
	if (s->tls != SERVER_TLS_NONE || server_is_private(s) ||
	    s->is_insecure)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "tls = no is only for loopback, a Unix socket or a tunnel "
	    "(or insecure = yes)");
}
