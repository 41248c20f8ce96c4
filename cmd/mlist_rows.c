#include <stdlib.h>

#include "base/mem.h"
#include "mlist.h"
#include "text/fold.h"

#define PREFIX 8 /* bytes of a key that its number has */

static void set_key(const struct mlist *, const struct summary *,
    struct mlist_row *, struct buf *text);
static void set_text(struct span value, struct mlist_row *, struct buf *text);
static int64_t prefix_of(struct span key);
static bool is_held(const struct mlist *);
static void hold(struct mlist_rows *, const struct mlist_rows *);
static void take_row(struct mlist *, const struct mlist_rows *,
    const struct mlist_row *);
static struct span record(const struct mlist_rows *, const struct mlist_row *);
static int print_sorted(struct mlist *, struct err *);
static int by_key(const void *, const void *);

int
mlist_match(const struct mlist *m, const struct query_message *message,
    struct mlist_rows *rows, struct err *e)
{
	struct span whole, name = message->summary->name;
	int matched = 1;

	rows->looked_at++;
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
	rows->fault[rows->faults++] = (struct mlist_fault){*e, rows->n};
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
	const struct mlist_fault *fault = rows->fault;
	size_t faults = 0;

	if (m->thread != NULL)
		mlist_thread_take(m, rows);
	if (is_held(m))
		hold(&m->rows, rows);
	for (size_t i = 0; i <= rows->n && !mlist_is_done(m); i++) {
		for (; faults < rows->faults && fault[faults].at == i; faults++)
			mlist_fail(m, &fault[faults].err);
		if (i < rows->n)
			take_row(m, rows, &rows->v[i]);
	}
	if (rows->looked_at > 0)
		progress_add(&m->progress, rows->looked_at, 0);
	rows->n = rows->faults = rows->looked_at = 0;
	buf_cut(&rows->attachments, 0);
	buf_cut(&rows->text, 0);
}

int
mlist_take_end(struct mlist *m, struct err *e)
{
	struct buf count = {0};
	size_t n;
	int status = 0;

	if (m->thread != NULL && mlist_thread_end(m, e) == -1)
		return -1;
	n = m->matched < m->max ? m->matched : m->max;
	/* none, where not all could be read, is no answer */
	if (m->is_count && n == 0 && m->status != 0)
		return 0;
	if (m->is_count) {
		buf_fmt(&count, "%zu", n);
		status = mlist_print(m, buf_view(&count), e);
		buf_free(&count);
		return status;
	}
	return m->thread != NULL ? 0 : print_sorted(m, e);
}

int
mlist_print(struct mlist *m, struct span s, struct err *e)
{
	if (m->is_on_terminal)
		progress_hide(&m->progress);
	if (output_name(&m->out, s, e) == 0)
		return 0;
	mlist_break(m, e);
	return -1;
}

struct sort_item *
mlist_rows_sort(struct mlist_rows *rows)
{
	struct sort_item *v = mem_alloc(rows->n, sizeof *v);

	for (size_t i = 0; i < rows->n; i++)
		v[i].of = &rows->v[i];
	mlist_rows_order(rows, v, rows->n);
	return v;
}

void
mlist_rows_order(struct mlist_rows *rows, struct sort_item *v, size_t n)
{
	struct mlist_row *row;
	bool has_keys = false;

	for (size_t i = 0; i < n; i++) {
		row = v[i].of;
		row->key.p = rows->text.p + row->at + row->n;
		has_keys |= row->key.n > 0;
		v[i].number = row->number;
	}
	sort_items(v, n, has_keys ? by_key : NULL);
}

static void
set_key(const struct mlist *m, const struct summary *s, struct mlist_row *row,
    struct buf *text)
{
	struct buf key = {0};
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
	if (m->sort == MLIST_FROM)
		set_text(buf_view(&key), row, text);
	else if (m->sort == MLIST_SUBJECT)
		set_text(summary_base_subject(buf_view(&key)), row, text);
	buf_free(&key);
}

static void
set_text(struct span value, struct mlist_row *row, struct buf *text)
{
	size_t at = row->at + row->n;

	fold_text(value, text);
	row->key.n = text->n - at;
	row->number = prefix_of(span_from(buf_view(text), at));
}

/* In the order of the keys, as far as it goes. */
static int64_t
prefix_of(struct span key)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < PREFIX; i++)
		bits = bits << 8 | (i < key.n ? (unsigned char)key.p[i] : 0);
	return (int64_t)(bits ^ UINT64_C(1) << 63);
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
		all->n++;
	}
	buf_span(&all->text, buf_view(&rows->text));
}

static void
take_row(struct mlist *m, const struct mlist_rows *rows,
    const struct mlist_row *row)
{
	struct err e;

	m->matched++;
	if (!m->is_count && !is_held(m) &&
	    mlist_print(m, record(rows, row), &e) == -1)
		mlist_fail(m, &e);
}

static struct span
record(const struct mlist_rows *rows, const struct mlist_row *row)
{
	return span_at(buf_cstr(&rows->text) + row->at, row->n);
}

static int
print_sorted(struct mlist *m, struct err *e)
{
	struct mlist_rows *rows = &m->rows;
	struct sort_item *v = mlist_rows_sort(rows);
	int status = 0;

	for (size_t i = 0; status == 0 && i < rows->n && i < m->max; i++)
		status = mlist_print(m, record(rows,
		    v[m->is_reverse ? rows->n - 1 - i : i].of), e);
	free(v);
	return status;
}

/* Those of one number. */
static int
by_key(const void *p, const void *q)
{
	const struct sort_item *a = p, *b = q;
	const struct mlist_row *x = a->of, *y = b->of;
	int order = span_cmp(x->key, y->key);

	if (order != 0)
		return order;
	return x < y ? -1 : 1;
}
