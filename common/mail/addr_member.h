/* What the readers of address lists share. */
#ifndef MAIL_ADDR_MEMBER_H
#define MAIL_ADDR_MEMBER_H

#include "mail/addr.h"
#include "text/charset.h"
#include "text/token.h"

/* One member of a list while it is read. */
struct addr_member {
	struct token *v; /* its tokens without comments */
	size_t n, cap;
	struct token comment; /* the last one; its raw is empty without */
	size_t angle;	      /* the token after the last "<"; 0 without */
	bool is_cut;	      /* it has more tokens */
	struct charset_pool *pool;
};

/* Where a list that must be right is; zero is its start. */
struct addr_strict {
	bool in_group;
	bool is_fresh; /* right after the ":" of a group */
	bool is_ended; /* right after the ";" of one */
};

/*
 * Checks the member before the separator, NUL at the end of the list: -1 is
 * ERR_USAGE.
 */
int addr_strict_step(struct addr_strict *, const struct addr_member *, char sep,
    struct err *);

/* -1 (ERR_USAGE) where a list is no UTF-8, or has a control character. */
int addr_strict_bytes(struct span, struct err *);

#endif
