/* What the files of mlist share. */
#ifndef MLIST_H
#define MLIST_H

#include "app/option.h"
#include "host/file.h"
#include "mail/format.h"
#include "mail/query.h"
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

/* A record that waits for the others to be sorted. */
struct mlist_row {
	size_t at, n;	 /* its bytes in rows.text */
	int64_t number;	 /* sorted by this, then by key */
	size_t key_at;	 /* the key's place in rows.text */
	struct span key; /* valid when all rows are there */
	size_t order; /* in which it came */
};

struct mlist_rows {
	struct mlist_row *v;
	size_t n, cap;
	struct buf text;
};

/* The message that is open; one at a time. */
struct mlist_file {
	int fd;
	const char *path; /* for errors */
	struct buf bytes; /* its start, with all of the header */
	struct file_map whole;
};

struct mlist {
	struct option_common common;
	struct option_names names;
	enum mlist_style style;
	enum mlist_sort sort;
	bool is_reverse, is_count, is_test, is_deep;
	size_t max; /* SPAN_NONE: all */
	struct format format;
	struct query *query; /* NULL: all match */
	unsigned needs;	     /* enum query_need; 0: no file is opened */
	struct date now;
	size_t columns; /* of the terminal; SPAN_NONE: there is none */

	struct output out;
	struct mlist_file file;
	struct mbox mbox; /* the last one that was named */
	struct mlist_rows rows;
	size_t matched;
	bool is_broken; /* standard output was not taken */
	int status;
};

/* Says what went wrong and keeps the first status; the work goes on. */
void mlist_fail(struct mlist *, const struct err *);

/* True where nothing more is wanted: enough was shown, or nothing can be. */
bool mlist_is_done(const struct mlist *);

/* What is wrong with one message is told by mlist_fail and passed over. */
int mlist_folder(struct mlist *, const char *path, struct err *);
int mlist_message(struct mlist *, const char *path, struct err *);
int mlist_mbox(struct mlist *, const char *path, struct err *);
/* The message of the name "file#offset". */
int mlist_in_mbox(struct mlist *, const char *name, struct err *);

/*
 * Reads what is needed of the file below dir, and shows the message if it
 * matches.  s has name (with a NUL after it), folder and is_new.
 */
int mlist_read(struct mlist *, int dir, const char *file, struct summary *s,
    struct err *);

/* Shows the message if it matches. */
int mlist_match(struct mlist *, const struct query_message *, struct err *);

/* When a Maildir's file came, by its name; 0 where that does not tell. */
int64_t mlist_arrival(const char *name);

/* Shows a message that matched, now or when all were seen. */
int mlist_show(struct mlist *, const struct summary *, struct err *);
int mlist_show_end(struct mlist *, struct err *);

/* Appends the message as an object of JSON, without a line end. */
void mlist_json(const struct summary *, struct buf *);

#endif
