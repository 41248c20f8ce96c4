#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "msend_link.h"

/* An account of the queue's; config is NULL where it is the call's own. */
struct held_account {
	struct held_account *next;
	struct config *config;
	struct account *account;
};

static int open_account(struct msend *, const struct spool_item *,
    struct err *);
static void hold_account(struct msend *, struct config *, struct account *);
static int connect_link(struct msend *, struct link *, bool may_prompt,
    struct err *);
static void trace(void *, char direction, struct span line);

struct link *
link_find(struct msend *m)
{
	const char *name = account_name(m->account);
	struct link *link = m->link;

	while (link != NULL && strcmp(link->account, name) != 0)
		link = link->next;
	if (link != NULL)
		return link;
	link = mem_alloc(1, sizeof *link);
	link->account = mem_str(name);
	link->next = m->link;
	m->link = link;
	return link;
}

int
link_open(struct msend *m, struct link *link, bool may_prompt, struct err *e)
{
	if (link->session != NULL && !session_is_over(link->session))
		return 0;
	if (link->session != NULL && !link->has_progress) {
		link->has_failed = true;
		link->why = *session_why(link->session);
	}
	session_close(link->session);
	link->session = NULL;
	if (!link->has_failed &&
	    connect_link(m, link, may_prompt, &link->why) == 0)
		return 0;
	link->has_failed = true;
	*e = link->why;
	return -1;
}

void
links_close(struct msend *m)
{
	struct link *link;

	while ((link = m->link) != NULL) {
		m->link = link->next;
		session_close(link->session);
		url_free(&link->url);
		free(link->account);
		free(link);
	}
}

int
link_server(struct msend *m, const struct url *url, struct server *server,
    struct err *e)
{
	if (account_server(m->account, CONF_SEND, url, server, e) == -1)
		return -1;
	if (account_yes(m->account, "require-tls", CONF_SEND) &&
	    server->tls == SERVER_TLS_NONE)
		return err_set(e, ERR_CONFIG,
		    "require-tls = yes contradicts tls = no");
	server->stop = option_interrupted;
	if (m->common.verbose)
		server->trace = trace;
	return 0;
}

int
link_target(struct msend *m, struct url *url, struct err *e)
{
	const char *send = account_get(m->account, "send", CONF_SEND);

	*url = (struct url){0};
	if (send == NULL)
		return err_set(e, ERR_CONFIG, "account %s: no send = URL, so "
		    "there is nowhere to send to", account_name(m->account));
	if (url_parse(span_of(send), url, e) == -1) {
		e->kind = ERR_CONFIG;
		return err_wrap(e, "send");
	}
	switch (url->scheme) {
	case URL_SMTP:
	case URL_SMTPS:
	case URL_LMTP:
	case URL_MAILDIR:
	case URL_PIPE:
		return 0;
	default:
		url_free(url);
		return err_set(e, ERR_CONFIG,
		    "send = %s: mail is not sent that way", send);
	}
}

int
account_of_item(struct msend *m, const struct spool_item *item,
    struct err *e)
{
	struct account *account = m->account;

	if (account != NULL &&
	    strcmp(account_name(account), item->account) == 0)
		return 0;
	for (struct held_account *h = m->held; h != NULL; h = h->next)
		if (strcmp(account_name(h->account), item->account) == 0) {
			m->account = h->account;
			return 0;
		}
	if (account_find(m->config, item->sender, &account, e) == 0 &&
	    strcmp(account_name(account), item->account) == 0) {
		hold_account(m, NULL, account);
		return 0;
	}
	return open_account(m, item, e);
}

void
accounts_close(struct msend *m)
{
	struct held_account *h;

	while ((h = m->held) != NULL) {
		m->held = h->next;
		config_close(h->config);
		free(h);
	}
}

/* By its name, as -a would. */
static int
open_account(struct msend *m, const struct spool_item *item, struct err *e)
{
	struct account_options o = m->common.account;
	struct account *account;
	struct config *config;

	o.account = item->account;
	if (config_open(&o, &config, e) == -1)
		return -1;
	if (account_find(config, item->sender, &account, e) == -1) {
		config_close(config);
		return -1;
	}
	hold_account(m, config, account);
	return 0;
}

static void
hold_account(struct msend *m, struct config *config, struct account *account)
{
	struct held_account *h = mem_alloc(1, sizeof *h);

	*h = (struct held_account){m->held, config, account};
	m->held = h;
	m->account = account;
}

static int
connect_link(struct msend *m, struct link *link, bool may_prompt,
    struct err *e)
{
	url_free(&link->url);
	link->has_progress = false;
	if (link_target(m, &link->url, e) == -1 ||
	    link_server(m, &link->url, &link->server, e) == -1)
		return -1;
	return session_open(&link->server, m->account, may_prompt,
	    &link->session, e);
}

static void
trace(void *arg, char direction, struct span line)
{
	(void)arg;
	diag_trace(msend_tool.name, direction, line);
}
