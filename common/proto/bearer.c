#include "proto/bearer.h"

static int check(const struct bearer *, struct err *);
static void put_name(const char *, struct buf *);

/* RFC 7628, section 3.1: a GS2 header, then fields that a ^A ends. */
int
bearer_oauthbearer(const struct bearer *b, struct buf *out, struct err *e)
{
	if (check(b, e) == -1)
		return -1;
	buf_str(out, "n,a=");
	put_name(b->user, out);
	buf_fmt(out, ",\001host=%s\001port=%u\001auth=Bearer ", b->host,
	    b->port);
	buf_span(out, b->token);
	buf_str(out, "\001\001");
	return 0;
}

int
bearer_xoauth2(const struct bearer *b, struct buf *out, struct err *e)
{
	if (check(b, e) == -1)
		return -1;
	buf_fmt(out, "user=%s\001auth=Bearer ", b->user);
	buf_span(out, b->token);
	buf_str(out, "\001\001");
	return 0;
}

static int
check(const struct bearer *b, struct err *e)
{
	for (const char *c = b->user; *c != '\0'; c++)
		if (ascii_ctl(*c))
			return err_set(e, ERR_CONFIG,
			    "a user's name with a control in it");
	for (const char *c = b->host; *c != '\0'; c++)
		if (ascii_ctl(*c))
			return err_set(e, ERR_CONFIG,
			    "a host's name with a control in it");
	for (size_t i = 0; i < b->token.n; i++)
		if (b->token.p[i] <= ' ' || b->token.p[i] > '~')
			return err_set(e, ERR_AUTH,
			    "what should be an access token is none");
	if (b->token.n == 0)
		return err_set(e, ERR_AUTH, "the access token is empty");
	return 0;
}

/* A saslname (RFC 5801, section 4). */
static void
put_name(const char *name, struct buf *out)
{
	for (; *name != '\0'; name++)
		if (*name == ',')
			buf_str(out, "=2C");
		else if (*name == '=')
			buf_str(out, "=3D");
		else
			buf_char(out, *name);
}
