#include <stdlib.h>

#include "base/mem.h"
#include "base/sort.h"
#include "mail/thread_impl.h"

/* What a container comes to when those of missing messages are passed over. */
struct known {
	uint32_t top;	/* the container without a parent; itself, perhaps */
	uint32_t above; /* the message that it is below; THREAD_NONE */
};

/* Lists of messages by their numbers. */
struct list {
	uint32_t first, last;
};

struct sorter {
	struct thread *t;
	struct known *known;	/* of each container */
	struct sort_item *dated; /* all messages, by date */
	struct list *below;	/* of each message: those that answer it */
	struct list *tops;	/* of each container at the top */
	uint32_t *next;		/* of each message: its next sibling */
	uint32_t *threads;	/* containers at the top, in their order */
	size_t n_threads;
};

/* A thread, to be joined with others of its subject. */
struct joined {
	uint64_t base;
	size_t order;
	uint32_t top;
	uint32_t first; /* message */
	bool is_missing, is_reply;
};

static void sort_dates(struct sorter *);
static void know(struct sorter *);
static void know_from(struct sorter *, uint32_t container, uint32_t *path);
static void make_lists(struct sorter *);
static void append(struct sorter *, struct list *, uint32_t message);
static void join_subjects(struct sorter *);
static int by_subject(const void *, const void *);
static void join_group(struct thread *, struct joined *, size_t n);
static void join(struct thread *, struct joined *to, struct joined *);
static void place_all(struct sorter *);
static size_t place_thread(struct sorter *, uint32_t top, size_t n);
static void drop_lists(struct sorter *);

const struct thread_place *
thread_sort(struct thread *t, size_t *n)
{
	struct sorter s = {.t = t};

	if (t->place == NULL) {
		sort_dates(&s);
		make_lists(&s);
		if (t->by_subject) {
			join_subjects(&s);
			drop_lists(&s);
			make_lists(&s);
		}
		place_all(&s);
		drop_lists(&s);
		free(s.dated);
	}
	*n = t->n_m;
	return t->place;
}

static void
sort_dates(struct sorter *s)
{
	const struct thread *t = s->t;

	s->dated = mem_alloc(t->n_m, sizeof *s->dated);
	for (size_t i = 0; i < t->n_m; i++)
		s->dated[i] = (struct sort_item){t->m[i].date, &t->m[i]};
	sort_items(s->dated, t->n_m, NULL);
}

static void
know(struct sorter *s)
{
	const struct thread *t = s->t;
	uint32_t *path = mem_alloc(t->n_c, sizeof *path);

	s->known = mem_alloc(t->n_c, sizeof *s->known);
	for (size_t i = 0; i < t->n_c; i++)
		s->known[i].top = THREAD_NONE;
	for (size_t i = 0; i < t->n_c; i++)
		know_from(s, (uint32_t)i, path);
	free(path);
}

/* Up to what is known or has no parent, and down again. */
static void
know_from(struct sorter *s, uint32_t at, uint32_t *path)
{
	const struct thread_container *c = s->t->c;
	struct known *known = s->known;
	uint32_t parent;
	size_t n = 0;

	for (; at != THREAD_NONE && known[at].top == THREAD_NONE;
	    at = c[at].parent)
		path[n++] = at;
	while (n > 0) {
		at = path[--n];
		parent = c[at].parent;
		if (parent == THREAD_NONE)
			known[at] = (struct known){at, THREAD_NONE};
		else if (c[parent].message != THREAD_NONE)
			known[at] = (struct known){known[parent].top,
			    c[parent].message};
		else
			known[at] = known[parent];
	}
}

/*
 * Taken by date, each message goes to the end of its list.  So all lists are
 * sorted, and threads come in the order of their first messages.
 */
