/* What the files of mlist share. */
#ifndef MLIST_H
#define MLIST_H

#include <sys/stat.h>

#include "app/option.h"
#include "app/progress.h"
#include "base/sort.h"
#include "host/clock.h"
#include "host/file.h"
#include "mail/format.h"
#include "mail/query.h"
#include "mail/record.h"
#include "mail/thread.h"
#include "store/mbox.h"

#define MLIST_NAME "mlist"

/* Bytes of a header; more are not looked at. */
#define MLIST_HEADER_MAX (4u << 20)

/* What -s sorts by. */
enum mlist_sort {
	MLIST_UNSORTED, /* in the folder's order */
	MLIST_DATE,
	MLIST_ARRIVAL,
	MLIST_FROM,
	MLIST_SUBJECT,
	MLIST_SIZE
};

enum mlist_style { MLIST_NAMES, MLIST_LONG, MLIST_FORMAT, MLIST_JSON };

/*
 * The way of a message: a source (folder, mbox, message) makes a summary of it,
 * in any thread; the filter (mlist_match) adds a row to the thread's rows if it
 * matches; the sink (mlist_take) prints rows, or holds them to be sorted, in
 * the main thread and in the source's order.
 */

/* A message that matched. */
struct mlist_row {
	size_t at, n;	 /* its record's place in the rows' text */
	int64_t number;	 /* sorted by this, then by key */
	struct span key; /* behind the record; p is set while rows are sorted */
	bool is_match;	 /* else it is here for its thread */
};

/* What went wrong with a message, after so many rows. */
struct mlist_fault {
	struct err err;
	size_t at;
};

/* Zero is empty. */
struct mlist_rows {
	struct mlist_row *v;
	size_t n, cap;
	struct buf text;
	struct buf aside;  /* what threads are made of */
	struct buf attachments; /* of the last one, if they are asked for */
	size_t looked_at; /* messages, also those that did not match */
	struct mlist_fault *fault;
	size_t faults, fault_cap;
	struct clock_day day; /* of the last one's date */
};

/* Which messages have a text of the query, as the index has it. */
struct mlist_text {
	unsigned char *bits; /* of each number below n; n 0: not known */
	uint32_t n;
	bool is_exact; /* or else they may have it, and others have not */
};

/* What one thread reads with: a message at a time, and what came of it. */
struct mlist_reader {
	int dir, fd;
	const char *file; /* below dir */
	const char *path; /* for errors */
	struct stat status; /* of the file, if it was opened */
	bool is_recording; /* the header is wanted in any case */
	struct summary *summary; /* of the file */
	uint32_t number; /* of its text in the index; 0: none */
	const struct mlist_text *text; /* of the query; NULL: none */
	struct memo *memo; /* the thread's, or NULL */
	bool has_header;   /* and was read */
	bool is_gone;	   /* it could not be opened: it was not there */
	bool is_link;	   /* to what may change unseen */
	struct buf name;  /* of the message */
	struct buf bytes; /* its start, with all of the header */
	struct file_map whole;
	struct mlist_rows rows;
};

struct mlist {
	struct option_common common;
	struct config *config; /* by mlist_config; NULL: not read yet */
	struct option_names names;
	enum mlist_style style;
	enum mlist_sort sort;
	bool is_reverse, is_count, is_test, is_deep;
	bool is_threaded, is_whole; /* -T, -t */
	bool is_folders, is_watching; /* -F, -w */
	bool is_alone; /* one folder or message: no thread goes beyond it */
	bool is_without_index;
	bool is_indexing; /* -I, or index-body once that was looked for */
	bool is_account_asked;
	bool has_attachments; /* JSON tells them */
	size_t max; /* SPAN_NONE: all */
	struct format format;
	struct query *query; /* NULL: all match */
	unsigned needs;	     /* enum query_need; 0: no file is opened */
	unsigned output_needs; /* of them, what the query does not need */
	struct date_here now;
	size_t columns; /* of the terminal; SPAN_NONE: there is none */

	struct output out;
	struct progress progress; /* of what is here; a server's has its own */
	bool is_on_terminal;	  /* what is printed */
	struct mlist_reader reader; /* the main thread's */
	struct mbox mbox; /* the last one that was named */
	struct mlist_rows rows; /* held to be sorted */
	struct thread *thread;	/* NULL: none are asked for */
	struct watching *watching; /* NULL: no Maildir is watched */
	struct remote *remote;	/* NULL: no server was named */
	size_t matched;
	bool is_broken; /* standard output was not taken */
	int status;
};

/*
 * mlist.c: the configuration, read once, for it takes secrets out of the
 * environment.
 */
int mlist_config(struct mlist *, struct err *);
/* What must be known of each message that is shown: enum query_need. */
unsigned mlist_output_needs(const struct mlist *);

/* Says what went wrong and keeps the first status; the work goes on. */
void mlist_fail(struct mlist *, const struct err *);
/* Standard output did not take something: told once, that is the end. */
void mlist_break(struct mlist *, const struct err *);
/* True where nothing more is wanted: enough was shown, or nothing can be. */
bool mlist_is_done(const struct mlist *);
/* Whether words of bodies are to go to an index. */
bool mlist_is_indexing(struct mlist *);

/* mlist_operand.c: the operands, or the names on standard input. */
void mlist_operands(struct mlist *);

