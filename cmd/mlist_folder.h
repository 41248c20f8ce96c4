/* A Maildir that is listed: what mlist_folder, _names and _index share. */
#ifndef MLIST_FOLDER_H
#define MLIST_FOLDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/crew.h"
#include "mail/record.h"
#include "mlist.h"
#include "store/index.h"
#include "store/maildir.h"

#define LISTING_LEAST 1000 /* messages that an index is made for */
#define MLIST_PIECE 64 /* messages that a thread reads in one go */
#define MLIST_PIECE_TEXTS 8 /* with their texts */

/* A message's name: in its order of arrival, base, then flags. */
struct name {
	size_t at;     /* in the names' text */
	const char *s; /* there, when all names were taken */
	size_t base;   /* bytes that stay: see maildir_base */
	int64_t arrival;
	uint64_t inode; /* where others have its base; or 0 */
	bool in_cur;
	bool is_gone; /* was not there any more when it was its turn */
	bool is_seen; /* but then was, by some name */
};

struct names {
	struct name *v;
	size_t n, cap;
	struct buf text;
};

struct name names_of(const char *, bool in_cur);
void names_add(struct names *, const char *, bool in_cur);
/* To be called after the last was added. */
void names_sort(struct names *);
void names_free(struct names *);
/*
 * All of the Maildir, sorted.  Where it changes meanwhile looks again, so that
 * none is missing, and a file that was seen under several names has one.
 */
int names_take(struct maildir *, struct names *, struct err *);
/*
 * For who reads the directories: to be called before, and afterwards, where
 * true says that nothing changed, and that all there is was read.
 */
struct names_look {
	struct index_state before;
	bool is_racy;
};
void names_look(const struct maildir *, struct names_look *);
bool names_look_is_exact(const struct maildir *, const struct names_look *);
/* How its directories are now; false (and zero) where that is not known. */
bool names_state(const struct maildir *, struct index_state *);
bool names_same_state(const struct index_state *, const struct index_state *);
/* Nanoseconds; of a time that is too far off for them the most there can be. */
int64_t names_ns(struct timespec);
#define NAMES_NS_MAX INT64_MAX
/* As names are sorted, without their flags: 0 where both are one message. */
int names_order(const struct name *, const struct name *);
/* Drops all that are not gone; how many are. */
size_t names_keep_gone(struct names *);
/* Adds them as gone, and sorts. */
void names_add_gone(struct names *names, const struct names *gone);
/* Which of those that are gone was seen there, by another name; or NULL. */
struct name *names_find_gone(struct names *, const struct maildir *,
    const struct name *seen);

/* What a thread does in one go. */
struct piece {
	size_t from, to; /* names */
	size_t block;	 /* of the index; SPAN_NONE: none */
};

/* What came of a piece, beside its reader's rows. */
struct slot {
	struct mlist_reader reader;
	struct buf *block; /* its records, as they were; the seat's */
	struct buf put;	  /* as they are to be */
	size_t put_n;
	struct buf texts; /* for the index of words */
	size_t texts_held; /* bytes of memory, when the piece is done */
	bool is_same;	  /* both are */
	bool is_damaged;  /* the block is; nothing was done */
	bool is_fresh;	  /* a message was written just now, and may be again */
	struct names gone;
	size_t recalled, all; /* messages that the index knew; and in all */
};

/* Where a block's records are. */
struct recall {
	struct span rest;
	struct record record;
	struct name name; /* of it; no string */
	bool is_any;
};

struct listing {
	struct mlist *m;
	struct maildir *box;
	struct names names;
	struct slot *slot; /* CREW_SLOTS of them */
	struct memo memo[CREW_SEATS];
	struct buf block[CREW_SEATS]; /* what each reads from the index */

	/* the index */
	bool has_index;	   /* it is open */
	bool is_trusted;   /* it says what there is; names is empty */
	bool is_recording; /* what is read goes to it */
	bool is_damaged;
	struct index index;
	pthread_mutex_t lock; /* for the index and has_index */
	struct index_state state; /* before the names were read */
	bool is_settled;  /* any change after that will show in the state */
	int64_t settled_ns; /* what was changed before that is settled */
	char *folder;	  /* its real path; NULL where it is not known */
	struct buf file;  /* of the index */
	struct piece *piece;
	size_t pieces, piece_cap, taken;
	struct buf pending; /* records of no block yet */
	size_t pending_n;
	struct buf last; /* the base of the last message taken */
	size_t kept;	 /* blocks, one after the other, that stay */
	size_t recalled, all;
	bool is_changed;
	bool is_indexing; /* words too */
	bool is_anew;	  /* of all messages, also those that have some */
	struct mlist_text *text; /* of each text of the query; or NULL */
	size_t texts;
	struct words words; /* to be written */
	atomic_size_t texts_held; /* by all slots */
	pthread_mutex_t large;	  /* for who gathers a large text */
	uint64_t text_last;
};

/*
 * Lists a name of the folder in any thread; known is what the index says of
 * it, or NULL.  A name that is gone is marked.
 */
int listing_name(struct listing *, struct slot *, struct name *,
    const struct record *known, struct err *);

/*
 * Opens the folder's index, if there is one that is to be used, and finds out
 * whether it can be trusted without looking at the names.
 */
void listing_open(struct listing *);
/* The same when the names are known: makes one for a large folder. */
void listing_make(struct listing *);
/* Divides the work; the pieces' names, or blocks, are all there are. */
void listing_divide(struct listing *);
/* A piece's work, and what is done with it in order: see host/crew.h. */
void listing_work(void *, size_t piece, size_t slot, size_t seat);
bool listing_take(void *, size_t piece, size_t slot);
bool listing_has_room(void *);
/* Adds what is known of a name, or was read just now, to the slot's put. */
void listing_record(struct listing *, struct slot *, const struct name *,
    const struct record *known, const struct summary *);
/* Asks the index for the texts of the query; and forgets the answer. */
void listing_recall_texts(struct listing *);
void listing_forget_texts(struct listing *);
/* True where no message can match whose text has a number of these. */
bool listing_is_ruled_out(const struct listing *, uint32_t low,
    uint32_t high);
/*
 * Adds the text of the message that was read to the slot, before its record is
 * put.  What the record is to have as its text until listing_take_texts.
 */
uint32_t listing_gather(struct listing *, struct slot *);
/* Takes a slot's texts and sets their numbers; and writes the last words. */
int listing_take_texts(struct listing *, struct slot *, struct err *);
int listing_end_texts(struct listing *, struct err *);
/* Forgets a slot's texts, and the memory that they had. */
void listing_drop_texts(struct listing *, struct slot *);
/* Most of their numbers are of messages that are gone. */
bool listing_is_worn(const struct listing *);
/* Makes room for texts in the index, before the first are taken. */
int listing_begin_texts(struct listing *, struct err *);
/* Writes what is new, if all was taken, and closes. */
void listing_close(struct listing *);

#endif
