#include "base/mem.h"
#include "proto/imap_impl.h"
#include "text/enc.h"

static int allowed(const struct imap *, const struct imap_ask *,
    struct err *);
static void queue(struct imap_draft *, const struct imap_ask *);
static void drop_rest(struct imap *, uint64_t end, unsigned tag);
static void end_literal(struct imap *);
static void queue_answer(struct imap *, struct span);
static void queue_done(struct imap *);

int
imap_ask(struct imap *m, const struct imap_ask *ask, unsigned *tag,
    struct err *e)
{
	struct imap_draft d = {.m = m, .tag = m->tags + 1};
	int status;

	if (tag != NULL)
		*tag = d.tag;
	if (allowed(m, ask, e) == -1)
		return -1;
	status = imap_draft(&d, ask, e);
	if (status == 0)
		queue(&d, ask);
	buf_wipe(&d.bytes);
	buf_free(&d.shown);
	return status;
}

void
imap_answer(struct imap *m, struct span response)
{
	struct buf line = {0};

	enc_base64(response, &line);
	queue_answer(m, buf_view(&line));
	buf_wipe(&line);
}

void
imap_cancel(struct imap *m)
{
	queue_answer(m, SPAN("*"));
}

int
imap_literal(struct imap *m, struct span bytes, struct err *e)
{
	if (m->literal != IMAP_LITERAL_OPEN || bytes.n > m->literal_left)
		return err_set(e, ERR_SOFTWARE, "bytes of no literal");
	buf_span(&m->out, bytes);
	m->literal_left -= bytes.n;
	if (m->literal_left == 0)
		end_literal(m);
	return 0;
}

uint64_t
imap_literal_left(const struct imap *m)
{
	return m->literal == IMAP_LITERAL_NONE ? 0 : m->literal_left;
}

void
imap_idle_end(struct imap *m)
{
	if (m->n_asked == 0 || m->asked[m->n_asked - 1].verb != IMAP_IDLE)
		return;
	m->ends_idle = true;
	queue_done(m);
}

void
imap_idles(struct imap *m)
{
	m->is_idling = true;
	queue_done(m);
}

struct span
imap_pending(void *self)
{
	struct imap *m = self;
	struct span all = buf_view(&m->out);

	if (m->n_holds > 0)
		all.n = (size_t)(m->hold[0].at - m->gone);
	return all;
}

void
imap_sent(void *self, size_t n)
{
	struct imap *m = self;

	mem_wipe(m->out.p, n);
	buf_drop(&m->out, n);
	m->gone += n;
}

bool
imap_release(struct imap *m)
{
	if (m->n_holds == 0 || m->hold[0].at != m->gone)
		return false;
	if (m->literal == IMAP_LITERAL_HELD &&
	    m->hold[0].tag == m->literal_tag && m->n_holds == 1)
		m->literal = IMAP_LITERAL_FREE;
	m->n_holds--;
	for (size_t i = 0; i < m->n_holds; i++)
		m->hold[i] = m->hold[i + 1];
	return true;
}

bool
imap_settle(struct imap *m, unsigned tag, struct imap_asked *asked)
{
	size_t i = 0;

	while (i < m->n_asked && m->asked[i].tag != tag)
		i++;
	if (i == m->n_asked)
		return false;
	*asked = m->asked[i];
	if (m->n_holds > 0 && m->hold[0].tag == tag &&
	    m->hold[0].at == m->gone)
		drop_rest(m, asked->end, tag);
	if (asked->end > m->gone)
		return false;
	if (m->literal == IMAP_LITERAL_HELD && m->literal_tag == tag)
		m->literal = IMAP_LITERAL_NONE;
	for (m->n_asked--; i < m->n_asked; i++)
		m->asked[i] = m->asked[i + 1];
	if (asked->verb == IMAP_AUTHENTICATE) {
		buf_wipe(&m->initial);
		m->has_initial = m->is_challenged = false;
	}
	if (asked->verb == IMAP_IDLE)
		m->ends_idle = m->is_idling = false;
	imap_turn(m, false);
	return true;
}

