/*
 * Queries made at random, on messages made at random: what matches is what a
 * reader says who knows what the messages were made of, and looks at no mail.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/flag.h"
#include "mail/header.h"
#include "mail/query.h"
#include "unit/unit.h"

#define MESSAGES 12
#define QUERIES 3000
#define DEPTH 4
#define DAY INT64_C(86400)
#define YEAR_2026 INT64_C(1767225600) /* its first second, in UTC */
#define ZONE_MIN 90
#define NOW (YEAR_2026 + 330 * DAY + 40000)

/* As it stands in a message, and as it is read, in lower case. */
struct said {
	const char *raw, *means;
};

static const struct said people[] = {
    {"Ann Example <ann@example.org>", "ann example <ann@example.org>"},
    {"bob@example.com", "bob@example.com"},
    {"=?utf-8?q?J=C3=BCrgen?= <juergen@example.net>",
	"j\303\274rgen <juergen@example.net>"},
    {"\"Doe, Jane\" <jane@lists.example.org>",
	"\"doe, jane\" <jane@lists.example.org>"}};

static const struct said subjects[] = {{"Offer of May", "offer of may"},
    {"Re: offer", "re: offer"}, {"=?utf-8?b?R3LDvMOfZQ==?=",
	"gr\303\274sse"}, {"a\n line (folded)", "a line (folded)"}};

static const struct said bodies[] = {{"The Garden,\nby night\n",
    "the garden,\nby night\n"}, {"offer\n", "offer\n"}, {"", ""},
    {"J\303\234RGEN writes\n", "j\303\274rgen writes\n"}};

static const struct said files[] = {{NULL, ""}, {"a.PDF", "a.pdf"},
    {"photo of ann.png", "photo of ann.png"}};

static const char *const types[] = {"", "application/pdf", "image/png"};

/* What is looked for: as the query has it, and in lower case. */
static const struct said needles[] = {{"ann", "ann"}, {"ANN", "ann"},
    {"example.org", "example.org"}, {"\"j\303\234rg\"", "j\303\274rg"},
    {"\"doe, j\"", "doe, j"}, {"offer", "offer"}, {"e", "e"},
    {"\"of m\"", "of m"}, {"gr\303\274\303\237e", "gr\303\274sse"},
    {"pdf", "pdf"}, {"zzz", "zzz"}, {"\"(fold\"", "(fold"},
    {"\"garden, by\"", "garden, by"}, {"night", "night"}, {"@", "@"}};

struct model {
	const struct said *from, *to, *cc, *subject, *body, *file;
	const char *type;
	bool is_listed, is_new;
	unsigned flags, id;
	uint64_t size;
	int64_t sec;
};

static uint32_t state = 20261122;

