/*
 * Safe on disk.  A batch of messages is made durable where nobody sees it yet;
 * one transaction records their names as placing (and the batch before as
 * done, which was printed); they are put in place, durably; their names are
 * printed.  Whoever dies between, the next run puts in place what is recorded
 * as placing and prints it.
 */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "mfetch_target.h"

static struct target *target_of(struct mfetch *, const char *path);
static struct target *make_target(struct mfetch *, const char *path);
static int open_target(struct place *, const char *path, struct err *);
static int look_up(struct place *, struct span server, struct err *);
static int recover(struct target *, struct err *);
static int recover_one(void *, const struct state_row *, struct err *);
static int write_held(struct place *, struct err *);
static int find_header(const struct place *, const char *uid, char **name,
    struct err *);
static int keep_row(struct place *, struct state_row *, struct err *);
static int commit(struct place *, struct err *);
static int finish(struct target *, struct err *);
static void end_batch(struct target *, bool is_dropped);
static void close_target(struct target *);

int
place_open(struct place *p, struct mfetch *run, const char *path,
    struct span server, struct span folder, struct err *e)
{
	*p = (struct place){.run = run, .folder = mem_dup(folder.p, folder.n)};
	if (open_target(p, path, e) == 0 && look_up(p, server, e) == 0)
		return 0;
	place_close(p);
	return -1;
}

void
place_close(struct place *p)
{
	place_abort(p);
	if (p->target != NULL && --p->target->users == 0)
		close_target(p->target);
	buf_free(&p->held);
	free(p->folder);
	*p = (struct place){0};
}

int
place_begin(struct place *p, struct err *e)
{
	p->has_cr = false;
	p->bytes = 0;
	buf_cut(&p->held, 0);
	if (p->target->is_writing)
		return err_set(e, ERR_PROTO,
		    "the server sent messages of two folders at once");
	if (p->target->ops->begin(p->target, e) == -1)
		return -1;
	p->is_writing = p->target->is_writing = true;
	return 0;
}

int
place_write(struct place *p, struct span bytes, struct err *e)
{
	p->bytes += bytes.n;
	progress_add(&p->run->progress, 0, bytes.n);
	place_lines(bytes, &p->has_cr, &p->held);
	return p->held.n < HELD_BYTES ? 0 : write_held(p, e);
}

int
place_end(struct place *p, const char *uid, const char *flags,
    int64_t mtime_sec, struct err *e)
{
	struct letter l = {.place = p, .uid = uid, .flags = flags,
	    .mtime_sec = mtime_sec};
	struct state_row row = {.source = p->source,
	    .uidvalidity = p->uidvalidity};
	char *header = NULL;
	int status;

	if (p->has_cr)
		buf_char(&p->held, '\r');
	p->has_cr = false;
	if (write_held(p, e) == -1 || find_header(p, uid, &header, e) == -1)
		return -1;
	l.replaces = header;
	status = p->target->ops->end(p->target, &l, &row, e);
	free(header);
	if (status != 0) {
		target_row_free(&row);
		if (status == 1)
			place_abort(p);
		return status == 1 ? 0 : -1;
	}
	row.uid = mem_str(uid);
	return keep_row(p, &row, e);
}

int
place_doubt(struct place *p, const uint32_t *uids, size_t n, struct err *e)
{
	struct target *t = p->target;

	p->is_doubtful = true;
	for (size_t i = 0; i < t->n; i++)
		if (t->row[i].source == p->source)
			t->row[i].is_partial = true;
	if (p->state == NULL || n == 0)
		return 0;
	return state_doubt(p->state, p->source, p->uidvalidity, uids, n, e);
}

void
place_abort(struct place *p)
{
	if (!p->is_writing)
		return;
	p->target->ops->abort(p->target);
	p->is_writing = p->target->is_writing = false;
}

int
place_settle(struct place *p, struct err *e)
{
	if (commit(p, e) == -1)
		return -1;
	return p->state == NULL ? 0 : state_done(p->state, e);
}

int
place_is_safe(struct place *p, const char *uid, bool *is, struct err *e)
{
	int64_t keep_sec = p->run->source->keep_sec;

	/* as of now: who watches may do so for longer than they are kept */
	return state_is_safe(p->state, p->source, p->uidvalidity, uid,
	    keep_sec == 0 ? INT64_MAX : clock_now().sec - keep_sec, is, e);
}

int
place_end_run(struct place *p, int status, const char *subject, struct err *e)
{
	struct err second = {0};

	place_abort(p);
	if (status == 0)
		return commit(p, e);
	if (!p->target->is_owed && place_settle(p, &second) == -1)
		diag_err(p->run->tool.name, subject, &second);
	return -1;
}

void
target_row_free(struct state_row *row)
{
	free((char *)row->uid);
	free((char *)row->name);
	free((char *)row->place);
}

/* Nothing gets longer, but for a CR before, so that room is made once. */
void
place_lines(struct span s, bool *has_cr, struct buf *out)
{
	char *to = buf_room(out, s.n + 1), *at = to;
	const char *cr;
	size_t n;

	if (s.n > 0 && *has_cr) {
		if (s.p[0] != '\n')
			*at++ = '\r';
		*has_cr = false;
	}
	while (s.n > 0 && (cr = memchr(s.p, '\r', s.n)) != NULL) {
		n = (size_t)(cr - s.p);
		memcpy(at, s.p, n);
		at += n;
		s = span_from(s, n + 1);
		if (s.n == 0)
			*has_cr = true;
		else if (s.p[0] != '\n')
			*at++ = '\r';
	}
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	buf_grew(out, (size_t)(at - to) + s.n);
}

