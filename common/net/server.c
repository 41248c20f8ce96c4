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
