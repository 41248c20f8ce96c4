/*
 * The words of many messages: which message has which.  A word is a run of
 * ASCII letters and digits and of any other bytes above ASCII, of folded text
 * (text/fold).  So where a text that is looked for is such a run, a message
 * has it exactly if one of its words has it; where it holds other characters,
 * a message that has it has words with each of its runs.
 */
#ifndef MAIL_WORDS_H
#define MAIL_WORDS_H

#include "base/buf.h"

struct words_entry;

/* Messages are added in the order of their numbers, from 1.  Zero is empty. */
struct words {
	struct words_entry *entry;
	size_t n, cap;
	uint32_t *bucket;
	size_t buckets, lists; /* lists: bytes of them, about */
	struct buf terms;
};

enum words_place {
	WORDS_BODY = 1,
	WORDS_HEADER = 2
};

void words_add(struct words *, uint32_t message, enum words_place,
    struct span folded);
void words_free(struct words *);
/* About how many bytes it has in memory. */
size_t words_size(const struct words *);

/*
 * As they are kept: terms are the words, an LF before each and after the last;
 * starts says where each begins in terms and its list in lists.
 */
struct words_kept {
	struct buf terms, starts, lists;
};

/* Writes and empties them. */
void words_keep(struct words *, struct words_kept *);
/*
 * Adds what was kept, of messages whose numbers are higher than any that was
 * added; false where it is broken, and the words are to be freed.
 */
bool words_merge(struct words *, const struct words_kept *);
void words_kept_free(struct words_kept *);

/* Takes the next run of s that is a word: 1, or 0 at the end. */
int words_next(struct span *s, struct span *word);

/* A word in terms, and where in lists its list is. */
struct words_found {
	struct span word;
	size_t list, list_n;
};

/*
 * Finds the words that the run is part of, from *at on (0 at first): 1 with the
 * next one; 0 where there is none; -1 where what was kept is broken.
 */
int words_find(struct span terms, struct span starts, struct span run,
    size_t *at, struct words_found *);

/*
 * Sets a bit for each message below n that the word's list names with one of
 * the places (bit 0 of byte 0 is message 0); false where the list is broken, or
 * another word's.
 */
bool words_mark(struct span word, struct span list, unsigned places,
    uint32_t n, unsigned char *bits);

#endif
