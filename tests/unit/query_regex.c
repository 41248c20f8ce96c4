#include <locale.h>
#include <regex.h>
#include <string.h>

#include "mail/query_tree.h"
#include "unit/unit.h"

#define FLAGS (REG_EXTENDED | REG_NOSUB)

/* Behind any number of z it is found as behind few. */
static const struct row {
	const char *pattern, *line;
	bool finds;
} rows[] = {{"b.*d", "abcde", true}, {"b.*d", "adcbe", false},
    {"^abc", "abcde", false}, {"cde$", "abcde", true},
    {"^z*abcde$", "abcde", true}, {"x|c", "abcde", true},
    {"^x|^c", "abcde", false}, {"x|y", "abcde", false},
    {"^z+$|\\(b\\)", "a(b)", true}, {"(b|x)(c|y)d", "abcde", true},
    {"a[^c]+c", "a\303\274c", true}, {"\303\274c", "a\303\274c", true},
    {"a.?$", "\303\274abc", false}, {"a{2}b", "aab", true},
    {"a{3}b", "aab", false}};

/* a long line */
static void
fill(struct buf *line, size_t n, char c, const char *last)
{
	memset(buf_room(line, n), c, n);
	buf_grew(line, n);
	buf_str(line, last);
}

static void
looks(const struct row *row)
{
	struct query_regex regex;
	struct buf line = {0};

	ck_assert_int_eq(query_regex_make(&regex, row->pattern, FLAGS), 0);
	for (size_t n = 1; n <= 10000; n *= 10) {
		buf_cut(&line, 0);
		fill(&line, n, 'z', row->line);
		ck_assert(query_regex_finds(&regex, buf_cstr(&line),
		    line.n) == row->finds);
	}
	query_regex_free(&regex);
	buf_free(&line);
}

START_TEST(lines_may_be_long)
{
	looks(&rows[_i]);
	if (setlocale(LC_CTYPE, "C.UTF-8") != NULL)
		looks(&rows[_i]);
	setlocale(LC_CTYPE, "C");
}
END_TEST

/* Where the library knows what has no meaning in POSIX. */
START_TEST(groups_keep_their_numbers)
{
	struct query_regex regex;
	struct buf line = {0};

	fill(&line, 2000, 'z', "abb");
	ck_assert_int_eq(query_regex_make(&regex, "(a)(b)\\2", FLAGS), 0);
	ck_assert(query_regex_finds(&regex, buf_cstr(&line), line.n) ==
	    (regexec(&regex.here, buf_cstr(&line), 0, NULL, 0) == 0));
	query_regex_free(&regex);
	buf_free(&line);
}
END_TEST

START_TEST(a_pattern_is_whole)
{
	struct query_regex regex;

	ck_assert_int_ne(query_regex_make(&regex, "a)|(b", FLAGS), 0);
}
END_TEST

/* If it took the square of the line's length, that would be an hour. */
START_TEST(time_grows_with_the_line)
{
	struct query_regex regex;
	struct buf line = {0};

	fill(&line, 1000000, 'x', "");
	ck_assert_int_eq(query_regex_make(&regex, "x.*y", FLAGS), 0);
	ck_assert(!query_regex_finds(&regex, buf_cstr(&line), line.n));
	buf_char(&line, 'y');
	ck_assert(query_regex_finds(&regex, buf_cstr(&line), line.n));
	query_regex_free(&regex);
	buf_free(&line);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("query_regex");

	unit_each(s, lines_may_be_long, COUNT(rows));
	unit_test(s, groups_keep_their_numbers);
	unit_test(s, a_pattern_is_whole);
	unit_test(s, time_grows_with_the_line);
	return unit_main(s);
}
