/* What the tests of threads share. */
#ifndef UNIT_THREADS_H
#define UNIT_THREADS_H

#include "base/buf.h"
#include "mail/thread.h"
#include "unit/unit.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)

/* Threads as "number(depth)", a blank between them. */
static inline void
threads_show(struct thread *t, struct buf *out)
{
	const struct thread_place *p;
	size_t n;

	p = thread_sort(t, &n);
	for (size_t i = 0; i < n; i++)
		buf_fmt(out, "%s%u(%u)", i > 0 && p[i].is_first ? " " : "",
		    (unsigned)p[i].message, (unsigned)p[i].depth);
}

static inline void
threads_add(struct thread *t, const struct thread_message *m)
{
	struct buf put = {0};
	struct span rest;

	thread_put(t, m, &put);
	rest = buf_view(&put);
	thread_add(t, &rest);
	ck_assert_uint_eq(rest.n, 0);
	buf_free(&put);
}

#endif
