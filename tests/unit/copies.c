#include "store/copies.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;
static char *dir;
static struct copies *c;

static bool
has(struct span server, struct span folder, struct span id)
{
	bool is = false;

	ck_assert_int_eq(copies_has(c, server, folder, id, &is, &e), 0);
	return is;
}

START_TEST(another_folder_has_it)
{
	const char *const ids[] = {"M1", "M2", "M1"}, *const later[] = {"M1"};
	const struct span here = SPAN("imap://ann@example.org"),
	    there = SPAN("imap://bob@example.org"), a = SPAN("A"),
	    b = SPAN("B");

	dir = scratch_make();
	ck_assert_msg(copies_open(dir, &c, &e) == 0, "%s", e.text);
	ck_assert(!has(here, b, SPAN("M1")));
	ck_assert_int_eq(copies_add(c, here, a, ids, COUNT(ids), &e), 0);
	ck_assert_int_eq(copies_add(c, here, b, later, 1, &e), 0);
	copies_close(c);
	ck_assert_int_eq(copies_open(dir, &c, &e), 0);
	ck_assert(has(here, b, SPAN("M1")));
	ck_assert(has(here, b, SPAN("M2")));
	ck_assert(!has(here, b, SPAN("M3")));
	/* the folder that has it may fetch it again */
	ck_assert(!has(here, a, SPAN("M1")));
	ck_assert(!has(there, b, SPAN("M1")));
	copies_close(c);
	scratch_remove(dir);
}
END_TEST

START_TEST(no_directory_no_record)
{
	ck_assert_int_eq(copies_open("/dev/null/x", &c, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	ck_assert_ptr_null(c);
	copies_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("copies");

	unit_test(s, another_folder_has_it);
	unit_test(s, no_directory_no_record);
	return unit_main(s);
}