/*
 * mlist_folder.c, mlist_mbox.c, mlist_remote.c, mlist_read.c: the sources, in
 * the main thread.  What is wrong with one message is told by mlist_fail and
 * passed over.
 */
int mlist_folder(struct mlist *, const char *path, struct err *);
int mlist_mbox(struct mlist *, const char *path, struct err *);
/* The message of the name "file#offset". */
int mlist_in_mbox(struct mlist *, const char *name, struct err *);
/*
 * The folder or message of the first name, which is on a server, and with a
 * message those of the same folder that are named behind it; *taken is how many
 * names that were.
 */
int mlist_remote(struct mlist *, const char *const *name, size_t n,
    size_t *taken, struct err *);
void mlist_remote_close(struct mlist *);
int mlist_message(struct mlist *, const char *path, struct err *);
/* The same in any thread, for who takes the reader's rows. */
int mlist_message_read(const struct mlist *, struct mlist_reader *,
    const char *path, struct err *);

/*
 * mlist_watch.c, for -w: start, then each Maildir, where folders may appear,
 * and what was named (mlist_folder calls them); mlist_watch shows what comes,
 * until it is interrupted (-1) or nobody reads any more.
 */
int mlist_watch_start(struct mlist *, struct err *);
int mlist_watch_maildir(struct mlist *, const char *path, struct err *);
int mlist_watch_below(struct mlist *, const char *path, struct err *);
int mlist_watch_named(struct mlist *, const char *path, struct err *);
int mlist_watch(struct mlist *, struct err *);
void mlist_watch_free(struct mlist *);

/* mlist_folders.c, for -F: shows a folder and what is in it. */
struct mlist_counts {
	bool has_messages, has_unseen, has_size; /* else not known */
	uint64_t messages, unseen, size;
};
void mlist_count(struct mlist *, struct span name,
    const struct mlist_counts *);
int mlist_count_maildir(struct mlist *, const char *path, struct err *);
/* The mbox that is open. */
void mlist_count_mbox(struct mlist *, const char *path);
/*
 * mlist_read.c: reads what is needed of the file below dir, or recalls it where
 * it is known (else NULL), and filters it; s has name (with a NUL after it),
 * folder and is_new.  In any thread.  s and the reader stay as they are until
 * mlist_read_end, which is to be called.
 */
int mlist_read(const struct mlist *, struct mlist_reader *, int dir,
    const char *file, const struct record *known, struct summary *s,
    struct err *);
void mlist_read_end(struct mlist_reader *);
/* All of the message that was read last. */
int mlist_read_whole(struct mlist_reader *, struct span *, struct err *);
void mlist_reader_free(struct mlist_reader *);

/*
 * mlist_names.c: when a Maildir's file came, by its name; 0 where that does not
 * tell.
 */
int64_t mlist_arrival(struct span name);

/*
 * mlist_rows.c: the filter, in any thread: adds a row if the message matches.
 * -1 where that cannot be told.
 */
int mlist_match(const struct mlist *, const struct query_message *,
    struct mlist_rows *, struct err *);
/*
 * Adds a row of a message that matched; with -t also of one that did not, for
 * its thread.
 */
void mlist_rows_add(const struct mlist *, const struct summary *,
    bool is_match, struct mlist_rows *);
/* Adds what went wrong with one message, for the sink to tell. */
void mlist_rows_fault(struct mlist_rows *, const struct err *);
void mlist_rows_free(struct mlist_rows *);

/* The sink, in the main thread: takes the rows, which are empty then. */
void mlist_take(struct mlist *, struct mlist_rows *);
/* Prints what was held, when all was taken. */
int mlist_take_end(struct mlist *, struct err *);

int mlist_print(struct mlist *, struct span record, struct err *);

/*
 * It is later now, and so for ages and the query: to be called before what may
 * have been waited for, where no thread is reading.
 */
void mlist_now(struct mlist *);

/*
 * Held rows in the order of their keys and, of equal ones, of how they came:
 * an item of each, which the caller frees; or those that it has.
 */
struct sort_item *mlist_rows_sort(struct mlist_rows *);
void mlist_rows_order(struct mlist_rows *, struct sort_item *, size_t n);

/*
 * mlist_thread.c, where threads are asked for: the filter puts aside what they
 * are made of, and records have gaps; the sink adds, and at the end prints.
 */
bool mlist_needs_threads(const struct mlist *);
int mlist_thread_start(struct mlist *, struct err *);
void mlist_thread_keep(const struct mlist *, const struct summary *,
    struct buf *aside);
void mlist_thread_record(const struct mlist *, const struct summary *,
    struct mlist_rows *);
void mlist_thread_take(struct mlist *, struct mlist_rows *);
int mlist_thread_end(struct mlist *, struct err *);
void mlist_thread_free(struct mlist *);

/*
 * mlist_show.c: appends the message to the rows' text as the options want it
 * shown.
 */
void mlist_record(const struct mlist *, const struct summary *,
    struct mlist_rows *);
/* Appends the columns before the subject, not cut at the terminal's end. */
void mlist_columns(const struct mlist *, const struct summary *,
    struct clock_day *, struct buf *);
/*
 * mlist_json.c: appends the message as an object of JSON, without a line end;
 * attachments is of mlist_attachments, or empty.
 */
void mlist_json(const struct summary *, struct span attachments,
    struct buf *);
/* Appends the message's attachments as an array. */
int mlist_attachments(struct span message, struct buf *, struct err *);

#endif
