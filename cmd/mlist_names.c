#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "base/sort.h"
#include "mlist_folder.h"

#define NS INT64_C(1000000000)
#define TICK_NS (NS / 20)  /* of a clock; file systems mostly use that */
#define COARSE_NS (2 * NS) /* and some that */
#define LOOKS 32	  /* at a directory that changes all the time */
#define LOOKS_ALIKE 3	  /* that show nothing new: there is no more */

static int read_names(struct maildir *, struct names *, struct err *);
static size_t merge(struct names *, struct names *now);
static bool is_racy(const struct index_state *);
static void tell_apart(const struct maildir *, struct names *);
static uint64_t find_inode(const struct maildir *, const struct name *);
static size_t drop_moved(struct name *, size_t n);
static size_t first_of(const struct names *, const struct name *);
static int by_inode(const void *, const void *);
static int by_name(const void *, const void *);
static int by_order(const void *, const void *);

int64_t
mlist_arrival(struct span name)
{
	size_t n = span_chr(name, '.');
	uint64_t sec;

	if (n == SPAN_NONE ||
	    !span_num(span_sub(name, 0, n), DATE_SEC_MAX, &sec))
		return 0;
	return (int64_t)sec;
}

struct name
names_of(const char *s, bool in_cur)
{
	return (struct name){.s = s, .base = maildir_base(span_of(s)),
	    .arrival = mlist_arrival(span_of(s)), .in_cur = in_cur};
}

void
names_add(struct names *names, const char *s, bool in_cur)
{
	names->v = mem_grow(names->v, &names->cap, names->n + 1,
	    sizeof *names->v);
	names->v[names->n] = names_of(s, in_cur);
	names->v[names->n++].at = names->text.n;
	buf_add(&names->text, s, strlen(s) + 1);
}

void
names_sort(struct names *names)
{
	struct sort_item *item = mem_alloc(names->n, sizeof *item);
	struct name *sorted = mem_alloc(names->n, sizeof *sorted);

	for (size_t i = 0; i < names->n; i++) {
		names->v[i].s = names->text.p + names->v[i].at;
		item[i] = (struct sort_item){names->v[i].arrival, &names->v[i]};
	}
	sort_items(item, names->n, by_name);
	for (size_t i = 0; i < names->n; i++)
		sorted[i] = *(const struct name *)item[i].of;
	free(item);
	free(names->v);
	names->v = sorted;
	names->cap = names->n;
}

void
names_free(struct names *names)
{
	free(names->v);
	buf_free(&names->text);
	*names = (struct names){0};
}

int
names_take(struct maildir *box, struct names *names, struct err *e)
{
	struct names_look look;
	struct names now = {0};
	bool is_exact = false;
	int alike = 0, status = 0;

	for (int i = 0; i < LOOKS && alike < LOOKS_ALIKE && !is_exact; i++) {
		names_look(box, &look);
		status = read_names(box, &now, e);
		is_exact = status == 0 && names_look_is_exact(box, &look);
		if (is_exact)
			names_free(names);
		alike = merge(names, &now) > 0 ? 0 : alike + 1;
		if (status == -1)
			return -1;
	}
	tell_apart(box, names);
	return 0;
}

void
names_look(const struct maildir *box, struct names_look *look)
{
	look->is_racy = !names_state(box, &look->before) ||
	    is_racy(&look->before);
}

bool
names_look_is_exact(const struct maildir *box, const struct names_look *look)
{
	struct index_state after;

	return !look->is_racy && names_state(box, &after) &&
	    names_same_state(&look->before, &after);
}

bool
names_state(const struct maildir *box, struct index_state *state)
{
	int dirs[2] = {box->new, box->cur};
	struct stat st;

	memset(state, 0, sizeof *state);
	for (size_t i = 0; i < 2; i++) {
		if (fstat(dirs[i], &st) == -1)
			return false;
		state->dir[i] = (struct index_dir){.device = st.st_dev,
		    .inode = st.st_ino, .mtime_ns = names_ns(st.st_mtim),
		    .ctime_ns = names_ns(st.st_ctim)};
	}
	return true;
}

bool
names_same_state(const struct index_state *a, const struct index_state *b)
{
	bool same = true;

	for (size_t i = 0; i < 2; i++)
		same = same && a->dir[i].device == b->dir[i].device &&
		    a->dir[i].inode == b->dir[i].inode &&
		    a->dir[i].mtime_ns == b->dir[i].mtime_ns &&
		    a->dir[i].ctime_ns == b->dir[i].ctime_ns;
	return same;
}

int64_t
names_ns(struct timespec t)
{
	if (t.tv_sec >= INT64_MAX / NS)
		return NAMES_NS_MAX;
	if (t.tv_sec <= INT64_MIN / NS)
		return -NAMES_NS_MAX;
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

int
names_order(const struct name *a, const struct name *b)
{
	if (a->arrival != b->arrival)
		return a->arrival < b->arrival ? -1 : 1;
	return span_cmp(span_at(a->s, a->base), span_at(b->s, b->base));
}

size_t
names_keep_gone(struct names *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->n; i++)
		if (names->v[i].is_gone)
			names->v[kept++] = names->v[i];
	return names->n = kept;
}

