/* Time, randomness and this host's name: what pure code is given. */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include "base/buf.h"
#include "base/err.h"
#include "text/date.h"

/* Now, in seconds; and with the local offset from UTC, which costs more. */
int64_t clock_sec(void);
struct date clock_now(void);
/* Now, for what asks for offsets at other times. */
struct date_here clock_here(void);
/* The local offset in minutes at that second. */
int clock_zone(int64_t sec);
/*
 * The same for who asks for many that are near each other; zero knows none.
 * The zone is not looked up again: one of the above has done so before.
 */
struct clock_day {
	int64_t day;
	int minutes;
	bool is_known;
};
int clock_zone_near(struct clock_day *, int64_t sec);
/* Milliseconds of a clock that never goes back; for deadlines. */
int64_t clock_mono_ms(void);

int clock_random(void *p, size_t n, struct err *);
/* Appends n characters of [a-z0-9] from the system's randomness. */
int clock_token(struct buf *, size_t n, struct err *);

/* Appends the host's name, "localhost" where it has none. */
void clock_host(struct buf *);

#endif
