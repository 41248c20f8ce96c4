#include "mail/query_imap.h"
#include "unit/unit.h"

/* 2026-11-22T12:00:00Z */
#define NOW INT64_C(1795348800)

#define IN(key, text) "OR " key " {=?} (" text ")"
#define IN_ADDRESS(key, text) "OR " key " {\\} " IN(key, text)
#define PARTS_OR "OR HEADER {Content-Type} {multipart} " \
	"OR HEADER {Content-Type} {message} "
#define FILE_OR "OR HEADER {Content-Disposition} {} " PARTS_OR \
	"HEADER {Content-Type} {name}"
#define FROM "HEADER {From}"
#define TO "HEADER {To}"
#define CC "HEADER {Cc}"
#define DOTTED_I "\304\260"
#define LONG_S "\305\277"
#define NO_DATE "OR NOT SENTSINCE 1-Jan-1971 "
#define OR_ABSURD "OR SENTSINCE 1-Jan-2100 " NO_DATE
#define OR_LATE "OR SENTSINCE 1-Jan-2036 " NO_DATE

static const struct row {
	const char *query;
	const char *keys;   /* strings in braces */
	const char *fields; /* "*": all */
	bool is_exact;
} rows[] = {
    {"", "ALL", "", true},
    {"unseen", "UNSEEN", "", true},
    {"seen flagged", "(SEEN FLAGGED)", "", true},
    {"seen or not (draft or answered)", "OR SEEN NOT OR DRAFT ANSWERED", "",
	true},
    {"passed", "KEYWORD $Forwarded", "", true},
    {"-trashed", "NOT DELETED", "", true},
    {"size>1k size<2M", "(LARGER 1024 SMALLER 2097152)", "", true},
    {"size>4G", "ALL", "", false},
    {"seen size>4G", "SEEN", "", false},
    {"seen or size>4G", "ALL", "", false},
    {"not (seen size>4G)", "ALL", "", false},
    {"not (seen or size>4G)", "NOT SEEN", "", false},
    {"new", "ALL", "", false},
    {"not new", "ALL", "", false},
    {"attachment", FILE_OR, "", false},
    {"attachment flagged", "(" FILE_OR " FLAGGED)", "", false},
    {"not attachment", "ALL", "", false},
    {"name:bill.pdf", FILE_OR, "", false},
    {"name:/pdf$/", "ALL", "", false},
    {"type:pdf", PARTS_OR "(HEADER {Content-Type} {pdf})", "", false},
    {"type:image/x-y", PARTS_OR "(HEADER {Content-Type} {image} "
	"HEADER {Content-Type} {x} HEADER {Content-Type} {y})", "", false},
    {"type:text/PLAIN", "ALL", "", false},
    {"type:\"/\"", "ALL", "", false},
    {"type:\"text/plain \"", PARTS_OR "(HEADER {Content-Type} {text} "
	"HEADER {Content-Type} {plain})", "", false},
    {"type:\303\251", "ALL", "", false},
    {"body:x", "(BODY {x})", "", false},
    {"body:\"May I\" seen", "((BODY {may} OR BODY {" DOTTED_I
	"} BODY {i}) SEEN)", "", false},
    {"body:ticket", "(OR BODY {t" DOTTED_I "c} OR BODY {tic\342\204\252et} "
	"BODY {ticket})", "", false},
    {"body:/x/", "ALL", "", false},
    {"body:~ann/x", "(BODY {ann/x})", "", false},
    {"body:\"a\\\\b\"", "(BODY {a} BODY {b})", "", false},
    {"body:ra\303\237e", "(BODY {ra} BODY {e})", "", false},
    {"body:essstorms", "(BODY {e} BODY {torm})", "", false},
    {"body:\"no 's\"", "(BODY {no} BODY {'})", "", false},
    {"not body:x", "ALL", "", false},
    {"text:x", IN("TEXT", "TEXT {x}"), "*", false},
    {"subject:test", IN("SUBJECT", "OR SUBJECT {te" LONG_S "t} "
	"SUBJECT {test}"), " Subject", false},
    {"subject:sent", IN("SUBJECT", "SUBJECT {ent}"), " Subject", false},
    {"subject:ss", "ALL", " Subject", false},
    {"folder:inbox", "ALL", "", false},

    {"subject:order", IN("SUBJECT", "SUBJECT {order}"), " Subject", false},
    {"subject:\"May Order\"",
	IN("SUBJECT", "SUBJECT {may} SUBJECT {order}"), " Subject", false},
    {"subject:/inv.*/", "ALL", " Subject", false},
    {"subject:\303\211lan", IN("SUBJECT", "SUBJECT {lan}"), " Subject",
	false},
    {"subject:\303\251", "ALL", " Subject", false},
    {"not subject:order", "ALL", " Subject", false},
    {"not not subject:x", IN("SUBJECT", "SUBJECT {x}"), " Subject", false},
    {"not not not seen", "NOT SEEN", "", true},
    {"not (size>4G or not (seen draft))", "(SEEN DRAFT)", "", false},
    {"seen not subject:x", "SEEN", " Subject", false},
    {"not (seen subject:x)", "ALL", " Subject", false},
    {"not (seen or subject:x)", "NOT SEEN", " Subject", false},
    {"from:ann@example",
	IN_ADDRESS(FROM, FROM " {ann} " FROM " {example}"), " From", false},
    {"to:-", "ALL", " To", false},
    {"to:b@xn--e-x", "ALL", " To", false},
    {"addr:xn--e-x", "ALL", " From Sender To Cc", false},
    {"addr:-", "ALL", " From Sender To Cc", false},
    {"cc:b or to:b", "OR " IN_ADDRESS(CC, CC " {b}") " "
	IN_ADDRESS(TO, TO " {b}"), " Cc To", false},
    {"addr:bob", "OR OR OR " IN_ADDRESS(FROM, FROM " {bob}") " "
	IN_ADDRESS("HEADER {Sender}", "HEADER {Sender} {bob}") " "
	IN_ADDRESS(TO, TO " {bob}") " " IN_ADDRESS(CC, CC " {bob}"),
	" From Sender To Cc", false},
    {"list:x", IN("HEADER {List-Id}", "HEADER {List-Id} {x}"), " List-Id",
	false},
    {"id:<is.k@x>", IN("HEADER {Message-ID}", "HEADER {Message-ID} {is.k@x}"),
	" Message-ID", false},
    {"header:X-Y=a\"b", IN("HEADER {X-Y}", "HEADER {X-Y} {a\"b}"), " X-Y",
	false},
    {"header:X-Y=", "HEADER {X-Y} {}", " X-Y", false},
    {"header:X-Y=/./", "ALL", " X-Y", false},

    {"date:2026-11-21",
	OR_ABSURD "(SENTSINCE 19-Nov-2026 SENTBEFORE 25-Nov-2026)", " Date",
	false},
    {"since:2026-01-01", NO_DATE "(SENTSINCE 30-Dec-2025)", " Date", false},
    {"until:2026-01-01", OR_LATE "(SENTBEFORE 5-Jan-2026)", " Date", false},
    {"until:1960", OR_LATE "(SENTBEFORE 4-Jan-1971)", " Date", false},
    {"since:1960", "ALL", " Date", false},
    {"not since:2026", "ALL", " Date", false},
    {"unseen since:2026-01-01",
	"(UNSEEN " NO_DATE "(SENTSINCE 30-Dec-2025))", " Date", false},
};

