/*
 * The first line is a query, the rest a message.  A fault lies within the
 * query; what a query does not need it does not ask for; its negation answers
 * the opposite.
 */
#include <assert.h>

#include "mail/header.h"
#include "mail/query.h"

#define NOW INT64_C(1795348800)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct source {
	struct span bytes;
	bool may_ask;
};

static bool has_regex(struct span);
static int answer(struct span query, struct span message);
static int whole(void *, struct span *, struct err *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span message = span_at(data, n), query;
	struct buf opposite = {0};
	int status;

	if (n > 64 * 1024 || span_cut(&message, '\n', &query) == 0 ||
	    has_regex(query))
		return 0;
	status = answer(query, message);
	if (status == 0 || status == 1) {
		buf_str(&opposite, "not (");
		buf_span(&opposite, query);
		buf_str(&opposite, ")");
		if (span_trim(query).n > 0)
			assert(answer(buf_view(&opposite), message) ==
			    1 - status || query.n > 90);
	}
	buf_free(&opposite);
	return 0;
}

/* The C library's regular expressions are not what is tried here. */
static bool
has_regex(struct span query)
{
	return span_find(query, SPAN(":/")) != SPAN_NONE ||
	    span_find(query, SPAN("=/")) != SPAN_NONE;
}

static int
answer(struct span text, struct span message)
{
	struct source source = {message, false};
	struct summary s = {.arrival = NOW, .size = message.n};
	struct query_message m = {.summary = &s, .whole = whole,
	    .arg = &source};
	struct date_here now = {NOW, NULL};
	struct query *q;
	struct span body;
	struct err e = {0};
	size_t fault;
	int status;

	if (query_parse(text, now, &q, &fault, &e) == -1) {
		assert(e.kind == ERR_USAGE && fault <= text.n && q == NULL);
		return -1;
	}
	source.may_ask = (query_needs(q) & QUERY_PARTS) != 0;
	summary_header(&s, header_split(message, &body));
	status = query_match(q, &m, &e);
	query_free(q);
	return status;
}

static int
whole(void *arg, struct span *bytes, struct err *e)
{
	struct source *source = arg;

	(void)e;
	assert(source->may_ask);
	*bytes = source->bytes;
	return 0;
}
