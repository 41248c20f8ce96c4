#include <arpa/inet.h>
#include <string.h>

#include "net/wire.h"

bool
server_is_private(const struct server *s)
{
	struct in_addr four;
	struct in6_addr six;

	if (s->socket != NULL || s->tunnel != NULL)
		return true;
	if (s->proxy != NULL || s->host == NULL)
		return false;
	if (span_iis(span_of(s->host), "localhost"))
		return true;
	if (inet_pton(AF_INET, s->host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, s->host, &six) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&six);
}

void
server_begins(const struct server *s, const char *step)
{
	server_notes(s, step, NULL, 0);
}

void
server_note(const struct server *s, const char *step, struct span field)
{
	server_notes(s, step, &field, 1);
}

void
server_notes(const struct server *s, const char *step,
    const struct span *field, size_t n)
{
	if (s->watch != NULL)
		s->watch->note(s->watch->arg, step, field, n);
}
