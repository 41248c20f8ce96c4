/*
 * What was fetched: satchel.db (SQLite, rollback journal, synchronous=FULL)
 * in the Maildir that it speaks of.  A row is placed before its message is
 * renamed and done after its name was printed, so that a run that died is
 * completed and nothing is fetched twice.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct state;

/*
 * Opens or creates dir/satchel.db.  ERR_TEMP where another process holds it
 * for longer than a second, ERR_IO where it is damaged or not ours, ERR_CREATE
 * where it cannot be made.
 */
int state_open(const char *dir, struct state **, struct err *);
void state_close(struct state *);

/*
 * A source is what UIDs are unique in: the server's and user's identity
 * ("imap://user@host", with a port that is not the usual one) and a folder;
 * POP3 has the folder "INBOX".
 */
int state_source(struct state *, struct span server, struct span folder,
    int64_t *source, struct err *);

/* IMAP: what was seen of a folder last; zero where it never was. */
struct state_seen {
	uint32_t uidvalidity;
	uint32_t next;	 /* no message with a smaller UID is missing here */
	uint32_t uidnext; /* what the server said, when none was missing;
			     with exists: it says the same when none is new */
	uint32_t exists; /* messages on the server */
	uint64_t modseq; /* no change up to this one is missing here; 0: none
			    is known to be here */
};
int state_seen(struct state *, int64_t source, struct state_seen *,
    struct err *);
int state_see(struct state *, int64_t source, const struct state_seen *,
    struct err *);

enum state_mark {
	STATE_NONE,
	STATE_PLACING,
	STATE_DONE,
	STATE_GONE,    /* done, and removed from the server since */
	STATE_DELETING /* done, and may be removed by us: whether it was is not
			  known, so that nothing is to be made of it */
};

struct state_row {
	int64_t source;
	uint32_t uidvalidity; /* IMAP; 0 for POP3 */
	const char *uid;      /* a decimal UID, or a UIDL */
	const char *name;     /* the file's name in tmp/; in decimal, the
				 second that it was fetched in comes first */
	const char *place;    /* below the Maildir, "new/NAME", when placing */
	bool is_partial;      /* the header alone, or in doubt */
};

/* What is known of one message. */
int state_mark(struct state *, int64_t source, uint32_t uidvalidity,
    const char *uid, enum state_mark *, struct err *);

/*
 * Whether the whole message is done and not known to be gone, and was fetched
 * before that second: the server need not have it any more.
 */
int state_is_safe(struct state *, int64_t source, uint32_t uidvalidity,
    const char *uid, int64_t before_sec, bool *, struct err *);
/* The name of one that is partial here, else NULL; the caller frees. */
int state_partial(struct state *, int64_t source, uint32_t uidvalidity,
    const char *uid, char **name, struct err *);
/* The folder of a source, which the caller frees. */
int state_folder(struct state *, int64_t source, char **folder,
    struct err *);

/*
 * The done and placing UIDs of one IMAP source, those from the given one on, as
 * a sorted array, which the caller frees.
 */
int state_uids(struct state *, int64_t source, uint32_t uidvalidity,
    uint32_t from, uint32_t **uids, size_t *n, struct err *);

/*
 * Of each message that is done and no more: its UID, the server's flags as
 * they were known last, and its file's name, which lives until each returns.
 * each returns -1 to stop.
 */
int state_each_done(struct state *, int64_t source, uint32_t uidvalidity,
    int (*each)(void *, uint32_t uid, unsigned flags, const char *name,
	struct err *), void *, struct err *);

/*
 * The same of those that have another UIDVALIDITY, and whole: what a server
 * that counts anew may still have; and whether there are any.
 */
int state_has_other(struct state *, int64_t source, uint32_t uidvalidity,
    bool *, struct err *);
int state_each_other(struct state *, int64_t source, uint32_t uidvalidity,
    int (*each)(void *, uint32_t uid, unsigned flags, const char *name,
	struct err *), void *, struct err *);

/* One transaction: those of them by these names have these UIDs now. */
struct state_adopted {
	const char *name;
	uint32_t uid;
};
int state_adopt(struct state *, int64_t source, uint32_t uidvalidity,
    const struct state_adopted *, size_t n, struct err *);

/* One transaction: these are known, though their messages are elsewhere. */
int state_know(struct state *, int64_t source, uint32_t uidvalidity,
    const uint32_t *uids, size_t n, struct err *);

/*
 * One transaction: what is here of these may be another message's: it counts
 * as partial from now on, so that it is not safe.
 */
int state_doubt(struct state *, int64_t source, uint32_t uidvalidity,
    const uint32_t *uids, size_t n, struct err *);

/* What the server's flags are now, or that it has it no longer, or may not. */
struct state_change {
	uint32_t uid;
	unsigned flags; /* mail/flag.h's */
	enum state_mark mark; /* what it is now: done or more */
};

/* One transaction: all of the changes to what is done and not gone. */
int state_change(struct state *, int64_t source, uint32_t uidvalidity,
    const struct state_change *, size_t n, struct err *);

/*
 * One transaction: what was placing before becomes done, for the caller has
 * printed it by now, and the rows become placing.  Their files must be durable
 * in tmp/, and stay there after -1 too: a commit that failed at its very end
 * may be one all the same.
 */
int state_place(struct state *, const struct state_row *, size_t n,
    struct err *);
/*
 * What is placing becomes done: at the end, and before the server deletes.
 * Only where each was moved and printed, else it is lost.
 */
int state_done(struct state *, struct err *);

/* The same and state_see in one transaction, as a commit waits for the disk. */
int state_end(struct state *, int64_t source, const struct state_seen *,
    struct err *);

/*
 * Calls each for every placing row that a dead run left; the row's strings
 * live until each returns.  each returns -1 to stop.
 */
int state_each_placing(struct state *,
    int (*each)(void *, const struct state_row *, struct err *), void *,
    struct err *);

/* POP3: forgets the rows of a source whose UIDLs are not among these. */
int state_keep_only(struct state *, int64_t source, const char *const *uids,
    size_t n, struct err *);

#endif
