#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "net/address.h"
#include "net/idn.h"

#define HOST_MAX 253 /* bytes of a host's name (RFC 1035, 2.3.4) */

static bool is_host(struct span);
static enum err_kind kind_of_lookup(int code);

int
address_host(const struct server *srv, struct buf *out, struct err *e)
{
	const char *host = srv->host == NULL ? "" : srv->host;
	size_t at = out->n;

	if (is_host(span_of(host)))
		buf_str(out, host);
	else
		idn_ascii(host, out);
	if (!is_host(span_from(buf_view(out), at)))
		return err_set(e, ERR_CONFIG, "\"%s\" is no host name", host);
	return 0;
}

void
address_url(const char *scheme, const char *host, unsigned port,
    struct buf *out)
{
	buf_fmt(out, "%s://", scheme);
	if (strchr(host, ':') == NULL)
		buf_str(out, host);
	else
		buf_fmt(out, "[%s]", host);
	buf_fmt(out, ":%u/", port);
}

int
address_list(const struct server *srv, struct buf *out, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	struct buf host = {0};
	char address[INET6_ADDRSTRLEN];
	int code;

	if (address_host(srv, &host, e) == -1) {
		buf_free(&host);
		return -1;
	}
	code = getaddrinfo(buf_cstr(&host), NULL, &hints, &found);
	buf_free(&host);
	if (code != 0)
		return err_set(e, kind_of_lookup(code), "%s: %s", srv->host,
		    gai_strerror(code));
	for (struct addrinfo *a = found; a != NULL; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address,
			sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
			buf_fmt(out, "%s%s", a == found ? "" : " ", address);
	freeaddrinfo(found);
	return 0;
}

void
address_far_end(int fd, struct buf *out)
{
	struct sockaddr_storage far;
	socklen_t n = sizeof far;
	char address[INET6_ADDRSTRLEN], port[8];

	if (getpeername(fd, (struct sockaddr *)&far, &n) == -1 ||
	    getnameinfo((struct sockaddr *)&far, n, address, sizeof address,
		port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	if (far.ss_family == AF_INET6)
		buf_fmt(out, "[%s]:%s", address, port);
	else
		buf_fmt(out, "%s:%s", address, port);
}

/* What may stand in a URL as its host: a name in ASCII, or an address. */
static bool
is_host(struct span s)
{
	if (s.n == 0 || s.n > HOST_MAX || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) &&
		    strchr("-._:", s.p[i]) == NULL)
			return false;
	return true;
}

static enum err_kind
kind_of_lookup(int code)
{
	switch (code) {
	case EAI_AGAIN:
	case EAI_FAIL:
	case EAI_MEMORY:
	case EAI_SYSTEM:
		return ERR_TEMP;
	default:
		return ERR_NOHOST;
	}
}
