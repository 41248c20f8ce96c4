#include "text/width.h"
#include "unit/unit.h"

static const struct row {
	const char *text;
	size_t columns;
} rows[] = {
    {"", 0},
    {"plain", 5},
    {"caf\303\251", 4},
    {"cafe\314\201", 4},
    {"\346\227\245\346\234\254", 4},
    {"\355\225\234", 2},
    {"\341\204\222\341\205\241\341\206\253", 2},
    {"\357\274\241", 2},
    {"\357\275\261", 1},
    {"\360\237\230\200", 2},
    {"a\342\200\213b\342\200\215", 2},
    {"\302\255", 1},
    {"\327\220\326\270", 1},
    {"\340\244\225\340\245\215", 1},
    {"\360\240\200\200", 2},
    {"\377", 1},
    {"\342\202", 1},
    {"\357\270\217", 0},
    {"\342\206\222", 1},
};

START_TEST(counts_columns)
{
	ck_assert_uint_eq(width_of(span_of(rows[_i].text)), rows[_i].columns);
}
END_TEST

START_TEST(cuts_between_characters)
{
	struct span s = SPAN("a\346\227\245e\314\201x");

	unit_span(width_cut(s, 0), "");
	unit_span(width_cut(s, 1), "a");
	unit_span(width_cut(s, 2), "a");
	unit_span(width_cut(s, 3), "a\346\227\245");
	unit_span(width_cut(s, 4), "a\346\227\245e\314\201");
	unit_span(width_cut(s, 5), "a\346\227\245e\314\201x");
	unit_span(width_cut(s, SPAN_NONE), "a\346\227\245e\314\201x");
	unit_span(width_cut(SPAN(""), 3), "");
}
END_TEST

/* The table's ranges are found at both ends, and nothing beside them. */
START_TEST(range_ends)
{
	static const struct {
		uint32_t c;
		unsigned columns;
	} edges[] = {{0x2ff, 1}, {0x300, 0}, {0x36f, 0}, {0x370, 1},
	    {0x10ff, 1}, {0x1100, 2}, {0x115f, 2}, {0x1160, 0}, {0x11ff, 0},
	    {0x1200, 1}, {0x3fffd, 2}, {0xe0100, 0}, {0x10ffff, 1}};

	for (size_t i = 0; i < COUNT(edges); i++)
		ck_assert_msg(width_char(edges[i].c) == edges[i].columns,
		    "U+%04X", (unsigned)edges[i].c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("width");

	unit_each(s, counts_columns, COUNT(rows));
	unit_test(s, cuts_between_characters);
	unit_test(s, range_ends);
	return unit_main(s);
}
