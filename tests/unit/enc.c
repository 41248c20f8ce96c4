#include "text/enc.h"
#include "unit/unit.h"

struct row {
	const char *in, *out;
	bool damaged;
};

/* Decodes in pieces of at most so many bytes. */
static void
decode(enum enc enc, struct span in, size_t piece, struct enc_stream *st,
    struct buf *out)
{
	*st = (struct enc_stream){.enc = enc};
	for (size_t off = 0; off < in.n; off += piece)
		enc_decode(st, span_sub(in, off, piece), out);
	enc_decode_end(st, out);
}

static void
check_row(enum enc enc, const struct row *row)
{
	struct enc_stream st;
	struct buf out = {0};

	for (size_t piece = 1; piece <= strlen(row->in) + 1; piece++) {
		buf_cut(&out, 0);
		decode(enc, span_of(row->in), piece, &st, &out);
		ck_assert_msg(strcmp(buf_cstr(&out), row->out) == 0 &&
			st.damaged == row->damaged,
		    "\"%s\" in %zus is \"%s\" (%d), not \"%s\" (%d)", row->in,
		    piece, buf_cstr(&out), st.damaged, row->out, row->damaged);
		ck_assert_uint_eq(st.held.cap, 0);
	}
	buf_free(&out);
}

static const struct row base64_rows[] = {
    {"", "", false},
    {"Zg==", "f", false},
    {"Zm8=", "fo", false},
    {"Zm9v", "foo", false},
    {"Zm9vYg==", "foob", false},
    {"Zm9vYmFy\nZm9vYmFy\r\n", "foobarfoobar", false},
    {" Zm9\tv ", "foo", false},
    {"Zm9v!Ym?Fy", "foobar", true},
    {"Zm9vYg", "foob", true},
    {"Zm9vYmE", "fooba", true},
    {"Zm9vY", "foo", true},
    {"Zm9v=", "foo", true},
    {"=", "", true},
    {"Zg==\n", "f", false},
    {"Zg==Zm8=", "ffo", true},
    {"Zg==\nZm9v\n", "ffoo", true},
    {"Z===", "", true},
    {"Zg=\n=", "f", false},
    {"\303\251Zm9v", "foo", true},
};

START_TEST(base64_decodes)
{
	check_row(ENC_BASE64, &base64_rows[_i]);
}
END_TEST

static const struct row qp_rows[] = {
    {"", "", false},
    {"plain", "plain", false},
    {"caf=C3=A9", "caf\303\251", false},
    {"caf=c3=a9", "caf\303\251", false},
    {"a=3Db", "a=b", false},
    {"one=\ntwo", "onetwo", false},
    {"one=\r\ntwo", "onetwo", false},
    {"one= \t\r\ntwo", "onetwo", false},
    {"one \t\ntwo", "one\ntwo", false},
    {"one  \r\ntwo", "one\r\ntwo", false},
    {"one=20\ntwo", "one \ntwo", false},
    {"one =\ntwo", "one two", false},
    {"a  b c", "a  b c", false},
    {"end  ", "end", false},
    {"end=", "end", true},
    {"end= ", "end", true},
    {"a=Zb", "a=Zb", true},
    {"a=4", "a=4", true},
    {"a=4\nb", "a=4\nb", true},
    {"a=4=41", "a=4A", true},
    {"a==41", "a=A", true},
    {"a= b", "a= b", true},
    {"a= =41", "a= A", true},
    {"a\rb", "a\rb", false},
    {"a \r b", "a \r b", false},
    {"a=\rb", "a=\rb", true},
    {"a\r\r\nb", "a\r\r\nb", false},
    {"a\r", "a\r", false},
    {"=0D=0A", "\r\n", false},
    {"\303\251", "\303\251", false},
};

START_TEST(qp_decodes)
{
	check_row(ENC_QP, &qp_rows[_i]);
}
END_TEST

static const struct row uu_rows[] = {
    {"", "", false},
    {"begin 644 a\n#0V%T\n`\nend\n", "Cat", false},
    {"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", "Cat", false},
    {"begin 0755 a b\n!0P``\n\"0V$`\n \nend", "CCa", false},
    {"begin 644 a\n!0P\n$0V%T<P\n\nend \n", "CCats", false},
    {"begin 644 a\n$(\"\" (\n\nend\n", "  \200 ", false},
    {"begin 644 a\n&(\"\" (\"\" x\nend\n", "  \200  \200", false},
    {"a text\n\nbegin 644 a\n!0P``\nend\nof it\n", "C", false},
    {"begin the day\n!0P``\nbegin 644 a\n!1```\nend\n", "D", false},
    {"begin 644 a\n!0P``\nend\nbegin 600 b\n!1```\nend\n", "CD", false},
    {"begin 644 a\nlost\n!0P``\nend\n", "C", true},
    {"begin 644 a\n!0P``\n", "C", true},
    {"begin 644 a\n#0V%T", "Cat", true},
    {"begin 644 a\n#0v%t\nend\n", "AaT", true},
    {"no begin\n#0V%T\nend\n", "", false},
};

