/* Mails on their way through an SMTP session. */
#include "proto/smtp_machine.h"

/* What is to be composed next for a mail. */
enum step {
	STEP_MAIL,
	STEP_RCPT,
	STEP_DATA,
	STEP_GO,      /* DATA's 354 is awaited */
	STEP_CONTENT, /* the driver gives it */
	STEP_HELD,    /* smtp_release is awaited */
	STEP_END,
	STEP_OVER     /* all is composed; answers may be due */
};

static bool compose(struct smtp *, struct smtp_mail *);
static bool is_doomed(const struct smtp_mail *);
static bool needs_utf8(const struct smtp_mail *);
static bool judge(const struct smtp *, struct smtp_mail *);
static void start_mail(struct smtp *, struct smtp_mail *);
static void add_recipient(struct smtp *, struct smtp_mail *);
static bool ask_content(struct smtp *, struct smtp_mail *);
static bool flush_chunk(struct smtp *, struct smtp_mail *);
static bool end(struct smtp *, struct smtp_mail *);
static void over(struct smtp *, struct smtp_mail *);
static bool has_left(const struct smtp *, const struct smtp_mail *);
static void settle_mail(struct smtp *, struct smtp_mail *);
static enum smtp_outcome outcome_of(int code);
static void refuse_mail(struct smtp_mail *, const struct smtp_reply *);
static void rcpt_answer(struct smtp_mail *, size_t,
    const struct smtp_reply *);
static int data_answer(struct smtp *, struct smtp_mail *,
    const struct smtp_reply *, struct err *);
static int end_answer(struct smtp *, struct smtp_mail *,
    const struct smtp_reply *, struct err *);
static void lmtp_answer(struct smtp *, struct smtp_mail *,
    const struct smtp_reply *);
static void decide(struct smtp_rcpt *, enum smtp_outcome,
    const struct smtp_reply *);

int
smtp_submit(struct smtp *m, struct smtp_mail *mail, struct err *e)
{
	struct buf path = {0};
	int status;

	if (m->state == SMTP_STATE_CLOSED || m->mails == SMTP_WINDOW ||
	    mail->n == 0)
		return err_set(e, ERR_SOFTWARE,
		    "the SMTP session takes no such mail now");
	status = smtp_path(mail->from, &path, e);
	for (size_t i = 0; i < mail->n && status == 0; i++)
		status = mail->rcpt[i].address[0] == '\0' ?
		    err_set(e, ERR_USAGE, "a recipient is empty") :
		    smtp_path(mail->rcpt[i].address, &path, e);
	buf_free(&path);
	if (status == -1 || smtp_dsn_check(mail, e) == -1)
		return -1;
	m->mail[m->mails++] = mail;
	smtp_advance(m);
	return 0;
}

void
smtp_mail_free(struct smtp_mail *mail)
{
	for (size_t i = 0; i < mail->n; i++)
		smtp_reply_free(&mail->rcpt[i].reply);
	smtp_reply_free(&mail->refusal);
}

size_t
smtp_room(const struct smtp *m, const struct smtp_mail *mail)
{
	size_t held = m->out.n > m->chunk.n ? m->out.n : m->chunk.n;

	if (m->at == m->mails || m->mail[m->at] != mail ||
	    mail->step != STEP_CONTENT || held >= SMTP_CHUNK)
		return 0;
	return SMTP_CHUNK - held;
}

void
smtp_content(struct smtp *m, struct smtp_mail *mail, struct span bytes)
{
	size_t was = m->out.n;

	if (m->at == m->mails || m->mail[m->at] != mail ||
	    mail->step != STEP_CONTENT)
		return;
	if (m->caps.chunking) {
		smtp_content_add(&m->content, bytes, false, &m->chunk);
		flush_chunk(m, mail);
		return;
	}
	smtp_content_add(&m->content, bytes, true, &m->out);
	m->composed += m->out.n - was;
}

void
smtp_content_end(struct smtp *m, struct smtp_mail *mail)
{
	size_t was = m->out.n;

	if (m->at == m->mails || m->mail[m->at] != mail ||
	    mail->step != STEP_CONTENT)
		return;
	smtp_content_finish(&m->content,
	    m->caps.chunking ? &m->chunk : &m->out);
	m->composed += m->out.n - was;
	mail->step = STEP_HELD;
	smtp_note(m, SMTP_HELD, mail, NULL);
}

void
smtp_release(struct smtp *m, struct smtp_mail *mail)
{
	if (m->at == m->mails || m->mail[m->at] != mail ||
	    mail->step != STEP_HELD)
		return;
	mail->step = STEP_END;
	smtp_advance(m);
}

