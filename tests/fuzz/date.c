/*
 * A date that is understood is the same after each of its formats, and behind a
 * comment.
 */
#include <assert.h>

#include "text/date.h"

#define NOW INT64_C(1795302600)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void comes_back(struct date);
static void is_same_later(struct span);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = span_at(data, n);
	const struct date_here here = {NOW, NULL};
	int64_t from, until;
	struct date d;

	if (date_parse(in, &d))
		comes_back(d);
	is_same_later(in);
	if (date_parse_asctime(in, &d))
		comes_back(d);
	if (date_parse_imap(in, &d))
		comes_back(d);
	date_range(in, &here, &from, &until);
	if (date_period(in, &until))
		assert(until >= 0);
	return 0;
}

static void
comes_back(struct date d)
{
	struct buf text = {0};
	struct date again;

	assert(d.sec >= DATE_SEC_MIN && d.sec <= DATE_SEC_MAX);
	assert(d.zone_min > -24 * 60 && d.zone_min < 24 * 60);
	assert(d.zone_set || d.zone_min == 0);
	/* the local year of a time at either end has no four digits */
	if (d.sec < DATE_SEC_MIN + 86400 || d.sec > DATE_SEC_MAX - 86400)
		return;
	assert(date_sec(date_civil(d.sec)) == d.sec);
	date_rfc5322(d, &text);
	assert(date_parse(buf_view(&text), &again));
	assert(again.sec == d.sec && again.zone_min == d.zone_min &&
	    again.zone_set == d.zone_set);
	buf_cut(&text, 0);
	date_imap(d, &text);
	assert(date_parse_imap(buf_view(&text), &again));
	assert(again.sec == d.sec && again.zone_min == d.zone_min);
	buf_cut(&text, 0);
	date_rfc3339(d, &text);
	assert(date_parse(buf_view(&text), &again));
	assert(again.sec == d.sec && again.zone_min == d.zone_min);
	buf_free(&text);
}

/* There the date is not looked for at its usual place. */
static void
is_same_later(struct span in)
{
	struct buf text = {0};
	struct date here, later;
	bool is_date = date_parse(in, &here);

	buf_str(&text, "()");
	buf_span(&text, in);
	assert(date_parse(buf_view(&text), &later) == is_date);
	if (is_date)
		assert(later.sec == here.sec &&
		    later.zone_min == here.zone_min &&
		    later.zone_set == here.zone_set);
	buf_free(&text);
}
