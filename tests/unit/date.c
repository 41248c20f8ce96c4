#include "text/date.h"
#include "unit/unit.h"

#define NONE 9999 /* the zone is not set */

/* 2026-11-21T09:05:00+01:00 */
#define THEN INT64_C(1795248300)
#define HOUR 3600
#define DAY (24 * HOUR)

static const struct row {
	const char *text;
	int64_t sec;
	int zone_min;
} rows[] = {
    {"Sat, 21 Nov 2026 09:05:00 +0100", THEN, 60},
    {"21 Nov 2026 09:05:00 +0100", THEN, 60},
    {"21 Nov 2026 09:05 +0100", THEN, 60},
    {"  Sat , 21  Nov\r\n 2026 09 : 05 : 00 +0100  ", THEN, 60},
    {"Sat (day), 21 (a (b) \\) c) Nov 2026 09:05:00 +0100 (CET)", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00 +0100 (unclosed", THEN, 60},
    {"Mon, 21 Nov 2026 09:05:00 +0100", THEN, 60},
    {"sat, 21 nov 2026 09:05:00 +0100", THEN, 60},
    {"SAT, 21 NOV 2026 09:05:00 +0100", THEN, 60},
    {"Saturday, 21 November 2026 09:05:00 +0100", THEN, 60},
    {"mar, 21 nov 2026 09:05:00 +0100", THEN, 60},
    {"Sat 21 Nov 2026 09:05:00 +0100", THEN, 60},
    {"Sat, 21-Nov-2026 09:05:00 +0100", THEN, 60},
    {"21-11-2026 09:05:00 +0100", THEN, 60},
    {"21.11.2026 09:05:00 +0100", THEN, 60},
    {"21/11/26 09:05:00 +0100", THEN, 60},
    {"11/21/2026 09:05:00 +0100", THEN, 60},
    {"11-21-2026 09:05:00 +0100", THEN, 60},
    {"2026/11/21 09:05:00 +0100", THEN, 60},
    {"21 11 2026 09:05:00 +0100", THEN, 60},
    {"Sat, 21 Nov 26 09:05:00 +0100", THEN, 60},
    {"Sat, 21 Nov 126 09:05:00 +0100", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00", THEN + HOUR, NONE},
    {"Sat, 21 Nov 2026 09:05:00 -0000", THEN + HOUR, NONE},
    {"Sat, 21 Nov 2026 09:05:00 +0000", THEN + HOUR, 0},
    {"Sat, 21 Nov 2026 09:05:00 GMT", THEN + HOUR, 0},
    {"Sat, 21 Nov 2026 09:05:00 UT", THEN + HOUR, 0},
    {"Sat, 21 Nov 2026 09:05:00 utc", THEN + HOUR, 0},
    {"Sat, 21 Nov 2026 09:05:00 Z", THEN + HOUR, 0},
    {"Sat, 21 Nov 2026 09:05:00 A", THEN + HOUR, NONE},
    {"Sat, 21 Nov 2026 09:05:00 XYZ", THEN + HOUR, NONE},
    {"Sat, 21 Nov 2026 03:05:00 EST", THEN, -300},
    {"Sat, 21 Nov 2026 04:05:00 EDT", THEN, -240},
    {"Sat, 21 Nov 2026 02:05:00 CST", THEN, -360},
    {"Sat, 21 Nov 2026 03:05:00 CDT", THEN, -300},
    {"Sat, 21 Nov 2026 01:05:00 MST", THEN, -420},
    {"Sat, 21 Nov 2026 02:05:00 MDT", THEN, -360},
    {"Sat, 21 Nov 2026 00:05:00 PST", THEN, -480},
    {"Sat, 21 Nov 2026 01:05:00 PDT", THEN, -420},
    {"Sat, 21 Nov 2026 09:05:00 GMT+1", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00 GMT+0100", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00 UTC +01:00", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00 +1", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00 +100", THEN, 60},
    {"Sat, 21 Nov 2026 09:05:00 +0100 EST", THEN, 60},
    {"Sat, 21 Nov 2026 02:35:00 -0530", THEN, -330},
    {"Sat, 21 Nov 2026 09:05:00 +9999", THEN + HOUR, NONE},
    {"Sat, 21 Nov 2026 09:05:00 +0100 and more 7 8", THEN, 60},
    {"Sat Nov 21 09:05:00 2026", THEN + HOUR, NONE},
    {"Sat Nov 21 09:05:00 +0100 2026", THEN, 60},
    {"Sat Nov 21 09:05:00 CET 2026", THEN, 60},
    {"Nov 21, 2026 9:05 AM +0100", THEN, 60},
    {"Nov 21, 2026 9:05PM +0100", THEN + 12 * HOUR, 60},
    {"21 Nov 2026 12:05 AM +0100", THEN - 9 * HOUR, 60},
    {"2026-11-21T09:05:00+01:00", THEN, 60},
    {"2026-11-21T08:05:00Z", THEN, 0},
    {"2026-11-21 09:05:00.123456 +0100", THEN, 60},
    {"21 Nov 2026 09.05.00 +0100", THEN, 60},
    {"21 Nov 2026", THEN - 9 * HOUR - 5 * 60 + HOUR, NONE},
    {"31 Dec 2016 23:59:60 +0000", INT64_C(1483228800), 0},
    {"1 Jan 1970 00:00:00 +0000", 0, 0},
    {"31 Dec 1969 23:59:59 +0000", -1, 0},
    {"29 Feb 2000 00:00:00 +0000", INT64_C(951782400), 0},
    {"1 Jan 50 00:00 +0000", INT64_C(-631152000), 0},
    {"1 Jan 49 00:00 +0000", INT64_C(2493072000), 0},
    {"1 Jan 0001 00:00 +0000", DATE_SEC_MIN, 0},
    {"31 Dec 9999 23:59:59 +0000", DATE_SEC_MAX, 0},
};

START_TEST(parses)
{
	const struct row *row = &rows[_i];
	struct date d = {0};

	ck_assert_msg(date_parse(span_of(row->text), &d), "%s", row->text);
	ck_assert_msg(d.sec == row->sec, "%s: off by %lld", row->text,
	    (long long)(d.sec - row->sec));
	ck_assert_msg(d.zone_set == (row->zone_min != NONE), "%s", row->text);
	ck_assert_int_eq(d.zone_min, d.zone_set ? row->zone_min : 0);
}
END_TEST

/* Behind a comment nothing has its usual place. */
START_TEST(is_the_same_at_any_place)
{
	static const char bytes[] = " 0193567:-+,.(aMv\n";
	struct buf text = {0};
	struct date here, later;
	struct span plain;
	bool is_date;

	for (size_t at = 0; at < 32; at++)
		for (size_t i = 0; i < sizeof bytes; i++) {
			buf_cut(&text, 0);
			buf_str(&text, "() Sat, 21 Nov 2026 09:05:00 +0100");
			text.p[2 + at] = bytes[i];
			plain = span_from(buf_view(&text), 2);
			is_date = date_parse(plain, &here);
			ck_assert(date_parse(buf_view(&text), &later) ==
			    is_date);
			ck_assert_msg(!is_date || (here.sec == later.sec &&
			    here.zone_set == later.zone_set &&
			    here.zone_min == later.zone_min), "%s", text.p);
		}
	buf_free(&text);
}
END_TEST

static const char *const no_dates[] = {"", " ", "(21 Nov 2026)", "Nov 2026",
    "21 Nov", "21 2026 09:05", "0 Nov 2026", "31 Nov 2026", "29 Feb 2026",
    "29 Feb 1900", "21 Nov 2026 24:00:00", "21 Nov 2026 09:60:00",
    "21 Nov 2026 09:05:61", "21 Nov 0000", "21 Nov 20266", "never",
    "2026-13-21", "2026-11", "1 Jan 0001 00:00:00 +0100",
    "31 Dec 9999 23:59:59 -0100", "99999999999999999999 Nov 2026",
    "21 Nov 2026 13:", ":::::", "++++", "31/31/2026"};

START_TEST(refuses)
{
	struct date d = {7, 7, true};

	ck_assert_msg(!date_parse(span_of(no_dates[_i]), &d), "%s",
	    no_dates[_i]);
	ck_assert_int_eq(d.sec, 7);
}
END_TEST

START_TEST(imap)
{
	static const char *const bad[] = {"", "21-Nov-2026 09:05:00 +01000",
	    "21-Nov-2026 09:05:00  0100", "21-Foo-2026 09:05:00 +0100",
	    "xx-Nov-2026 09:05:00 +0100", "31-Nov-2026 09:05:00 +0100",
	    "21 Nov 2026 09:05:00 +0100", "21-Nov-2026 25:05:00 +0100"};
	struct date d;
	struct buf out = {0};

	ck_assert(date_parse_imap(SPAN("21-Nov-2026 09:05:00 +0100"), &d));
	ck_assert_int_eq(d.sec, THEN);
	ck_assert_int_eq(d.zone_min, 60);
	date_imap(d, &out);
	ck_assert_str_eq(buf_cstr(&out), "21-Nov-2026 09:05:00 +0100");
	ck_assert(date_parse_imap(SPAN(" 1-nov-2026 09:05:00 -0130"), &d));
	ck_assert_int_eq(d.sec, THEN - 20 * DAY + HOUR + 90 * 60);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!date_parse_imap(span_of(bad[i]), &d), "%s",
		    bad[i]);
	buf_free(&out);
}
END_TEST

START_TEST(asctime_of_mbox)
{
	static const char *const bad[] = {"", "Nov 21 09:05:00 2026",
	    "Sat 21 Nov 09:05:00 2026", "Sat Nov 21 2026", "Sat Nov 21",
	    "Sat, Nov 21 09:05:00 2026", "Sat Nov 21 09 2026",
	    "Sat Nov 31 09:05:00 2026", "Sat Nov 21 09:05:00"};
	struct date d;

	ck_assert(date_parse_asctime(SPAN("Sat Nov 21 08:05:00 2026"), &d));
	ck_assert_int_eq(d.sec, THEN);
	ck_assert(date_parse_asctime(SPAN("Sat Nov 21 08:05 2026"), &d));
	ck_assert_int_eq(d.sec, THEN);
	ck_assert(date_parse_asctime(SPAN("Sat Nov  1 09:05:00 2026 +0100"),
	    &d));
	ck_assert_int_eq(d.sec, THEN - 20 * DAY);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!date_parse_asctime(span_of(bad[i]), &d), "%s",
		    bad[i]);
}
END_TEST

static void
check_format(struct date d, const char *rfc5322, const char *rfc3339)
{
	struct buf out = {0};

	date_rfc5322(d, &out);
	ck_assert_str_eq(buf_cstr(&out), rfc5322);
	buf_cut(&out, 0);
	date_rfc3339(d, &out);
	ck_assert_str_eq(buf_cstr(&out), rfc3339);
	buf_free(&out);
}

START_TEST(formats)
{
	check_format((struct date){THEN, 60, true},
	    "Sat, 21 Nov 2026 09:05:00 +0100", "2026-11-21T09:05:00+01:00");
	check_format((struct date){THEN, 0, true},
	    "Sat, 21 Nov 2026 08:05:00 +0000", "2026-11-21T08:05:00Z");
	check_format((struct date){THEN, 0, false},
	    "Sat, 21 Nov 2026 08:05:00 -0000", "2026-11-21T08:05:00Z");
	check_format((struct date){THEN, -210, true},
	    "Sat, 21 Nov 2026 04:35:00 -0330", "2026-11-21T04:35:00-03:30");
	check_format((struct date){-1, 0, true},
	    "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59Z");
	check_format((struct date){DATE_SEC_MIN, 0, true},
	    "Mon, 01 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z");
	check_format((struct date){DATE_SEC_MAX, 0, true},
	    "Fri, 31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59Z");
}
END_TEST

/* Day by day through four hundred years: each follows the one before. */
START_TEST(calendar)
{
	struct date_civil was = date_civil(-1), c;

	for (int64_t day = 0; day < 146097; day++) {
		c = date_civil(day * DAY + 12345);
		ck_assert_int_eq(date_sec(c), day * DAY + 12345);
		ck_assert_int_eq(c.weekday, (was.weekday + 1) % 7);
		if (c.day != 1) {
			ck_assert_int_eq(c.day, was.day + 1);
			ck_assert_int_eq(c.month, was.month);
		} else {
			ck_assert_int_eq(c.month, was.month % 12 + 1);
			ck_assert_int_ge(was.day, 28);
		}
		was = c;
	}
	ck_assert_int_eq(date_civil(INT64_MIN).year, 1);
	ck_assert_int_eq(date_civil(INT64_MAX).year, 9999);
}
END_TEST

/* now is 2026-11-21T23:30:00Z; the local day is the 22nd at +0100. */
#define NOW (THEN - 8 * HOUR - 5 * 60 + 23 * HOUR + 30 * 60)
#define MIDNIGHT (NOW - 30 * 60)

static const struct range {
	const char *text;
	int64_t from, until;
} ranges[] = {
    {"today", MIDNIGHT, MIDNIGHT + DAY},
    {"Yesterday", MIDNIGHT - DAY, MIDNIGHT},
    {"2026-11-22", MIDNIGHT, MIDNIGHT + DAY},
    {"2026-11-21", MIDNIGHT - DAY, MIDNIGHT},
    {"2026-11", MIDNIGHT - 21 * DAY, MIDNIGHT + 9 * DAY},
    {"2026-12", MIDNIGHT + 9 * DAY, MIDNIGHT + 40 * DAY},
    {"2026", MIDNIGHT - 325 * DAY, MIDNIGHT + 40 * DAY},
    {"2026-11..2026-12", MIDNIGHT - 21 * DAY, MIDNIGHT + 40 * DAY},
    {"2026-11-22..", MIDNIGHT, INT64_MAX},
    {"..2026-11-22", INT64_MIN, MIDNIGHT + DAY},
    {"yesterday..today", MIDNIGHT - DAY, MIDNIGHT + DAY},
    {"7d", NOW - 7 * DAY, NOW + 1},
    {"7D", NOW - 7 * DAY, NOW + 1},
    {"12h", NOW - 12 * HOUR, NOW + 1},
    {"2w", NOW - 14 * DAY, NOW + 1},
    {"7d..2d", NOW - 7 * DAY, NOW - 2 * DAY},
    {"1m", NOW - 31 * DAY, NOW + 1},
    {"9m", NOW - 273 * DAY, NOW + 1},
    {"1y", NOW - 365 * DAY, NOW + 1},
    {"999999999y", DATE_SEC_MIN, NOW + 1},
};

static int
an_hour(int64_t sec)
{
	(void)sec;
	return 60;
}

static const struct date_here here = {NOW, an_hour};

START_TEST(names_ranges)
{
	const struct range *r = &ranges[_i];
	int64_t from, until;

	ck_assert_msg(date_range(span_of(r->text), &here, &from, &until),
	    "%s", r->text);
	ck_assert_msg(from == r->from, "%s: from is off by %lld", r->text,
	    (long long)(from - r->from));
	ck_assert_msg(until == r->until, "%s: until is off by %lld", r->text,
	    (long long)(until - r->until));
}
END_TEST

START_TEST(refuses_ranges)
{
	static const char *const bad[] = {"", "..", "tomorrow", "2026-13",
	    "2026-11-31", "2026-11-2", "26-11-21", "2026/11/21", "7", "7s",
	    "d", "-7d", "2026-11-21..x", "x..2026", "0000", "2026-00",
	    "9999999999d"};
	int64_t from, until;

	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!date_range(span_of(bad[i]), &here, &from,
		    &until), "%s", bad[i]);
}
END_TEST

