#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/smtp_machine.h"
#include "text/charset.h"
#include "text/enc.h"

#define NAME_MAX_BYTES 255

static size_t mechanism_end(struct span);
static void show_reply(struct smtp *, const struct smtp_reply *);
static void drop_notes(struct smtp *);
static int take_answer(struct smtp *, const struct smtp_reply *, struct err *);
static int unasked(struct smtp *, const struct smtp_reply *, struct err *);
static int session_answer(struct smtp *, enum smtp_command,
    const struct smtp_reply *, struct err *);
static void greet(struct smtp *, enum smtp_command);
static void close_down(struct smtp *, const struct smtp_reply *);
static void hello_answer(struct smtp *, enum smtp_command,
    const struct smtp_reply *);
static void starttls_answer(struct smtp *, const struct smtp_reply *);
static int auth_answer(struct smtp *, const struct smtp_reply *,
    struct err *);
static void become_ready(struct smtp *, const struct smtp_reply *);
static void note_free(struct smtp_note *);
static int not_idle(struct err *);
static bool is_word(struct span);

int
smtp_new(const char *name, bool is_lmtp, struct smtp **m, struct err *e)
{
	struct span word = span_of(name);

	if (word.n > NAME_MAX_BYTES || !is_word(word))
		return err_set(e, ERR_USAGE,
		    "\"%s\" cannot be a host's name", name);
	*m = mem_alloc(1, sizeof **m);
	(*m)->name = mem_str(name);
	(*m)->is_lmtp = is_lmtp;
	smtp_expect(*m, SMTP_CMD_GREETING, NULL, 0);
	return 0;
}

void
smtp_free(struct smtp *m)
{
	if (m == NULL)
		return;
	for (size_t i = m->first_note; i < m->notes; i++)
		note_free(&m->note[i]);
	note_free(&m->told);
	free(m->note);
	free(m->expect);
	free(m->name);
	smtp_caps_clear(&m->caps);
	smtp_reader_free(&m->reader);
	smtp_reply_free(&m->closing);
	buf_wipe(&m->out);
	buf_free(&m->chunk);
	free(m);
}

void
smtp_trace(struct smtp *m,
    void (*trace)(void *, char direction, struct span line), void *arg)
{
	m->trace = trace;
	m->trace_arg = arg;
}

const struct smtp_caps *
smtp_caps(const struct smtp *m)
{
	return &m->caps;
}

int
smtp_given(struct smtp *m, struct span lines, struct err *e)
{
	struct smtp_reader reader = {0};
	struct smtp_reply last = {0};
	const struct smtp_reply *reply;
	size_t n = 0;
	int got;

	smtp_reader_push(&reader, lines);
	while ((got = smtp_reader_next(&reader, &reply, e)) == 1) {
		smtp_reply_copy(&last, reply);
		n++;
	}
	if (got == 0 && (n < 2 || last.code / 100 != 2 || reader.in.n > 0))
		got = err_set(e, ERR_PROTO, "the server's greeting is broken");
	if (got == 0) {
		m->first_expect = m->expects;
		smtp_caps_learn(&m->caps, &last);
		become_ready(m, &last);
	}
	smtp_reader_free(&reader);
	smtp_reply_free(&last);
	return got;
}

struct span
smtp_pending(void *self)
{
	struct smtp *m = self;

	return buf_view(&m->out);
}

void
smtp_sent(void *self, size_t n)
{
	struct smtp *m = self;

	mem_wipe(m->out.p, n);
	buf_drop(&m->out, n);
	m->sent += n;
}

int
smtp_push(void *self, struct span bytes, struct err *e)
{
	const struct smtp_reply *reply;
	struct smtp *m = self;
	int got;

	if (m->state == SMTP_STATE_CLOSED)
		return 0;
	smtp_reader_push(&m->reader, bytes);
	while ((got = m->state == SMTP_STATE_TLS ? 0 :
	    smtp_reader_next(&m->reader, &reply, e)) == 1) {
		show_reply(m, reply);
		if (take_answer(m, reply, e) == -1)
			return -1;
		if (m->state == SMTP_STATE_CLOSED)
			return 0;
	}
	if (m->state == SMTP_STATE_TLS && m->reader.in.n > 0)
		return err_set(e, ERR_PROTO,
		    "the server sent bytes ahead of the TLS handshake");
	smtp_advance(m);
	return got;
}

