/* A machine for tests of the wires: no protocol, just bytes. */
#ifndef TALK_H
#define TALK_H

#include "net/wire.h"

/* It sends what is in out and keeps what comes, all but nonsense. */
struct talk {
	struct buf out, in;
};

static inline struct span
talk_pending(void *self)
{
	return buf_view(&((struct talk *)self)->out);
}

static inline void
talk_sent(void *self, size_t n)
{
	buf_drop(&((struct talk *)self)->out, n);
}

static inline int
talk_push(void *self, struct span s, struct err *e)
{
	if (span_find(s, SPAN("nonsense")) != SPAN_NONE)
		return err_set(e, ERR_PROTO, "nonsense");
	buf_span(&((struct talk *)self)->in, s);
	return 0;
}

static inline struct machine
machine_of(struct talk *t)
{
	return (struct machine){t, talk_pending, talk_sent, talk_push};
}

static inline void
talk_free(struct talk *t)
{
	buf_free(&t->out);
	buf_free(&t->in);
}

#endif
