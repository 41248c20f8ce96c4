#include "mail/flag.h"
#include "mail/header.h"
#include "mail/query.h"
#include "unit/unit.h"

/* 2026-11-22T12:00:00Z */
#define NOW INT64_C(1795348800)

static const char message[] =
    "From: =?utf-8?q?=C3=89lodie?= <elodie@example.org>\n"
    "To: Ann <ann@example.org>\n"
    "Cc: \"Lee, \\\"B\\\" Bob\" <bob@example.net>\n"
    "Subject: Invoice =?utf-8?b?w4lsYW4=?= (May)\n"
    "Date: Sat, 21 Nov 2026 09:05:00 +0000\n"
    "Message-ID: <7@example.org>\n"
    "List-Id: People <list.example.org>\n"
    "X-Empty:\n"
    "X-Two: one\n"
    "X-Two: two\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n"
    "\n"
    "--b\n"
    "Content-Type: text/plain; charset=iso-8859-1\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "Gr=FC=DFe from the sec=\n"
    "ret garden\n"
    "--b\n"
    "Content-Type: image/png\n"
    "Content-Disposition: attachment; filename=\"Photo.PNG\"\n"
    "\n"
    "hidden\n"
    "--b--\n";

static const struct row {
	const char *query;
	int matches;
} rows[] = {
    {"", 1},
    {"  \n ", 1},
    {"from:elodie@", 1},
    {"from:\303\211LODIE", 1},
    {"from:ann", 0},
    {"from:elodei", 0},
    {"FROM:elodie", 1},
    {"to:ann", 1},
    {"to:bob", 0},
    {"cc:bob", 1},
    {"cc:/^lee, \"b\" bob <bob@.*>$/", 1},
    {"cc:\"\\\"b\\\" bob <bob\"", 1},
    {"cc:\"bob\\\" <\"", 0},
    {"addr:bob", 1},
    {"addr:elodie", 1},
    {"addr:carl", 0},
    {"subject:invoice", 1},
    {"subject:\303\251lan", 1},
    {"subject:\"invoice \303\211\"", 1},
    {"subject:\"(may)\"", 1},
    {"subject:/^invoice.*\\(may\\)$/", 1},
    {"subject:/^INVOICE.*\\(MAY\\)$/", 1},
    {"subject:/^[H-J]NV/", 1},
    {"subject:/^[h-j]NV/", 1},
    {"subject:/^[[:upper:]]nv/", 1},
    {"subject:/^[[:lower:]]NV/", 1},
    {"subject:/^[$-`]nv/", 1},
    {"subject:/^[^H-J]/", 0},
    {"subject:/^\\Invoice/", 1},
    {"subject:/^may/", 0},
    {"subject:/\303\211L/", 1},
    {"subject:/a\\/b/", 0},
    {"subject:/-[a-z]/", 0},
    {"subject:\"\\(may\\)\"", 1},
    {"header:X-Two=two", 1},
    {"header:x-two=/^one$/", 1},
    {"header:X-Two=three", 0},
    {"header:X-Empty=", 1},
    {"header:X-None=", 0},
    {"header:Content-Type=mixed", 1},
    {"body:garden", 1},
    {"body:GR\303\234", 1},
    {"body:\"the secret\"", 1},
    {"body:/^gr\303\274/", 1},
    {"body:hidden", 0},
    {"body:invoice", 0},
    {"text:invoice", 1},
    {"text:garden", 1},
    {"text:nowhere", 0},
    {"id:7@example.org", 1},
    {"id:<7@example.org>", 1},
    {"id:7@example", 0},
    {"list:list.example", 1},
    {"folder:work", 1},
    {"folder:home", 0},
    {"type:image", 1},
    {"type:/^text\\/plain$/", 1},
    {"type:video", 0},
    {"name:photo", 1},
    {"name:/\\.png$/", 1},
    {"name:doc", 0},
    {"attachment", 1},
    {"date:2026-11-21", 1},
    {"date:yesterday", 1},
    {"date:today", 0},
    {"date:2026-11..2026-12", 1},
    {"since:2026-11-21", 1},
    {"since:2026-11-22", 0},
    {"since:2d", 1},
    {"until:2026-11-21", 1},
    {"until:2026-11-20", 0},
    {"until:2d", 0},
    {"size>1k", 1},
    {"size>2K", 0},
    {"size<1M", 1},
    {"size<10", 0},
    {"size>1G", 0},
    {"size<18014398509481983k", 1},
    {"seen", 1},
    {"unseen", 0},
    {"flagged", 1},
    {"answered", 0},
    {"passed", 0},
    {"draft", 0},
    {"trashed", 0},
    {"new", 0},
    {"seen flagged", 1},
    {"seen and answered", 0},
    {"answered or seen", 1},
    {"answered or draft", 0},
    {"not answered", 1},
    {"-answered", 1},
    {"-seen", 0},
    {"not not seen", 1},
    {"- seen", 0},
    {"seen answered or flagged", 1},
    {"seen (answered or flagged)", 1},
    {"answered (seen or flagged)", 0},
    {"not (answered or draft)", 1},
    {"-(seen)", 0},
    {"((seen))", 1},
    {"(from:elodie)", 1},
    {"seen\n\tflagged", 1},
    {"SEEN OR NOT seen", 1},
    {"orange:x", -1},
};

