#include "text/token.h"
#include "unit/unit.h"

/*
 * Each token is written as its kind's letter, a "+" where blanks stood before
 * it, and its inner text in braces.
 */
static void
shown(struct span in, enum token_set set, struct buf *out)
{
	struct token_scan scan = token_begin(in, set);
	struct token t;

	while (token_next(&scan, &t) == 1) {
		if (t.blank)
			buf_char(out, '+');
		buf_char(out, "aqlcs"[t.kind]);
		buf_char(out, '{');
		buf_span(out, t.inner);
		buf_char(out, '}');
	}
	ck_assert_uint_eq(scan.rest.n, 0);
}

static const struct {
	enum token_set set;
	const char *in, *want;
} scans[] = {
	{TOKEN_MAIL, "", ""},
	{TOKEN_MAIL, " \t\r\n ", ""},
	{TOKEN_MAIL, "Mary Smith <mary@x.test>",
	    "a{Mary}+a{Smith}+s{<}a{mary}s{@}a{x}s{.}a{test}s{>}"},
	{TOKEN_MAIL, "\"Joe Q. Public\" <j@[10.0.0.1]>",
	    "q{Joe Q. Public}+s{<}a{j}s{@}l{10.0.0.1}s{>}"},
	{TOKEN_MAIL, "Pete(A nice \\) chap) <p(his \\\\(x))>",
	    "a{Pete}c{A nice \\) chap}+s{<}a{p}c{his \\\\(x)}s{>}"},
	{TOKEN_MAIL, "\"a\\\"b\" c", "q{a\\\"b}+a{c}"},
	/* nothing closes it */
	{TOKEN_MAIL, "\"a b", "s{\"}a{a}+a{b}"},
	{TOKEN_MAIL, "\"a\\\" b \"", "q{a\\\" b }"},
	{TOKEN_MAIL, "(a (b) c", "s{(}a{a}+s{(}a{b}s{)}+a{c}"},
	{TOKEN_MAIL, "[a (b) [c", "s{[}a{a}+c{b}+s{[}a{c}"},
	{TOKEN_MAIL, "\\", "s{\\}"},
	/* an encoded word holds what it holds */
	{TOKEN_MAIL, "=?utf-8?Q?Foo,_(Bar)?= <",
	    "a{=?utf-8?Q?Foo,_(Bar)?=}+s{<}"},
	{TOKEN_MAIL, "=?utf-8?X?Foo,?=", "a{=?utf-8?X?Foo}s{,}a{?=}"},
	{TOKEN_MAIL, "=?utf-8?Q?a b?=", "a{=?utf-8?Q?a}+a{b?=}"},
	{TOKEN_MAIL, "J\xc3\xb6rg", "a{J\xc3\xb6rg}"},
	{TOKEN_MIME, "text/plain; charset=\"us-ascii\" (c)",
	    "a{text}s{/}a{plain}s{;}+a{charset}s{=}q{us-ascii}+c{c}"},
	{TOKEN_MIME, "a.b[c]", "a{a.b}s{[}a{c}s{]}"},
	{TOKEN_MIME, "=?a?q?b?=", "s{=}s{?}a{a}s{?}a{q}s{?}a{b}s{?}s{=}"},
};

START_TEST(scans_to)
{
	struct buf got = {0};

	shown(span_of(scans[_i].in), scans[_i].set, &got);
	unit_span(buf_view(&got), scans[_i].want);
	buf_free(&got);
}
END_TEST

START_TEST(nul_is_atom_text)
{
	struct token_scan scan = token_begin(span_at("a\0b", 3), TOKEN_MAIL);
	struct token t;

	ck_assert_int_eq(token_next(&scan, &t), 1);
	ck_assert_uint_eq(t.raw.n, 3);
}
END_TEST

/* Comments at the limit are one token, beyond it they fall apart. */
START_TEST(comments_nest_to_a_limit)
{
	struct token_scan scan;
	struct token t;
	struct buf in = {0};

	for (int over = 0; over < 2; over++) {
		buf_cut(&in, 0);
		for (int i = 0; i < TOKEN_DEPTH_MAX + over; i++)
			buf_char(&in, '(');
		for (int i = 0; i < TOKEN_DEPTH_MAX + over; i++)
			buf_char(&in, ')');
		scan = token_begin(buf_view(&in), TOKEN_MAIL);
		ck_assert_int_eq(token_next(&scan, &t), 1);
		ck_assert_int_eq(t.kind,
		    over == 0 ? TOKEN_COMMENT : TOKEN_SPECIAL);
		ck_assert_uint_eq(t.raw.n, over == 0 ? in.n : 1);
	}
	buf_free(&in);
}
END_TEST

