#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/flag.h"
#include "mail/format.h"
#include "mail/header.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/width.h"

#define LETTERS "nidafAtsSFuTD"

static int parse_escape(struct span *rest, struct format *, struct err *);
static int parse_item(struct span *rest, struct format *, struct err *);
static int parse_number(struct span *rest, size_t *, struct err *);
static int parse_field(struct span *rest, struct format_item *, struct err *);
static struct format_item *add_item(struct format *);
static void add_plain(struct format *, char);
static void put_raw(const struct format_item *, const struct summary *,
    int64_t now, struct buf *);
static void put_field(const char *name, const struct summary *, struct buf *);
static void put_date(const struct summary *, struct buf *);
static void put_age(const struct summary *, int64_t now, struct buf *);

int
format_parse(struct span text, struct format *f, struct err *e)
{
	struct span rest = text;
	int status = 0;

	*f = (struct format){0};
	if (text.n > FORMAT_BYTES)
		return err_set(e, ERR_USAGE, "the format is too long");
	while (rest.n > 0 && status == 0) {
		if (rest.p[0] == '\\') {
			status = parse_escape(&rest, f, e);
		} else if (rest.p[0] == '%') {
			status = parse_item(&rest, f, e);
		} else {
			add_plain(f, rest.p[0]);
			rest = span_from(rest, 1);
		}
	}
	if (status == -1)
		format_free(f);
	return status;
}

void
format_free(struct format *f)
{
	for (size_t i = 0; i < f->n; i++)
		buf_free(&f->item[i].text);
	free(f->item);
	*f = (struct format){0};
}

bool
format_uses(const struct format *f, const char *letters)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->item[i].kind != '\0' &&
		    strchr(letters, f->item[i].kind) != NULL)
			return true;
	return false;
}

void
format_put(const struct format *f, const struct summary *s, int64_t now,
    struct buf *out)
{
	const struct format_item *it;
	struct buf raw = {0}, clean = {0};

	for (size_t i = 0; i < f->n; i++) {
		it = &f->item[i];
		if (it->kind == '\0') {
			buf_span(out, buf_view(&it->text));
			continue;
		}
		buf_cut(&raw, 0);
		buf_cut(&clean, 0);
		put_raw(it, s, now, &raw);
		if (it->kind == 'n')
			buf_span(&clean, buf_view(&raw));
		else
			charset_line(buf_view(&raw), &clean);
		format_fit(buf_view(&clean), it->width, it->precision,
		    it->is_left, out);
	}
	buf_free(&raw);
	buf_free(&clean);
}

void
format_value(char letter, const struct summary *s, int64_t now,
    struct buf *out)
{
	struct format_item item = {.kind = letter};
	struct buf raw = {0};
	size_t start = out->n;

	put_raw(&item, s, now, out);
	/* most is shown as it is */
	if (charset_is_plain(span_from(buf_view(out), start)))
		return;
	buf_span(&raw, span_from(buf_view(out), start));
	buf_cut(out, start);
	charset_line(buf_view(&raw), out);
	buf_free(&raw);
}

void
format_fit(struct span text, size_t width, size_t precision, bool is_left,
    struct buf *out)
{
	size_t columns, blanks;

	if (precision != SPAN_NONE)
		text = width_cut(text, precision);
	columns = width == 0 ? 0 : width_of(text);
	blanks = columns < width ? width - columns : 0;
	if (is_left)
		buf_span(out, text);
	while (blanks-- > 0)
		buf_char(out, ' ');
	if (!is_left)
		buf_span(out, text);
}

static int
parse_escape(struct span *rest, struct format *f, struct err *e)
{
	char c = rest->n > 1 ? rest->p[1] : '?';

	switch (c) {
	case 't':
		add_plain(f, '\t');
		break;
	case 'n':
		add_plain(f, '\n');
		break;
	case '0':
		add_plain(f, '\0');
		break;
	case '\\':
		add_plain(f, '\\');
		break;
	default:
		return err_set(e, ERR_USAGE,
		    "a format knows \\t, \\n, \\0 and \\\\ alone");
	}
	*rest = span_from(*rest, 2);
	return 0;
}

