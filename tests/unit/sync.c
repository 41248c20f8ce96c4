#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "host/sync.h"
#include "unit/scratch.h"
#include "unit/unit.h"

#define FILES 100
#define ROUNDS 50

static struct err e;
static char *dir;
static int plain;
static int pipe_end[2]; /* fsync knows no pipe: EINVAL */
static struct sync_file file[FILES];

/* All are one file; what is asked is not whether a disk works. */
static void
begin(void)
{
	char *path;

	dir = scratch_make();
	path = scratch_file(dir, "f", SPAN("x"));
	plain = open(path, O_WRONLY);
	ck_assert_int_ne(plain, -1);
	ck_assert_int_eq(pipe(pipe_end), 0);
	for (size_t i = 0; i < FILES; i++)
		file[i] = (struct sync_file){.name = "plain", .fd = plain};
	free(path);
}

static void
end(void)
{
	close(plain);
	close(pipe_end[0]);
	close(pipe_end[1]);
	scratch_remove(dir);
}

START_TEST(any_number_of_files)
{
	static const size_t n[] = {0, 1, 2, 15, 16, 17, FILES};

	begin();
	for (size_t i = 0; i < COUNT(n); i++)
		ck_assert_int_eq(sync_all(file, n[i], &e), 0);
	end();
}
END_TEST

static const struct {
	size_t n, first, second; /* those that fail */
} failing[] = {
    {1, 0, 0},
    {2, 0, 1},
    {2, 1, 1},
    {FILES, 0, 1},
    {FILES, 15, 16},
    {FILES, 40, 41},
    {FILES, 40, 90},
    {FILES, FILES - 1, FILES - 1},
};

START_TEST(the_first_that_fails_is_told)
{
	begin();
	file[failing[_i].second].name = "second";
	file[failing[_i].first].name = "first";
	file[failing[_i].second].fd = file[failing[_i].first].fd = pipe_end[1];
	for (int i = 0; i < ROUNDS; i++) {
		e = (struct err){0};
		ck_assert_int_eq(sync_all(file, failing[_i].n, &e), -1);
		ck_assert_int_eq(e.kind, ERR_IO);
		ck_assert(span_starts(span_of(e.text), SPAN("first: ")));
	}
	end();
}
END_TEST

START_TEST(what_is_not_open_fails)
{
	begin();
	file[FILES / 2] = (struct sync_file){"closed", -1, false};
	ck_assert_int_eq(sync_all(file, FILES, &e), -1);
	ck_assert(span_starts(span_of(e.text), SPAN("closed: ")));
	end();
}
END_TEST

START_TEST(more_follow_what_was_waited_for)
{
	struct sync *s = sync_open();

	begin();
	ck_assert_int_eq(sync_wait(s, &e), 0);
	for (int i = 0; i < ROUNDS; i++) {
		for (size_t n = 0; n < FILES; n++)
			sync_add(s, file[n]);
		ck_assert_int_eq(sync_wait(s, &e), 0);
		sync_add(s, (struct sync_file){"closed", -1, false});
		sync_add(s, file[0]);
		ck_assert_int_eq(sync_wait(s, &e), -1);
		ck_assert_int_eq(sync_wait(s, &e), 0);
	}
	sync_add(s, file[0]);
	sync_close(s);
	sync_close(NULL);
	end();
}
END_TEST

START_TEST(it_closes_what_it_is_to_close)
{
	struct sync *s = sync_open();
	int fd[FILES];

	begin();
	for (size_t i = 0; i < FILES; i++) {
		fd[i] = dup(i == FILES / 2 ? pipe_end[1] : plain);
		sync_add(s, (struct sync_file){"dup", fd[i], true});
	}
	ck_assert_int_eq(sync_wait(s, &e), -1);
	for (size_t i = 0; i < FILES; i++)
		ck_assert_int_eq(fcntl(fd[i], F_GETFD), -1);
	ck_assert_int_ne(fcntl(plain, F_GETFD), -1);
	sync_close(s);
	end();
}
END_TEST

START_TEST(signals_are_as_before)
{
	sigset_t before, after;

	begin();
	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	ck_assert_int_eq(sync_all(file, FILES, &e), 0);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	ck_assert_int_eq(sigismember(&after, SIGUSR1), 1);
	ck_assert_int_eq(sigismember(&after, SIGINT), 0);
	ck_assert_int_eq(sigismember(&after, SIGTERM), 0);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sync");

	unit_test(s, any_number_of_files);
	unit_each(s, the_first_that_fails_is_told, COUNT(failing));
	unit_test(s, what_is_not_open_fails);
	unit_test(s, more_follow_what_was_waited_for);
	unit_test(s, it_closes_what_it_is_to_close);
	unit_test(s, signals_are_as_before);
	return unit_main(s);
}