START_TEST(uu_decodes)
{
	check_row(ENC_UU, &uu_rows[_i]);
}
END_TEST

/* Every byte, in lines as long as they get; and a line that is too long. */
START_TEST(uu_comes_back)
{
	static const char head[] = "begin 644 a\n", tail[] = "`\nend\n";
	struct buf in = {0}, out = {0}, want = {0};
	struct enc_stream st;
	unsigned char all[45 * 6];

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (unsigned char)(i * 7);
	buf_str(&in, head);
	for (size_t i = 0; i < sizeof all; i += 3) {
		uint32_t bits = (uint32_t)all[i] << 16 | all[i + 1] << 8 |
		    all[i + 2];

		if (i % 45 == 0)
			buf_str(&in, "M");
		for (int shift = 18; shift >= 0; shift -= 6)
			buf_char(&in, (char)((bits >> shift & 63) == 0
				? '`' : ' ' + (bits >> shift & 63)));
		if (i % 45 == 42)
			buf_str(&in, "\n");
	}
	buf_span(&want, span_at(all, sizeof all));
	buf_str(&in, "#0V%T");
	buf_str(&want, "Cat");
	for (int i = 0; i < 1000; i++)
		buf_char(&in, 'x');
	buf_char(&in, '\n');
	buf_str(&in, tail);
	for (size_t piece = 1; piece < 70; piece++) {
		decode(ENC_UU, buf_view(&in), piece, &st, &out);
		unit_bytes(buf_view(&out), want.p, want.n);
		ck_assert(!st.damaged);
		buf_cut(&out, 0);
	}
	buf_free(&in);
	buf_free(&out);
	buf_free(&want);
}
END_TEST

START_TEST(identity_decodes)
{
	struct row row = {"Zm9v =\r\n", "Zm9v =\r\n", false};

	check_row(ENC_NONE, &row);
	check_row(ENC_UNKNOWN, &row);
}
END_TEST

/* No line makes the decoder hold back more than a bound. */
START_TEST(qp_holds_little)
{
	struct enc_stream st = {.enc = ENC_QP};
	struct buf out = {0};
	size_t most = 0;

	for (int i = 0; i < 100000; i++) {
		enc_decode(&st, SPAN(" "), &out);
		most = st.held.n > most ? st.held.n : most;
	}
	enc_decode_end(&st, &out);
	ck_assert_uint_le(most, 1000);
	ck_assert_uint_ge(out.n, 99000);
	buf_free(&out);
}
END_TEST

START_TEST(encodings_are_named)
{
	static const struct {
		const char *value;
		enum enc enc;
	} rows[] = {
	    {"base64", ENC_BASE64}, {" BASE64 ", ENC_BASE64},
	    {"base64 (really)", ENC_BASE64}, {"\"base64\"", ENC_BASE64},
	    {"base64;", ENC_BASE64}, {"Quoted-Printable", ENC_QP},
	    {"", ENC_NONE}, {"7bit", ENC_NONE}, {"8BIT", ENC_NONE},
	    {"binary\r\n", ENC_NONE}, {"x-yencode", ENC_UNKNOWN},
	    {"base64x", ENC_UNKNOWN}, {"X-UUencode", ENC_UU},
	    {"uuencode", ENC_UU}, {"x-uue", ENC_UU}};

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(enc_named(span_of(rows[i].value)) == rows[i].enc,
		    "%s", rows[i].value);
}
END_TEST

START_TEST(base64_encodes)
{
	static const char *const rows[][2] = {{"", ""}, {"f", "Zg=="},
	    {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\377\376\375", "//79"}};
	struct buf out = {0};

	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_cut(&out, 0);
		enc_base64(span_of(rows[i][0]), &out);
		ck_assert_str_eq(buf_cstr(&out), rows[i][1]);
	}
	buf_free(&out);
}
END_TEST

/* All bytes, all lengths: lines of at most 76, and the same back. */
START_TEST(base64_lines_come_back)
{
	unsigned char bytes[300];
	struct buf lines = {0}, back = {0};
	struct enc_stream st;
	struct span rest, line;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 7);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		buf_cut(&lines, 0);
		buf_cut(&back, 0);
		enc_base64_lines(span_at(bytes, n), &lines);
		rest = buf_view(&lines);
		while (span_line(&rest, &line) == 1)
			ck_assert_uint_le(line.n, 76);
		ck_assert(n == 0 || lines.p[lines.n - 1] == '\n');
		decode(ENC_BASE64, buf_view(&lines), n + 1, &st, &back);
		unit_bytes(buf_view(&back), (const char *)bytes, n);
		ck_assert(!st.damaged);
	}
	buf_free(&lines);
	buf_free(&back);
}
END_TEST

