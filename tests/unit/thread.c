#include <stdio.h>

#include "mail/thread_impl.h"
#include "unit/threads.h"

#define CROWD 4096 /* names that are alike */
#define CHAIN 3000 /* messages, each below the one before */

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
    {{{"<a>", "<>", "", 1}, {"<b>", "< >", "", 2}}, "0(0) 1(0)"},
    /* the same name, written otherwise */
    {{{"<\"a b\"@x>", "", "", 1}, {"<b>", "<\n ab@x>", "", 2}},
	"0(0)1(1)"},
    {{{"<\"a\"@x>", "", "", 1}, {"<b>", "<a@x>", "", 2}}, "0(0)1(1)"},
    {{{"<a@x>", "", "", 1}, {"<b>", "<\\a@x>", "", 2}}, "0(0)1(1)"},
    {{{"<a>", "", "", 1}, {"<b>", "x <y <a> z", "", 2}}, "0(0)1(1)"},
    {{{"<a>", "", "", 1}, {"<b>", "<a", "", 2}}, "0(0) 1(0)"},
};

static void
add(struct thread *t, const struct row *r)
{
	const struct thread_message m = {.id = span_of(r->id),
	    .references = span_of(r->references),
	    .in_reply_to = span_of(r->in_reply_to), .date = r->date};

	threads_add(t, &m);
}

/* Decoded, a subject may begin and end with blanks. */
START_TEST(subjects_have_blanks)
{
	struct thread *t = thread_open(SEED, true);
	struct thread_message m = {.id = SPAN("<a>"), .subject = SPAN(" s "),
	    .date = 1};
	struct buf got = {0};

	threads_add(t, &m);
	m = (struct thread_message){.id = SPAN("<b>"),
	    .subject = SPAN("Re: s"), .date = 2};
	threads_add(t, &m);
	threads_show(t, &got);
	unit_span(buf_view(&got), "0(0)1(1)");
	buf_free(&got);
	thread_close(t);
}
END_TEST

START_TEST(boxes_thread)
{
	struct thread *t = thread_open(SEED, false);
	struct buf got = {0};

	for (size_t i = 0; i < 6 && boxes[_i].row[i].id != NULL; i++)
		add(t, &boxes[_i].row[i]);
	threads_show(t, &got);
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
		threads_add(t, &m);
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

static void
add_named(struct thread *t, const char *id, const char *references)
{
	const struct row row = {id, references, "", 0};

	add(t, &row);
}

/*
 * Whether one thread may be put below the end of a long one, is looked for; but
 * not where others have said too often that the long one is below its own end.
 */
START_TEST(looks_for_loops_end)
{
	struct thread *t = thread_open(SEED, false);
	const struct thread_place *p;
	char id[32], above[32] = "";
	size_t n, at = 0;

	for (unsigned i = 0; i < CHAIN; i++) {
		snprintf(id, sizeof id, "<%u>", i);
		add_named(t, id, above);
		memcpy(above, id, sizeof above);
	}
	add_named(t, "<child>", "<root>");
	for (int i = 0; _i == 1 && i < 300; i++)
		add_named(t, "<x>", "<2999> <0>");
	add_named(t, "<y>", "<2999> <root>");
	p = thread_sort(t, &n);
	while (at < n && p[at].message != CHAIN)
		at++;
	ck_assert_uint_eq(p[at].depth, _i == 1 ? 0 : CHAIN);
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

	threads_add(t, &m);
	m.id = SPAN("<2999>");
	threads_add(t, &m);
	for (int i = 0; i < 3000; i++)
		buf_fmt(&references, "<%d> ", i);
	m = (struct thread_message){.id = SPAN("<x>"),
	    .references = buf_view(&references), .date = 1};
	threads_add(t, &m);
	p = thread_sort(t, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(p[2].message, 2);
	ck_assert_uint_eq(p[2].parent, 1);
	ck_assert_uint_eq(p[0].parent, THREAD_NONE);
	buf_free(&references);
	thread_close(t);
}
END_TEST

/* Of one more than count the second is the first that does. */
START_TEST(the_last_references_count)
{
	struct buf references = {0};
	struct thread *t = thread_open(SEED, false);
	struct buf got = {0};

	for (int i = 0; i <= THREAD_REFERENCES_MAX; i++)
		buf_fmt(&references, "<%d> ", i);
	add_named(t, "<0>", "");
	add_named(t, "<1>", "");
	add_named(t, "<2>", "");
	add_named(t, "<x>", buf_cstr(&references));
	threads_show(t, &got);
	unit_span(buf_view(&got), "0(0) 1(0)2(1)3(2)");
	buf_free(&references);
	buf_free(&got);
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
	unit_test(s, subjects_have_blanks);
	unit_test(s, empty);
	unit_test(s, number_is_stable);
	unit_each(s, no_names_crowd, 53);
	unit_each(s, large_boxes, 4);
	unit_each(s, looks_for_loops_end, 2);
	unit_test(s, many_references);
	unit_test(s, the_last_references_count);
	unit_test(s, wants_a_subject);
	return unit_main(s);
}
