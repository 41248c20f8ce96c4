#include <stdlib.h>

#include "base/mem.h"
#include "proto/dot.h"
#include "proto/pop.h"
#include "proto/trace.h"
#include "text/enc.h"

#define ASK_MAX 255 /* bytes of a command with its line end; RFC 2449, 4 */

/* What the next byte of the server belongs to. */
enum state { AT_GREETING, AT_REPLY, IN_LIST, BODY_BEGINS, IN_BODY, BODY_ENDED };

enum {
	WITH_NUMBER = 1,
	WITH_TEXT = 2,
	WITH_SECRET = 4,
	IS_LAST = 8,  /* nothing may be asked before its answer */
	HAS_LINES = 16,
	HAS_BODY = 32
};

static const struct command {
	const char *name;
	int what;
} commands[] = {
	[POP_CAPA] = {"CAPA", HAS_LINES},
	[POP_STLS] = {"STLS", IS_LAST},
	[POP_AUTH] = {"AUTH", WITH_TEXT | IS_LAST},
	[POP_USER] = {"USER", WITH_TEXT},
	[POP_PASS] = {"PASS", WITH_SECRET},
	[POP_UIDL] = {"UIDL", HAS_LINES},
	[POP_LIST] = {"LIST", HAS_LINES},
	[POP_RETR] = {"RETR", WITH_NUMBER | HAS_BODY},
	[POP_TOP] = {"TOP", WITH_NUMBER | HAS_BODY},
	[POP_DELE] = {"DELE", WITH_NUMBER},
	[POP_NOOP] = {"NOOP", 0},
	[POP_QUIT] = {"QUIT", IS_LAST},
	[POP_APOP] = {"APOP", WITH_TEXT | WITH_SECRET},
	[POP_UTF8] = {"UTF8", 0},
};

/* A command whose answer has not come.  end counts all bytes ever queued. */
struct asked {
	enum pop_verb verb;
	uint32_t number;
	uint64_t end;
};

struct pop {
	/* to the server */
	struct buf out;
	uint64_t gone; /* bytes that left out */
	struct asked asked[POP_ASKED_MAX];
	size_t n_asked;
	struct buf initial; /* the response that waits for "+" */
	bool has_initial;
	bool is_challenged; /* an answer is owed */

	/* from the server */
	struct buf in;
	size_t given; /* of it, what the last event showed */
	size_t seen;  /* of it, without a line end */
	enum state state;
	struct dot dot;
	bool is_clear; /* after STLS's +OK, before pop_stls */
	struct err failed;
	struct trace trace;

	/* kept */
	struct buf data;       /* a challenge */
	struct buf capability; /* LF-ended lines */
	bool has_capability;
};

static int read_event(struct pop *, struct pop_event *, struct err *);
static int next_line(struct pop *, struct span *, struct err *);
static int greeting(struct pop_event *, struct span, struct err *);
static int reply(struct pop *, struct span, struct pop_event *, struct err *);
static int challenge(struct pop *, struct span, struct pop_event *,
    struct err *);
static void take_text(struct pop_event *, struct span);
static int listed(struct pop *, struct span, struct pop_event *,
    struct err *);
static int take_entry(struct span, struct pop_event *, struct err *);
static bool is_uidl(struct span);
static int learn(struct pop *, struct span, struct err *);
static int body(struct pop *, struct pop_event *);
static int done(struct pop *, struct pop_event *);
static int allowed(const struct pop *, const struct pop_ask *, struct err *);
static int put_argument(struct buf *, struct span, struct err *);
static void put_initial(struct pop *, const struct pop_ask *, struct buf *,
    struct buf *shown);
static void queue_answer(struct pop *, struct span);

struct pop *
pop_open(bool trace)
{
	struct pop *m = mem_alloc(1, sizeof *m);

	m->trace.is_on = trace;
	return m;
}

void
pop_close(struct pop *m)
{
	if (m == NULL)
		return;
	buf_wipe(&m->out);
	buf_wipe(&m->initial);
	buf_free(&m->in);
	trace_free(&m->trace);
	buf_free(&m->data);
	buf_free(&m->capability);
	free(m);
}

