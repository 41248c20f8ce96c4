/*
 * The first line is a query, the rest a message.  A server that decodes fields
 * and knows all letters, and one that does neither, find with the keys whatever
 * the query matches here, and nothing else where the keys are exact.
 */
#include <assert.h>

#include "mail/flag.h"
#include "mail/header.h"
#include "mail/query_imap.h"
#include "mail/word.h"
#include "text/fold.h"

#define NOW INT64_C(1795348800)
#define DAY INT64_C(86400)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What a server looks at. */
struct server {
	struct span rest; /* of the keys */
	const struct query_imap *imap;
	size_t used; /* of its strings */
	const struct summary *summary;
	struct span message;
	bool decodes;
};

static void check(const struct query *, struct span message, unsigned flags);
static int whole(void *, struct span *, struct err *);
static bool finds(struct server *);
static bool finds_list(struct server *);
static bool finds_key(struct server *, struct span key);
static bool finds_text(struct server *, struct span key);
static bool finds_body(struct server *, bool in_header);
static bool finds_date(struct server *, bool since);
static bool holds(const struct server *, struct span name, struct span text);
static void fold(const struct server *, struct span, struct buf *);
static struct span next_string(struct server *);
static struct span word(struct server *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span message = span_at(data, n), query;
	struct date_here now = {NOW, NULL};
	struct query *q;
	struct err e;
	size_t fault;

	if (n > 16 * 1024 || span_cut(&message, '\n', &query) == 0 ||
	    span_find(query, SPAN(":/")) != SPAN_NONE ||
	    span_find(query, SPAN("=/")) != SPAN_NONE ||
	    query_parse(query, now, &q, &fault, &e) == -1)
		return 0;
	check(q, message, (unsigned)n % 64);
	query_free(q);
	return 0;
}

static void
check(const struct query *q, struct span message, unsigned flags)
{
	struct span body, bytes = message;
	struct summary s = {.arrival = NOW, .size = message.n, .flags = flags};
	const struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &bytes};
	struct query_imap imap;
	struct err e;
	int matches;

	summary_header(&s, header_split(message, &body));
	matches = query_match(q, &m, &e);
	for (int i = 0; i < 4 && matches != -1; i++) {
		query_imap(q, QUERY_IMAP_ALL - (i < 2 ? 0 : QUERY_IMAP_UTF8),
		    &imap);
		struct server server = {buf_view(&imap.keys), &imap, 0,
		    &s, message, i % 2 == 1};
		bool found = finds(&server);

		assert(server.rest.n == 0);
		assert(server.used == imap.n);
		assert(found || matches == 0);
		assert(!imap.is_exact || found == (matches == 1));
		query_imap_free(&imap);
	}
}

static int
whole(void *arg, struct span *bytes, struct err *e)
{
	(void)e;
	*bytes = *(struct span *)arg;
	return 0;
}

/* Takes a key: what it says. */
static bool
finds(struct server *s)
{
	struct span key;
	bool one, two;

	if (span_starts(s->rest, SPAN("("))) {
		s->rest = span_from(s->rest, 1);
		return finds_list(s);
	}
	key = word(s);
	if (span_is(key, "NOT"))
		return !finds(s);
	if (span_is(key, "OR")) {
		one = finds(s);
		s->rest = span_trim(s->rest);
		two = finds(s);
		return one || two;
	}
	return finds_key(s, key);
}

static bool
finds_list(struct server *s)
{
	bool all = true;

	while (!span_starts(s->rest, SPAN(")"))) {
		assert(s->rest.n > 0);
		all &= finds(s);
		s->rest = span_trim(s->rest);
	}
	s->rest = span_trim(span_from(s->rest, 1));
	return all;
}