struct source {
	struct span bytes;
	int calls;
	bool fails;
};

static int
whole(void *arg, struct span *bytes, struct err *e)
{
	struct source *source = arg;

	source->calls++;
	if (source->fails)
		return err_set(e, ERR_IO, "it is gone");
	*bytes = source->bytes;
	return 0;
}

static struct summary
summary_of(struct span bytes)
{
	struct summary s = {.name = SPAN("x"), .folder = SPAN("/mail/work"),
	    .flags = FLAG_SEEN | FLAG_FLAGGED, .size = 1500};
	struct span body;

	summary_header(&s, header_split(bytes, &body));
	return s;
}

START_TEST(matches)
{
	struct source source = {span_of(message), 0, false};
	struct summary s = summary_of(source.bytes);
	struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &source};
	struct date_here now = {NOW, NULL};
	struct query *q;
	struct err e = {0};
	size_t at;
	int status;

	status = query_parse(span_of(rows[_i].query), now, &q, &at, &e);
	if (status == 0)
		status = query_match(q, &m, &e);
	ck_assert_msg(status == rows[_i].matches, "%s: %d %s",
	    rows[_i].query, status, e.text);
	ck_assert_int_le(source.calls, 1);
	if (q != NULL && (query_needs(q) & QUERY_PARTS) == 0)
		ck_assert_int_eq(source.calls, 0);
	query_free(q);
}
END_TEST

static struct query *
parsed(const char *text)
{
	struct date_here now = {NOW, NULL};
	struct query *q;
	struct err e = {0};
	size_t at;

	ck_assert_msg(query_parse(span_of(text), now, &q, &at, &e) == 0,
	    "%s: %s", text, e.text);
	return q;
}

/* a long message: the piece again and again behind its header */
static void
fill_with(struct buf *b, const char *header, const char *piece)
{
	buf_str(b, header);
	while (b->n < 6u << 20)
		buf_str(b, piece);
}

/* of lines of 64 bytes, with what is looked for at its end */
static void
fill(struct buf *b, const char *last)
{
	fill_with(b, "Subject: long\n\n",
	    "nothing that is looked for, up to the end "
	    "of this line, 64 bytes\n");
	buf_str(b, last);
}

/* What query_match says of these bytes. */
static int
matches_whole(const struct query *q, struct span bytes)
{
	struct source source = {.bytes = bytes};
	struct summary s = summary_of(bytes);
	struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &source};
	struct err e = {0};

	return query_match(q, &m, &e);
}

