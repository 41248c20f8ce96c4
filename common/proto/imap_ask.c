#include "base/mem.h"
#include "proto/imap_impl.h"
#include "text/enc.h"

#define LITERAL_MINUS_MAX 4096 /* bytes; RFC 7888, section 5 */
#define INITIAL_MAX 4096       /* bytes; longer ones wait for "+" */

/* What follows a command's name, in this order. */
enum {
	WITH_SET = 1,
	WITH_MECHANISM = 2,
	WITH_REFERENCE = 4, /* LIST's empty one */
	WITH_NAME = 8,
	WITH_SECRET = 16,
	WITH_WORDS = 32,
	IS_ALONE = 64,	    /* nothing may be in flight */
	IS_LAST = 128	    /* nothing may be asked before its answer */
};

static const struct command {
	const char *name;
	int what;
} commands[] = {
	[IMAP_NONE] = {"", 0},
	[IMAP_CAPABILITY] = {"CAPABILITY", 0},
	[IMAP_STARTTLS] = {"STARTTLS", IS_ALONE | IS_LAST},
	[IMAP_AUTHENTICATE] = {"AUTHENTICATE",
	    WITH_MECHANISM | IS_ALONE | IS_LAST},
	[IMAP_LOGIN] = {"LOGIN", WITH_NAME | WITH_SECRET},
	[IMAP_LIST] = {"LIST", WITH_REFERENCE | WITH_NAME},
	[IMAP_SELECT] = {"SELECT", WITH_NAME},
	[IMAP_EXAMINE] = {"EXAMINE", WITH_NAME},
	[IMAP_UID_SEARCH] = {"UID SEARCH", WITH_WORDS},
	[IMAP_UID_FETCH] = {"UID FETCH", WITH_SET | WITH_WORDS},
	[IMAP_UID_STORE] = {"UID STORE", WITH_SET | WITH_WORDS},
	[IMAP_UID_EXPUNGE] = {"UID EXPUNGE", WITH_SET},
	[IMAP_NOOP] = {"NOOP", 0},
	[IMAP_LOGOUT] = {"LOGOUT", IS_LAST},
};

/* A command as it is built; nothing is queued before it is whole. */
struct draft {
	struct imap *m;
	unsigned tag;
	struct buf bytes;
	struct buf shown; /* the same for the trace, secrets masked */
	struct imap_hold hold[2];
	size_t n_holds;
	bool has_initial; /* in bytes */
};

static int allowed(const struct imap *, const struct imap_ask *,
    struct err *);
static int draft(struct draft *, const struct imap_ask *, struct err *);
static int put_words(struct draft *, struct span, struct err *);
static int put_set(struct draft *, struct span, struct err *);
static int put_mechanism(struct draft *, const struct imap_ask *,
    struct err *);
static int put_string(struct draft *, struct span, bool is_secret,
    struct err *);
static int put_literal(struct draft *, struct span, bool is_secret,
    struct err *);
static void put_quoted(struct buf *, struct span);
static void put_both(struct draft *, struct span);
static void queue(struct draft *, const struct imap_ask *);
static void drop_rest(struct imap *, uint64_t end, unsigned tag);
static void queue_answer(struct imap *, struct span);

int
imap_ask(struct imap *m, const struct imap_ask *ask, unsigned *tag,
    struct err *e)
{
	struct draft d = {.m = m, .tag = m->tags + 1};
	int status;

	if (allowed(m, ask, e) == -1)
		return -1;
	status = draft(&d, ask, e);
	if (status == 0)
		queue(&d, ask);
	if (status == 0 && tag != NULL)
		*tag = d.tag;
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
	for (m->n_asked--; i < m->n_asked; i++)
		m->asked[i] = m->asked[i + 1];
	if (asked->verb == IMAP_AUTHENTICATE) {
		buf_wipe(&m->initial);
		m->has_initial = m->is_challenged = false;
	}
	return true;
}

static int
allowed(const struct imap *m, const struct imap_ask *ask, struct err *e)
{
	const struct command *c = &commands[ask->verb];

	if (m->n_asked == IMAP_ASKED_MAX)
		return err_set(e, ERR_SOFTWARE, "too many commands in flight");
	if ((c->what & IS_ALONE) != 0 && m->n_asked > 0)
		return err_set(e, ERR_SOFTWARE, "%s among others", c->name);
	for (size_t i = 0; i < m->n_asked; i++)
		if ((commands[m->asked[i].verb].what & IS_LAST) != 0)
			return err_set(e, ERR_SOFTWARE, "%s before an answer",
			    c->name);
	if (m->is_clear)
		return err_set(e, ERR_SOFTWARE, "%s before TLS", c->name);
	if (ask->verb == IMAP_LOGIN && imap_can(m, "LOGINDISABLED"))
		return err_set(e, ERR_AUTH, "the server refuses LOGIN here");
	return 0;
}

