#include "app/check.h"
#include "msend_link.h"
#include "msend_session.h"

static int check_server(struct msend *, const struct url *, struct err *);

void
check_send(struct msend *m)
{
	struct check c = {.output = &m->out, .tool = msend_tool.name};
	struct url url;
	struct err e;
	int status;

	if (account_find(m->config, m->from, &m->account, &e) == -1 ||
	    link_target(m, &url, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	check_begin(&c, m->account, &url);
	status = check_server(m, &url, &e);
	if (check_end(&c, status, &e) == -1)
		report_err(m, account_name(m->account), &e);
	url_free(&url);
}

/* A Maildir or a command has no server to speak to. */
static int
check_server(struct msend *m, const struct url *url, struct err *e)
{
	struct session *session;
	struct server server;

	if (url->scheme == URL_MAILDIR || url->scheme == URL_PIPE)
		return 0;
	if (link_server(m, url, &server, e) == -1 ||
	    session_open(&server, m->account, true, &session, e) == -1)
		return -1;
	session_close(session);
	return 0;
}
