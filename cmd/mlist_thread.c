/*
 * Threads are known when all messages are.  So the filter puts aside what they
 * are made of, and a record comes in segments, each with its size before it:
 * what only the thread tells goes between them when they are printed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "host/clock.h"
#include "mail/thread.h"
#include "mlist.h"
#include "text/width.h"

#define INDENT 2	/* columns a message below another moves in */
#define INDENT_MAX 24	/* but no further */

/* What is to be printed. */
struct list {
	struct mlist *m;
	const struct thread_place *place;
	size_t n;
	uint32_t *at;	/* of each row: where its place is */
	bool *is_shown; /* of each row, where only some threads are wanted */
	size_t left;	/* to print still */
	struct buf line;
};

static void put_segment(struct span, struct buf *);
static struct span take_segment(struct span *);
static void format_segments(const struct mlist *, const struct summary *,
    struct buf *);
static bool is_late(const struct format_item *);
static void choose(struct list *);
static int print_threads(struct list *, struct err *);
static size_t find_firsts(struct list *, struct sort_item *);
static int print_thread(struct list *, const struct mlist_row *,
    struct err *);
static int print_rows(struct list *, struct err *);
static int print_row(struct list *, const struct mlist_row *,
    const struct thread_place *, struct err *);
static void put_long(struct list *, struct span rest,
    const struct thread_place *);
static void put_format(struct list *, struct span rest,
    const struct thread_place *);
static void put_number(const struct thread_place *, struct buf *);

bool
mlist_needs_threads(const struct mlist *m)
{
	return m->is_whole || (!m->is_count && (m->is_threaded ||
	    (m->style == MLIST_FORMAT && format_uses(&m->format, "TD"))));
}

int
mlist_thread_start(struct mlist *m, struct err *e)
{
	struct account *account;
	uint64_t seed;

	if (clock_random(&seed, sizeof seed, e) == -1 ||
	    mlist_config(m, e) == -1 ||
	    account_find(m->config, NULL, &account, e) == -1)
		return -1;
	m->thread = thread_open(seed, account_yes(account, "thread-subject",
	    CONF_BOTH));
	return 0;
}

void
mlist_thread_keep(const struct mlist *m, const struct summary *s,
    struct buf *out)
{
	struct thread_message t = {.id = s->field[SUMMARY_ID],
	    .references = s->field[SUMMARY_REFERENCES],
	    .in_reply_to = s->field[SUMMARY_IN_REPLY_TO]};
	struct date d = {.sec = INT64_MIN};
	struct buf subject = {0};

	(void)summary_date(s, &d);
	t.date = d.sec;
	if (thread_wants_subject(m->thread, t.id))
		summary_text(s, SUMMARY_SUBJECT, &subject);
	t.subject = buf_view(&subject);
	thread_put(m->thread, &t, out);
	buf_free(&subject);
}

void
mlist_thread_record(const struct mlist *m, const struct summary *s,
    struct mlist_rows *rows)
{
	struct buf record = {0};

	switch (m->style) {
	case MLIST_NAMES:
		put_segment(s->name, &rows->text);
		break;
	case MLIST_LONG:
		mlist_columns(m, s, &rows->day, &record);
		put_segment(buf_view(&record), &rows->text);
		buf_cut(&record, 0);
		format_value('s', s, m->now.sec, &record);
		put_segment(buf_view(&record), &rows->text);
		break;
	case MLIST_FORMAT:
		format_segments(m, s, &rows->text);
		break;
	case MLIST_JSON:
		mlist_json(s, buf_view(&rows->attachments), &record);
		put_segment(span_sub(buf_view(&record), 0, record.n - 1),
		    &rows->text);
		break;
	}
	buf_free(&record);
}

void
mlist_thread_take(struct mlist *m, struct mlist_rows *rows)
{
	struct span rest = buf_view(&rows->aside);

	for (size_t i = 0; i < rows->n; i++)
		thread_add(m->thread, &rest);
	buf_cut(&rows->aside, 0);
}

int
mlist_thread_end(struct mlist *m, struct err *e)
{
	struct list l = {.m = m, .left = m->max};
	int status = 0;

	l.place = thread_sort(m->thread, &l.n);
	l.is_shown = mem_alloc(l.n, sizeof *l.is_shown);
	l.at = mem_alloc(l.n, sizeof *l.at);
	for (size_t i = 0; i < l.n; i++)
		l.at[l.place[i].message] = (uint32_t)i;
	choose(&l);
	if (!m->is_count)
		status = m->is_threaded ? print_threads(&l, e) :
		    print_rows(&l, e);
	free(l.is_shown);
	free(l.at);
	buf_free(&l.line);
	return status;
}

void
mlist_thread_free(struct mlist *m)
{
	thread_close(m->thread);
	m->thread = NULL;
}

static void
put_segment(struct span s, struct buf *out)
{
	buf_add(out, &s.n, sizeof s.n);
	buf_span(out, s);
}

static struct span
take_segment(struct span *rest)
{
	struct span s;

	memcpy(&s.n, rest->p, sizeof s.n);
	s.p = rest->p + sizeof s.n;
	*rest = span_from(*rest, sizeof s.n + s.n);
	return s;
}

/* What stands between the items that only the thread tells. */
static void
format_segments(const struct mlist *m, const struct summary *s,
    struct buf *out)
{
	struct format some = m->format;
	struct buf record = {0};
	size_t from = 0;

