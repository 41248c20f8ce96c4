#include <stdlib.h>
#include <string.h>

#include "app/account_config.h"
#include "host/file.h"
#include "text/date.h"

#define ENVIRONMENT_NAME "default" /* of the account that no file names */

static bool is_in_environment(void);
static const char *from_environment(const char *);
static const char *from_section(const struct conf_section *, const char *,
    enum conf_side, unsigned *);
static const char *from_entries(const struct conf_entry *, size_t,
    const char *, enum conf_side, unsigned *);
static const char *look_up(const struct account *, const char *,
    enum conf_side, unsigned *);
static const struct conf_section *section_named(const struct conf *,
    const char *);
static const struct conf_section *section_of_sender(struct config *,
    const char *);
static bool has_address(const struct account *, const char *);
static const struct conf_section *section_of_url(struct config *,
    const struct url *, bool and_user);
static bool fetches(const struct account *, const struct url *,
    bool and_user);

int
account_find(struct config *c, const char *from, struct account **out,
    struct err *e)
{
	struct account *a = &c->account;

	*a = (struct account){.config = c};
	*out = a;
	if (c->wanted != NULL)
		return account_find_name(c, c->wanted, out, e);
	if (is_in_environment())
		return 0;
	if (from != NULL)
		a->section = section_of_sender(c, from);
	for (size_t i = 0; a->section == NULL && i < c->conf.n; i++)
		if (strcmp(c->conf.section[i].name, "*") != 0)
			a->section = &c->conf.section[i];
	return 0;
}

int
account_find_name(struct config *c, const char *name, struct account **out,
    struct err *e)
{
	struct account *a = &c->account;

	*a = (struct account){.config = c};
	*out = a;
	if (strcmp(name, "*") != 0)
		a->section = section_named(&c->conf, name);
	if (a->section != NULL ||
	    (is_in_environment() && strcmp(name, ENVIRONMENT_NAME) == 0))
		return 0;
	if (c->path == NULL)
		return err_set(e, ERR_CONFIG, "no account [%s]: there is no "
		    "configuration file, see satchel(5)", name);
	return err_set(e, ERR_CONFIG, "no account [%s] in %s", name, c->path);
}

int
account_find_url(struct config *c, const struct url *u, struct account **out,
    struct err *e)
{
	const struct conf_section *s;

	if (account_find(c, NULL, out, e) == -1)
		return -1;
	if (c->wanted != NULL || fetches(*out, u, true))
		return 0;
	if ((*out)->section == NULL &&
	    account_get(*out, "fetch", CONF_FETCH) == NULL)
		return 0;
	s = section_of_url(c, u, true);
	if (s == NULL)
		s = section_of_url(c, u, false);
	if (s == NULL)
		return err_set(e, ERR_CONFIG,
		    "no account fetches from this host: name one with -a");
	(*out)->section = s;
	return 0;
}

const char *
account_name(const struct account *a)
{
	return a->section == NULL ? ENVIRONMENT_NAME : a->section->name;
}

const char *
account_at(const struct config *c, size_t i)
{
	size_t n = 0;

	if (is_in_environment() && n++ == i)
		return ENVIRONMENT_NAME;
	for (size_t k = 0; k < c->conf.n; k++)
		if (strcmp(c->conf.section[k].name, "*") != 0 && n++ == i)
			return c->conf.section[k].name;
	return NULL;
}

const char *
account_get(const struct account *a, const char *key, enum conf_side side)
{
	return look_up(a, key, side, &(unsigned){0});
}

bool
account_yes(const struct account *a, const char *key, enum conf_side side)
{
	const char *v = account_get(a, key, side);

	return v != NULL && strcmp(v, "yes") == 0;
}

unsigned
account_refusals(const struct account *a)
{
	return a->config->refusals;
}

int64_t
account_number(const struct account *a, const char *key, enum conf_side side,
    int64_t otherwise)
{
	const char *v = account_get(a, key, side);
	uint64_t n;

	if (v == NULL || !span_num(span_of(v), INT64_MAX, &n))
		return otherwise;
	return (int64_t)n;
}

int64_t
account_period(const struct account *a, const char *key, enum conf_side side,
    int64_t otherwise_sec)
{
	const char *v = account_get(a, key, side);
	int64_t sec;

	if (v == NULL || !date_period(span_of(v), &sec))
		return otherwise_sec;
	return sec;
}

