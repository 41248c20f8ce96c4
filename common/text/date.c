#include <string.h>

#include "text/date.h"

#define YEAR_MAX 9999
#define NUMBER_MAX 999999999 /* no date has a greater number */
#define FIXED 26 /* bytes of a date whose fields have their places */

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekday_names[] = "SunMonTueWedThuFriSat";

/* RFC 5322's obsolete zones, and names that are in use and not ambiguous. */
static const struct zone {
	const char *name;
	int min;
} zones[] = {
    {"acst", 570}, {"aedt", 660}, {"aest", 600}, {"akdt", -480},
    {"akst", -540}, {"bst", 60}, {"cdt", -300}, {"cest", 120},
    {"cet", 60}, {"cst", -360}, {"edt", -240}, {"eest", 180},
    {"eet", 120}, {"est", -300}, {"gmt", 0}, {"hst", -600},
    {"jst", 540}, {"kst", 540}, {"mdt", -360}, {"mest", 120},
    {"met", 60}, {"msk", 180}, {"mst", -420}, {"nzdt", 780},
    {"nzst", 720}, {"pdt", -420}, {"pst", -480}, {"sast", 120},
    {"ut", 0}, {"utc", 0}, {"west", 60}, {"wet", 0}, {"z", 0}};

enum token { END, WORD, NUMBER, MARK };

struct lexer {
	struct span rest;
	enum token token;
	struct span text; /* of the token */
	int number;
};

/* What was found so far; 0 is "not yet" for year, month and day. */
struct moment {
	struct date_civil at;
	bool has_time, has_zone, has_offset;
	bool is_number; /* the month stands there as a number */
	bool has_slash; /* after the first number: "7/10/1997" */
	int zone_min;
	bool zone_set;
};

static bool parse_plain(struct span, struct moment *);
static bool parse_fixed(struct span, char mark, struct moment *);
static bool parse(struct span, struct moment *);
static void next(struct lexer *);
static void skip_blanks(struct span *);
static void skip_comment(struct span *);
static bool is_mark(const struct lexer *, const char *marks);
static void take_word(struct lexer *, struct moment *);
static void take_zone(struct span name, struct moment *);
static bool take_number(struct lexer *, struct moment *);
static bool take_time(struct lexer *, struct moment *, int hour);
static bool take_iso(struct lexer *, struct moment *, int year);
static void take_day_or_year(struct moment *, int number, size_t digits);
static void take_offset(struct lexer *, struct moment *, int sign);
static void set_offset(struct moment *, int sign, int hour, int minute);
static void order_numbers(struct moment *);
static bool finish(const struct moment *, struct date *);
static int index_of(const char *names, struct span word);
static bool looks_like_asctime(struct span);
static struct date_civil local(struct date);
static void put_day(const struct date_civil *, struct buf *);
static void put_time(const struct date_civil *, struct buf *);
static void put_zone(struct date, const char *colon, struct buf *);
static void set_number(int, int n, char *);

bool
date_parse(struct span s, struct date *d)
{
	struct moment m = {0};

	if (parse_plain(s, &m))
		return finish(&m, d);
	m = (struct moment){0};
	if (!parse(s, &m))
		return false;
	order_numbers(&m);
	return finish(&m, d);
}

bool
date_parse_imap(struct span s, struct date *d)
{
	struct moment m = {0};

	return parse_fixed(s, '-', &m) && finish(&m, d);
}

bool
date_parse_asctime(struct span s, struct date *d)
{
	return looks_like_asctime(s) && date_parse(s, d);
}

void
date_rfc5322(struct date d, struct buf *out)
{
	struct date_civil c = local(d);

	buf_fmt(out, "%.3s, %02d %.3s %04d ", weekday_names + 3 * c.weekday,
	    c.day, month_names + 3 * (c.month - 1), c.year);
	put_time(&c, out);
	buf_char(out, ' ');
	put_zone(d, "", out);
}

void
date_rfc3339(struct date d, struct buf *out)
{
	struct date_civil c = local(d);

	put_day(&c, out);
	buf_char(out, 'T');
	put_time(&c, out);
	if (d.zone_min == 0)
		buf_char(out, 'Z');
	else
		put_zone(d, ":", out);
}

