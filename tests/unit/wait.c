#include <sys/resource.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/wait.h"
#include "unit/unit.h"

#define SOON_MS 10000 /* what never comes where all is well */

static struct err e;
static int end[2];
static volatile sig_atomic_t caught;

static void
catch(int number)
{
	caught = number;
}

static bool
never(void)
{
	return false;
}

static bool
always(void)
{
	return true;
}

/* A signal comes after the question was answered and before the wait. */
static bool
at_the_last_moment(void)
{
	bool was = caught != 0;

	if (!was)
		raise(SIGTERM);
	return was;
}

static void
begin(void)
{
	struct sigaction act = {.sa_handler = catch};

	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	caught = 0;
	ck_assert_int_eq(pipe(end), 0);
}

static void
finish(void)
{
	close(end[0]);
	close(end[1]);
}

static int64_t
in_ms(int ms)
{
	return clock_mono_ms() + ms;
}

START_TEST(ready_or_late)
{
	begin();
	ck_assert_int_eq(wait_fd(end[1], POLLOUT, WAIT_NEVER, NULL, &e), 1);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, in_ms(0), NULL, &e), 0);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, in_ms(-5), never, &e), 0);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, in_ms(5), never, &e), 0);
	ck_assert_int_eq(wait_fd(-1, 0, in_ms(5), never, &e), 0);
	ck_assert_int_eq(write(end[1], "x", 1), 1);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, WAIT_NEVER, never, &e), 1);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, in_ms(0), never, &e), 1);
	finish();
}
END_TEST

START_TEST(end_of_file_is_ready)
{
	begin();
	close(end[1]);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, WAIT_NEVER, NULL, &e), 1);
	close(end[0]);
}
END_TEST

START_TEST(stopped)
{
	begin();
	ck_assert_int_eq(write(end[1], "x", 1), 1);
	ck_assert_int_eq(wait_fd(end[0], POLLIN, WAIT_NEVER, always, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	finish();
}
END_TEST

START_TEST(signal_before_the_wait)
{
	begin();
	ck_assert_int_eq(wait_fd(end[0], POLLIN, in_ms(SOON_MS),
	    at_the_last_moment, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	ck_assert_int_eq(caught, SIGTERM);
	finish();
}
END_TEST

START_TEST(signals_are_free_again)
{
	sigset_t now;

	begin();
	ck_assert_int_eq(wait_fd(-1, 0, in_ms(0), always, &e), -1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	ck_assert(!sigismember(&now, SIGTERM) && !sigismember(&now, SIGINT));
	finish();
}
END_TEST

/* A number that select has no bit for; where so many may be open. */
START_TEST(high_descriptor)
{
	struct rlimit most;
	int high;

	begin();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &most), 0);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	high = fcntl(end[0], F_DUPFD, 2000);
	if (high != -1) {
		ck_assert_int_eq(wait_fd(high, POLLIN, in_ms(5), never, &e),
		    0);
		ck_assert_int_eq(wait_fd(high, POLLIN, in_ms(SOON_MS),
		    at_the_last_moment, &e), -1);
		ck_assert_int_eq(write(end[1], "x", 1), 1);
		ck_assert_int_eq(wait_fd(high, POLLIN, WAIT_NEVER, never, &e),
		    1);
		close(high);
	}
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wait");

	unit_test(s, ready_or_late);
	unit_test(s, end_of_file_is_ready);
	unit_test(s, stopped);
	unit_test(s, signal_before_the_wait);
	unit_test(s, signals_are_free_again);
	unit_test(s, high_descriptor);
	return unit_main(s);
}
