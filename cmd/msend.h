/* msend: what its parts share. */
#ifndef CMD_MSEND_H
#define CMD_MSEND_H

#include "app/log.h"
#include "app/option.h"
#include "app/progress.h"
#include "mail/build.h"
#include "mail/survey.h"
#include "store/spool.h"

/* A file that becomes a part: -A, -e, -I, -F. */
struct msend_part {
	const char *arg;
	enum build_role role;
	bool is_forwarded; /* -F: arg is a message's name */
};

/* The call. */
struct msend {
	struct option_common common;
	const char *self; /* argv[0] */
	const char *from, *subject;
	const char *header_from; /* -H 'From: ...' */
	const char *full_name;	 /* sendmail's -F */
	const char *notify;	 /* sendmail's -N; NULL: the account's dsn */
	const char *ret, *envid; /* sendmail's -R and -V */
	const char *type;	 /* -M */
	const char *answered;	 /* -r */
	struct addr_list to, cc, bcc;
	struct build_field *field;
	size_t fields, field_cap;
	struct msend_part *part;
	size_t parts, part_cap;
	bool is_to_all;	     /* -g */
	bool is_ready;	     /* the message has a header */
	bool is_to_operands; /* and it says nothing of its recipients */
	bool is_dotted;	     /* and a line of a dot alone ends it */
	bool is_unaliased;   /* no aliases */
	bool is_dry;	     /* -n */
	bool is_never_queued; /* -N */
	bool is_queue_only;  /* -Q */
	bool is_told;	     /* -R */
	bool is_sendmail;    /* under that name: what is queued is done */
	bool is_json, is_nul; /* -j, -0 */
	const char *key;      /* -k */

	struct config *config;
	struct account *account;
	struct held_account *held; /* further accounts, a list */
	struct link *link;	   /* open sessions, a list */
	struct log log;
	char *log_account; /* whose it is; NULL: nobody's yet */
	struct output out;
	struct progress progress; /* of many messages */
	int status;	/* of the exit, so far */
	bool has_ended; /* -h or -V was all, and standard output is closed */
};

extern const struct tool msend_tool;

#define MSEND_LIFE_SEC (5 * 24 * 60 * 60) /* queue-life's default */

/*
 * A message on its way, in the spool or (id "") in held alone.  The queue's are
 * kept whatever stops them; of a new one (is_new) what fails for good is not.
 */
struct outgoing {
	struct spool_item item;
	struct buf held;
	struct file_map map;
	struct span content;
	char *name; /* -m's; NULL: none */
	bool is_new;

	/* submit's own */
	struct err why;	  /* what stopped it; ERR_NONE: nothing */
	struct survey survey;
	bool *tried;	  /* recipients, in this run */
	bool *was_refused; /* recipients, before it; NULL: none */
	size_t letters;	  /* of it that are on their way */
	bool is_final;	  /* refused as a whole, for a reason of our own */
	int64_t not_before; /* 0, or when the account's rate allows it */
};
void outgoing_free(struct outgoing *);

/*
 * Composes the message, or makes the ready one on standard input fit, and
 * fills in the envelope; finds the account.  Gives the bytes to put.
 * compose_begin, before the configuration takes SATCHEL_PASSWORD out of the
 * environment, reads the messages that are answered and forwarded: mfetch may
 * need it.  What began is to be closed.
 */
struct compose;
int compose_begin(struct msend *, struct compose **, struct err *);
int compose_open(struct compose *, struct err *);
/* Moves what is there instead of standard input to it. */
void compose_give(struct compose *, struct buf *input);
int compose_write(struct compose *,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *);
/* Moves the envelope to the item: sender, recipients, Message-ID. */
void compose_envelope(struct compose *, struct spool_item *);
void compose_close(struct compose *);

/* What must be right before anything is kept. */
int keep_check(struct msend *, struct err *);
/*
 * Composes into the spool, or with -N (spool NULL) into memory: *fd, -1 for
 * memory, is then for spool_commit.
 */
int keep_begin(struct msend *, struct compose *, struct spool *,
    struct outgoing *, int *fd, struct err *);
/*
 * And commits it.  Where its key was promised already it is not kept, and 1;
 * the status is that of the message that has the promise.
 */