/* An hour ahead, and one more between these; midnights that are there. */
#define SUMMER INT64_C(1774746000) /* 2026-03-29T01:00:00Z */
#define WINTER INT64_C(1792890000) /* 2026-10-25T01:00:00Z */

static int
by_season(int64_t sec)
{
	return sec >= SUMMER && sec < WINTER ? 120 : 60;
}

/* From 2026-03-29T00:00 on two hours behind instead of three, and back. */
static int
at_midnight(int64_t sec)
{
	return sec >= SUMMER + 2 * HOUR && sec < WINTER + HOUR ? -120 : -180;
}

/* A day is left out: 2026-03-28 is not followed by 2026-03-29. */
static int
over_a_day(int64_t sec)
{
	return sec >= SUMMER + 9 * HOUR ? 14 * 60 : -10 * 60;
}

static const struct {
	const char *text;
	int (*zone_min)(int64_t);
	int64_t from, until;
} seasons[] = {
    {"2026-03-28", by_season, SUMMER - 26 * HOUR, SUMMER - 2 * HOUR},
    {"2026-03-29", by_season, SUMMER - 2 * HOUR, SUMMER + 21 * HOUR},
    {"2026-03-30", by_season, SUMMER + 21 * HOUR, SUMMER + 45 * HOUR},
    {"2026-10-25", by_season, WINTER - 3 * HOUR, WINTER + 22 * HOUR},
    {"2026-07", by_season, WINTER - 116 * DAY - 3 * HOUR,
	WINTER - 85 * DAY - 3 * HOUR},
    {"2026", by_season, SUMMER - 87 * DAY - 2 * HOUR,
	WINTER + 67 * DAY + 22 * HOUR},
    {"5m", by_season, NOW - 153 * DAY - HOUR, NOW + 1},
    {"2026-03-28", at_midnight, SUMMER - 22 * HOUR, SUMMER + 2 * HOUR},
    {"2026-03-29", at_midnight, SUMMER + 2 * HOUR, SUMMER + 25 * HOUR},
    {"2026-10-24", at_midnight, WINTER - 23 * HOUR, WINTER + 2 * HOUR},
    {"2026-10-25", at_midnight, WINTER + 2 * HOUR, WINTER + 26 * HOUR},
    {"2026-03-28", over_a_day, SUMMER - 15 * HOUR, SUMMER + 9 * HOUR},
    {"2026-03-29", over_a_day, SUMMER + 9 * HOUR, SUMMER + 9 * HOUR},
    {"2026-03-30", over_a_day, SUMMER + 9 * HOUR, SUMMER + 33 * HOUR},
};

