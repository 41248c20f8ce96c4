/* The inside of a struct imap, for imap.c, imap_ask.c and imap_read.c alone. */
#ifndef PROTO_IMAP_IMPL_H
#define PROTO_IMAP_IMPL_H

#include "proto/imap.h"
#include "proto/imap_lex.h"

#define IMAP_HOLDS_MAX 16 /* literals that wait for the server's "+" */

/* What the next token is. */
enum imap_state {
	AT_LINE,	/* a line's first word */
	AT_TAGGED,	/* after a tag */
	AT_UNTAGGED,	/* after "*" */
	AT_STATUS,	/* the rest after OK, NO, BAD, BYE, PREAUTH */
	AT_CONTINUE,	/* the rest after "+" */
	AT_CAPABILITY,
	AT_SEARCH,
	AT_ESEARCH,
	AT_ESEARCH_SET, /* after ALL */
	AT_LIST,
	AT_DELIMITER,
	AT_NAME,
	AT_LIST_END,
	AT_NUMBERED,	/* after "*" and a number */
	AT_FETCH,
	AT_ITEM,	/* an item's name, or the end of FETCH */
	AT_UID,
	AT_SIZE,
	AT_DATE,
	AT_FLAGS,
	AT_FLAG,	/* within the list */
	AT_BODY,
	IN_BODY,
	IN_STRING,	/* kept in m->into, then m->resume */
	AT_VALUE,	/* passed over, then m->resume */
	IN_LINE		/* passed over to its end */
};

/* A command whose answer has not come.  Places count all bytes ever queued. */
struct imap_asked {
	unsigned tag;
	enum imap_verb verb;
	uint64_t end;	 /* where its last byte ends */
	bool is_told;	 /* capabilities came while it was in flight */
};

/* Nothing from at on goes out before the server's "+". */
struct imap_hold {
	uint64_t at;
	unsigned tag;
};

struct imap {
	/* to the server */
	struct buf out;
	uint64_t gone; /* bytes that left out, sent or dropped */
	struct imap_asked asked[IMAP_ASKED_MAX];
	size_t n_asked;
	struct imap_hold hold[IMAP_HOLDS_MAX];
	size_t n_holds;
	unsigned tags;	    /* given so far */
	struct buf initial; /* the response that waits for "+" */
	bool has_initial;
	bool is_challenged; /* an answer is owed */

	/* from the server */
	struct imap_lex lex;
	enum imap_state state;
	bool is_greeted;
	bool is_clear;	    /* after STARTTLS's OK, before imap_starttls */
	struct err failed;
	struct trace trace;

	/* the call and the line being read */
	struct imap_event *ev;
	struct err *err;
	enum imap_status status;
	bool is_bye, is_tagged;
	unsigned tag;
	struct imap_event said; /* of the message or folder, as it comes */
	struct buf flags, date, name, section, text;
	struct buf *into;   /* where a string's data goes; NULL: nowhere */
	int depth;
	enum imap_state resume; /* after what is passed over or kept */

	/* kept */
	struct buf capability; /* blank-separated */
	bool has_capability;
	struct imap_mailbox box;
};

/* imap_ask.c: lets what is held go; false if nothing waits for that. */
bool imap_release(struct imap *);
/* Takes the command with that tag out of what waits; false if none fits. */
bool imap_settle(struct imap *, unsigned tag, struct imap_asked *);

/* imap.c: keeps a capability (past the limit it does not); forgets all. */
void imap_learn(struct imap *, struct span word);
void imap_forget(struct imap *);

/* imap_read.c: 1, 0, -1 as imap_next. */
int imap_read(struct imap *, struct imap_event *, struct err *);

/* Takes one token: 1 with an event in m->ev, 0, or -1 with m->err set. */
typedef int imap_step(struct imap *, const struct imap_token *);

/* imap_fetch.c: the steps within FETCH. */
imap_step imap_at_fetch, imap_at_item, imap_at_uid, imap_at_size, imap_at_date,
    imap_at_flags, imap_at_flag, imap_at_body, imap_in_body;

/* imap_read.c: on to a state; passing over a value, or keeping a string. */
int imap_go(struct imap *, enum imap_state);
int imap_pass(struct imap *, enum imap_state after);
int imap_collect(struct imap *, struct buf *, enum imap_state after);
/* -1, ERR_PROTO: "the server sent WHAT". */
int imap_broken(struct imap *, const char *what);
bool imap_number(struct span, uint32_t *);

#endif
