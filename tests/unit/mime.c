#include "mail/mime.h"
#include "unit/unit.h"

#define MULTI "Content-Type: multipart/mixed; boundary="

/* Each part is a line: its section number, its type and its body if a leaf. */
static void
shown(const struct mime *m, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++) {
		mime_index(m, i, out);
		buf_fmt(out, " %s", m->v[i].type);
		if (m->v[i].kind == MIME_LEAF) {
			buf_str(out, " [");
			buf_span(out, m->v[i].body);
			buf_char(out, ']');
		}
		buf_char(out, '\n');
	}
}

static const struct {
	const char *message, *want;
} trees[] = {
	{"", "1 text/plain []\n"},
	{"A: b\n\nhello\n", "1 text/plain [hello\n]\n"},
	{"hello\n", "1 text/plain [hello\n]\n"},
	{"Content-Type: text/html\n\n<p>", "1 text/html [<p>]\n"},
	{"Content-Type: a/\x01\n\nx", "1 text/plain [x]\n"},
	{"Content-Type: text\n\nx", "1 text/plain [x]\n"},
	{"Content-Type: a/b/c\n\nx", "1 text/plain [x]\n"},
	{"Content-Type: IMAGE/Png (c)\n\nx", "1 image/png [x]\n"},
	{MULTI "b\n\npre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n"
	       "--b--\npost\n",
	    "0 multipart/mixed\n1 text/plain [one]\n2 text/html [two]\n"},
	/* line ends of all kinds; the one before a delimiter is its own */
	{MULTI "b\r\n\r\n--b\r\n\r\none\r\n\r\n--b\n\ntwo\n\r\n--b--\r\n",
	    "0 multipart/mixed\n1 text/plain [one\r\n]\n"
	    "2 text/plain [two\n]\n"},
	{MULTI "b\n\n--b \t\r\n\none\n--b-- \n", "0 multipart/mixed\n"
	    "1 text/plain [one]\n"},
	{MULTI "\"b b \"\n\n--b b\n\none\n--b b--",
	    "0 multipart/mixed\n1 text/plain [one]\n"},
	/* nesting */
	{MULTI "a\n\n--a\n" MULTI "b\n\n--b\n\none\n--b\n\ntwo\n--b--\n--a\n\n"
	       "three\n--a--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n1.1 text/plain [one]\n"
	    "1.2 text/plain [two]\n2 text/plain [three]\n"},
	/* the inner one is never closed */
	{MULTI "a\n\n--a\n" MULTI "b\n\n--b\n\none\n--a\n\ntwo\n--a--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n1.1 text/plain [one]\n"
	    "2 text/plain [two]\n"},
	{MULTI "a\n\n--a\n" MULTI "b\n\n--b\n\none",
	    "0 multipart/mixed\n1 multipart/mixed\n1.1 text/plain [one]\n"},
	/* one boundary is the start of another */
	{MULTI "a\n\n--a\n" MULTI "ab\n\n--ab\n\none\n--ab--\n--a\n\ntwo\n"
	       "--a--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n1.1 text/plain [one]\n"
	    "2 text/plain [two]\n"},
	{MULTI "ab\n\n--ab\n" MULTI "a\n\n--a\n\none\n--a--\n--ab\n\ntwo\n"
	       "--ab--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n1.1 text/plain [one]\n"
	    "2 text/plain [two]\n"},
	{MULTI "a\n\n--ax\n--a x\n --a\n--a\n\none\n--ax\n--a--\n",
	    "0 multipart/mixed\n1 text/plain [one\n--ax]\n"},
	/* the same boundary twice */
	{MULTI "a\n\n--a\n" MULTI "a\n\n--a\n\none\n--a--\n--a\n\ntwo\n--a--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n1.1 text/plain [one]\n"
	    "2 text/plain [two]\n"},
	/* the last delimiter again, and parts after it */
	{MULTI "a\n\n--a\n\none\n--a--\n--a--\n--a\n\nno part\n--a--\n",
	    "0 multipart/mixed\n1 text/plain [one]\n"},
	{MULTI "a\n\n--a--\n\none\n",
	    "1 multipart/mixed [--a--\n\none\n]\n"},
	{MULTI "a\n\nno delimiter\n",
	    "1 multipart/mixed [no delimiter\n]\n"},
	{"Content-Type: multipart/mixed\n\n--a\n\none\n--a--\n",
	    "1 multipart/mixed [--a\n\none\n--a--\n]\n"},
	{MULTI "\"\"\n\n--\n\none\n----\n",
	    "1 multipart/mixed [--\n\none\n----\n]\n"},
	/* headers that end early */
	{MULTI "a\n\n--a\n--a\nContent-Type: text/html\n--a\nno header\n--a--",
	    "0 multipart/mixed\n1 text/html []\n"
	    "2 text/plain [no header]\n"},
	{MULTI "a\n--a\n\none\n--a--\n",
	    "0 multipart/mixed\n1 text/plain [one]\n"},
	{MULTI "a\nno field\n--a\nA: b\nbody\n\n--a\nA: b\nbody\n--a\n--a--",
	    "0 multipart/mixed\n1 text/plain [body\n]\n2 text/plain [body]\n"},
	{"Content-Type: text/html\nno empty line\nbody",
	    "1 text/html [no empty line\nbody]\n"},
	{"Content-Type: text/html\nno field\n\nbody", "1 text/html [body]\n"},
	{MULTI "a\n\n--a\n\n--a--", "0 multipart/mixed\n1 text/plain []\n"},
	/* an encoding does not hide the parts of a multipart */
	{"Content-Transfer-Encoding: base64\n" MULTI
	 "a\n\n--a\n\none\n--a--\n",
	    "0 multipart/mixed\n1 text/plain [one]\n"},
	/* messages in messages */
	{MULTI "a\n\n--a\n\none\n--a\nContent-Type: message/rfc822\n\n"
	       "Subject: x\n\ntwo\n--a--\n",
	    "0 multipart/mixed\n1 text/plain [one]\n2 message/rfc822\n"
	    "2.1 text/plain [two]\n"},
	{MULTI "a\n\n--a\nContent-Type: message/rfc822\n\n" MULTI
	       "b\n\n--b\n\none\n--b\n\ntwo\n--b--\n--a\n\nthree\n--a--\n",
	    "0 multipart/mixed\n1 message/rfc822\n1.0 multipart/mixed\n"
	    "1.1 text/plain [one]\n1.2 text/plain [two]\n"
	    "2 text/plain [three]\n"},
	{"Content-Type: message/rfc822\n\nContent-Type: message/global\n\n"
	 "Subject: x\n\none",
	    "1 message/rfc822\n1.1 message/global\n1.1.1 text/plain [one]\n"},
	{"Content-Type: message/rfc822\n\n" MULTI "a\n\n--a\n\none\n--a--",
	    "1 message/rfc822\n1.0 multipart/mixed\n1.1 text/plain [one]\n"},
	{"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
	 "QTogYg==",
	    "1 message/rfc822 [QTogYg==]\n"},
	{"Content-Type: message/delivery-status\n\nA: b\n",
	    "1 message/delivery-status [A: b\n]\n"},
	{MULTI "a\n\n--a\nContent-Type: message/rfc822\n\n--a--",
	    "0 multipart/mixed\n1 message/rfc822\n1.1 text/plain []\n"},
	{MULTI "a\n\n--a\nContent-Type: message/rfc822\n--a--",
	    "0 multipart/mixed\n1 message/rfc822\n1.1 text/plain []\n"},
	/* the outer multipart ends inside the inner message's header */
	{MULTI "a\n\n--a\nContent-Type: message/rfc822\n\nSubject: x\n--a\n\n"
	       "two\n--a--",
	    "0 multipart/mixed\n1 message/rfc822\n1.1 text/plain []\n"
	    "2 text/plain [two]\n"},
	/* RFC 2046, section 5.1.5 */
	{"Content-Type: multipart/digest; boundary=d\n\n--d\n\nFrom: a\n\none\n"
	 "--d\nContent-Type: text/plain\n\ntwo\n--d--\n",
	    "0 multipart/digest\n1 message/rfc822\n1.1 text/plain [one]\n"
	    "2 text/plain [two]\n"},
	/* an mbox's line, empty lines before the header */
	{"From a Mon\nContent-Type: text/html\n\nx", "1 text/html [x]\n"},
	{"From a Mon\n\nContent-Type: text/html\n\nx", "1 text/html [x]\n"},
	{"\n\nContent-Type: text/html\n\nx", "1 text/html [x]\n"},
	{">From a Mon\nContent-Type: text/html\n\nx", "1 text/html [x]\n"},
	{"\nno header\n\nat all\n", "1 text/plain [no header\n\nat all\n]\n"},
	{"Content-Type: text/html\nContent-Type: text/plain\n\nx",
	    "1 text/html [x]\n"},
};

