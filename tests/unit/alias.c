#include "mail/alias.h"
#include "unit/unit.h"

#define FILE_TEXT                                                             \
	"# who is who\n"                                                      \
	"\n"                                                                  \
	"root: Ann, postmaster\n"                                             \
	"Postmaster: \"Bob B\" <bob@example.net>,\n"                          \
	"# in between\n"                                                      \
	"	carol@example.net\n"                                          \
	"\"ann\": ann@example.org\n"                                          \
	"dan: dan, erin\n"

static const struct {
	const char *name, *to; /* NULL: no alias */
} names[] = {
    {"ann", "ann@example.org,"},
    {"ROOT", "ann@example.org,bob@example.net,carol@example.net,"},
    {"postmaster", "bob@example.net,carol@example.net,"},
    {"dan", "dan,erin,"},
    {"erin", NULL},
    {"", NULL},
};

START_TEST(expands)
{
	struct addr_list to = {0};
	struct aliases a;
	struct buf got = {0};
	struct err e;

	ck_assert_msg(alias_parse(SPAN(FILE_TEXT), "f", &a, &e) == 0, "%s",
	    e.text);
	ck_assert_int_eq(alias_expand(&a, names[_i].name, &to, &e),
	    names[_i].to != NULL);
	for (size_t i = 0; i < to.n; i++)
		buf_fmt(&got, "%s,", to.v[i].address);
	unit_span(buf_view(&got), names[_i].to == NULL ? "" : names[_i].to);
	buf_free(&got);
	addr_list_free(&to);
	alias_free(&a);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *text, *why;
	} table[] = {
	    {"a: b\nb: c\nc: a\n", "f:1: a leads back to itself"},
	    {"a: x@example.org\na: y@example.org\n", "f:2: a was given before"},
	    {"a\n", "f:1: not \"name: address\""},
	    {": b@example.org\n", "f:1: not \"name: address\""},
	    {"a:\n", "f:1: a stands for nobody"},
	    {"\"\"a\"\": b\n", "f:1: not \"name: address\""},
	    {"a: none:;\n", "f:1: a stands for nobody"},
	    {"\n  b@example.org\n", "f:2: a line that continues none"},
	    {"a: |/bin/sh\n", "f:1: a command is not served"},
	    {"a: \"|/bin/sh -c x\"\n", "f:1: a command is not served"},
	    {"a: b@example.org, /var/mail/x\n", "f:1: a file is not served"},
	    {"a: :INCLUDE:/etc/list\n", "f:1: a list that is included"},
	    {"a: b c d\n", "f:1: "},
	    {"a: b@example.org\rc: d@example.org\n", "f:1: "},
	};
	struct aliases a;
	struct err e;

	ck_assert_int_eq(alias_parse(span_of(table[_i].text), "f", &a, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strncmp(e.text, table[_i].why, strlen(table[_i].why)) ==
	    0, "%s", e.text);
	alias_free(&a);
}
END_TEST

/* Many names behind names are refused, from whichever end one looks. */
START_TEST(depth)
{
	struct buf text = {0};
	struct aliases a;
	struct err e;

	for (int i = 0; i < 20000; i++)
		buf_fmt(&text, "a%05d: a%05d\n", _i == 0 ? i : i + 1,
		    _i == 0 ? i + 1 : i);
	ck_assert_int_eq(alias_parse(buf_view(&text), "f", &a, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	alias_free(&a);
	buf_free(&text);
}
END_TEST

/* A few lines that stand for more addresses than there are people. */
START_TEST(breadth)
{
	struct addr_list to = {0};
	struct buf text = {0};
	struct aliases a;
	struct err e;

	for (int i = 0; i < 40; i++) {
		buf_fmt(&text, "a%d: b%d, c%d\n", i, i, i);
		buf_fmt(&text, "b%d: a%d\nc%d: a%d\n", i, i + 1, i, i + 1);
	}
	ck_assert_int_eq(alias_parse(buf_view(&text), "f", &a, &e), -1);
	alias_free(&a);
	buf_cut(&text, 0);
	for (int i = 0; i < 20; i++) {
		buf_fmt(&text, "a%d: b%d, c%d\n", i, i, i);
		buf_fmt(&text, "b%d: a%d\nc%d: a%d\n", i, i + 1, i, i + 1);
	}
	ck_assert_int_eq(alias_parse(buf_view(&text), "f", &a, &e), 0);
	ck_assert_int_eq(alias_expand(&a, "a0", &to, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	addr_list_free(&to);
	alias_free(&a);
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alias");

	unit_each(s, expands, COUNT(names));
	unit_each(s, refuses, 14);
	unit_each(s, depth, 2);
	unit_test(s, breadth);
	return unit_main(s);
}