int keep_one(struct msend *, struct compose *, struct spool *,
    struct outgoing *, struct err *);

/* -m: the names are the operands, else those on standard input. */
void send_many(struct msend *, char **operand);

/* A share of the work: the i-th of n. */
struct share_work {
	void (*run)(struct msend *, const void *arg, unsigned i, unsigned n);
	const void *arg;
};
/* How many shares the present account wants (connections). */
unsigned share_count(const struct msend *);
/*
 * Does all n shares, each in a process of its own where n is above 1; the
 * status is the gravest.  No spool may be open.
 */
void share_run(struct msend *, const struct share_work *, unsigned n);

/* Where messages to send come from. */
struct feed {
	/* 1 with one, allocated, that the taker frees; 0 at the end; -1 */
	int (*next)(void *, struct outgoing **, struct err *);
	void *arg;
};

/*
 * Whether the program was called by one of sendmail's names; and if so, takes
 * its flags: 0 or the exit status, the mode (s send, q p the queue, v -bv, i
 * newaliases, b -bs), and the operands at the front of argv.
 */
bool sendmail_is(const char *self);
int sendmail_options(struct msend *, char **argv, char *mode);
/* -bv: prints whom the operands stand for; newaliases: that they are right. */
void sendmail_check(struct msend *, char mode);
/* -bs: sends what comes by SMTP on standard input. */
void sendmail_serve(struct msend *);

/* Sends what is composed; closes it. */
void send_new(struct msend *, struct compose *);

/*
 * Sends all of the source's messages, several at a time where the server takes
 * them so.  Right before a server may have one its recipients are marked
 * sending in the spool (NULL: none); once the answers are written down there,
 * it is reported.  Sessions stay open for the next call.
 */
void submit(struct msend *, struct spool *, const struct feed *,
    bool may_prompt);
/* ERR_CONFIG where the account has no target that this tool serves. */
int submit_check(struct msend *, struct err *);
/*
 * That nothing of the envelope and the content is such that the target could
 * never take it: ERR_USAGE, ERR_DATA, ERR_REFUSED (too large).
 */
int submit_fits(struct msend *, const struct spool_item *,
    struct span content, struct err *);

/* Makes the account that an item was queued for the present one. */
int account_of_item(struct msend *, const struct spool_item *, struct err *);
/* After the sessions. */
void accounts_close(struct msend *);
void links_close(struct msend *);

/* "30/m": how many messages in which time. */
int rate_read(const char *, unsigned *count, int64_t *period_ms, struct err *);

/*
 * Of a queued message: those who were refused in the end, or whose time is
 * over, get back to the sender: a report in the account's Maildir.  Where that
 * fails they stay queued.
 */
void give_back(struct msend *, struct outgoing *, int64_t now);

/*
 * sent: whether the present account wants a copy; and makes those that are due
 * of an account's messages (NULL: all).  What fails is told, not an error.
 */
bool copy_is_wanted(struct msend *);
void copy_due(struct msend *, struct spool *, const char *account);

/* -K: the account in force, or the one of -f, step by step. */
void check_send(struct msend *);

/* Opens the account's spool. */
int queue_open(struct msend *, struct spool **, struct err *);
/* -q, -p, -d; id may be NULL for the first two.  The exit status is in m. */
void queue_run(struct msend *, const char *id);
void queue_print(struct msend *, struct spool *);
void queue_drop(struct msend *, struct spool *, const char *id);
/*
 * After a run of its own: what is due of the account, where the run succeeded,
 * and the copies that are.  spool may be NULL: nothing.
 */
void queue_follow(struct msend *, struct spool *);

/*
 * Tells what became of each recipient: lines on standard output with -R, else
 * what was not sent on standard error; why is the text for those who have none.
 * The exit status that follows goes into m: 76, then 69, then 75.
 */
void report(struct msend *, const struct outgoing *, const char *why);
/* A status of the exit, where it is graver than the one so far. */
void report_status(struct msend *, int status);
/* A line for it in the account's logfile. */
void log_sent(struct msend *, const struct outgoing *);
/* An error of the call itself. */
void report_err(struct msend *, const char *subject, const struct err *);

#endif