START_TEST(goes_by_the_clocks_of_the_day)
{
	struct date_here there = {NOW, seasons[_i].zone_min};
	int64_t from, until;

	ck_assert(date_range(span_of(seasons[_i].text), &there, &from,
	    &until));
	ck_assert_msg(from == seasons[_i].from, "%s: from is off by %lld",
	    seasons[_i].text, (long long)(from - seasons[_i].from));
	ck_assert_msg(until == seasons[_i].until, "%s: until is off by %lld",
	    seasons[_i].text, (long long)(until - seasons[_i].until));
}
END_TEST

START_TEST(goes_by_the_clocks_of_today)
{
	struct date_here there = {WINTER + HOUR, by_season};
	int64_t from, until;

	ck_assert(date_range(SPAN("today"), &there, &from, &until));
	ck_assert_int_eq(from, WINTER - 3 * HOUR);
	ck_assert_int_eq(until, WINTER + 22 * HOUR);
	there.sec += DAY;
	ck_assert(date_range(SPAN("yesterday"), &there, &from, &until));
	ck_assert_int_eq(from, WINTER - 3 * HOUR);
	ck_assert_int_eq(until, WINTER + 22 * HOUR);
	there.sec = SUMMER + 70 * HOUR; /* the first of a month */
	ck_assert(date_range(SPAN("yesterday"), &there, &from, &until));
	ck_assert_int_eq(until - from, DAY);
	ck_assert_int_eq(until, SUMMER + 69 * HOUR);
}
END_TEST

