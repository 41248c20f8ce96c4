#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "base/sum.h"
#include "host/clock.h"
#include "mlist_folder.h"

#define SETTLED_SEC 2 /* no file system's times are coarser */
#define CROWD 4	      /* new messages for each in a block that it stands */
#define NS INT64_C(1000000000)

static void give_up(struct listing *);
static void find_file(struct listing *);
static void try_open(struct listing *);
static bool is_settled(const struct listing *);
static bool pass_block(struct listing *, size_t block);
static size_t divide_block(struct listing *, size_t from, size_t block);
static bool lacks_texts(struct listing *, size_t block);
static void divide_rest(struct listing *, size_t from, size_t to);
static void add_piece(struct listing *, size_t from, size_t to, size_t block);
static void read_block(struct listing *, size_t block, struct slot *);
static int next_wanted(const struct listing *, struct slot *,
    struct span *rest, struct record *);
static void work_block(struct listing *, struct slot *);
static void work_names(struct listing *, const struct piece *, struct slot *);
static const struct record *find_record(const struct listing *, struct slot *,
    const struct name *, struct recall *);
static bool next_record(struct slot *, struct recall *);
static bool is_of(const struct listing *, const struct record *,
    const struct name *);
static void list_one(struct listing *, struct slot *, struct name *,
    const struct record *);
static int take_records(struct listing *, const struct piece *, struct slot *,
    struct err *);
static int take_changed(struct listing *, const struct piece *, struct slot *,
    struct err *);
static bool stays(const struct listing *, const struct piece *,
    const struct slot *);
static int begin_changes(struct listing *, struct err *);
static int flush(struct listing *, struct err *);
static void finish(struct listing *);
static void set_last(struct listing *, struct span base);

void
listing_open(struct listing *l)
{
	bool has_state = names_state(l->box, &l->state);
	struct stat st;

	l->settled_ns = (clock_now().sec - SETTLED_SEC) * NS;
	l->is_settled = has_state && is_settled(l);
	if (l->m->is_without_index)
		return;
	find_file(l);
	if (l->folder != NULL && stat(buf_cstr(&l->file), &st) == 0)
		try_open(l);
	l->is_trusted = l->has_index && has_state &&
	    names_same_state(&l->state, &l->index.state) &&
	    (!mlist_is_indexing(l->m) || l->index.texts > 0);
	if (l->is_trusted)
		listing_recall_texts(l);
}

void
listing_make(struct listing *l)
{
	bool is_indexing = mlist_is_indexing(l->m);
	bool is_large = l->names.n >= LISTING_LEAST && l->m->needs != 0;

	if (l->folder != NULL && !l->has_index &&
	    (is_large || is_indexing))
		try_open(l);
	l->is_recording = l->has_index &&
	    (l->m->needs != 0 || is_indexing);
	/* words that are kept at all are kept for what is new, too */
	l->is_indexing = l->is_recording &&
	    (is_indexing || l->index.texts > 0);
	l->is_anew = l->is_indexing && listing_is_worn(l);
	l->text_last = l->is_anew ? 0 : l->index.text_last;
	listing_recall_texts(l);
}

void
listing_divide(struct listing *l)
{
	size_t from = 0;

	l->pieces = l->taken = 0;
	for (size_t i = 0; l->is_trusted && i < l->index.n; i++)
		if (!pass_block(l, i))
			add_piece(l, 0, 0, i);
	for (size_t i = 0; l->is_recording && i < l->index.n; i++)
		from = divide_block(l, from, i);
	divide_rest(l, from, l->names.n);
}

void
listing_work(void *arg, size_t i, size_t at, size_t seat)
{
	struct listing *l = arg;
	const struct piece *piece = &l->piece[i];
	struct slot *slot = &l->slot[at];

	slot->block = &l->block[seat];
	buf_cut(slot->block, 0);
	buf_cut(&slot->put, 0);
	names_free(&slot->gone);
	slot->put_n = slot->recalled = slot->all = 0;
	slot->is_damaged = slot->is_fresh = false;
	slot->reader.memo = &l->memo[seat];
	slot->is_same = piece->block != SPAN_NONE;
	if (piece->block != SPAN_NONE)
		read_block(l, piece->block, slot);
	if (!l->is_trusted)
		work_names(l, piece, slot);
	else if (!slot->is_damaged)
		work_block(l, slot);
	slot->texts_held = slot->texts.cap;
	l->texts_held += slot->texts_held;
}

