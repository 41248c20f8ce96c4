/*
 * Each line is a message: Message-ID, References, In-Reply-To, subject, tabs
 * between them; its date is the first byte of its subject.  Every message has
 * one place, after the one that it is below and one deeper; a thread is a run.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mail/thread.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void add(struct thread *, struct span line);
static void check(const struct thread_place *, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct thread_place *place;
	struct span rest = span_at(data, n), line;
	struct thread *t;
	size_t added = 0, placed;

	if (n == 0)
		return 0;
	t = thread_open(n, (data[0] & 1) == 0);
	for (; span_line(&rest, &line) == 1; added++)
		add(t, line);
	place = thread_sort(t, &placed);
	assert(placed == added);
	check(place, placed);
	thread_close(t);
	return 0;
}

static void
add(struct thread *t, struct span line)
{
	struct thread_message m = {0};
	struct buf put = {0};
	struct span rest;

	span_cut(&line, '\t', &m.id);
	span_cut(&line, '\t', &m.references);
	span_cut(&line, '\t', &m.in_reply_to);
	m.subject = line;
	m.date = line.n > 0 ? line.p[0] : INT64_MIN;
	thread_put(t, &m, &put);
	rest = buf_view(&put);
	thread_add(t, &rest);
	assert(rest.n == 0);
	buf_free(&put);
}

static void
check(const struct thread_place *place, size_t n)
{
	size_t *at = mem_alloc(n, sizeof *at); /* 1 and its place */

	for (size_t i = 0; i < n; i++) {
		assert(place[i].message < n && at[place[i].message] == 0);
		at[place[i].message] = i + 1;
		assert(place[i].is_first ||
		    place[i].thread == place[i - 1].thread);
		if (place[i].parent == THREAD_NONE) {
			assert(place[i].depth == 0);
			continue;
		}
		assert(at[place[i].parent] != 0 && !place[i].is_first);
		assert(place[i].depth ==
		    place[at[place[i].parent] - 1].depth + 1);
	}
	free(at);
}