	for (size_t i = 0; i <= m->format.n; i++) {
		if (i < m->format.n && !is_late(&m->format.item[i]))
			continue;
		some.item = m->format.item + from;
		some.n = i - from;
		buf_cut(&record, 0);
		format_put(&some, s, m->now.sec, &record);
		put_segment(buf_view(&record), out);
		from = i + 1;
	}
	buf_free(&record);
}

static bool
is_late(const struct format_item *it)
{
	return it->kind == 'T' || it->kind == 'D';
}

/* With -t whole threads, else what matched, which is all there is. */
static void
choose(struct list *l)
{
	const struct mlist_row *row = l->m->rows.v;
	size_t start = 0, end;
	bool has_match;

	l->m->matched = 0;
	while (start < l->n) {
		has_match = false;
		end = start;
		do {
			has_match |= row[l->place[end++].message].is_match;
		} while (end < l->n && !l->place[end].is_first);
		for (; start < end; start++) {
			l->is_shown[l->place[start].message] = has_match;
			l->m->matched += has_match;
		}
	}
}

/* Of equal keys the older thread is the first one. */
static int
print_threads(struct list *l, struct err *e)
{
	struct sort_item *first = mem_alloc(l->n, sizeof *first);
	size_t n = find_firsts(l, first);
	int status = 0;

	if (l->m->sort != MLIST_UNSORTED)
		mlist_rows_order(&l->m->rows, first, n);
	for (size_t i = 0; status == 0 && i < n; i++)
		status = print_thread(l,
		    first[l->m->is_reverse ? n - 1 - i : i].of, e);
	free(first);
	return status;
}

/* The first messages of the threads that are shown. */
static size_t
find_firsts(struct list *l, struct sort_item *first)
{
	const struct thread_place *place = l->place;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (place[i].is_first && l->is_shown[place[i].message])
			first[n++].of = &l->m->rows.v[place[i].message];
	return n;
}

static int
print_thread(struct list *l, const struct mlist_row *first, struct err *e)
{
	const struct mlist_row *v = l->m->rows.v;
	size_t i = l->at[first - v];
	int status;

	do {
		status = print_row(l, &v[l->place[i].message], &l->place[i],
		    e);
	} while (status == 0 && ++i < l->n && !l->place[i].is_first);
	return status;
}

/* As without threads. */
static int
print_rows(struct list *l, struct err *e)
{
	struct mlist_rows *rows = &l->m->rows;
	struct sort_item *v = mlist_rows_sort(rows);
	const struct mlist_row *row;
	int status = 0;

	for (size_t i = 0; status == 0 && i < rows->n; i++) {
		row = v[l->m->is_reverse ? rows->n - 1 - i : i].of;
		if (l->is_shown[row - rows->v])
			status = print_row(l, row,
			    &l->place[l->at[row - rows->v]], e);
	}
	free(v);
	return status;
}

static int
print_row(struct list *l, const struct mlist_row *row,
    const struct thread_place *place, struct err *e)
{
	struct span rest = span_sub(buf_view(&l->m->rows.text), row->at,
	    row->n);

	if (l->left == 0)
		return 0;
	l->left--;
	buf_cut(&l->line, 0);
	switch (l->m->style) {
	case MLIST_NAMES:
		buf_span(&l->line, take_segment(&rest));
		break;
	case MLIST_LONG:
		put_long(l, rest, place);
		break;
	case MLIST_FORMAT:
		put_format(l, rest, place);
		break;
	case MLIST_JSON:
		buf_span(&l->line, take_segment(&rest));
		buf_str(&l->line, ",\"thread\":\"");
		put_number(place, &l->line);
		buf_fmt(&l->line, "\",\"depth\":%lu}",
		    (unsigned long)place->depth);
		break;
	}
	return mlist_print(l->m, buf_view(&l->line), e);
}

/* The subject moves in; a terminal's width may cut it. */
static void
put_long(struct list *l, struct span rest, const struct thread_place *place)
{
	size_t indent = place->depth < INDENT_MAX / INDENT
	    ? place->depth * INDENT : INDENT_MAX;
	struct buf line = {0};

	buf_span(&line, take_segment(&rest));
	while (l->m->is_threaded && indent-- > 0)
		buf_char(&line, ' ');
	buf_span(&line, take_segment(&rest));
	buf_span(&l->line, width_cut(buf_view(&line), l->m->columns));
	buf_free(&line);
}

static void
put_format(struct list *l, struct span rest, const struct thread_place *place)
{
	const struct format *f = &l->m->format;
	const struct format_item *it;
	struct buf value = {0};

	buf_span(&l->line, take_segment(&rest));
	for (size_t i = 0; i < f->n; i++) {
		it = &f->item[i];
		if (!is_late(it))
			continue;
		buf_cut(&value, 0);
		if (it->kind == 'T')
			put_number(place, &value);
		else
			buf_fmt(&value, "%lu", (unsigned long)place->depth);
		format_fit(buf_view(&value), it->width, it->precision,
		    it->is_left, &l->line);
		buf_span(&l->line, take_segment(&rest));
	}
	buf_free(&value);
}

static void
put_number(const struct thread_place *place, struct buf *out)
{
	buf_fmt(out, "%016llx", (unsigned long long)place->thread);
}