static int
draft(struct draft *d, const struct imap_ask *ask, struct err *e)
{
	const struct command *c = &commands[ask->verb];
	int what = c->what;

	buf_fmt(&d->bytes, "A%u %s", d->tag, c->name);
	buf_fmt(&d->shown, "A%u %s", d->tag, c->name);
	if (what & WITH_SET && put_set(d, ask->set, e) == -1)
		return -1;
	if (what & WITH_MECHANISM && put_mechanism(d, ask, e) == -1)
		return -1;
	if (what & WITH_REFERENCE)
		put_both(d, SPAN(" \"\""));
	if (what & WITH_NAME && put_string(d, ask->name, false, e) == -1)
		return -1;
	if (what & WITH_SECRET && put_string(d, ask->secret, true, e) == -1)
		return -1;
	if (ask->verb == IMAP_UID_SEARCH && imap_can(d->m, "ESEARCH"))
		put_both(d, SPAN(" RETURN (ALL)"));
	if (what & WITH_WORDS && put_words(d, ask->words, e) == -1)
		return -1;
	buf_str(&d->bytes, "\r\n");
	return 0;
}

/* Words of our own: search keys, items, flags. */
static int
put_words(struct draft *d, struct span words, struct err *e)
{
	for (size_t i = 0; i < words.n; i++)
		if (words.p[i] < 0x20 || words.p[i] > 0x7e)
			return err_set(e, ERR_USAGE,
			    "a command may hold printable ASCII only");
	if (words.n == 0)
		return err_set(e, ERR_SOFTWARE, "a command without words");
	put_both(d, SPAN(" "));
	put_both(d, words);
	return 0;
}

static int
put_set(struct draft *d, struct span set, struct err *e)
{
	for (size_t i = 0; i < set.n; i++)
		if (span_chr(SPAN("0123456789:,*"), set.p[i]) == SPAN_NONE)
			return err_set(e, ERR_SOFTWARE, "not a set of UIDs");
	return put_words(d, set, e);
}

static int
put_mechanism(struct draft *d, const struct imap_ask *ask, struct err *e)
{
	bool at_once = ask->has_initial && imap_can(d->m, "SASL-IR") &&
	    ask->secret.n <= INITIAL_MAX;

	for (size_t i = 0; i < ask->name.n; i++)
		if (!ascii_alpha(ask->name.p[i]) &&
		    !ascii_digit(ask->name.p[i]) &&
		    span_chr(SPAN("-_"), ask->name.p[i]) == SPAN_NONE)
			return err_set(e, ERR_USAGE, "not a mechanism's name");
	if (put_words(d, ask->name, e) == -1)
		return -1;
	if (!at_once)
		return 0;
	buf_char(&d->bytes, ' ');
	if (ask->secret.n == 0)
		buf_char(&d->bytes, '=');
	enc_base64(ask->secret, &d->bytes);
	buf_str(&d->shown, " ***");
	d->has_initial = true;
	return 0;
}

/* The one place where bytes from outside enter a command. */
static int
put_string(struct draft *d, struct span s, bool is_secret, struct err *e)
{
	bool is_ascii = true;

	for (size_t i = 0; i < s.n; i++) {
		if (span_chr(SPAN("\r\n\0"), s.p[i]) != SPAN_NONE)
			return err_set(e, ERR_USAGE,
			    "a line end or NUL cannot be sent");
		is_ascii = is_ascii && (unsigned char)s.p[i] < 0x80;
	}
	if (!is_ascii)
		return put_literal(d, s, is_secret, e);
	buf_char(&d->bytes, ' ');
	put_quoted(&d->bytes, s);
	buf_char(&d->shown, ' ');
	if (is_secret)
		buf_str(&d->shown, "***");
	else
		put_quoted(&d->shown, s);
	return 0;
}

/* Without LITERAL+ or LITERAL- the rest waits for the server's "+". */
static int
put_literal(struct draft *d, struct span s, bool is_secret, struct err *e)
{
	bool at_once = imap_can(d->m, "LITERAL+") ||
	    (imap_can(d->m, "LITERAL-") && s.n <= LITERAL_MINUS_MAX);

	buf_fmt(&d->bytes, " {%zu%s}\r\n", s.n, at_once ? "+" : "");
	if (!at_once) {
		if (d->m->n_holds + d->n_holds == IMAP_HOLDS_MAX)
			return err_set(e, ERR_SOFTWARE, "too many literals");
		d->hold[d->n_holds++] = (struct imap_hold){
		    d->m->gone + d->m->out.n + d->bytes.n, d->tag};
	}
	buf_span(&d->bytes, s);
	buf_char(&d->shown, ' ');
	buf_span(&d->shown, is_secret ? SPAN("***") : s);
	return 0;
}

static void
put_quoted(struct buf *out, struct span s)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, s.p[i]);
	}
	buf_char(out, '"');
}

static void
put_both(struct draft *d, struct span s)
{
	buf_span(&d->bytes, s);
	buf_span(&d->shown, s);
}

static void
queue(struct draft *d, const struct imap_ask *ask)
{
	struct imap *m = d->m;

	buf_span(&m->out, buf_view(&d->bytes));
	for (size_t i = 0; i < d->n_holds; i++)
		m->hold[m->n_holds++] = d->hold[i];
	m->asked[m->n_asked++] = (struct imap_asked){
	    .tag = d->tag, .verb = ask->verb, .end = m->gone + m->out.n};
	m->tags = d->tag;
	if (ask->verb == IMAP_AUTHENTICATE && ask->has_initial &&
	    !d->has_initial) {
		buf_span(&m->initial, ask->secret);
		m->has_initial = true;
	}
	if (ask->verb == IMAP_SELECT || ask->verb == IMAP_EXAMINE)
		m->box = (struct imap_mailbox){0};
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
