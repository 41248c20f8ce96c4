/* An IMAP machine's events as lines of text, for tests to compare. */
#ifndef TESTS_IMAP_LOG_H
#define TESTS_IMAP_LOG_H

#include "proto/imap.h"

struct imap_log {
	struct buf text;
	bool in_data; /* the pieces of a body are one line */
};

static inline void
imap_log_span(struct imap_log *log, const char *before, struct span s,
    const char *after)
{
	buf_str(&log->text, before);
	buf_span(&log->text, s);
	buf_str(&log->text, after);
}

static inline void
imap_log_message(struct imap_log *log, const struct imap_event *ev)
{
	buf_fmt(&log->text, "message %lu", (unsigned long)ev->number);
	if (ev->uid != 0)
		buf_fmt(&log->text, " uid %lu", (unsigned long)ev->uid);
	if (ev->has_flags)
		imap_log_span(log, " (", ev->flags, ")");
	if (ev->date.n > 0)
		imap_log_span(log, " ", ev->date, "");
	if (ev->has_size)
		buf_fmt(&log->text, " of %llu", (unsigned long long)ev->size);
	if (ev->modseq != 0)
		buf_fmt(&log->text, " mod %llu",
		    (unsigned long long)ev->modseq);
	if (ev->emailid.n > 0)
		imap_log_span(log, " id ", ev->emailid, "");
	if (ev->gmail_id != 0)
		buf_fmt(&log->text, " gm %llu",
		    (unsigned long long)ev->gmail_id);
	buf_str(&log->text, ev->has_body ? " whole\n" : "\n");
}

/* What is said of UIDs and numbers alone; false for another event. */
static inline bool
imap_log_numbers(struct imap_log *log, const struct imap_event *ev)
{
	unsigned long uid = ev->uid, last = ev->last, number = ev->number;

	switch (ev->on) {
	case IMAP_ON_UIDS:
		buf_fmt(&log->text, "uids %lu:%lu\n", uid, last);
		return true;
	case IMAP_ON_COUNTED:
		buf_fmt(&log->text, "counted %lu %lu %lu %llu\n", uid, last,
		    number, (unsigned long long)ev->modseq);
		return true;
	case IMAP_ON_EXISTS:
		buf_fmt(&log->text, "exists %lu\n", number);
		return true;
	case IMAP_ON_EXPUNGE:
		buf_fmt(&log->text, "expunge %lu\n", number);
		return true;
	case IMAP_ON_VANISHED:
		buf_fmt(&log->text, "vanished %lu:%lu%s\n", uid, last,
		    ev->is_earlier ? " earlier" : "");
		return true;
	default:
		return false;
	}
}

static inline void
imap_log_status(struct imap_log *log, const struct imap_event *ev)
{
	const struct imap_counts *c = &ev->counts;

	imap_log_span(log, "status ", ev->name, "");
	if (c->has_messages)
		buf_fmt(&log->text, " of %lu", (unsigned long)c->messages);
	if (c->has_unseen)
		buf_fmt(&log->text, " unseen %lu", (unsigned long)c->unseen);
	if (c->has_size)
		buf_fmt(&log->text, " bytes %llu", (unsigned long long)c->size);
	buf_fmt(&log->text, " next %lu validity %lu mod %llu\n",
	    (unsigned long)c->uidnext, (unsigned long)c->uidvalidity,
	    (unsigned long long)c->highestmodseq);
}

static inline void
imap_log_body(struct imap_log *log, const struct imap_event *ev)
{
	if (ev->on == IMAP_ON_BODY) {
		imap_log_span(log, "body [", ev->section, "]");
		if (ev->is_nil)
			buf_str(&log->text, " NIL\n");
		else
			buf_fmt(&log->text, " %llu\n",
			    (unsigned long long)ev->size);
	} else if (ev->on == IMAP_ON_DATA) {
		imap_log_span(log, log->in_data ? "" : "data ", ev->data, "");
		log->in_data = true;
	} else {
		buf_str(&log->text, log->in_data ? "\nend\n" : "end\n");
		log->in_data = false;
	}
}

static inline void
imap_log_event(struct imap_log *log, const struct imap_event *ev)
{
	static const char *const status[] = {"OK", "NO", "BAD", "PREAUTH"};

	if (imap_log_numbers(log, ev))
		return;
	switch (ev->on) {
	case IMAP_ON_GREETING:
		buf_fmt(&log->text, "greeting %s", status[ev->status]);
		imap_log_span(log, " ", ev->text, "\n");
		break;
	case IMAP_ON_DONE:
		buf_fmt(&log->text, "done %u %s", ev->tag, status[ev->status]);
		if (ev->code.n > 0)
			imap_log_span(log, " [", ev->code, "]");
		imap_log_span(log, " ", ev->text, "\n");
		break;
	case IMAP_ON_CHALLENGE:
		imap_log_span(log, "challenge ", ev->data, "\n");
		break;
	case IMAP_ON_ALERT:
		imap_log_span(log, "alert ", ev->text, "\n");
		break;
	case IMAP_ON_STATUS:
		imap_log_status(log, ev);
		break;
	case IMAP_ON_LITERAL:
		buf_fmt(&log->text, "literal %u\n", ev->tag);
		break;
	case IMAP_ON_IDLING:
		buf_fmt(&log->text, "idling %u\n", ev->tag);
		break;
	case IMAP_ON_NAMESPACE:
		buf_fmt(&log->text, "space %lu", (unsigned long)ev->number);
		imap_log_span(log, " ", ev->name, " ");
		buf_char(&log->text, ev->delimiter ? ev->delimiter : '0');
		buf_char(&log->text, '\n');
		break;
	case IMAP_ON_LIST:
		imap_log_span(log, "list ", ev->name, " ");
		buf_char(&log->text, ev->delimiter ? ev->delimiter : '0');
		imap_log_span(log, " (", ev->flags, ")\n");
		break;
	case IMAP_ON_MESSAGE:
		imap_log_message(log, ev);
		break;
	default:
		imap_log_body(log, ev);
	}
}

static inline void
imap_log_error(struct imap_log *log, const struct err *e)
{
	if (log->in_data)
		buf_char(&log->text, '\n');
	log->in_data = false;
	buf_fmt(&log->text, "error %d %s\n", (int)e->kind, e->text);
}

#endif
