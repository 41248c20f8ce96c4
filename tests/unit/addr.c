#include "mail/addr.h"
#include "text/charset.h"
#include "unit/unit.h"

/* Each address is written name|address and a newline, a group name|: */
static void
shown(const struct addr_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++)
		buf_fmt(out, "%s|%s\n", list->v[i].name,
		    list->v[i].is_group ? ":" : list->v[i].address);
}

static const struct {
	const char *in, *want;
} lists[] = {
	{"", ""},
	{" , ,,; ", ""},
	/* RFC 5322, appendix A */
	{"John Doe <jdoe@machine.example>", "John Doe|jdoe@machine.example\n"},
	{"\"Joe Q. Public\" <john.q.public@example.com>",
	    "Joe Q. Public|john.q.public@example.com\n"},
	{"Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
	    "Mary Smith|mary@x.test\n|jdoe@example.org\nWho?|one@y.test\n"},
	{"<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <box@example.net>",
	    "|boss@nil.test\nGiant; \"Big\" Box|box@example.net\n"},
	{"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
	    "A Group|:\nEd Jones|c@a.test\n|joe@where.test\n"
	    "John|jdoe@one.test\n"},
	{"Undisclosed recipients:;", "Undisclosed recipients|:\n"},
	{"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	    "Pete|pete@silly.test\n"},
	{"A Group(Some people)\r\n   :Chris Jones <c@(Chris's host.)public.ex"
	 "ample>,\r\n     joe@example.org,\r\n John <jdoe@one.test> (my dear "
	 "friend); (the end of the group)",
	    "A Group|:\nChris Jones|c@public.example\n|joe@example.org\n"
	    "John|jdoe@one.test\n"},
	{"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
	    "Hidden recipients|:\n"},
	{"Joe Q. Public <john.q.public@example.com>",
	    "Joe Q. Public|john.q.public@example.com\n"},
	{"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
	    "Mary Smith|mary@example.net\n|jdoe@test.example\n"},
	{"<@a.test,@b.test:c@d.test>, e@f.test", "|c@d.test\n|e@f.test\n"},
	{"John Doe <jdoe@machine(comment).  example>",
	    "John Doe|jdoe@machine.example\n"},
	/* the name in a comment, as it once was */
	{"ann@example.org (Ann Example)", "Ann Example|ann@example.org\n"},
	{"ann@example.org (=?utf-8?q?Ann_=C3=84?=)",
	    "Ann \xc3\x84|ann@example.org\n"},
	/* encoded words, also where they must not stand */
	{"=?iso-8859-1?Q?Andr=E9?= Pirard <p@example.org>",
	    "Andr\xc3\xa9 Pirard|p@example.org\n"},
	{"\"=?utf-8?Q?M=C3=BCller=2C_J?=\" <m@example.org>",
	    "M\xc3\xbcller, J|m@example.org\n"},
	{"=?utf-8?Q?M=C3=BCller,_J?= <m@example.org>, b@example.org",
	    "M\xc3\xbcller, J|m@example.org\n|b@example.org\n"},
	{"=?utf-8?B?w6k=?= =?utf-8?B?w6k=?= <e@example.org>",
	    "\xc3\xa9\xc3\xa9|e@example.org\n"},
	{"=?utf-8?q?Nobody?=", "Nobody|\n"},
	{"<a@=?b?q?<c@d?=>", "|a@\n"},
	{"<=?a>", "|\"=?a\"\n"},
	{"M\xc3\xbcller <m\xc3\xbc@example.org>",
	    "M\xc3\xbcller|m\xc3\xbc@example.org\n"},
	{"M\xfcller <m@example.org>", "M\xc3\xbcller|m@example.org\n"},
	/* a name that breaks out breaks nothing */
	{"=?utf-8?q?a=0D=0ABcc:_b?= <c@example.org>",
	    "a  Bcc: b|c@example.org\n"},
	{"=?utf-8?q?=1B[2J?= <c@example.org>",
	    CHARSET_FFFD "[2J|c@example.org\n"},
	{"a\x01@example.org", "|a" CHARSET_FFFD "@example.org\n"},
	/* local parts */
	{"\"a b\"@example.org", "|\"a b\"@example.org\n"},
	{"\"ab\"@example.org", "|ab@example.org\n"},
	{"a..b.@example.org", "|a..b.@example.org\n"},
	{"<a@b@example.org>", "|\"a@b\"@example.org\n"},
	{"a@b@example.org", "|\"a@b\"@example.org\n"},
	{"\"\"@example.org", "|\"\"@example.org\n"},
	{"root", "|root\n"},
	{"first.last", "|first.last\n"},
	{"ann@[192.0.2.1]", "|ann@[192.0.2.1]\n"},
	{"ann@[IPv6:2001:db8::1]", "|ann@[IPv6:2001:db8::1]\n"},
	/* broken ones */
	{"Ann Example ann@example.org", "Ann Example|ann@example.org\n"},
	{"ann@example.org Ann Example", "Ann Example|ann@example.org\n"},
	{"Ann <ann@example.org, Bob <bob@example.org>",
	    "Ann|ann@example.org\nBob|bob@example.org\n"},
	{"Ann <work> <ann@example.org>", "Ann <work>|ann@example.org\n"},
	{"\"Ann <ann@example.org>, bob@example.org",
	    "Ann|ann@example.org\n|bob@example.org\n"},
	{"(Ann <ann@example.org>, b@example.org",
	    "(Ann|ann@example.org\n|b@example.org\n"},
	{"Ann, Example <ann@example.org>", "|Ann\nExample|ann@example.org\n"},
	{"a@example.org; b@example.org", "|a@example.org\n|b@example.org\n"},
	{"a@example.org b@example.org", "|a@example.org\n|b@example.org\n"},
	{"Ann <a@example.org> Bob <b@example.org> (x)",
	    "Ann|a@example.org\nBob|b@example.org\n"},
	{"Ann a@example.org Bob b@example.org",
	    "Ann|a@example.org\nBob|b@example.org\n"},
	{"Ann Example, PhD <ann@example.org>, b@example.org",
	    "Ann Example, PhD|ann@example.org\n|b@example.org\n"},
	{"=?utf-8?q?Example?=, Ann <ann@example.org>",
	    "Example, Ann|ann@example.org\n"},
	{"Ann Example, b@example.org, c",
	    "Ann Example|\n|b@example.org\n|c\n"},
	{"Ann Example, b, c", "Ann Example|\n|b\n|c\n"},
	{"Ann Example, b: c@example.org;",
	    "Ann Example|\nb|:\n|c@example.org\n"},
	{"Ann\" <ann@example.org>", "Ann|ann@example.org\n"},
	{"ann (x) @example.org", "|ann@example.org\n"},
	{"\"a..b\"@example.org", "|\"a..b\"@example.org\n"},
	{"Mailer <>", "Mailer|\n"},
	{"<>", ""},
	{"\"\"", ""},
	{"a, \" \" <>, g: \"\", b;", "|a\ng|:\n|b\n"},
	{"<", ""},
	{"@", "|\"\"@\n"},
	{"Some Body", "Some Body|\n"},
	{"(only a comment)", ""},
	{"Ann: <ann@example.org>", "Ann|:\n|ann@example.org\n"},
	{"<ann@example.org", "|ann@example.org\n"},
	{"ann@example.org>", "|ann@example.org\n"},
	{"Ann <<ann@example.org>>", "Ann|ann@example.org\n"},
	{"<@example.org>, Bob <bob@example.org>",
	    "|\"\"@example.org\nBob|bob@example.org\n"},
	{"Bob <@x, b@example.org>", "Bob|\"@x,b\"@example.org\n"},
	{"<b@example.org\"x\", c>", "|b@example.org\nc>|\n"},
	{"'Ann' <'ann@example.org'>", "'Ann'|'ann@example.org'\n"},
	{"Ann <ann@exam ple.org>, Bob <bob@example. org>",
	    "Ann|ann@exam\nBob|bob@example.org\n"},
	{"<ann@=?utf-8?q?x . y?= .org>", "|ann@\n"},
};

START_TEST(lenient_list)
{
	struct addr_list list = {0};
	struct buf got = {0};

	addr_parse(span_of(lists[_i].in), &list);
	shown(&list, &got);
	unit_span(buf_view(&got), lists[_i].want);
	addr_list_free(&list);
	buf_free(&got);
}
END_TEST

START_TEST(nul_is_replaced)
{
	struct addr_list list = {0};

	addr_parse(span_at("a\0b <c\0d@example.org>", 21), &list);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.v[0].name, "a" CHARSET_FFFD "b");
	ck_assert_str_eq(list.v[0].address, "c" CHARSET_FFFD "d@example.org");
	addr_list_free(&list);
}
END_TEST