void
names_add_gone(struct names *names, const struct names *gone)
{
	for (size_t i = 0; i < gone->n; i++) {
		names_add(names, gone->text.p + gone->v[i].at,
		    gone->v[i].in_cur);
		names->v[names->n - 1].inode = gone->v[i].inode;
		names->v[names->n - 1].is_gone = true;
	}
	names_sort(names);
}

struct name *
names_find_gone(struct names *names, const struct maildir *box,
    const struct name *seen)
{
	struct name *v = names->v;
	uint64_t inode = 0;

	for (size_t i = first_of(names, seen); i < names->n; i++) {
		if (names_order(&v[i], seen) != 0)
			break;
		if (v[i].inode != 0 && inode == 0)
			inode = find_inode(box, seen);
		if (v[i].is_gone && (v[i].inode == 0 || v[i].inode == inode))
			return &v[i];
	}
	return NULL;
}

static int
read_names(struct maildir *box, struct names *names, struct err *e)
{
	struct maildir_iter it;
	struct maildir_entry entry;
	int more;

	maildir_each(box, &it);
	while ((more = maildir_next(&it, &entry, e)) == 1)
		names_add(names, entry.name, entry.in_cur);
	maildir_end(&it);
	names_sort(names);
	return more;
}

/*
 * A file that is renamed while its directory is read may be passed over: what
 * was seen before stays, under the name that it has now.  How many were not.
 */
static size_t
merge(struct names *names, struct names *now)
{
	struct names old = *names;
	size_t n = now->n, new = 0;
	struct names rest = {0};

	for (size_t i = 0; i < n; i++)
		new += first_of(&old, &now->v[i]) == SPAN_NONE;
	for (size_t i = 0; i < old.n; i++)
		if (first_of(now, &old.v[i]) == SPAN_NONE)
			names_add(&rest, old.v[i].s, old.v[i].in_cur);
	for (size_t i = 0; i < rest.n; i++)
		names_add(now, rest.text.p + rest.v[i].at, rest.v[i].in_cur);
	if (rest.n > 0)
		names_sort(now);
	names_free(&rest);
	names_free(&old);
	*names = *now;
	*now = (struct names){0};
	return new;
}

/*
 * May be changed again in the tick of the clock that its time shows.  Times
 * without a fraction are of a coarse clock.
 */
static bool
is_racy(const struct index_state *state)
{
	struct timespec now;
	int64_t tick = COARSE_NS;

	for (size_t i = 0; i < 2; i++)
		if (state->dir[i].ctime_ns % NS != 0)
			tick = TICK_NS;
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < 2; i++)
		if (llabs(names_ns(now) - state->dir[i].ctime_ns) < tick)
			return true;
	return false;
}

/*
 * Names of one base are as many files, or one that was renamed while they were
 * read, or linked to be moved: it is listed once.
 */
static void
tell_apart(const struct maildir *box, struct names *names)
{
	struct name *v = names->v;
	size_t kept = 0, n, left;

	for (size_t i = 0; i < names->n; i += n) {
		for (n = 1; i + n < names->n; n++)
			if (names_order(&v[i], &v[i + n]) != 0)
				break;
		for (size_t k = 0; n > 1 && k < n; k++)
			v[i + k].inode = find_inode(box, &v[i + k]);
		left = n > 1 ? drop_moved(&v[i], n) : 1;
		memmove(&v[kept], &v[i], left * sizeof *v);
		kept += left;
	}
	names->n = kept;
}

/* 0 where it is gone. */
static uint64_t
find_inode(const struct maildir *box, const struct name *name)
{
	struct stat st;

	if (fstatat(name->in_cur ? box->cur : box->new, name->s, &st, 0) == -1)
		return 0;
	return st.st_ino;
}

/* One name of each file stays; where none is there now, it is one file. */
static size_t
drop_moved(struct name *v, size_t n)
{
	size_t kept = 0;

	qsort(v, n, sizeof *v, by_inode);
	for (size_t i = 0; i < n; i++)
		if (v[i].inode != 0 &&
		    (kept == 0 || v[i].inode != v[kept - 1].inode))
			v[kept++] = v[i];
	if (kept <= 1) {
		v[0].inode = 0;
		return 1;
	}
	qsort(v, kept, sizeof *v, by_order);
	return kept;
}

/* The first of the same base; SPAN_NONE: there is none. */
static size_t
first_of(const struct names *names, const struct name *name)
{
	size_t low = 0, high = names->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (names_order(&names->v[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->n && names_order(&names->v[low], name) == 0
	    ? low : SPAN_NONE;
}

static int
by_inode(const void *p, const void *q)
{
	const struct name *a = p, *b = q;

	return (a->inode > b->inode) - (a->inode < b->inode);
}

static int
by_name(const void *p, const void *q)
{
	const struct sort_item *a = p, *b = q;

	return by_order(a->of, b->of);
}

static int
by_order(const void *p, const void *q)
{
	const struct name *a = p, *b = q;
	int order = names_order(a, b);

	if (order == 0)
		order = strcmp(a->s + a->base, b->s + b->base);
	return order != 0 ? order : a->in_cur - b->in_cur;
}