static const char *const qp_texts[][2] = {
    {"", ""},
    {"plain\n", "plain\n"},
    {"no end", "no end"},
    {"blank \n", "blank=20\n"},
    {"tab\t\nx", "tab=09\nx"},
    {"end ", "end=20"},
    {"a b\tc\n", "a b\tc\n"},
    {"1=2\n", "1=3D2\n"},
    {"From me\n", "=46rom me\n"},
    {"Fromage\n", "Fromage\n"},
    {".\n", "=2E\n"},
    {"a\r\n", "a=0D\n"},
    {"caf\303\251\n", "caf=C3=A9\n"},
    {"\033[m\177\n", "=1B[m=7F\n"},
};

START_TEST(qp_encodes)
{
	struct buf out = {0};

	enc_qp_lines(span_of(qp_texts[_i][0]), &out);
	ck_assert_str_eq(buf_cstr(&out), qp_texts[_i][1]);
	buf_free(&out);
}
END_TEST

/* Each length around the fold, with what may stand at a fold. */
START_TEST(qp_lines_come_back)
{
	static const char *const tails[] = {"x", "=", " ", ".", "From x",
	    "\303\251", "  "};
	struct buf text = {0}, lines = {0}, back = {0};
	struct span rest, line;
	struct enc_stream st;

	for (size_t n = 60; n < 170; n++) {
		buf_cut(&text, 0);
		buf_cut(&lines, 0);
		buf_cut(&back, 0);
		for (size_t i = 0; i < n; i++)
			buf_char(&text, 'a');
		buf_str(&text, tails[_i]);
		buf_str(&text, "\n.");
		enc_qp_lines(buf_view(&text), &lines);
		rest = buf_view(&lines);
		while (span_line(&rest, &line) == 1) {
			ck_assert_uint_le(line.n, 76);
			ck_assert_uint_gt(line.n, 0);
			ck_assert(!ascii_blank(line.p[line.n - 1]));
			ck_assert(line.p[0] != '.');
			ck_assert(!span_starts(line, SPAN("From ")));
		}
		decode(ENC_QP, buf_view(&lines), 7, &st, &back);
		unit_bytes(buf_view(&back), text.p, text.n);
		ck_assert(!st.damaged);
	}
	buf_free(&text);
	buf_free(&lines);
	buf_free(&back);
}
END_TEST

START_TEST(unbase64_is_strict)
{
	static const char *const good[][2] = {{"", ""}, {"Zg==", "f"},
	    {"Zm8=", "fo"}, {"Zm9v", "foo"}};
	static const char *const bad[] = {"Zg", "Zg=", "Zg===", "====",
	    "Zm9v\n", " Zm9v", "Zh==", "Zm9=", "Z=m9", "Zm9v====", "Zm!v",
	    "=", "A==="};
	struct buf out = {0};

	for (size_t i = 0; i < COUNT(good); i++) {
		buf_cut(&out, 0);
		ck_assert(enc_unbase64(span_of(good[i][0]), &out));
		ck_assert_str_eq(buf_cstr(&out), good[i][1]);
	}
	buf_cut(&out, 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(!enc_unbase64(span_of(bad[i]), &out), "%s",
		    bad[i]);
		ck_assert_uint_eq(out.n, 0);
	}
	buf_free(&out);
}
END_TEST

START_TEST(percent)
{
	struct buf out = {0}, back = {0};
	char all[256];

	enc_percent(SPAN("a b/c%~._-\303\251"), "/", &out);
	ck_assert_str_eq(buf_cstr(&out), "a%20b/c%25~._-%C3%A9");
	ck_assert(enc_unpercent(SPAN("%41%c3%A9+"), &back));
	ck_assert_str_eq(buf_cstr(&back), "A\303\251+");
	ck_assert(!enc_unpercent(SPAN("%"), &back));
	ck_assert(!enc_unpercent(SPAN("%4"), &back));
	ck_assert(!enc_unpercent(SPAN("%4g"), &back));
	ck_assert(!enc_unpercent(SPAN("a%00"), &back));
	buf_cut(&out, 0);
	buf_cut(&back, 0);
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	enc_percent(span_at(all + 1, sizeof all - 1), "", &out);
	ck_assert(enc_unpercent(buf_view(&out), &back));
	unit_bytes(buf_view(&back), all + 1, sizeof all - 1);
	buf_cut(&out, 0);
	enc_percent(span_at(all, 1), "", &out);
	ck_assert_str_eq(buf_cstr(&out), "%00");
	buf_free(&out);
	buf_free(&back);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("enc");

	unit_each(s, base64_decodes, COUNT(base64_rows));
	unit_each(s, qp_decodes, COUNT(qp_rows));
	unit_each(s, uu_decodes, COUNT(uu_rows));
	unit_test(s, uu_comes_back);
	unit_test(s, identity_decodes);
	unit_test(s, qp_holds_little);
	unit_test(s, encodings_are_named);
	unit_test(s, base64_encodes);
	unit_test(s, base64_lines_come_back);
	unit_each(s, qp_encodes, COUNT(qp_texts));
	unit_each(s, qp_lines_come_back, 7);
	unit_test(s, unbase64_is_strict);
	unit_test(s, percent);
	return unit_main(s);
}
