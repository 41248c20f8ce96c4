#include <stdlib.h>
#include <string.h>

#include "mail/header.h"
#include "msend_compose.h"

#define GOT_MAX 1000 /* addresses that are looked at for one of ours */

static const char *const own_fields[] = {"In-Reply-To", "References"};

static bool find_own(struct compose *, const char *address,
    struct addr_list *);
static bool is_given(const struct msend *, const char *field);
static void add_to(struct addr_list *, const struct addr_list *);

int
reply_open(struct compose *c, struct err *e)
{
	const char *name = c->m->answered;

	if (strcmp(name, "-") == 0)
		return err_set(e, ERR_USAGE, "-r -: standard input is the "
		    "text of the answer");
	return source_open(c->m, name, &c->answered, e);
}

bool
reply_sender(struct compose *c, struct addr_list *out)
{
	struct span body, header = header_split(c->answered.bytes, &body);
	struct addr_list got = {0};
	bool found = false;

	reply_got(header, &got);
	for (size_t i = 0; i < got.n && i < GOT_MAX && !found; i++)
		found = find_own(c, got.v[i].address, out);
	addr_list_free(&got);
	return found;
}

void
reply_take(struct compose *c, const struct addr_list *own)
{
	struct span body, header = header_split(c->answered.bytes, &body);
	const struct buf *value[] = {&c->reply.in_reply_to,
	    &c->reply.references};

	reply_make(header, own, c->m->is_to_all, &c->reply);
	add_to(&c->to, &c->reply.to);
	add_to(&c->cc, &c->reply.cc);
	if (c->m->subject == NULL)
		buf_span(&c->subject, buf_view(&c->reply.subject));
	for (size_t i = 0; i < 2; i++)
		if (value[i]->n > 0 && !is_given(c->m, own_fields[i]))
			c->field[c->fields++] = (struct build_field){
			    span_of(own_fields[i]), buf_view(value[i])};
}

void
reply_forwarded(struct compose *c, struct buf *subject)
{
	struct span body;

	for (size_t i = 0; i < c->m->parts; i++)
		if (c->m->part[i].is_forwarded) {
			reply_forward_subject(header_split(
			    c->file[i].source.bytes, &body), subject);
			return;
		}
}

/* The address as the account writes it that has it. */
static bool
find_own(struct compose *c, const char *address, struct addr_list *out)
{
	struct addr_list own = {0};
	struct account *account;
	struct err ignored;
	bool found = false;

	/* what is wrong with an account is told when it is used */
	if (account_find(c->m->config, address, &account, &ignored) == 0 &&
	    account_addresses(account, &own, &ignored) == 0)
		for (size_t i = 0; i < own.n && !found; i++) {
			found = !own.v[i].is_group && span_ieq(
			    span_of(own.v[i].address), span_of(address));
			if (found)
				addr_list_add(out, own.v[i].name,
				    own.v[i].address);
		}
	addr_list_free(&own);
	return found;
}

static bool
is_given(const struct msend *m, const char *field)
{
	for (size_t i = 0; i < m->fields; i++)
		if (span_iis(m->field[i].name, field))
			return true;
	return false;
}

static void
add_to(struct addr_list *to, const struct addr_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		addr_list_add(to, from->v[i].name, from->v[i].address);
}
