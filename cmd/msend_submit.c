#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "host/run.h"
#include "mail/survey.h"
#include "msend.h"
#include "msend_session.h"
#include "store/maildir.h"

/* What the end of a message waits for. */
struct hold {
	struct spool *spool; /* NULL: nothing */
	struct spool_item *item;
	const struct smtp_mail *mail; /* NULL: it goes to all that are queued */
	const size_t *at;	      /* the item's recipients of the mail's */
};

static int open_target(struct msend *, struct url *, struct err *);
static int by_smtp(struct msend *, const struct url *, struct hold *,
    struct span, bool, struct err *);
static int send_rounds(struct session *, const struct survey *,
    struct hold *, struct span, struct err *);
static int send_round(struct session *, const struct survey *, struct hold *,
    bool *tried, struct span, struct err *);
static void take_outcome(struct spool_rcpt *, const struct smtp_rcpt *,
    const char *why);
static int hold_end(void *, struct err *);
static int by_maildir(const struct url *, struct hold *, struct span,
    struct err *);
static int by_pipe(const struct url *, struct hold *, struct span,
    struct err *);
static void decide_all(struct spool_item *, enum spool_state,
    const char *text);
static void set_text(char **, const char *);
static void trace(void *, char direction, struct span line);

int
submit_check(struct msend *m, struct err *e)
{
	struct url url;

	if (open_target(m, &url, e) == -1)
		return -1;
	url_free(&url);
	return 0;
}

int
submit_fits(struct msend *m, const struct spool_item *item,
    struct span content, struct err *e)
{
	struct survey survey = {0};
	struct buf path = {0};
	struct url url;
	bool is_smtp;
	int status;

	if (open_target(m, &url, e) == -1)
		return -1;
	is_smtp = url.scheme != URL_MAILDIR && url.scheme != URL_PIPE;
	url_free(&url);
	if (!is_smtp)
		return 0;
	status = smtp_path(item->sender, &path, e);
	for (size_t i = 0; i < item->n && status == 0; i++)
		status = smtp_path(item->rcpt[i].address, &path, e);
	buf_free(&path);
	survey_add(&survey, content);
	return status == 0 ? survey_check(&survey, e) : -1;
}

int
submit(struct msend *m, struct spool *spool, struct spool_item *item,
    struct span content, bool may_prompt, struct err *e)
{
	struct hold hold = {.spool = spool, .item = item};
	struct url url;
	int status;

	if (open_target(m, &url, e) == -1)
		return -1;
	if (url.scheme == URL_MAILDIR)
		status = by_maildir(&url, &hold, content, e);
	else if (url.scheme == URL_PIPE)
		status = by_pipe(&url, &hold, content, e);
	else
		status = by_smtp(m, &url, &hold, content, may_prompt, e);
	url_free(&url);
	return status;
}

static int
open_target(struct msend *m, struct url *url, struct err *e)
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

static int
by_smtp(struct msend *m, const struct url *url, struct hold *hold,
    struct span content, bool may_prompt, struct err *e)
{
	struct survey survey = {0};
	struct session *session;
	struct server server;
	struct buf secret = {0};
	int status;

	survey_add(&survey, content);
	survey_end(&survey);
	if (survey_check(&survey, e) == -1 ||
	    account_server(m->account, CONF_SEND, url, &server, e) == -1)
		return -1;
	server.stop = option_interrupted;
	if (m->common.verbose)
		server.trace = trace;
	if (server.user != NULL && account_secret(m->account, CONF_SEND,
	    &server, may_prompt, &secret, e) == -1)
		return -1;
	status = session_open(&server, buf_view(&secret), &session, e);
	buf_wipe(&secret);
	if (status == -1)
		return -1;
	status = send_rounds(session, &survey, hold, content, e);
	session_close(session);
	return status;
}

/*
 * One mail to all recipients; more than one where the server takes only so
 * many at a time.
 */
static int
send_rounds(struct session *s, const struct survey *survey,
    struct hold *hold, struct span content, struct err *e)
{
	bool *tried = mem_alloc(hold->item->n, sizeof *tried);
	int more;

	do
		more = send_round(s, survey, hold, tried, content, e);
	while (more == 1);
	free(tried);
	return more;
}

/* 1 where another round may get further, 0, or -1. */
static int
send_round(struct session *s, const struct survey *survey, struct hold *hold,
    bool *tried, struct span content, struct err *e)
{
	struct spool_item *item = hold->item;
	uint64_t max = session_caps(s)->recipients_max;
	struct smtp_rcpt *rcpt = mem_alloc(item->n, sizeof *rcpt);
	size_t *at = mem_alloc(item->n, sizeof *at);
	struct smtp_mail mail = {.from = item->sender, .rcpt = rcpt,
	    .size = survey->size, .is_8bit = survey->is_8bit,
	    .is_utf8 = survey->is_utf8,
	    .notify = item->notify[0] == '\0' ? NULL : item->notify};
	bool has_sent = false, has_more = false;
	int status = 0;

	for (size_t i = 0; i < item->n; i++) {
		if (item->rcpt[i].state != SPOOL_QUEUED || tried[i])
			continue;
		if (max > 0 && mail.n == max) {
			has_more = true;
			break;
		}
		rcpt[mail.n].address = item->rcpt[i].address;
		at[mail.n++] = i;
	}
	hold->mail = &mail;
	hold->at = at;
	if (mail.n > 0)
		status = session_send(s, &mail, content, hold_end, hold, e);
	for (size_t k = 0; k < mail.n; k++) {
		take_outcome(&item->rcpt[at[k]], &rcpt[k],
		    status == -1 ? e->text : "");
		tried[at[k]] = true;
		has_sent = has_sent || rcpt[k].outcome == SMTP_SENT;
	}
	/* 452 after some were taken: too many at a time (RFC 5321) */
	for (size_t k = 0; k < mail.n && has_sent; k++)
		if (rcpt[k].outcome == SMTP_LATER && !rcpt[k].accepted &&
		    (rcpt[k].reply.code == 452 || rcpt[k].reply.code == 552)) {
			tried[at[k]] = false;
			has_more = true;
		}
	hold->mail = NULL;
	hold->at = NULL;
	smtp_mail_free(&mail);
	free(rcpt);
	free(at);
	return status == -1 ? -1 : has_more;
}

