#include "proto/pop.h"

static bool means_later(struct span code);

int
pop_refused(const struct pop_event *ev, struct err *e)
{
	struct span text = ev->text.n > 0 ? ev->text : SPAN("-ERR");
	bool is_login = ev->verb == POP_AUTH || ev->verb == POP_APOP ||
	    ev->verb == POP_USER || ev->verb == POP_PASS;
	enum err_kind kind = ERR_REFUSED;

	if (means_later(ev->code))
		kind = ERR_TEMP;
	else if (span_iis(ev->code, "AUTH") ||
	    (is_login && !span_iis(ev->code, "SYS/PERM")))
		kind = ERR_AUTH;
	return err_set(e, kind, "the server says: %.*s", (int)text.n, text.p);
}

/* RFC 2449, section 8, and RFC 3206: trying again later may help. */
static bool
means_later(struct span code)
{
	return span_iis(code, "IN-USE") || span_iis(code, "LOGIN-DELAY") ||
	    span_iis(code, "SYS/TEMP");
}
