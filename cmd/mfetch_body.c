/*
 * Whose body is it?  A server that is wrong about that could have a message
 * deleted that is not here.  A body comes with a UID and with its message's
 * number, the place in the folder:
 *
 *	UID		number	body		what becomes of it
 *	none		any	any		ERR_PROTO
 *	awaited		any	NIL, or empty	told, not taken; it may come yet
 *					and not said to be
 *	awaited		fits	any other	taken
 *	awaited		other	any other	taken, in doubt
 *	taken before	any	any		not taken, in doubt; ERR_PROTO
 *	not asked for	any	any		not taken, in doubt
 *
 * As long as each body that comes is taken, all are here, whatever UIDs they
 * came with, and what is deleted by its UID is one of them.  One that is not
 * taken may be the body of a UID that another was taken for.  So where there is
 * doubt, nothing that was fetched of the folder in this run is ever deleted on
 * the server, as if it were a header alone; and that is told.
 * A body that never comes leaves its UID to be asked for again.
 *
 * A size that is not the body's is no lie to act upon: many servers guess
 * RFC822.SIZE.  But a body that is empty where that is not 0 is no body.
 */
#include <stdio.h>

#include "mail/flag.h"
#include "mfetch_pull.h"
#include "text/date.h"

static bool has_text(const struct pull *, const struct imap_event *);
static void tell_missing(struct pull *, uint32_t uid);
static int doubt(struct pull *, struct err *);
static int place_message(struct pull *, const struct imap_event *,
    struct err *);

int
body_begin(struct pull *p, const struct imap_event *ev, struct err *e)
{
	if (!p->is_open || (!p->is_tail && !p->is_searched))
		return err_set(e, ERR_PROTO,
		    "the server sent a message before its folder");
	if (!span_iis(ev->section, p->run->headers ? "HEADER" : ""))
		return err_set(e, ERR_PROTO,
		    "the server sent a section of a message");
	if (p->place.is_writing)
		return err_set(e, ERR_PROTO,
		    "the server sent a message twice at once");
	p->is_missing = ev->is_nil;
	p->size = ev->size;
	return place_begin(&p->place, e);
}

int
body_end(struct pull *p, const struct imap_event *ev, struct err *e)
{
	enum found found = found_look(p, ev->uid);

	if (ev->uid == 0)
		return err_set(e, ERR_PROTO,
		    "the server sent a message without its UID");
	if (found != FOUND_ASKED || !has_text(p, ev))
		place_abort(&p->place);
	if (found != FOUND_ASKED && doubt(p, e) == -1)
		return -1;
	if (found == FOUND_TAKEN) {
		p->is_told = true;
		return err_set(e, ERR_PROTO, "the server sent two messages "
		    "as UID %lu: what came now stays there",
		    (unsigned long)ev->uid);
	}
	if (found == FOUND_NOT_ASKED)
		return 0;
	if (!has_text(p, ev)) {
		tell_missing(p, ev->uid);
		return 0;
	}
	if (!found_fits(p, ev->uid, ev->number) && doubt(p, e) == -1)
		return -1;
	found_taken(p, ev->uid);
	return place_message(p, ev, e);
}

void
body_tell(struct pull *p)
{
	struct err e;

	/* asked for what is new, some send the last message where none is */
	if (!p->is_doubtful || p->is_told || (p->is_tail && p->n_taken == 0))
		return;
	err_set(&e, ERR_PROTO, "the server does not say which message is "
	    "which: what came now stays there");
	report_fault(p->run, p->folder->name, &e);
}

static bool
has_text(const struct pull *p, const struct imap_event *ev)
{
	if (p->is_missing)
		return false;
	return p->size > 0 || p->run->headers ||
	    (ev->has_size && ev->size == 0);
}

static void
tell_missing(struct pull *p, uint32_t uid)
{
	struct err e;

	err_set(&e, ERR_TEMP, "UID %lu: the server has no text",
	    (unsigned long)uid);
	report_fault(p->run, p->folder->name, &e);
	p->is_short = true;
}

/* Also of what was recorded before. */
static int
doubt(struct pull *p, struct err *e)
{
	if (p->is_doubtful)
		return 0;
	p->is_doubtful = true;
	return place_doubt(&p->place, p->taken, p->n_taken, e);
}

static int
place_message(struct pull *p, const struct imap_event *ev, struct err *e)
{
	struct buf letters = {0};
	struct date date = {0};
	char uid[16];
	int status;

	if (!date_parse_imap(ev->date, &date))
		date.sec = 0;
	flag_letters(flags_of_imap(ev->flags), &letters);
	snprintf(uid, sizeof uid, "%lu", (unsigned long)ev->uid);
	status = place_end(&p->place, uid, buf_cstr(&letters), date.sec, e);
	buf_free(&letters);
	return status;
}
