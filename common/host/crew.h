/*
 * Work in pieces, done by several threads at once and taken in order by the
 * one that asked: files of a cold disk are read sixteen at a time, and all
 * processors parse.
 */
#ifndef HOST_CREW_H
#define HOST_CREW_H

#include <stdbool.h>
#include <stddef.h>

#define CREW_SLOTS 64 /* pieces that are begun and not taken */
#define CREW_SEATS 17 /* threads, with the caller's, which sits in the first */

struct crew {
	size_t n; /* pieces */
	/*
	 * Does a piece, in any thread.  The slot, below CREW_SLOTS, is the
	 * piece's own until it was taken: its result is kept there.  The seat,
	 * below CREW_SEATS, is the thread's own.
	 */
	void (*work)(void *arg, size_t piece, size_t slot, size_t seat);
	/* Takes a piece, in the caller's thread, in order; false: enough. */
	bool (*take)(void *arg, size_t piece, size_t slot);
	/*
	 * Whether one more may be begun before others are taken, for what they
	 * hold; in any thread.  NULL: as many as there are slots.
	 */
	bool (*has_room)(void *arg);
	void *arg;
};

/*
 * Runs to the end, or until take has enough; pieces that were begun are done
 * then, though not taken.  No thread is left afterwards, and signals come to
 * this one alone.  With one piece, or where no thread is to be had, all is
 * done here.
 */
void crew_run(const struct crew *);

#endif
