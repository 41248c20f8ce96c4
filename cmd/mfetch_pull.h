/*
 * mfetch_pull.c: what one IMAP folder has and its target has not.
 *
 * The record says of each folder: its UIDVALIDITY, and next, below which no
 * message is missing here: each was fetched, or was gone.  What a failure, -m,
 * -s or -S left out holds next back.  Where nothing was left out, the record
 * also has what the server said of the folder then: UIDNEXT, and how many
 * messages there are.  UIDs are given in ascending order, so:
 *
 *	UIDVALIDITY	the rest	what is done
 *	none		any		opened; all UIDs are asked for
 *	another		any		the same, and what is here is found
 *					by its Message-ID, date and size
 *	the same	the same	nothing is new: not opened
 *	the same	another		opened; UIDs from next on are asked for
 *	not said	any		opened
 *	any		not said	opened
 *
 * Where what is asked for can be known beforehand (the folder was seen before,
 * nothing from next on is here, nothing limits what is fetched), it is fetched
 * in the flight that opens the folder; else the answer of the search comes
 * first.  The search is asked all the same, so that a message that the server
 * did not send is known, and next stays below it; the answers may come in any
 * order, for servers work at several commands at a time.  The set's end is a
 * number and not "*", which would be the last message where nothing is new.
 *
 * After fetching, next is the lowest UID that was found and is not here; else
 * what follows the last UID found or fetched.  A message that came after the
 * search has a greater UID.  UIDNEXT is not believed: a server that says too
 * much once would never be asked for what it has below.  With -s or -S what was
 * not found is unknown: next stays.
 */
#ifndef CMD_MFETCH_PULL_H
#define CMD_MFETCH_PULL_H

#include "app/imap_session.h"
#include "mfetch.h"
#include "store/copies.h"

#define SET_BYTES 900 /* of the UIDs in a command; servers limit a line */

/* What the server told of messages that are here already. */
struct mirror {
	bool is_on;
	bool is_whole; /* what was not found is gone */
	unsigned tag;  /* of what asks for the flags; 0: nothing does */
	struct mirror_flags {
		uint32_t uid;
		unsigned flags; /* mail/flag.h's */
		size_t order;
	} *flags;
	struct mirror_gone {
		uint32_t first, last;
	} *gone;
	size_t n_flags, flags_cap, n_gone, gone_cap;
	uint64_t modseq; /* up to which it has told */
};

/* Which of the server's messages are here under another UIDVALIDITY. */
struct recount {
	bool is_on;
	bool is_asked;
	unsigned tag;	 /* of what is asked for that; 0: it is answered */
	struct buf field; /* of the message that comes */
	struct recount_one {
		char *id;
		int64_t sec;
		uint64_t size; /* on the server */
		uint32_t uid;
		char *name;    /* of the file, where it is one */
	} *theirs;
	size_t n, cap;
};

/* The ids of messages that are new, and the record of all folders'. */
struct dedup {
	bool may;      /* it is asked for, and the server has ids */
	bool is_on;    /* nothing is fetched before they are known */
	bool is_asked;
	unsigned tag;  /* of what asks for them; 0: nothing does */
	struct copies *copies;
	struct dedup_id {
		uint32_t uid;
		char *id;
	} *v;
	size_t n, cap;
};

/* What the server told of messages that are only named. */
struct dry {
	struct buf field; /* of the message that comes */
	struct dry_one {
		uint32_t uid;
		uint64_t size;
		char *id;
	} *v;
	size_t n, cap;
};

/* One folder's work. */
struct pull {
	struct mfetch *run;
	const struct source *src;
	const struct folder *folder;
	struct imap_session *s;
	struct place place;
	struct state_seen seen; /* as it was recorded */
	unsigned mailbox;  /* tag that opened it */
	unsigned last;	   /* tag of the last command */
	size_t waiting;	   /* commands that have no answer yet */
	bool is_open;	   /* the server said so, and of which UIDVALIDITY */
	size_t searches;   /* that have no answer yet */
	bool is_searched;  /* all of them have ended */
	bool is_tail;	   /* all from next on was asked for at once */
	bool is_stale;	   /* asked from next on with another UIDVALIDITY:
			      nothing is taken, all of it is to be done again */
	uint32_t from;	   /* the search's first UID */
	uint32_t tail;	   /* where that begins, see is_tail */
	uint32_t *taken;   /* what came, in sorted runs */
	size_t n_taken, taken_cap;
	uint32_t last_taken; /* the greatest */
	bool is_short;	   /* of some the server had no text */
	bool is_doubtful;  /* which message is which; see mfetch_body.c */
	bool is_told;	   /* and the user knows */
	struct mirror mirror;
	struct recount recount;
	struct dedup dedup;
	struct dry dry;
	uint32_t uidnext;  /* when it was opened; 0: not said */
	uint32_t exists;   /* messages, when it was opened */
	struct err failed; /* the folder could not be had */
	uint32_t *found;   /* UIDs on the server that fit, sorted */
	size_t n_found, found_cap;
	uint64_t n_others; /* messages that were there, and were not found */
	uint64_t n_gone;   /* that are gone since the search */
	bool *is_ours;	   /* found[i] is safe here */
	uint32_t *wanted;  /* places in found */
	size_t n_wanted, asked;
	bool is_missing;   /* the body that comes is NIL or empty */
	uint64_t size;	   /* of that body */
};