bool
listing_take(void *arg, size_t i, size_t at)
{
	struct listing *l = arg;
	const struct piece *piece = &l->piece[i];
	struct slot *slot = &l->slot[at];
	struct err e;

	if (slot->is_damaged)
		l->is_damaged = true;
	if (l->is_trusted && l->is_damaged)
		return false;
	mlist_take(l->m, &slot->reader.rows);
	l->taken++;
	l->recalled += slot->recalled;
	l->all += slot->all;
	if (slot->gone.n > 0)
		names_add_gone(&l->names, &slot->gone);
	if (l->is_trusted)
		set_last(l, l->index.block[piece->block].last);
	if (slot->is_fresh)
		l->is_settled = false;
	if (l->is_recording) {
		pthread_mutex_lock(&l->lock);
		if (l->has_index && take_records(l, piece, slot, &e) == -1)
			give_up(l);
		pthread_mutex_unlock(&l->lock);
	}
	listing_drop_texts(l, slot);
	return !mlist_is_done(l->m);
}

void
listing_record(struct listing *l, struct slot *slot,
    const struct name *name, const struct record *known,
    const struct summary *s)
{
	const struct stat *st = &slot->reader.status;
	struct record r = {.size = (uint64_t)st->st_size,
	    .mtime_ns = names_ns(st->st_mtim),
	    .ctime_ns = names_ns(st->st_ctim)};
	bool is_file = slot->reader.has_header && !slot->reader.is_link;
	bool is_fresh = r.ctime_ns >= l->settled_ns;

	/* a time that cannot be kept is asked for each time */
	r.is_whole = is_file && r.mtime_ns < NAMES_NS_MAX &&
	    r.mtime_ns > -NAMES_NS_MAX;
	r.inode = is_file && !is_fresh ? st->st_ino : 0;
	if (known == NULL && is_fresh)
		slot->is_fresh = true;
	if (known != NULL)
		r = *known;
	else
		r.summary = *s;
	r.base = span_at(name->s, name->base);
	r.suffix = span_of(name->s + name->base);
	r.in_cur = name->in_cur;
	if (l->is_indexing && (r.text == 0 || l->is_anew)) {
		r.text = known == NULL && !is_file
		    ? RECORD_TEXT_NONE : listing_gather(l, slot);
		slot->is_same = false;
	}
	record_put(&r, &slot->put);
	slot->put_n++;
}

void
listing_close(struct listing *l)
{
	bool is_whole = l->taken == l->pieces && !mlist_is_done(l->m);

	progress_hide(&l->m->progress);
	if (l->has_index && l->m->common.verbose)
		diag(MLIST_NAME, "%s: %s knows %zu of %zu messages%s",
		    l->box->path, buf_cstr(&l->file), l->recalled, l->all,
		    l->is_trusted ? ", and the folder did not change" : "");
	if (l->has_index && l->is_recording && is_whole && !l->is_damaged)
		finish(l);
	if (l->has_index)
		give_up(l);
	l->is_trusted = l->is_recording = false;
	l->is_indexing = false;
	listing_forget_texts(l);
	buf_free(&l->pending);
}

static void
give_up(struct listing *l)
{
	if (l->is_damaged)
		index_discard(&l->index);
	else
		index_close(&l->index);
	l->has_index = false;
}

/* One for each folder, so that a damaged one is no other's loss. */
static void
find_file(struct listing *l)
{
	l->folder = realpath(l->box->path, NULL);
	if (l->folder == NULL)
		return;
	file_cache("list-", &l->file);
	buf_fmt(&l->file, "%016llx.db",
	    (unsigned long long)sum_of(span_of(l->folder)));
}

static void
try_open(struct listing *l)
{
	struct err e;

	l->has_index = index_open(buf_cstr(&l->file), span_of(l->folder),
	    &l->index, &e) == 0;
}

/*
 * A file system's time stands still for up to two seconds: a directory that
 * was changed just now may be changed again and show the same time.  One whose
 * time is to come was changed when the clock was wrong, and is not settled
 * until then.
 */
static bool
is_settled(const struct listing *l)
{
	bool settled = true;

	for (size_t i = 0; i < 2; i++)
		settled = settled &&
		    l->state.dir[i].mtime_ns < l->settled_ns &&
		    l->state.dir[i].ctime_ns < l->settled_ns;
	return settled;
}

/*
 * True where no message of it can match, or all do and are counted alone: it is
 * not read.
 */
static bool
pass_block(struct listing *l, size_t block)
{
	const struct index_block *b = &l->index.block[block];
	struct mlist *m = l->m;

	if (m->is_count && m->query == NULL && m->needs == 0)
		m->matched += b->records;
	else if (!listing_is_ruled_out(l, b->text_low, b->text_high))
		return false;
	l->all += b->records;
	l->recalled += b->records;
	return true;
}

