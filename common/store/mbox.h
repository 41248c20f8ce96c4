/*
 * Mbox files, and the names "file#offset" of the messages in them; offset is
 * that of the From_ line, in decimal.  Zero is one that is not open.
 */
#ifndef STORE_MBOX_H
#define STORE_MBOX_H

#include "base/err.h"
#include "host/file.h"
#include "mail/mboxrd.h"

/* What tells a file from itself when it was written to. */
struct mbox_state {
	uint64_t device, inode, size;
	int64_t sec, nsec; /* when it was last written */
};

struct mbox {
	char *path; /* NULL: not open */
	struct mbox_state state;
	struct file_map file;
	size_t *offset; /* of each message; NULL until one is looked for */
	size_t n, cap;
};

/*
 * True where the file may be an mbox: it begins with a From_ line and does not
 * lie in a Maildir's cur or new, where each file is one message, however it
 * begins.  mbox_may_be opens it, and is false for what it cannot read; an empty
 * file may be one too, whose mail was taken.
 */
bool mbox_holds(const char *path, struct span bytes);
bool mbox_may_be(const char *path);

/*
 * Opens it, or keeps it where it is open already and the file is the same, so
 * that names of one file in a row cost one look at it.  ERR_NOINPUT where it
 * is no file.  Spans of its messages live until the next mbox_open or
 * mbox_close.
 */
int mbox_open(struct mbox *, const char *path, struct err *);
void mbox_close(struct mbox *);

/*
 * Splits "file#offset" and appends the file's path; false where the name is no
 * such.  A file of that very name comes first: who calls has looked for it.
 */
bool mbox_name(const char *name, struct buf *path, size_t *offset);
/* Opens and finds what is so named; ERR_NOINPUT where no message is there. */
int mbox_find(struct mbox *, const char *name, struct mboxrd_message *,
    struct err *);


/*
 * An mbox that is locked for appending: by fcntl and by FILE.lock beside it,
 * for programs differ in which of the two they heed.  Where the directory lets
 * us make no such file, fcntl is all.
 */
struct mbox_append {
	char *path;
	char *dot; /* FILE.lock; NULL: none */
	int fd;
	uint64_t size; /* when it was locked */
	unsigned gap;  /* line ends, 0 to 2, that lack before a next message */
};

#define MBOX_GAP 2 /* line ends that a batch begins with; see mbox_append */
#define MBOX_STALE_SEC 300 /* the age of a lock that somebody forgot */

/*
 * Locks it, and makes it where it is missing.  Each lock is waited for at most
 * wait_ms: ERR_TEMP.  A FILE.lock is taken away where it was made on this host
 * by a process that is gone, or where it is older than MBOX_STALE_SEC, or dated
 * as far ahead, and not of a process that runs here.  ERR_DATA where the file
 * is no mbox, ERR_CREATE where it cannot be made.
 */
int mbox_lock(struct mbox_append *, const char *path, int wait_ms,
    struct err *);
void mbox_unlock(struct mbox_append *);

/*
 * A batch is a file of MBOX_GAP line ends and then the messages, each with its
 * From_ line and the empty line behind it.  Its base is where its first byte
 * would lie in the mbox, before the start too: what lies at an offset in the
 * batch goes to base + offset.
 */
int64_t mbox_base(const struct mbox_append *);
/*
 * Appends the batch of n bytes from offset at on (MBOX_GAP - gap: all that a
 * whole one needs), durably.  After -1 the mbox is as long as it was when it
 * was locked, or else longer by a part of the batch.
 */
int mbox_append(struct mbox_append *, int batch, uint64_t at, uint64_t n,
    struct err *);
/*
 * How far a batch of n bytes with that base is in the mbox already: *same
 * bytes of it; *is_end where nothing follows them.
 */
int mbox_compare(const struct mbox_append *, int batch, uint64_t n,
    int64_t base, uint64_t *same, bool *is_end, struct err *);

#endif