START_TEST(tree_is)
{
	struct mime m;
	struct buf got = {0};
	struct err e = {0};

	ck_assert_int_eq(mime_parse(span_of(trees[_i].message), &m, &e), 0);
	shown(&m, &got);
	unit_span(buf_view(&got), trees[_i].want);
	mime_free(&m);
	buf_free(&got);
}
END_TEST

static const struct {
	const char *message, *want;
} files[] = {
	{"A: b\n\nx\nbegin 644 a\n#0V%T\n`\nend\ny\n",
	    "1 text/plain [x\nbegin 644 a\n#0V%T\n`\nend\ny\n]\n"
	    "1.1 application/octet-stream [begin 644 a\n#0V%T\n`\nend\n]\n"},
	{MULTI "a\r\n\r\n--a\r\n\r\nbegin 644 a\r\nend\r\nbegin 644 b\r\nend"
	       "\r\n--a--",
	    "0 multipart/mixed\n"
	    "1 text/plain [begin 644 a\r\nend\r\nbegin 644 b\r\nend]\n"
	    "1.1 application/octet-stream [begin 644 a\r\nend\r\n]\n"
	    "1.2 application/octet-stream [begin 644 b\r\nend]\n"},
	/* no file: prose, no end, no text, an encoding */
	{"A: b\n\nbegin 644 a\nprose\nend\n",
	    "1 text/plain [begin 644 a\nprose\nend\n]\n"},
	{"A: b\n\nbegin 644 a\n`\n", "1 text/plain [begin 644 a\n`\n]\n"},
	{"Content-Type: a/b\n\nbegin 644 a\nend\n",
	    "1 a/b [begin 644 a\nend\n]\n"},
	{"Content-Transfer-Encoding: base64\n\nbegin 644 a\nend\n",
	    "1 text/plain [begin 644 a\nend\n]\n"},
};

