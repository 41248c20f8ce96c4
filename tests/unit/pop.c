#include "pop_log.h"
#include "proto/pop.h"
#include "unit/unit.h"

/* One step of a conversation. */
struct step {
	enum {
		DO_ASK,	 /* a command */
		DO_SAYS, /* the server's bytes */
		IS_SENT, /* all that went to the server since the last */
		IS_LOG,	 /* all events since the last */
		DO_ANSWER,
		DO_CANCEL,
		DO_TLS
	} what;
	const char *text;
	struct pop_ask ask;
};

#define ASK(...) {DO_ASK, NULL, {__VA_ARGS__}}
#define SAYS(s) {DO_SAYS, s, {0}}
#define SENT(s) {IS_SENT, s, {0}}
#define LOG(s) {IS_LOG, s, {0}}
#define ANSWER(s) {DO_ANSWER, s, {0}}
#define CANCEL {DO_CANCEL, NULL, {0}}
#define TLS {DO_TLS, NULL, {0}}

#define HELLO SAYS("+OK hi\r\n"), LOG("greeting hi\n")
#define CAPA(lines) ASK(.verb = POP_CAPA), SENT("CAPA\r\n"),                  \
	SAYS("+OK\r\n" lines ".\r\n"), LOG("done 0 0 ok \n")

struct run {
	struct pop *m;
	struct pop_log log;
	struct buf sent;
	size_t chunk;
};

/* Takes all events and all bytes to send. */
static void
drain(struct run *r)
{
	struct pop_event ev;
	struct span out;
	struct err e = {0};
	int status;

	do {
		status = pop_next(r->m, &ev, &e);
		if (status == 1)
			pop_log_event(&r->log, &ev);
		if (status == -1)
			pop_log_error(&r->log, &e);
		out = pop_pending(r->m);
		buf_span(&r->sent, out);
		pop_sent(r->m, out.n);
	} while (status == 1);
}

static void
says(struct run *r, struct span bytes)
{
	struct span piece;
	struct err e;

	while (bytes.n > 0) {
		piece = span_sub(bytes, 0, r->chunk);
		bytes = span_from(bytes, piece.n);
		if (pop_push(r->m, piece, &e) == -1)
			return;
		drain(r);
	}
}

static void
take_step(struct run *r, const struct step *s)
{
	struct err e = {0};

	switch (s->what) {
	case DO_ASK:
		ck_assert_msg(pop_ask(r->m, &s->ask, &e) == 0, "%s", e.text);
		drain(r);
		break;
	case DO_SAYS:
		says(r, span_of(s->text));
		break;
	case IS_SENT:
		unit_span(buf_view(&r->sent), s->text);
		buf_cut(&r->sent, 0);
		break;
	case IS_LOG:
		unit_span(buf_view(&r->log.text), s->text);
		buf_cut(&r->log.text, 0);
		break;
	case DO_ANSWER:
		pop_answer(r->m, span_of(s->text));
		drain(r);
		break;
	case DO_CANCEL:
		pop_cancel(r->m);
		drain(r);
		break;
	case DO_TLS:
		if (pop_stls(r->m, &e) == -1)
			pop_log_error(&r->log, &e);
		break;
	}
}

/* Plays it in pieces of one byte, of some, and whole. */
static void
play(const struct step *s, size_t n)
{
	static const size_t chunks[] = {1, 2, 3, 7, 100, SIZE_MAX};

	for (size_t i = 0; i < COUNT(chunks); i++) {
		struct run r = {.m = pop_open(false), .chunk = chunks[i]};

		for (size_t j = 0; j < n; j++)
			take_step(&r, &s[j]);
		unit_span(buf_view(&r.log.text), "");
		unit_span(buf_view(&r.sent), "");
		pop_close(r.m);
		buf_free(&r.log.text);
		buf_free(&r.sent);
	}
}
#define PLAY(...)                                                             \
	do {                                                                  \
		const struct step steps[] = {__VA_ARGS__};                    \
		play(steps, COUNT(steps));                                    \
	} while (0)

START_TEST(greetings)
{
	PLAY(HELLO);
	PLAY(SAYS("+OK\n"), LOG("greeting \n"));
	PLAY(SAYS("+OK <1896.697170952@example.org>\r\n"),
	    LOG("greeting <1896.697170952@example.org>\n"));
	PLAY(SAYS("-ERR [SYS/TEMP] later\r\n"),
	    LOG("error 75 the server says: later\n"));
	PLAY(SAYS("-ERR [SYS/PERM] never\r\n"),
	    LOG("error 69 the server says: never\n"));
	PLAY(SAYS("* OK IMAP\r\n"), LOG("error 76 not a POP3 server\n"));
}
END_TEST

