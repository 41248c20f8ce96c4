#include <stdio.h>

#include "base/buf.h"
#include "mail/thread.h"
#include "mail/thread_impl.h"
#include "unit/unit.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)
#define IDS 12	   /* that the random messages have and name */
#define NODES 80   /* of the oracle, more than it needs */
#define MESSAGES 24
#define ROUNDS 1000
#define CROWD 4096 /* names that are alike */

struct row {
	const char *id, *references, *in_reply_to;
	int date;
};

/* A box, and its threads as "number(depth)", a blank between threads. */
static const struct box {
	struct row row[6];
	const char *want;
} boxes[] = {
    {{{"<a>", "", "", 1}}, "0(0)"},
    {{{"<a>", "", "", 1}, {"<b>", "<a>", "", 2}}, "0(0)1(1)"},
    {{{"<b>", "<a>", "", 1}, {"<a>", "", "", 2}}, "1(0)0(1)"},
    {{{"<a>", "", "", 1}, {"<b>", "", "Your mail <a> of 1 May", 2}},
	"0(0)1(1)"},
    /* without one in References, and only then, In-Reply-To counts */
    {{{"<a>", "", "", 1}, {"<b>", "none", "<a>", 2}}, "0(0)1(1)"},
    {{{"<a>", "", "", 1}, {"<c>", "", "", 2}, {"<b>", "<c>", "<a>", 3}},
	"0(0) 1(0)2(1)"},
    /* a missing one above one message vanishes, above several it joins */
    {{{"<b>", "<a>", "", 1}}, "0(0)"},
    {{{"<b>", "<a>", "", 2}, {"<c>", "<a>", "", 1}}, "1(0)0(0)"},
    {{{"<a>", "", "", 1}, {"<c>", "<a> <b>", "", 2},
	{"<d>", "<a> <b>", "", 3}}, "0(0)1(1)2(1)"},
    /* by date, whatever the order of coming */
    {{{"<a>", "", "", 5}, {"<c>", "<a>", "", 9}, {"<b>", "<a>", "", 7},
	{"<z>", "", "", 1}}, "3(0) 0(0)2(1)1(1)"},
    {{{"<a>", "", "", 1}, {"<b>", "", "", 1}, {"<c>", "", "", 0}},
	"2(0) 0(0) 1(0)"},
    /* the second of one name is another message */
    {{{"<a>", "", "", 1}, {"<a>", "", "", 2}, {"<b>", "<a>", "", 3}},
	"0(0)2(1) 1(0)"},
    {{{"<a>", "", "", 1}, {"<b>", "<a>", "", 2}, {"<b>", "<a>", "", 3},
	{"<c>", "<b>", "", 4}}, "0(0)1(1)3(2)2(1)"},
    /* what a message says of itself holds against what others say of it */
    {{{"<c>", "<a> <b>", "", 3}, {"<b>", "<x>", "", 2}, {"<a>", "", "", 1},
	{"<x>", "", "", 0}}, "3(0)1(1)0(2) 2(0)"},
    /* no loops */
    {{{"<a>", "<a>", "", 1}}, "0(0)"},
    {{{"<a>", "<b>", "", 1}, {"<b>", "<a>", "", 2}}, "1(0)0(1)"},
    {{{"<a>", "<c>", "", 1}, {"<b>", "<a>", "", 2}, {"<c>", "<b>", "", 3}},
	"2(0)0(1)1(2)"},
    /* no name, an empty one, one without brackets */
    {{{"", "", "", 1}, {"", "", "", 1}, {"<>", "", "", 1}},
	"0(0) 1(0) 2(0)"},
    {{{"a", "", "", 1}, {"<b>", "<a>", "", 2}}, "0(0)1(1)"},
    /* the same name, written otherwise */
    {{{"<\"a b\"@x>", "", "", 1}, {"<b>", "<\n ab@x>", "", 2}},
	"0(0)1(1)"},
    {{{"<a>", "", "", 1}, {"<b>", "x <y <a> z", "", 2}}, "0(0)1(1)"},
    {{{"<a>", "", "", 1}, {"<b>", "<a", "", 2}}, "0(0) 1(0)"},
};

static void
show(struct thread *t, struct buf *out)
{
	const struct thread_place *p;
	size_t n;

	p = thread_sort(t, &n);
	for (size_t i = 0; i < n; i++)
		buf_fmt(out, "%s%u(%u)", i > 0 && p[i].is_first ? " " : "",
		    (unsigned)p[i].message, (unsigned)p[i].depth);
}

static void
add_message(struct thread *t, const struct thread_message *m)
{
	struct buf put = {0};
	struct span rest;

	thread_put(t, m, &put);
	rest = buf_view(&put);
	thread_add(t, &rest);
	ck_assert_uint_eq(rest.n, 0);
	buf_free(&put);
}

static void
add(struct thread *t, const struct row *r)
{
	const struct thread_message m = {.id = span_of(r->id),
	    .references = span_of(r->references),
	    .in_reply_to = span_of(r->in_reply_to), .date = r->date};

	add_message(t, &m);
}

START_TEST(boxes_thread)
{
	struct thread *t = thread_open(SEED, false);
	struct buf got = {0};

	for (size_t i = 0; i < 6 && boxes[_i].row[i].id != NULL; i++)
		add(t, &boxes[_i].row[i]);
	show(t, &got);
	unit_span(buf_view(&got), boxes[_i].want);
	buf_free(&got);
	thread_close(t);
}
END_TEST

