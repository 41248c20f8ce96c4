/*
 * hours: preloaded into a program (LD_PRELOAD), it lets the program's long
 * waits pass quickly, so that a day of waiting takes a minute.
 *
 *     HOURS_FACTOR=N   so many times as quickly
 *     HOURS_JUMP=path  a file of two numbers: the seconds by which the
 *                      monotonic clock, and by which the real one was set
 *                      forward, or back; read at each wait
 *     HOURS_TOLD=path  the seconds since the start, without what was jumped,
 *                      written at each wait
 *
 * What does not wait takes its time, and so does a wait for a descriptor of up
 * to HURRIED_SEC: somebody answers there who has no part in this.  Processes
 * that are forked share the clock; what they run has the true one.
 */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#define _GNU_SOURCE

#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

#define HURRIED_SEC 10
#define SEC INT64_C(1000000000)

struct hours {
	atomic_llong skipped;	       /* ns, of all waits */
	atomic_llong mono_jump, real_jump; /* ns */
	int64_t began;		       /* ns, monotonic */
};

static struct hours *hours;
static int64_t factor;
static const char *jump_path, *told_path;

static void start(void) __attribute__((constructor));
static int64_t true_ns(clockid_t);
static int64_t now_ns(clockid_t);
static int64_t shortened(int has_fd, int64_t ns);
static void end_wait(int64_t ns, int64_t shorter, int64_t from, int ready);
static void look(void);
static void tell(void);

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int64_t ns = now_ns(clock);

	ts->tv_sec = ns / SEC;
	ts->tv_nsec = ns % SEC;
	return 0;
}

time_t
time(time_t *out)
{
	time_t t = now_ns(CLOCK_REALTIME) / SEC;

	if (out != NULL)
		*out = t;
	return t;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	int64_t ns = now_ns(CLOCK_REALTIME);

	(void)zone;
	tv->tv_sec = ns / SEC;
	tv->tv_usec = ns % SEC / 1000;
	return 0;
}

int
pselect(int n, fd_set *restrict in, fd_set *restrict out,
    fd_set *restrict except, const struct timespec *restrict ts,
    const sigset_t *restrict mask)
{
	int (*real)(int, fd_set *, fd_set *, fd_set *, const struct timespec *,
	    const sigset_t *);
	int64_t ns, shorter, from;
	struct timespec little;
	int ready;

	preload_find("pselect", &real);
	if (ts == NULL)
		return real(n, in, out, except, ts, mask);
	ns = ts->tv_sec * SEC + ts->tv_nsec;
	shorter = shortened(n > 0, ns);
	little = (struct timespec){shorter / SEC, shorter % SEC};
	from = true_ns(CLOCK_MONOTONIC);
	ready = real(n, in, out, except, &little, mask);
	end_wait(ns, shorter, from, ready);
	return ready;
}

int
poll(struct pollfd *fd, nfds_t n, int ms)
{
	int (*real)(struct pollfd *, nfds_t, int);
	int64_t ns, shorter, from;
	int ready;

	preload_find("poll", &real);
	if (ms <= 0)
		return real(fd, n, ms);
	ns = ms * (SEC / 1000);
	shorter = shortened(n > 0, ns);
	from = true_ns(CLOCK_MONOTONIC);
	ready = real(fd, n, (int)((shorter + SEC / 1000 - 1) / (SEC / 1000)));
	end_wait(ns, shorter, from, ready);
	return ready;
}

static void
start(void)
{
	const char *n = preload_take("HOURS_FACTOR");

	jump_path = preload_take("HOURS_JUMP");
	told_path = preload_take("HOURS_TOLD");
	(void)preload_take("LD_PRELOAD");
	hours = mmap(NULL, sizeof *hours, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (n == NULL || hours == MAP_FAILED)
		abort();
	factor = strtoll(n, NULL, 10);
	hours->began = true_ns(CLOCK_MONOTONIC);
}

static int64_t
true_ns(clockid_t clock)
{
	static int (*real)(clockid_t, struct timespec *);
	struct timespec ts;

	if (real == NULL)
		preload_find("clock_gettime", &real);
	real(clock, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

/* What no day and no wait is measured by, as the processor's, is as it is. */
static int64_t
now_ns(clockid_t clock)
{
	int64_t ns = true_ns(clock);

	if (hours == NULL)
		return ns;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return ns + hours->skipped + hours->real_jump;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		return ns + hours->skipped + hours->mono_jump;
	default:
		return ns;
	}
}

static int64_t
shortened(int has_fd, int64_t ns)
{
	if (has_fd && ns <= HURRIED_SEC * SEC)
		return ns;
	return ns / factor + 1;
}

/* The rest of the wait is passed over, as far as it was waited. */
static void
end_wait(int64_t ns, int64_t shorter, int64_t from, int ready)
{
	int64_t waited = true_ns(CLOCK_MONOTONIC) - from, rest = ns - waited;
	int saved = errno;

	if (shorter < ns && rest > 0) {
		if (ready != 0 && rest > waited * (factor - 1))
			rest = waited * (factor - 1);
		atomic_fetch_add(&hours->skipped, rest);
	}
	look();
	tell();
	errno = saved;
}

static void
look(void)
{
	FILE *f = jump_path == NULL ? NULL : fopen(jump_path, "r");
	char line[64] = "", *end;

	if (f == NULL)
		return;
	if (fgets(line, sizeof line, f) != NULL) {
		hours->mono_jump = strtoll(line, &end, 10) * SEC;
		hours->real_jump = strtoll(end, NULL, 10) * SEC;
	}
	fclose(f);
}

static void
tell(void)
{
	char line[32];
	int fd, n;

	if (told_path == NULL)
		return;
	n = snprintf(line, sizeof line, "%012lld\n",
	    (long long)((true_ns(CLOCK_MONOTONIC) - hours->began +
	    hours->skipped) / SEC));
	fd = open(told_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
}
