/*
 * The first so many of a folder on a server by a key of which the server does
 * not tell the order: the keys of all are fetched, and of these messages alone
 * what else is shown.
 */
#include <stdlib.h>

#include "mlist_remote.h"

static bool is_less(const struct mailbox *, struct mlist *keys);
static void pick(struct mailbox *, struct mlist_rows *);

int
mailbox_cut_by_key(struct mailbox *b, struct err *e)
{
	struct mlist *m = b->m, keys = *m;
	int status = 0;

	if (m->sort == MLIST_UNSORTED || b->n <= m->max || m->is_count ||
	    m->thread != NULL || !b->search.is_exact)
		return 0;
	keys.style = MLIST_FORMAT;
	keys.has_attachments = false;
	keys.reader = (struct mlist_reader){0};
	keys.rows = (struct mlist_rows){0};
	if (format_parse(SPAN("%u"), &keys.format, e) == -1)
		return -1;
	keys.output_needs = keys.needs = mlist_output_needs(&keys);
	if (is_less(b, &keys)) {
		b->m = &keys;
		status = mailbox_fetch(b, e);
		b->m = m;
		m->status = keys.status;
		if (status == 0)
			pick(b, &keys.rows);
	}
	format_free(&keys.format);
	mlist_reader_free(&keys.reader);
	mlist_rows_free(&keys.rows);
	return status;
}

/* The keys, than what is shown. */
static bool
is_less(const struct mailbox *b, struct mlist *keys)
{
	struct mailbox of_keys = *b;
	struct buf shown = {0}, key = {0};
	bool less;

	of_keys.m = keys;
	less = mailbox_items(&of_keys, &key) < mailbox_items(b, &shown) ||
	    key.n < shown.n;
	buf_free(&shown);
	buf_free(&key);
	return less;
}

/* Their UIDs are what the rows say. */
static void
pick(struct mailbox *b, struct mlist_rows *rows)
{
	struct sort_item *v = mlist_rows_sort(rows);
	const struct mlist_row *row;
	uint64_t uid;

	b->n = 0;
	for (size_t i = 0; i < rows->n && i < b->m->max; i++) {
		row = v[b->m->is_reverse ? rows->n - 1 - i : i].of;
		if (span_num(span_at(buf_cstr(&rows->text) + row->at, row->n),
		    UINT32_MAX, &uid))
			b->uid[b->n++] = (uint32_t)uid;
	}
	free(v);
	mailbox_sort(b);
	b->is_some = true;
}
