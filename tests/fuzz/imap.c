/*
 * A hostile IMAP server: the first byte says how the rest is cut into pieces.
 * In pieces and whole, the same events come, and each body has the size that
 * was announced.
 */
#include <assert.h>
#include <string.h>

#include "imap_log.h"
#include "proto/imap.h"


int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is asked, one more with each answer. */
static const struct imap_ask asks[] = {
    {.verb = IMAP_CAPABILITY},
    {.verb = IMAP_LIST, .name = {"\xc3\xbc", 2}},
    {.verb = IMAP_AUTHENTICATE, .name = {"PLAIN", 5}, .secret = {"\0a\0b", 4},
	.has_initial = true},
    {.verb = IMAP_LOGIN, .name = {"\xc3\xbc", 2}, .secret = {"\xc3\xbc", 2}},
    {.verb = IMAP_SELECT, .name = {"INBOX", 5}},
    {.verb = IMAP_UID_SEARCH, .words = {"ALL", 3}},
    {.verb = IMAP_UID_FETCH, .set = {"1:9", 3},
	.words = {IMAP_WHOLE, sizeof IMAP_WHOLE - 1}},
    {.verb = IMAP_AUTHENTICATE, .name = {"X", 1}},
    {.verb = IMAP_LIST, .name = {"*", 1}, .words = {"RETURN (STATUS (SIZE))",
	22}},
    {.verb = IMAP_APPEND, .name = {"\xc3\xbc", 2}, .size = 3},
    {.verb = IMAP_UID_SORT, .words = {"(SIZE) UTF-8 ALL", 16}},
    {.verb = IMAP_EXAMINE, .name = {"a", 1}, .words = {"(QRESYNC (1 2))", 15}},
    {.verb = IMAP_ENABLE, .words = {"UTF8=ACCEPT", 11}},
    {.verb = IMAP_NAMESPACE},
    {.verb = IMAP_ID, .words = {"NIL", 3}},
    {.verb = IMAP_IDLE},
    {.verb = IMAP_COMPRESS},
    {.verb = IMAP_STARTTLS},
};

struct talk {
	struct imap *m;
	struct imap_log log;
	size_t asked;
	uint64_t left;	/* of a body */
	bool is_over;
	bool has_plus; /* the line being cut has one */
};

static void run(struct talk *, struct span, size_t chunk);
static struct span cut(struct talk *, struct span, size_t chunk);
static void drain(struct talk *);
static void check(struct talk *, const struct imap_event *);
static void react(struct talk *, const struct imap_event *);

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

	t->m = imap_open(true);
	while (rest.n > 0 && !t->is_over) {
		piece = cut(t, rest, chunk);
		rest = span_from(rest, piece.n);
		assert(imap_push(t->m, piece, &e) == 0);
		drain(t);
	}
	imap_close(t->m);
}

/*
 * A piece; it ends where the server says "+", for what then goes to it must go
 * before its next line is looked at.
 */
static struct span
cut(struct talk *t, struct span s, size_t chunk)
{
	for (size_t i = 0; i < s.n && i < chunk; i++) {
		if (s.p[i] == '+')
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
	struct imap_event ev;
	struct span line;
	struct err e = {0};
	int status;
	char dir;

	while (!t->is_over && (status = imap_next(t->m, &ev, &e)) != 0) {
		if (status == -1) {
			assert(e.kind == ERR_PROTO || e.kind == ERR_TEMP);
			imap_log_error(&t->log, &e);
			t->is_over = true;
			return;
		}
		check(t, &ev);
		imap_log_event(&t->log, &ev);
		react(t, &ev);
		imap_sent(t->m, imap_pending(t->m).n);
	}
	imap_sent(t->m, imap_pending(t->m).n);
	while (imap_trace(t->m, &dir, &line))
		assert(span_chr(line, '\n') == SPAN_NONE);
}

static void
check(struct talk *t, const struct imap_event *ev)
{
	if (ev->on == IMAP_ON_BODY)
		t->left = ev->size;
	assert(ev->on != IMAP_ON_DATA ||
	    (ev->data.n > 0 && ev->data.n <= t->left));
	if (ev->on == IMAP_ON_DATA)
		t->left -= ev->data.n;
	assert(ev->on != IMAP_ON_BODY_END || t->left == 0);
	assert(ev->on != IMAP_ON_UIDS ||
	    (ev->uid > 0 && ev->uid <= ev->last));
	assert(ev->flags.n <= IMAP_FLAGS_MAX);
	assert(ev->on != IMAP_ON_VANISHED ||
	    (ev->uid > 0 && ev->uid <= ev->last));
	assert(ev->mailbox == 0 || ev->on == IMAP_ON_DONE ||
	    ev->mailbox == imap_mailbox(t->m)->tag);
}

static void
react(struct talk *t, const struct imap_event *ev)
{
	const size_t n = sizeof asks / sizeof asks[0];
	struct err e;

	if (ev->on == IMAP_ON_CHALLENGE && ev->data.n % 2 == 0)
		imap_answer(t->m, ev->data);
	else if (ev->on == IMAP_ON_CHALLENGE)
		imap_cancel(t->m);
	if (ev->on == IMAP_ON_LITERAL)
		assert(imap_literal(t->m, SPAN("abc"), &e) == 0);
	if (ev->on == IMAP_ON_EXISTS)
		imap_idle_end(t->m);
	if (ev->on == IMAP_ON_DONE && ev->status == IMAP_OK &&
	    (ev->verb == IMAP_STARTTLS || ev->verb == IMAP_COMPRESS))
		t->is_over = true;
	if (ev->on == IMAP_ON_GREETING || ev->on == IMAP_ON_DONE)
		if (imap_ask(t->m, &asks[t->asked++ % n], NULL, &e) == -1)
			assert(e.kind == ERR_SOFTWARE || e.kind == ERR_AUTH);
}
