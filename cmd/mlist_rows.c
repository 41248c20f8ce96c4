#include <stdlib.h>

#include "base/mem.h"
#include "mlist.h"
#include "text/fold.h"

static void set_key(const struct mlist *, const struct summary *,
    struct mlist_row *, struct buf *text);
static bool is_held(const struct mlist *);
static void hold(struct mlist_rows *, const struct mlist_rows *);
static struct span record(const struct mlist_rows *, const struct mlist_row *);
static int by_key(const void *, const void *);

int
mlist_match(const struct mlist *m, const struct query_message *message,
    struct mlist_rows *rows, struct err *e)
{
	struct span whole, name = message->summary->name;
	int matched = 1;

	if (m->query != NULL)
		matched = query_match(m->query, message, e);
	if (matched == -1)
		return -1;
	buf_cut(&rows->attachments, 0);
	if (m->has_attachments && (matched == 1 || m->is_whole)) {
		if (message->whole(message->arg, &whole, e) == -1)
			return -1;
		if (mlist_attachments(whole, &rows->attachments, e) == -1)
			return err_wrap(e, "%.*s", (int)name.n, name.p);
	}
	mlist_rows_add(m, message->summary, matched == 1, rows);
	return 0;
}

void
mlist_rows_add(const struct mlist *m, const struct summary *s, bool is_match,
    struct mlist_rows *rows)
{
	struct mlist_row *row;

	if (!is_match && !m->is_whole)
		return;
	rows->v = mem_grow(rows->v, &rows->cap, rows->n + 1, sizeof *rows->v);
	row = &rows->v[rows->n++];
	*row = (struct mlist_row){.at = rows->text.n, .is_match = is_match};
	if (m->thread != NULL)
		mlist_thread_keep(m, s, &rows->aside);
	if (m->is_count)
		return;
	if (m->thread != NULL)
		mlist_thread_record(m, s, rows);
	else
		mlist_record(m, s, rows);
	row->n = rows->text.n - row->at;
	set_key(m, s, row, &rows->text);
}

void
mlist_rows_fault(struct mlist_rows *rows, const struct err *e)
{
	rows->fault = mem_grow(rows->fault, &rows->fault_cap, rows->faults + 1,
	    sizeof *rows->fault);
	rows->fault[rows->faults++] = *e;
}

void
mlist_rows_free(struct mlist_rows *rows)
{
	free(rows->v);
	free(rows->fault);
	buf_free(&rows->text);
	buf_free(&rows->aside);
	buf_free(&rows->attachments);
	*rows = (struct mlist_rows){0};
}

void
mlist_take(struct mlist *m, struct mlist_rows *rows)
{
	struct err e;

	for (size_t i = 0; i < rows->faults; i++)
		mlist_fail(m, &rows->fault[i]);
	if (m->thread != NULL)
		mlist_thread_take(m, rows);
	if (is_held(m))
		hold(&m->rows, rows);
	for (size_t i = 0; i < rows->n && !mlist_is_done(m); i++) {
		m->matched++;
		if (!m->is_count && !is_held(m) &&
		    mlist_print(m, record(rows, &rows->v[i]), &e) == -1)
			mlist_fail(m, &e);
	}
	rows->n = rows->faults = 0;
	buf_cut(&rows->attachments, 0);
	buf_cut(&rows->text, 0);
}

int
mlist_take_end(struct mlist *m, struct err *e)
{
	struct mlist_rows *rows = &m->rows;
	struct buf count = {0};
	size_t n;
	int status = 0;

	if (m->thread != NULL && mlist_thread_end(m, e) == -1)
		return -1;
	n = m->matched < m->max ? m->matched : m->max;
	if (m->is_count) {
		buf_fmt(&count, "%zu", n);
		status = mlist_print(m, buf_view(&count), e);
		buf_free(&count);
		return status;
	}
	if (m->thread != NULL)
		return 0;
	mlist_rows_sort(rows);
	for (size_t i = 0; status == 0 && i < rows->n && i < m->max; i++)
		status = mlist_print(m, record(rows,
		    &rows->v[m->is_reverse ? rows->n - 1 - i : i]), e);
	return status;
}

int
mlist_print(struct mlist *m, struct span s, struct err *e)
{
	if (output_name(&m->out, s, e) == 0)
		return 0;
	mlist_break(m, e);
	return -1;
}

void
mlist_rows_keys(struct mlist_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		rows->v[i].key.p = rows->text.p + rows->v[i].key_at;
}

void
mlist_rows_sort(struct mlist_rows *rows)
{
	mlist_rows_keys(rows);
	if (rows->n > 1)
		qsort(rows->v, rows->n, sizeof *rows->v, by_key);
}

int
mlist_rows_order(const struct mlist_row *a, const struct mlist_row *b)
{
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return span_cmp(a->key, b->key);
}

static void
set_key(const struct mlist *m, const struct summary *s, struct mlist_row *row,
    struct buf *text)
{
	struct buf key = {0};
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

static bool
is_held(const struct mlist *m)
{
	return m->thread != NULL || (!m->is_count &&
	    (m->sort != MLIST_UNSORTED || m->is_reverse));
}

static void
hold(struct mlist_rows *all, const struct mlist_rows *rows)
{
	struct mlist_row *row;

	all->v = mem_grow(all->v, &all->cap, all->n + rows->n, sizeof *all->v);
	for (size_t i = 0; i < rows->n; i++) {
		row = &all->v[all->n];
		*row = rows->v[i];
		row->at += all->text.n;
		row->key_at += all->text.n;
		row->order = all->n++;
	}
	buf_span(&all->text, buf_view(&rows->text));
}

static struct span
record(const struct mlist_rows *rows, const struct mlist_row *row)
{
	return span_at(buf_cstr(&rows->text) + row->at, row->n);
}

static int
by_key(const void *p, const void *q)
{
	const struct mlist_row *a = p, *b = q;
	int order = mlist_rows_order(a, b);

	if (order != 0)
		return order;
	return a->order < b->order ? -1 : 1;
}
