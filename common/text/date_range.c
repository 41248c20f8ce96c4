#include <string.h>

#include "text/date.h"

#define DAY_SEC 86400
#define NUMBER_MAX 999999999 /* of an amount's units */

static bool one_range(struct span, const struct date_here *, int64_t *from,
    int64_t *until);
static bool calendar_range(struct span, const struct date_here *,
    int64_t *from, int64_t *until);
static bool ago(struct span, const struct date_here *, int64_t *from);
static bool amount(struct span, int64_t *, char *unit);
static int64_t months_before(const struct date_here *, int64_t n);
static int64_t first_second(struct date_civil, const struct date_here *);
static int64_t zone_sec(const struct date_here *, int64_t sec);

bool
date_range(struct span s, const struct date_here *here, int64_t *from,
    int64_t *until)
{
	size_t dots = span_find(s, SPAN(".."));
	struct span first = span_sub(s, 0, dots), last;
	int64_t unused;

	if (dots == SPAN_NONE)
		return one_range(s, here, from, until);
	last = span_from(s, dots + 2);
	*from = INT64_MIN;
	*until = INT64_MAX;
	if (first.n == 0 && last.n == 0)
		return false;
	if (first.n > 0 && !one_range(first, here, from, &unused))
		return false;
	/* "7d..2d" ends two days ago, "2026-11..2026-12" after December */
	return last.n == 0 || ago(last, here, until) ||
	    one_range(last, here, &unused, until);
}

bool
date_period(struct span s, int64_t *sec)
{
	static const char units[] = "smhdw";
	static const int in_sec[] = {1, 60, 3600, DAY_SEC, 7 * DAY_SEC};
	const char *at;
	char unit;

	if (!amount(s, sec, &unit))
		return false;
	at = strchr(units, unit == '\0' ? 's' : unit);
	if (at == NULL)
		return false;
	*sec *= in_sec[at - units];
	return true;
}

static bool
one_range(struct span s, const struct date_here *here, int64_t *from,
    int64_t *until)
{
	struct date_civil day = date_civil(here->sec +
	    zone_sec(here, here->sec));

	day.hour = day.minute = day.second = 0;
	if (span_iis(s, "today") || span_iis(s, "yesterday")) {
		day.day -= span_iis(s, "yesterday");
		*from = first_second(day, here);
		day.day++;
		*until = first_second(day, here);
		return true;
	}
	if (ago(s, here, from)) {
		*until = here->sec + 1;
		return true;
	}
	return calendar_range(s, here, from, until);
}

/* A year, a month or a day. */
static bool
calendar_range(struct span s, const struct date_here *here, int64_t *from,
    int64_t *until)
{
	struct date_civil at = {.month = 1, .day = 1}, end;

	if ((s.n != 4 && s.n != 7 && s.n != 10) ||
	    !date_digits(s, 0, 4, &at.year) || at.year < 1 ||
	    (s.n > 4 &&
		(s.p[4] != '-' || !date_digits(s, 5, 2, &at.month))) ||
	    (s.n > 7 && (s.p[7] != '-' || !date_digits(s, 8, 2, &at.day))) ||
	    at.month < 1 || at.month > 12 || at.day < 1 ||
	    at.day > date_month_days(at.year, at.month))
		return false;
	end = at;
	if (s.n == 10)
		end.day++;
	else if (s.n == 7)
		end.month++;
	else
		end.year++;
	*from = first_second(at, here);
	*until = first_second(end, here);
	return true;
}

/* "7d": that long before now. */
static bool
ago(struct span s, const struct date_here *here, int64_t *from)
{
	int64_t n, sec;
	char unit;

	if (!amount(s, &n, &unit))
		return false;
	if (unit == 'm' || unit == 'y') {
		*from = months_before(here, unit == 'y' ? 12 * n : n);
		return true;
	}
	if (unit != 'h' && unit != 'd' && unit != 'w')
		return false;
	*from = date_period(s, &sec) ? here->sec - sec : here->sec;
	return true;
}

/* A number and one letter, '\0' where there is none. */
static bool
amount(struct span s, int64_t *n, char *unit)
{
	uint64_t number;

	*unit = '\0';
	if (s.n > 0 && ascii_alpha(s.p[s.n - 1])) {
		*unit = ascii_lower(s.p[s.n - 1]);
		s.n--;
	}
	if (!span_num(s, NUMBER_MAX, &number))
		return false;
	*n = (int64_t)number;
	return true;
}

/* The same day of an earlier month, or that month's last. */
static int64_t
months_before(const struct date_here *here, int64_t n)
{
	struct date_civil c = date_civil(here->sec +
	    zone_sec(here, here->sec));
	int64_t month = (int64_t)c.year * 12 + c.month - 1 - n;

	if (month < 12)
		return DATE_SEC_MIN;
	c.year = (int)(month / 12);
	c.month = (int)(month % 12) + 1;
	if (c.day > date_month_days(c.year, c.month))
		c.day = date_month_days(c.year, c.month);
	return first_second(c, here);
}

/*
 * The first at which clocks there show that time or, where they are put
 * forward past it, a later one.
 */
static int64_t
first_second(struct date_civil at, const struct date_here *here)
{
	int64_t local = date_sec(at);
	int64_t before = zone_sec(here, local - DAY_SEC);
	int64_t after = zone_sec(here, local + DAY_SEC);
	int64_t early = local - (before > after ? before : after);
	int64_t late = local - (before > after ? after : before);

	return early + zone_sec(here, early) >= local ? early : late;
}

static int64_t
zone_sec(const struct date_here *here, int64_t sec)
{
	return here->zone_min == NULL ? 0 : here->zone_min(sec) * 60;
}

