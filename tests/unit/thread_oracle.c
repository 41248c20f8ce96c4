/*
 * Threads as an oracle makes them: RFC 5256, section 3, word by word and
 * slowly; names are small numbers.
 */
#include <stdio.h>

#include "unit/threads.h"

#define IDS 12	   /* that the random messages have and name */
#define NODES 80   /* of the oracle, more than it needs */
#define MESSAGES 24
#define ROUNDS 1000

struct node {
	int id; /* -1: none that another can mean */
	int message, parent;
	bool gone;
};

struct oracle {
	struct node v[NODES];
	int n;
	const struct letter *letter;
	int n_letters;
};

struct letter {
	int id; /* 0: none */
	int reference[4], n_references;
	int in_reply_to; /* 0: none */
	int date, subject;
	bool is_reply;
};

static int
node(struct oracle *o, int id)
{
	for (int i = 0; i < o->n; i++)
		if (o->v[i].id == id && id != -1)
			return i;
	ck_assert_int_lt(o->n, NODES);
	o->v[o->n] = (struct node){id, -1, -1, false};
	return o->n++;
}

static bool
reaches(const struct oracle *o, int from, int to)
{
	for (; from != -1; from = o->v[from].parent)
		if (from == to)
			return true;
	return false;
}

static void
tie(struct oracle *o, int parent, int child)
{
	if (parent != -1 && o->v[child].parent == -1 &&
	    !reaches(o, parent, child))
		o->v[child].parent = parent;
}

static void
oracle_add(struct oracle *o, int i)
{
	const struct letter *l = &o->letter[i];
	int own = node(o, l->id == 0 ? -1 : l->id), last = -1, next;

	if (o->v[own].message != -1)
		own = node(o, -1);
	o->v[own].message = i;
	for (int k = 0; k < l->n_references; k++) {
		next = node(o, l->reference[k]);
		tie(o, last, next);
		last = next;
	}
	if (l->n_references == 0 && l->in_reply_to != 0)
		last = node(o, l->in_reply_to);
	o->v[own].parent = -1;
	tie(o, last, own);
}

static int
children(const struct oracle *o, int of)
{
	int n = 0;

	for (int i = 0; i < o->n; i++)
		n += !o->v[i].gone && o->v[i].parent == of;
	return n;
}

/* One of a missing message that is not needed; -1: none. */
static int
useless(const struct oracle *o)
{
	for (int i = 0; i < o->n; i++)
		if (!o->v[i].gone && o->v[i].message == -1 &&
		    (o->v[i].parent != -1 || children(o, i) <= 1))
			return i;
	return -1;
}

/* Step 3: one change at a time until there is none. */
static void
oracle_prune(struct oracle *o)
{
	int i;

	while ((i = useless(o)) != -1) {
		o->v[i].gone = true;
		for (int k = 0; k < o->n; k++)
			if (o->v[k].parent == i)
				o->v[k].parent = o->v[i].parent;
	}
}

static int best(const struct oracle *o, int parent, const bool *done);

/* The message that a node is sorted by. */
static int
leader(const struct oracle *o, int i)
{
	bool none[NODES] = {false};

	if (o->v[i].message != -1)
		return o->v[i].message;
	return leader(o, best(o, i, none));
}

static bool
is_before(const struct oracle *o, int a, int b)
{
	int x = leader(o, a), y = leader(o, b);

	if (o->letter[x].date != o->letter[y].date)
		return o->letter[x].date < o->letter[y].date;
	return x < y;
}

/* The first child by date that is not done; -1: none. */
static int
best(const struct oracle *o, int parent, const bool *done)
{
	int found = -1;

	for (int i = 0; i < o->n; i++)
		if (!o->v[i].gone && !done[i] && o->v[i].parent == parent &&
		    (found == -1 || is_before(o, i, found)))
			found = i;
	return found;
}