/* Opens its target and its record.  After -1 nothing is open. */
int pull_open(struct pull *, struct mfetch *, const struct source *,
    struct imap_session *, const struct folder *, struct err *);
void pull_close(struct pull *);

/* False where the folder's counts say that nothing is new. */
bool pull_is_needed(const struct pull *);

/* mfetch_ask.c: opens the folder and asks what it has. */
int pull_ask(struct pull *, struct err *);
/* Then as much as is to be in flight. */
int pull_ask_more(struct pull *, struct err *);

/*
 * mfetch_pull.c: another folder may be opened: nothing more will be asked of
 * this one.
 */
bool pull_has_asked(const struct pull *);
/* An event of its mailbox. */
int pull_take(struct pull *, const struct imap_event *, struct err *);
/* All is answered. */
bool pull_is_over(const struct pull *);

/*
 * What came whole is made safe; then, where the status is 0, the record is
 * brought up to date and the server deletes.  Returns the status.
 */
int pull_end(struct pull *, int status, struct err *);

/* ERR_PROTO where the open mailbox has another UIDVALIDITY than it had. */
int pull_check(const struct pull *, struct err *);

/* mfetch_pick.c: keys of a search for the next that are picked; 0: no more. */
size_t pick_keys(const struct picked *, size_t from, struct buf *);
/* Where the first of these UIDs is in sorted; SPAN_NONE: not all are picked. */
size_t pick_place(const struct picked *, uint32_t uid, uint32_t last);
/* Puts what is wanted into the order of the names. */
void pick_order(struct pull *);
/* Tells the names of those that the server has not. */
void pick_tell(struct pull *);

/* mfetch_found.c: for qsort and bsearch, of what has its UID first. */
int uid_order(const void *, const void *);
/* Adds these, or the one that they are, to a set of UIDs. */
void uid_range(struct buf *set, uint32_t first, uint32_t last);
/* Takes what the search says. */
int found_take(struct pull *, const struct imap_event *, struct err *);
/* It has said all: sorts it; what of it is wanted, the newest of them. */
int found_sort(struct pull *, struct err *);
/* The same, where the record has more by now. */
int found_choose(struct pull *, struct err *);
/* What of it is here, as the record has it. */
int found_mark(struct pull *, struct err *);
/* Whether the search found it. */
bool found_has(const struct pull *, uint32_t uid);
/* Whether a body of it was asked for, and none was taken yet. */
enum found { FOUND_NOT_ASKED, FOUND_ASKED, FOUND_TAKEN };
enum found found_look(const struct pull *, uint32_t uid);
/* It was taken. */
void found_taken(struct pull *, uint32_t uid);
/* Whether that message of the folder can have that number there. */
bool found_fits(const struct pull *, uint32_t uid, uint32_t number);

/*
 * mfetch_body.c: a body that comes, and all that was said of its message; tells
 * where it is not certain which message is which.
 */
int body_begin(struct pull *, const struct imap_event *, struct err *);
int body_end(struct pull *, const struct imap_event *, struct err *);
void body_tell(struct pull *);

/* mfetch_delete.c: deletes on the server what is safe here. */
int pull_delete(struct pull *, struct err *);

/*
 * mfetch_mirror.c: whether flags and removals are followed; what the folder is
 * opened with for that, and what is asked of all messages, "" for nothing;
 * takes an answer; brings files and record up to date.
 */
bool mirror_is_on(const struct mfetch *, const struct source *);
void mirror_words(const struct pull *, struct buf *);
void mirror_items(const struct pull *, struct buf *);
int mirror_take(struct mirror *, const struct imap_event *, struct err *);
int mirror_apply(struct pull *, struct err *);
void mirror_free(struct mirror *);

/*
 * mfetch_recount.c: where the server counts anew, what is here already is not
 * fetched again.  Whether that is to be found out; what is asked of all
 * messages; takes what is said of them; and adopts those that are here.
 */
int recount_is_needed(const struct pull *, bool *, struct err *);
struct span recount_items(void);
int recount_take(struct pull *, const struct imap_event *, struct err *);
int recount_match(struct pull *, struct err *);
void recount_free(struct recount *);

/*
 * mfetch_dedup.c: whether one copy is enough; whether ids are to be asked for;
 * of which UIDs, and what; takes an id; knows what another folder has; records
 * what this one has.
 */
bool dedup_is_on(const struct mfetch *, const struct source *,
    const struct imap_session *);
bool dedup_is_needed(const struct pull *);
void dedup_range(const struct pull *, uint32_t *first, uint32_t *last);
struct span dedup_items(const struct imap_session *);
void dedup_take(struct pull *, const struct imap_event *);
int dedup_choose(struct pull *, struct err *);
int dedup_record(struct pull *, struct err *);
void dedup_free(struct dedup *);

/*
 * mfetch_dry.c: whether something is asked of the messages that -n names;
 * takes what is said; prints their names.
 */
bool dry_asks(const struct mfetch *);
void dry_take(struct pull *, const struct imap_event *);
int dry_print(struct pull *, struct err *);
void dry_free(struct dry *);

#endif
