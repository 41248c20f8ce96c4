#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "mlist_folder.h"

#define NS INT64_C(1000000000)
#define TICK_NS (NS / 20) /* of a clock; file systems mostly use that */
#define LOOKS 3		  /* at a directory that changes all the time */
#define ARRIVAL_DIGITS 12 /* of the seconds that a file's name begins with */

static int read_names(struct maildir *, struct names *, struct err *);
static void add_new(struct names *, const struct names *now);
static bool is_racy(const struct index_state *);
static bool is_there(const struct names *, size_t);
static const struct name *find_name(const struct names *now,
    const struct name *was);
static int by_order(const void *, const void *);

int64_t
mlist_arrival(struct span name)
{
	size_t n = span_chr(name, '.');
	uint64_t sec;

	if (n == SPAN_NONE || n > ARRIVAL_DIGITS ||
	    !span_num(span_sub(name, 0, n), DATE_SEC_MAX, &sec))
		return 0;
	return (int64_t)sec;
}

void
names_add(struct names *names, const char *s, bool in_cur)
{
	names->v = mem_grow(names->v, &names->cap, names->n + 1,
	    sizeof *names->v);
	names->v[names->n++] = (struct name){.at = names->text.n,
	    .base = names_base(s), .arrival = mlist_arrival(span_of(s)),
	    .in_cur = in_cur};
	buf_add(&names->text, s, strlen(s) + 1);
}

void
names_sort(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		names->v[i].s = names->text.p + names->v[i].at;
	if (names->n > 1)
		qsort(names->v, names->n, sizeof *names->v, by_order);
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
	struct index_state before, after;
	struct names now = {0};
	int status = 0;

	for (int look = 0; look < LOOKS && status == 0; look++) {
		names_state(box, &before);
		status = read_names(box, &now, e);
		names_state(box, &after);
		if (look == 0) {
			*names = now;
			now = (struct names){0};
		}
		add_new(names, &now);
		names_free(&now);
		if (!is_racy(&after) && names_same_state(&before, &after))
			break;
	}
	return status;
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

size_t
names_base(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? strlen(name) : (size_t)(colon - name);
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
	const struct name *v = names->v;
	size_t kept = 0;
	bool was_there = false;

	for (size_t i = 0; i < names->n; i++) {
		/* it may have been seen under both its names, and listed */
		if (i == 0 || names_order(&v[i - 1], &v[i]) != 0)
			was_there = is_there(names, i);
		if (was_there)
			continue;
		names->v[kept++] = v[i];
		was_there = true;
	}
	return names->n = kept;
}

void
names_add_gone(struct names *names, const struct names *gone)
{
	for (size_t i = 0; i < gone->n; i++) {
		names_add(names, gone->text.p + gone->v[i].at,
		    gone->v[i].in_cur);
		names->v[names->n - 1].is_gone = true;
	}
	names_sort(names);
}

size_t
names_find_moved(struct names *names, const struct names *now)
{
	struct names found = {0};
	const struct name *is;

	for (size_t i = 0; i < names->n; i++) {
		is = find_name(now, &names->v[i]);
		if (is != NULL)
			names_add(&found, is->s, is->in_cur);
	}
	names_free(names);
	names_sort(&found);
	*names = found;
	return found.n;
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
 * another look sees is added.
 */
static void
add_new(struct names *names, const struct names *now)
{
	struct names new = {0};

	for (size_t i = 0; i < now->n; i++)
		if (find_name(names, &now->v[i]) == NULL)
			names_add(&new, now->v[i].s, now->v[i].in_cur);
	for (size_t i = 0; i < new.n; i++)
		names_add(names, new.text.p + new.v[i].at, new.v[i].in_cur);
	if (new.n > 0)
		names_sort(names);
	names_free(&new);
}

/* Was changed in the tick of the clock that its time shows, perhaps again. */
static bool
is_racy(const struct index_state *state)
{
	struct timespec now;
	bool racy = false;

	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < 2; i++)
		racy = racy || llabs(names_ns(now) -
		    state->dir[i].ctime_ns) < TICK_NS;
	return racy;
}

/* True where the message of that name is there under another. */
static bool
is_there(const struct names *names, size_t i)
{
	const struct name *v = names->v;
	bool there = false;

	for (size_t k = i; k < names->n && !there; k++) {
		if (names_order(&v[i], &v[k]) != 0)
			break;
		there = !v[k].is_gone;
	}
	return there;
}

/* The first of the same base. */
static const struct name *
find_name(const struct names *now, const struct name *was)
{
	size_t low = 0, high = now->n, middle;
	const struct name *is = NULL;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (names_order(&now->v[middle], was) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < now->n && names_order(&now->v[low], was) == 0)
		is = &now->v[low];
	return is;
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