/* The keys with their strings put in. */
static void
fill(const struct query_imap *q, struct buf *out)
{
	struct span keys = buf_view(&q->keys);
	size_t used = 0;

	for (size_t i = 0; i < keys.n; i++) {
		if (keys.p[i] != '?') {
			buf_char(out, keys.p[i]);
			continue;
		}
		ck_assert_uint_lt(used, q->n);
		buf_char(out, '{');
		buf_span(out, q->string[used++]);
		buf_char(out, '}');
	}
	ck_assert_uint_eq(used, q->n);
}

static struct query *
parse(struct span text)
{
	struct date_here now = {NOW, NULL};
	struct err e = {0};
	struct query *q;
	size_t fault;

	ck_assert_msg(query_parse(text, now, &q, &fault, &e) == 0, "%.*s: %s",
	    (int)text.n, text.p, e.text);
	return q;
}

START_TEST(translates)
{
	const struct row *r = &rows[_i];
	struct query *q = parse(span_of(r->query));
	struct buf keys = {0}, fields = {0};
	struct query_imap imap;
	bool is_all;

	query_imap(q, QUERY_IMAP_ALL, &imap);
	fill(&imap, &keys);
	unit_span(buf_view(&keys), r->keys);
	ck_assert(imap.is_exact == r->is_exact);
	is_all = query_imap_fields(q, &fields);
	ck_assert(is_all == (r->fields[0] == '*'));
	if (!is_all)
		unit_span(buf_view(&fields), r->fields);
	query_imap_free(&imap);
	query_free(q);
	buf_free(&keys);
	buf_free(&fields);
}
END_TEST

START_TEST(no_query_is_all)
{
	struct query_imap imap;
	struct buf fields = {0};

	query_imap(NULL, QUERY_IMAP_ALL, &imap);
	unit_span(buf_view(&imap.keys), "ALL");
	ck_assert(imap.is_exact);
	ck_assert(!query_imap_fields(NULL, &fields));
	query_imap_free(&imap);
}
END_TEST

