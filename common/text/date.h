/*
 * Dates as mail writes them.  A time is seconds since 1970-01-01T00:00:00Z and
 * the offset it was written with; no clock and no zone file is read here.
 */
#ifndef TEXT_DATE_H
#define TEXT_DATE_H

#include "base/buf.h"

#define DATE_SEC_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define DATE_SEC_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

struct date {
	int64_t sec;   /* since the epoch, UTC; the year is 1 to 9999 */
	int zone_min;  /* minutes east of UTC */
	bool zone_set; /* false: none, "-0000" or an unknown name was given */
};

/* When and where something is asked. */
struct date_here {
	int64_t sec;		      /* now */
	int (*zone_min)(int64_t sec); /* the offset there then; NULL: UTC */
};

/* One calendar moment. */
struct date_civil {
	int year, month, day;	  /* month 1-12, day 1-31 */
	int hour, minute, second; /* second 0-60 */
	int weekday;		  /* 0 is Sunday */
};

/*
 * A Date field's value (RFC 5322, section 3.3, with section 4.3's obsolete
 * forms and those that mailers write against it): false if it is none.
 */
bool date_parse(struct span, struct date *);
/* IMAP's date-time (RFC 9051): "21-Nov-2026 09:05:00 +0100", unquoted. */
bool date_parse_imap(struct span, struct date *);
/* An mbox From_ line's asctime, taken as UTC unless a zone stands there. */
bool date_parse_asctime(struct span, struct date *);

/* "Sat, 21 Nov 2026 09:05:00 +0100"; "2026-11-21T09:05:00+01:00" or "…Z". */
void date_rfc5322(struct date, struct buf *);
void date_rfc3339(struct date, struct buf *);
/* "21-Nov-2026 09:05:00 +0100" */
void date_imap(struct date, struct buf *);
/* "Sat Nov 21 09:05:00 2026", in UTC; always 24 characters */
void date_asctime(int64_t sec, struct buf *);
/* "2026-11-21 09:05" */
void date_minute(struct date_civil, struct buf *);

/*
 * The calendar moment of seconds since the epoch, clipped to the years 1 to
 * 9999, and back; date_sec does not look at the weekday.
 */
struct date_civil date_civil(int64_t sec);
int64_t date_sec(struct date_civil);
int date_month_days(int year, int month);

/*
 * What a query or an option calls a date, as the half-open range of seconds
 * that it names: "2026-11-21", "2026-11", "2026", "2026-11..2026-12", "today",
 * "yesterday", "7d" "12h" "2w" "3m" "1y" (that long before now until now, the
 * second of now included).  Either end of ".." may be left out.  Days, months
 * and years are those of where it is asked.  False if it is none of these.
 */
bool date_range(struct span, const struct date_here *, int64_t *from,
    int64_t *until);

/* The n digits of s at at; false where not all are there or digits. */
bool date_digits(struct span, size_t at, size_t n, int *);

/* "90", "5d", "12h", "10m", "30s", "2w": seconds; false if it is none. */
bool date_period(struct span, int64_t *sec);

#endif
