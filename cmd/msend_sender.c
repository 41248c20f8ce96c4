#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "msend_compose.h"

static bool is_null(const char *);
static int take(const char *, enum err_kind, bool is_one, struct addr_list *,
    struct err *);
static int take_ready(struct compose *, struct err *);
static int take_account(struct compose *, struct addr_list *own,
    struct err *);
static void set_from(struct compose *);
static int qualify(struct compose *, const struct addr_list *own,
    struct err *);
static void copy_first(struct addr_list *, const struct addr_list *);

/*
 * The sender is -f's, else -H's From, else the address of ours that what is
 * answered came to, else the ready message's, else SATCHEL_FROM's, else the
 * account's; the account is the one that has it.
 */
int
sender_find(struct compose *c, struct err *e)
{
	const struct msend *m = c->m;
	const char *env = getenv("SATCHEL_FROM");
	struct addr_list own = {0};
	bool is_bounce = m->is_ready && m->from != NULL && is_null(m->from);
	int status = 0;

	if (m->header_from != NULL)
		status = take(m->header_from, ERR_USAGE, true, &c->from, e);
	if (status == 0 && m->from != NULL && !is_bounce)
		status = take(m->from, ERR_USAGE, true, &c->sender, e);
	else if (status == 0 && !is_bounce)
		copy_first(&c->sender, &c->from);
	if (status == 0 && c->sender.n == 0 && m->is_ready)
		status = take_ready(c, e);
	if (status == 0 && c->sender.n == 0 && m->answered != NULL)
		reply_sender(c, &c->sender);
	if (status == 0 && c->sender.n == 0 && env != NULL)
		status = take(env, ERR_CONFIG, false, &c->sender, e);
	if (status == 0)
		status = take_account(c, &own, e);
	if (status == 0)
		set_from(c);
	if (status == 0 && is_bounce)
		addr_list_free(&c->sender);
	if (status == 0)
		status = qualify(c, &own, e);
	if (status == 0 && m->answered != NULL) {
		copy_first(&own, &c->sender);
		reply_take(c, &own);
	}
	addr_list_free(&own);
	return status;
}

/* "" and "<>" are who gets no answer: the sender of reports. */
static bool
is_null(const char *s)
{
	struct span address = span_trim(span_of(s));

	return address.n == 0 || span_is(address, "<>");
}

/* One address, or the first of a list. */
static int
take(const char *s, enum err_kind kind, bool is_one, struct addr_list *out,
    struct err *e)
{
	struct addr_list list = {0};

	if (addr_parse_strict(span_of(s), &list, e) == -1) {
		e->kind = kind;
		return err_wrap(e, "the sender");
	}
	if (list.n == 0 || list.v[0].is_group || (is_one && list.n > 1)) {
		addr_list_free(&list);
		return err_set(e, kind, "the sender \"%s\" is not one address",
		    s);
	}
	copy_first(out, &list);
	addr_list_free(&list);
	return 0;
}

static int
take_ready(struct compose *c, struct err *e)
{
	const struct ready_add none = {.from = "", .message_id = ""};
	struct ready found;
	int status = ready_make(buf_view(&c->input), &none, &found, e);

	if (status == 0)
		copy_first(&c->sender, &found.from);
	ready_free(&found);
	return status;
}

/* The account, its addresses, and the first one where there is no sender. */
static int
take_account(struct compose *c, struct addr_list *own, struct err *e)
{
	const char *from = c->sender.n > 0 ? c->sender.v[0].address : NULL;

	if (account_find(c->m->config, from, &c->m->account, e) == -1 ||
	    account_addresses(c->m->account, own, e) == -1)
		return -1;
	if (c->sender.n == 0)
		copy_first(&c->sender, own);
	if (c->sender.n == 0)
		return err_set(e, ERR_CONFIG, "no sender: the account has no "
		    "address, and there is no -f and no SATCHEL_FROM");
	return 0;
}

static void
set_from(struct compose *c)
{
	struct buf name = {0};

	if (c->from.n == 0)
		copy_first(&c->from, &c->sender);
	if (c->m->full_name == NULL)
		return;
	compose_utf8(c, span_of(c->m->full_name), &name);
	free(c->from.v[0].name);
	c->from.v[0].name = mem_str(buf_cstr(&name));
	buf_free(&name);
}

/* A sender that no server would know is the account's own address. */
static int
qualify(struct compose *c, const struct addr_list *own, struct err *e)
{
	struct addr_list *list[] = {&c->sender, &c->from};

	for (size_t i = 0; i < 2; i++) {
		char *name;

		if (alias_qualify(c->m, list[i], e) == -1)
			return -1;
		if (list[i]->n == 0 || own->n == 0 ||
		    addr_domain(list[i]->v[0].address).n > 0)
			continue;
		name = mem_str(list[i]->v[0].name);
		addr_list_free(list[i]);
		addr_list_add(list[i], name, own->v[0].address);
		free(name);
	}
	return 0;
}

static void
copy_first(struct addr_list *to, const struct addr_list *from)
{
	if (from->n > 0)
		addr_list_add(to, from->v[0].name, from->v[0].address);
}
