/* The inside of a struct imap, for the files imap*.c alone. */
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
	AT_ENABLED,
	AT_SEARCH,
	AT_ESEARCH,
	AT_ESEARCH_SET, /* after ALL */
	AT_ESEARCH_NUMBER, /* after MIN, MAX, COUNT, MODSEQ */
	AT_VANISHED,
	AT_VANISHED_SET,
	AT_LIST,
	AT_DELIMITER,
	AT_NAME,
	AT_LIST_END,
	AT_STATUS_NAME,
	AT_STATUS_OPEN,
	AT_STATUS_ITEM,
	AT_STATUS_VALUE,
	AT_NAMESPACE,	/* one of its three lists */
	AT_SPACE,	/* a namespace, or the end of the list */
	AT_PREFIX,
	AT_PREFIX_DELIMITER,
	AT_SPACE_END,
	AT_NUMBERED,	/* after "*" and a number */
	AT_FETCH,
	AT_ITEM,	/* an item's name, or the end of FETCH */
	AT_UID,
	AT_SIZE,
	AT_DATE,
	AT_FLAGS,
	AT_FLAG,	/* within the list */
	AT_MODSEQ,
	AT_EMAILID,
	AT_GMAIL_ID,
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
	bool is_whole;	 /* AUTHENTICATE: its response went with it */
	bool has_begun;	 /* SELECT, EXAMINE: what is said is of its mailbox */
};

/* Nothing from at on goes out before the server's "+". */
struct imap_hold {
	uint64_t at;
	unsigned tag;
};

/* Where the literal of an APPEND is. */
enum imap_literal {
	IMAP_LITERAL_NONE,
	IMAP_LITERAL_HELD, /* the server's "+" has to come */
	IMAP_LITERAL_FREE, /* ON_LITERAL is to be given */
	IMAP_LITERAL_OPEN  /* bytes are awaited */
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
	bool ends_idle;	    /* DONE is owed once the server idles */
	bool is_idling;
	enum imap_literal literal;
	uint64_t literal_left;
	unsigned literal_tag;

	/* from the server */
	struct imap_lex lex;
	enum imap_state state;
	bool is_greeted;
	bool is_courier;    /* by its greeting; see imap_draft.c */
	bool is_clear;	    /* after the OK of STARTTLS or COMPRESS, before
			       imap_starttls or imap_compress */
	enum imap_verb clear; /* which of them */
	struct err failed;
	struct trace trace;

	/* the call and the line being read */
	struct imap_event *ev;
	struct err *err;
	enum imap_status status;
	bool is_bye, is_tagged;
	unsigned tag;
	struct imap_event said; /* of the message or folder, as it comes */
	struct buf flags, date, name, section, text, id;
	struct buf *into;   /* where a string's data goes; NULL: nowhere */
	int depth;
	enum imap_state resume; /* after what is passed over or kept */
	enum imap_item { ITEM_MESSAGES, ITEM_UNSEEN, ITEM_UIDNEXT,
	    ITEM_UIDVALIDITY, ITEM_HIGHESTMODSEQ, ITEM_SIZE, ITEM_MIN,
	    ITEM_MAX, ITEM_COUNT, ITEM_OTHER } item; /* whose value comes */

	/* kept */
	struct buf capability; /* blank-separated */
	bool has_capability, is_assumed;
	struct buf enabled;    /* blank-separated */
	struct imap_mailbox box;
};

/* A command as it is built; nothing is queued before it is whole. */
struct imap_draft {
	struct imap *m;
	unsigned tag;
	struct buf bytes;
	struct buf shown; /* the same for the trace, secrets masked */
	struct imap_hold hold[IMAP_HOLDS_MAX];
	size_t n_holds;
	bool has_initial; /* in bytes */
	bool is_held;	  /* APPEND's literal waits for "+" */
};

/* imap_draft.c: what rules a command; the command itself. */
bool imap_is_alone(enum imap_verb); /* nothing may be in flight */
bool imap_is_last(enum imap_verb);  /* nothing may follow before its answer */
const char *imap_name(enum imap_verb);
int imap_draft(struct imap_draft *, const struct imap_ask *, struct err *);
bool imap_opens(enum imap_verb);    /* SELECT, EXAMINE */

/* imap_ask.c: lets what is held go; false if nothing waits for that. */
bool imap_release(struct imap *);
/* Takes the command with that tag out of what waits; false if none fits. */
bool imap_settle(struct imap *, unsigned tag, struct imap_asked *);
/* The mailbox of the next SELECT that waits begins, if it has to by now. */
void imap_turn(struct imap *, bool is_closed);
/* The server idles. */
void imap_idles(struct imap *);

/* imap.c: keeps a capability (past the limit it does not); forgets all. */
void imap_learn(struct imap *, struct span word);
void imap_forget(struct imap *);
/* Gives ON_LITERAL: 1. */
int imap_let(struct imap *, struct imap_event *);

/* imap_read.c: 1, 0, -1 as imap_next. */
int imap_read(struct imap *, struct imap_event *, struct err *);

/* Takes one token: 1 with an event in m->ev, 0, or -1 with m->err set. */
typedef int imap_step(struct imap *, const struct imap_token *);

/* imap_fetch.c: the steps within FETCH. */
imap_step imap_at_fetch, imap_at_item, imap_at_uid, imap_at_size, imap_at_date,
    imap_at_flags, imap_at_flag, imap_at_modseq, imap_at_emailid,
    imap_at_gmail_id, imap_at_body, imap_in_body;

/* imap_box.c: of mailboxes. */
imap_step imap_at_list, imap_at_delimiter, imap_at_name, imap_at_list_end,
    imap_at_status_name, imap_at_status_open, imap_at_status_item,
    imap_at_status_value, imap_at_namespace, imap_at_space, imap_at_prefix,
    imap_at_prefix_delimiter, imap_at_space_end;

/* imap_found.c: of UIDs. */
imap_step imap_at_search, imap_at_esearch, imap_at_esearch_set,
    imap_at_esearch_number, imap_at_vanished,
    imap_at_vanished_set;

/* imap_read.c: on to a state; passing over a value, or keeping a string. */
int imap_go(struct imap *, enum imap_state);
int imap_pass(struct imap *, enum imap_state after);
int imap_collect(struct imap *, struct buf *, enum imap_state after);
/* -1, ERR_PROTO: "the server sent WHAT". */
int imap_broken(struct imap *, const char *what);
bool imap_number(struct span, uint32_t *);
/* "7" or "7:9", in either order; never 0. */
bool imap_range(struct span, uint32_t *first, uint32_t *last);

#endif
