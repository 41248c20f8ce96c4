#include "store/mbox.h"
#include "unit/scratch.h"
#include "unit/unit.h"

#define FROM "From ann@example.org Sat Nov 21 09:05:00 2026\n"
#define ONE FROM "Subject: a\n\none\n\n"
#define TWO FROM "Subject: b\n\n>From two\n"

START_TEST(names)
{
	static const struct {
		const char *name, *path;
		size_t offset;
	} rows[] = {{"a#0", "a", 0}, {"/x/a#b#17", "/x/a#b", 17},
	    {"a", NULL, 0}, {"a#", NULL, 0}, {"#1", NULL, 0},
	    {"a#1x", NULL, 0}, {"a#-1", NULL, 0}, {"a#1 ", NULL, 0},
	    {"a#99999999999999999999", NULL, 0}, {"", NULL, 0}};
	struct buf path = {0};
	size_t offset;
	bool is_name;

	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_cut(&path, 0);
		is_name = mbox_name(rows[i].name, &path, &offset);
		ck_assert_msg(is_name == (rows[i].path != NULL), "%s",
		    rows[i].name);
		if (!is_name)
			continue;
		ck_assert_str_eq(buf_cstr(&path), rows[i].path);
		ck_assert_uint_eq(offset, rows[i].offset);
	}
	buf_free(&path);
}
END_TEST

START_TEST(what_is_one)
{
	char *dir = scratch_make();
	char *path = scratch_file(dir, "one", SPAN(ONE));

	ck_assert(mbox_may_be(path));
	ck_assert(mbox_holds("dir/one", SPAN(ONE)));
	ck_assert(mbox_holds("cur", SPAN(ONE)));
	ck_assert(mbox_holds("a_cur/one", SPAN(ONE)));
	ck_assert(!mbox_holds("cur/one", SPAN(ONE)));
	ck_assert(!mbox_holds("/x/new/one", SPAN(ONE)));
	ck_assert(!mbox_holds("one", SPAN("Subject: a\n\n" ONE)));
	ck_assert(!mbox_may_be(dir));
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert(mbox_may_be(path));
	remove(path);
	ck_assert(!mbox_may_be(path));
	free(path);
	scratch_remove(dir);
}
END_TEST

static int
find(struct mbox *m, const char *path, size_t offset, struct err *e)
{
	struct mboxrd_message message;
	struct buf name = {0};
	int status;

	buf_fmt(&name, "%s#%zu", path, offset);
	status = mbox_find(m, buf_cstr(&name), &message, e);
	if (status == 0)
		ck_assert_uint_eq(message.offset, offset);
	buf_free(&name);
	return status;
}

START_TEST(messages_by_name)
{
	char *dir = scratch_make();
	char *path = scratch_file(dir, "two", SPAN(ONE TWO));
	struct mbox m = {0};
	struct err e = {0};
	const size_t *seen;

	ck_assert_int_eq(find(&m, path, strlen(ONE), &e), 0);
	seen = m.offset;
	ck_assert_int_eq(find(&m, path, 0, &e), 0);
	/* what is open stays so */
	ck_assert_ptr_eq(seen, m.offset);
	ck_assert_int_eq(find(&m, path, 1, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_int_eq(find(&m, path, strlen(ONE TWO), &e), -1);
	ck_assert_int_eq(find(&m, dir, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	/* but not when the file has changed */
	free(scratch_file(dir, "two", SPAN("Subject: no mbox\n")));
	ck_assert_int_eq(find(&m, path, 0, &e), -1);
	free(scratch_file(dir, "two", SPAN("")));
	ck_assert_int_eq(find(&m, path, 0, &e), -1);
	free(scratch_file(dir, "two", SPAN(ONE ONE TWO)));
	ck_assert_int_eq(find(&m, path, strlen(ONE ONE), &e), 0);
	mbox_close(&m);
	ck_assert_ptr_null(m.path);
	remove(path);
	ck_assert_int_eq(find(&m, path, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	free(path);
	scratch_remove(dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mbox");

	unit_test(s, names);
	unit_test(s, what_is_one);
	unit_test(s, messages_by_name);
	return unit_main(s);
}