void
smtp_advance(struct smtp *m)
{
	while (m->at < m->mails && compose(m, m->mail[m->at]))
		continue;
	if (m->wants_quit && m->mails == 0 && smtp_may_send(m)) {
		smtp_line(m, SMTP_CMD_QUIT, NULL, 0, SPAN("QUIT"));
		m->has_quit = true;
	}
}

int
smtp_mail_answer(struct smtp *m, const struct smtp_expect *x,
    const struct smtp_reply *reply, struct err *e)
{
	struct smtp_mail *mail = x->mail;
	int status = 0;

	switch (x->command) {
	case SMTP_CMD_RCPT:
		rcpt_answer(mail, x->rcpt, reply);
		break;
	case SMTP_CMD_DATA:
		status = data_answer(m, mail, reply, e);
		break;
	case SMTP_CMD_END:
		status = end_answer(m, mail, reply, e);
		break;
	case SMTP_CMD_VOID:
		break;
	default: /* MAIL, a chunk */
		if (reply->code >= 400)
			refuse_mail(mail, reply);
	}
	if (status == 0 && mail->step == STEP_OVER && mail->due == 0)
		settle_mail(m, mail);
	return status;
}

bool
smtp_mail_interrupt(struct smtp *m, const struct smtp_reply *reply)
{
	struct smtp_mail *mail;

	if (m->at == m->mails || m->caps.chunking || reply->code < 400)
		return false;
	mail = m->mail[m->at];
	if (mail->step != STEP_CONTENT && mail->step != STEP_HELD)
		return false;
	refuse_mail(mail, reply);
	return true;
}

void
smtp_mail_abandon(struct smtp *m, struct smtp_mail *mail,
    const struct smtp_reply *reply)
{
	/* answers come in order: none of what stands behind a 421 was done */
	bool left = has_left(m, mail) && (reply == NULL || m->is_lmtp);

	for (size_t i = 0; i < mail->n; i++) {
		struct smtp_rcpt *rcpt = &mail->rcpt[i];

		if (rcpt->outcome != SMTP_WAITING)
			continue;
		if (left && (rcpt->accepted || mail->verdict == SMTP_WAITING))
			decide(rcpt, SMTP_UNKNOWN, NULL);
		else if (mail->verdict == SMTP_WAITING)
			decide(rcpt, SMTP_LATER, reply);
	}
	settle_mail(m, mail);
}

/* Composes one thing: true where something changed. */
static bool
compose(struct smtp *m, struct smtp_mail *mail)
{
	if (is_doomed(mail)) {
		over(m, mail);
		return true;
	}
	if (mail->step == STEP_CONTENT)
		return flush_chunk(m, mail);
	if (!smtp_may_send(m))
		return false;
	switch (mail->step) {
	case STEP_MAIL:
		if (judge(m, mail))
			start_mail(m, mail);
		return true;
	case STEP_RCPT:
		add_recipient(m, mail);
		return true;
	case STEP_DATA:
		return ask_content(m, mail);
	case STEP_END:
		return end(m, mail);
	default:
		return false;
	}
}

/* Nobody can get it any more, and its end was not composed. */
static bool
is_doomed(const struct smtp_mail *mail)
{
	return mail->verdict != SMTP_WAITING ||
	    (mail->next == mail->n && mail->due == 0 && mail->accepted == 0);
}

/* Refuses what this server cannot carry. */
static bool
judge(const struct smtp *m, struct smtp_mail *mail)
{
	const struct smtp_caps *caps = &m->caps;
	struct smtp_reply reply = {0};

	if (caps->size_max > 0 && mail->size > caps->size_max)
		buf_fmt(&reply.text,
		    "the message has %llu bytes, the server takes %llu",
		    (unsigned long long)mail->size,
		    (unsigned long long)caps->size_max);
	else if (mail->is_8bit && !caps->eightbit)
		buf_str(&reply.text,
		    "the server takes no 8-bit messages (8BITMIME)");
	else if (needs_utf8(mail) && !caps->utf8)
		buf_str(&reply.text, "the server takes no UTF-8 in addresses "
		    "and header (SMTPUTF8)");
	else if (mail->needs_tls && !caps->requiretls)
		buf_str(&reply.text, "the server does not promise TLS all "
		    "the way (REQUIRETLS)");
	if (reply.text.n == 0)
		return true;
	refuse_mail(mail, &reply);
	smtp_reply_free(&reply);
	return false;
}

static bool
needs_utf8(const struct smtp_mail *mail)
{
	bool is_ascii = !mail->is_utf8;
	const char *p;

	for (p = mail->from; is_ascii && *p != '\0'; p++)
		is_ascii = (unsigned char)*p < 0x80;
	for (size_t i = 0; i < mail->n; i++)
		for (p = mail->rcpt[i].address; is_ascii && *p != '\0'; p++)
			is_ascii = (unsigned char)*p < 0x80;
	return !is_ascii;
}