int
pop_ask(struct pop *m, const struct pop_ask *ask, struct err *e)
{
	const struct command *c = &commands[ask->verb];
	struct buf line = {0}, shown = {0};
	int status = allowed(m, ask, e);

	buf_str(&line, c->name);
	if ((c->what & WITH_NUMBER) != 0)
		buf_fmt(&line, " %lu", (unsigned long)ask->number);
	if (ask->verb == POP_TOP)
		buf_str(&line, " 0");
	if (status == 0 && (c->what & WITH_TEXT) != 0)
		status = put_argument(&line, ask->text, e);
	buf_span(&shown, buf_view(&line));
	if (status == 0 && (c->what & WITH_SECRET) != 0) {
		status = put_argument(&line, ask->secret, e);
		buf_str(&shown, " ***");
	}
	if (status == 0) {
		if (ask->verb == POP_AUTH && ask->has_initial)
			put_initial(m, ask, &line, &shown);
		buf_str(&line, "\r\n");
		buf_span(&m->out, buf_view(&line));
		trace_line(&m->trace, '>', buf_view(&shown));
		m->asked[m->n_asked++] = (struct asked){
		    ask->verb, ask->number, m->gone + m->out.n};
	}
	buf_wipe(&line);
	buf_free(&shown);
	return status;
}

void
pop_answer(struct pop *m, struct span response)
{
	struct buf line = {0};

	enc_base64(response, &line);
	queue_answer(m, buf_view(&line));
	buf_wipe(&line);
}

void
pop_cancel(struct pop *m)
{
	queue_answer(m, SPAN("*"));
}

int
pop_next(struct pop *m, struct pop_event *ev, struct err *e)
{
	int status;

	*ev = (struct pop_event){0};
	buf_drop(&m->in, m->given);
	m->given = 0;
	if (m->failed.kind != ERR_NONE) {
		*e = m->failed;
		return -1;
	}
	if (m->is_clear)
		return 0;
	status = read_event(m, ev, e);
	if (status == -1)
		m->failed = *e;
	return status;
}

int
pop_stls(struct pop *m, struct err *e)
{
	if (!m->is_clear)
		return err_set(e, ERR_SOFTWARE, "TLS without STLS's answer");
	if (m->in.n > m->given) {
		err_set(&m->failed, ERR_PROTO,
		    "the server sent more than its answer to STLS");
		*e = m->failed;
		return -1;
	}
	m->is_clear = false;
	m->has_capability = false;
	buf_cut(&m->capability, 0);
	return 0;
}

struct span
pop_pending(void *self)
{
	struct pop *m = self;
	struct span all = buf_view(&m->out);

	if (m->n_asked > 0 && !pop_can(m, "PIPELINING"))
		all.n = m->asked[0].end > m->gone ?
		    (size_t)(m->asked[0].end - m->gone) : 0;
	return all;
}

void
pop_sent(void *self, size_t n)
{
	struct pop *m = self;

	mem_wipe(m->out.p, n);
	buf_drop(&m->out, n);
	m->gone += n;
}

int
pop_push(void *self, struct span bytes, struct err *e)
{
	struct pop *m = self;

	if (m->failed.kind != ERR_NONE) {
		*e = m->failed;
		return -1;
	}
	buf_drop(&m->in, m->given);
	m->given = 0;
	buf_span(&m->in, bytes);
	return 0;
}

bool
pop_knows(const struct pop *m)
{
	return m->has_capability;
}

struct span
pop_capabilities(const struct pop *m)
{
	return buf_view(&m->capability);
}

size_t
pop_waiting(const struct pop *m)
{
	return m->n_asked;
}

bool
pop_trace(struct pop *m, char *direction, struct span *line)
{
	return trace_next(&m->trace, direction, line);
}

static int
read_event(struct pop *m, struct pop_event *ev, struct err *e)
{
	struct span line = {0};
	int status = 0;

	while (status == 0 && !m->is_clear) {
		*ev = (struct pop_event){0};
		if (m->state >= BODY_BEGINS)
			return body(m, ev);
		status = next_line(m, &line, e);
		if (status != 1)
			return status;
		if (m->state == AT_GREETING) {
			m->state = AT_REPLY;
			return greeting(ev, line, e);
		}
		status = m->state == IN_LIST ? listed(m, line, ev, e) :
		    reply(m, line, ev, e);
	}
	return status;
}