static const char *hostile[] = {"\"", "(", "[", "\"\\", "=?", "=?a?q?",
    "=?a?q?x", "=?a?b?x ", "(\\", "((", "[\"("};

/* Half a megabyte of each ends at once; quadratic it would take minutes. */
START_TEST(hostile_is_linear)
{
	struct buf in = {0};
	struct token_scan scan;
	struct token t;
	size_t seen = 0;

	while (in.n < 1 << 19)
		buf_str(&in, hostile[_i]);
	scan = token_begin(buf_view(&in), TOKEN_MAIL);
	while (token_next(&scan, &t) == 1)
		seen += t.raw.n;
	ck_assert_uint_gt(seen, 0);
	ck_assert_uint_le(seen, in.n);
	buf_free(&in);
}
END_TEST

static const struct {
	const char *in, *want;
} texts[] = {
	{"", ""},
	{"a b", "a b"},
	{"a\\\"b\\\\c", "a\"b\\c"},
	{"a\r\n b\n\tc", "a b\tc"},
	{"a\rb", "a\rb"},
	{"a\\", "a"},
};

START_TEST(text_is_undone)
{
	struct buf got = {0};

	token_text(span_of(texts[_i].in), &got);
	unit_span(buf_view(&got), texts[_i].want);
	buf_free(&got);
}
END_TEST

START_TEST(quote_and_back)
{
	struct token_scan scan;
	struct token t;
	struct buf quoted = {0}, back = {0};

	token_quote(SPAN("a \"b\" \\c"), &quoted);
	unit_span(buf_view(&quoted), "\"a \\\"b\\\" \\\\c\"");
	scan = token_begin(buf_view(&quoted), TOKEN_MAIL);
	ck_assert_int_eq(token_next(&scan, &t), 1);
	ck_assert_int_eq(t.kind, TOKEN_QUOTED);
	token_text(t.inner, &back);
	unit_span(buf_view(&back), "a \"b\" \\c");
	buf_free(&quoted);
	buf_free(&back);
}
END_TEST

START_TEST(atoms_are_told)
{
	ck_assert(token_is_atom(SPAN("a-b!#"), TOKEN_MAIL));
	ck_assert(token_is_atom(SPAN("a.b"), TOKEN_MIME));
	ck_assert(!token_is_atom(SPAN("a.b"), TOKEN_MAIL));
	ck_assert(!token_is_atom(SPAN("a b"), TOKEN_MIME));
	ck_assert(!token_is_atom(SPAN(""), TOKEN_MAIL));
}
END_TEST

static const struct {
	const char *in;
	bool loose;
	size_t n; /* 0: it is none */
	bool base64;
	const char *charset, *text;
} words[] = {
	{"=?utf-8?B?QQ==?= x", false, 16, true, "utf-8", "QQ=="},
	{"=?us-ascii*en?q?a?=", false, 19, false, "us-ascii", "a"},
	{"=?a?q?\?=", false, 8, false, "a", ""},
	{"=?a?q?x=?=y", false, 10, false, "a", "x="},
	{"=?a?q?b c?=", false, 0, false, "", ""},
	{"=?a?q?b c?=", true, 11, false, "a", "b c"},
	{"=?a?q?b? c?=", true, 12, false, "a", "b? c"},
	{"=?a?q?b =?a?q?c?=", true, 0, false, "", ""},
	{"=?a?x?b?=", true, 0, false, "", ""},
	{"=?a?bb?b?=", true, 0, false, "", ""},
	{"=??q?b?=", true, 0, false, "", ""},
	{"=?*en?q?b?=", true, 0, false, "", ""},
	{"=?a?q?b?", true, 0, false, "", ""},
	{"=?a?q", true, 0, false, "", ""},
	{"?a?q?b?=", true, 0, false, "", ""},
};

START_TEST(words_are_told)
{
	struct token_word w;

	if (words[_i].n == 0) {
		ck_assert(!token_word(span_of(words[_i].in), words[_i].loose,
		    &w));
		return;
	}
	ck_assert(token_word(span_of(words[_i].in), words[_i].loose, &w));
	ck_assert_uint_eq(w.n, words[_i].n);
	ck_assert_int_eq(w.base64, words[_i].base64);
	unit_span(w.charset, words[_i].charset);
	unit_span(w.text, words[_i].text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("token");

	unit_each(s, scans_to, COUNT(scans));
	unit_test(s, nul_is_atom_text);
	unit_test(s, comments_nest_to_a_limit);
	unit_each(s, hostile_is_linear, COUNT(hostile));
	unit_each(s, text_is_undone, COUNT(texts));
	unit_test(s, quote_and_back);
	unit_test(s, atoms_are_told);
	unit_each(s, words_are_told, COUNT(words));
	return unit_main(s);
}