/*
 * RSET where the mail before was not taken whole, as far as we know; then MAIL.
 * The addresses have passed smtp_path in smtp_submit.
 */
static void
start_mail(struct smtp *m, struct smtp_mail *mail)
{
	struct buf line = {0};

	if (m->open != NULL) {
		m->open = NULL;
		smtp_line(m, SMTP_CMD_RSET, NULL, 0, SPAN("RSET"));
		return;
	}
	buf_fmt(&line, "MAIL FROM:<%s>", mail->from);
	if (m->caps.has_size && mail->size > 0)
		buf_fmt(&line, " SIZE=%llu", (unsigned long long)mail->size);
	if (mail->is_8bit)
		buf_str(&line, " BODY=8BITMIME");
	if (needs_utf8(mail))
		buf_str(&line, " SMTPUTF8");
	if (mail->needs_tls)
		buf_str(&line, " REQUIRETLS");
	if (m->caps.dsn)
		smtp_dsn_mail(mail, &line);
	smtp_line(m, SMTP_CMD_MAIL, mail, 0, buf_view(&line));
	buf_free(&line);
	m->open = mail;
	mail->step = STEP_RCPT;
}

static void
add_recipient(struct smtp *m, struct smtp_mail *mail)
{
	struct buf line = {0};

	buf_fmt(&line, "RCPT TO:<%s>", mail->rcpt[mail->next].address);
	if (m->caps.dsn)
		smtp_dsn_rcpt(mail, mail->rcpt[mail->next].address, &line);
	smtp_line(m, SMTP_CMD_RCPT, mail, mail->next, buf_view(&line));
	buf_free(&line);
	if (++mail->next == mail->n)
		mail->step = STEP_DATA;
}

/*
 * DATA, or the content itself for BDAT.  LMTP's answers to the end are as many
 * as accepted recipients, so that these are awaited.
 */
static bool
ask_content(struct smtp *m, struct smtp_mail *mail)
{
	if (m->is_lmtp && mail->due > 0)
		return false;
	if (m->caps.chunking) {
		mail->step = STEP_CONTENT;
		smtp_note(m, SMTP_CONTENT, mail, NULL);
		return true;
	}
	smtp_line(m, SMTP_CMD_DATA, mail, 0, SPAN("DATA"));
	mail->step = STEP_GO;
	return true;
}

/*
 * Sends a full chunk on its way; the first one only after the recipients were
 * answered, so that no large content goes out for nobody.
 */
static bool
flush_chunk(struct smtp *m, struct smtp_mail *mail)
{
	struct buf line = {0};

	if (m->chunk.n < SMTP_CHUNK || !smtp_may_send(m) ||
	    (!mail->is_chunked && mail->due > 0))
		return false;
	buf_fmt(&line, "BDAT %zu", m->chunk.n);
	smtp_show(m, SMTP_CMD_CHUNK, buf_view(&line));
	buf_str(&line, "\r\n");
	smtp_bytes(m, buf_view(&line));
	smtp_bytes(m, buf_view(&m->chunk));
	smtp_expect(m, SMTP_CMD_CHUNK, mail, 0);
	buf_free(&line);
	buf_cut(&m->chunk, 0);
	mail->is_chunked = true;
	return true;
}

/*
 * The end of the content, from which on the server may have the message.  How
 * many answers LMTP has to it is open while a chunk may still be refused.
 */
static bool
end(struct smtp *m, struct smtp_mail *mail)
{
	struct buf line = {0};

	if (m->is_lmtp && mail->due > 0)
		return false;
	if (m->caps.chunking) {
		buf_fmt(&line, "BDAT %zu LAST", m->chunk.n);
		smtp_show(m, SMTP_CMD_END, buf_view(&line));
		buf_str(&line, "\r\n");
		smtp_bytes(m, buf_view(&line));
		smtp_bytes(m, buf_view(&m->chunk));
		smtp_expect(m, SMTP_CMD_END, mail, 0);
		mail->end_at = m->composed;
		buf_free(&line);
	} else {
		mail->end_at = m->composed + 1;
		smtp_line(m, SMTP_CMD_END, mail, 0, SPAN("."));
	}
	over(m, mail);
	return true;
}

/* Nothing more is composed for it; settled once nothing is due. */
static void
over(struct smtp *m, struct smtp_mail *mail)
{
	mail->step = STEP_OVER;
	m->at++;
	m->content = (struct smtp_content){0};
	buf_free(&m->chunk);
	if (mail->due == 0)
		settle_mail(m, mail);
}

static bool
has_left(const struct smtp *m, const struct smtp_mail *mail)
{
	return mail->end_at > 0 && m->sent >= mail->end_at;
}