START_TEST(empty)
{
	struct thread *t = thread_open(SEED, true);
	size_t n = 1;

	thread_sort(t, &n);
	ck_assert_uint_eq(n, 0);
	thread_close(t);
	thread_close(NULL);
}
END_TEST

/* A thread is called the same before its first message came and after. */
START_TEST(number_is_stable)
{
	static const struct row rows[] = {{"<c>", "<a> <b>", "", 3},
	    {"<b>", "<a>", "", 2}, {"<a>", "", "", 1}, {"<z>", "", "", 9}};
	const struct thread_place *p;
	uint64_t number = 0;
	struct thread *t;
	size_t n;

	for (size_t last = 1; last <= 4; last++) {
		t = thread_open(SEED + last, false);
		for (size_t i = 0; i < last; i++)
			add(t, &rows[i]);
		p = thread_sort(t, &n);
		ck_assert_uint_eq(n, last);
		if (last == 1)
			number = p[0].thread;
		for (size_t i = 0; i < n; i++)
			ck_assert((p[i].thread == number) ==
			    (p[i].message != 3));
		thread_close(t);
	}
}
END_TEST

/* The most slots in a row that are not free. */
static size_t
longest_run(const struct thread *t)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < t->n_slots; i++) {
		run = t->slot[i].container == 0 ? 0 : run + 1;
		if (run > longest)
			longest = run;
	}
	return longest;
}

/* Names can be made whose hashes are any, but no seed is known. */
START_TEST(no_names_crowd)
{
	const struct thread_message m = {.id = SPAN("<a>"),
	    .references = SPAN("<b>")};
	const uint64_t step = UINT64_C(1) << _i;
	struct thread *t = thread_open(SEED, false);
	struct buf put = {0};
	struct span rest;
	uint64_t hash;

	for (uint64_t i = 0; i < CROWD; i++) {
		buf_cut(&put, 0);
		thread_put(t, &m, &put);
		hash = i * step;
		memcpy(put.p + put.n - sizeof hash, &hash, sizeof hash);
		rest = buf_view(&put);
		thread_add(t, &rest);
	}
	ck_assert_uint_lt(longest_run(t), CROWD / 16);
	buf_free(&put);
	thread_close(t);
}
END_TEST

/* RFC 5256, section 3, word by word and slowly; names are small numbers. */
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
	add_message(t, &m);
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
		show(t, &got);
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

/*
 * A chain of 100,000, first to last and last to first, as many messages that
 * all name each other, and as many answers to one, the last one first: each in
 * its time, and none recurses.
 */
START_TEST(large_boxes)
{
	struct thread *t = thread_open(SEED, false);
	const struct thread_place *p;
	struct thread_message m = {0};
	char id[32], other[96];
	size_t n;

	for (unsigned i = 0; i < 100000; i++) {
		unsigned at = _i == 1 ? 100000 - i : i;

		snprintf(id, sizeof id, "<%u>", at);
		snprintf(other, sizeof other, "<%u> <%u> <%u>",
		    _i == 2 ? at * 7919 % 1000 : at - 1,
		    _i == 2 ? at * 104729 % 5000 : at - 1, at - 1);
		if (_i == 3)
			snprintf(other, sizeof other, "%s", i > 0 ? "<0>" : "");
		m = (struct thread_message){.id = span_of(id),
		    .references = span_of(other),
		    .date = _i == 3 ? -(int)at : (int)at};
		add_message(t, &m);
	}
	p = thread_sort(t, &n);
	ck_assert_uint_eq(n, 100000);
	if (_i < 2)
		ck_assert_uint_eq(p[n - 1].depth, n - 1);
	for (size_t i = 1; _i == 3 && i < n; i++) {
		ck_assert_uint_eq(p[i].depth, 1);
		ck_assert_uint_eq(p[i].message, n - i);
	}
	thread_close(t);
}
END_TEST

/* Of 3,000 references the last one counts. */
START_TEST(many_references)
{
	struct buf references = {0};
	struct thread *t = thread_open(SEED, false);
	struct thread_message m = {.id = SPAN("<0>")};
	const struct thread_place *p;
	size_t n;

	add_message(t, &m);
	m.id = SPAN("<2999>");
	add_message(t, &m);
	for (int i = 0; i < 3000; i++)
		buf_fmt(&references, "<%d> ", i);
	m = (struct thread_message){.id = SPAN("<x>"),
	    .references = buf_view(&references), .date = 1};
	add_message(t, &m);
	p = thread_sort(t, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(p[2].message, 2);
	ck_assert_uint_eq(p[2].parent, 1);
	ck_assert_uint_eq(p[0].parent, THREAD_NONE);
	buf_free(&references);
	thread_close(t);
}
END_TEST

/* Without a Message-ID the subject is of what tells one from another. */
START_TEST(wants_a_subject)
{
	struct thread *t = thread_open(SEED, false), *by = thread_open(SEED,
	    true);

	ck_assert(!thread_wants_subject(t, SPAN(" <a>")));
	ck_assert(thread_wants_subject(t, SPAN(" \n ")));
	ck_assert(thread_wants_subject(t, SPAN("")));
	ck_assert(thread_wants_subject(by, SPAN("<a>")));
	thread_close(t);
	thread_close(by);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("thread");

	unit_each(s, boxes_thread, COUNT(boxes));
	unit_test(s, empty);
	unit_test(s, number_is_stable);
	unit_each(s, no_names_crowd, 53);
	unit_each(s, agrees_with_oracle, 2);
	unit_each(s, large_boxes, 4);
	unit_test(s, many_references);
	unit_test(s, wants_a_subject);
	return unit_main(s);
}
