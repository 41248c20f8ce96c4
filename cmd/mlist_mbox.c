/*
 * An mbox is read in ranges of bytes, by several threads.  Where the first
 * message of a range begins is not known before the range in front of it was
 * read, for a Content-Length may reach over its end: so it is guessed, and a
 * range that was guessed wrong is read again.  What a Content-Length makes
 * large is not read on a guess, for many may reach over the same bytes.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "host/crew.h"
#include "mail/flag.h"
#include "mail/header.h"
#include "mlist.h"

#define RANGE (256u << 10) /* bytes */
#define GUESS_MAX (4 * RANGE)

/* Messages that begin in one range. */
struct part {
	size_t first; /* where; SPAN_NONE: there is none */
	size_t next;  /* where the one begins that is to be read next */
	struct buf name;
	struct mlist_rows rows;
};

struct reading {
	struct mlist *m;
	const char *path;
	struct span mbox;
	size_t next; /* where the first that was not taken begins */
	struct part part[CREW_SLOTS];
	struct memo memo[CREW_SEATS];
};

/* A message whose content a query may ask for. */
struct content {
	const struct mboxrd_message *message;
	struct buf own;
};

static void work(void *, size_t piece, size_t slot, size_t seat);
static bool take(void *, size_t piece, size_t slot);
static size_t end_of(const struct reading *, size_t piece);
static void read_part(struct reading *, struct part *, size_t until,
    bool is_guess, size_t seat);
static int read_one(const struct mlist *, struct span name, const char *path,
    const struct mboxrd_message *, struct memo *, struct mlist_rows *,
    struct err *);
static bool needs_header(const struct mlist *);
static void read_summary(const struct mboxrd_message *, struct summary *);
static void take_status(struct summary *, const char *field);
static int read_content(void *, struct span *, struct err *);

int
mlist_mbox(struct mlist *m, const char *path, struct err *e)
{
	struct reading *r;
	struct crew crew = {.work = work, .take = take};

	if (mbox_open(&m->mbox, path, e) == -1)
		return -1;
	if (m->mbox.file.bytes.n > 0 &&
	    !mboxrd_is_from(m->mbox.file.bytes, NULL))
		return err_set(e, ERR_NOINPUT, "%s: not an mbox", path);
	if (m->is_folders) {
		mlist_count_mbox(m, path);
		return 0;
	}
	r = mem_alloc(1, sizeof *r);
	r->m = m;
	r->path = path;
	r->mbox = m->mbox.file.bytes;
	crew.arg = r;
	crew.n = r->mbox.n / RANGE + (r->mbox.n % RANGE > 0);
	crew_run(&crew);
	for (size_t i = 0; i < CREW_SLOTS; i++) {
		buf_free(&r->part[i].name);
		mlist_rows_free(&r->part[i].rows);
	}
	for (size_t i = 0; i < CREW_SEATS; i++)
		memo_free(&r->memo[i]);
	free(r);
	return 0;
}

int
mlist_in_mbox(struct mlist *m, const char *name, struct err *e)
{
	struct mboxrd_message message;
	int status;

	if (mbox_find(&m->mbox, name, &message, e) == -1)
		return -1;
	status = read_one(m, span_of(name), m->mbox.path, &message, NULL,
	    &m->reader.rows, e);
	mlist_take(m, &m->reader.rows);
	return status;
}

static void
work(void *arg, size_t piece, size_t slot, size_t seat)
{
	struct reading *r = arg;
	struct part *p = &r->part[slot];
	size_t until = end_of(r, piece);

	p->first = p->next = mboxrd_find(r->mbox, piece * RANGE, until);
	if (p->first != SPAN_NONE)
		read_part(r, p, until, true, seat);
}

static bool
take(void *arg, size_t piece, size_t slot)
{
	struct reading *r = arg;
	struct part *p = &r->part[slot];
	size_t until = end_of(r, piece);

	if (p->first != r->next) {
		mlist_rows_free(&p->rows);
		p->next = r->next;
	}
	/* or else a message reaches over all of the range */
	if (r->next < until) {
		read_part(r, p, until, false, 0);
		r->next = p->next;
	}
	mlist_take(r->m, &p->rows);
	return !mlist_is_done(r->m);
}

static size_t
end_of(const struct reading *r, size_t piece)
{
	size_t left = r->mbox.n - piece * RANGE;

	return piece * RANGE + (left < RANGE ? left : RANGE);
}

static void
read_part(struct reading *r, struct part *p, size_t until, bool is_guess,
    size_t seat)
{
	struct mboxrd_message message;
	struct mboxrd it;
	struct err e;

	mboxrd_each(r->mbox, p->next, &it);
	for (; it.at < until && mboxrd_next(&it, &message) == 1;
	    p->next = it.at) {
		if (is_guess && message.is_counted &&
		    message.bytes.n > GUESS_MAX)
			return;
		buf_cut(&p->name, 0);
		buf_fmt(&p->name, "%s#%zu", r->path, message.offset);
		if (read_one(r->m, buf_view(&p->name), r->path, &message,
		    &r->memo[seat], &p->rows, &e) == -1)
			mlist_rows_fault(&p->rows, &e);
	}
}

/* In any thread. */
static int
read_one(const struct mlist *m, struct span name, const char *path,
    const struct mboxrd_message *message, struct memo *memo,
    struct mlist_rows *rows, struct err *e)
{
	struct content content = {.message = message};
	struct summary s = {.name = name, .folder = span_of(path),
	    .memo = memo};
	struct query_message asked = {.summary = &s,
	    .whole = read_content, .arg = &content};
	int status;

	if (needs_header(m))
		read_summary(message, &s);
	status = mlist_match(m, &asked, rows, e);
	buf_free(&content.own);
	return status;
}

/* It has the flags, too. */
static bool
needs_header(const struct mlist *m)
{
	return m->needs != 0 || m->query != NULL ||
	    (!m->is_count && m->style != MLIST_NAMES);
}

/* What a Maildir tells by a file's name stands in the header here. */
static void
read_summary(const struct mboxrd_message *message, struct summary *s)
{
	struct span body;
	struct date d;

	summary_header(s, span_sub(header_split(message->bytes, &body), 0,
	    MLIST_HEADER_MAX));
	s->size = message->bytes.n;
	if (mboxrd_is_from(message->from, &d))
		s->arrival = d.sec;
	s->is_new = true;
	take_status(s, "Status");
	take_status(s, "X-Status");
}

static void
take_status(struct summary *s, const char *name)
{
	struct field f;

	if (!header_find(s->header, name, &f))
		return;
	s->flags |= flag_of_status(f.value);
	if (span_chr(f.value, 'O') != SPAN_NONE ||
	    span_chr(f.value, 'R') != SPAN_NONE)
		s->is_new = false;
}

static int
read_content(void *arg, struct span *bytes, struct err *e)
{
	struct content *content = arg;

	(void)e;
	*bytes = mboxrd_content(content->message, &content->own);
	return 0;
}
