#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>
#include <utime.h>

#include "host/clock.h"
#include "store/mbox.h"
#include "unit/scratch.h"
#include "unit/unit.h"

#define FROM "From ann@example.org Sat Nov 21 09:05:00 2026\n"
#define ONE FROM "Subject: a\n\none\n\n"
#define BATCH "\n\n" ONE ONE

static char *dir, *path, *batch;
static struct mbox_append a;
static struct err e;
static int fd;

static void
begin(const char *content)
{
	struct buf b = {0};

	dir = scratch_make();
	buf_fmt(&b, "%s/box", dir);
	path = mem_str(buf_cstr(&b));
	buf_free(&b);
	if (content != NULL)
		free(scratch_file(dir, "box", span_of(content)));
	batch = scratch_file(dir, "batch", SPAN(BATCH));
	fd = open(batch, O_RDONLY);
	ck_assert_int_ne(fd, -1);
	e = (struct err){0};
}

static void
end(void)
{
	close(fd);
	free(batch);
	free(path);
	scratch_remove(dir);
}

static void
holds(const char *want)
{
	struct buf got = {0};

	ck_assert_int_eq(file_read(path, 1 << 20, &got, &e), 0);
	ck_assert_str_eq(buf_cstr(&got), want);
	buf_free(&got);
}

START_TEST(appends)
{
	static const struct {
		const char *before, *after;
		unsigned gap;
	} rows[] = {{NULL, ONE ONE, 0}, {"", ONE ONE, 0},
	    {ONE, ONE ONE ONE, 0},
	    {FROM "a: b\n\nc\n", FROM "a: b\n\nc\n\n" ONE ONE, 1},
	    {FROM "a: b\n\nc", FROM "a: b\n\nc\n\n" ONE ONE, 2}};
	struct stat st;
	uint64_t same;
	int64_t base;
	bool is_end;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].before);
		ck_assert_msg(mbox_lock(&a, path, 0, &e) == 0, "%s", e.text);
		ck_assert_uint_eq(a.gap, rows[i].gap);
		base = mbox_base(&a);
		ck_assert_int_eq(mbox_append(&a, fd, MBOX_GAP - a.gap,
		    sizeof BATCH - 1, &e), 0);
		mbox_unlock(&a);
		holds(rows[i].after);
		ck_assert_int_eq(stat(path, &st), 0);
		if (rows[i].before == NULL)
			ck_assert_uint_eq(st.st_mode & 0777, 0600);
		ck_assert_int_eq(mbox_lock(&a, path, 0, &e), 0);
		ck_assert_int_eq(mbox_compare(&a, fd, sizeof BATCH - 1, base,
		    &same, &is_end, &e), 0);
		ck_assert_uint_eq(same, sizeof BATCH - 1);
		ck_assert(is_end);
		mbox_unlock(&a);
		end();
	}
}
END_TEST

/* Cut anywhere, it is seen how much is there, and the rest makes it whole. */
START_TEST(is_completed)
{
	static const char before[] = FROM "a: b\n\nc";
	const size_t whole = sizeof before - 1 + sizeof BATCH - 1;
	int64_t base = sizeof before - 1;
	uint64_t same;
	bool is_end;

	for (size_t n = sizeof before - 1; n <= whole; n++) {
		begin(before);
		ck_assert_int_eq(mbox_lock(&a, path, 0, &e), 0);
		ck_assert_int_eq(mbox_base(&a), base);
		ck_assert_int_eq(mbox_append(&a, fd, 0, sizeof BATCH - 1, &e),
		    0);
		mbox_unlock(&a);
		ck_assert_int_eq(truncate(path, (off_t)n), 0);
		ck_assert_int_eq(mbox_lock(&a, path, 0, &e), 0);
		ck_assert_int_eq(mbox_compare(&a, fd, sizeof BATCH - 1, base,
		    &same, &is_end, &e), 0);
		ck_assert_uint_eq(same, n - (sizeof before - 1));
		ck_assert(is_end);
		ck_assert_int_eq(mbox_append(&a, fd, same, sizeof BATCH - 1,
		    &e), 0);
		mbox_unlock(&a);
		holds(FROM "a: b\n\nc" BATCH);
		end();
	}
}
END_TEST