static unsigned
any(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

#define ONE_OF(table) (&(table)[any(COUNT(table))])

static struct model
make_model(unsigned id)
{
	unsigned file = any(COUNT(files));

	return (struct model){.from = ONE_OF(people), .to = ONE_OF(people),
	    .cc = ONE_OF(people), .subject = ONE_OF(subjects),
	    .body = ONE_OF(bodies), .file = &files[file], .id = id,
	    .type = types[file], .is_listed = any(2) == 0,
	    .is_new = any(2) == 0, .flags = any(64), .size = any(5000),
	    .sec = NOW - any(400 * 86400)};
}

static void
write_model(const struct model *m, struct buf *out)
{
	struct date d = {.sec = m->sec, .zone_set = true};

	buf_fmt(out, "From: %s\nTo: %s\nCc: %s\nSubject: %s\n", m->from->raw,
	    m->to->raw, m->cc->raw, m->subject->raw);
	buf_str(out, "Date: ");
	date_rfc5322(d, out);
	buf_fmt(out, "\nMessage-ID: <%u@example.org>\n%s", m->id,
	    m->is_listed ? "List-Id: <list.example.org>\n" : "");
	buf_str(out, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: text/plain; charset=utf-8\n\n");
	buf_str(out, m->body->raw);
	if (m->file->raw != NULL)
		buf_fmt(out, "\n--b\nContent-Type: %s\nContent-Disposition: "
		    "attachment; filename=\"%s\"\n\nx", m->type,
		    m->file->raw);
	buf_str(out, "\n--b--\n");
}

static bool
has(const char *text, const char *needle)
{
	return strstr(text, needle) != NULL;
}

/* The days before the month, of a year that is no leap year. */
static int
days_before(int month)
{
	static const int days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273,
	    304, 334, 365};

	return days[month];
}

/* A day, month or year: its text, and its first and last second and one. */
static void
any_period(struct buf *out, int64_t *from, int64_t *until)
{
	int year = 2025 + (int)any(2), month = (int)any(12);
	int day = (int)any((unsigned)(days_before(month + 1) -
	    days_before(month)));
	int64_t first = YEAR_2026 + (year - 2026) * 365 * DAY -
	    ZONE_MIN * 60;

	buf_fmt(out, "%d", year);
	*from = first;
	*until = first + 365 * DAY;
	if (any(3) == 0)
		return;
	buf_fmt(out, "-%02d", month + 1);
	*from = first + days_before(month) * DAY;
	*until = first + days_before(month + 1) * DAY;
	if (any(2) == 0)
		return;
	buf_fmt(out, "-%02d", day + 1);
	*from += day * DAY;
	*until = *from + DAY;
}

static bool
date_term(const struct model *m, struct buf *out)
{
	static const char *const keys[] = {"date", "since", "until"};
	unsigned key = any(3), n;
	int64_t from, until, unused, ago;

	buf_fmt(out, "%s:", keys[key]);
	if (any(4) == 0) {
		n = any(40) + 1;
		ago = any(2) == 0 ? DAY : 7 * DAY;
		buf_fmt(out, "%u%c", n, ago == DAY ? 'd' : 'w');
		from = NOW - n * ago;
		return key == 2 ? m->sec < from : m->sec >= from;
	}
	any_period(out, &from, &until);
	if (key == 1)
		return m->sec >= from;
	if (key == 2)
		return m->sec < until;
	if (any(3) == 0) {
		buf_str(out, "..");
		any_period(out, &unused, &until);
		/* an end before the beginning is for the table of faults */
		if (until <= from) {
			buf_cut(out, out->n - 1);
			while (out->p[out->n - 1] != ':')
				buf_cut(out, out->n - 1);
			buf_str(out, "2025..2026");
			from = YEAR_2026 - 365 * DAY - ZONE_MIN * 60;
			until = from + 730 * DAY;
		}
	}
	return m->sec >= from && m->sec < until;
}

static bool
text_term(const struct model *m, struct buf *out)
{
	static const char *const keys[] = {"from:", "to:", "cc:", "subject:",
	    "body:", "list:", "folder:", "name:", "type:", "header:SUBJECT=",
	    "addr:", "text:"};
	unsigned key = any(COUNT(keys));
	const struct said *needle = ONE_OF(needles);
	const char *text[] = {m->from->means, m->to->means, m->cc->means,
	    m->subject->means, m->body->means,
	    m->is_listed ? "<list.example.org>" : "", "/mail/anna",
	    m->file->means, m->type, m->subject->means};
	bool found = false;

	buf_fmt(out, "%s%s", keys[key], needle->raw);
	if (key < COUNT(text))
		/* the container and the text are parts, too */
		return has(text[key], needle->means) || (key == 8 &&
		    (has("multipart/mixed", needle->means) ||
		    has("text/plain", needle->means)));
	for (size_t i = 0; i < (key == 10 ? 3 : 6); i++)
		found = found || has(text[i], needle->means);
	return found || (key == 11 && has("sat sun mon tue wed thu fri "
	    "multipart/mixed; boundary=b", needle->means)) || (key == 11 &&
	    has("@example.org", needle->means));
}

static bool
other_term(const struct model *m, struct buf *out)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {{"seen", FLAG_SEEN}, {"flagged", FLAG_FLAGGED},
	    {"answered", FLAG_ANSWERED}, {"passed", FLAG_PASSED},
	    {"draft", FLAG_DRAFT}, {"trashed", FLAG_TRASHED}};
	unsigned which = any(6), n = any(6);

	switch (which) {
	case 0:
		buf_fmt(out, "id:%s%u@example.org", n > 2 ? "" : "<",
		    n + 2);
		buf_str(out, n > 2 ? "" : ">");
		return m->id == n + 2;
	case 1:
		buf_fmt(out, "size>%uk", n);
		return m->size > n * 1024;
	case 2:
		buf_fmt(out, "size<%u", n * 900);
		return m->size < n * 900;
	case 3:
		buf_str(out, n > 2 ? "unseen" : n > 1 ? "new" : "attachment");
		return n > 2 ? (m->flags & FLAG_SEEN) == 0
			     : n > 1 ? m->is_new : m->file->raw != NULL;
	case 4:
		buf_str(out, "subject:/^(re: )?o.*r$/");
		return strcmp(m->subject->means, "re: offer") == 0;
	default:
		buf_str(out, flags[n].name);
		return (m->flags & flags[n].flag) != 0;
	}
}