/* Each token costs memory; a member has room for no more than it can need. */
START_TEST(a_member_has_a_limit)
{
	struct addr_list list = {0};
	struct buf in = {0};
	struct err e;

	for (int i = 0; i < 5000; i++)
		buf_str(&in, "a ");
	buf_str(&in, "<ann@example.org>");
	addr_parse(buf_view(&in), &list);
	ck_assert_str_eq(list.v[0].address, "ann@example.org");
	buf_cut(&in, 0);
	for (int i = 0; i < 9995; i++)
		buf_str(&in, "a ");
	buf_str(&in, "<ann@b> and more, bob@example.org");
	ck_assert_int_eq(addr_parse_strict(buf_view(&in), &list, &e), -1);
	addr_parse(buf_view(&in), &list);
	ck_assert_uint_eq(list.n, 3);
	ck_assert_str_eq(list.v[2].address, "bob@example.org");
	addr_list_free(&list);
	buf_free(&in);
}
END_TEST

static const char *hostile[] = {"<", "\"", "(", "a ", "a@", "@a,", "<@a,",
    "a:", "=?a?q?", "a.", "a,", "<a>"};

/* addr_next gives what addr_parse gives, also where a group spans its steps. */
START_TEST(long_list_in_steps)
{
	struct addr_list all = {0}, some = {0};
	struct addr_scan scan;
	struct buf in = {0};
	size_t n = 0, steps = 0;

	for (int i = 0; i < 1200; i++)
		buf_fmt(&in, "%s\"a, %d\" <a%d@example.org>%s,",
		    i % 7 == 0 ? "g:" : "", i, i, i % 7 == 6 ? ";" : "");
	addr_parse(buf_view(&in), &all);
	scan = addr_begin(buf_view(&in));
	for (; addr_next(&scan, &some) == 1; steps++)
		for (size_t i = 0; i < some.n; i++, n++) {
			ck_assert_uint_lt(n, all.n);
			ck_assert_str_eq(some.v[i].name, all.v[n].name);
			ck_assert_str_eq(some.v[i].address, all.v[n].address);
			ck_assert(some.v[i].is_group == all.v[n].is_group);
		}
	ck_assert_uint_eq(n, all.n);
	ck_assert_uint_eq(n, 1200 + 172);
	ck_assert_uint_gt(steps, 1);
	ck_assert_uint_eq(some.n, 0);
	addr_list_free(&all);
	buf_free(&in);
}
END_TEST

