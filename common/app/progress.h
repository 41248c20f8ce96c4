/*
 * One line on standard error, where that is a terminal, about work that takes
 * over a second: "mfetch: 120 of 4500 messages, 12.3 MB, 4.5 MB/s, 0:32 left".
 * It is written anew in its place, and gone when the work has ended.
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include "base/buf.h"

/* Zero is one that shows nothing. */
struct progress {
	const char *tool, *what; /* "messages"; both outlive it */
	uint64_t count, total;	 /* done, of so many; total 0: unknown */
	uint64_t bytes;		 /* done */
	int64_t began_ms, told_ms;
	size_t shown; /* columns that the line takes now */
	bool is_on;
};

/* Shows nothing where standard error is no terminal. */
void progress_begin(struct progress *, const char *tool, const char *what);
/* More is to be done than was known. */
void progress_expect(struct progress *, uint64_t more);
/* So much more is done; shows it where it is time to. */
void progress_add(struct progress *, uint64_t count, uint64_t bytes);
/* Takes the line away until the next progress_add: before anything is said. */
void progress_hide(struct progress *);
void progress_end(struct progress *);

/* Appends the line for the state at that time; what progress_add shows. */
void progress_line(const struct progress *, int64_t now_ms, struct buf *);

#endif
