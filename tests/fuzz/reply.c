/* What an answer takes from any header makes fields that hold one line. */
#include <stdlib.h>

#include "mail/header.h"
#include "mail/reply.h"
#include "text/charset.h"

static void check_list(const struct addr_list *);
static void check_line(struct span);
static void require(bool);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct addr_list own = {0};
	struct buf subject = {0};
	struct span header, body;
	struct reply r;

	addr_list_add(&own, "", "ann@example.org");
	header = header_split(span_at(data, n), &body);
	for (int to_all = 0; to_all < 2; to_all++) {
		reply_make(header, &own, to_all == 1, &r);
		check_list(&r.to);
		check_list(&r.cc);
		require(r.to.n > 0 || r.cc.n == 0);
		check_line(buf_view(&r.subject));
		check_line(buf_view(&r.in_reply_to));
		check_line(buf_view(&r.references));
		require(span_starts(buf_view(&r.subject), SPAN("Re: ")));
		require(r.references.n <= REPLY_REFERENCES_MAX);
		require(r.in_reply_to.n == 0 || span_ends(
		    buf_view(&r.references), buf_view(&r.in_reply_to)));
		reply_free(&r);
	}
	reply_forward_subject(header, &subject);
	check_line(buf_view(&subject));
	buf_free(&subject);
	addr_list_free(&own);
	return 0;
}

static void
check_list(const struct addr_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct addr_list one = {0};
		struct err e;

		check_line(span_of(list->v[i].address));
		check_line(span_of(list->v[i].name));
		require(addr_parse_strict(span_of(list->v[i].address), &one,
		    &e) == 0);
		require(addr_domain(list->v[i].address).n > 0);
		addr_list_free(&one);
	}
}

static void
check_line(struct span s)
{
	require(charset_is_utf8(s));
	for (size_t i = 0; i < s.n; i++)
		require(!ascii_ctl(s.p[i]));
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}