void
date_minute(struct date_civil c, struct buf *out)
{
	char text[] = " 00:00";

	set_number(c.hour, 2, text + 1);
	set_number(c.minute, 2, text + 4);
	put_day(&c, out);
	buf_add(out, text, sizeof text - 1);
}

void
date_imap(struct date d, struct buf *out)
{
	struct date_civil c = local(d);

	buf_fmt(out, "%02d-%.3s-%04d ", c.day,
	    month_names + 3 * (c.month - 1), c.year);
	put_time(&c, out);
	buf_char(out, ' ');
	put_zone(d, "", out);
}

void
date_asctime(int64_t sec, struct buf *out)
{
	struct date_civil c = date_civil(sec);

	buf_fmt(out, "%.3s %.3s %2d ", weekday_names + 3 * c.weekday,
	    month_names + 3 * (c.month - 1), c.day);
	put_time(&c, out);
	buf_fmt(out, " %04d", c.year);
}

bool
date_digits(struct span s, size_t at, size_t n, int *out)
{
	uint64_t number;

	if (!span_num(span_sub(s, at, n), YEAR_MAX, &number))
		return false;
	*out = (int)number;
	return true;
}

/* As nearly all are: "Sat, 21 Nov 2026 09:05:00 +0100". */
static bool
parse_plain(struct span s, struct moment *m)
{
	struct span day;

	s = span_trim(s);
	if (s.n < FIXED)
		return false;
	day = span_trim(span_sub(s, 0, s.n - FIXED));
	if (day.n > 0 && (day.n != 4 || !ascii_alpha(day.p[0]) ||
	    !ascii_alpha(day.p[1]) || !ascii_alpha(day.p[2]) ||
	    day.p[3] != ','))
		return false;
	return parse_fixed(span_from(s, s.n - FIXED), ' ', m);
}

/* "21-Nov-2026 09:05:00 +0100"; the first digit may be a blank. */
static bool
parse_fixed(struct span s, char mark, struct moment *m)
{
	struct date_civil *at = &m->at;
	int hour, minute;

	if (s.n != FIXED || s.p[2] != mark || s.p[6] != mark ||
	    s.p[11] != ' ' || s.p[14] != ':' || s.p[17] != ':' ||
	    s.p[20] != ' ' || (s.p[21] != '+' && s.p[21] != '-'))
		return false;
	at->month = index_of(month_names, span_sub(s, 3, 3)) + 1;
	if (at->month == 0 || !(s.p[0] == ' ' ? date_digits(s, 1, 1, &at->day)
	    : date_digits(s, 0, 2, &at->day)) ||
	    !date_digits(s, 7, 4, &at->year) ||
	    !date_digits(s, 12, 2, &at->hour) ||
	    !date_digits(s, 15, 2, &at->minute) ||
	    !date_digits(s, 18, 2, &at->second) ||
	    !date_digits(s, 22, 2, &hour) || !date_digits(s, 24, 2, &minute))
		return false;
	set_offset(m, s.p[21] == '-' ? -1 : 1, hour, minute);
	return true;
}

/*
 * What stands there in whatever order mailers have found: the first number of
 * one or two digits is the day, the next is the year, and anything else that
 * makes no sense is passed over.
 */
static bool
parse(struct span s, struct moment *m)
{
	struct lexer l = {.rest = s};

	next(&l);
	while (l.token != END) {
		if (l.token == WORD)
			take_word(&l, m);
		else if (l.token == NUMBER && !take_number(&l, m))
			return false;
		else if (is_mark(&l, "+-") && m->has_time)
			take_offset(&l, m, l.text.p[0] == '-' ? -1 : 1);
		else if (l.token == MARK)
			next(&l);
	}
	return true;
}

static void
next(struct lexer *l)
{
	size_t n = 0;
	uint64_t number;

	skip_blanks(&l->rest);
	l->token = END;
	if (l->rest.n == 0)
		return;
	l->token = MARK;
	if (ascii_digit(l->rest.p[0]))
		l->token = NUMBER;
	else if (ascii_alpha(l->rest.p[0]))
		l->token = WORD;
	do
		n++;
	while (l->token != MARK && n < l->rest.n &&
	    (l->token == WORD ? ascii_alpha(l->rest.p[n])
			      : ascii_digit(l->rest.p[n])));
	l->text = span_sub(l->rest, 0, n);
	l->rest = span_from(l->rest, n);
	if (l->token == NUMBER)
		l->number = span_num(l->text, NUMBER_MAX, &number)
		    ? (int)number : NUMBER_MAX;
}

