/*
 * A hostile POP3 server: the first byte says how the rest is cut into pieces.
 * In pieces and whole, the same events come.
 */
#include <assert.h>
#include <string.h>

#include "pop_log.h"
#include "proto/pop.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is asked, two more with each answer. */
static const struct pop_ask asks[] = {
    {.verb = POP_CAPA},
    {.verb = POP_UTF8},
    {.verb = POP_UIDL},
    {.verb = POP_LIST},
    {.verb = POP_RETR, .number = 1},
    {.verb = POP_TOP, .number = 2},
    {.verb = POP_AUTH, .text = {"PLAIN", 5}, .secret = {"\0a\0b", 4},
	.has_initial = true},
    {.verb = POP_AUTH, .text = {"X", 1}},
    {.verb = POP_STLS},
};

struct talk {
	struct pop *m;
	struct pop_log log;
	size_t asked;
	bool is_over;
	bool has_plus; /* the line being cut has one */
};

static void run(struct talk *, struct span, size_t chunk);
static struct span cut(struct talk *, struct span, size_t chunk);
static void drain(struct talk *);
static void react(struct talk *, const struct pop_event *);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct talk whole = {0}, pieces = {0};

	if (n == 0)
		return 0;
	run(&whole, span_at(p + 1, n - 1), SIZE_MAX);
	run(&pieces, span_at(p + 1, n - 1), 1 + p[0] % 64);
	assert(whole.log.text.n == pieces.log.text.n);
	assert(whole.log.text.n == 0 ||
	    memcmp(whole.log.text.p, pieces.log.text.p, whole.log.text.n) == 0);
	buf_free(&whole.log.text);
	buf_free(&pieces.log.text);
	return 0;
}

static void
run(struct talk *t, struct span rest, size_t chunk)
{
	struct span piece;
	struct err e;

	t->m = pop_open(true);
	while (rest.n > 0 && !t->is_over) {
		piece = cut(t, rest, chunk);
		rest = span_from(rest, piece.n);
		assert(pop_push(t->m, piece, &e) == 0);
		drain(t);
	}
	pop_close(t->m);
}

/*
 * A piece; it ends where the server says "+", for what then goes to it must go
 * before its next line is looked at.
 */
static struct span
cut(struct talk *t, struct span s, size_t chunk)
{
	for (size_t i = 0; i < s.n && i < chunk; i++) {
		if (s.p[i] == '+' &&
		    !span_istarts(span_from(s, i + 1), SPAN("OK")))
			t->has_plus = true;
		if (s.p[i] == '\n' && t->has_plus) {
			t->has_plus = false;
			return span_sub(s, 0, i + 1);
		}
	}
	return span_sub(s, 0, chunk);
}

static void
drain(struct talk *t)
{
	struct pop_event ev;
	struct span line;
	struct err e = {0};
	int status;
	char dir;

	while (!t->is_over && (status = pop_next(t->m, &ev, &e)) != 0) {
		if (status == -1) {
			assert(e.kind == ERR_PROTO || e.kind == ERR_TEMP);
			pop_log_error(&t->log, &e);
			t->is_over = true;
			return;
		}
		assert(ev.on != POP_ON_UIDL ||
		    (ev.name.n > 0 && ev.name.n <= POP_UIDL_MAX));
		assert(ev.on != POP_ON_DATA || ev.data.n > 0);
		pop_log_event(&t->log, &ev);
		react(t, &ev);
		pop_sent(t->m, pop_pending(t->m).n);
	}
	pop_sent(t->m, pop_pending(t->m).n);
	while (pop_trace(t->m, &dir, &line))
		assert(span_chr(line, '\n') == SPAN_NONE);
}

static void
react(struct talk *t, const struct pop_event *ev)
{
	const size_t n = sizeof asks / sizeof asks[0];
	struct err e;

	if (ev->on == POP_ON_CHALLENGE && ev->data.n % 2 == 0)
		pop_answer(t->m, ev->data);
	else if (ev->on == POP_ON_CHALLENGE)
		pop_cancel(t->m);
	if (ev->on == POP_ON_DONE && ev->verb == POP_STLS && ev->is_ok)
		t->is_over = true;
	if (ev->on != POP_ON_GREETING && ev->on != POP_ON_DONE)
		return;
	for (int i = 0; i < 2; i++)
		if (pop_ask(t->m, &asks[t->asked++ % n], &e) == -1)
			assert(e.kind == ERR_SOFTWARE);
}
