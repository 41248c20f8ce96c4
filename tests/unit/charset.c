#include "text/charset.h"
#include "unit/unit.h"

#define FFFD CHARSET_FFFD

static const struct row {
	const char *charset, *in, *out;
} rows[] = {
    {"utf-8", "", ""},
    {"utf-8", "caf\303\251", "caf\303\251"},
    {"UTF8", "\360\237\230\200", "\360\237\230\200"},
    {"utf-8", "\300\200", FFFD FFFD},
    {"utf-8", "\355\240\200", FFFD FFFD FFFD},
    {"utf-8", "\364\220\200\200", FFFD FFFD FFFD FFFD},
    {"utf-8", "\342\202x", FFFD "x"},
    {"utf-8", "\360\237\230", FFFD},
    {"utf-8", "\360\237\230\303\251", FFFD "\303\251"},
    {"utf-8", "\342\202\342\202\254", FFFD "\342\202\254"},
    {"utf-8", "a\377\376b", "a" FFFD FFFD "b"},
    {"utf-8", "\251", FFFD},
    {"", "caf\303\251", "caf\303\251"},
    {"", "caf\351 \303\251", "caf\303\251 \303\251"},
    {"us-ascii", "caf\351", "caf\303\251"},
    {"US-ASCII", "\223x\224", "\342\200\234x\342\200\235"},
    {"unknown-8bit", "\200", "\342\202\254"},
    {"x-unknown", "\201", FFFD},
    {"'iso-8859-2'", "\261", "\304\205"},
    {"iso-8859-2,text/html", "\261", "\304\205"},
    {" \"iso-8859-2\"; x", "\261", "\304\205"},
    {"big5", "\xc6\xe7\xc7\x7b \xc6\xa1 \xc7\xf3\xc7\xf9\xc8\x40\xa4\xa4",
	"\u3041\u30a1 \u2460 \u0410\u0401\u041b\u4e2d"},
    {"win-1251", "\317", "\320\237"},
    {"dos-850", "\201", "\303\274"},
    {"iso-ir-111", "\320", "\320\277"},
    {"unknown-8bit", "\342\202", "\303\242\342\200\232"},
    {"no such charset", "caf\351", "caf\303\251"},
    {"utf-8//TRANSLIT", "\351", "\303\251"},
    {"../../tmp/x", "\351", "\303\251"},
    {"----", "\351", "\303\251"},
    {"iso-8859-1", "caf\351 \223\224", "caf\303\251 \342\200\234\342\200\235"},
    {"ISO_8859-1:1987", "\351", "\303\251"},
    {"latin1", "\215", FFFD},
    {"windows-1252", "\200\201\377", "\342\202\254" FFFD "\303\277"},
    {"iso-8859-15", "\244", "\342\202\254"},
    {"iso-8859-9", "\375", "\304\261"},
    {"iso-8859-8-i", "\340", "\327\220"},
    {"windows-1251", "\317\360\350", "\320\237\321\200\320\270"},
    {"cp1251", "\317", "\320\237"},
    {"x-cp1251", "\317", "\320\237"},
    {"koi8-r", "\360", "\320\237"},
    {"gb2312", "\304\343\272\303", "\344\275\240\345\245\275"},
    {"x-gbk", "\304\343", "\344\275\240"},
    {"gb18030", "\201\060\201\060", "\302\200"},
    {"big5", "\247A", "\344\275\240"},
    {"shift_jis", "\202\240\\", "\343\201\202\\"},
    {"Shift_JIS", "\207@", "\342\221\240"},
    {"euc-jp", "\244\242", "\343\201\202"},
    {"iso-2022-jp", "\033$B$\"$$\033(Bx", "\343\201\202\343\201\204x"},
    {"iso-2022-jp", "\033$B$\"", "\343\201\202"},
    {"iso-2022-jp", "\033$B-!F|\033(Bx", "\342\221\240\346\227\245x"},
    {"cp50221", "\033$By!\033(I1\033(B\\",
	"\347\272\212\357\275\261\\"},
    {"iso-2022-jp", "\033$B)!)!F|\033(Bx", FFFD "\346\227\245x"},
    {"iso-2022-jp", "\033$B-!F\033(Bx", "\342\221\240" FFFD "x"},
    {"ks_c_5601-1987", "\260\241", "\352\260\200"},
    {"euc-kr", "\201A", "\352\260\202"},
    {"utf-7", "Hi +Jjo-!", "Hi \342\230\272!"},
    {"utf-7", "+Jjo", "\342\230\272"},
    {"utf-7", "+2D3eAA-x", "\360\237\230\200x"},
    {"utf-16be", "", ""},
    {"euc-kr", "\260", FFFD},
    {"gb2312", "a\377\377\377b", "a" FFFD "b"},
    {"shift_jis", "\202", FFFD},
    {"iso-2022-jp", "a\377b", "a" FFFD "b"},
};