/* Blanks, folds and comments. */
static void
skip_blanks(struct span *s)
{
	while (s->n > 0 && (s->p[0] == '(' || s->p[0] == ' ' ||
	    ascii_ctl(s->p[0]))) {
		if (s->p[0] == '(')
			skip_comment(s);
		else
			*s = span_from(*s, 1);
	}
}

static void
skip_comment(struct span *s)
{
	size_t depth = 0, i = 0;

	do {
		if (s->p[i] == '(')
			depth++;
		else if (s->p[i] == ')')
			depth--;
		else if (s->p[i] == '\\')
			i++;
		i++;
	} while (depth > 0 && i < s->n);
	*s = span_from(*s, i);
}

static bool
is_mark(const struct lexer *l, const char *marks)
{
	return l->token == MARK && l->text.p[0] != '\0' &&
	    strchr(marks, l->text.p[0]) != NULL;
}

static void
take_word(struct lexer *l, struct moment *m)
{
	struct span word = l->text;
	int month = index_of(month_names, word);
	bool is_pm = span_iis(word, "pm");

	next(l);
	/* before a comma it is a weekday, in whatever language: "mar," */
	if (month != -1 && m->at.month == 0 &&
	    !(m->at.day == 0 && is_mark(l, ",")))
		m->at.month = month + 1;
	else if (m->has_time && (is_pm || span_iis(word, "am")) &&
	    m->at.hour <= 12)
		m->at.hour = m->at.hour % 12 + (is_pm ? 12 : 0);
	else if (m->has_time)
		take_zone(word, m);
}

static void
take_zone(struct span name, struct moment *m)
{
	if (m->has_zone)
		return;
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		if (!span_iis(name, zones[i].name))
			continue;
		m->zone_min = zones[i].min;
		m->zone_set = m->has_zone = true;
	}
}

static bool
take_number(struct lexer *l, struct moment *m)
{
	struct span text = l->text;
	int number = l->number;

	next(l);
	if (!m->has_time &&
	    (is_mark(l, ":") || (is_mark(l, ".") && m->at.day != 0 &&
				    m->at.month != 0 && text.n <= 2)))
		return take_time(l, m, number);
	if (text.n == 4 && is_mark(l, "-/.") && m->at.day == 0 &&
	    m->at.month == 0)
		return take_iso(l, m, number);
	if (m->at.day == 0)
		m->has_slash = is_mark(l, "/");
	take_day_or_year(m, number, text.n);
	return true;
}

/* From the mark after the hour on. */
static bool
take_time(struct lexer *l, struct moment *m, int hour)
{
	next(l);
	if (l->token != NUMBER || hour > 23 || l->number > 59)
		return false;
	m->has_time = true;
	m->at.hour = hour;
	m->at.minute = l->number;
	next(l);
	if (!is_mark(l, ":."))
		return true;
	next(l);
	if (l->token != NUMBER)
		return true;
	if (l->number > 60)
		return false;
	m->at.second = l->number;
	next(l);
	if (is_mark(l, ".,")) {
		next(l);
		if (l->token == NUMBER)
			next(l);
	}
	return true;
}

/* From the mark after the year on. */
static bool
take_iso(struct lexer *l, struct moment *m, int year)
{
	next(l);
	m->at.year = year;
	if (l->token != NUMBER || l->number < 1 || l->number > 12)
		return l->token == WORD;
	m->at.month = l->number;
	next(l);
	if (!is_mark(l, "-/."))
		return false;
	next(l);
	if (l->token != NUMBER)
		return false;
	m->at.day = l->number;
	next(l);
	return true;
}

/* Years of two or three digits: RFC 5322, section 4.3. */
static void
take_day_or_year(struct moment *m, int number, size_t digits)
{
	if (m->at.day == 0 && digits <= 2) {
		m->at.day = number;
	} else if (m->at.month == 0 && digits <= 2) {
		m->at.month = number;
		m->is_number = true;
	} else if (m->at.year == 0 && digits >= 2 && digits <= 4) {
		if (digits == 2 && number < 50)
			number += 2000;
		else if (digits < 4)
			number += 1900;
		m->at.year = number;
	}
}

