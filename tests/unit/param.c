#include "mail/param.h"
#include "text/charset.h"
#include "unit/unit.h"

/* Written as the value and " name=value|" for each parameter. */
static void
shown(const struct params *p, struct buf *out)
{
	buf_span(out, buf_view(&p->value));
	for (size_t i = 0; i < p->n; i++) {
		buf_fmt(out, " %s=", p->v[i].name);
		buf_span(out, buf_view(&p->v[i].value));
		buf_char(out, '|');
	}
}

static const struct {
	const char *in, *want;
} fields[] = {
	{"", ""},
	{" text/plain", "text/plain"},
	{" Text / Plain ; Charset=UTF-8", "text/plain charset=UTF-8|"},
	/* RFC 2045, section 5.1 */
	{"text/plain; charset=us-ascii (Plain text)",
	    "text/plain charset=us-ascii|"},
	{"text/plain; charset=\"us-ascii\"", "text/plain charset=us-ascii|"},
	{"text/plain; charset=(c)us-ascii", "text/plain charset=us-ascii|"},
	{"(c) text (d) / (e) html (f); a=b", "text/html a=b|"},
	{"attachment; filename=\"a \\\"b\\\".txt\"",
	    "attachment filename=a \"b\".txt|"},
	{"a/b; x=\"one\r\n two\"", "a/b x=one two|"},
	{"a/b;\r\n\tx=1;\r\n\ty=2\r\n", "a/b x=1| y=2|"},
	/* RFC 2231, sections 3 and 4 */
	{"message/external-body; access-type=URL;\r\n"
	 " URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub/moore/x.tar\"",
	    "message/external-body access-type=URL| "
	    "url=ftp://cs.utk.edu/pub/moore/x.tar|"},
	{"application/x-stuff;\r\n"
	 " title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
	    "application/x-stuff title=This is ***fun***|"},
	{"application/x-stuff\r\n"
	 " ;title*0*=us-ascii'en'This%20is%20even%20more%20\r\n"
	 " ;title*1*=%2A%2A%2Afun%2A%2A%2A%20\r\n"
	 " ;title*2=\"isn't it!\"",
	    "application/x-stuff title=This is even more ***fun*** isn't it!|"},
	/* in any order, across gaps, the first of two */
	{"a/b; n*2=c; n*1=b; n*0=a", "a/b n=abc|"},
	{"a/b; n*0=a; n*2=c", "a/b n=ac|"},
	{"a/b; name=x (1); n=x (1)", "a/b n=x| name=x (1)|"},
	{"a/b; filename=x (1)", "a/b filename=x (1)|"},
	{"a/b; name=x ; n=y", "a/b n=y| name=x|"},
	{"a/b, c/d; n=x", "a/b n=x|"},
	{"a/b, n=x", "a/b n=x|"},
	{"a/b; n*1=a; n*2=b", "a/b n=ab|"},
	{"a/b; n*0=a; n*0=x; n*1=b", "a/b n=ab|"},
	{"a/b; n*10=k; n*9=j; n*8=i; n*7=h; n*6=g; n*5=f; n*4=e; n*3=d; n*2=c"
	 "; n*1=b; n*0=a", "a/b n=abcdefghijk|"},
	/* a character cut between sections */
	{"a/b; n*0*=utf-8''%E2%82; n*1*=%AC.txt", "a/b n=\xe2\x82\xac.txt|"},
	{"a/b; n*0*=utf-8''%E2%82%AC; n*1=%41", "a/b n=\xe2\x82\xac%41|"},
	/* which form counts */
	{"a/b; n=plain; n*=utf-8''better", "a/b n=better|"},
	{"a/b; n=plain; n*0=better", "a/b n=better|"},
	{"a/b; n*0=two; n*=utf-8''one", "a/b n=one|"},
	{"a/b; n=first; N=second", "a/b n=first|"},
	/* broken extended values */
	{"a/b; n*=no-quotes%20here", "a/b n=no-quotes here|"},
	{"a/b; n*=utf-8'only one", "a/b n=utf-8'only one|"},
	{"a/b; n*=utf-8''100%", "a/b n=100%|"},
	{"a/b; n*=utf-8''%zz%4", "a/b n=%zz%4|"},
	{"a/b; n*=utf-8''%00", "a/b n=%00|"},
	{"a/b; n*=\"utf-8''a%20b\"", "a/b n=a b|"},
	{"a/b; n*=no-such''%E9", "a/b n=\xc3\xa9|"},
	{"a/b; n*x=y; n*999999=z; n**=w", "a/b n**=w| n*999999=z| n*x=y|"},
	/* encoded words, where they must not stand */
	{"a/b; n=\"=?utf-8?B?w6kudHh0?=\"", "a/b n=\xc3\xa9.txt|"},
	{"a/b; n==?utf-8?Q?=C3=A9.txt?=", "a/b n=\xc3\xa9.txt|"},
	{"a/b; n=\"=?utf-8?B?w6k=?=\r\n =?utf-8?B?w6k=?=\"",
	    "a/b n=\xc3\xa9\xc3\xa9|"},
	{"a/b; n*0=\"=?utf-8?B?w6\"; n*1=\"k=?=\"", "a/b n=\xc3\xa9|"},
	/* raw 8-bit */
	{"a/b; n=\"\xe9.txt\"", "a/b n=\xc3\xa9.txt|"},
	{"a/b; n=\xc3\xa9.txt", "a/b n=\xc3\xa9.txt|"},
	/* what mailers forget */
	{"a/b; n=two words.pdf; m=x", "a/b m=x| n=two words.pdf|"},
	{"a/b; n=foo (1).pdf", "a/b n=foo (1).pdf|"},
	{"a/b; boundary=----=_Part=1/2:3?", "a/b boundary=----=_Part=1/2:3?|"},
	{"a/b charset=x y=z", "a/b charset=x| y=z|"},
	{"a/b; n=\"x\" m=y", "a/b m=y| n=x|"},
	{"a/b; n=x m=y; o=z", "a/b m=y| n=x| o=z|"},
	{"a/b; n=\"open; m=y", "a/b m=y| n=open|"},
	{"a/b;; ;n=x;", "a/b n=x|"},
	{"a/b; n=; m=\"\"", "a/b m=| n=|"},
	{"a/b; n", "a/b"},
	{"a/b; =x; n=y", "a/b n=y|"},
	{"; n=y", " n=y|"},
	{"n=y", "n"},
	{"text", "text"},
	{"\"inline\"; n=y", "inline n=y|"},
};

