#include "mail/flag.h"
#include "unit/unit.h"

static const struct row {
	const char *name, *letters;
} rows[] = {
    {"1700000000.M1P2.host:2,S", "S"},
    {"1700000000.M1P2.host:2,SFRTPD", "DFPRST"},
    {"1700000000.M1P2.host:2,", ""},
    {"1700000000.M1P2.host", ""},
    {"1700000000.M1P2.host:1,S", ""},
    {"1700000000.M1P2,S=5:2,Sab", "S"},
    {"a:2,F/b", ""},
    {"a:2,F/b:2,S", "S"},
    {"a:2,F:2,S", "S"},
    {":2,", ""},
    {":", ""},
    {"", ""},
};

START_TEST(names)
{
	struct buf out = {0};

	flag_letters(flag_of_name(span_of(rows[_i].name)), &out);
	ck_assert_str_eq(buf_cstr(&out), rows[_i].letters);
	buf_free(&out);
}
END_TEST

START_TEST(imap_names)
{
	ck_assert_uint_eq(flag_of_imap(SPAN("\\seen")), FLAG_SEEN);
	ck_assert_uint_eq(flag_of_imap(SPAN("\\Deleted")), FLAG_TRASHED);
	ck_assert_uint_eq(flag_of_imap(SPAN("$forwarded")), FLAG_PASSED);
	ck_assert_uint_eq(flag_of_imap(SPAN("\\Recent")), 0);
	ck_assert_uint_eq(flag_of_imap(SPAN("")), 0);
	ck_assert_uint_eq(flags_of_imap(SPAN("x \\Seen  $Forwarded")),
	    FLAG_SEEN | FLAG_PASSED);
	ck_assert_uint_eq(flags_of_imap(SPAN("")), 0);
}
END_TEST

START_TEST(words)
{
	for (unsigned flag = FLAG_DRAFT; flag <= FLAG_TRASHED; flag <<= 1)
		ck_assert_uint_eq(flag_of_word(span_of(flag_word(flag))),
		    flag);
	ck_assert_uint_eq(flag_of_word(SPAN("SEEN")), FLAG_SEEN);
	ck_assert_uint_eq(flag_of_word(SPAN("unseen")), 0);
	ck_assert_ptr_null(flag_word(FLAG_TRASHED << 1));
	ck_assert_ptr_null(flag_word(FLAG_SEEN | FLAG_DRAFT));
}
END_TEST

START_TEST(status_fields)
{
	ck_assert_uint_eq(flag_of_status(SPAN(" RO")), FLAG_SEEN);
	ck_assert_uint_eq(flag_of_status(SPAN("O")), 0);
	ck_assert_uint_eq(flag_of_status(SPAN("")), 0);
	ck_assert_uint_eq(flag_of_status(SPAN(" AF")),
	    FLAG_ANSWERED | FLAG_FLAGGED);
	ck_assert_uint_eq(flag_of_status(SPAN("TD-P")),
	    FLAG_DRAFT | FLAG_TRASHED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("flag");

	unit_each(s, names, COUNT(rows));
	unit_test(s, imap_names);
	unit_test(s, status_fields);
	unit_test(s, words);
	return unit_main(s);
}
