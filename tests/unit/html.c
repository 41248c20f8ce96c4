#include "text/charset.h"
#include "text/html.h"
#include "unit/unit.h"

static const struct {
	const char *in, *want;
} pages[] = {
	{"", ""},
	{"plain", "plain\n"},
	{"  two \n\t words  ", "two words\n"},
	{"<p>one</p><p>two</p>", "one\n\ntwo\n"},
	{"<div>one</div><div>two<br>three<BR/>four</div>",
	    "one\ntwo\nthree\nfour\n"},
	{"a<br><br><br><br>b", "a\n\nb\n"},
	{"<html><head><title>no</title><style>p{}</style></head>"
	 "<body><script>if (a<b) x();</script>text</body></html>", "text\n"},
	{"<script>no end", ""},
	{"a<!-- no <p> -->b<!DOCTYPE x>c<?xml?>d", "abcd\n"},
	{"a<!-- no end", "a\n"},
	{"<ul><li>one<li>two</ul>", "* one\n* two\n"},
	{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
	    "a b\nc\n"},
	{"a<hr>b", "a\n----------\nb\n"},
	{"a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e",
	    "a\n\n> b\n> c\n\n> > d\n\ne\n"},
	{"<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd\n"},
	{"&lt;b&gt; &amp;amp; &eacute; &#65;&#x42;&#X63; &#150; &nbsp;.",
	    "<b> &amp; \xc3\xa9 ABc \xe2\x80\x93  .\n"},
	{"&#x1F600;&#xD800;&#x110000;&#0;&unknown;&amp",
	    "\xf0\x9f\x98\x80" CHARSET_FFFD "&#x110000;&unknown;&amp\n"},
	{"<a href=\"https://example.org/x\">here</a>.",
	    "here <https://example.org/x>.\n"},
	{"<a href='https://example.org/'>example.org</a>", "example.org\n"},
	{"<a href=mailto:ann@example.org>ann@example.org</a>",
	    "ann@example.org\n"},
	{"<a href=\"javascript:x\">y</a><a name=z>w</a>", "yw\n"},
	{"<a href=\"https://example.org/?a=1&amp;b=2\">x",
	    "x <https://example.org/?a=1&b=2>\n"},
	{"<a href=\"https://example.org/\"><img alt=\"Logo\"></a>",
	    "[Logo] <https://example.org/>\n"},
	{"<img src=x alt=''>a", "a\n"},
	{"<img alt = \"a > b\" src=x>c", "[a > b]c\n"},
	{"1 < 2 <3 </ <", "1 < 2 <3 </ <\n"},
	{"<p class=x\">a \"b\" c", "a \"b\" c\n"},
	{"<p class=\"x>a", "a\n"},
	{"<o:p>a</o:p>", "a\n"},
	{"a</div></pre></blockquote>b", "a\n\nb\n"},
};

START_TEST(page_is)
{
	struct buf got = {0};

	html_text(span_of(pages[_i].in), &got);
	unit_span(buf_view(&got), pages[_i].want);
	buf_free(&got);
}
END_TEST

static const char *hostile[] = {"<", "<a", "<a ", "<a x=\"", "<!--", "&",
    "&#", "<a href=\"http:", "<a href=http:a>a", "<script>", "</script",
    "<blockquote>", "<pre>\n", "<img alt", "\n"};

/* A quarter of a megabyte of each ends at once. */
START_TEST(hostile_is_linear)
{
	struct buf in = {0}, got = {0};

	while (in.n < 1 << 18)
		buf_str(&in, hostile[_i]);
	html_text(buf_view(&in), &got);
	ck_assert_uint_le(got.n, 8 * in.n);
	ck_assert(charset_is_utf8(buf_view(&got)));
	buf_free(&in);
	buf_free(&got);
}
END_TEST

static const struct {
	const char *in, *want;
} metas[] = {
	{"", ""},
	{"<meta charset=utf-8>", "utf-8"},
	{"<p><META http-equiv=\"Content-Type\" content=\"text/html; "
	 "charset=ISO-8859-2\">", "ISO-8859-2"},
	{"<meta charset='windows-1251' />", "windows-1251"},
	{"<meta name=x>charset=y", ""},
	{"charset=x", ""},
};

START_TEST(charset_is)
{
	unit_span(html_charset(span_of(metas[_i].in)), metas[_i].want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("html");

	unit_each(s, page_is, COUNT(pages));
	unit_each(s, hostile_is_linear, COUNT(hostile));
	unit_each(s, charset_is, COUNT(metas));
	return unit_main(s);
}
