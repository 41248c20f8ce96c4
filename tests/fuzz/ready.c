/*
 * A ready message: what comes out has no Bcc, no CR that could be a line, and
 * its own header again gives the same; the survey counts what SMTP will send.
 */
#include <stdlib.h>

#include "mail/header.h"
#include "mail/ready.h"
#include "mail/survey.h"
#include "proto/smtp_content.h"

static void check_head(struct span head);
static void check_again(struct span message, const struct ready_add *,
    const struct ready *);
static void check_short(struct ready *, const struct ready_add *);
static void check_size(struct span message);
static void require(bool);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ready_add add = {.from = "a@example.org",
	    .message_id = "i@example.org"};
	struct span in = span_at(data, n);
	struct buf all = {0};
	struct ready r;
	struct err e;

	check_size(in);
	if (ready_make(in, &add, &r, &e) == -1) {
		require(e.kind == ERR_DATA);
		return 0;
	}
	check_head(buf_view(&r.head));
	buf_span(&all, buf_view(&r.head));
	buf_span(&all, r.body);
	check_again(buf_view(&all), &add, &r);
	check_short(&r, &add);
	ready_free(&r);
	add.is_bare_replaced = true;
	require(ready_make(in, &add, &r, &e) == 0);
	check_head(buf_view(&r.head));
	buf_free(&all);
	ready_free(&r);
	return 0;
}

static void
check_head(struct span head)
{
	struct field f;

	require(!header_find(head, "Bcc", &f));
	require(!header_find(head, "Resent-Bcc", &f));
	require(header_find(head, "Date", &f));
	require(header_find(head, "From", &f));
	require(header_find(head, "Message-ID", &f));
	for (size_t i = 0; i < head.n; i++)
		require(head.p[i] != '\r' ||
		    (i + 1 < head.n && head.p[i + 1] == '\n'));
}

static void
check_again(struct span message, const struct ready_add *add,
    const struct ready *r)
{
	struct ready again;
	struct err e;

	require(ready_make(message, add, &again, &e) == 0);
	require(span_eq(buf_view(&again.head), buf_view(&r->head)));
	require(span_eq(again.body, r->body));
	ready_free(&again);
}

/* Short lines stay, and what was made short is a ready message. */
static void
check_short(struct ready *r, const struct ready_add *add)
{
	struct span body = r->body, ignored;
	struct buf all = {0};

	ready_shorten(r);
	buf_span(&all, buf_view(&r->head));
	buf_span(&all, r->body);
	check_head(header_split(buf_view(&all), &ignored));
	if (r->head.n > 0)
		require(span_eq(r->body, body));
	else {
		struct ready again;
		struct err e;

		require(ready_make(buf_view(&all), add, &again, &e) == 0);
		ready_shorten(&again);
		require(span_ends(buf_view(&all), again.body));
		ready_free(&again);
	}
	buf_free(&all);
}

static void
check_size(struct span message)
{
	struct smtp_content content = {0};
	struct survey s = {0};
	struct buf wire = {0};

	smtp_content_add(&content, message, false, &wire);
	smtp_content_finish(&content, &wire);
	survey_add(&s, message);
	survey_end(&s);
	require(s.size == wire.n);
	buf_free(&wire);
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}