static const char *mixed[] = {
	"a <a@b.c>, x y z, d@e.f, G: g@h.i, j (k) <k@l.m>;, n <n@o.p>",
	"q (\"r\") <r@s.t>, \"u, v\" <v@w.x>, (y, z@a.b, c@d.e",
	"\"never closed, a@b.c, d <d@e.f>, \"g, h\" <h@i.j>",
	"<a@b.c> d@e.f, [g, h@i.j, k] l@m.n, o@p.q, (((, r@s.t",
	", ,a@b.c, , (x), d <d@e.f>,,"};

/* For addr_first_put. */
static void
put_piece(struct span piece, struct buf *out)
{
	struct addr_list list = {0};
	struct span rest = piece, name, address;

	if (addr_simple(&rest, &name, &address) && rest.n == 0) {
		addr_simple_name(name, out);
		buf_fmt(out, "|%.*s\n", (int)address.n, address.p);
	} else if (addr_alone(piece, &list)) {
		shown(&list, out);
	}
	addr_list_free(&list);
}

/* What is in front of commas, and else a step: the list is the same. */
static void
compare_pieces(struct span value, struct memo *memo)
{
	struct addr_list all = {0}, some = {0};
	struct addr_scan scan = addr_begin(value);
	struct buf got = {0}, want = {0};

	addr_parse(value, &all);
	shown(&all, &want);
	do {
		shown(&some, &got);
		while (addr_next_put(&scan, memo, put_piece, &got))
			;
	} while (addr_next(&scan, &some) == 1);
	ck_assert_msg(strcmp(buf_cstr(&got), buf_cstr(&want)) == 0,
	    "%.*s\ngives %s\nnot %s", (int)value.n, value.p, buf_cstr(&got),
	    buf_cstr(&want));
	addr_list_free(&all);
	buf_free(&got);
	buf_free(&want);
}

