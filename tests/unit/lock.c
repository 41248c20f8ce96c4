#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/lock.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;

/* Another process, as one process always gets its own lock. */
static int
try_elsewhere(const char *path, int wait_ms)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = lock_take(path, wait_ms, &e);

		_exit(fd == -1 ? (int)e.kind : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

START_TEST(one_holder_at_a_time)
{
	char *dir = scratch_make();
	char *path = scratch_file(dir, "lock", SPAN(""));
	int fd = lock_take(path, 0, &e);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(try_elsewhere(path, 0), ERR_TEMP);
	ck_assert_int_eq(try_elsewhere(path, 50), ERR_TEMP);
	close(fd);
	ck_assert_int_eq(try_elsewhere(path, 0), 0);
	free(path);
	scratch_remove(dir);
}
END_TEST

START_TEST(a_lock_needs_its_directory)
{
	ck_assert_int_eq(lock_take("/dev/null/lock", 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
}
END_TEST

START_TEST(tokens_differ_and_keep_to_their_letters)
{
	struct buf a = {0}, b = {0};

	ck_assert_int_eq(clock_token(&a, 200, &e), 0);
	ck_assert_int_eq(clock_token(&b, 200, &e), 0);
	ck_assert_uint_eq(a.n, 200);
	ck_assert(!span_eq(buf_view(&a), buf_view(&b)));
	ck_assert_uint_eq(strspn(a.p, "abcdefghijklmnopqrstuvwxyz0123456789"),
	    200);
	buf_free(&a);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *zone;
	int minutes;
} zones[] = {{"UTC0", 0}, {"AAA-5:30", 330}, {"BBB8", -480}};

START_TEST(the_local_offset)
{
	setenv("TZ", zones[_i].zone, 1);
	ck_assert_int_eq(clock_zone(1700000000), zones[_i].minutes);
	ck_assert_int_eq(clock_now().zone_min, zones[_i].minutes);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lock");

	unit_test(s, one_holder_at_a_time);
	unit_test(s, a_lock_needs_its_directory);
	unit_test(s, tokens_differ_and_keep_to_their_letters);
	unit_each(s, the_local_offset, COUNT(zones));
	return unit_main(s);
}