START_TEST(is_not_taken_for_ours)
{
	static const struct {
		const char *now;
		int64_t base;
		uint64_t same;
		bool is_end;
	} rows[] = {
	    {ONE ONE ONE, -2, sizeof BATCH - 1, false},
	    {ONE FROM "Subject: b\n", -2, 2 + sizeof ONE - 1 + 55, false},
	    {ONE, sizeof ONE + 7, 0, false},
	    {"", -2, 2, true}};
	uint64_t same;
	bool is_end;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].now);
		ck_assert_int_eq(mbox_lock(&a, path, 0, &e), 0);
		ck_assert_int_eq(mbox_compare(&a, fd, sizeof BATCH - 1,
		    rows[i].base, &same, &is_end, &e), 0);
		ck_assert_uint_eq(same, rows[i].same);
		ck_assert(is_end == rows[i].is_end);
		mbox_unlock(&a);
		end();
	}
}
END_TEST

START_TEST(what_is_refused)
{
	begin("Subject: no mbox\n");
	ck_assert_int_eq(mbox_lock(&a, path, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	holds("Subject: no mbox\n");
	ck_assert_int_eq(mbox_lock(&a, dir, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	ck_assert_int_eq(mbox_lock(&a, "/dev/null/x", 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	ck_assert_int_eq(mbox_lock(&a, "/dev/null", 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	end();
}
END_TEST

/* Whether a FILE.lock of that owner and age keeps us out. */
static bool
keeps_out(const char *owner, long age_sec)
{
	struct utimbuf times;
	char *dot;
	int status;

	begin(ONE);
	dot = scratch_file(dir, "box.lock", span_of(owner));
	times.actime = times.modtime =
	    (time_t)(clock_now().sec - age_sec);
	ck_assert_int_eq(utime(dot, &times), 0);
	status = mbox_lock(&a, path, 0, &e);
	if (status == 0) {
		mbox_unlock(&a);
		ck_assert_int_eq(access(dot, F_OK), -1);
	} else {
		ck_assert_int_eq(e.kind, ERR_TEMP);
		ck_assert_int_eq(access(dot, F_OK), 0);
	}
	free(dot);
	end();
	return status == -1;
}

START_TEST(forgotten_locks)
{
	struct buf host = {0}, owner = {0};
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(gone, NULL, 0), gone);
	clock_host(&host);
	ck_assert(keeps_out("", 0));
	ck_assert(!keeps_out("", MBOX_STALE_SEC + 60));
	ck_assert(keeps_out("", -MBOX_STALE_SEC + 60));
	ck_assert(!keeps_out("", -MBOX_STALE_SEC - 60));
	ck_assert(keeps_out("0", MBOX_STALE_SEC - 60));
	ck_assert(!keeps_out("0", MBOX_STALE_SEC + 60));
	buf_fmt(&owner, "%ld %s\n", (long)gone, buf_cstr(&host));
	ck_assert(!keeps_out(buf_cstr(&owner), 0));
	buf_cut(&owner, 0);
	buf_fmt(&owner, "%ld\n", (long)gone);
	ck_assert(keeps_out(buf_cstr(&owner), 0));
	ck_assert(!keeps_out(buf_cstr(&owner), MBOX_STALE_SEC + 60));
	buf_cut(&owner, 0);
	buf_fmt(&owner, "%ld %s\n", (long)getpid(), buf_cstr(&host));
	ck_assert(!keeps_out(buf_cstr(&owner), 0));
	buf_cut(&owner, 0);
	buf_fmt(&owner, "%ld %s\n", (long)getppid(), buf_cstr(&host));
	ck_assert(keeps_out(buf_cstr(&owner), MBOX_STALE_SEC + 60));
	ck_assert(keeps_out(buf_cstr(&owner), -MBOX_STALE_SEC - 60));
	buf_cut(&owner, 0);
	buf_fmt(&owner, "%ld not.%s\n", (long)getpid(), buf_cstr(&host));
	ck_assert(keeps_out(buf_cstr(&owner), 0));
	ck_assert(!keeps_out(buf_cstr(&owner), MBOX_STALE_SEC + 60));
	ck_assert(!keeps_out(buf_cstr(&owner), -MBOX_STALE_SEC - 60));
	buf_free(&owner);
	buf_free(&host);
}
END_TEST

START_TEST(another_process)
{
	int ready[2], go[2];
	pid_t pid;
	char c;

	begin(ONE);
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		if (mbox_lock(&a, path, 0, &e) == -1)
			_exit(1);
		unlink(a.dot);
		(void)!write(ready[1], "x", 1);
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(mbox_lock(&a, path, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	ck_assert_int_eq(write(go[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(mbox_lock(&a, path, 5000, &e), 0);
	mbox_unlock(&a);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mbox_append");

	unit_test(s, appends);
	unit_test(s, is_completed);
	unit_test(s, is_not_taken_for_ours);
	unit_test(s, what_is_refused);
	unit_test(s, forgotten_locks);
	unit_test(s, another_process);
	return unit_main(s);
}