START_TEST(lock_step)
{
	PLAY(HELLO, ASK(.verb = POP_USER, .text = SPAN("ann")),
	    ASK(.verb = POP_PASS, .secret = SPAN("p w")),
	    SENT("USER ann\r\n"), SAYS("+OK\r\n"), LOG("done 3 0 ok \n"),
	    SENT("PASS p w\r\n"), SAYS("-ERR [AUTH] no\r\n"),
	    LOG("done 4 0 err [AUTH] no\n"));
}
END_TEST

START_TEST(pipelined)
{
	PLAY(HELLO, CAPA("TOP\r\nPIPELINING\r\n"),
	    ASK(.verb = POP_RETR, .number = 1),
	    ASK(.verb = POP_RETR, .number = 2), ASK(.verb = POP_QUIT),
	    SENT("RETR 1\r\nRETR 2\r\nQUIT\r\n"),
	    SAYS("+OK 4 octets\r\na\r\n..b\r\n.\r\n-ERR no such\r\n"
		"+OK bye\r\n"),
	    LOG("body 1\ndata a\r\n.b\r\n\nend\ndone 7 1 ok \n"
		"done 7 2 err no such\ndone 11 0 ok bye\n"));
}
END_TEST

START_TEST(sasl)
{
	PLAY(HELLO, CAPA("SASL PLAIN LOGIN\r\n"),
	    ASK(.verb = POP_AUTH, .text = SPAN("PLAIN"),
		.secret = SPAN("\0ann\0pw"), .has_initial = true),
	    SENT("AUTH PLAIN AGFubgBwdw==\r\n"), SAYS("+OK in\r\n"),
	    LOG("done 2 0 ok in\n"));
	/* without SASL in CAPA it waits, as RFC 1734 has it */
	PLAY(HELLO,
	    ASK(.verb = POP_AUTH, .text = SPAN("PLAIN"),
		.secret = SPAN("\0ann\0pw"), .has_initial = true),
	    SENT("AUTH PLAIN\r\n"), SAYS("+ \r\n"), SENT("AGFubgBwdw==\r\n"),
	    SAYS("-ERR no\r\n"), LOG("done 2 0 err no\n"));
	PLAY(HELLO, ASK(.verb = POP_AUTH, .text = SPAN("LOGIN")),
	    SENT("AUTH LOGIN\r\n"), SAYS("+ VXNlcg==\r\n"),
	    LOG("challenge User\n"), ANSWER("ann"), SENT("YW5u\r\n"),
	    SAYS("+\r\n"), LOG("challenge \n"), CANCEL, SENT("*\r\n"),
	    SAYS("-ERR given up\r\n"), LOG("done 2 0 err given up\n"));
	PLAY(HELLO, ASK(.verb = POP_AUTH, .text = SPAN("LOGIN")),
	    SENT("AUTH LOGIN\r\n"), SAYS("+ no base64\r\n"),
	    LOG("error 76 the server's challenge is not base64\n"));
	PLAY(HELLO, ASK(.verb = POP_NOOP), SENT("NOOP\r\n"),
	    SAYS("+ what\r\n"),
	    LOG("error 76 the server's answer is neither +OK nor -ERR\n"));
}
END_TEST

START_TEST(stls)
{
	PLAY(HELLO, CAPA("PIPELINING\r\nSASL PLAIN\r\n"),
	    ASK(.verb = POP_STLS), SENT("STLS\r\n"), SAYS("+OK go\r\n"),
	    LOG("done 1 0 ok go\n"), TLS,
	    /* what was said in the clear is forgotten */
	    ASK(.verb = POP_NOOP), ASK(.verb = POP_NOOP), SENT("NOOP\r\n"));
	PLAY(HELLO, ASK(.verb = POP_STLS), SENT("STLS\r\n"),
	    SAYS("-ERR no\r\n"), LOG("done 1 0 err no\n"));
	PLAY(HELLO, ASK(.verb = POP_STLS), SENT("STLS\r\n"),
	    SAYS("+OK go\r\n+OK in\r\n"), LOG("done 1 0 ok go\n"), TLS,
	    LOG("error 76 the server sent more than its answer to STLS\n"));
}
END_TEST

