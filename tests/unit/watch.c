#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/watch.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;

/* The event is of the directory, and of the name where it has one. */
static void
expect(struct watch *w, size_t id, const char *name)
{
	struct watch_event ev;

	do {
		ck_assert_int_eq(watch_next(w, &ev, NULL, &e), 1);
	} while (ev.id != id);
	if (ev.name != NULL)
		ck_assert_str_eq(ev.name, name);
}

static void
move_in(const char *from, const char *to, const char *name)
{
	char *path = scratch_file(from, name, SPAN("x"));
	struct buf place = {0};

	buf_fmt(&place, "%s/%s", to, name);
	ck_assert_int_eq(rename(path, buf_cstr(&place)), 0);
	buf_free(&place);
	free(path);
}

START_TEST(names_that_appear)
{
	char *from = scratch_make(), *one = scratch_make(),
	     *two = scratch_make();
	size_t first, second;
	struct watch *w;

	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	ck_assert_int_eq(watch_add(w, one, &first, &e), 0);
	ck_assert_int_eq(watch_add(w, two, &second, &e), 0);
	ck_assert_uint_ne(first, second);
	move_in(from, two, "a");
	expect(w, second, "a");
	move_in(from, one, "b");
	expect(w, first, "b");
	watch_close(w);
	scratch_remove(from);
	scratch_remove(one);
	scratch_remove(two);
}
END_TEST

START_TEST(written_in_place)
{
	char *dir = scratch_make();
	struct buf path = {0};
	struct watch *w;
	size_t id;
	int fd;

	buf_fmt(&path, "%s/a", dir);
	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	ck_assert_int_eq(watch_add(w, dir, &id, &e), 0);
	fd = open(buf_cstr(&path), O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ne(fd, -1);
	expect(w, id, "a");
	ck_assert_int_eq(write(fd, "x", 1), 1);
	close(fd);
	expect(w, id, "a");
	watch_close(w);
	buf_free(&path);
	scratch_remove(dir);
}
END_TEST

/* However often, it takes a descriptor and is told of by one id. */
START_TEST(added_again)
{
	char *dir = scratch_make();
	struct watch *w;
	size_t id, again;
	int before, fd;

	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	ck_assert_int_eq(watch_add(w, dir, &id, &e), 0);
	before = open(dir, O_RDONLY);
	ck_assert_int_ne(before, -1);
	close(before);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(watch_add(w, dir, &again, &e), 0);
		ck_assert_uint_eq(again, id);
	}
	fd = open(dir, O_RDONLY);
	ck_assert_int_eq(fd, before);
	close(fd);
	move_in(dir, dir, "a");
	expect(w, id, "a");
	watch_close(w);
	scratch_remove(dir);
}
END_TEST

START_TEST(what_cannot_be_watched)
{
	char *dir = scratch_make();
	char *file = scratch_file(dir, "f", SPAN("x"));
	struct watch *w;
	size_t id;

	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	ck_assert_int_eq(watch_add(w, "/none/such", &id, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_int_eq(watch_add(w, file, &id, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	watch_close(w);
	watch_close(NULL);
	free(file);
	scratch_remove(dir);
}
END_TEST

/* Waiting ends when the reader is gone. */
START_TEST(nobody_reads)
{
	char *dir = scratch_make();
	struct watch_event ev;
	struct watch *w;
	size_t id;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(watch_open(ends[1], &w, &e), 0);
	ck_assert_int_eq(watch_add(w, dir, &id, &e), 0);
	move_in(dir, dir, "a");
	expect(w, id, "a");
	close(ends[0]);
	while (watch_next(w, &ev, NULL, &e) == 1)
		;
	ck_assert_int_eq(watch_next(w, &ev, NULL, &e), 0);
	watch_close(w);
	close(ends[1]);
	scratch_remove(dir);
}
END_TEST

/* What is made in its place is another. */
START_TEST(directories_that_go)
{
	char *dir = scratch_make();
	struct buf one = {0}, two = {0};
	struct watch_event ev = {0};
	struct watch *w;
	size_t id, again;

	buf_fmt(&one, "%s/one", dir);
	buf_fmt(&two, "%s/two", dir);
	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(mkdir(buf_cstr(&one), 0700), 0);
		ck_assert_int_eq(watch_add(w, buf_cstr(&one), &id, &e), 0);
		if (round == 0)
			ck_assert_int_eq(rmdir(buf_cstr(&one)), 0);
		else
			ck_assert_int_eq(rename(buf_cstr(&one),
			    buf_cstr(&two)), 0);
		do {
			ck_assert_int_eq(watch_next(w, &ev, NULL, &e), 1);
		} while (!ev.is_gone);
		ck_assert_uint_eq(ev.id, id);
	}
	ck_assert_int_eq(mkdir(buf_cstr(&one), 0700), 0);
	ck_assert_int_eq(watch_add(w, buf_cstr(&one), &again, &e), 0);
	ck_assert_uint_ne(again, id);
	move_in(dir, buf_cstr(&one), "a");
	expect(w, again, "a");
	watch_close(w);
	buf_free(&one);
	buf_free(&two);
	scratch_remove(dir);
}
END_TEST

static bool
at_once(void)
{
	return true;
}

START_TEST(interrupted)
{
	char *dir = scratch_make();
	struct watch_event ev;
	struct watch *w;
	size_t id;
	int more;

	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	ck_assert_int_eq(watch_add(w, dir, &id, &e), 0);
	do
		more = watch_next(w, &ev, at_once, &e);
	while (more == 1);
	ck_assert_int_eq(more, -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	watch_close(w);
	scratch_remove(dir);
}
END_TEST

/* More than the system keeps for us: each directory is to be looked at. */
START_TEST(too_many_at_once)
{
	char *dir = scratch_make(), *other = scratch_make();
	struct watch_event ev = {0};
	struct buf path = {0};
	struct watch *w;
	size_t id, second;
	int n = 0, fd;

	ck_assert_int_eq(watch_open(-1, &w, &e), 0);
	ck_assert_int_eq(watch_add(w, dir, &id, &e), 0);
	ck_assert_int_eq(watch_add(w, other, &second, &e), 0);
	for (int i = 0; i < 20000; i++) {
		buf_cut(&path, 0);
		buf_fmt(&path, "%s/%d", dir, i % 2);
		fd = open(buf_cstr(&path), O_CREAT | O_WRONLY, 0600);
		ck_assert_int_ne(fd, -1);
		close(fd);
		ck_assert_int_eq(unlink(buf_cstr(&path)), 0);
	}
	for (n = 0; n < 100000 && (ev.id != second || ev.name != NULL); n++)
		ck_assert_int_eq(watch_next(w, &ev, NULL, &e), 1);
	ck_assert_int_lt(n, 100000);
	watch_close(w);
	buf_free(&path);
	scratch_remove(dir);
	scratch_remove(other);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch");

	unit_test(s, names_that_appear);
	unit_test(s, written_in_place);
	unit_test(s, added_again);
	unit_test(s, what_cannot_be_watched);
	unit_test(s, directories_that_go);
	unit_test(s, nobody_reads);
	unit_test(s, interrupted);
#if defined(__linux__) && !defined(WATCH_POLL) && !defined(WATCH_KQUEUE)
	unit_test(s, too_many_at_once);
#else
	(void)too_many_at_once;
#endif
	return unit_main_fork(s);
}
