#include <stdlib.h>

#include "base/mem.h"
#include "host/clock.h"
#include "mail/flag.h"
#include "mlist.h"
#include "text/charset.h"
#include "text/fold.h"
#include "text/width.h"

#define FLAGS_COLUMNS 4
#define FROM_COLUMNS 20

static int show_bytes(struct mlist *, struct span, struct err *);
static void compose(struct mlist *, const struct summary *, struct buf *);
static void put_long(struct mlist *, const struct summary *, struct buf *);
static void put_flags(const struct summary *, struct buf *);
static void put_local(const struct summary *, struct buf *);
static void add_row(struct mlist *, const struct summary *);
static void set_key(struct mlist *, const struct summary *,
    struct mlist_row *);
static void sort_rows(struct mlist_rows *);
static int by_key(const void *, const void *);

int
mlist_show(struct mlist *m, const struct summary *s, struct err *e)
{
	struct buf record = {0};
	int status;

	m->matched++;
	if (m->is_count)
		return 0;
	if (m->sort != MLIST_UNSORTED || m->is_reverse) {
		add_row(m, s);
		return 0;
	}
	compose(m, s, &record);
	status = show_bytes(m, buf_view(&record), e);
	buf_free(&record);
	return status;
}

int
mlist_show_end(struct mlist *m, struct err *e)
{
	struct mlist_rows *rows = &m->rows;
	const struct mlist_row *row;
	size_t n = rows->n < m->max ? rows->n : m->max;
	struct buf count = {0};
	int status = 0;

	if (m->is_count) {
		buf_fmt(&count, "%zu", m->matched < m->max ? m->matched
							   : m->max);
		status = show_bytes(m, buf_view(&count), e);
		buf_free(&count);
	}
	sort_rows(rows);
	for (size_t i = 0; status == 0 && i < n; i++) {
		row = &rows->v[m->is_reverse ? rows->n - 1 - i : i];
		status = show_bytes(m,
		    span_at(rows->text.p + row->at, row->n), e);
	}
	return status;
}

static int
show_bytes(struct mlist *m, struct span record, struct err *e)
{
	if (output_name(&m->out, record, e) == 0)
		return 0;
	m->is_broken = true;
	return -1;
}

static void
compose(struct mlist *m, const struct summary *s, struct buf *out)
{
	switch (m->style) {
	case MLIST_NAMES:
		buf_span(out, s->name);
		break;
	case MLIST_LONG:
		put_long(m, s, out);
		break;
	case MLIST_FORMAT:
		format_put(&m->format, s, m->now.sec, out);
		break;
	case MLIST_JSON:
		mlist_json(s, out);
		break;
	}
}

/* Flags, date, from, subject; cut only where a terminal ends. */
static void
put_long(struct mlist *m, const struct summary *s, struct buf *out)
{
	bool is_cut = m->columns != SPAN_NONE;
	struct buf line = {0}, value = {0};

	put_flags(s, &value);
	format_fit(buf_view(&value), FLAGS_COLUMNS, SPAN_NONE, true, &line);
	buf_char(&line, ' ');
	put_local(s, &line);
	buf_str(&line, "  ");
	buf_cut(&value, 0);
	format_value('f', s, m->now.sec, &value);
	format_fit(buf_view(&value), FROM_COLUMNS,
	    is_cut ? FROM_COLUMNS : SPAN_NONE, true, &line);
	buf_str(&line, "  ");
	format_value('s', s, m->now.sec, &line);
	buf_span(out, width_cut(buf_view(&line), m->columns));
	buf_free(&line);
	buf_free(&value);
}

/* "N" for what was not read, then Maildir's letters for the rest. */
static void
put_flags(const struct summary *s, struct buf *out)
{
	buf_char(out, (s->flags & FLAG_SEEN) == 0 ? 'N' : ' ');
	flag_letters(s->flags & ~(unsigned)FLAG_SEEN, out);
}

/* The reader's own time; as many blanks where there is no date. */
static void
put_local(const struct summary *s, struct buf *out)
{
	struct date_civil c;
	struct date d;

	if (!summary_date(s, &d)) {
		buf_fmt(out, "%16s", "");
		return;
	}
	c = date_civil(d.sec + clock_zone(d.sec) * 60);
	buf_fmt(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
	    c.hour, c.minute);
}

static void
add_row(struct mlist *m, const struct summary *s)
{
	struct mlist_rows *rows = &m->rows;
	struct mlist_row *row;

	rows->v = mem_grow(rows->v, &rows->cap, rows->n + 1, sizeof *rows->v);
	row = &rows->v[rows->n];
	*row = (struct mlist_row){.at = rows->text.n, .order = rows->n};
	rows->n++;
	compose(m, s, &rows->text);
	row->n = rows->text.n - row->at;
	set_key(m, s, row);
}

static void
set_key(struct mlist *m, const struct summary *s, struct mlist_row *row)
{
	struct buf *text = &m->rows.text, key = {0};
	struct span value;
	struct date d = {.sec = INT64_MIN};

	if (m->sort == MLIST_DATE)
		row->number = summary_date(s, &d) ? d.sec : INT64_MIN;
	else if (m->sort == MLIST_ARRIVAL)
		row->number = s->arrival;
	else if (m->sort == MLIST_SIZE)
		row->number = (int64_t)s->size;
	else if (m->sort == MLIST_FROM)
		summary_from(s, &key);
	else if (m->sort == MLIST_SUBJECT)
		summary_text(s, SUMMARY_SUBJECT, &key);
	value = buf_view(&key);
	if (m->sort == MLIST_SUBJECT)
		value = summary_base_subject(value);
	row->key_at = text->n;
	fold_text(value, text);
	row->key.n = text->n - row->key_at;
	buf_free(&key);
}

/* No text moves any more: keys can be spans of it. */
static void
sort_rows(struct mlist_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		rows->v[i].key.p = rows->text.p + rows->v[i].key_at;
	if (rows->n > 1)
		qsort(rows->v, rows->n, sizeof *rows->v, by_key);
}

static int
by_key(const void *p, const void *q)
{
	const struct mlist_row *a = p, *b = q;
	int order;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	order = span_cmp(a->key, b->key);
	if (order != 0)
		return order;
	return a->order < b->order ? -1 : 1;
}