static void
make_lists(struct sorter *s)
{
	const struct list empty = {THREAD_NONE, THREAD_NONE};
	const struct thread *t = s->t;
	const struct thread_node *m;
	const struct known *k;
	uint32_t message;

	know(s);
	s->n_threads = 0;
	s->below = mem_alloc(t->n_m, sizeof *s->below);
	s->next = mem_alloc(t->n_m, sizeof *s->next);
	s->threads = mem_alloc(t->n_m, sizeof *s->threads);
	s->tops = mem_alloc(t->n_c, sizeof *s->tops);
	for (size_t i = 0; i < t->n_m; i++)
		s->below[i] = empty;
	for (size_t i = 0; i < t->n_c; i++)
		s->tops[i] = empty;
	for (size_t i = 0; i < t->n_m; i++) {
		m = s->dated[i].of;
		message = (uint32_t)(m - t->m);
		k = &s->known[m->container];
		if (k->above != THREAD_NONE) {
			append(s, &s->below[k->above], message);
			continue;
		}
		if (s->tops[k->top].first == THREAD_NONE)
			s->threads[s->n_threads++] = k->top;
		append(s, &s->tops[k->top], message);
	}
}

static void
append(struct sorter *s, struct list *list, uint32_t message)
{
	s->next[message] = THREAD_NONE;
	if (list->first == THREAD_NONE)
		list->first = message;
	else
		s->next[list->last] = message;
	list->last = message;
}

static void
join_subjects(struct sorter *s)
{
	struct joined *all = mem_alloc(s->n_threads, sizeof *all);
	const struct thread_subject *subject;
	struct list list;
	size_t n = 0, from;

	for (size_t i = 0; i < s->n_threads; i++) {
		list = s->tops[s->threads[i]];
		subject = &s->t->subject[list.first];
		if (subject->base != 0)
			all[n++] = (struct joined){subject->base, i,
			    s->threads[i], list.first,
			    list.first != list.last, subject->is_reply};
	}
	if (n > 1)
		qsort(all, n, sizeof *all, by_subject);
	for (size_t i = 0; i < n; i++) {
		from = i;
		while (i + 1 < n && all[i + 1].base == all[from].base)
			i++;
		join_group(s->t, all + from, i + 1 - from);
	}
	free(all);
}

static int
by_subject(const void *p, const void *q)
{
	const struct joined *a = p, *b = q;

	if (a->base != b->base)
		return a->base < b->base ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

/* Those of one subject: one of them takes the others. */
static void
join_group(struct thread *t, struct joined *group, size_t n)
{
	struct joined taker = group[0];
	uint32_t own;

	for (size_t i = 1; i < n; i++)
		if ((group[i].is_missing && !taker.is_missing) ||
		    (taker.is_reply && !group[i].is_reply))
			taker = group[i];
	own = taker.top;
	for (size_t i = 0; i < n; i++)
		if (group[i].top != own)
			join(t, &taker, &group[i]);
}

/* Below a missing message, or below the one that it answers. */
static void
join(struct thread *t, struct joined *to, struct joined *one)
{
	uint32_t parent = to->top;

	if (!to->is_missing && one->is_reply && !to->is_reply) {
		parent = t->m[to->first].container;
	} else if (!to->is_missing) {
		parent = thread_container(t, t->c[to->top].id);
		t->c[to->top].parent = parent;
		to->top = parent;
		to->is_missing = true;
	}
	t->c[one->top].parent = parent;
}

static void
place_all(struct sorter *s)
{
	size_t n = 0;

	s->t->place = mem_alloc(s->t->n_m, sizeof *s->t->place);
	for (size_t i = 0; i < s->n_threads; i++)
		n = place_thread(s, s->threads[i], n);
}

/* Down, else on, else up until there is one to go on with. */
static size_t
place_thread(struct sorter *s, uint32_t top, size_t n)
{
	const struct thread *t = s->t;
	uint32_t at = s->tops[top].first, depth = 0, above;
	bool is_first = true;

	while (at != THREAD_NONE) {
		above = s->known[t->m[at].container].above;
		t->place[n++] = (struct thread_place){t->c[top].id, at, above,
		    depth, is_first};
		is_first = false;
		if (s->below[at].first != THREAD_NONE) {
			at = s->below[at].first;
			depth++;
			continue;
		}
		while (s->next[at] == THREAD_NONE && above != THREAD_NONE) {
			at = above;
			above = s->known[t->m[at].container].above;
			depth--;
		}
		at = s->next[at];
	}
	return n;
}

static void
drop_lists(struct sorter *s)
{
	free(s->known);
	free(s->below);
	free(s->tops);
	free(s->next);
	free(s->threads);
}