/* Gives the verdict to those who have no outcome, and lets go of the mail. */
static void
settle_mail(struct smtp *m, struct smtp_mail *mail)
{
	size_t i = 0;

	for (size_t k = 0; k < mail->n; k++)
		if (mail->rcpt[k].outcome == SMTP_WAITING)
			decide(&mail->rcpt[k], mail->verdict, &mail->refusal);
	while (m->mail[i] != mail)
		i++;
	m->mails--;
	if (i < m->at)
		m->at--;
	for (; i < m->mails; i++)
		m->mail[i] = m->mail[i + 1];
	smtp_note(m, SMTP_SETTLED, mail, NULL);
}

static enum smtp_outcome
outcome_of(int code)
{
	return code / 100 == 2 ? SMTP_SENT :
	    code / 100 == 4 ? SMTP_LATER : SMTP_REFUSED;
}

/* The first verdict stands. */
static void
refuse_mail(struct smtp_mail *mail, const struct smtp_reply *reply)
{
	if (mail->verdict != SMTP_WAITING)
		return;
	mail->verdict = outcome_of(reply->code);
	smtp_reply_copy(&mail->refusal, reply);
}

/*
 * 552 was once the answer to too many recipients (RFC 5321, section
 * 4.5.3.1.10).  After a refused MAIL it is that refusal which counts.
 */
static void
rcpt_answer(struct smtp_mail *mail, size_t i, const struct smtp_reply *reply)
{
	struct smtp_rcpt *rcpt = &mail->rcpt[i];

	if (reply->code < 400) {
		rcpt->accepted = true;
		mail->accepted++;
		smtp_reply_copy(&rcpt->reply, reply);
	} else if (mail->verdict == SMTP_WAITING)
		decide(rcpt, reply->code == 552 ? SMTP_LATER :
		    outcome_of(reply->code), reply);
}

static int
data_answer(struct smtp *m, struct smtp_mail *mail,
    const struct smtp_reply *reply, struct err *e)
{
	bool is_wanted = mail->accepted > 0 && mail->verdict == SMTP_WAITING;

	if (reply->code >= 400) {
		if (mail->accepted > 0)
			refuse_mail(mail, reply);
		return 0;
	}
	if (reply->code / 100 != 3)
		return err_set(e, ERR_PROTO,
		    "the server answered DATA with %d", reply->code);
	if (is_wanted && mail->step == STEP_GO) {
		mail->step = STEP_CONTENT;
		smtp_note(m, SMTP_CONTENT, mail, NULL);
		return 0;
	}
	if (mail->accepted > 0 || m->is_lmtp)
		return err_set(e, ERR_PROTO,
		    "the server wants a message that it refused");
	/* RFC 2920, section 3.1: an empty content for nobody */
	smtp_line(m, SMTP_CMD_VOID, mail, 0, SPAN("."));
	if (mail->step == STEP_GO)
		over(m, mail);
	return 0;
}

static int
end_answer(struct smtp *m, struct smtp_mail *mail,
    const struct smtp_reply *reply, struct err *e)
{
	if (reply->code < 400 && mail->verdict != SMTP_WAITING &&
	    mail->accepted > 0) {
		mail->verdict = SMTP_WAITING;
		return err_set(e, ERR_PROTO,
		    "the server took a message that it had refused");
	}
	if (m->is_lmtp) {
		lmtp_answer(m, mail, reply);
		return 0;
	}
	if (reply->code >= 400) {
		refuse_mail(mail, reply);
		return 0;
	}
	for (size_t i = 0; i < mail->n; i++)
		if (mail->rcpt[i].outcome == SMTP_WAITING &&
		    mail->rcpt[i].accepted)
			decide(&mail->rcpt[i], SMTP_SENT, reply);
	if (m->open == mail)
		m->open = NULL;
	return 0;
}

/* One answer for each accepted recipient, in their order. */
static void
lmtp_answer(struct smtp *m, struct smtp_mail *mail,
    const struct smtp_reply *reply)
{
	size_t i = 0;

	while (!mail->rcpt[i].accepted ||
	    mail->rcpt[i].outcome != SMTP_WAITING)
		i++;
	decide(&mail->rcpt[i], outcome_of(reply->code), reply);
	if (--mail->accepted > 0) {
		m->first_expect--;
		mail->due++;
	} else if (m->open == mail)
		m->open = NULL;
}

static void
decide(struct smtp_rcpt *rcpt, enum smtp_outcome outcome,
    const struct smtp_reply *reply)
{
	rcpt->outcome = outcome;
	if (reply != NULL)
		smtp_reply_copy(&rcpt->reply, reply);
	else
		smtp_reply_free(&rcpt->reply);
}
