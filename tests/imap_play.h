/* Plays a conversation with the IMAP machine, in pieces of several sizes. */
#ifndef TESTS_IMAP_PLAY_H
#define TESTS_IMAP_PLAY_H

#include "imap_log.h"
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
		DO_ASSUME, /* capabilities */
		DO_LITERAL, /* bytes of one */
		DO_IDLE_END,
		DO_COMPRESS, /* what is to be inflated */
		DO_TLS
	} what;
	const char *text;
	struct imap_ask ask;
};

#define ASK(...) {DO_ASK, NULL, {__VA_ARGS__}}
#define SAYS(s) {DO_SAYS, s, {0}}
#define SENT(s) {IS_SENT, s, {0}}
#define LOG(s) {IS_LOG, s, {0}}
#define ANSWER(s) {DO_ANSWER, s, {0}}
#define CANCEL {DO_CANCEL, NULL, {0}}
#define TLS {DO_TLS, NULL, {0}}
#define ASSUME(s) {DO_ASSUME, s, {0}}
#define LITERAL(s) {DO_LITERAL, s, {0}}
#define IDLE_END {DO_IDLE_END, NULL, {0}}
#define COMPRESS(s) {DO_COMPRESS, s, {0}}

#define HELLO SAYS("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n"), \
	LOG("greeting OK hi\n")

struct run {
	struct imap *m;
	struct imap_log log;
	struct buf sent;
	size_t chunk;
};

/* Takes all events and all bytes to send. */
static inline void
drain(struct run *r)
{
	struct imap_event ev;
	struct span out;
	struct err e = {0};
	int status;

	do {
		status = imap_next(r->m, &ev, &e);
		if (status == 1)
			imap_log_event(&r->log, &ev);
		if (status == -1)
			imap_log_error(&r->log, &e);
		out = imap_pending(r->m);
		buf_span(&r->sent, out);
		imap_sent(r->m, out.n);
	} while (status == 1);
}

static inline void
says(struct run *r, struct span bytes)
{
	struct span piece;
	struct err e;

	while (bytes.n > 0) {
		piece = span_sub(bytes, 0, r->chunk);
		bytes = span_from(bytes, piece.n);
		if (imap_push(r->m, piece, &e) == -1)
			return;
		drain(r);
	}
}

static inline void
inflated(struct run *r, const char *rest)
{
	struct buf got = {0};
	struct err e;

	ck_assert_int_eq(imap_compress(r->m, &got, &e), 0);
	unit_span(buf_view(&got), rest);
	buf_free(&got);
}

static inline void
take_step(struct run *r, const struct step *s)
{
	struct err e = {0};

	switch (s->what) {
	case DO_ASK:
		ck_assert_msg(imap_ask(r->m, &s->ask, NULL, &e) == 0, "%s",
		    e.text);
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
		imap_answer(r->m, span_of(s->text));
		drain(r);
		break;
	case DO_CANCEL:
		imap_cancel(r->m);
		drain(r);
		break;
	case DO_ASSUME:
		imap_assume(r->m, span_of(s->text));
		break;
	case DO_LITERAL:
		ck_assert_int_eq(imap_literal(r->m, span_of(s->text), &e), 0);
		drain(r);
		break;
	case DO_IDLE_END:
		imap_idle_end(r->m);
		drain(r);
		break;
	case DO_COMPRESS:
		inflated(r, s->text);
		break;
	case DO_TLS:
		if (imap_starttls(r->m, &e) == -1)
			imap_log_error(&r->log, &e);
		break;
	}
}

/* Plays it in pieces of one byte, of some, and whole. */
static inline void
play(const struct step *s, size_t n)
{
	static const size_t chunks[] = {1, 2, 3, 7, 100, SIZE_MAX};

	for (size_t i = 0; i < COUNT(chunks); i++) {
		struct run r = {.m = imap_open(false), .chunk = chunks[i]};

		for (size_t j = 0; j < n; j++)
			take_step(&r, &s[j]);
		unit_span(buf_view(&r.log.text), "");
		unit_span(buf_view(&r.sent), "");
		imap_close(r.m);
		buf_free(&r.log.text);
		buf_free(&r.sent);
	}
}
#define PLAY(...)                                                             \
	do {                                                                  \
		const struct step steps[] = {__VA_ARGS__};                    \
		play(steps, COUNT(steps));                                    \
	} while (0)

#endif
