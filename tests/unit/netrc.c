#include "text/netrc.h"
#include "unit/unit.h"

static const char file[] =
    "# comment machine a.example.org login x password wrong\n"
    "machine a.example.org login ann password secret1\n"
    "machine a.example.org\n\tlogin bob\n\tpassword \"se cr\\\"et\"\n"
    "macdef init\ncd /pub\nmachine a.example.org login eve password no\n\n"
    "machine B.example.org password any account none\n"
    "machine c.example.org login ann\n"
    "machine d.example.org login password\n"
    "default login anonymous password guest\n";

static const struct {
	const char *host, *user, *password;
} asked[] = {
    {"a.example.org", "ann", "secret1"},
    {"a.example.org", "bob", "se cr\"et"},
    {"A.EXAMPLE.ORG", NULL, "secret1"},
    {"a.example.org", "anonymous", "guest"},
    {"a.example.org", "eve", NULL},
    {"b.example.org", "who", "any"},
    {"c.example.org", "ann", NULL},
    {"z.example.org", "anonymous", "guest"},
    {"z.example.org", "ann", NULL},
};

START_TEST(an_entry)
{
	struct buf password = {0};
	int r = netrc_find(span_of(file), asked[_i].host, asked[_i].user,
	    &password);

	ck_assert_int_eq(r, asked[_i].password != NULL);
	unit_span(buf_view(&password),
	    asked[_i].password == NULL ? "" : asked[_i].password);
	buf_free(&password);
}
END_TEST

START_TEST(every_prefix_ends)
{
	for (size_t n = 0; n < sizeof file; n++) {
		struct buf password = {0};

		netrc_find(span_at(file, n), "a.example.org", "bob", &password);
		ck_assert_uint_le(password.n, 9);
		buf_free(&password);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("netrc");

	unit_each(s, an_entry, COUNT(asked));
	unit_test(s, every_prefix_ends);
	return unit_main(s);
}