/* One of its own for each Maildir; of the others there is one, for all. */
static struct target *
target_of(struct mfetch *run, const char *path)
{
	struct target *t = run->shared;

	if (t == NULL)
		t = make_target(run, path);
	t->users++;
	return t;
}

static struct target *
make_target(struct mfetch *run, const char *path)
{
	struct target *t;

	switch (run->target_kind) {
	case TARGET_MBOX:
		t = target_mbox(run->target);
		break;
	case TARGET_PIPE:
		t = target_pipe(run->target);
		break;
	case TARGET_STDOUT:
		t = target_stdout();
		break;
	default:
		t = target_maildir(path);
	}
	t->run = run;
	if (run->target_kind != TARGET_MAILDIR)
		run->shared = t;
	return t;
}

static int
open_target(struct place *p, const char *path, struct err *e)
{
	struct target *t = target_of(p->run, path);

	p->target = t;
	if (t->users > 1)
		return 0;
	if (p->run->dry)
		return t->ops->peek(t, e);
	if (t->ops->open(t, e) == -1)
		return -1;
	if (t->state != NULL && recover(t, e) == -1)
		return -1;
	if (t->ops->clean != NULL)
		t->ops->clean(t);
	return 0;
}

static int
look_up(struct place *p, struct span server, struct err *e)
{
	p->state = p->target->state;
	if (p->state == NULL)
		return 0;
	return state_source(p->state, server, span_of(p->folder), &p->source,
	    e);
}

static int
recover(struct target *t, struct err *e)
{
	int status;

	if (state_each_placing(t->state, recover_one, t, e) == -1)
		return -1;
	if (t->n == 0)
		return 0;
	t->is_owed = true;
	status = t->ops->recover(t, e);
	for (size_t i = 0; status == 0 && i < t->n; i++)
		status = report_message(t, &t->row[i], e);
	if (status == 0)
		status = output_flush(&t->run->output, e);
	t->is_owed = status == -1;
	end_batch(t, false);
	return status == -1 ? -1 : state_done(t->state, e);
}

/* Kept, for all must be where they belong before one is printed. */
static int
recover_one(void *self, const struct state_row *row, struct err *e)
{
	struct target *t = self;

	(void)e;
	t->row = mem_grow(t->row, &t->cap, t->n + 1, sizeof *t->row);
	t->row[t->n] = *row;
	t->row[t->n].uid = mem_str(row->uid);
	t->row[t->n].name = mem_str(row->name);
	t->row[t->n++].place = mem_str(row->place);
	return 0;
}

static int
write_held(struct place *p, struct err *e)
{
	if (p->held.n > 0 &&
	    p->target->ops->write(p->target, buf_view(&p->held), e) == -1)
		return -1;
	buf_cut(&p->held, 0);
	return 0;
}

/* Only what is asked for by its name comes where its header is. */
static int
find_header(const struct place *p, const char *uid, char **name,
    struct err *e)
{
	*name = NULL;
	if (p->state == NULL || p->run->source->url->uid == 0)
		return 0;
	return state_partial(p->state, p->source, p->uidvalidity, uid, name, e);
}

/* A message is whole; its batch may be too. */
static int
keep_row(struct place *p, struct state_row *row, struct err *e)
{
	struct target *t = p->target;

	row->is_partial = p->run->headers || p->is_doubtful;
	t->row = mem_grow(t->row, &t->cap, t->n + 1, sizeof *t->row);
	if (t->n == 0)
		t->until_ms = clock_mono_ms() + BATCH_MS;
	t->row[t->n++] = *row;
	p->is_writing = t->is_writing = false;
	progress_add(&p->run->progress, 1, 0);
	t->batched += p->bytes;
	if (t->n < t->batch_max && t->batched < BATCH_BYTES &&
	    clock_mono_ms() < t->until_ms)
		return 0;
	return commit(p, e);
}

static int
commit(struct place *p, struct err *e)
{
	struct target *t = p->target;
	int status;

	if (t->is_owed)
		return err_set(e, ERR_IO, "%s: the messages before these are "
		    "not all in place yet", t->path);
	if (t->n == 0)
		return 0;
	if (t->is_writing)
		return err_set(e, ERR_PROTO,
		    "the server sent messages of two folders at once");
	if (t->ops->prepare(t, e) == -1) {
		end_batch(t, true);
		return -1;
	}
	/*
	 * From here on the record may have them, also where it could not say
	 * so: what this run does not finish is left to a later one.
	 */
	t->is_owed = true;
	status = finish(t, e);
	t->is_owed = status == -1;
	end_batch(t, false);
	return status;
}

static int
finish(struct target *t, struct err *e)
{
	if (t->state != NULL && state_place(t->state, t->row, t->n, e) == -1)
		return -1;
	if (t->ops->move(t, e) == -1)
		return -1;
	progress_hide(&t->run->progress);
	for (size_t i = 0; i < t->n; i++)
		if (report_message(t, &t->row[i], e) == -1)
			return -1;
	return output_flush(&t->run->output, e);
}

static void
end_batch(struct target *t, bool is_dropped)
{
	t->ops->forget(t, is_dropped);
	for (size_t i = 0; i < t->n; i++)
		target_row_free(&t->row[i]);
	t->n = 0;
	t->batched = 0;
}

/* What is not committed is gone. */
static void
close_target(struct target *t)
{
	end_batch(t, true);
	t->ops->close(t);
	if (t->run->shared == t)
		t->run->shared = NULL;
	state_close(t->state);
	free(t->row);
	free(t->path);
	free(t);
}