/* Step 5. */
static void
oracle_join(struct oracle *o)
{
	int table[4] = {-1, -1, -1, -1}, top[NODES], n = 0, at, d;
	const struct letter *a, *b;
	bool done[NODES] = {false};

	while ((at = best(o, -1, done)) != -1) {
		done[at] = true;
		top[n++] = at;
		a = &o->letter[leader(o, at)];
		d = table[a->subject];
		if (a->subject == 0)
			continue;
		if (d == -1 || (o->v[d].message != -1 &&
		    o->v[at].message == -1) ||
		    (o->letter[leader(o, d)].is_reply && !a->is_reply))
			table[a->subject] = at;
	}
	for (int i = 0; i < n; i++) {
		a = &o->letter[leader(o, top[i])];
		d = table[a->subject];
		if (a->subject == 0 || d == top[i])
			continue;
		b = &o->letter[leader(o, d)];
		if (o->v[d].message != -1 && (!a->is_reply || b->is_reply)) {
			d = node(o, -1);
			o->v[table[a->subject]].parent = d;
			table[a->subject] = d;
		}
		o->v[top[i]].parent = d;
	}
	oracle_prune(o);
}

static void
oracle_show(const struct oracle *o, int parent, int depth, bool is_top,
    struct buf *out)
{
	bool done[NODES] = {false};
	bool is_missing;
	int at;

	while ((at = best(o, parent, done)) != -1) {
		done[at] = true;
		is_missing = o->v[at].message == -1;
		if (is_top && out->n > 0)
			buf_char(out, ' ');
		if (!is_missing)
			buf_fmt(out, "%d(%d)", o->v[at].message, depth);
		oracle_show(o, at, depth + !is_missing, false, out);
	}
}

static uint32_t
draw(uint32_t *state, uint32_t below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

static void
make_letter(struct letter *l, uint32_t *state)
{
	*l = (struct letter){.id = (int)draw(state, IDS),
	    .date = (int)draw(state, 12), .subject = (int)draw(state, 4),
	    .is_reply = draw(state, 2) == 1};
	l->n_references = (int)draw(state, 5);
	if (draw(state, 3) == 0)
		l->n_references = 0;
	for (int i = 0; i < l->n_references; i++)
		l->reference[i] = 1 + (int)draw(state, IDS);
	if (draw(state, 3) == 0)
		l->in_reply_to = 1 + (int)draw(state, IDS);
}

static void
add_letter(struct thread *t, const struct letter *l)
{
	struct buf id = {0}, references = {0}, reply = {0}, subject = {0};
	struct thread_message m = {.date = l->date};

	if (l->id != 0)
		buf_fmt(&id, "<%d@example.org>", l->id);
	for (int i = 0; i < l->n_references; i++)
		buf_fmt(&references, "<%d@example.org>\n ", l->reference[i]);
	if (l->in_reply_to != 0)
		buf_fmt(&reply, "<%d@example.org>", l->in_reply_to);
	if (l->is_reply)
		buf_str(&subject, "Re: ");
	if (l->subject != 0)
		buf_fmt(&subject, "subject %d", l->subject);
	m.id = buf_view(&id);
	m.references = buf_view(&references);
	m.in_reply_to = buf_view(&reply);
	m.subject = buf_view(&subject);
	threads_add(t, &m);
	buf_free(&id);
	buf_free(&references);
	buf_free(&reply);
	buf_free(&subject);
}

START_TEST(agrees_with_oracle)
{
	uint32_t state = 7;
	struct letter letter[MESSAGES];
	struct buf got = {0}, want = {0};
	struct oracle o;
	struct thread *t;

	for (int round = 0; round < ROUNDS; round++) {
		o = (struct oracle){.letter = letter,
		    .n_letters = 1 + (int)draw(&state, MESSAGES)};
		t = thread_open(SEED * state, _i == 1);
		for (int i = 0; i < o.n_letters; i++) {
			make_letter(&letter[i], &state);
			add_letter(t, &letter[i]);
			oracle_add(&o, i);
		}
		oracle_prune(&o);
		if (_i == 1)
			oracle_join(&o);
		buf_cut(&got, 0);
		buf_cut(&want, 0);
		threads_show(t, &got);
		oracle_show(&o, -1, 0, true, &want);
		ck_assert_msg(span_eq(buf_view(&got), buf_view(&want)),
		    "round %d: %s, not %s", round, buf_cstr(&got),
		    buf_cstr(&want));
		thread_close(t);
	}
	buf_free(&got);
	buf_free(&want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("thread_oracle");

	unit_each(s, agrees_with_oracle, 2);
	return unit_main(s);
}