/*
 * The names up to the block's last.  With too many new ones among them, all
 * are read anew and the block falls apart into some.
 */
static size_t
divide_block(struct listing *l, size_t from, size_t block)
{
	const struct index_block *b = &l->index.block[block];
	struct name last = {.s = b->last.p, .base = b->last.n,
	    .arrival = mlist_arrival(b->last)};
	size_t to = from;

	while (to < l->names.n && names_order(&l->names.v[to], &last) <= 0)
		to++;
	if ((to - from) / CROWD > b->records || lacks_texts(l, block))
		divide_rest(l, from, to);
	else
		add_piece(l, from, to, block);
	return to;
}

/* Some of its messages are to have texts that they have not. */
static bool
lacks_texts(struct listing *l, size_t block)
{
	struct buf records = {0};
	struct span rest;
	struct err e;
	bool lacks = l->is_anew;

	if (!l->is_indexing || l->index.block[block].text_low > 0)
		return lacks;
	if (index_read(&l->index, block, &records, &e) == 0) {
		rest = buf_view(&records);
		while (!lacks && rest.n > 0)
			lacks = record_text(rest, &rest) == 0;
	}
	buf_free(&records);
	return lacks;
}

/*
 * All files of one base are in one piece, and so in one block, for a block is
 * known by the base of its last.
 */
static void
divide_rest(struct listing *l, size_t from, size_t to)
{
	const struct name *v = l->names.v;
	size_t next, piece = l->is_indexing ? MLIST_PIECE_TEXTS : MLIST_PIECE;

	for (; from < to; from = next) {
		next = to - from < piece ? to : from + piece;
		while (next < to && names_order(&v[next - 1], &v[next]) == 0)
			next++;
		add_piece(l, from, next, SPAN_NONE);
	}
}

static void
add_piece(struct listing *l, size_t from, size_t to, size_t block)
{
	l->piece = mem_grow(l->piece, &l->piece_cap, l->pieces + 1,
	    sizeof *l->piece);
	l->piece[l->pieces++] = (struct piece){from, to, block};
}

static void
read_block(struct listing *l, size_t block, struct slot *slot)
{
	struct err e;

	pthread_mutex_lock(&l->lock);
	/* one that was given up in the meantime is not damaged */
	if (!l->has_index)
		slot->is_same = false;
	else if (index_read(&l->index, block, slot->block, &e) == -1)
		slot->is_damaged = true;
	pthread_mutex_unlock(&l->lock);
}

/* As record_next, of those that may match. */
static int
next_wanted(const struct listing *l, struct slot *slot, struct span *rest,
    struct record *r)
{
	struct span after;
	uint32_t text;

	while (l->text != NULL && (text = record_text(*rest, &after)) != 0 &&
	    listing_is_ruled_out(l, text, text)) {
		slot->all++;
		slot->recalled++;
		*rest = after;
	}
	return record_next(rest, r);
}

/* Its records are the folder's messages. */
static void
work_block(struct listing *l, struct slot *slot)
{
	struct span rest = buf_view(slot->block);
	struct record r;
	struct name name;
	struct buf text = {0};
	int more;

	while ((more = next_wanted(l, slot, &rest, &r)) == 1) {
		buf_cut(&text, 0);
		buf_span(&text, r.base);
		buf_span(&text, r.suffix);
		name = (struct name){.s = buf_cstr(&text), .base = r.base.n,
		    .arrival = mlist_arrival(r.base), .in_cur = r.in_cur};
		list_one(l, slot, &name, &r);
	}
	if (more == -1) {
		slot->is_damaged = true;
		mlist_rows_free(&slot->reader.rows);
	}
	buf_free(&text);
}

static void
work_names(struct listing *l, const struct piece *piece, struct slot *slot)
{
	struct recall known = {.rest = buf_view(slot->block)};
	const struct record *r;

	next_record(slot, &known);
	for (size_t i = piece->from; i < piece->to; i++) {
		r = find_record(l, slot, &l->names.v[i], &known);
		list_one(l, slot, &l->names.v[i], r);
		if (r == &known.record)
			next_record(slot, &known);
	}
	if (known.is_any)
		slot->is_same = false;
}