static void
take_outcome(struct spool_rcpt *to, const struct smtp_rcpt *from,
    const char *why)
{
	static const enum spool_state state[] = {
	    [SMTP_WAITING] = SPOOL_QUEUED, [SMTP_SENT] = SPOOL_SENT,
	    [SMTP_REFUSED] = SPOOL_REFUSED, [SMTP_LATER] = SPOOL_QUEUED,
	    [SMTP_UNKNOWN] = SPOOL_UNKNOWN};

	to->state = state[from->outcome];
	to->code = from->reply.code;
	set_text(&to->enhanced, from->reply.enhanced);
	set_text(&to->text, from->reply.text.n > 0 ?
	    buf_cstr(&from->reply.text) : why);
}

/* Writes down who may have the message from here on. */
static int
hold_end(void *arg, struct err *e)
{
	struct hold *hold = arg;
	struct spool_item *item = hold->item;

	if (option_interrupted())
		return err_set(e, ERR_TEMP, "interrupted");
	for (size_t i = 0; hold->mail == NULL && i < item->n; i++)
		if (item->rcpt[i].state == SPOOL_QUEUED)
			item->rcpt[i].state = SPOOL_SENDING;
	for (size_t k = 0; hold->mail != NULL && k < hold->mail->n; k++)
		if (hold->mail->rcpt[k].outcome == SMTP_WAITING)
			item->rcpt[hold->at[k]].state = SPOOL_SENDING;
	if (hold->spool == NULL)
		return 0;
	return spool_mark(hold->spool, item, e);
}

static int
by_maildir(const struct url *url, struct hold *hold, struct span content,
    struct err *e)
{
	struct buf path = {0}, placed = {0};
	struct maildir maildir;
	int status;

	file_expand(url->path, &path);
	status = maildir_open(buf_cstr(&path), true, &maildir, e);
	buf_free(&path);
	if (status == -1)
		return -1;
	status = hold_end(hold, e);
	if (status == 0)
		status = maildir_deliver(&maildir, content, "", &placed, e);
	maildir_close(&maildir);
	/* what failed was not placed, or is not known to last: again later */
	decide_all(hold->item, status == 0 ? SPOOL_SENT : SPOOL_QUEUED,
	    status == 0 ? buf_cstr(&placed) : e->text);
	buf_free(&placed);
	return status;
}

/*
 * The command's exit status decides: 0 taken; what sysexits means for good,
 * refused; all else may succeed later.
 */
static int
by_pipe(const struct url *url, struct hold *hold, struct span content,
    struct err *e)
{
	struct run run = {.command = url->path, .input = content};
	int status, exit_status = 0;
	char text[64];

	if (hold_end(hold, e) == -1)
		return -1;
	status = run_command(&run, NULL, &exit_status, e);
	if (status == -1) {
		decide_all(hold->item, SPOOL_QUEUED, e->text);
		return -1;
	}
	snprintf(text, sizeof text, "the command ended with %d", exit_status);
	if (exit_status == 0)
		decide_all(hold->item, SPOOL_SENT, "");
	else if (exit_status == ERR_DATA || exit_status == ERR_REFUSED ||
	    exit_status == ERR_NOHOST || exit_status == ERR_NOINPUT + 1)
		decide_all(hold->item, SPOOL_REFUSED, text);
	else {
		decide_all(hold->item, SPOOL_QUEUED, text);
		return err_set(e, ERR_TEMP, "%s", text);
	}
	return 0;
}

/* Those that were on their way. */
static void
decide_all(struct spool_item *item, enum spool_state state, const char *text)
{
	for (size_t i = 0; i < item->n; i++) {
		struct spool_rcpt *rcpt = &item->rcpt[i];

		if (rcpt->state != SPOOL_QUEUED &&
		    rcpt->state != SPOOL_SENDING)
			continue;
		rcpt->state = state;
		rcpt->code = 0;
		set_text(&rcpt->enhanced, "");
		set_text(&rcpt->text, text);
	}
}

static void
set_text(char **text, const char *to)
{
	char *copy = mem_str(to);

	free(*text);
	*text = copy;
}

static void
trace(void *arg, char direction, struct span line)
{
	(void)arg;
	diag_trace(msend_tool.name, direction, line);
}
