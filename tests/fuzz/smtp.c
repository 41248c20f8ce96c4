/*
 * A hostile server.  The first byte chooses LMTP, the kind of content and how
 * many bytes come at a time; the rest is what the server says.  Whatever that
 * is, our lines are whole, and every recipient has one outcome in the end:
 * sent or unknown only if the end of the content was let go.
 */
#include <stdlib.h>

#include "proto/smtp.h"

#define MAILS 2

struct state {
	struct smtp *m;
	struct smtp_rcpt rcpt[MAILS][2];
	struct smtp_mail mail[MAILS];
	bool released[MAILS], settled[MAILS];
	struct span content;
	bool has_cr;
};

static void require(bool);
static void follow(struct state *);
static void handle(struct state *, const struct smtp_event *);
static void send_all(struct state *);
static void check_outcomes(struct state *);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = span_from(span_at(data, n), 1);
	uint8_t how = n == 0 ? 0 : data[0];
	size_t piece = how >> 2 == 0 ? in.n : how >> 2;
	struct state s = {.content = SPAN("Hello\r\n.\n")};
	struct err e;

	if ((how & 2) != 0)
		s.content = in;
	if (smtp_new("me.example.org", (how & 1) != 0, &s.m, &e) == -1)
		abort();
	for (size_t i = 0; i < MAILS; i++) {
		s.rcpt[i][0].address = "b@example.org";
		s.rcpt[i][1].address = "c@example.org";
		s.mail[i] = (struct smtp_mail){.from = "a@example.org",
		    .rcpt = s.rcpt[i], .n = 2};
		require(smtp_submit(s.m, &s.mail[i], &e) == 0);
	}
	while (in.n > 0 &&
	    smtp_push(s.m, span_sub(in, 0, piece), &e) == 0) {
		follow(&s);
		in = span_from(in, piece);
	}
	smtp_cut(s.m);
	follow(&s);
	check_outcomes(&s);
	smtp_free(s.m);
	return 0;
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
follow(struct state *s)
{
	struct smtp_event event;

	while (smtp_next(s->m, &event) == 1)
		handle(s, &event);
	send_all(s);
}

static void
handle(struct state *s, const struct smtp_event *event)
{
	size_t i = event->mail == &s->mail[1] ? 1 : 0;
	struct err e;

	switch (event->kind) {
	case SMTP_READY:
		if (smtp_caps(s->m)->auth.n > 0)
			smtp_auth(s->m, "PLAIN", NULL, &e);
		break;
	case SMTP_CHALLENGE:
		require(smtp_respond(s->m, event->challenge, &e) == 0);
		break;
	case SMTP_CONTENT:
		smtp_content(s->m, event->mail, s->content);
		smtp_content_end(s->m, event->mail);
		break;
	case SMTP_HELD:
		s->released[i] = true;
		smtp_release(s->m, event->mail);
		break;
	case SMTP_SETTLED:
		require(!s->settled[i]);
		s->settled[i] = true;
		break;
	default:
		break;
	}
}

/* What we say has lines that end in CR LF, and neither alone. */
static void
send_all(struct state *s)
{
	struct span out = smtp_pending(s->m);

	for (size_t i = 0; i < out.n; i++) {
		require(s->has_cr == (out.p[i] == '\n'));
		s->has_cr = out.p[i] == '\r';
	}
	smtp_sent(s->m, out.n);
}

static void
check_outcomes(struct state *s)
{
	for (size_t i = 0; i < MAILS; i++) {
		require(s->settled[i]);
		for (size_t k = 0; k < 2; k++) {
			enum smtp_outcome o = s->rcpt[i][k].outcome;

			require(o != SMTP_WAITING);
			require(s->released[i] ||
			    (o != SMTP_SENT && o != SMTP_UNKNOWN));
			require(o != SMTP_SENT || s->rcpt[i][k].accepted);
		}
		smtp_mail_free(&s->mail[i]);
	}
}
