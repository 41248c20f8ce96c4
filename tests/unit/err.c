#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "unit/unit.h"

START_TEST(set_returns_the_failure)
{
	struct err e = {0};

	ck_assert_int_eq(err_set(&e, ERR_DATA, "part %d of %s", 3, "it"), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	ck_assert_str_eq(e.text, "part 3 of it");
	ck_assert_int_eq(err_set(&e, ERR_IO, "%s", ""), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_str_eq(e.text, "");
}
END_TEST

START_TEST(sys_takes_errno_as_it_was)
{
	struct err e = {0};
	char reason[128], want[ERR_TEXT];

	errno = ENOENT;
	ck_assert_int_eq(err_sys(&e, ERR_NOINPUT, "open %s", "a"), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_int_eq(strerror_r(ENOENT, reason, sizeof reason), 0);
	snprintf(want, sizeof want, "open a: %s", reason);
	ck_assert_str_eq(e.text, want);
	errno = -1;
	ck_assert_int_eq(err_sys(&e, ERR_IO, "read"), -1);
	ck_assert_int_eq(strncmp(e.text, "read: ", 6), 0);
	ck_assert_uint_gt(strlen(e.text), 6);
}
END_TEST

START_TEST(wrap_goes_before)
{
	struct err e = {0};

	err_set(&e, ERR_PROTO, "no tag");
	ck_assert_int_eq(err_wrap(&e, "%s", "a.example.org"), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	ck_assert_str_eq(e.text, "a.example.org: no tag");
}
END_TEST

/* Whatever the length: cut where the room ends, and always ended. */
static void
texts_of(size_t n)
{
	char s[2 * ERR_TEXT];
	struct err e = {0};

	memset(s, 'x', sizeof s);
	s[n] = '\0';
	err_set(&e, ERR_DATA, "%s", s);
	ck_assert_uint_eq(strlen(e.text), n < ERR_TEXT ? n : ERR_TEXT - 1);
	err_wrap(&e, "%s", "inbox");
	ck_assert_int_eq(strncmp(e.text, "inbox: ", 7), 0);
	ck_assert_uint_eq(strlen(e.text),
	    n + 7 < ERR_TEXT ? n + 7 : ERR_TEXT - 1);
	errno = EIO;
	err_sys(&e, ERR_IO, "%s", s);
	ck_assert_uint_lt(strlen(e.text), ERR_TEXT);
	ck_assert_int_eq(strncmp(e.text, s, n < ERR_TEXT ? n : ERR_TEXT - 1),
	    0);
	err_set(&e, ERR_DATA, "inner");
	err_wrap(&e, "%s", s);
	ck_assert_uint_lt(strlen(e.text), ERR_TEXT);
}

START_TEST(long_texts_are_cut)
{
	for (size_t n = 0; n < 2 * ERR_TEXT; n++)
		texts_of(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("err");

	unit_test(s, set_returns_the_failure);
	unit_test(s, sys_takes_errno_as_it_was);
	unit_test(s, wrap_goes_before);
	unit_test(s, long_texts_are_cut);
	return unit_main(s);
}
