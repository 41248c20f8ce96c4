#include <stdlib.h>
#include <string.h>

#include "mail/alias.h"
#include "msend_compose.h"
#include "net/idn.h"
#include "text/charset.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024)

static int complete_all(struct msend *, const struct aliases *,
    struct addr_list *, struct err *);
static int read_file(struct msend *, struct aliases *, struct err *);
static int complete(struct msend *, const struct aliases *,
    const struct addr *, struct addr_list *, struct err *);
static int add_domain(struct msend *, const struct addr *,
    struct addr_list *, struct err *);
static void add_ascii(const struct addr *, struct addr_list *);
static bool is_bare(const char *address);

int
alias_complete(struct msend *m, struct addr_list *const *list, size_t n,
    struct err *e)
{
	struct aliases aliases;
	int status = read_file(m, &aliases, e);

	for (size_t i = 0; i < n && status == 0; i++)
		status = complete_all(m, &aliases, list[i], e);
	alias_free(&aliases);
	return status;
}

int
alias_qualify(struct msend *m, struct addr_list *list, struct err *e)
{
	const struct aliases none = {0};

	return complete_all(m, &none, list, e);
}

int
alias_check(struct msend *m, struct err *e)
{
	struct aliases aliases;
	int status = read_file(m, &aliases, e);

	alias_free(&aliases);
	return status;
}

static int
complete_all(struct msend *m, const struct aliases *aliases,
    struct addr_list *list, struct err *e)
{
	struct addr_list done = {0};
	int status = 0;

	for (size_t i = 0; i < list->n && status == 0; i++)
		status = complete(m, aliases, &list->v[i], &done, e);
	addr_list_free(status == 0 ? list : &done);
	if (status == 0)
		*list = done;
	return status;
}

static int
read_file(struct msend *m, struct aliases *aliases, struct err *e)
{
	const char *set = account_get(m->account, "aliases", CONF_SEND);
	struct buf path = {0}, text = {0};
	int status;

	*aliases = (struct aliases){0};
	if (set == NULL || m->is_unaliased)
		return 0;
	file_expand(set, &path);
	status = file_read(buf_cstr(&path), FILE_MAX, &text, e);
	if (status == 0)
		status = alias_parse(buf_view(&text), buf_cstr(&path),
		    aliases, e);
	else if (e->kind == ERR_NOINPUT)
		e->kind = ERR_CONFIG;
	buf_free(&path);
	buf_free(&text);
	return status;
}

/* An alias's addresses in place of its name, and none of them bare. */
static int
complete(struct msend *m, const struct aliases *aliases,
    const struct addr *a, struct addr_list *out, struct err *e)
{
	struct addr_list found = {0};
	int status = 0;

	if (a->is_group || !is_bare(a->address)) {
		add_ascii(a, out);
		return 0;
	}
	status = alias_expand(aliases, a->address, &found, e);
	if (status == 0)
		status = add_domain(m, a, out, e);
	for (size_t i = 0; i < found.n && status != -1; i++)
		status = add_domain(m, &found.v[i], out, e);
	addr_list_free(&found);
	return status == -1 ? -1 : 0;
}

static int
add_domain(struct msend *m, const struct addr *a, struct addr_list *out,
    struct err *e)
{
	const char *domain = account_get(m->account, "domain", CONF_SEND);
	struct addr_list one = {0};
	struct buf whole = {0};
	int status = 0;

	if (domain == NULL || !is_bare(a->address)) {
		add_ascii(a, out);
		return 0;
	}
	buf_fmt(&whole, "%s@%s", a->address, domain);
	if (addr_parse_strict(buf_view(&whole), &one, e) == -1 ||
	    one.n != 1 || is_bare(one.v[0].address))
		status = err_set(e, ERR_CONFIG,
		    "domain = %s: %s is no address", domain, buf_cstr(&whole));
	else
		add_ascii(&(struct addr){.name = a->name,
		    .address = one.v[0].address}, out);
	addr_list_free(&one);
	buf_free(&whole);
	return status;
}

/*
 * With its domain in ASCII: SMTP carries no other (RFC 5321), and with SMTPUTF8
 * it means the same.  A local part that is not ASCII needs SMTPUTF8 anyway.
 */
static void
add_ascii(const struct addr *a, struct addr_list *out)
{
	struct span domain = addr_domain(a->address);
	struct buf address = {0};

	if (charset_is_ascii(domain) || addr_needs_utf8(a->address)) {
		addr_list_add(out, a->name, a->address);
	} else {
		buf_add(&address, a->address, strlen(a->address) - domain.n);
		if (!idn_ascii(domain.p, &address))
			buf_span(&address, domain);
		addr_list_add(out, a->name, buf_cstr(&address));
		buf_free(&address);
	}
	out->v[out->n - 1].is_group = a->is_group;
}

/* A group's marker has no address, and is not bare. */
static bool
is_bare(const char *address)
{
	return address[0] != '\0' && addr_domain(address).n == 0;
}
