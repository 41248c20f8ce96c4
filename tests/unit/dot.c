#include "proto/dot.h"
#include "unit/unit.h"

/* What stands before the end, and what is left after it. */
static const struct row {
	const char *wire, *message, *left;
} rows[] = {
    {".\r\n", "", ""},
    {".\r\n+OK\r\n", "", "+OK\r\n"},
    {"a\r\n.\r\n", "a\r\n", ""},
    {"..\r\n.\r\n", ".\r\n", ""},
    {"...\r\n..a\r\n.\r\n", "..\r\n.a\r\n", ""},
    {".a\r\n.\r\n", "a\r\n", ""},
    {"a\r\n\r\n.\r\n", "a\r\n\r\n", ""},
    /* only CR LF makes a line */
    {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", ""},
    {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", ""},
    {"a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n", ""},
    {".\n.\r\n\r\n.\r\n", "\n.\r\n\r\n", ""},
    {".\rx\r\n.\r\n", "\rx\r\n", ""},
    {".\r\r\n.\r\n", "\r\r\n", ""},
    {"a\r\r\n.\r\n.\r\n", "a\r\r\n", ".\r\n"},
};

/* Takes the message in pieces of n bytes. */
static void
take(const struct row *row, size_t n)
{
	struct span rest = span_of(row->wire), chunk, piece;
	struct buf in = {0}, got = {0};
	struct dot d = {0};
	int what = 0;

	while (what != -1) {
		ck_assert_uint_gt(rest.n, 0);
		chunk = span_sub(rest, 0, n);
		rest = span_from(rest, chunk.n);
		buf_span(&in, chunk);
		while ((what = dot_next(&d, &in, &piece)) == 1) {
			ck_assert_uint_gt(piece.n, 0);
			buf_span(&got, piece);
		}
	}
	buf_span(&in, rest);
	unit_span(buf_view(&got), row->message);
	unit_span(buf_view(&in), row->left);
	buf_free(&in);
	buf_free(&got);
}

START_TEST(unstuffs)
{
	for (size_t n = 1; n <= strlen(rows[_i].wire); n++)
		take(&rows[_i], n);
}
END_TEST

/* A message without its end is never at its end. */
START_TEST(waits_for_its_end)
{
	struct span wire = SPAN("a\r\n..\r\n.\r\n"), piece;

	for (size_t n = 0; n < wire.n; n++) {
		struct buf in = {0};
		struct dot d = {0};
		int what;

		buf_span(&in, span_sub(wire, 0, n));
		while ((what = dot_next(&d, &in, &piece)) == 1)
			;
		ck_assert_int_eq(what, 0);
		buf_free(&in);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dot");

	unit_each(s, unstuffs, COUNT(rows));
	unit_test(s, waits_for_its_end);
	return unit_main(s);
}