START_TEST(parses_to)
{
	struct params p;
	struct err e = {0};
	struct buf got = {0};

	ck_assert_int_eq(param_parse(span_of(fields[_i].in), &p, &e), 0);
	shown(&p, &got);
	unit_span(buf_view(&got), fields[_i].want);
	param_free(&p);
	buf_free(&got);
}
END_TEST

START_TEST(get_tells_empty_from_absent)
{
	struct params p;
	struct err e = {0};

	ck_assert_int_eq(param_parse(SPAN("a/b; x=; y=1"), &p, &e), 0);
	ck_assert_ptr_nonnull(param_get(&p, "x").p);
	ck_assert_uint_eq(param_get(&p, "x").n, 0);
	unit_span(param_get(&p, "y"), "1");
	ck_assert_ptr_null(param_get(&p, "z").p);
	param_free(&p);
}
END_TEST

/* Continuations last to first, one more than there may be. */
START_TEST(too_many_are_an_error)
{
	struct buf in = {0};
	struct params p;
	struct err e = {0};

	buf_str(&in, "a/b");
	for (int i = PARAM_MAX; i > 0; i--)
		buf_fmt(&in, "; n*%d=x", i - 1);
	ck_assert_int_eq(param_parse(buf_view(&in), &p, &e), 0);
	ck_assert_uint_eq(param_get(&p, "n").n, PARAM_MAX);
	param_free(&p);
	buf_str(&in, "; m=y");
	ck_assert_int_eq(param_parse(buf_view(&in), &p, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	ck_assert_str_eq(e.text, "a field has over 1000 parameters");
	param_free(&p);
	buf_free(&in);
}
END_TEST

static const char *hostile[] = {"\"", "(", ";", "=", "a=", "a=b ", "a=\";",
    "a=b c ", "*0=", "%", "a*=%", "=?a?q?", "a=b (", "'"};

/* A megabyte of each ends at once, with or without an error. */
START_TEST(hostile_is_linear)
{
	struct buf in = {0};
	struct params p;
	struct err e = {0};

	buf_str(&in, "a/b; a=");
	while (in.n < 1 << 20)
		buf_str(&in, hostile[_i]);
	if (param_parse(buf_view(&in), &p, &e) == -1)
		ck_assert_int_eq(e.kind, ERR_DATA);
	ck_assert_uint_le(p.n, PARAM_MAX);
	for (size_t i = 0; i < p.n; i++)
		ck_assert(charset_is_utf8(buf_view(&p.v[i].value)));
	param_free(&p);
	buf_free(&in);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("param");

	unit_each(s, parses_to, COUNT(fields));
	unit_test(s, get_tells_empty_from_absent);
	unit_test(s, too_many_are_an_error);
	unit_each(s, hostile_is_linear, COUNT(hostile));
	return unit_main(s);
}