/* A long text is looked at in pieces: what is on their seams is found. */
START_TEST(matches_long_text)
{
	static const struct {
		const char *query, *last;
		int matches;
	} cases[] = {{"body:\"at the very end\"", "at THE very\tend", 1},
	    {"body:missing", "miss ing", 0}, {"body:/^last$/", "Last", 1},
	    {"body:/^last$/", "x\nLast\n", 1}, {"body:/^last$/", "x last", 0},
	    {"body:/^64 bytes/", "", 0}, {"body:/^this line/", "", 0},
	    {"text:/^nothing.*bytes$/", "", 1}};
	struct buf b = {0};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query *q = parsed(cases[i].query);

		buf_cut(&b, 0);
		fill(&b, cases[i].last);
		ck_assert_msg(matches_whole(q, buf_view(&b)) ==
		    cases[i].matches, "%s", cases[i].query);
		query_free(q);
	}
	buf_free(&b);
}
END_TEST

/* Where a piece begins within a letter, nothing is made of its rest. */
START_TEST(letters_are_whole)
{
	struct query *q = parsed("body:\357\277\275");
	struct buf b = {0};

	fill_with(&b, "Subject: long\nContent-Type: text/plain; "
	    "charset=utf-8\n\n", "\342\202\254");
	ck_assert_int_eq(matches_whole(q, buf_view(&b)), 0);
	query_free(q);
	buf_free(&b);
}
END_TEST

/* One that is no text is not searched, however long it is. */
START_TEST(long_parts_are_text)
{
	struct query *q = parsed("body:needle");
	struct buf b = {0};

	fill_with(&b, "Content-Type: image/png\n\n", "needle\n");
	ck_assert_int_eq(matches_whole(q, buf_view(&b)), 0);
	query_free(q);
	buf_free(&b);
}
END_TEST

/* A value that lies across the end of a piece, wherever that is. */
START_TEST(matches_across_pieces)
{
	struct query *q = parsed("body:\"\303\274ber dem Tor\"");
	struct buf b = {0};

	fill_with(&b, "Subject: long\n\n", "x");
	for (size_t seam = 1; seam < 3; seam++)
		for (size_t i = 0; i < 20; i++) {
			char *p = b.p + (seam << 20) + i;

			memcpy(p, "\303\234ber dem Tor", 13);
			ck_assert_int_eq(matches_whole(q, buf_view(&b)), 1);
			memset(p, 'x', 13);
		}
	ck_assert_int_eq(matches_whole(q, buf_view(&b)), 0);
	query_free(q);
	buf_free(&b);
}
END_TEST

/* With three bytes of text in each of two parts. */
#define TWO_TEXTS \
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n" \
	"\ntwo\n--b--\n"