int
smtp_next(struct smtp *m, struct smtp_event *event)
{
	if (m->first_note == m->notes) {
		m->first_note = m->notes = 0;
		return 0;
	}
	note_free(&m->told);
	m->told = m->note[m->first_note++];
	*event = (struct smtp_event){.kind = m->told.kind,
	    .mail = m->told.mail,
	    .challenge = buf_view(&m->told.challenge),
	    .reply = &m->told.reply};
	return 1;
}

int
smtp_starttls(struct smtp *m, struct err *e)
{
	if (m->state != SMTP_STATE_IDLE || m->mails > 0)
		return not_idle(e);
	m->state = SMTP_STATE_OPENING;
	smtp_line(m, SMTP_CMD_STARTTLS, NULL, 0, SPAN("STARTTLS"));
	return 0;
}

int
smtp_secured(struct smtp *m, struct err *e)
{
	if (m->state != SMTP_STATE_TLS)
		return not_idle(e);
	smtp_caps_clear(&m->caps);
	m->state = SMTP_STATE_OPENING;
	greet(m, SMTP_CMD_EHLO);
	return 0;
}

int
smtp_auth(struct smtp *m, const char *mechanism, const struct span *initial,
    struct err *e)
{
	struct buf line = {0};

	if (m->state != SMTP_STATE_IDLE || m->mails > 0)
		return not_idle(e);
	if (!is_word(span_of(mechanism)))
		return err_set(e, ERR_USAGE,
		    "\"%s\" cannot be a mechanism's name", mechanism);
	buf_fmt(&line, "AUTH %s", mechanism);
	if (initial != NULL) {
		buf_char(&line, ' ');
		if (initial->n == 0)
			buf_char(&line, '=');
		enc_base64(*initial, &line);
	}
	m->state = SMTP_STATE_OPENING;
	smtp_line(m, SMTP_CMD_AUTH, NULL, 0, buf_view(&line));
	buf_wipe(&line);
	return 0;
}

int
smtp_respond(struct smtp *m, struct span response, struct err *e)
{
	struct buf line = {0};

	if (m->state != SMTP_STATE_AUTH)
		return not_idle(e);
	enc_base64(response, &line);
	m->state = SMTP_STATE_OPENING;
	smtp_line(m, SMTP_CMD_AUTH, NULL, 0, buf_view(&line));
	buf_wipe(&line);
	return 0;
}

int
smtp_cancel(struct smtp *m, struct err *e)
{
	if (m->state != SMTP_STATE_AUTH)
		return not_idle(e);
	m->state = SMTP_STATE_OPENING;
	smtp_line(m, SMTP_CMD_AUTH, NULL, 0, SPAN("*"));
	return 0;
}

void
smtp_quit(struct smtp *m)
{
	m->wants_quit = true;
	smtp_advance(m);
}

void
smtp_cut(struct smtp *m)
{
	close_down(m, NULL);
}

const struct smtp_reply *
smtp_closing(const struct smtp *m)
{
	return m->state == SMTP_STATE_CLOSED ? &m->closing : NULL;
}

int
smtp_path(const char *address, struct buf *out, struct err *e)
{
	struct span s = span_of(address);
	bool fits = s.n + 2 <= SMTP_PATH_MAX && charset_is_utf8(s);

	for (size_t i = 0; i < s.n && fits; i++)
		fits = !ascii_ctl(s.p[i]) && s.p[i] != ' ' && s.p[i] != '<' &&
		    s.p[i] != '>';
	/* C1 controls, which are U+0080 to U+009F */
	for (size_t i = 0; i + 1 < s.n && fits; i++)
		fits = s.p[i] != '\xc2' || (unsigned char)s.p[i + 1] > 0x9f;
	if (!fits)
		return err_set(e, ERR_USAGE,
		    "\"%s\" is no address that SMTP can carry", address);
	buf_fmt(out, "<%s>", address);
	return 0;
}

void
smtp_line(struct smtp *m, enum smtp_command command, struct smtp_mail *mail,
    size_t rcpt, struct span line)
{
	smtp_show(m, command, line);
	smtp_bytes(m, line);
	smtp_bytes(m, SPAN("\r\n"));
	smtp_expect(m, command, mail, rcpt);
}

