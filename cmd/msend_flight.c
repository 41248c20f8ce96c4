#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "msend_flight.h"

#define MARK_BYTES (1024 * 1024) /* of messages marked ahead of their turn */
#define RCPT_MAX 100 /* of a mail where the server tells no limit */

/* One mail of a message: some of its recipients. */
struct letter {
	struct session_mail mail; /* first */
	struct outgoing *o;
	size_t *at; /* of each recipient in the item */
	bool is_marked;
};

static bool is_left(const struct outgoing *);
static struct letter *write_letter(struct flight *, struct outgoing *);
static void letter_free(struct letter *);
static void step(struct flight *);
static void release(struct flight *, struct letter *);
static int mark(struct flight *, struct letter *, struct err *);
static bool set_sending(struct letter *);
static void settle(struct flight *, struct letter *);
static void take_outcomes(struct flight *, struct letter *);
static void take_outcome(struct spool_rcpt *, const struct smtp_rcpt *,
    const char *why);
static bool is_again(const struct flight *, const struct smtp_rcpt *,
    bool has_sent);
static void land(struct flight *, struct outgoing *);

void
flight_send(struct flight *f, struct outgoing *o)
{
	struct session *session = f->link->session;
	struct letter *letter;
	struct err e;

	if (o->tried == NULL)
		o->tried = mem_alloc(o->item.n, sizeof *o->tried);
	o->letters++; /* it does not land before all is said */
	while (is_left(o)) {
		/* so that half a window is marked in one commit */
		if (f->letters == SMTP_WINDOW)
			flight_drain(f, SMTP_WINDOW / 2);
		if (session_is_over(session))
			break;
		letter = write_letter(f, o);
		if (session_submit(session, &letter->mail, &e) == -1) {
			letter_free(letter);
			o->why = e;
			break;
		}
		f->letter[f->letters++] = letter;
		o->letters++;
	}
	o->letters--;
	if (o->letters == 0)
		land(f, o);
}

void
flight_drain(struct flight *f, size_t letters)
{
	while (f->letters > letters)
		step(f);
}

/* Whether someone is still to be tried. */
static bool
is_left(const struct outgoing *o)
{
	for (size_t i = 0; i < o->item.n; i++)
		if (o->item.rcpt[i].state == SPOOL_QUEUED && !o->tried[i])
			return true;
	return false;
}

/* To as many of those who are left as the server takes in one mail. */
static struct letter *
write_letter(struct flight *f, struct outgoing *o)
{
	const struct spool_item *item = &o->item;
	uint64_t max = session_caps(f->link->session)->recipients_max;
	struct letter *letter = mem_alloc(1, sizeof *letter);
	struct smtp_mail *mail = &letter->mail.smtp;

	letter->o = o;
	letter->at = mem_alloc(item->n, sizeof *letter->at);
	letter->mail.content = o->content;
	*mail = (struct smtp_mail){.from = item->sender,
	    .rcpt = mem_alloc(item->n, sizeof *mail->rcpt),
	    .size = o->survey.size, .is_8bit = o->survey.is_8bit,
	    .is_utf8 = o->survey.is_utf8, .notify = item->notify,
	    .ret = item->ret, .envid = item->envid, .needs_tls =
	    account_yes(f->m->account, "require-tls", CONF_SEND)};
	for (size_t i = 0; i < item->n &&
	    mail->n < (max > 0 ? max : RCPT_MAX); i++) {
		if (item->rcpt[i].state != SPOOL_QUEUED || o->tried[i])
			continue;
		mail->rcpt[mail->n].address = item->rcpt[i].address;
		letter->at[mail->n++] = i;
		o->tried[i] = true;
	}
	return letter;
}

static void
letter_free(struct letter *letter)
{
	smtp_mail_free(&letter->mail.smtp);
	free(letter->mail.smtp.rcpt);
	free(letter->at);
	free(letter);
}

/* What is done is written down and told while nothing else is to be done. */
static void
step(struct flight *f)
{
	struct smtp_event event;
	struct err e;

	if (session_next(f->link->session, f->dones == 0, &event) == 0)
		(void)flight_save(f, NULL, 0, &e);
	else if (event.kind == SMTP_HELD)
		release(f, (struct letter *)event.mail);
	else
		settle(f, (struct letter *)event.mail);
}