/* A whole line without its end, shown until the next event is asked for. */
static int
next_line(struct pop *m, struct span *line, struct err *e)
{
	struct span in;
	size_t end;

	buf_drop(&m->in, m->given);
	m->given = 0;
	in = buf_view(&m->in);
	end = span_chr(span_from(in, m->seen), '\n');
	if (end == SPAN_NONE)
		m->seen = in.n;
	if ((end == SPAN_NONE ? in.n : m->seen + end) > POP_LINE_MAX)
		return err_set(e, ERR_PROTO, "the server's line has no end");
	if (end == SPAN_NONE)
		return 0;
	m->given = m->seen + end + 1;
	m->seen = 0;
	*line = span_sub(in, 0, m->given - 1);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	trace_line(&m->trace, '<', *line);
	return 1;
}

static int
greeting(struct pop_event *ev, struct span line, struct err *e)
{
	if (span_istarts(line, SPAN("-ERR"))) {
		take_text(ev, span_from(line, 4));
		return err_set(e, span_iis(ev->code, "SYS/PERM") ?
		    ERR_REFUSED : ERR_TEMP, "the server says: %.*s",
		    (int)ev->text.n, ev->text.p);
	}
	if (!span_istarts(line, SPAN("+OK")))
		return err_set(e, ERR_PROTO, "not a POP3 server");
	take_text(ev, span_from(line, 3));
	ev->on = POP_ON_GREETING;
	ev->is_ok = true;
	return 1;
}

static int
reply(struct pop *m, struct span line, struct pop_event *ev, struct err *e)
{
	const struct asked *a = &m->asked[0];
	int what;

	if (m->n_asked == 0 || a->end > m->gone)
		return err_set(e, ERR_PROTO,
		    "the server answers what was not asked");
	ev->number = a->number;
	ev->verb = a->verb;
	what = commands[a->verb].what;
	if (span_istarts(line, SPAN("-ERR"))) {
		take_text(ev, span_from(line, 4));
		return done(m, ev);
	}
	if (!span_istarts(line, SPAN("+OK")))
		return challenge(m, line, ev, e);
	ev->is_ok = true;
	take_text(ev, span_from(line, 3));
	if ((what & (HAS_LINES | HAS_BODY)) == 0)
		return done(m, ev);
	if (a->verb == POP_CAPA)
		buf_cut(&m->capability, 0);
	m->state = (what & HAS_BODY) != 0 ? BODY_BEGINS : IN_LIST;
	return m->state == BODY_BEGINS ? body(m, ev) : 0;
}

static int
challenge(struct pop *m, struct span line, struct pop_event *ev,
    struct err *e)
{
	if (ev->verb != POP_AUTH || line.n == 0 || line.p[0] != '+' ||
	    m->is_challenged)
		return err_set(e, ERR_PROTO,
		    "the server's answer is neither +OK nor -ERR");
	m->is_challenged = true;
	if (m->has_initial) {
		pop_answer(m, buf_view(&m->initial));
		buf_wipe(&m->initial);
		m->has_initial = false;
		return 0;
	}
	buf_cut(&m->data, 0);
	if (!enc_unbase64(span_trim(span_from(line, 1)), &m->data))
		return err_set(e, ERR_PROTO,
		    "the server's challenge is not base64");
	ev->on = POP_ON_CHALLENGE;
	ev->data = buf_view(&m->data);
	return 1;
}

static void
take_text(struct pop_event *ev, struct span text)
{
	size_t end;

	ev->text = span_trim(text);
	end = span_chr(ev->text, ']');
	if (!span_starts(ev->text, SPAN("[")) || end == SPAN_NONE)
		return;
	ev->code = span_sub(ev->text, 1, end - 1);
	ev->text = span_trim(span_from(ev->text, end + 1));
}

/* A line of CAPA's, UIDL's or LIST's. */
static int
listed(struct pop *m, struct span line, struct pop_event *ev, struct err *e)
{
	ev->verb = m->asked[0].verb;
	if (span_is(line, ".")) {
		m->state = AT_REPLY;
		ev->is_ok = true;
		return done(m, ev);
	}
	if (line.n > 0 && line.p[0] == '.')
		line = span_from(line, 1);
	if (ev->verb != POP_CAPA)
		return take_entry(line, ev, e);
	return learn(m, line, e);
}