void
smtp_show(struct smtp *m, enum smtp_command command, struct span line)
{
	struct buf masked = {0};
	size_t shown = 0;

	if (m->trace == NULL)
		return;
	if (command == SMTP_CMD_AUTH) { /* its mechanism and no more */
		if (span_starts(line, SPAN("AUTH ")))
			shown = mechanism_end(line);
		buf_span(&masked, span_sub(line, 0, shown));
		if (shown < line.n)
			buf_str(&masked, " ***");
		line = span_trim(buf_view(&masked));
	}
	m->trace(m->trace_arg, '>', line);
	buf_free(&masked);
}

void
smtp_bytes(struct smtp *m, struct span bytes)
{
	buf_span(&m->out, bytes);
	m->composed += bytes.n;
}

void
smtp_expect(struct smtp *m, enum smtp_command command, struct smtp_mail *mail,
    size_t rcpt)
{
	if (m->first_expect == m->expects)
		m->first_expect = m->expects = 0;
	m->expect = mem_grow(m->expect, &m->expect_cap, m->expects + 1,
	    sizeof *m->expect);
	m->expect[m->expects++] = (struct smtp_expect){command, mail, rcpt,
	    m->composed};
	if (mail != NULL)
		mail->due++;
}

bool
smtp_may_send(const struct smtp *m)
{
	if (m->state != SMTP_STATE_IDLE || m->has_quit)
		return false;
	if (m->first_expect == m->expects)
		return true;
	return m->caps.pipelining &&
	    m->expect[m->expects - 1].command != SMTP_CMD_DATA;
}

void
smtp_note(struct smtp *m, enum smtp_event_kind kind, struct smtp_mail *mail,
    const struct smtp_reply *reply)
{
	struct smtp_note *note;

	m->note = mem_grow(m->note, &m->note_cap, m->notes + 1,
	    sizeof *m->note);
	note = &m->note[m->notes++];
	*note = (struct smtp_note){.kind = kind, .mail = mail};
	if (reply != NULL)
		smtp_reply_copy(&note->reply, reply);
}

static size_t
mechanism_end(struct span line)
{
	size_t blank = span_chr(span_from(line, 5), ' ');

	return blank == SPAN_NONE ? line.n : 5 + blank;
}

static void
show_reply(struct smtp *m, const struct smtp_reply *reply)
{
	struct span rest = buf_view(&reply->text), line = {0};
	struct buf text = {0};
	int more;

	if (m->trace == NULL)
		return;
	do {
		more = span_cut(&rest, '\n', &line);
		buf_cut(&text, 0);
		buf_fmt(&text, "%d%c%s%s", reply->code,
		    rest.p != NULL ? '-' : ' ', reply->enhanced,
		    reply->enhanced[0] == '\0' ? "" : " ");
		buf_span(&text, line);
		m->trace(m->trace_arg, '<', buf_view(&text));
	} while (more == 1 && rest.p != NULL);
	buf_free(&text);
}

/* Only what is an end is still of interest; nobody is asked to act. */
static void
drop_notes(struct smtp *m)
{
	size_t kept = m->first_note;

	for (size_t i = m->first_note; i < m->notes; i++) {
		struct smtp_note note = m->note[i];

		if (note.kind == SMTP_SETTLED ||
		    note.kind == SMTP_TLS_REFUSED ||
		    note.kind == SMTP_LOGIN_REFUSED)
			m->note[kept++] = note;
		else
			note_free(&note);
	}
	m->notes = kept;
}

static int
take_answer(struct smtp *m, const struct smtp_reply *reply, struct err *e)
{
	struct smtp_expect x;
	bool is_early;

	if (m->first_expect == m->expects)
		return unasked(m, reply, e);
	x = m->expect[m->first_expect];
	is_early = x.at > m->sent && reply->code != 421;
	/* a server may refuse a content that it has not seen the end of */
	if (is_early && (reply->code < 400 ||
	    (x.command != SMTP_CMD_CHUNK && x.command != SMTP_CMD_END)))
		return err_set(e, ERR_PROTO,
		    "the server answered what it was not asked yet");
	if (reply->code / 100 == 3 && x.command != SMTP_CMD_DATA &&
	    x.command != SMTP_CMD_AUTH && x.command != SMTP_CMD_QUIT)
		return err_set(e, ERR_PROTO,
		    "the server's answer %d has no place here", reply->code);
	m->first_expect++;
	if (x.mail != NULL) {
		x.mail->due--;
		if (smtp_mail_answer(m, &x, reply, e) == -1)
			return -1;
	} else if (session_answer(m, x.command, reply, e) == -1)
		return -1;
	if (reply->code == 421)
		close_down(m, reply);
	return 0;
}