START_TEST(files_are_parts)
{
	struct mime m;
	struct mime_about about;
	struct buf got = {0};
	struct err e = {0};
	enum mime_section what;
	size_t part;

	ck_assert_int_eq(mime_parse_uu(span_of(files[_i].message), &m, &e), 0);
	shown(&m, &got);
	unit_span(buf_view(&got), files[_i].want);
	if (mime_find(&m, SPAN("1.1"), &part, &what, &e) == 0) {
		ck_assert_int_eq(mime_about(&m.v[part], &about, &e), 0);
		unit_span(about.filename, "a");
		mime_about_free(&about);
	}
	mime_free(&m);
	buf_free(&got);
}
END_TEST

static const char forwarded[] =
    "Subject: outer\r\n" MULTI "a\r\n\r\n"
    "--a\r\nContent-ID: <1>\r\n\r\none\r\n"
    "--a\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: inner\r\n" MULTI "b\r\n\r\n--b\r\n\r\ntwo\r\n--b\r\n\r\nthree"
    "\r\n--b--\r\n\r\n"
    "--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: single\r\n\r\nfour"
    "\r\n--a--\r\n";

static const struct {
	const char *section;
	const char *want; /* NULL: there is none; else how it begins and ends */
	const char *ends;
} sections[] = {
	{"0", "Subject: outer", "--a--\r\n"},
	{"1", "Content-ID", "one"},
	{"2", "Content-Type: message", "--b--\r\n"},
	{"2.0", "Subject: inner", "--b--\r\n"},
	{"2.1", "\r\ntwo", "two"},
	{"2.2", "\r\nthree", "three"},
	{"3", "Content-Type: message", "four"},
	{"3.0", "Subject: single", "four"},
	{"3.1", "Subject: single", "four"},
	{"HEADER", "Subject: outer", "=a\r\n"},
	{"header", "Subject: outer", "=a\r\n"},
	{"TEXT", "--a", "--a--\r\n"},
	{"0.MIME", "Subject: outer", "=a\r\n"},
	{"1.MIME", "Content-ID", "<1>\r\n"},
	{"2.MIME", "Content-Type", "rfc822\r\n"},
	{"2.HEADER", "Subject: inner", "=b\r\n"},
	{"2.TEXT", "--b", "--b--\r\n"},
	{"3.HEADER", "Subject: single", "single\r\n"},
	{"3.TEXT", "four", "four"},
	{"", NULL, NULL},
	{"4", NULL, NULL},
	{"00", "Subject: outer", "--a--\r\n"},
	{"1.1", NULL, NULL},
	{"1.0", NULL, NULL},
	{"0.1", NULL, NULL},
	{"2.0.1", NULL, NULL},
	{"2.3", NULL, NULL},
	{"3.2", NULL, NULL},
	{"3.1.1", NULL, NULL},
	{"1.HEADER", NULL, NULL},
	{"MIME", NULL, NULL},
	{"HEADER.1", NULL, NULL},
	{"1.", NULL, NULL},
	{".1", NULL, NULL},
	{"1..1", NULL, NULL},
	{"-1", NULL, NULL},
	{"99999999999999999999", NULL, NULL},
	{"1 ", NULL, NULL},
	{"nothing", NULL, NULL},
};

