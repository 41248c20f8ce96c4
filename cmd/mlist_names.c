#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mlist_folder.h"

#define ARRIVAL_DIGITS 12 /* of the seconds that a file's name begins with */

static const struct name *find_name(const struct names *now,
    const struct name *was);
static int by_order(const void *, const void *);

int64_t
mlist_arrival(const char *name)
{
	return names_arrival(span_of(name));
}

int64_t
names_arrival(struct span name)
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
	    .base = names_base(s), .arrival = mlist_arrival(s),
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
