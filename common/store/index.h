/*
 * The list index: what mlist found out about the messages of one Maildir, in a
 * SQLite database that may be deleted at any time.  Records (mail/record) lie
 * in blocks, in the order of the folder; a root names the blocks with a sum of
 * each and has a sum itself.  So a flipped bit is seen before anything of its
 * block is used, and a block that is lost, old or another's is none at all.
 *
 * Nothing here waits long for another process, and losing power may cost the
 * index, which is no loss.  Calls come from one thread at a time.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/words.h"
#include "store/db.h"

#define INDEX_BLOCK (96 * 1024) /* bytes that make a block full */

/* How one of a Maildir's directories was when it was read. */
struct index_dir {
	uint64_t device, inode;
	int64_t mtime_ns, ctime_ns;
};

/* new and cur; zero is one that is not to be relied on. */
struct index_state {
	struct index_dir dir[2];
};

struct index_block {
	int64_t row;
	uint64_t sum;
	uint32_t records, bytes;
	/* the numbers of its records' texts; both 0 where one has none */
	uint32_t text_low, text_high;
	struct span last; /* base of its last record; in the index's root */
	bool is_kept;
};

/* The words of some messages: see mail/words. */
struct index_text {
	int64_t row;
	uint64_t sum; /* of terms and starts; lists have their own */
	uint64_t is_full; /* 1: no more belong to these */
};

struct index {
	struct db db;
	struct index_state state; /* of the folder when the root was made */
	struct index_block *block;
	size_t n;
	struct index_text *text;
	size_t texts, text_cap;
	uint64_t text_last; /* the highest number of a message's text */
	sqlite3_blob *records; /* of the block that was read last; or NULL */
	sqlite3_blob *lists;   /* of the text that was; or NULL */
	size_t lists_of;       /* which is that */
	struct buf root, next; /* as read, and as it is to be */
	size_t next_n;
	bool is_writing;
};

/*
 * Opens the file, or makes it (0600, with the directories above it), for the
 * folder of that path; a damaged or foreign file is replaced by an empty one,
 * n is 0 then.  What was read stays as it is until index_close.  -1 where no
 * index can be had now: another process writes it, nothing can be made, or it
 * belongs to another user (but root).
 */
int index_open(const char *file, struct span folder, struct index *,
    struct err *);
/* Forgets what was put and not committed. */
void index_close(struct index *);
/*
 * Removes the file of a damaged index, too; not where reading failed for what
 * was being written had no room.
 */
void index_discard(struct index *);

/* Appends a block's records: -1 where it is damaged. */
int index_read(struct index *, size_t block, struct buf *out, struct err *);

/*
 * The blocks to be, in order: new bytes, or one that stays as it is.  commit
 * drops all others.  -1 where that cannot be written (a full disk, another
 * process): the index on disk stays as it was, and is to be closed.
 */
int index_put(struct index *, struct span records, uint32_t n,
    struct span last, struct err *);
int index_keep(struct index *, size_t block, struct err *);
int index_commit(struct index *, const struct index_state *, struct err *);

/* Adds words, or drops all; for the commit. */
int index_put_text(struct index *, const struct words_kept *, bool is_full,
    struct err *);
int index_drop_texts(struct index *, struct err *);
/* Appends texts i to what was kept, and drops them; -1 where damaged. */
int index_take_text(struct index *, size_t i, struct words_kept *,
    struct err *);
/* Appends the terms and starts of texts i: -1 where they are damaged. */
int index_read_terms(struct index *, size_t i, struct buf *terms,
    struct buf *starts, struct err *);
/* Appends n bytes at that place of its lists. */
int index_read_list(struct index *, size_t i, size_t at, size_t n,
    struct buf *out, struct err *);

#endif
