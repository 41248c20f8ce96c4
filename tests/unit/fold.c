#include "text/fold.h"
#include "unit/unit.h"

static const char *const rows[][2] = {
    {"", ""},
    {"Hello, WORLD 1", "hello, world 1"},
    {"CAF\303\211", "caf\303\251"},
    {"\303\237", "ss"},
    {"Stra\303\237e STRA\341\272\236E", "strasse strasse"},
    {"\317\203\317\202\316\243", "\317\203\317\203\317\203"},
    {"\305\277", "s"},
    {"\302\265", "\316\274"},
    {"\342\204\246", "\317\211"},
    {"\305\270", "\303\277"},
    {"\320\237\320\240\320\230", "\320\277\321\200\320\270"},
    {"\316\221\316\251", "\316\261\317\211"},
    {"\304\260", "i"},
    {"\304\200\304\201", "\304\201\304\201"},
    {"\357\274\241", "\357\275\201"},
    {"\346\227\245", "\346\227\245"},
    {"\360\220\220\200", "\360\220\220\250"},
    {"A\377B", "a\357\277\275b"},
    {"x\303", "x\357\277\275"},
};

START_TEST(folds)
{
	struct buf once = {0}, twice = {0};

	fold_text(span_of(rows[_i][0]), &once);
	ck_assert_str_eq(buf_cstr(&once), rows[_i][1]);
	fold_text(buf_view(&once), &twice);
	ck_assert_str_eq(buf_cstr(&twice), buf_cstr(&once));
	buf_free(&once);
	buf_free(&twice);
}
END_TEST

/* Folding what is folded changes nothing, for any character. */
START_TEST(is_stable)
{
	struct buf once = {0}, twice = {0};

	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		buf_cut(&once, 0);
		buf_cut(&twice, 0);
		fold_put(c, &once);
		fold_text(buf_view(&once), &twice);
		ck_assert(span_eq(buf_view(&once), buf_view(&twice)));
	}
	buf_free(&once);
	buf_free(&twice);
}
END_TEST

START_TEST(keeps_nul)
{
	struct buf out = {0};

	fold_text(SPAN("A\0B"), &out);
	unit_bytes(buf_view(&out), "a\0b", 3);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fold");

	unit_each(s, folds, COUNT(rows));
	unit_test(s, is_stable);
	unit_test(s, keeps_nul);
	return unit_main(s);
}