static int
take_entry(struct span line, struct pop_event *ev, struct err *e)
{
	struct span number = {0};
	uint64_t n;

	span_cut(&line, ' ', &number);
	line = span_trim(line);
	if (!span_num(number, UINT32_MAX, &n) || n == 0)
		return err_set(e, ERR_PROTO, "the server's list has no number");
	ev->number = (uint32_t)n;
	if (ev->verb == POP_UIDL) {
		ev->on = POP_ON_UIDL;
		ev->name = line;
		if (!is_uidl(line))
			return err_set(e, ERR_PROTO,
			    "the server's UIDL of message %lu is not one",
			    (unsigned long)n);
		return 1;
	}
	span_cut(&line, ' ', &number);
	ev->on = POP_ON_SIZE;
	if (!span_num(number, INT64_MAX, &ev->size))
		return err_set(e, ERR_PROTO, "the server's list has no size");
	return 1;
}

static bool
is_uidl(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.n > 0 && s.n <= POP_UIDL_MAX;
}

static int
learn(struct pop *m, struct span line, struct err *e)
{
	if (m->capability.n + line.n >= POP_CAPABILITY_MAX)
		return err_set(e, ERR_PROTO, "the server's CAPA has no end");
	buf_span(&m->capability, line);
	buf_char(&m->capability, '\n');
	return 0;
}

static int
body(struct pop *m, struct pop_event *ev)
{
	int what;

	ev->verb = m->asked[0].verb;
	ev->number = m->asked[0].number;
	if (m->state == BODY_BEGINS) {
		m->state = IN_BODY;
		ev->on = POP_ON_BODY;
		return 1;
	}
	if (m->state == IN_BODY) {
		what = dot_next(&m->dot, &m->in, &ev->data);
		if (what == -1)
			m->state = BODY_ENDED;
		ev->on = what == -1 ? POP_ON_BODY_END : POP_ON_DATA;
		return what != 0;
	}
	m->state = AT_REPLY;
	ev->is_ok = true;
	return done(m, ev);
}

/* The oldest command has its answer. */
static int
done(struct pop *m, struct pop_event *ev)
{
	ev->on = POP_ON_DONE;
	if (ev->verb == POP_CAPA)
		m->has_capability = true;
	if (ev->verb == POP_STLS && ev->is_ok)
		m->is_clear = true;
	if (ev->verb == POP_AUTH) {
		buf_wipe(&m->initial);
		m->has_initial = m->is_challenged = false;
	}
	m->n_asked--;
	for (size_t i = 0; i < m->n_asked; i++)
		m->asked[i] = m->asked[i + 1];
	return 1;
}

static int
allowed(const struct pop *m, const struct pop_ask *ask, struct err *e)
{
	const struct command *c = &commands[ask->verb];

	if (m->n_asked == POP_ASKED_MAX)
		return err_set(e, ERR_SOFTWARE, "too many commands in flight");
	for (size_t i = 0; i < m->n_asked; i++)
		if ((commands[m->asked[i].verb].what & IS_LAST) != 0)
			return err_set(e, ERR_SOFTWARE, "%s before an answer",
			    c->name);
	if (m->is_clear)
		return err_set(e, ERR_SOFTWARE, "%s before TLS", c->name);
	return 0;
}

/* The one place where bytes from outside enter a command. */
static int
put_argument(struct buf *line, struct span s, struct err *e)
{
	for (size_t i = 0; i < s.n; i++)
		if (span_chr(SPAN("\r\n\0"), s.p[i]) != SPAN_NONE)
			return err_set(e, ERR_USAGE,
			    "a line end or NUL cannot be sent");
	buf_char(line, ' ');
	buf_span(line, s);
	return 0;
}

static void
put_initial(struct pop *m, const struct pop_ask *ask, struct buf *line,
    struct buf *shown)
{
	struct buf encoded = {0};

	if (ask->secret.n == 0)
		buf_char(&encoded, '=');
	enc_base64(ask->secret, &encoded);
	if (pop_can(m, "SASL") && line->n + encoded.n + 3 <= ASK_MAX) {
		buf_char(line, ' ');
		buf_span(line, buf_view(&encoded));
		buf_str(shown, " ***");
	} else {
		buf_span(&m->initial, ask->secret);
		m->has_initial = true;
	}
	buf_wipe(&encoded);
}

static void
queue_answer(struct pop *m, struct span line)
{
	if (!m->is_challenged)
		return;
	m->is_challenged = false;
	buf_span(&m->out, line);
	buf_str(&m->out, "\r\n");
	m->asked[0].end = m->gone + m->out.n;
	trace_line(&m->trace, '>', span_is(line, "*") ? line : SPAN("***"));
}
