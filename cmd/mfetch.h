/* What the files of mfetch share. */
#ifndef CMD_MFETCH_H
#define CMD_MFETCH_H

#include "app/log.h"
#include "app/option.h"
#include "app/progress.h"
#include "proto/imap.h"
#include "store/maildir.h"
#include "store/state.h"
#include "text/url.h"

/* What messages go to. */
enum target_kind {
	TARGET_MAILDIR,
	TARGET_MBOX,
	TARGET_PIPE,
	TARGET_STDOUT
};

/* A message of which the size is to be told before its bytes. */
struct frame {
	struct buf held;  /* the last of them */
	uint64_t spilled; /* the first, to a file without a name: */
	int fd;		  /* 0: there is none */
};

/* One run, and what is asked of it. */
struct mfetch {
	struct tool tool;
	struct option_common common;
	struct output output;
	const char **folder; /* -f */
	size_t n_folders, folder_cap;
	enum target_kind target_kind; /* -t */
	const char *target;  /* its path or command; NULL: the account's */
	uint64_t size_max;   /* -s; 0: any */
	uint64_t newest;     /* -m; 0: all */
	int64_t since;	     /* -S, a second; see has_since */
	bool has_since;
	bool delete;	     /* -d, and later keep = no */
	bool check;	     /* -K */
	bool dry;	     /* -n */
	bool quiet;	     /* -q */
	bool expect;	     /* -e */
	bool headers;	     /* -H */
	bool is_watching;    /* -w */
	uint64_t seconds;    /* -T; 0: for ever */
	bool json;	     /* -j */
	bool all;	     /* -A */
	bool has_several;    /* accounts: -A, or -a more than once */
	uint64_t jobs;	     /* -c: connections at a time; 0: not said */
	bool is_beside;	     /* others do their share at the same time */
	struct option_names names; /* the operands, or those of -i */
	struct frame frame;	   /* see mfetch_frame.c */
	unsigned calm;		   /* see mfetch_url.c */
	uint64_t framed;	   /* names that have got their line */
	uint64_t fetched;
	int status;
	const struct source *source; /* what is fetched from now */
	struct watch *watch; /* -w or -u; NULL: what is there now is all */
	struct target *shared; /* where one target is for all folders */
	struct log log;	       /* of the source's account */
	struct progress progress;
};

/*
 * mfetch_names.c: what one name stands for, or all names one after another;
 * what fails is said.  Messages of one folder whose names follow each other
 * are fetched together, and over one connection as long as the server stays
 * the same.
 */
void mfetch_name(struct mfetch *, struct config *, const char *);
int mfetch_names(struct mfetch *, struct config *, struct err *);

/*
 * mfetch.c: fetches from the server that the URL names, picked's messages
 * where it is not NULL: the URL is then that of one of them.
 */
struct picked;
int mfetch_from(struct mfetch *, const struct account *, const struct url *,
    const struct picked *, struct err *);

/*
 * mfetch_account.c: the accounts of -A or of several -a, so many at a time; one
 * that fails stops no other.
 */
int mfetch_accounts(struct mfetch *, struct config *, struct err *);

/* Where messages come from: one account, one server. */
struct source {
	const struct account *account;
	const struct url *url;
	char *maildir;
	const struct picked *picked; /* NULL: url says it all */
	bool delete; /* after they are safe */
	int64_t keep_sec; /* those that were fetched so long ago */
};

/*
 * The messages of one folder that are asked for by their names, in the order of
 * these and, each once, in that of the UIDs; and a connection that outlives
 * them: where it is closed it is opened, and stays so if all goes well.
 */
struct picked {
	uint32_t *uid, *sorted;
	char **section; /* of each; NULL: all of it */
	size_t n, cap, section_cap, n_sorted;
	struct imap_session *session;
};
/* mfetch_pick.c: makes the second out of the first. */
void pick_sort(struct picked *);

/*
 * mfetch.c: what its messages are recorded under: scheme://user@host, and the
 * port where it is none of the protocol's own, for who goes from STARTTLS to
 * implicit TLS has the same mail.
 */
void source_identity(const char *scheme, const struct server *,
    struct buf *);

/* layout = maildir++: folders are "Maildir/.a.b". */
bool source_is_flat(const struct source *);

/* A folder on an IMAP server. */
struct folder {
	char *name; /* UTF-8 */
	char *wire; /* as the server writes it; NULL: no command can */
	char *path; /* its Maildir */
	struct imap_counts counts; /* what the server said of it */
	bool is_again; /* its record was of no use: once more, all of it */
};
struct folder_list {
	struct folder *v;
	size_t n, cap;
};