int
account_addresses(const struct account *a, struct addr_list *list,
    struct err *e)
{
	const char *v = account_get(a, "address", CONF_BOTH);

	if (v == NULL)
		return 0;
	if (addr_parse_strict(span_of(v), list, e) == -1) {
		e->kind = ERR_CONFIG;
		return err_wrap(e, "account %s: address", account_name(a));
	}
	return 0;
}

void
account_maildir(const struct account *a, struct buf *out)
{
	const char *v = account_get(a, "maildir", CONF_BOTH);

	if (v != NULL) {
		file_expand(v, out);
		return;
	}
	file_expand("~/Mail/", out);
	file_component(span_of(account_name(a)), out);
}

static const char *
look_up(const struct account *a, const char *key, enum conf_side side,
    unsigned *line)
{
	const struct config *c = a->config;
	const char *v;

	*line = 0;
	v = from_entries(c->set, c->n_set, key, side, line);
	if (v == NULL && a->section == NULL)
		v = from_environment(key);
	if (v == NULL && a->section != NULL)
		v = from_section(a->section, key, side, line);
	if (v == NULL)
		v = from_section(section_named(&c->conf, "*"), key, side,
		    line);
	return v;
}

/* The side's own spelling wins over the plain one of the same place. */
static const char *
from_entries(const struct conf_entry *entry, size_t n, const char *key,
    enum conf_side side, unsigned *line)
{
	const struct conf_entry *plain = NULL;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(entry[i].key->name, key) != 0)
			continue;
		if (entry[i].side == side && side != CONF_BOTH) {
			*line = entry[i].line;
			return entry[i].value;
		}
		if (entry[i].side == CONF_BOTH && plain == NULL)
			plain = &entry[i];
	}
	if (plain == NULL)
		return NULL;
	*line = plain->line;
	return plain->value;
}

static const char *
from_section(const struct conf_section *s, const char *key,
    enum conf_side side, unsigned *line)
{
	return s == NULL ? NULL : from_entries(s->entry, s->n, key, side, line);
}

static bool
is_in_environment(void)
{
	return getenv("SATCHEL_FETCH") != NULL ||
	    getenv("SATCHEL_SEND") != NULL;
}

static const char *
from_environment(const char *key)
{
	static const char *const names[][2] = {{"fetch", "SATCHEL_FETCH"},
	    {"send", "SATCHEL_SEND"}, {"address", "SATCHEL_FROM"},
	    {"maildir", "SATCHEL_MAILDIR"}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(key, names[i][0]) == 0)
			return getenv(names[i][1]);
	return NULL;
}

static const struct conf_section *
section_named(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->section[i].name, name) == 0)
			return &c->section[i];
	return NULL;
}

static const struct conf_section *
section_of_sender(struct config *c, const char *from)
{
	for (size_t i = 0; i < c->conf.n; i++) {
		struct account a = {c, &c->conf.section[i]};

		if (strcmp(a.section->name, "*") != 0 && has_address(&a, from))
			return a.section;
	}
	return NULL;
}

static bool
has_address(const struct account *a, const char *from)
{
	struct addr_list list = {0};
	bool found = false;

	/* an address that is wrong is told when its account is used */
	if (account_addresses(a, &list, &(struct err){0}) == 0)
		for (size_t i = 0; i < list.n; i++)
			if (span_iis(span_of(list.v[i].address), from))
				found = true;
	addr_list_free(&list);
	return found;
}

static const struct conf_section *
section_of_url(struct config *c, const struct url *u, bool and_user)
{
	for (size_t i = 0; i < c->conf.n; i++) {
		struct account a = {c, &c->conf.section[i]};

		if (strcmp(a.section->name, "*") != 0 &&
		    fetches(&a, u, and_user))
			return a.section;
	}
	return NULL;
}

/* From the URL's host; and_user: as its user, where it names one. */
static bool
fetches(const struct account *a, const struct url *u, bool and_user)
{
	const char *v = account_get(a, "fetch", CONF_FETCH), *user;
	struct url own;
	bool is_same;

	if (v == NULL || url_parse(span_of(v), &own, &(struct err){0}) == -1)
		return false;
	user = own.user != NULL ? own.user : account_get(a, "user", CONF_FETCH);
	is_same = own.host != NULL && u->host != NULL &&
	    span_ieq(span_of(own.host), span_of(u->host)) &&
	    (!and_user || u->user == NULL ||
		(user != NULL && strcmp(user, u->user) == 0));
	url_free(&own);
	return is_same;
}