START_TEST(gathers_no_more_than_asked_for)
{
	struct buf b = {0}, body = {0}, header = {0};
	struct err e;

	fill(&b, "");
	ck_assert_int_eq(query_gather(buf_view(&b), 7u << 20, &body, &header,
	    &e), 0);
	ck_assert_uint_gt(body.n, 5u << 20);
	buf_cut(&body, 0);
	ck_assert_int_eq(query_gather(buf_view(&b), 5u << 20, &body, &header,
	    &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	ck_assert_uint_eq(body.n, 0);
	ck_assert_int_eq(query_gather(SPAN(TWO_TEXTS), 6, &body, &header,
	    &e), 0);
	unit_span(buf_view(&body), "\none\ntwo\n");
	buf_cut(&body, 0);
	ck_assert_int_eq(query_gather(SPAN(TWO_TEXTS), 5, &body, &header,
	    &e), -1);
	buf_free(&b);
	buf_free(&body);
	buf_free(&header);
}
END_TEST

START_TEST(counts_from_another_now)
{
	static const char later[] = "Date: Mon, 23 Nov 2026 11:00:00 +0000\n\n";
	struct source source = {span_of(later), 0, false};
	struct summary s = summary_of(source.bytes);
	struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &source};
	struct date_here now = {NOW, NULL};
	struct query *q = parsed("seen -(until:1d or not date:1d)"
	    " since:today until:today");
	struct err e = {0};

	ck_assert_int_eq(query_match(q, &m, &e), 0);
	now.sec += 24 * 3600;
	query_now(q, now);
	ck_assert_int_eq(query_match(q, &m, &e), 1);
	now.sec += 24 * 3600;
	query_now(q, now);
	ck_assert_int_eq(query_match(q, &m, &e), 0);
	query_free(q);
	query_now(NULL, now);
}
END_TEST

static const struct bad {
	const char *query;
	size_t fault;
} bad[] = {
    {"foo", 0}, {"seen foo", 5}, {"from", 0}, {"from:", 5},
    {"seen from: x", 10}, {"from:\"x", 5}, {"from:\"\"", 5},
    {"from:\"x\"y", 8}, {"subject:/x", 8}, {"subject:/(/", 8},
    {"subject://", 8}, {"(seen", 0}, {"seen)", 4}, {"()", 1}, {")", 0},
    {"seen or", 7}, {"or seen", 0}, {"not", 3}, {"-", 1}, {"seen and", 8},
    {"size", 4}, {"size=1", 4}, {"size>", 5}, {"size>x", 5},
    {"size>1x", 6}, {"size>99999999999999999999", 5},
    {"size>9999999999999G", 5}, {"size>18014398509481984k", 5},
    {"from:\"x\"seen", 8}, {"seen or:x", 5}, {"date:tomorrow", 5},
    {"since:", 6}, {"since:2026..", 6}, {"until:x", 6}, {"header:x", 7},
    {"header:=x", 7}, {"id:", 3}, {":x", 0}, {"seen:x", 0},
    {"se\303\251n", 0}, {"!", 0}, {"\001", 0},
};

START_TEST(points_at_faults)
{
	struct date_here now = {NOW, NULL};
	struct query *q;
	struct err e = {0};
	size_t at = 999;

	ck_assert_msg(query_parse(span_of(bad[_i].query), now, &q, &at,
	    &e) == -1, "%s", bad[_i].query);
	ck_assert_ptr_null(q);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_msg(at == bad[_i].fault, "%s: fault at %zu: %s",
	    bad[_i].query, at, e.text);
}
END_TEST

static int
parse_many(const char *piece, size_t n, const char *last)
{
	struct date_here now = {NOW, NULL};
	struct buf text = {0};
	struct query *q;
	struct err e = {0};
	size_t at;
	int status;

	for (size_t i = 0; i < n; i++)
		buf_str(&text, piece);
	buf_str(&text, last);
	status = query_parse(buf_view(&text), now, &q, &at, &e);
	query_free(q);
	buf_free(&text);
	return status;
}

#define TEN(s) s s s s s s s s s s
#define CLOSED TEN(TEN(")")) /* QUERY_DEPTH_MAX times */
#define LONGEST TEN(TEN(TEN("x"))) TEN("xx") "xxxx" /* QUERY_VALUE_MAX */

START_TEST(has_limits)
{
	ck_assert_int_eq(parse_many("seen ", QUERY_TERMS_MAX, ""), 0);
	ck_assert_int_eq(parse_many("seen ", QUERY_TERMS_MAX + 1, ""), -1);
	ck_assert_int_eq(parse_many("-", QUERY_DEPTH_MAX, "seen"), 0);
	ck_assert_int_eq(parse_many("-", QUERY_DEPTH_MAX + 1, "seen"), -1);
	ck_assert_int_eq(parse_many("(", QUERY_DEPTH_MAX, "seen" CLOSED), 0);
	ck_assert_int_eq(parse_many("(", QUERY_DEPTH_MAX + 1,
	    "seen)" CLOSED), -1);
	ck_assert_int_eq(parse_many("", 0, "to:" LONGEST), 0);
	ck_assert_int_eq(parse_many("", 0, "to:x" LONGEST), -1);
	ck_assert_int_eq(parse_many("", 0, "to:\"" LONGEST "\""), 0);
	ck_assert_int_eq(parse_many("", 0, "to:\"x" LONGEST "\""), -1);
	ck_assert_int_eq(parse_many("(", 60000, "seen"), -1);
	ck_assert_int_eq(parse_many(" ", QUERY_BYTES, ""), 0);
	ck_assert_int_eq(parse_many(" ", QUERY_BYTES + 1, ""), -1);
	ck_assert_int_eq(parse_many("", 0, "subject:\"a\001\""), 0);
}
END_TEST

/* What the message could not tell is an error, unless nothing asks for it. */
START_TEST(tells_failures)
{
	struct source source = {span_of(message), 0, true};
	struct summary s = summary_of(source.bytes);
	struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &source};
	struct query *q = parsed("not body:x");
	struct err e = {0};

	ck_assert_int_eq(query_match(q, &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	query_free(q);
	q = parsed("answered body:x");
	ck_assert_int_eq(query_match(q, &m, &e), 0);
	query_free(q);
}
END_TEST

/* May a message match, where only the texts of these numbers may be in it? */
static const struct {
	const char *query;
	unsigned texts;
	bool may;
} ruled_out[] = {{"", 0, true}, {"body:a", 0, false}, {"body:a", 1, true},
    {"text:a", 0, false}, {"from:a", 0, true}, {"type:a", 0, true},
    {"body:a from:b", 0, false}, {"from:b body:a", 1, true},
    {"body:a or from:b", 0, true}, {"body:a or text:b", 0, false},
    {"body:a or text:b", 2, true}, {"body:a body:b", 1, false},
    {"body:a body:b", 3, true}, {"not body:a", 0, true},
    {"not (body:a from:b)", 0, true}, {"(body:a or from:b) body:c", 1, false},
    {"-body:a body:b", 0, false}};

static bool
has_bit(void *arg, size_t i)
{
	return (*(const unsigned *)arg >> i & 1) != 0;
}

START_TEST(texts_rule_out)
{
	unsigned texts = ruled_out[_i].texts;
	struct query *q = parsed(ruled_out[_i].query);

	ck_assert(query_may_match(q, has_bit, &texts) == ruled_out[_i].may);
	query_free(q);
}
END_TEST

/* A NUL is no unit of a size, though a string's last byte is. */
START_TEST(size_before_nul)
{
	struct date_here now = {NOW, NULL};
	struct query *q;
	struct err e = {0};
	size_t at;

	ck_assert_int_eq(query_parse(SPAN("size>1\0"), now, &q, &at, &e), -1);
	ck_assert_uint_eq(at, 6);
}
END_TEST

START_TEST(regex_over_nul)
{
	struct source source = {SPAN("From: a\nSubject: x\n\na\0b\nc\n"), 0,
	    false};
	struct summary s = summary_of(source.bytes);
	struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &source};
	struct query *q = parsed("body:/^a.b$/ body:/^c$/");
	struct err e = {0};

	ck_assert_int_eq(query_match(q, &m, &e), 1);
	query_free(q);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("query");

	unit_each(s, matches, COUNT(rows));
	unit_test(s, counts_from_another_now);
	unit_each(s, points_at_faults, COUNT(bad));
	unit_test(s, has_limits);
	unit_test(s, tells_failures);
	unit_each(s, texts_rule_out, COUNT(ruled_out));
	unit_test(s, size_before_nul);
	unit_test(s, regex_over_nul);
	unit_test(s, matches_long_text);
	unit_test(s, letters_are_whole);
	unit_test(s, long_parts_are_text);
	unit_test(s, matches_across_pieces);
	unit_test(s, gathers_no_more_than_asked_for);
	return unit_main(s);
}