START_TEST(pieces_between_steps)
{
	struct memo memo = {0};

	compare_pieces(span_of(mixed[_i]), NULL);
	compare_pieces(span_of(mixed[_i]), &memo);
	compare_pieces(span_of(mixed[_i]), &memo);
	memo_free(&memo);
}
END_TEST

/* A quarter of a megabyte of each ends at once. */
START_TEST(hostile_is_linear)
{
	struct addr_list list = {0};
	struct buf in = {0};

	while (in.n < 1 << 18)
		buf_str(&in, hostile[_i]);
	addr_parse(buf_view(&in), &list);
	ck_assert_uint_le(list.n, in.n);
	addr_list_free(&list);
	buf_free(&in);
}
END_TEST

static const struct {
	const char *in, *want; /* NULL: refused, and why holds the reason */
	const char *why;
} stricts[] = {
	{"ann@example.org", "|ann@example.org\n", NULL},
	{" ann@example.org ", "|ann@example.org\n", NULL},
	{"<ann@example.org>", "|ann@example.org\n", NULL},
	{"Dr. Ann B. Example <ann@example.org>",
	    "Dr. Ann B. Example|ann@example.org\n", NULL},
	{"\"Example, Ann\" <ann@example.org>, root",
	    "Example, Ann|ann@example.org\n|root\n", NULL},
	{"ann@example.org (Ann)", "Ann|ann@example.org\n", NULL},
	{"J\xc3\xb6rg <j\xc3\xb6rg@b\xc3\xbc.example>",
	    "J\xc3\xb6rg|j\xc3\xb6rg@b\xc3\xbc.example\n", NULL},
	{"Team: a@example.org, B <b@example.org>;",
	    "Team|:\n|a@example.org\nB|b@example.org\n", NULL},
	{"none:;", "none|:\n", NULL},
	{"none:;, a@example.org", "none|:\n|a@example.org\n", NULL},
	{"\"a b\"@example.org", "|\"a b\"@example.org\n", NULL},
	{"a+b@[192.0.2.1]", "|a+b@[192.0.2.1]\n", NULL},
	{"", NULL, "nothing stands there"},
	{"(x)", NULL, "nothing stands there"},
	{"a@example.org,", NULL, "nothing stands there"},
	{",a@example.org", NULL, "nothing stands there"},
	{"Team: a@example.org, ;", NULL, "nothing stands there"},
	{"a@example.org b@example.org", NULL, "a blank inside"},
	{"Ann Example", NULL, "a blank inside"},
	{"a @example.org", NULL, "a blank inside"},
	{"a@", NULL, "no domain"},
	{"<root>", NULL, "no domain"},
	{"@example.org", NULL, "words joined"},
	{"a..b@example.org", NULL, "words joined"},
	{"a.@example.org", NULL, "words joined"},
	{"a@example..org", NULL, "words joined"},
	{"a@b@example.org", NULL, "words joined"},
	{"a@exa!mple.org", NULL, "none may have"},
	{"a@-example.org", NULL, "beside a dot"},
	{"a@[]", NULL, "no address literal"},
	{"a@[1 2]", NULL, "no address literal"},
	{"\"a@example.org", NULL, "words joined"},
	{"Ann <a@example.org", NULL, "no \">\""},
	{"Ann <a@example.org> x", NULL, "no \">\""},
	{"<>", NULL, "words joined"},
	{"=?", NULL, "an encoded word"},
	{"=?UTF-8?Q?x?=", NULL, "an encoded word"},
	{"a.=?", NULL, "an encoded word"},
	{"a=?", "|a=?\n", NULL},
	{"\"\"", NULL, "nothing in its quotes"},
	{"\"\"@example.org", "|\"\"@example.org\n", NULL},
	{"a@example.org; b", NULL, "ends no group"},
	{"T: a@example.org", NULL, "has no \";\""},
	{"T: U: a@example.org;;", NULL, "begins no group"},
	{": a@example.org;", NULL, "begins no group"},
	{"T:; a@example.org", NULL, "after the group"},
	{"Ann [x] <a@example.org>", NULL, "needs quotes"},
	{"<@a.test:b@example.org>", "|b@example.org\n", NULL},
	{"<a:b@example.org>", NULL, "words joined"},
	{"a@example.org\r\nBcc: b@example.org", NULL, "control"},
	{"a\x7f@example.org", NULL, "control"},
	{"a\xc2\x85@example.org", NULL, "control"},
	{"a\xe9@example.org", NULL, "UTF-8"},
	{"a23456789012345678901234567890123456789012345678901234567890123456@x",
	    NULL, "local part is too long"},
	{"a@a234567890123456789012345678901234567890123456789012345678901234.x",
	    NULL, "part of the domain is too long"},
};