/* The same whether pushed whole or in pieces of any size. */
START_TEST(converts)
{
	const struct row *row = &rows[_i];
	struct span in = span_of(row->in);
	struct charset c;
	struct buf out = {0};

	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		buf_cut(&out, 0);
		charset_open(&c, span_of(row->charset));
		for (size_t off = 0; off < in.n; off += piece)
			charset_push(&c, span_sub(in, off, piece), &out);
		charset_close(&c, &out);
		ck_assert_msg(strcmp(buf_cstr(&out), row->out) == 0,
		    "%s in %zus: %s: got %s, not %s", row->charset, piece,
		    row->in, buf_cstr(&out), row->out);
		ck_assert_int_eq(c.replaced,
		    strstr(row->out, FFFD) != NULL);
		ck_assert_uint_eq(c.held.cap, 0);
	}
	buf_cut(&out, 0);
	charset_to_utf8(in, span_of(row->charset), &out);
	ck_assert_str_eq(buf_cstr(&out), row->out);
	buf_free(&out);
}
END_TEST

START_TEST(utf16_goes_on_after_a_lone_surrogate)
{
	struct buf out = {0};

	charset_to_utf8(SPAN("\330\000\000a\000b\000"), SPAN("utf-16be"),
	    &out);
	ck_assert_str_eq(buf_cstr(&out), FFFD "ab" FFFD);
	buf_cut(&out, 0);
	charset_to_utf8(SPAN("\376\377\000a"), SPAN("UTF-16"), &out);
	ck_assert_str_eq(buf_cstr(&out), "a");
	buf_free(&out);
}
END_TEST

/* Every name that the table maps to iconv's is one that iconv has. */
START_TEST(known_charsets_open)
{
	static const char *const names[] = {"armscii-8", "big5-hkscs",
	    "cp437", "cp850", "cp866", "euc-tw", "euc-kr", "gbk", "gb18030",
	    "iso-2022-jp", "iso-2022-kr", "iso-8859-2", "iso-8859-16",
	    "johab", "koi8-u", "macintosh", "tis-620", "utf-16le", "utf-32",
	    "utf-7", "viscii", "windows-1250", "windows-1258",
	    "windows-874", "windows-31j", "windows-936", "cp950"};
	struct buf out = {0};
	struct charset c;

	for (size_t i = 0; i < COUNT(names); i++) {
		charset_open(&c, span_of(names[i]));
		ck_assert_msg(c.way == CHARSET_ICONV, "%s", names[i]);
		charset_close(&c, &out);
	}
	ck_assert_uint_eq(out.n, 0);
	buf_free(&out);
}
END_TEST

START_TEST(a_pool_keeps_each_charset_once)
{
	struct charset_pool pool = {0};
	size_t n = 0;

	charset_keep(&pool, SPAN("koi8-r"));
	charset_keep(&pool, SPAN("KOI8-R"));
	charset_keep(&pool, SPAN("viscii"));
	charset_keep(&pool, SPAN("no-such-charset"));
	charset_keep(&pool, SPAN(""));
	for (size_t i = 0; i < COUNT(pool.kept); i++)
		n += pool.kept[i] != NULL;
	ck_assert_uint_eq(n, 2);
	charset_pool_free(&pool);
	for (size_t i = 0; i < COUNT(pool.kept); i++)
		ck_assert_ptr_null(pool.kept[i]);
}
END_TEST

