/* The inside of struct smtp, shared by smtp.c and smtp_*.c. */
#ifndef PROTO_SMTP_MACHINE_H
#define PROTO_SMTP_MACHINE_H

#include "proto/smtp.h"
#include "proto/smtp_content.h"

enum smtp_state {
	SMTP_STATE_OPENING, /* greeting, EHLO, STARTTLS's answer, AUTH's */
	SMTP_STATE_IDLE,    /* mails may go */
	SMTP_STATE_AUTH,    /* a challenge waits for its response */
	SMTP_STATE_TLS,	    /* a handshake is to be made */
	SMTP_STATE_CLOSED
};

enum smtp_command {
	SMTP_CMD_GREETING,
	SMTP_CMD_EHLO,
	SMTP_CMD_HELO,
	SMTP_CMD_STARTTLS,
	SMTP_CMD_AUTH,
	SMTP_CMD_QUIT,
	SMTP_CMD_RSET,
	/* those of a mail */
	SMTP_CMD_MAIL,
	SMTP_CMD_RCPT,
	SMTP_CMD_DATA,
	SMTP_CMD_CHUNK,
	SMTP_CMD_END,
	SMTP_CMD_VOID /* the end of an empty content that goes to nobody */
};

/* An answer that is to come. */
struct smtp_expect {
	enum smtp_command command;
	struct smtp_mail *mail;
	size_t rcpt;
	uint64_t at; /* the byte of the session after the command */
};

/* An event with what it borrows. */
struct smtp_note {
	enum smtp_event_kind kind;
	struct smtp_mail *mail;
	struct buf challenge;
	struct smtp_reply reply;
};

struct smtp {
	char *name;
	bool is_lmtp;
	void (*trace)(void *, char direction, struct span line);
	void *trace_arg;
	enum smtp_state state;
	bool wants_quit, has_quit;
	struct smtp_caps caps;
	struct smtp_reader reader;

	struct buf out;
	uint64_t composed, sent; /* bytes of the session */
	struct smtp_expect *expect;
	size_t first_expect, expects, expect_cap;
	struct smtp_note *note;
	size_t first_note, notes, note_cap;
	struct smtp_note told; /* what the last event borrows */
	struct smtp_reply closing; /* why it is closed; code 0: no reply */

	struct smtp_mail *mail[SMTP_WINDOW]; /* not settled, in order */
	size_t mails;
	size_t at;		/* the one that is being composed */
	struct smtp_mail *open; /* whose transaction the server may have */
	struct smtp_content content;
	struct buf chunk;
};

/* Appends a line and expects its answer; rcpt is RCPT's. */
void smtp_line(struct smtp *, enum smtp_command, struct smtp_mail *,
    size_t rcpt, struct span line);
/* Shows a line to the trace, as smtp_line does with its own. */
void smtp_show(struct smtp *, enum smtp_command, struct span line);
/* Appends bytes that no answer of their own follows. */
void smtp_bytes(struct smtp *, struct span);
void smtp_expect(struct smtp *, enum smtp_command, struct smtp_mail *,
    size_t rcpt);
/* True where another command may follow what is unanswered. */
bool smtp_may_send(const struct smtp *);
void smtp_note(struct smtp *, enum smtp_event_kind, struct smtp_mail *,
    const struct smtp_reply *);

/* What EHLO's answer offers, instead of what was offered before. */
void smtp_caps_learn(struct smtp_caps *, const struct smtp_reply *);
void smtp_caps_clear(struct smtp_caps *);

/* DSN's parameters of MAIL and of a RCPT. */
void smtp_dsn_mail(const struct smtp_mail *, struct buf *);
void smtp_dsn_rcpt(const struct smtp_mail *, const char *address,
    struct buf *);

/* Composes what may be. */
void smtp_advance(struct smtp *);
int smtp_mail_answer(struct smtp *, const struct smtp_expect *,
    const struct smtp_reply *, struct err *);
/* A refusal in the midst of DATA's content; false where there is none. */
bool smtp_mail_interrupt(struct smtp *, const struct smtp_reply *);
/* Settles one mail after the connection's end. */
void smtp_mail_abandon(struct smtp *, struct smtp_mail *,
    const struct smtp_reply *);

#endif