/* Lets the end go once it is written down who may have the message then. */
static void
release(struct flight *f, struct letter *letter)
{
	struct err e;
	int status = 0;

	if (option_interrupted())
		status = err_set(&e, ERR_TEMP, "interrupted");
	else if (!letter->is_marked)
		status = mark(f, letter, &e);
	if (status == -1)
		session_abort(f->link->session, &e);
	else
		session_release(f->link->session, &letter->mail);
}

/*
 * This one, and in the same commit the small ones behind it where they leave
 * without waiting for an answer.
 */
static int
mark(struct flight *f, struct letter *letter, struct err *e)
{
	const struct smtp_caps *caps = session_caps(f->link->session);
	bool is_flowing = caps->chunking && caps->pipelining;
	struct spool_item *item[SMTP_WINDOW];
	size_t n = 0, bytes = 0, i = 0;

	while (f->letter[i] != letter)
		i++;
	for (; i < f->letters; i++) {
		bytes += f->letter[i]->o->content.n;
		if (f->letter[i] != letter &&
		    (!is_flowing || bytes > MARK_BYTES))
			break;
		if (set_sending(f->letter[i]))
			item[n++] = &f->letter[i]->o->item;
	}
	return flight_save(f, item, n, e);
}

/* False where the mail is nobody's by now. */
static bool
set_sending(struct letter *letter)
{
	const struct smtp_mail *mail = &letter->mail.smtp;
	bool is_any = false;

	letter->is_marked = true;
	for (size_t k = 0; k < mail->n; k++)
		if (mail->rcpt[k].outcome == SMTP_WAITING) {
			letter->o->item.rcpt[letter->at[k]].state =
			    SPOOL_SENDING;
			is_any = true;
		}
	return is_any;
}

static void
settle(struct flight *f, struct letter *letter)
{
	struct outgoing *o = letter->o;
	size_t i = 0;

	take_outcomes(f, letter);
	while (f->letter[i] != letter)
		i++;
	f->letters--;
	memmove(f->letter + i, f->letter + i + 1,
	    (f->letters - i) * sizeof *f->letter);
	letter_free(letter);
	if (--o->letters == 0)
		land(f, o);
}

static void
take_outcomes(struct flight *f, struct letter *letter)
{
	const struct smtp_mail *mail = &letter->mail.smtp;
	const char *why = session_is_over(f->link->session) ?
	    session_why(f->link->session)->text : "";
	struct outgoing *o = letter->o;
	bool has_sent = false;

	for (size_t k = 0; k < mail->n; k++) {
		take_outcome(&o->item.rcpt[letter->at[k]], &mail->rcpt[k],
		    why);
		has_sent = has_sent || mail->rcpt[k].outcome == SMTP_SENT;
		if (mail->rcpt[k].reply.code > 0 &&
		    mail->rcpt[k].reply.code != 421)
			f->link->has_progress = true;
	}
	for (size_t k = 0; k < mail->n; k++)
		if (is_again(f, &mail->rcpt[k], has_sent))
			o->tried[letter->at[k]] = false;
	if (session_is_over(f->link->session))
		o->why = *session_why(f->link->session);
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
	flight_text(&to->enhanced, from->reply.enhanced);
	flight_text(&to->text, from->reply.text.n > 0 ?
	    buf_cstr(&from->reply.text) : why);
}

/*
 * Those who are to be tried once more in this run: too many at a time, which
 * is 452 after some were taken (RFC 5321, section 4.5.3.1.10); and those whose
 * turn had not come when a session ended that had got something done, for a
 * server may take only so many messages in one.
 */
static bool
is_again(const struct flight *f, const struct smtp_rcpt *rcpt, bool has_sent)
{
	int code = rcpt->reply.code;

	if (rcpt->outcome != SMTP_LATER)
		return false;
	if (session_is_over(f->link->session))
		return f->link->has_progress && (code == 0 || code == 421) &&
		    !option_interrupted();
	return has_sent && !rcpt->accepted && (code == 452 || code == 552);
}

/* All its letters are settled. */
static void
land(struct flight *f, struct outgoing *o)
{
	bool is_stopped = o->why.kind != ERR_NONE &&
	    (!session_is_over(f->link->session) || !f->link->has_progress);

	if (!is_left(o) || is_stopped || option_interrupted()) {
		flight_finish(f, o);
		return;
	}
	o->why = (struct err){0};
	f->again = mem_grow(f->again, &f->again_cap, f->agains + 1,
	    sizeof *f->again);
	f->again[f->agains++] = o;
}
