/*
 * Address lists (RFC 5322, section 3.4, with the obsolete forms of section 4.4
 * and UTF-8 by RFC 6532).
 */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include "base/buf.h"
#include "base/err.h"
#include "base/memo.h"
#include "text/charset.h"
#include "text/token.h"

#define ADDR_LOCAL_MAX 64   /* octets of a local part, RFC 5321 4.5.3.1 */
#define ADDR_DOMAIN_MAX 255 /* octets of a domain */

struct addr {
	char *name;    /* display name, decoded UTF-8; "" if there is none */
	char *address; /* local@domain, the local part quoted where it must be;
			  without "@" where the mail has none; "" where there
			  is only a name, as in a group marker */
	bool is_group; /* a marker: the name of the group that follows */
};

/* Zero is an empty list. */
struct addr_list {
	struct addr *v;
	size_t n;
	size_t cap;
};

/*
 * Appends what a field's value names, leniently: broken members are taken as
 * far as they make sense and parsing goes on after the next comma.  Neither
 * names nor addresses ever hold a control character.
 */
void addr_parse(struct span value, struct addr_list *);

/*
 * Takes the first member off *rest, with the comma after it, where it is
 * written as most are: one address of ASCII, alone or in brackets behind a
 * name.  The spans are of *rest, and say what addr_parse would, the name when
 * addr_simple_name has decoded it; one that is not there is empty.  False
 * leaves *rest as it is: addr_parse knows what it is, and what follows.
 */
bool addr_simple(struct span *rest, struct span *name, struct span *address);
void addr_simple_name(struct span name, struct buf *out);

/*
 * Takes what is in front of the first comma off *rest, with the comma, and
 * appends what make makes of it.  False, and all stays as it is, where that is
 * nothing: make is to append nothing for what addr_simple does not take as a
 * whole, nor addr_alone.
 */
bool addr_first_put(struct span *rest, struct memo *, memo_make,
    struct buf *out);
/*
 * What addr_parse would say of the piece of a list in front of a comma, also
 * within the list; false where that depends on what is behind it.
 */
bool addr_alone(struct span piece, struct addr_list *);

/* addr_parse of a long list, a member at a time. */
struct addr_scan {
	struct token_scan tokens;
	struct charset_pool pool;
};

struct addr_scan addr_begin(struct span value);
/*
 * Frees what the list holds and fills it: 1, or 0 with none left, to which it
 * is to be called.
 */
int addr_next(struct addr_scan *, struct addr_list *);
/* The next member as addr_first_put takes it; else false. */
bool addr_next_put(struct addr_scan *, struct memo *, memo_make,
    struct buf *out);

/*
 * What a user gave: every member must be a valid address, a bare local name or
 * a group, with nothing left over; CR, LF, NUL and other controls are refused.
 * -1 is ERR_USAGE and leaves the list as it was.
 */
int addr_parse_strict(struct span, struct addr_list *, struct err *);

void addr_list_add(struct addr_list *, const char *name, const char *address);
void addr_list_free(struct addr_list *);

/*
 * Drops group markers, empty addresses and later repeats of an address (case
 * does not count in the domain); the order stays.
 */
void addr_list_unique(struct addr_list *);

/*
 * Appends one address as a header writes it: the name encoded or quoted as it
 * needs, the address in angle brackets where there is a name; column is how
 * far the line is already, folds are LF blank.  A group marker is an empty
 * group, "name:;".
 */
void addr_format(const struct addr *, size_t column, struct buf *out);
/* The same for people: UTF-8, nothing encoded. */
void addr_display(const struct addr *, struct buf *out);
/* And its name in no quotes, which is not to be parsed again. */
void addr_text(const struct addr *, struct buf *out);
/* Of what addr_simple gave. */
void addr_simple_text(struct span name, struct span address, struct buf *);

/* The part after the last unquoted "@"; empty if there is none. */
struct span addr_domain(const char *address);

/* True where only RFC 6531 (SMTPUTF8) can carry it: a local part not ASCII. */
bool addr_needs_utf8(const char *address);

#endif