START_TEST(lists)
{
	PLAY(HELLO, ASK(.verb = POP_UIDL), SENT("UIDL\r\n"),
	    SAYS("+OK\r\n1 whqtswO00WBw418f9t5JxYwZ\r\n2 QhdPYR:00~\r\n.\r\n"),
	    LOG("uidl 1 whqtswO00WBw418f9t5JxYwZ\nuidl 2 QhdPYR:00~\n"
		"done 5 0 ok \n"),
	    ASK(.verb = POP_LIST), SENT("LIST\r\n"),
	    SAYS("+OK 2 messages\r\n1 120\r\n2 9999999999 more\r\n.\r\n"),
	    LOG("size 1 120\nsize 2 9999999999\ndone 6 0 ok \n"));
	PLAY(HELLO, ASK(.verb = POP_UIDL), SENT("UIDL\r\n"),
	    SAYS("-ERR what\r\n"), LOG("done 5 0 err what\n"));
}
END_TEST

START_TEST(lists_broken)
{
	static const struct {
		const char *line, *log;
	} rows[] = {
	    {"x y", "error 76 the server's list has no number\n"},
	    {"0 y", "error 76 the server's list has no number\n"},
	    {"", "error 76 the server's list has no number\n"},
	    {"4294967296 y", "error 76 the server's list has no number\n"},
	    {"7", "error 76 the server's UIDL of message 7 is not one\n"},
	    {"7 a b", "error 76 the server's UIDL of message 7 is not one\n"},
	    {"7 a\xc3\xbc",
		"error 76 the server's UIDL of message 7 is not one\n"},
	    {"7 a\x1b", "error 76 the server's UIDL of message 7 is not one\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		PLAY(HELLO, ASK(.verb = POP_UIDL), SENT("UIDL\r\n"),
		    SAYS("+OK\r\n"), SAYS(rows[i].line), SAYS("\r\n"),
		    LOG(rows[i].log));
	PLAY(HELLO, ASK(.verb = POP_LIST), SENT("LIST\r\n"),
	    SAYS("+OK\r\n1 big\r\n"),
	    LOG("error 76 the server's list has no size\n"));
}
END_TEST

START_TEST(answers_that_nobody_asked_for)
{
	PLAY(HELLO, SAYS("+OK\r\n"),
	    LOG("error 76 the server answers what was not asked\n"));
	PLAY(HELLO, ASK(.verb = POP_NOOP), ASK(.verb = POP_NOOP),
	    SENT("NOOP\r\n"), SAYS("+OK\r\n"), SENT("NOOP\r\n"),
	    SAYS("+OK\r\n+OK\r\n"),
	    LOG("done 10 0 ok \ndone 10 0 ok \n"
		"error 76 the server answers what was not asked\n"));
	PLAY(HELLO, ASK(.verb = POP_NOOP), SENT("NOOP\r\n"),
	    SAYS("fine\r\n"),
	    LOG("error 76 the server's answer is neither +OK nor -ERR\n"));
}
END_TEST

START_TEST(capabilities)
{
	struct run r = {.m = pop_open(false), .chunk = SIZE_MAX};
	struct buf names = {0};
	struct err e;

	says(&r, SPAN("+OK\r\n"));
	ck_assert_int_eq(pop_ask(r.m,
	    &(struct pop_ask){.verb = POP_CAPA}, &e), 0);
	drain(&r);
	ck_assert(!pop_knows(r.m));
	says(&r, SPAN("+OK\r\nTOP\r\nsasl PLAIN  X\r\nUIDL\r\n.\r\n"));
	ck_assert(pop_knows(r.m));
	ck_assert(pop_can(r.m, "top"));
	ck_assert(!pop_can(r.m, "PLAIN"));
	pop_mechanisms(r.m, &names);
	unit_span(buf_view(&names), "PLAIN  X");
	pop_close(r.m);
	buf_free(&names);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

START_TEST(arguments_cannot_break_out)
{
	static const struct pop_ask bad[] = {
	    {.verb = POP_USER, .text = {"a\r\nDELE 1", 9}},
	    {.verb = POP_USER, .text = {"a\0b", 3}},
	    {.verb = POP_PASS, .secret = {"a\nb", 3}},
	    {.verb = POP_AUTH, .text = {"P\rQ", 3}},
	};
	struct pop *m = pop_open(true);
	struct span line;
	struct err e;
	char dir;

	ck_assert_int_eq(pop_ask(m, &bad[_i], &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_uint_eq(pop_pending(m).n, 0);
	ck_assert_uint_eq(pop_waiting(m), 0);
	ck_assert(!pop_trace(m, &dir, &line));
	pop_close(m);
}
END_TEST

START_TEST(trace_masks)
{
	struct run r = {.m = pop_open(true), .chunk = 1};
	struct buf shown = {0};
	struct span line;
	struct err e;
	char dir;

	says(&r, SPAN("+OK hi\r\n"));
	ck_assert_int_eq(pop_ask(r.m, &(struct pop_ask){
	    .verb = POP_PASS, .secret = SPAN("s3cret")}, &e), 0);
	drain(&r);
	says(&r, SPAN("-ERR no\r\n"));
	ck_assert_int_eq(pop_ask(r.m, &(struct pop_ask){.verb = POP_AUTH,
	    .text = SPAN("PLAIN"), .secret = SPAN("s3cret"),
	    .has_initial = true}, &e), 0);
	drain(&r);
	says(&r, SPAN("+ \r\n+OK in\r\n"));
	ck_assert_int_eq(pop_ask(r.m, &(struct pop_ask){
	    .verb = POP_RETR, .number = 1}, &e), 0);
	drain(&r);
	says(&r, SPAN("+OK\r\nhidden\r\n.\r\n"));
	while (pop_trace(r.m, &dir, &line)) {
		buf_fmt(&shown, "%c ", dir);
		buf_span(&shown, line);
		buf_char(&shown, '\n');
	}
	unit_span(buf_view(&shown),
	    "< +OK hi\n> PASS ***\n< -ERR no\n> AUTH PLAIN\n< + \n> ***\n"
	    "< +OK in\n> RETR 1\n< +OK\n");
	pop_close(r.m);
	buf_free(&shown);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		struct pop_event ev;
		enum err_kind kind;
		const char *text;
	} rows[] = {
	    {{.verb = POP_PASS, .text = {"no", 2}}, ERR_AUTH,
		"the server says: no"},
	    {{.verb = POP_PASS, .code = {"IN-USE", 6}, .text = {"no", 2}},
		ERR_TEMP, "the server says: no"},
	    {{.verb = POP_AUTH, .code = {"sys/temp", 8}}, ERR_TEMP,
		"the server says: -ERR"},
	    {{.verb = POP_PASS, .code = {"SYS/PERM", 8}}, ERR_REFUSED,
		"the server says: -ERR"},
	    {{.verb = POP_USER, .code = {"LOGIN-DELAY", 11}}, ERR_TEMP,
		"the server says: -ERR"},
	    {{.verb = POP_UIDL}, ERR_REFUSED, "the server says: -ERR"},
	    {{.verb = POP_RETR, .code = {"AUTH", 4}}, ERR_AUTH,
		"the server says: -ERR"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e;

		ck_assert_int_eq(pop_refused(&rows[i].ev, &e), -1);
		ck_assert_int_eq(e.kind, rows[i].kind);
		ck_assert_str_eq(e.text, rows[i].text);
	}
}
END_TEST

/* A line without end is refused; a message's line may be of any length. */
START_TEST(limits)
{
	struct pop *m = pop_open(true);
	struct pop_event ev;
	struct err e = {0};
	int status = 0;
	size_t n = 0;

	while (status == 0 && n++ < 2 * POP_LINE_MAX) {
		ck_assert_int_eq(pop_push(m, SPAN("+"), &e), 0);
		status = pop_next(m, &ev, &e);
	}
	ck_assert_int_eq(status, -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	ck_assert_uint_eq(n, POP_LINE_MAX + 1);
	pop_close(m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pop");

	unit_test(s, greetings);
	unit_test(s, lock_step);
	unit_test(s, pipelined);
	unit_test(s, sasl);
	unit_test(s, stls);
	unit_test(s, lists);
	unit_test(s, lists_broken);
	unit_test(s, answers_that_nobody_asked_for);
	unit_test(s, capabilities);
	unit_each(s, arguments_cannot_break_out, 4);
	unit_test(s, trace_masks);
	unit_test(s, refusals);
	unit_test(s, limits);
	return unit_main(s);
}