START_TEST(names_from_mail_never_reach_iconv)
{
	static const char *const names[] = {"utf-16//IGNORE", "ISO-2022-CN-EXT",
	    "ISO-2022-JP-3", "IBM1364", "/etc/passwd", "utf-16/utf-8",
	    "utf-16 utf-8", "UCS-4-INTERNAL", "wchar_t", "char",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct buf out = {0};
	struct charset c;

	for (size_t i = 0; i < COUNT(names); i++) {
		charset_open(&c, span_of(names[i]));
		ck_assert_msg(c.way == CHARSET_GUESS, "%s", names[i]);
		charset_close(&c, &out);
	}
	charset_open(&c, SPAN("utf-16\0"));
	ck_assert_int_eq(c.way, CHARSET_GUESS);
	charset_close(&c, &out);
	buf_free(&out);
}
END_TEST

START_TEST(asks)
{
	ck_assert(charset_is_utf8(SPAN("")));
	ck_assert(charset_is_utf8(SPAN("0123456789abcdef\303\251")));
	ck_assert(!charset_is_utf8(SPAN("0123456789abcdef\303")));
	ck_assert(!charset_is_utf8(SPAN("\355\240\200")));
	ck_assert(charset_is_ascii(SPAN("0123456789\0\177")));
	ck_assert(!charset_is_ascii(SPAN("01234567\200")));
	ck_assert(!charset_is_ascii(SPAN("\200")));
}
END_TEST

START_TEST(plain_at_any_place)
{
	char text[21];

	memset(text, 'a', sizeof text);
	ck_assert(charset_is_plain(span_at(text, 0)));
	for (size_t n = 1; n < sizeof text; n++)
		for (unsigned c = 0; c < 256; c++) {
			text[n - 1] = (char)c;
			ck_assert_int_eq(charset_is_plain(span_at(text, n)),
			    c >= ' ' && c <= '~');
			ck_assert_int_eq(charset_is_plain(span_at(text,
			    sizeof text)), c >= ' ' && c <= '~');
			text[n - 1] = c % 2 == 0 ? ' ' : '~';
		}
}
END_TEST

START_TEST(chars)
{
	static const uint32_t wanted[] = {'a', 0xe9, 0x20ac, 0x1f600, 0xfffd,
	    'b', 0xfffd, 0xfffd};
	struct span s = SPAN("a\303\251\342\202\254\360\237\230\200\342\202"
			     "b\377\360");
	size_t off = 0;

	for (size_t i = 0; i < COUNT(wanted); i++)
		ck_assert_uint_eq(charset_char(s, &off), wanted[i]);
	ck_assert_uint_eq(off, s.n);
}
END_TEST

static const char *const lines[][3] = {
    {"", "", ""},
    {"plain", "plain", "plain"},
    {"a\tb\r\nc", "a b  c", "a\tb\nc"},
    {"a\rb", "a b", "a b"},
    {"\033[31m", FFFD "[31m", FFFD "[31m"},
    {"a\177b", "a" FFFD "b", "a" FFFD "b"},
    {"\302\205\302\237\302\240", FFFD FFFD "\302\240",
	FFFD FFFD "\302\240"},
    {"\342\200\250\342\200\251", FFFD FFFD, FFFD FFFD},
    {"\330\234\342\200\216\342\200\217", FFFD FFFD FFFD, FFFD FFFD FFFD},
    {"\342\200\252x\342\200\256", FFFD "x" FFFD, FFFD "x" FFFD},
    {"\342\201\246x\342\201\251", FFFD "x" FFFD, FFFD "x" FFFD},
    {"\342\200\260\342\201\252", "\342\200\260\342\201\252",
	"\342\200\260\342\201\252"},
    {"\360\220\200x", FFFD "x", FFFD "x"},
    {FFFD "\303\251\303", FFFD "\303\251" FFFD, FFFD "\303\251" FFFD},
};

START_TEST(shows)
{
	struct buf out = {0};

	charset_line(span_of(lines[_i][0]), &out);
	ck_assert_str_eq(buf_cstr(&out), lines[_i][1]);
	buf_cut(&out, 0);
	charset_lines(span_of(lines[_i][0]), &out);
	ck_assert_str_eq(buf_cstr(&out), lines[_i][2]);
	buf_cut(&out, 0);
	charset_line(SPAN("a\0b"), &out);
	ck_assert_str_eq(buf_cstr(&out), "a" FFFD "b");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("charset");

	unit_each(s, converts, COUNT(rows));
	unit_test(s, utf16_goes_on_after_a_lone_surrogate);
	unit_test(s, known_charsets_open);
	unit_test(s, a_pool_keeps_each_charset_once);
	unit_test(s, names_from_mail_never_reach_iconv);
	unit_test(s, asks);
	unit_test(s, plain_at_any_place);
	unit_test(s, chars);
	unit_each(s, shows, COUNT(lines));
	return unit_main(s);
}