static int
unasked(struct smtp *m, const struct smtp_reply *reply, struct err *e)
{
	if (reply->code != 421 && !smtp_mail_interrupt(m, reply))
		return err_set(e, ERR_PROTO,
		    "the server answered without being asked");
	close_down(m, reply);
	return 0;
}

static int
session_answer(struct smtp *m, enum smtp_command command,
    const struct smtp_reply *reply, struct err *e)
{
	switch (command) {
	case SMTP_CMD_GREETING:
		if (reply->code / 100 == 2)
			greet(m, SMTP_CMD_EHLO);
		else
			close_down(m, reply);
		return 0;
	case SMTP_CMD_EHLO:
	case SMTP_CMD_HELO:
		hello_answer(m, command, reply);
		return 0;
	case SMTP_CMD_STARTTLS:
		starttls_answer(m, reply);
		return 0;
	case SMTP_CMD_AUTH:
		return auth_answer(m, reply, e);
	case SMTP_CMD_RSET:
		if (reply->code / 100 == 2 || reply->code == 421)
			return 0;
		return err_set(e, ERR_PROTO, "the server refuses RSET: %d %s",
		    reply->code, buf_cstr(&reply->text));
	default: /* QUIT */
		close_down(m, reply);
		return 0;
	}
}

static void
greet(struct smtp *m, enum smtp_command command)
{
	struct buf line = {0};

	buf_fmt(&line, "%s %s", command == SMTP_CMD_HELO ? "HELO" :
	    m->is_lmtp ? "LHLO" : "EHLO", m->name);
	smtp_line(m, command, NULL, 0, buf_view(&line));
	buf_free(&line);
}

/* Settles every mail; reply, where it is not NULL, is why. */
static void
close_down(struct smtp *m, const struct smtp_reply *reply)
{
	if (m->state == SMTP_STATE_CLOSED)
		return;
	m->state = SMTP_STATE_CLOSED;
	if (reply != NULL)
		smtp_reply_copy(&m->closing, reply);
	drop_notes(m);
	while (m->mails > 0)
		smtp_mail_abandon(m, m->mail[0], reply);
	buf_wipe(&m->out);
	smtp_note(m, SMTP_CLOSED, NULL, reply);
}

static void
hello_answer(struct smtp *m, enum smtp_command command,
    const struct smtp_reply *reply)
{
	bool is_hello = command == SMTP_CMD_EHLO;

	if (reply->code / 100 == 2) {
		if (is_hello)
			smtp_caps_learn(&m->caps, reply);
		become_ready(m, reply);
	} else if (reply->code / 100 == 5 && is_hello && !m->is_lmtp)
		greet(m, SMTP_CMD_HELO);
	else
		close_down(m, reply);
}

static void
starttls_answer(struct smtp *m, const struct smtp_reply *reply)
{
	if (reply->code / 100 == 2) {
		m->state = SMTP_STATE_TLS;
		smtp_note(m, SMTP_TLS_GO, NULL, reply);
		return;
	}
	m->state = SMTP_STATE_IDLE;
	smtp_note(m, SMTP_TLS_REFUSED, NULL, reply);
}

static int
auth_answer(struct smtp *m, const struct smtp_reply *reply, struct err *e)
{
	if (reply->code / 100 == 3) {
		m->state = SMTP_STATE_AUTH;
		smtp_note(m, SMTP_CHALLENGE, NULL, NULL);
		if (enc_unbase64(span_trim(buf_view(&reply->text)),
		    &m->note[m->notes - 1].challenge))
			return 0;
		return err_set(e, ERR_PROTO,
		    "the server's challenge is not base64");
	}
	m->state = SMTP_STATE_IDLE;
	smtp_note(m, reply->code / 100 == 2 ? SMTP_LOGGED_IN :
	    SMTP_LOGIN_REFUSED, NULL, reply);
	return 0;
}

static void
become_ready(struct smtp *m, const struct smtp_reply *reply)
{
	m->state = SMTP_STATE_IDLE;
	smtp_note(m, SMTP_READY, NULL, reply);
}

static void
note_free(struct smtp_note *note)
{
	buf_wipe(&note->challenge);
	smtp_reply_free(&note->reply);
}

static int
not_idle(struct err *e)
{
	return err_set(e, ERR_SOFTWARE,
	    "the SMTP session is not where this command has its place");
}

/* A word of printable ASCII. */
static bool
is_word(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '<' ||
		    s.p[i] == '>')
			return false;
	return s.n > 0;
}