START_TEST(periods)
{
	static const struct {
		const char *text;
		int64_t sec;
	} good[] = {{"90", 90}, {"30s", 30}, {"10m", 600}, {"12h", 12 * HOUR},
	    {"5d", 5 * DAY}, {"2w", 14 * DAY}, {"0", 0}, {"5D", 5 * DAY}};
	static const char *const bad[] = {"", "d", "5y", "-5", "5 d", "5dd",
	    "1e3", "9999999999"};
	int64_t sec;

	for (size_t i = 0; i < COUNT(good); i++) {
		ck_assert(date_period(span_of(good[i].text), &sec));
		ck_assert_int_eq(sec, good[i].sec);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!date_period(span_of(bad[i]), &sec), "%s",
		    bad[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("date");

	unit_each(s, parses, COUNT(rows));
	unit_test(s, is_the_same_at_any_place);
	unit_each(s, refuses, COUNT(no_dates));
	unit_test(s, imap);
	unit_test(s, asctime_of_mbox);
	unit_test(s, formats);
	unit_test(s, calendar);
	unit_each(s, names_ranges, COUNT(ranges));
	unit_test(s, refuses_ranges);
	unit_each(s, goes_by_the_clocks_of_the_day, COUNT(seasons));
	unit_test(s, goes_by_the_clocks_of_today);
	unit_test(s, periods);
	return unit_main(s);
}