/* What the block says of the name, if it is still the same file. */
static const struct record *
find_record(const struct listing *l, struct slot *slot,
    const struct name *name, struct recall *known)
{
	const struct record *r = &known->record;
	int order;

	while (known->is_any) {
		order = names_order(&known->name, name);
		if (order > 0)
			break;
		if (order == 0 && is_of(l, r, name)) {
			if (r->in_cur != name->in_cur ||
			    !span_is(r->suffix, name->s + name->base))
				slot->is_same = false;
			return r;
		}
		/* it is gone, or another file has its name */
		slot->is_same = false;
		next_record(slot, known);
		if (order == 0)
			break;
	}
	slot->is_same = false;
	return NULL;
}

static bool
next_record(struct slot *slot, struct recall *known)
{
	int more = record_next(&known->rest, &known->record);

	known->is_any = more == 1;
	if (more == -1)
		slot->is_damaged = true;
	known->name = (struct name){.s = known->record.base.p,
	    .base = known->record.base.n,
	    .arrival = mlist_arrival(known->record.base)};
	return known->is_any;
}

static bool
is_of(const struct listing *l, const struct record *r,
    const struct name *name)
{
	struct stat st;

	return r->inode != 0 && fstatat(name->in_cur ? l->box->cur
	    : l->box->new, name->s, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == r->inode && (uint64_t)st.st_size == r->size &&
	    names_ns(st.st_mtim) == r->mtime_ns &&
	    names_ns(st.st_ctim) == r->ctime_ns;
}

static void
list_one(struct listing *l, struct slot *slot, struct name *name,
    const struct record *known)
{
	struct err e = {0};

	slot->all++;
	slot->recalled += known != NULL;
	if (listing_name(l, slot, name, known, &e) == 0)
		return;
	if (!name->is_gone) {
		mlist_rows_fault(&slot->reader.rows, &e);
		return;
	}
	slot->is_same = false;
	if (!l->is_trusted)
		return;
	names_add(&slot->gone, name->s, name->in_cur);
	slot->gone.v[slot->gone.n - 1].inode =
	    known == NULL ? 0 : known->inode;
}

/*
 * A folder that did not change writes nothing: blocks that stay are only
 * counted until the first that does not.
 */
static int
take_records(struct listing *l, const struct piece *piece, struct slot *slot,
    struct err *e)
{
	if (!stays(l, piece, slot))
		return take_changed(l, piece, slot, e);
	if (!l->is_changed && l->kept == piece->block) {
		l->kept++;
		return 0;
	}
	if (flush(l, e) == -1)
		return -1;
	return index_keep(&l->index, piece->block, e);
}

static int
take_changed(struct listing *l, const struct piece *piece, struct slot *slot,
    struct err *e)
{
	const struct name *last;

	if (begin_changes(l, e) == -1 || listing_take_texts(l, slot, e) == -1)
		return -1;
	if (slot->put_n > 0) {
		last = &l->names.v[piece->to - 1];
		set_last(l, span_at(last->s, last->base));
		buf_span(&l->pending, buf_view(&slot->put));
		l->pending_n += slot->put_n;
	}
	return l->pending.n < INDEX_BLOCK ? 0 : flush(l, e);
}

/* A last block that is not full takes what comes after it. */
static bool
stays(const struct listing *l, const struct piece *piece,
    const struct slot *slot)
{
	return piece->block != SPAN_NONE && slot->is_same &&
	    (piece->block + 1 < l->index.n || l->taken == l->pieces ||
		l->index.block[piece->block].bytes >= INDEX_BLOCK / 2);
}

static int
begin_changes(struct listing *l, struct err *e)
{
	int status = 0;

	for (size_t i = 0; !l->is_changed && status == 0 && i < l->kept; i++)
		status = index_keep(&l->index, i, e);
	if (!l->is_changed && status == 0 && l->is_indexing)
		status = listing_begin_texts(l, e);
	l->is_changed = true;
	return status;
}

static int
flush(struct listing *l, struct err *e)
{
	int status = 0;

	if (l->pending_n > 0)
		status = index_put(&l->index, buf_view(&l->pending),
		    (uint32_t)l->pending_n, buf_view(&l->last), e);
	buf_cut(&l->pending, 0);
	l->pending_n = 0;
	return status;
}

/* What cannot be written is read again the next time. */
static void
finish(struct listing *l)
{
	struct index_state unsettled = {0};
	struct err e;

	if (!l->is_changed && (!l->is_settled ||
	    names_same_state(&l->state, &l->index.state)))
		return;
	if (begin_changes(l, &e) == 0 && flush(l, &e) == 0 &&
	    listing_end_texts(l, &e) == 0)
		(void)index_commit(&l->index,
		    l->is_settled ? &l->state : &unsettled, &e);
}

static void
set_last(struct listing *l, struct span base)
{
	buf_cut(&l->last, 0);
	buf_span(&l->last, base);
}