START_TEST(strict_list)
{
	struct addr_list list = {0};
	struct buf got = {0};
	struct err e = {0};
	int status;

	addr_list_add(&list, "Old", "old");
	status = addr_parse_strict(span_of(stricts[_i].in), &list, &e);
	shown(&list, &got);
	buf_drop(&got, strlen("Old|old\n"));
	if (stricts[_i].want != NULL) {
		ck_assert_msg(status == 0, "%s", e.text);
		unit_span(buf_view(&got), stricts[_i].want);
	} else {
		ck_assert_int_eq(status, -1);
		ck_assert_int_eq(e.kind, ERR_USAGE);
		ck_assert_uint_eq(list.n, 1);
		ck_assert_msg(strstr(e.text, stricts[_i].why) != NULL, "%s",
		    e.text);
	}
	addr_list_free(&list);
	buf_free(&got);
}
END_TEST

START_TEST(strict_refuses_nul)
{
	struct addr_list list = {0};
	struct err e = {0};

	ck_assert_int_eq(addr_parse_strict(span_at("a\0@example.org", 14),
	    &list, &e), -1);
	ck_assert_uint_eq(list.n, 0);
	addr_list_free(&list);
}
END_TEST

static const struct {
	const char *name, *address;
	bool is_group;
	size_t column;
	const char *want, *shown;
} formats[] = {
	{"", "ann@example.org", false, 4, "ann@example.org", "ann@example.org"},
	{"Ann Example", "ann@example.org", false, 4,
	    "Ann Example <ann@example.org>", "Ann Example <ann@example.org>"},
	{"Example, Ann", "a@example.org", false, 4,
	    "\"Example, Ann\" <a@example.org>",
	    "\"Example, Ann\" <a@example.org>"},
	{"a \"b\" \\c", "a@example.org", false, 4,
	    "\"a \\\"b\\\" \\\\c\" <a@example.org>",
	    "\"a \\\"b\\\" \\\\c\" <a@example.org>"},
	{"J\xc3\xb6rg", "j@example.org", false, 4,
	    "=?UTF-8?B?SsO2cmc=?= <j@example.org>",
	    "J\xc3\xb6rg <j@example.org>"},
	{"=?x", "a@example.org", false, 4, "=?UTF-8?B?PT94?= <a@example.org>",
	    "=?x <a@example.org>"},
	{"Team", "", true, 4, "Team:;", "Team:"},
	{"Ann Example", "ann@example.org", false, 60,
	    "Ann Example\n <ann@example.org>",
	    "Ann Example <ann@example.org>"},
	{"Example, Ann", "a@example.org", false, 70,
	    "\n \"Example, Ann\" <a@example.org>",
	    "\"Example, Ann\" <a@example.org>"},
};