START_TEST(no_text_for_who_finds_words)
{
	struct query *q = parse(SPAN("unseen from:ann since:2026-11-20"));
	struct query_imap imap;

	query_imap(q, QUERY_IMAP_DATES, &imap);
	unit_span(buf_view(&imap.keys), "(UNSEEN OR NOT SENTSINCE "
	    "1-Jan-1971 (SENTSINCE 18-Nov-2026))");
	query_imap_free(&imap);
	query_free(q);
}
END_TEST

/* What is not sent is decided here. */
START_TEST(no_size_for_who_tells_another)
{
	struct query *q = parse(SPAN("unseen or (seen size>1k)"));
	struct query_imap imap;

	query_imap(q, QUERY_IMAP_ALL & ~(unsigned)QUERY_IMAP_SIZES, &imap);
	unit_span(buf_view(&imap.keys), "OR UNSEEN SEEN");
	ck_assert(!imap.is_exact);
	query_imap_free(&imap);
	query_free(q);
}
END_TEST

#define NO_BODIES (QUERY_IMAP_ALL & ~QUERY_IMAP_BODIES)
#define ASCII (QUERY_IMAP_ALL & ~QUERY_IMAP_UTF8)

/* A server that knows no CHARSET gets none. */
START_TEST(some_want_a_charset)
{
	static const struct {
		const char *query, *keys;
		unsigned may;
		bool is_charset;
	} cases[] = {
	    {"unseen body:x", "(UNSEEN (BODY ?))", QUERY_IMAP_ALL, true},
	    {"unseen text:x", "(UNSEEN OR TEXT ? (TEXT ?))", QUERY_IMAP_ALL,
		true},
	    {"unseen body:x", "UNSEEN", NO_BODIES, false},
	    {"unseen text:x", "UNSEEN", NO_BODIES, false},
	    {"unseen body:mask", "(UNSEEN (BODY ?))", ASCII, true},
	    {"unseen subject:mark", "(UNSEEN OR SUBJECT ? (SUBJECT ?))", ASCII,
		false},
	    {"subject:mark", "OR SUBJECT ? (OR SUBJECT ? SUBJECT ?)",
		QUERY_IMAP_ALL, true},
	    {"subject:is", "ALL", ASCII, false},
	    {"header:body=x", "OR HEADER ? ? (HEADER ? ?)", QUERY_IMAP_ALL,
		false},
	    {"unseen body:x since:2026-05", "UNSEEN",
		NO_BODIES & ~QUERY_IMAP_DATES, false},
	    {"unseen header:x=", "UNSEEN", QUERY_IMAP_ALL & ~QUERY_IMAP_EMPTY,
		false},
	    {"body:x or new", "ALL", QUERY_IMAP_ALL, false}};
	struct query_imap imap;
	struct query *q;

	for (size_t i = 0; i < COUNT(cases); i++) {
		q = parse(span_of(cases[i].query));
		query_imap(q, cases[i].may, &imap);
		unit_span(buf_view(&imap.keys), cases[i].keys);
		ck_assert(imap.is_charset == cases[i].is_charset);
		query_imap_free(&imap);
		query_free(q);
	}
}
END_TEST

START_TEST(less_is_sent_of_a_longer_one)
{
	struct buf text = {0}, keys = {0}, ascii = {0};
	struct query_imap imap;
	struct query *q;

	for (int i = 0; i < 80; i++)
		buf_str(&text, i == 0 ? "to:kiel" : " to:kiel");
	q = parse(buf_view(&text));
	query_imap(q, QUERY_IMAP_ALL, &imap);
	fill(&imap, &keys);
	query_imap_free(&imap);
	query_imap(q, ASCII, &imap);
	fill(&imap, &ascii);
	ck_assert(span_eq(buf_view(&keys), buf_view(&ascii)));
	ck_assert_uint_gt(keys.n, 1000);
	query_imap_free(&imap);
	query_free(q);
	buf_free(&text);
	buf_free(&keys);
	buf_free(&ascii);
}
END_TEST

START_TEST(a_long_one_is_not_sent)
{
	struct buf text = {0};
	struct query_imap imap;
	struct query *q;

	for (int i = 0; i < 900; i++)
		buf_str(&text, i == 0 ? "seen" : " seen");
	q = parse(buf_view(&text));
	query_imap(q, QUERY_IMAP_ALL, &imap);
	unit_span(buf_view(&imap.keys), "ALL");
	ck_assert(!imap.is_exact);
	query_imap_free(&imap);
	query_free(q);
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("query_imap");

	unit_each(s, translates, COUNT(rows));
	unit_test(s, no_query_is_all);
	unit_test(s, no_text_for_who_finds_words);
	unit_test(s, no_size_for_who_tells_another);
	unit_test(s, some_want_a_charset);
	unit_test(s, less_is_sent_of_a_longer_one);
	unit_test(s, a_long_one_is_not_sent);
	return unit_main(s);
}
