#include "proto/smtp.h"
#include "unit/unit.h"

#define RCPT_MAX 4

/*
 * A conversation: what the machine sends ("C: ") and the server ("S: "), a line
 * each, where "S; " leaves the line's CR LF out and "-" is the cut of the
 * connection.  Events are noted in short, and at the end the outcomes.
 */
struct talk {
	const char *name;
	const char *from, *rcpt[RCPT_MAX];
	const char *content;
	const char *script;
	const char *events;
	const char *outcome; /* of the first mail */
	uint64_t size;
	int mails; /* 0 is 1 */
	bool is_lmtp, is_8bit, is_utf8, needs_tls, is_broken, never_release;
	bool starttls;
	const char *notify, *mechanism, *initial;
};

struct runner {
	const struct talk *talk;
	struct smtp *m;
	struct smtp_mail mail[3];
	struct smtp_rcpt rcpt[3][RCPT_MAX];
	struct buf events;
	int mails, settled;
	size_t piece;
	bool tls_done;
};

#define EHLO "S: 220 mx.example.org ESMTP\nC: EHLO me.example.org\n"
#define CAPS(list) EHLO "S: 250-mx.example.org\n" list "S: 250 HELP\n"
#define PLAIN_CAPS CAPS("")
#define PIPE_CAPS CAPS("S: 250-PIPELINING\n")
#define BDAT_CAPS CAPS("S: 250-PIPELINING\nS: 250-CHUNKING\n")
#define LHLO_CAPS                                                             \
	"S: 220 mx LMTP\nC: LHLO me.example.org\nS: 250-mx\n"                 \
	"S: 250 PIPELINING\n"
#define BYE "C: QUIT\nS: 221 bye\n"
#define ENVELOPE "C: MAIL FROM:<a@example.org>\nC: RCPT TO:<b@example.org>\n"