void
imap_turn(struct imap *m, bool is_closed)
{
	struct imap_asked *a = m->asked;

	/* what closes is the mailbox before the first that is being opened */
	while (is_closed && a < m->asked + m->n_asked && !imap_opens(a->verb))
		a++;
	if (a == m->asked + m->n_asked || !imap_opens(a->verb) ||
	    a->has_begun)
		return;
	a->has_begun = true;
	m->box = (struct imap_mailbox){.tag = a->tag};
}

static int
allowed(const struct imap *m, const struct imap_ask *ask, struct err *e)
{
	const char *name = imap_name(ask->verb);

	if (m->n_asked == IMAP_ASKED_MAX)
		return err_set(e, ERR_SOFTWARE, "too many commands in flight");
	if (imap_is_alone(ask->verb) && m->n_asked > 0)
		return err_set(e, ERR_SOFTWARE, "%s among others", name);
	for (size_t i = 0; i < m->n_asked; i++)
		if (imap_is_last(m->asked[i].verb) && !m->asked[i].is_whole)
			return err_set(e, ERR_SOFTWARE, "%s before an answer",
			    name);
	if (m->literal != IMAP_LITERAL_NONE)
		return err_set(e, ERR_SOFTWARE, "%s within a literal", name);
	if (m->is_clear)
		return err_set(e, ERR_SOFTWARE, "%s before %s goes on", name,
		    imap_name(m->clear));
	if (ask->verb == IMAP_LOGIN && imap_can(m, "LOGINDISABLED"))
		return err_set(e, ERR_AUTH, "the server refuses LOGIN here");
	return 0;
}

static void
queue(struct imap_draft *d, const struct imap_ask *ask)
{
	struct imap *m = d->m;

	buf_span(&m->out, buf_view(&d->bytes));
	for (size_t i = 0; i < d->n_holds; i++)
		m->hold[m->n_holds++] = d->hold[i];
	m->asked[m->n_asked++] = (struct imap_asked){
	    .tag = d->tag, .verb = ask->verb, .end = m->gone + m->out.n,
	    .is_whole = d->has_initial};
	m->tags = d->tag;
	if (ask->verb == IMAP_AUTHENTICATE && ask->has_initial &&
	    !d->has_initial) {
		buf_span(&m->initial, ask->secret);
		m->has_initial = true;
	}
	if (ask->verb == IMAP_APPEND) {
		m->literal = d->is_held ? IMAP_LITERAL_HELD : IMAP_LITERAL_FREE;
		m->literal_left = ask->size;
		m->literal_tag = d->tag;
	}
	imap_turn(m, false);
	trace_line(&m->trace, '>', buf_view(&d->shown));
}

/* The server answered without taking the literal: the rest is not sent. */
static void
drop_rest(struct imap *m, uint64_t end, unsigned tag)
{
	size_t n = (size_t)(end - m->gone), kept = 0;

	mem_wipe(m->out.p, n);
	buf_drop(&m->out, n);
	m->gone = end;
	for (size_t i = 0; i < m->n_holds; i++)
		if (m->hold[i].tag != tag)
			m->hold[kept++] = m->hold[i];
	m->n_holds = kept;
}

/* The command goes on after its literal; here it ends. */
static void
end_literal(struct imap *m)
{
	m->literal = IMAP_LITERAL_NONE;
	buf_str(&m->out, "\r\n");
	for (size_t i = 0; i < m->n_asked; i++)
		if (m->asked[i].tag == m->literal_tag)
			m->asked[i].end = m->gone + m->out.n;
}

static void
queue_answer(struct imap *m, struct span line)
{
	if (!m->is_challenged)
		return;
	m->is_challenged = false;
	buf_span(&m->out, line);
	buf_str(&m->out, "\r\n");
	m->asked[m->n_asked - 1].end = m->gone + m->out.n;
	trace_line(&m->trace, '>', span_is(line, "*") ? line : SPAN("***"));
}

static void
queue_done(struct imap *m)
{
	if (!m->ends_idle || !m->is_idling)
		return;
	m->ends_idle = m->is_idling = false;
	buf_str(&m->out, "DONE\r\n");
	trace_line(&m->trace, '>', SPAN("DONE"));
}
