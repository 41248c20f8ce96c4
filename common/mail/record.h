/*
 * A message's summary as an index keeps it: bytes that are read back into the
 * same summary, with what costs most to find out beside the fields.  Who keeps
 * them keeps a sum of them too; damaged ones are refused or give a wrong
 * summary, but nothing worse.
 */
#ifndef MAIL_RECORD_H
#define MAIL_RECORD_H

#include "mail/summary.h"

#define RECORD_FIELDS_MAX (64 * 1024) /* bytes of fields that are kept */
/* Where in a record its text is, as a uint32_t that may be set later. */
#define RECORD_TEXT_AT 1
#define RECORD_TEXT_NONE UINT32_MAX /* it can have none */

struct record {
	struct span base;   /* of the file's name, without its flags */
	struct span suffix; /* what follows: ":2,FS"; may be empty */
	bool in_cur;	    /* else in new */
	/* what tells the file from another of its name, or as it was before */
	uint64_t inode, size;
	int64_t mtime_ns, ctime_ns;
	uint32_t text;	    /* its number in the index of words; 0: none yet */
	/*
	 * The summary below is what summary_header would set, but for header,
	 * Date and Received; not where the fields were too long.
	 */
	bool is_whole;
	struct summary summary; /* of it the fields and known */
};

/* Appends the record; the fields are worked out where they are not known. */
void record_put(const struct record *, struct buf *out);

/*
 * Takes the next record off *rest: 1; 0 at the end; -1 where the bytes are
 * none.  Its spans are in the bytes.
 */
int record_next(struct span *rest, struct record *);
/*
 * The number of the next record's text, and what is behind it: to pass over it
 * unread.  0 where that is not known, or nothing can be told.
 */
uint32_t record_text(struct span rest, struct span *after);

#endif