/* From the sign on: "+0100", "+01:00", "+1"; a name before it gives way. */
static void
take_offset(struct lexer *l, struct moment *m, int sign)
{
	int hour, minute;
	size_t digits;

	next(l);
	if (l->token != NUMBER || m->has_offset)
		return;
	digits = l->text.n;
	hour = digits > 2 ? l->number / 100 : l->number;
	minute = digits > 2 ? l->number % 100 : 0;
	next(l);
	if (digits <= 2 && is_mark(l, ":")) {
		next(l);
		minute = l->token == NUMBER ? l->number : 0;
	}
	set_offset(m, sign, hour, minute);
}

static void
set_offset(struct moment *m, int sign, int hour, int minute)
{
	bool is_sane = hour < 24 && minute < 60;

	m->has_offset = m->has_zone = true;
	m->zone_min = is_sane ? sign * (hour * 60 + minute) : 0;
	m->zone_set = is_sane && (sign == 1 || m->zone_min != 0);
}

/* "17-6-2008", but "7/10/1997" begins with the month where it can. */
static void
order_numbers(struct moment *m)
{
	int first = m->at.day, second = m->at.month;

	if (!m->is_number)
		return;
	if (m->has_slash ? first <= 12 : second > 12 && first <= 12) {
		m->at.day = second;
		m->at.month = first;
	}
}

static bool
finish(const struct moment *m, struct date *d)
{
	const struct date_civil *at = &m->at;
	int64_t sec;

	if (at->year < 1 || at->year > YEAR_MAX || at->month < 1 ||
	    at->month > 12 || at->day < 1 ||
	    at->day > date_month_days(at->year, at->month) ||
	    at->hour > 23 || at->minute > 59 || at->second > 60)
		return false;
	sec = date_sec(*at) - m->zone_min * 60;
	if (sec < DATE_SEC_MIN || sec > DATE_SEC_MAX)
		return false;
	*d = (struct date){sec, m->zone_min, m->zone_set};
	return true;
}

/* Which name of three letters the word starts with; -1 for none. */
static int
index_of(const char *names, struct span word)
{
	for (int i = 0; word.n >= 3 && names[3 * i] != '\0'; i++)
		if (ascii_lower(names[3 * i]) == ascii_lower(word.p[0]) &&
		    span_ieq(span_sub(word, 0, 3), span_at(names + 3 * i, 3)))
			return i;
	return -1;
}

/* Weekday, month, day and an hour with its colon. */
static bool
looks_like_asctime(struct span s)
{
	struct lexer l = {.rest = s};

	next(&l);
	if (l.token != WORD || index_of(weekday_names, l.text) == -1)
		return false;
	next(&l);
	if (l.token != WORD || index_of(month_names, l.text) == -1)
		return false;
	next(&l);
	if (l.token != NUMBER)
		return false;
	next(&l);
	if (l.token != NUMBER)
		return false;
	next(&l);
	return is_mark(&l, ":");
}

static struct date_civil
local(struct date d)
{
	return date_civil(d.sec + d.zone_min * 60);
}

static void
put_day(const struct date_civil *c, struct buf *out)
{
	char text[] = "0000-00-00";

	set_number(c->year, 4, text);
	set_number(c->month, 2, text + 5);
	set_number(c->day, 2, text + 8);
	buf_add(out, text, sizeof text - 1);
}

static void
put_time(const struct date_civil *c, struct buf *out)
{
	char text[] = "00:00:00";

	set_number(c->hour, 2, text);
	set_number(c->minute, 2, text + 3);
	set_number(c->second, 2, text + 6);
	buf_add(out, text, sizeof text - 1);
}

static void
put_zone(struct date d, const char *colon, struct buf *out)
{
	int min = d.zone_min < 0 ? -d.zone_min : d.zone_min;
	char hours[2], minutes[2];

	set_number(min / 60, 2, hours);
	set_number(min % 60, 2, minutes);
	buf_char(out, d.zone_min < 0 || !d.zone_set ? '-' : '+');
	buf_add(out, hours, sizeof hours);
	buf_str(out, colon);
	buf_add(out, minutes, sizeof minutes);
}

/* The number's last n digits; printf is too slow for a hundred thousand. */
static void
set_number(int number, int n, char *to)
{
	for (int i = n; i > 0; i--, number /= 10)
		to[i - 1] = (char)('0' + number % 10);
}
