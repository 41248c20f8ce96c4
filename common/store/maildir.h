/*
 * Maildir: https://cr.yp.to/proto/maildir.html, with the flags of its
 * ":2,FLAGS" and directories 0700, files 0600.
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

#include "base/buf.h"
#include "base/err.h"

struct maildir {
	char *path;
	int dir;	   /* descriptors of the directory and its three */
	int tmp, new, cur;
	char *unique;	   /* begins the names made here; NULL: none yet */
	char *host;	   /* and ends them */
	unsigned long named;
	struct sync *sync; /* of files that are whole; NULL: none yet */
};

/* ERR_NOINPUT where path is no Maildir; create makes what is missing. */
int maildir_open(const char *path, bool create, struct maildir *,
    struct err *);
void maildir_close(struct maildir *);
bool maildir_is(const char *path);

/* One message on its way in. */
struct maildir_file {
	char *name;	 /* unique; without flags */
	int fd;		 /* in tmp/, open for writing; -1: no more */
	bool is_whole;	 /* maildir_whole has it */
};

/* Opens a new file in tmp/: ERR_CREATE. */
int maildir_begin(struct maildir *, struct maildir_file *, struct err *);
/* Sets its time of change. */
int maildir_date(struct maildir *, struct maildir_file *, int64_t mtime_sec,
    struct err *);
/*
 * It has all its bytes and its name: it is synced and closed, while others are
 * still written.  Then maildir_finish, or maildir_abort.
 */
void maildir_whole(struct maildir *, struct maildir_file *);
/*
 * Waits until these n files, all that are whole among them, are durable in
 * tmp/ by their names, so that a record may speak of them: a name that is no
 * longer in tmp/ then was moved, not lost.  After -1 they are closed and none
 * is durable.
 */
int maildir_finish(struct maildir *, struct maildir_file *, size_t n,
    struct err *);
/*
 * Removes it from tmp/ and frees.  One that is whole is given up only with all
 * others that are.
 */
void maildir_abort(struct maildir *, struct maildir_file *);
void maildir_file_free(struct maildir_file *);

/*
 * The place where a message of that name and these flags (letters, "" for
 * none) goes: "new/NAME" without S and other flags, else "cur/NAME:2,FLAGS".
 */
void maildir_place_name(const char *name, const char *flags, struct buf *);
/* Moves tmp/NAME to place; one that was moved already is done: 0. */
int maildir_place(struct maildir *, const char *name, const char *place,
    struct err *);
/* Makes the moves of a batch durable. */
int maildir_sync(struct maildir *, struct err *);

/*
 * All of it for one message: written, durable, placed.  *path gets the whole
 * path; on -1 nothing is left.
 */
int maildir_deliver(struct maildir *, struct span message, const char *flags,
    struct buf *path, struct err *);

/*
 * Removes from tmp/ what satchel's dead processes on this host left there;
 * nobody else's files.  To be called after a record's names were placed.
 */
void maildir_clean(struct maildir *);

/* Iterates over new/ then cur/, in directory order. */
struct maildir_iter {
	struct maildir *m;
	void *dir;
	bool in_cur;
};
struct maildir_entry {
	const char *name; /* valid until the next call */
	bool in_cur;
};
void maildir_each(struct maildir *, struct maildir_iter *);
int maildir_next(struct maildir_iter *, struct maildir_entry *, struct err *);
void maildir_end(struct maildir_iter *);

/*
 * How many bytes of an entry's name stay when it is marked or moved to cur/:
 * those before its flags and before ",U=NUMBER", the UID that mbsync and others
 * give to what they find, and another one elsewhere.
 */
size_t maildir_base(struct span name);

/*
 * Gives an entry more flags and takes others from it; its other letters stay.
 * From new/ it moves to cur/ with its first flag.  1 where it is no longer
 * there by that name.  Durable after maildir_sync.
 */
int maildir_flag(struct maildir *, const struct maildir_entry *, unsigned add,
    unsigned remove, struct err *);

#endif