/* Appends a query, and says whether the message matches. */
static bool
any_query(const struct model *m, int depth, struct buf *out)
{
	unsigned which = depth == 0 ? 3 + any(3) : any(6);
	bool left, right, is_or;

	if (which == 0) {
		buf_str(out, any(2) == 0 ? "not (" : "-(");
		left = any_query(m, depth - 1, out);
		buf_char(out, ')');
		return !left;
	}
	if (which < 3) {
		is_or = which == 1;
		buf_char(out, '(');
		left = any_query(m, depth - 1, out);
		buf_str(out, is_or ? " or " : any(2) == 0 ? " " : " AND ");
		right = any_query(m, depth - 1, out);
		buf_char(out, ')');
		return is_or ? left || right : left && right;
	}
	return which == 3 ? date_term(m, out)
	    : which == 4 ? text_term(m, out) : other_term(m, out);
}

static int
whole(void *arg, struct span *bytes, struct err *e)
{
	(void)e;
	*bytes = buf_view(arg);
	return 0;
}

static int
zone_min(int64_t sec)
{
	(void)sec;
	return ZONE_MIN;
}

static void
check_one(const struct model *m, struct buf *message)
{
	struct summary s = {.name = SPAN("x"), .folder = SPAN("/Mail/Anna"),
	    .flags = m->flags, .is_new = m->is_new, .size = m->size};
	struct query_message asked = {.summary = &s, .whole = whole,
	    .arg = message};
	struct date_here now = {NOW, zone_min};
	struct buf text = {0};
	struct query *q;
	struct span body;
	struct err e;
	size_t fault;
	bool wanted = any_query(m, (int)any(DEPTH), &text);

	summary_header(&s, header_split(buf_view(message), &body));
	ck_assert_msg(query_parse(buf_view(&text), now, &q, &fault, &e) == 0,
	    "%s: %s at %zu", buf_cstr(&text), e.text, fault);
	ck_assert_msg(query_match(q, &asked, &e) == wanted,
	    "%s\nis not %d for\n%s", buf_cstr(&text), wanted,
	    buf_cstr(message));
	query_free(q);
	buf_free(&text);
}

START_TEST(answers_as_who_made_the_messages)
{
	for (unsigned i = 0; i < MESSAGES; i++) {
		struct model m = make_model(i);
		struct buf message = {0};

		write_model(&m, &message);
		for (int k = 0; k < QUERIES; k++)
			check_one(&m, &message);
		buf_free(&message);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("query_oracle");

	unit_test(s, answers_as_who_made_the_messages);
	return unit_main(s);
}