/* %[-][width][.precision]letter */
static int
parse_item(struct span *rest, struct format *f, struct err *e)
{
	struct format_item it = {.precision = SPAN_NONE};
	char c;

	*rest = span_from(*rest, 1);
	it.is_left = span_starts(*rest, SPAN("-"));
	*rest = span_from(*rest, it.is_left);
	if (parse_number(rest, &it.width, e) == -1)
		return -1;
	if (span_starts(*rest, SPAN("."))) {
		*rest = span_from(*rest, 1);
		if (parse_number(rest, &it.precision, e) == -1)
			return -1;
	}
	c = rest->n > 0 ? rest->p[0] : '\0';
	if (c == '%') {
		add_plain(f, '%');
	} else if (c == '{') {
		if (parse_field(rest, &it, e) == -1)
			return -1;
		*add_item(f) = it;
	} else if (c == '\0' || strchr(LETTERS, c) == NULL) {
		return err_set(e, ERR_USAGE,
		    "\"%%%.*s\" is no item of a format", rest->n > 0, rest->p);
	} else {
		it.kind = c;
		*add_item(f) = it;
	}
	*rest = span_from(*rest, 1);
	return 0;
}

/* Sets *out to the digits' number; without digits to 0. */
static int
parse_number(struct span *rest, size_t *out, struct err *e)
{
	uint64_t number = 0;
	size_t n = 0;

	while (n < rest->n && ascii_digit(rest->p[n]))
		n++;
	if (n > 0 && !span_num(span_sub(*rest, 0, n), FORMAT_WIDTH_MAX,
		&number))
		return err_set(e, ERR_USAGE, "a width over %d in the format",
		    FORMAT_WIDTH_MAX);
	*out = (size_t)number;
	*rest = span_from(*rest, n);
	return 0;
}

/* {name}; *rest is at the "}" then. */
static int
parse_field(struct span *rest, struct format_item *it, struct err *e)
{
	size_t end = span_chr(*rest, '}');
	struct span name = {0};

	if (end != SPAN_NONE)
		name = span_sub(*rest, 1, end - 1);
	if (name.n == 0 || span_chr(name, '\0') != SPAN_NONE)
		return err_set(e, ERR_USAGE, "no field's name in \"%%{\"");
	it->kind = '{';
	buf_span(&it->text, name);
	*rest = span_from(*rest, end);
	return 0;
}

static struct format_item *
add_item(struct format *f)
{
	f->item = mem_grow(f->item, &f->cap, f->n + 1, sizeof *f->item);
	f->item[f->n] = (struct format_item){.precision = SPAN_NONE};
	return &f->item[f->n++];
}

static void
add_plain(struct format *f, char c)
{
	struct format_item *it = f->n > 0 ? &f->item[f->n - 1] : NULL;

	if (it == NULL || it->kind != '\0')
		it = add_item(f);
	buf_char(&it->text, c);
}

static void
put_raw(const struct format_item *it, const struct summary *s, int64_t now,
    struct buf *out)
{
	switch (it->kind) {
	case 'n':
		buf_span(out, s->name);
		break;
	case 'i':
		summary_id(s, out);
		break;
	case 'd':
		put_date(s, out);
		break;
	case 'a':
		put_age(s, now, out);
		break;
	case 'f':
		summary_from(s, out);
		break;
	case 'A':
		summary_from_address(s, out);
		break;
	case 't':
		summary_to(s, out);
		break;
	case 's':
		summary_text(s, SUMMARY_SUBJECT, out);
		break;
	case 'S':
		buf_number(out, s->size);
		break;
	case 'F':
		flag_letters(s->flags, out);
		break;
	case '{':
		put_field(buf_cstr(&it->text), s, out);
		break;
	case 'u':
		if (s->uid != 0)
			buf_number(out, s->uid);
		break;
	default: /* %T and %D: no thread is known */
		break;
	}
}

static void
put_field(const char *name, const struct summary *s, struct buf *out)
{
	struct field f;

	if (header_find(s->header, name, &f))
		word_decode(f.value, out);
}

static void
put_date(const struct summary *s, struct buf *out)
{
	struct date d;

	if (summary_date(s, &d))
		date_rfc3339(d, out);
}

/* In the largest unit that it has two of; "0s" for what is to come. */
static void
put_age(const struct summary *s, int64_t now, struct buf *out)
{
	static const struct {
		char unit;
		int64_t sec;
	} units[] = {{'y', 31556952}, {'w', 604800}, {'d', 86400},
	    {'h', 3600}, {'m', 60}, {'s', 1}};
	struct date d;
	int64_t age;
	size_t i = 0;

	if (!summary_date(s, &d))
		return;
	age = d.sec < now ? now - d.sec : 0;
	while (units[i].sec > 1 && age < 2 * units[i].sec)
		i++;
	buf_fmt(out, "%lld%c", (long long)(age / units[i].sec), units[i].unit);
}
