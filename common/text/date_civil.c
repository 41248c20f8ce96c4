/* The calendar, Gregorian at all times. */
#include "text/date.h"

#define DAY_SEC 86400
#define DAYS_400 146097 /* of so many years, from one after a leap year's */
#define DAYS_100 36524
#define DAYS_4 1461

static bool is_leap(int year);

struct date_civil
date_civil(int64_t sec)
{
	struct date_civil c = {0};
	int64_t day, centuries, years;
	int of_day;

	if (sec < DATE_SEC_MIN)
		sec = DATE_SEC_MIN;
	if (sec > DATE_SEC_MAX)
		sec = DATE_SEC_MAX;
	sec -= DATE_SEC_MIN;
	day = sec / DAY_SEC;
	of_day = (int)(sec % DAY_SEC);
	c.hour = of_day / 3600;
	c.minute = of_day / 60 % 60;
	c.second = of_day % 60;
	c.weekday = (int)((day + 1) % 7);
	c.year = 1 + (int)(day / DAYS_400 * 400);
	day %= DAYS_400;
	centuries = day / DAYS_100 > 3 ? 3 : day / DAYS_100;
	day -= centuries * DAYS_100;
	c.year += (int)(centuries * 100 + day / DAYS_4 * 4);
	day %= DAYS_4;
	years = day / 365 > 3 ? 3 : day / 365;
	c.year += (int)years;
	c.day = 1 + (int)(day - years * 365);
	for (c.month = 1; c.day > date_month_days(c.year, c.month); c.month++)
		c.day -= date_month_days(c.year, c.month);
	return c;
}

int64_t
date_sec(struct date_civil c)
{
	int64_t year = c.year - 1, day;

	day = year * 365 + year / 4 - year / 100 + year / 400 + c.day - 1;
	for (int month = 1; month < c.month; month++)
		day += date_month_days(c.year, month);
	return DATE_SEC_MIN + day * DAY_SEC + c.hour * 3600 + c.minute * 60 +
	    c.second;
}

int
date_month_days(int year, int month)
{
	if (month == 2)
		return is_leap(year) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
