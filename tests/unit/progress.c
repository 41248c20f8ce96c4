#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "app/progress.h"
#include "unit/unit.h"

START_TEST(lines)
{
	static const struct {
		uint64_t count, total, bytes;
		int64_t ms;
		const char *line;
	} rows[] = {{0, 0, 0, 2000, "t: 0 messages"},
	    {5, 0, 0, 2000, "t: 5 messages"},
	    {5, 20, 999, 2000,
		"t: 5 of 20 messages, 999 bytes, 499 bytes/s, 0:06 left"},
	    {1, 61, 1000, 1000,
		"t: 1 of 61 messages, 1.0 KB, 1.0 KB/s, 1:00 left"},
	    {21, 20, 0, 2000, "t: 21 messages"},
	    {9, 9, 123456789, 10000,
		"t: 9 of 9 messages, 123.4 MB, 12.3 MB/s"},
	    {1, 0, 999999, 1000, "t: 1 messages, 999.9 KB, 999.9 KB/s"},
	    {1, 0, 5000000000000, 1000, "t: 1 messages, 5.0 TB, 5.0 TB/s"}};
	struct buf line = {0};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct progress p = {.tool = "t", .what = "messages",
		    .count = rows[i].count, .total = rows[i].total,
		    .bytes = rows[i].bytes, .began_ms = 500};

		buf_cut(&line, 0);
		progress_line(&p, 500 + rows[i].ms, &line);
		ck_assert_str_eq(buf_cstr(&line), rows[i].line);
	}
	buf_free(&line);
}
END_TEST

/* What a standard error that is a file, or a terminal, gets. */
static void
run(int to, struct progress *p)
{
	int before = dup(STDERR_FILENO);

	ck_assert_int_eq(dup2(to, STDERR_FILENO), STDERR_FILENO);
	progress_begin(p, "t", "messages");
	progress_expect(p, 40);
	progress_add(p, 1, 10);
	p->began_ms -= 3600 * 1000;
	progress_add(p, 1, 10);
	progress_add(p, 1, 10);
	ck_assert(p->is_on == (isatty(to) == 1));
	progress_hide(p);
	progress_end(p);
	ck_assert_int_eq(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
}

START_TEST(where_it_shows)
{
	int pair[2], master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char got[512];
	size_t len = 0;
	ssize_t n;
	struct progress p;

	ck_assert_int_eq(pipe(pair), 0);
	run(pair[1], &p);
	close(pair[1]);
	ck_assert_int_eq(read(pair[0], got, sizeof got), 0);
	close(pair[0]);

	ck_assert_int_ne(master, -1);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ne(slave, -1);
	run(slave, &p);
	close(slave);
	/* what a terminal gets comes in pieces, then nothing or EIO */
	while ((n = read(master, got + len, sizeof got - len)) > 0)
		len += (size_t)n;
	ck_assert(span_starts(span_at(got, len),
	    SPAN("\rt: 2 of 40 messages, 20 bytes")));
	ck_assert(span_ends(span_at(got, len), SPAN(" \r")));
	/* one line in that time, not two */
	ck_assert(span_find(span_at(got, len), SPAN("t: 3 of")) == SPAN_NONE);
	close(master);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("progress");

	unit_test(s, lines);
	unit_test(s, where_it_shows);
	return unit_main(s);
}
