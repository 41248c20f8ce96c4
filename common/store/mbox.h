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
 * begins.  mbox_may_be opens it, and is false for what it cannot read.
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

#endif