static bool
finds_key(struct server *s, struct span key)
{
	static const struct {
		const char *key;
		unsigned flag;
	} flags[] = {{"SEEN", FLAG_SEEN}, {"DRAFT", FLAG_DRAFT},
	    {"FLAGGED", FLAG_FLAGGED}, {"ANSWERED", FLAG_ANSWERED},
	    {"DELETED", FLAG_TRASHED}};
	unsigned has = s->summary->flags;
	uint64_t n;

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (span_is(key, flags[i].key))
			return (has & flags[i].flag) != 0;
	if (span_is(key, "ALL"))
		return true;
	if (span_is(key, "UNSEEN"))
		return (has & FLAG_SEEN) == 0;
	if (span_is(key, "KEYWORD"))
		return assert(span_is(word(s), "$Forwarded")),
		       (has & FLAG_PASSED) != 0;
	if (span_is(key, "SENTSINCE") || span_is(key, "SENTBEFORE"))
		return finds_date(s, span_is(key, "SENTSINCE"));
	if (span_is(key, "LARGER") || span_is(key, "SMALLER")) {
		assert(span_num(word(s), UINT32_MAX, &n));
		return span_is(key, "LARGER") ? s->summary->size > n
					      : s->summary->size < n;
	}
	return finds_text(s, key);
}

static bool
finds_text(struct server *s, struct span key)
{
	struct span name = key;

	if (span_is(key, "BODY") || span_is(key, "TEXT"))
		return finds_body(s, span_is(key, "TEXT"));
	if (span_is(key, "HEADER")) {
		assert(span_is(word(s), "?"));
		name = next_string(s);
	} else {
		assert(span_is(key, "SUBJECT"));
	}
	assert(span_is(word(s), "?"));
	return holds(s, name, next_string(s));
}

/* What CHARSET is sent for, all servers decode. */
static bool
finds_body(struct server *s, bool in_header)
{
	struct buf text = {0}, header = {0}, wanted = {0};
	struct err e;
	bool found;

	assert(s->imap->is_charset && span_is(word(s), "?"));
	assert(query_gather(s->message, SIZE_MAX, &text, &header, &e) == 0);
	if (in_header)
		buf_span(&text, buf_view(&header));
	fold_text(next_string(s), &wanted);
	found = span_find(buf_view(&text), buf_view(&wanted)) != SPAN_NONE;
	buf_free(&text);
	buf_free(&header);
	buf_free(&wanted);
	return found;
}

/* The day where it was written; none counts as 1970. */
static bool
finds_date(struct server *s, bool since)
{
	struct date day = {0}, sent = {0};
	struct buf text = {0};
	struct span written;
	int64_t local;

	written = word(s);
	if (written.n == 10)
		buf_char(&text, ' ');
	buf_span(&text, written);
	buf_str(&text, " 00:00:00 +0000");
	assert(date_parse_imap(buf_view(&text), &day));
	buf_free(&text);
	if (!date_parse(s->summary->field[SUMMARY_DATE], &sent))
		sent = (struct date){0};
	local = sent.sec + sent.zone_min * 60;
	return since ? local >= day.sec : local < day.sec;
}

static bool
holds(const struct server *s, struct span name, struct span text)
{
	struct span header = s->summary->header;
	struct buf value = {0}, folded = {0}, wanted = {0};
	struct field f;
	bool found = false;

	fold(s, text, &wanted);
	while (!found && header_next(&header, &f) == 1) {
		if (!span_ieq(f.name, name))
			continue;
		buf_cut(&value, 0);
		buf_cut(&folded, 0);
		if (s->decodes)
			word_decode(f.value, &value);
		else
			header_unfold(f.value, &value);
		fold(s, buf_view(&value), &folded);
		found = span_find(buf_view(&folded), buf_view(&wanted)) !=
		    SPAN_NONE;
	}
	buf_free(&value);
	buf_free(&folded);
	buf_free(&wanted);
	return found;
}

static void
fold(const struct server *s, struct span text, struct buf *out)
{
	if (s->decodes) {
		fold_text(text, out);
		return;
	}
	for (size_t i = 0; i < text.n; i++)
		buf_char(out, ascii_lower(text.p[i]));
}

static struct span
next_string(struct server *s)
{
	assert(s->used < s->imap->n);
	return s->imap->string[s->used++];
}

/* Up to a blank or a parenthesis, and the blank. */
static struct span
word(struct server *s)
{
	size_t n = 0;
	struct span w;

	while (n < s->rest.n && s->rest.p[n] != ' ' && s->rest.p[n] != ')')
		n++;
	w = span_sub(s->rest, 0, n);
	assert(n > 0);
	s->rest = span_from(s->rest, n);
	if (span_starts(s->rest, SPAN(" ")))
		s->rest = span_from(s->rest, 1);
	return w;
}