START_TEST(sections_are_numbers_and_a_name)
{
	static const char *const good[] = {"0", "1", "1.2.3", "HEADER", "text",
	    "1.MIME", "2.0.Header", "99999999999999999999"};
	static const char *const bad[] = {"", ".", "1.", ".1", "1..1", "1 ",
	    "-1", "x", "1.x", "HEADER.1", "HEADER."};

	for (size_t i = 0; i < COUNT(good); i++)
		ck_assert_msg(mime_is_section(span_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!mime_is_section(span_of(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(section_is)
{
	struct mime m;
	struct err e = {0};
	struct span got;
	size_t part;
	enum mime_section what;
	int status;

	ck_assert_int_eq(mime_parse(span_of(forwarded), &m, &e), 0);
	status = mime_find(&m, span_of(sections[_i].section), &part, &what, &e);
	if (sections[_i].want == NULL) {
		ck_assert_int_eq(status, -1);
		ck_assert_int_eq(e.kind, ERR_NOINPUT);
	} else {
		ck_assert_msg(status == 0, "%s", e.text);
		got = what == MIME_PART	    ? m.v[part].raw
		    : what == MIME_HEADER ? m.v[part].header
					    : m.v[part].body;
		unit_span(span_sub(got, 0, strlen(sections[_i].want)),
		    sections[_i].want);
		ck_assert(span_ends(got, span_of(sections[_i].ends)));
	}
	mime_free(&m);
}
END_TEST

START_TEST(single_part_is_one_and_whole)
{
	struct mime m;
	struct err e = {0};
	size_t part = 9;
	enum mime_section what;

	ck_assert_int_eq(mime_parse(SPAN("A: b\n\nc"), &m, &e), 0);
	ck_assert_int_eq(mime_find(&m, SPAN("1"), &part, &what, &e), 0);
	ck_assert_uint_eq(part, 0);
	ck_assert_int_eq(mime_find(&m, SPAN("0"), &part, &what, &e), 0);
	ck_assert_uint_eq(part, 0);
	unit_span(m.v[0].raw, "A: b\n\nc");
	ck_assert_int_eq(mime_find(&m, SPAN("2"), &part, &what, &e), -1);
	ck_assert_str_eq(e.text, "no part '2'");
	mime_free(&m);
}
END_TEST

static const struct {
	const char *header, *charset, *filename; /* NULL: absent */
} abouts[] = {
	{"A: b\n", NULL, NULL},
	{"Content-Type: text/plain; charset=x; name=y\n", "x", "y"},
	{"Content-Type: text/plain; name=y\n"
	 "Content-Disposition: attachment; filename=z\n", NULL, "z"},
	{"Content-Type: text/plain; name=y\n"
	 "Content-Disposition: attachment; filename=\"\"\n", NULL, "y"},
	{"Content-Disposition: attachment; filename*=utf-8''%C3%A9\n", NULL,
	    "\xc3\xa9"},
};

START_TEST(about_is)
{
	struct mime m;
	struct mime_about a;
	struct err e = {0};

	ck_assert_int_eq(mime_parse(span_of(abouts[_i].header), &m, &e), 0);
	ck_assert_int_eq(mime_about(&m.v[0], &a, &e), 0);
	ck_assert_int_eq(a.charset.p == NULL, abouts[_i].charset == NULL);
	ck_assert_int_eq(a.filename.p == NULL, abouts[_i].filename == NULL);
	if (abouts[_i].charset != NULL)
		unit_span(a.charset, abouts[_i].charset);
	if (abouts[_i].filename != NULL)
		unit_span(a.filename, abouts[_i].filename);
	mime_about_free(&a);
	mime_free(&m);
}
END_TEST

/* Parsing what make puts together fails and says why. */
static void
breaks(struct buf *in, const char *why)
{
	struct mime m;
	struct err e = {0};

	ck_assert_int_eq(mime_parse(buf_view(in), &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	ck_assert_str_eq(e.text, why);
	mime_free(&m);
	buf_free(in);
}

START_TEST(depth_is_limited)
{
	struct mime m;
	struct buf in = {0}, index = {0};
	struct err e = {0};

	for (int i = 0; i < MIME_DEPTH_MAX; i++)
		buf_fmt(&in, "%sb%d\n\n--b%d\n", MULTI, i, i);
	buf_str(&in, "\nx");
	ck_assert_int_eq(mime_parse(buf_view(&in), &m, &e), 0);
	ck_assert_uint_eq(m.n, MIME_DEPTH_MAX + 1);
	mime_index(&m, MIME_DEPTH_MAX, &index);
	ck_assert_uint_eq(index.n, 2 * MIME_DEPTH_MAX - 1);
	mime_free(&m);
	buf_free(&index);
	buf_free(&in);
	for (int i = 0; i < 100000; i++)
		buf_fmt(&in, "%sb%d\n\n--b%d\n", MULTI, i, i);
	breaks(&in, "parts nest over 200 deep");
	for (int i = 0; i < 100000; i++)
		buf_str(&in, "Content-Type: message/rfc822\n\n");
	breaks(&in, "parts nest over 200 deep");
}
END_TEST

START_TEST(parts_are_limited)
{
	struct mime m;
	struct buf in = {0};
	struct err e = {0};

	buf_str(&in, MULTI "b\n\n");
	for (int i = 1; i < MIME_PARTS_MAX; i++)
		buf_str(&in, "--b\n\nx\n");
	ck_assert_int_eq(mime_parse(buf_view(&in), &m, &e), 0);
	ck_assert_uint_eq(m.n, MIME_PARTS_MAX);
	ck_assert_uint_eq(m.v[m.n - 1].number, MIME_PARTS_MAX - 1);
	mime_free(&m);
	buf_str(&in, "--b\n\nx\n");
	breaks(&in, "over 100000 parts");
}
END_TEST

START_TEST(headers_are_limited)
{
	struct buf in = {0};

	for (int i = 0; i <= MIME_FIELDS_MAX; i++)
		buf_str(&in, "A:\n");
	breaks(&in, "a header has over 10000 fields");
	buf_str(&in, "A: ");
	while (in.n <= MIME_HEADER_MAX)
		buf_str(&in, "some words that go on and on ");
	breaks(&in, "a header has over 4194304 bytes");
	buf_str(&in, "Content-Type: text/plain");
	for (int i = 0; i <= PARAM_MAX; i++)
		buf_str(&in, "; a=b");
	breaks(&in, "a field has over 1000 parameters");
}
END_TEST

/* Many delimiters deep inside others, none of which is theirs. */
START_TEST(delimiters_are_linear)
{
	struct mime m;
	struct buf in = {0};
	struct err e = {0};

	for (int i = 0; i < MIME_DEPTH_MAX; i++)
		buf_fmt(&in, "%sb%d\n\n--b%d\n", MULTI, 1000 + i, 1000 + i);
	while (in.n < 1 << 20)
		buf_str(&in, "--b1xxx\n");
	ck_assert_int_eq(mime_parse(buf_view(&in), &m, &e), 0);
	ck_assert_uint_eq(m.n, MIME_DEPTH_MAX + 1);
	mime_free(&m);
	buf_free(&in);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mime");

	unit_each(s, tree_is, COUNT(trees));
	unit_each(s, files_are_parts, COUNT(files));
	unit_test(s, sections_are_numbers_and_a_name);
	unit_each(s, section_is, COUNT(sections));
	unit_test(s, single_part_is_one_and_whole);
	unit_each(s, about_is, COUNT(abouts));
	unit_test(s, depth_is_limited);
	unit_test(s, parts_are_limited);
	unit_test(s, headers_are_limited);
	unit_test(s, delimiters_are_linear);
	return unit_main(s);
}