START_TEST(formats_to)
{
	struct addr_list list = {0}, back = {0};
	struct buf got = {0}, people = {0};

	addr_list_add(&list, formats[_i].name, formats[_i].address);
	list.v[0].is_group = formats[_i].is_group;
	addr_format(&list.v[0], formats[_i].column, &got);
	unit_span(buf_view(&got), formats[_i].want);
	addr_display(&list.v[0], &people);
	unit_span(buf_view(&people), formats[_i].shown);
	addr_parse(buf_view(&got), &back);
	ck_assert_uint_eq(back.n, 1);
	ck_assert_str_eq(back.v[0].name, formats[_i].name);
	ck_assert_str_eq(back.v[0].address, formats[_i].address);
	addr_list_free(&list);
	addr_list_free(&back);
	buf_free(&got);
	buf_free(&people);
}
END_TEST

START_TEST(domains)
{
	unit_span(addr_domain("ann@example.org"), "example.org");
	unit_span(addr_domain("\"a@b\"@example.org"), "example.org");
	unit_span(addr_domain("\"a@b\""), "");
	unit_span(addr_domain("root"), "");
	unit_span(addr_domain("a@[192.0.2.1]"), "[192.0.2.1]");
}
END_TEST

START_TEST(utf8_is_needed_by_local_parts)
{
	ck_assert(addr_needs_utf8("j\xc3\xb6rg@example.org"));
	ck_assert(addr_needs_utf8("j\xc3\xb6rg"));
	ck_assert(!addr_needs_utf8("ann@b\xc3\xbc.example"));
	ck_assert(!addr_needs_utf8("ann@example.org"));
}
END_TEST

/* Random members of what address fields are made of. */
START_TEST(simple_is_what_the_parser_says)
{
	static const char *const pieces[] = {"Ann", "a.b", "@", "@", " ", " ",
	    "<", ">", " <", ",", ", ", "\"", "ann@example.org",
	    "<bob@example.net>",
	    "\"Doe, J.\" <", ".", ":", ";", "(x)", "=?utf-8?q?=C3?=", "\\",
	    "\n ", "\xc3\xa9", "+", "'", "=", "[1]", "\t", "A B <a@b>",
	    "=?utf-8?q?=C3=A9_?=", "=?utf-8?b?w6k=?= <", "?=", "=?", "?q?",
	    "=?utf-8?q?=0A=20?= <", "\"=?utf-8?q?b=2C?=\" <"};
	uint32_t state = 1;
	size_t taken = 0;
	struct memo memo = {0};

	for (int round = 0; round < 50000; round++) {
		struct buf text = {0}, got = {0}, want = {0};
		struct addr_list list = {0}, all = {0};
		struct span rest, name, address;

		for (int n = round % 9 + 1; n > 0; n--) {
			state = state * 1664525 + 1013904223;
			buf_str(&text, pieces[(state >> 16) %
			    (sizeof pieces / sizeof pieces[0])]);
		}
		rest = buf_view(&text);
		addr_parse(rest, &all);
		while (addr_simple(&rest, &name, &address)) {
			taken++;
			addr_simple_name(name, &got);
			buf_fmt(&got, "|%.*s\n", (int)address.n, address.p);
		}
		addr_parse(rest, &list);
		shown(&list, &got);
		shown(&all, &want);
		ck_assert_msg(strcmp(buf_cstr(&got), buf_cstr(&want)) == 0,
		    "%s\ngives %s\nnot %s", buf_cstr(&text), buf_cstr(&got),
		    buf_cstr(&want));
		compare_pieces(buf_view(&text), &memo);
		addr_list_free(&list);
		addr_list_free(&all);
		buf_free(&text);
		buf_free(&got);
		buf_free(&want);
	}
	ck_assert_uint_gt(taken, 1000);
	memo_free(&memo);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("addr");

	unit_each(s, lenient_list, COUNT(lists));
	unit_test(s, nul_is_replaced);
	unit_test(s, a_member_has_a_limit);
	unit_test(s, long_list_in_steps);
	unit_each(s, pieces_between_steps, COUNT(mixed));
	unit_test(s, simple_is_what_the_parser_says);
	unit_each(s, hostile_is_linear, COUNT(hostile));
	unit_each(s, strict_list, COUNT(stricts));
	unit_test(s, strict_refuses_nul);
	unit_each(s, formats_to, COUNT(formats));
	unit_test(s, domains);
	unit_test(s, utf8_is_needed_by_local_parts);
	return unit_main(s);
}