static const struct talk talks[] = {
    {.name = "lock step, DATA",
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 250 ok\nC: DATA\nS: 354 go\n"
	"C: Hello\nC: .\nS: 250 2.0.0 queued as 7\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250 2.0.0 queued as 7;"},
    {.name = "pipelined, DATA",
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 250 ok\nS: 250 ok\nS: 354 go\nC: Hello\nC: .\nS: 250 done\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250  done;"},
    {.name = "one flight, BDAT",
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"S: 250 ok\nS: 250 ok\nS: 250 done\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250  done;"},
    {.name = "lock step, BDAT",
	.script = CAPS("S: 250-chunking\n") "C: MAIL FROM:<a@example.org>\n"
	"S: 250 ok\nC: RCPT TO:<b@example.org>\nS: 250 ok\n"
	"C: BDAT 7 LAST\nC: Hello\nS: 250 done\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250  done;"},
    {.name = "the null path, dots, no last line end",
	.from = "", .content = ".\n..a\r\n.b\r\r\n.",
	.script = PIPE_CAPS "C: MAIL FROM:<>\nC: RCPT TO:<b@example.org>\n"
	"C: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n"
	"C: ..\nC: ...a\nC: ..b \nC: ..\nC: .\nS: 250 done\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250  done;"},
    {.name = "no content at all",
	.content = "",
	.script = BDAT_CAPS ENVELOPE "C: BDAT 0 LAST\n"
	"S: 250 ok\nS: 250 ok\nS: 250 done\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250  done;"},
    {.name = "TLS all the way", .needs_tls = true,
	.script = CAPS("S: 250-REQUIRETLS\n") "C: MAIL FROM:<a@example.org> "
	"REQUIRETLS\nS: 550 5.7.10 no\n" BYE,
	.events = "ready settled closed:221 ",
	.outcome = "refused 550 5.7.10 no;"},
    {.name = "TLS not all the way", .needs_tls = true,
	.script = PIPE_CAPS BYE, .events = "ready settled closed:221 ",
	.outcome = "refused 0  the server does not promise TLS all the way "
	"(REQUIRETLS);"},
    {.name = "parameters", .size = 7, .is_8bit = true, .is_utf8 = true,
	.notify = "FAILURE,DELAY",
	.script = CAPS("S: 250-SIZE 1000\nS: 250-8BITMIME\nS: 250-SMTPUTF8\n"
	"S: 250-DSN\n") "C: MAIL FROM:<a@example.org> SIZE=7 BODY=8BITMIME "
	"SMTPUTF8\nS: 250 ok\nC: RCPT TO:<b@example.org> "
	"NOTIFY=FAILURE,DELAY ORCPT=rfc822;b@example.org\nS: 550 no\n" BYE,
	.events = "ready settled closed:221 ", .outcome = "refused 550  no;"},
    {.name = "a larger message than the server takes", .size = 1001,
	.script = CAPS("S: 250-SIZE 1000\n") BYE,
	.events = "ready settled closed:221 ",
	.outcome = "refused 0  the message has 1001 bytes, the server takes "
	"1000;"},
    {.name = "8-bit where it is not offered", .is_8bit = true,
	.script = PIPE_CAPS BYE, .events = "ready settled closed:221 ",
	.outcome = "refused 0  the server takes no 8-bit messages (8BITMIME);"},
    {.name = "an address in UTF-8 where it is not offered",
	.rcpt = {"\xc3\xa4@example.org"},
	.script = PIPE_CAPS BYE, .events = "ready settled closed:221 ",
	.outcome = "refused 0  the server takes no UTF-8 in addresses and "
	"header (SMTPUTF8);"},
    {.name = "one of three is refused", .rcpt = {"b@example.org",
	"c@example.org", "d@example.org"},
	.script = BDAT_CAPS ENVELOPE "C: RCPT TO:<c@example.org>\n"
	"C: RCPT TO:<d@example.org>\nC: BDAT 7 LAST\nC: Hello\n"
	"S: 250 ok\nS: 250 ok\nS: 550-5.1.1 no such\nS: 550 5.1.1 user\n"
	"S: 452 4.5.3 later\nS: 250 2.0.0 done\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250 2.0.0 done;refused 550 5.1.1 no such\nuser;"
	"later 452 4.5.3 later;"},
    {.name = "too many recipients, as RFC 821 said it",
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 552 many\n" BYE,
	.events = "ready settled closed:221 ", .outcome = "later 552  many;"},
    {.name = "the sender is refused, pipelined",
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 550 5.7.1 not you\nS: 503 no MAIL\nS: 503 no MAIL\n" BYE,
	.events = "ready settled closed:221 ",
	.outcome = "refused 550 5.7.1 not you;"},
    {.name = "the sender is refused, in lock step",
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 451 wait\n" BYE,
	.events = "ready settled closed:221 ",
	.outcome = "later 451  wait;"},
    {.name = "all recipients are refused, yet 354",
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 250 ok\nS: 550 no\nS: 354 go\nC: .\nS: 554 nobody\n" BYE,
	.events = "ready settled closed:221 ", .outcome = "refused 550  no;"},
    {.name = "DATA is refused",
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 250 ok\nS: 250 ok\nS: 451 4.3.0 disk\n" BYE,
	.events = "ready settled closed:221 ",
	.outcome = "later 451 4.3.0 disk;"},
    {.name = "the content is refused",
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 250 ok\nS: 250 ok\nS: 354 go\nC: Hello\nC: .\nS: 554 spam\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "refused 554  spam;"},
    {.name = "RSET between refused and next, lock step", .mails = 2,
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 550 no\nC: RSET\nS: 250 ok\n"
	"C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 550 no\n" BYE,
	.events = "ready settled settled closed:221 ",
	.outcome = "refused 550  no;"},
    {.name = "no RSET after a mail that was taken", .mails = 2,
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 250 ok\nC: DATA\nS: 354 go\n"
	"C: Hello\nC: .\nS: 250 done\n"
	"C: MAIL FROM:<a@example.org>\nS: 550 no\n" BYE,
	.events = "ready content held settled settled closed:221 ",
	.outcome = "sent 250  done;"},
    {.name = "two mails in one flight", .mails = 2,
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"C: RSET\n" ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"S: 250 ok\nS: 550 no\nS: 554 nobody\nS: 250 reset\n"
	"S: 250 ok\nS: 250 ok\nS: 250 done\n" BYE,
	.events = "ready content held content held settled settled closed:221 ",
	.outcome = "refused 550  no;"},
    {.name = "421 to the greeting",
	.script = "S: 421 busy\n", .events = "settled closed:421 ",
	.outcome = "later 421  busy;"},
    {.name = "554 to the greeting",
	.script = "S: 554 go away\n", .events = "settled closed:554 ",
	.outcome = "later 554  go away;"},
    {.name = "421 to a recipient closes", .rcpt = {"b@example.org",
	"c@example.org"},
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 421 4.3.2 down\n",
	.events = "ready settled closed:421 ",
	.outcome = "later 421 4.3.2 down;later 421 4.3.2 down;"},
    {.name = "421 to the end is an answer",
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"S: 250 ok\nS: 250 ok\nS: 421 down\n",
	.events = "ready content held settled closed:421 ",
	.outcome = "later 421  down;"},
    {.name = "421 that nobody asked for", .never_release = true,
	.script = BDAT_CAPS ENVELOPE "S: 250 ok\nS: 250 ok\nS: 421 idle\n",
	.events = "ready content held settled closed:421 ",
	.outcome = "later 421  idle;"},
    {.name = "cut before the end left", .never_release = true,
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 250 ok\nS: 250 ok\nS: 354 go\nC: Hello\n-\n",
	.events = "ready content held settled closed:0 ",
	.outcome = "later 0  ;"},
    {.name = "cut after the end left", .rcpt = {"b@example.org",
	"c@example.org"},
	.script = BDAT_CAPS ENVELOPE "C: RCPT TO:<c@example.org>\n"
	"C: BDAT 7 LAST\nC: Hello\nS: 250 ok\nS: 250 ok\nS: 550 no\n-\n",
	.events = "ready content held settled closed:0 ",
	.outcome = "unknown 0  ;refused 550  no;"},
    {.name = "cut before any answer to the flight",
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n-\n",
	.events = "ready content held settled closed:0 ",
	.outcome = "unknown 0  ;"},
    {.name = "the sender was refused, then cut",
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"S: 550 no\n-\n",
	.events = "ready content held settled closed:0 ",
	.outcome = "refused 550  no;"},
    {.name = "QUIT's answer is lost",
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"S: 250 ok\nS: 250 ok\nS: 250 done\nC: QUIT\n-\n",
	.events = "ready content held settled closed:0 ",
	.outcome = "sent 250  done;"},
    {.name = "refused amid DATA's content", .never_release = true,
	.script = PIPE_CAPS ENVELOPE "C: DATA\n"
	"S: 250 ok\nS: 250 ok\nS: 354 go\nC: Hello\nS: 552 too much\n",
	.events = "ready content held settled closed:552 ",
	.outcome = "refused 552  too much;"},
    {.name = "HELO for an old server",
	.script = EHLO "S: 502 what\nC: HELO me.example.org\nS: 250 mx\n"
	"C: MAIL FROM:<a@example.org>\nS: 550 no\n" BYE,
	.events = "ready settled closed:221 ", .outcome = "refused 550  no;"},
    {.name = "LMTP: one answer each", .is_lmtp = true,
	.rcpt = {"b", "c", "d"},
	.script = LHLO_CAPS "C: MAIL FROM:<a@example.org>\nC: RCPT TO:<b>\n"
	"C: RCPT TO:<c>\nC: RCPT TO:<d>\nS: 250 ok\nS: 250 ok\nS: 550 no\n"
	"S: 250 ok\nC: DATA\nS: 354 go\nC: Hello\nC: .\n"
	"S: 250 one\nS: 452 full\n" BYE,
	.events = "ready content held settled closed:221 ",
	.outcome = "sent 250  one;refused 550  no;later 452  full;"},
    {.name = "LMTP: cut between the answers", .is_lmtp = true,
	.rcpt = {"b", "c"},
	.script = LHLO_CAPS "C: MAIL FROM:<a@example.org>\nC: RCPT TO:<b>\n"
	"C: RCPT TO:<c>\nS: 250 ok\nS: 250 ok\nS: 250 ok\n"
	"C: DATA\nS: 354 go\nC: Hello\nC: .\nS: 250 one\n-\n",
	.events = "ready content held settled closed:0 ",
	.outcome = "sent 250  one;unknown 0  ;"},
    {.name = "LMTP has no HELO", .is_lmtp = true,
	.script = "S: 220 mx\nC: LHLO me.example.org\nS: 500 what\n",
	.events = "settled closed:500 ", .outcome = "later 500  what;"},
    {.name = "STARTTLS", .starttls = true,
	.script = CAPS("S: 250-STARTTLS\nS: 250-PIPELINING\n") "C: STARTTLS\n"
	"S: 220 go\nC: EHLO me.example.org\nS: 250 mx\n"
	"C: MAIL FROM:<a@example.org>\nS: 550 no\n" BYE,
	.events = "ready tls ready settled closed:221 ",
	.outcome = "refused 550  no;"},
    {.name = "STARTTLS, injected answers", .starttls = true,
	.is_broken = true,
	.script = CAPS("S: 250-STARTTLS\n") "C: STARTTLS\n"
	"S; 220 go\\r\\n250 mx\\r\\n\n"},
    {.name = "STARTTLS is refused", .starttls = true,
	.script = CAPS("S: 250-STARTTLS\n") "C: STARTTLS\nS: 454 4.7.0 no\n-\n",
	.events = "ready tls-refused:454 closed:0 "},
    {.name = "AUTH with an initial response",
	.mechanism = "PLAIN", .initial = "\0a\0b",
	.script = PLAIN_CAPS "C: AUTH PLAIN AGEAYg==\nS: 235 in\n"
	"C: MAIL FROM:<a@example.org>\nS: 550 no\n" BYE,
	.events = "ready logged-in:235 settled closed:221 ",
	.outcome = "refused 550  no;"},
    {.name = "AUTH with challenges", .mechanism = "LOGIN",
	.script = PLAIN_CAPS "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n"
	"C: VXNlcm5hbWU6\nS: 334 \nC: \nS: 535 5.7.8 no\n-\n",
	.events = "ready challenge:Username: challenge: "
	"login-refused:535 closed:0 "},
    {.name = "AUTH with a broken challenge", .mechanism = "LOGIN",
	.is_broken = true,
	.script = PLAIN_CAPS "C: AUTH LOGIN\nS: 334 ?\n"},
    {.name = "an answer before the command", .is_broken = true,
	.never_release = true,
	.script = BDAT_CAPS ENVELOPE
	"S: 250 ok\nS: 250 ok\nS: 250 I have it already\n",
	.outcome = "later 0  ;"},
    {.name = "an answer ahead of EHLO", .is_broken = true,
	.script = "S; 220 mx\\r\\n250 mx\\r\\n\n", .outcome = "later 0  ;"},
    {.name = "250 to DATA", .is_broken = true,
	.script = PIPE_CAPS ENVELOPE "C: DATA\nS: 250 ok\nS: 250 ok\n"
	"S: 250 I take it as read\n",
	.outcome = "later 0  ;"},
    {.name = "3xx to MAIL", .is_broken = true,
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 334 what\n",
	.outcome = "later 0  ;"},
    {.name = "two codes in one answer", .is_broken = true,
	.script = "S: 220-mx\nS: 250 mx\n", .outcome = "later 0  ;"},
    {.name = "no SMTP at all", .is_broken = true,
	.script = "S: HTTP/1.1 200 OK\n", .outcome = "later 0  ;"},
    {.name = "a code with a letter after it", .is_broken = true,
	.script = "S: 220x\n", .outcome = "later 0  ;"},
    {.name = "a refused sender, but the content is taken", .is_broken = true,
	.script = BDAT_CAPS ENVELOPE "C: BDAT 7 LAST\nC: Hello\n"
	"S: 550 no\nS: 250 yes\nS: 250 done\n",
	.outcome = "unknown 0  ;"},
    {.name = "RSET is refused", .mails = 2, .is_broken = true,
	.script = PLAIN_CAPS "C: MAIL FROM:<a@example.org>\nS: 250 ok\n"
	"C: RCPT TO:<b@example.org>\nS: 550 no\nC: RSET\nS: 500 what\n",
	.outcome = "refused 550  no;"},
    {.name = "answers that end in LF alone or have no text",
	.script = "S; 220 mx\\n\nC: EHLO me.example.org\nS: 250\n"
	"C: MAIL FROM:<a@example.org>\nS; 550\\n\n" BYE,
	.events = "ready settled closed:221 ", .outcome = "refused 550  ;"},
};

static void begin(struct runner *, const struct talk *, size_t piece);
static void follow(struct runner *);
static void handle(struct runner *, const struct smtp_event *);
static void login(struct runner *);
static void feed(struct runner *, struct smtp_mail *);
static int play(struct runner *);
static int server_says(struct runner *, struct span bytes);
static void unescape(struct span, struct buf *);
static void outcomes(const struct smtp_mail *, struct buf *);
static void end(struct runner *);

/* Each conversation, pushed whole and then byte by byte. */
START_TEST(converses)
{
	const struct talk *talk = &talks[_i / 2];
	struct runner r;
	struct buf out = {0};
	int status;

	begin(&r, talk, _i % 2 == 0 ? SIZE_MAX : 1);
	status = play(&r);
	ck_assert_msg(status == (talk->is_broken ? -1 : 0), "%s: %d",
	    talk->name, status);
	if (talk->events != NULL)
		ck_assert_msg(strcmp(buf_cstr(&r.events), talk->events) == 0,
		    "%s: events %s", talk->name, buf_cstr(&r.events));
	outcomes(&r.mail[0], &out);
	if (talk->outcome != NULL)
		ck_assert_msg(strcmp(buf_cstr(&out), talk->outcome) == 0,
		    "%s: outcome %s", talk->name, buf_cstr(&out));
	buf_free(&out);
	end(&r);
}
END_TEST

static void
begin(struct runner *r, const struct talk *talk, size_t piece)
{
	struct err e;

	*r = (struct runner){.talk = talk, .piece = piece};
	r->mails = talk->mails == 0 ? 1 : talk->mails;
	for (int i = 0; i < r->mails; i++) {
		struct smtp_mail *mail = &r->mail[i];

		*mail = (struct smtp_mail){.from = talk->from == NULL ?
		    "a@example.org" : talk->from, .rcpt = r->rcpt[i],
		    .size = talk->size, .is_8bit = talk->is_8bit,
		    .is_utf8 = talk->is_utf8, .notify = talk->notify,
		    .needs_tls = talk->needs_tls};
		while (mail->n < RCPT_MAX && talk->rcpt[mail->n] != NULL) {
			r->rcpt[i][mail->n].address = talk->rcpt[mail->n];
			mail->n++;
		}
		if (mail->n == 0)
			r->rcpt[i][mail->n++].address = "b@example.org";
	}
	ck_assert_int_eq(smtp_new("me.example.org", talk->is_lmtp, &r->m, &e),
	    0);
	if (talk->starttls || talk->mechanism != NULL)
		return;
	for (int i = 0; i < r->mails; i++)
		ck_assert_int_eq(smtp_submit(r->m, &r->mail[i], &e), 0);
}

static void
follow(struct runner *r)
{
	struct smtp_event event;

	while (smtp_next(r->m, &event) == 1)
		handle(r, &event);
}

static void
handle(struct runner *r, const struct smtp_event *event)
{
	static const char *const name[] = {"ready", "tls", "tls-refused",
	    "challenge", "logged-in", "login-refused", "content", "held",
	    "settled", "closed"};
	struct err e;

	buf_str(&r->events, name[event->kind]);
	if (event->kind == SMTP_CHALLENGE) {
		buf_char(&r->events, ':');
		buf_span(&r->events, event->challenge);
	} else if (event->kind == SMTP_CLOSED ||
	    event->kind == SMTP_TLS_REFUSED || event->kind == SMTP_LOGGED_IN ||
	    event->kind == SMTP_LOGIN_REFUSED)
		buf_fmt(&r->events, ":%d", event->reply->code);
	buf_char(&r->events, ' ');
	switch (event->kind) {
	case SMTP_READY:
		login(r);
		break;
	case SMTP_TLS_GO:
		r->tls_done = true;
		ck_assert_int_eq(smtp_secured(r->m, &e), 0);
		break;
	case SMTP_CHALLENGE:
		ck_assert_int_eq(smtp_respond(r->m, event->challenge, &e), 0);
		break;
	case SMTP_LOGGED_IN:
		ck_assert_int_eq(smtp_submit(r->m, &r->mail[0], &e), 0);
		break;
	case SMTP_CONTENT:
		feed(r, event->mail);
		break;
	case SMTP_HELD:
		if (!r->talk->never_release)
			smtp_release(r->m, event->mail);
		break;
	case SMTP_SETTLED:
		if (++r->settled == r->mails)
			smtp_quit(r->m);
		break;
	default:
		break;
	}
}

static void
login(struct runner *r)
{
	const struct talk *talk = r->talk;
	struct span initial = span_at(talk->initial, 4);
	struct err e;

	if (talk->mechanism != NULL)
		ck_assert_int_eq(smtp_auth(r->m, talk->mechanism,
		    talk->initial == NULL ? NULL : &initial, &e), 0);
	else if (talk->starttls && !r->tls_done)
		ck_assert_int_eq(smtp_starttls(r->m, &e), 0);
	else if (talk->starttls)
		ck_assert_int_eq(smtp_submit(r->m, &r->mail[0], &e), 0);
}

static void
feed(struct runner *r, struct smtp_mail *mail)
{
	struct span rest = span_of(r->talk->content == NULL ? "Hello\n" :
	    r->talk->content);

	while (rest.n > 0) {
		ck_assert_uint_gt(smtp_room(r->m, mail), 0);
		smtp_content(r->m, mail, span_sub(rest, 0, r->piece));
		rest = span_from(rest, r->piece);
	}
	smtp_content_end(r->m, mail);
}

/* Plays the script to its end: 0, or the machine's -1. */
static int
play(struct runner *r)
{
	struct span rest = span_of(r->talk->script), line, said;
	struct buf text = {0};
	int status = 0;

	while (status == 0 && span_line(&rest, &line) == 1) {
		buf_cut(&text, 0);
		if (line.p[0] == '-') {
			smtp_cut(r->m);
			follow(r);
			break;
		}
		unescape(span_from(line, 3), &text);
		if (line.p[1] == ':')
			buf_str(&text, "\r\n");
		if (line.p[0] == 'C') {
			said = span_sub(smtp_pending(r->m), 0, text.n);
			ck_assert_msg(span_eq(said, buf_view(&text)),
			    "%s: said \"%.*s\", not \"%s\"", r->talk->name,
			    (int)said.n, said.p, buf_cstr(&text));
			smtp_sent(r->m, text.n);
			continue;
		}
		status = server_says(r, buf_view(&text));
	}
	buf_free(&text);
	if (status == -1) {
		smtp_cut(r->m);
		follow(r);
	}
	ck_assert_msg(smtp_pending(r->m).n == 0, "%s: unexpected: %.*s",
	    r->talk->name, (int)smtp_pending(r->m).n, smtp_pending(r->m).p);
	return status;
}

static int
server_says(struct runner *r, struct span bytes)
{
	struct err e;

	while (bytes.n > 0) {
		if (smtp_push(r->m, span_sub(bytes, 0, r->piece), &e) == -1) {
			ck_assert_int_eq(e.kind, ERR_PROTO);
			return -1;
		}
		follow(r);
		bytes = span_from(bytes, r->piece);
	}
	return 0;
}

static void
unescape(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\\')
			buf_char(out, s.p[i]);
		else
			buf_char(out, s.p[++i] == 'r' ? '\r' : '\n');
}

static void
outcomes(const struct smtp_mail *mail, struct buf *out)
{
	static const char *const name[] = {"waiting", "sent", "refused",
	    "later", "unknown"};

	for (size_t i = 0; i < mail->n; i++)
		buf_fmt(out, "%s %d %s %s;", name[mail->rcpt[i].outcome],
		    mail->rcpt[i].reply.code, mail->rcpt[i].reply.enhanced,
		    buf_cstr(&mail->rcpt[i].reply.text));
}

static void
end(struct runner *r)
{
	for (int i = 0; i < r->mails; i++)
		smtp_mail_free(&r->mail[i]);
	smtp_free(r->m);
	buf_free(&r->events);
}

int
main(void)
{
	Suite *s = suite_create("smtp");

	unit_each(s, converses, COUNT(talks) * 2);
	return unit_main(s);
}