/*
 * mfetch_folder.c: the folders that -f, the URL or the account ask for.
 * ERR_NOINPUT where one that is named without * or ? is not there; one that no
 * command can name is told and left out.  What has
 * to be asked for that, folder_list_ask has asked before; their counts come
 * with it, or with folder_list_count, where the server can tell.
 */
struct imap_session;
/* Whether the server need not be asked for them. */
bool folder_list_is_given(const struct mfetch *, const struct source *);
int folder_list_ask(const struct mfetch *, const struct source *,
    struct imap_session *, struct err *);
int folder_list(struct mfetch *, const struct source *,
    struct imap_session *, struct folder_list *, struct err *);
int folder_list_count(struct imap_session *, struct folder_list *,
    struct err *);
void folder_list_free(struct folder_list *);

/* mfetch_imap.c, mfetch_pop.c: all that is asked, of one server. */
int mfetch_imap(struct mfetch *, const struct source *, struct err *);
int mfetch_pop(struct mfetch *, const struct source *, struct err *);

/*
 * mfetch_url.c: the bytes of the one message or section that the URL names, to
 * standard output; nothing is recorded.  ERR_NOINPUT where it is not there.
 */
int mfetch_url(struct mfetch *, const struct source *, struct err *);
/* ERR_NOINPUT where the URL has another UIDVALIDITY than the server. */
int check_uidvalidity(const struct url *, uint32_t now, struct err *);

/*
 * mfetch_frame.c: whether each name's message is printed behind a line with its
 * size; the bytes of one, as place_lines has them; its end; its failure, or
 * that of what has no other line; forgets what came of one.
 */
bool frame_is_on(const struct mfetch *);
int frame_add(struct mfetch *, struct span, bool *has_cr, struct err *);
int frame_end(struct mfetch *, struct span name, struct err *);
int frame_lost(struct mfetch *, struct span name, enum err_kind,
    struct err *);
void frame_drop(struct mfetch *);

/*
 * mfetch_report.c: says what went wrong, and with what where the subject is not
 * NULL; the exit status is the first such.  The work goes on.
 */
void report_fault(struct mfetch *, const char *subject, const struct err *);
/*
 * Prints a name, or with -j what is known of it; folder NULL, size 0 and an
 * empty message_id are left out.
 */
int report_name(struct mfetch *, struct span name, const char *folder,
    const char *uid, bool is_number, uint64_t size, struct span message_id,
    struct err *);

/*
 * mfetch_place.c: messages of one folder on their way to the target, which is
 * the folder's own Maildir, or one for all.  They are safe and printed a batch
 * at a time.
 */
struct place {
	struct mfetch *run;
	struct target *target;
	struct state *state; /* the target's; NULL: it keeps none */
	int64_t source;
	uint32_t uidvalidity; /* 0 for POP3 */
	char *folder;
	bool is_writing;
	bool is_doubtful; /* see place_doubt */
	bool has_cr;	 /* a CR that may belong to CR LF */
	struct buf held; /* not written yet */
	uint64_t bytes;	 /* of the message */
};

/*
 * Opens or makes the target and its record, completes what a dead run left
 * there, and prints that; -n only looks: at the record, where there is one
 * (else state is NULL).  path is the folder's Maildir, if that is what mail
 * goes to.  server is state_source's identity.
 */
int place_open(struct place *, struct mfetch *, const char *path,
    struct span server, struct span folder, struct err *);
/* What is not committed is removed. */
void place_close(struct place *);

/* One message: begin, write… (CR LF becomes LF), end or abort. */
int place_begin(struct place *, struct err *);
int place_write(struct place *, struct span, struct err *);
/* flags are Maildir's letters; mtime_sec 0 is now.  May commit. */
int place_end(struct place *, const char *uid, const char *flags,
    int64_t mtime_sec, struct err *);
void place_abort(struct place *);
/*
 * What comes from now on, and these that came before, may not be what their
 * UIDs mean: they are never safe.
 */
int place_doubt(struct place *, const uint32_t *uids, size_t n, struct err *);

/*
 * Appends the bytes with CR LF as LF; a CR at their end waits in *has_cr for
 * what follows.
 */
void place_lines(struct span, bool *has_cr, struct buf *out);

/*
 * The batch is made safe, printed, and recorded as printed: now the server may
 * delete.  After one that failed no other follows: to record it as done would
 * lose what was not moved.
 */
int place_settle(struct place *, struct err *);
/*
 * Whether the server may delete it, as the run's source has it: what came
 * whole, is recorded as printed, and long enough ago.
 */
int place_is_safe(struct place *, const char *uid, bool *, struct err *);
/*
 * Commits after fetching that ended with that status, and returns it: whatever
 * ended it, the messages that came whole are kept.  What ended well is to be
 * settled yet.  subject is for what fails besides.
 */
int place_end_run(struct place *, int status, const char *subject,
    struct err *);

#endif
