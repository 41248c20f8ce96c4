#include "proto/bearer.h"
#include "unit/unit.h"

static const struct bearer good = {"ann", "imap.example.org", 993,
    {"tok-en", 6}};

START_TEST(both_have_their_fields)
{
	struct buf out = {0};
	struct err e = {0};

	ck_assert_int_eq(bearer_xoauth2(&good, &out, &e), 0);
	unit_span(buf_view(&out), "user=ann\001auth=Bearer tok-en\001\001");
	buf_cut(&out, 0);
	ck_assert_int_eq(bearer_oauthbearer(&good, &out, &e), 0);
	unit_span(buf_view(&out), "n,a=ann,\001host=imap.example.org"
	    "\001port=993\001auth=Bearer tok-en\001\001");
	buf_wipe(&out);
}
END_TEST

START_TEST(a_user_is_escaped)
{
	struct bearer b = good;
	struct buf out = {0};
	struct err e = {0};

	b.user = "=,\303\251";
	ck_assert_int_eq(bearer_oauthbearer(&b, &out, &e), 0);
	ck_assert(span_starts(buf_view(&out),
	    SPAN("n,a==3D=2C\303\251,\001")));
	buf_wipe(&out);
}
END_TEST

/* Each byte, in each place: what could end a field is refused. */
START_TEST(no_field_ends_early)
{
	for (int c = 1; c < 256; c++) {
		char text[2] = {(char)c, '\0'};
		bool is_ctl = c < ' ' || c == 0x7f;
		struct bearer users = good, hosts = good, tokens = good;
		struct buf out = {0};
		struct err e = {0};

		users.user = text;
		ck_assert_int_eq(bearer_xoauth2(&users, &out, &e),
		    is_ctl ? -1 : 0);
		ck_assert_int_eq(bearer_oauthbearer(&users, &out, &e),
		    is_ctl ? -1 : 0);
		hosts.host = text;
		ck_assert_int_eq(bearer_oauthbearer(&hosts, &out, &e),
		    is_ctl ? -1 : 0);
		tokens.token = span_at(text, 1);
		ck_assert_int_eq(bearer_xoauth2(&tokens, &out, &e),
		    c <= ' ' || c >= 0x7f ? -1 : 0);
		buf_wipe(&out);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bearer");

	unit_test(s, both_have_their_fields);
	unit_test(s, a_user_is_escaped);
	unit_test(s, no_field_ends_early);
	return unit_main(s);
}
