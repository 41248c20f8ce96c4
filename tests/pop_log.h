/* A POP3 machine's events as lines of text, for tests to compare. */
#ifndef TESTS_POP_LOG_H
#define TESTS_POP_LOG_H

#include "proto/pop.h"

struct pop_log {
	struct buf text;
	bool in_data; /* the pieces of a body are one line */
};

static inline void
pop_log_span(struct pop_log *log, const char *before, struct span s,
    const char *after)
{
	buf_str(&log->text, before);
	buf_span(&log->text, s);
	buf_str(&log->text, after);
}

static inline void
pop_log_event(struct pop_log *log, const struct pop_event *ev)
{
	unsigned long number = ev->number;

	switch (ev->on) {
	case POP_ON_GREETING:
		pop_log_span(log, "greeting ", ev->text, "\n");
		break;
	case POP_ON_DONE:
		buf_fmt(&log->text, "done %d %lu %s", (int)ev->verb, number,
		    ev->is_ok ? "ok" : "err");
		if (ev->code.n > 0)
			pop_log_span(log, " [", ev->code, "]");
		pop_log_span(log, " ", ev->text, "\n");
		break;
	case POP_ON_CHALLENGE:
		pop_log_span(log, "challenge ", ev->data, "\n");
		break;
	case POP_ON_UIDL:
		buf_fmt(&log->text, "uidl %lu", number);
		pop_log_span(log, " ", ev->name, "\n");
		break;
	case POP_ON_SIZE:
		buf_fmt(&log->text, "size %lu %llu\n", number,
		    (unsigned long long)ev->size);
		break;
	case POP_ON_BODY:
		buf_fmt(&log->text, "body %lu\n", number);
		break;
	case POP_ON_DATA:
		pop_log_span(log, log->in_data ? "" : "data ", ev->data, "");
		log->in_data = true;
		break;
	case POP_ON_BODY_END:
		buf_str(&log->text, log->in_data ? "\nend\n" : "end\n");
		log->in_data = false;
		break;
	}
}

static inline void
pop_log_error(struct pop_log *log, const struct err *e)
{
	if (log->in_data)
		buf_char(&log->text, '\n');
	log->in_data = false;
	buf_fmt(&log->text, "error %d %s\n", (int)e->kind, e->text);
}

#endif
