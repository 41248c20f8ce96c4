/*
 * Safe on disk.  A file of the batch is written in tmp/; then, for the batch at
 * once: the files and tmp/ are synced; one transaction records the names as
 * placing (and the batch before as done, which was printed); the files move;
 * their directories are synced; the paths are printed.  Whoever dies between,
 * the next run moves what is recorded as placing and prints it.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/file.h"
#include "mfetch.h"

#define BATCH_FILES 200
#define BATCH_BYTES (32u << 20)
#define HELD_BYTES (64u << 10) /* written at a time */

static int recover(struct place *, struct err *);
static int recover_one(void *, const struct state_row *, struct err *);
static size_t max_open(void);
static int print_path(struct place *, const char *place, struct err *);
static int write_held(struct place *, struct err *);
static int sync_batch(struct place *, struct err *);
static void drop_batch(struct place *);
static void forget_batch(struct place *);

int
place_open(struct place *p, struct mfetch *run, const char *path,
    struct span server, struct span folder, struct err *e)
{
	*p = (struct place){.run = run, .whole_max = max_open()};
	if (maildir_open(path, true, &p->maildir, e) == -1)
		return -1;
	if (state_open(path, &p->state, e) == -1 ||
	    state_source(p->state, server, folder, &p->source, e) == -1 ||
	    recover(p, e) == -1) {
		place_close(p);
		return -1;
	}
	maildir_clean(&p->maildir);
	return 0;
}

int
place_peek(struct place *p, struct mfetch *run, const char *path,
    struct span server, struct span folder, struct err *e)
{
	struct buf record = {0};
	struct stat st;
	bool is_there;

	*p = (struct place){.run = run,
	    .maildir = {.dir = -1, .tmp = -1, .new = -1, .cur = -1}};
	buf_fmt(&record, "%s/satchel.db", path);
	is_there = stat(buf_cstr(&record), &st) == 0;
	buf_free(&record);
	if (!is_there)
		return 0;
	if (state_open(path, &p->state, e) == -1 ||
	    state_source(p->state, server, folder, &p->source, e) == -1) {
		place_close(p);
		return -1;
	}
	return 0;
}

void
place_close(struct place *p)
{
	place_abort(p);
	drop_batch(p);
	free(p->row);
	free(p->whole);
	buf_free(&p->held);
	state_close(p->state);
	maildir_close(&p->maildir);
	*p = (struct place){0};
}

int
place_begin(struct place *p, struct err *e)
{
	p->has_cr = false;
	p->bytes = 0;
	buf_cut(&p->held, 0);
	if (maildir_begin(&p->maildir, &p->file, e) == -1)
		return -1;
	p->is_writing = true;
	return 0;
}

int
place_write(struct place *p, struct span bytes, struct err *e)
{
	p->bytes += bytes.n;
	place_lines(bytes, &p->has_cr, &p->held);
	return p->held.n < HELD_BYTES ? 0 : write_held(p, e);
}

int
place_end(struct place *p, const char *uid, const char *flags,
    int64_t mtime_sec, struct err *e)
{
	struct buf place = {0};

	if (p->has_cr)
		buf_char(&p->held, '\r');
	p->has_cr = false;
	if (write_held(p, e) == -1 || (mtime_sec != 0 &&
	    maildir_date(&p->maildir, &p->file, mtime_sec, e) == -1))
		return -1;
	maildir_place_name(p->file.name, flags, &place);
	p->row = mem_grow(p->row, &p->cap, p->n + 1, sizeof *p->row);
	p->row[p->n++] = (struct state_row){.source = p->source,
	    .uidvalidity = p->uidvalidity, .uid = mem_str(uid),
	    .name = mem_str(p->file.name), .place = mem_str(buf_cstr(&place))};
	buf_free(&place);
	p->whole = mem_grow(p->whole, &p->whole_cap, p->n_whole + 1,
	    sizeof *p->whole);
	p->whole[p->n_whole++] = p->file;
	p->is_writing = false;
	p->batched += p->bytes;
	if (p->n_whole < p->whole_max && p->batched < BATCH_BYTES)
		return 0;
	return place_commit(p, e);
}

void
place_abort(struct place *p)
{
	if (p->is_writing)
		maildir_abort(&p->maildir, &p->file);
	p->is_writing = false;
}

int
place_commit(struct place *p, struct err *e)
{
	int status = 0;

	if (p->is_owed)
		return err_set(e, ERR_IO, "%s: the messages before these are "
		    "not all in place yet", p->maildir.path);
	if (p->n == 0)
		return 0;
	if (sync_batch(p, e) == -1)
		return -1;
	/*
	 * From here on the record may have them, also where it could not say
	 * so: what this run does not finish is left to a later one.
	 */
	p->is_owed = true;
	status = state_place(p->state, p->row, p->n, e);
	for (size_t i = 0; status == 0 && i < p->n; i++)
		status = maildir_place(&p->maildir, p->row[i].name,
		    p->row[i].place, e);
	if (status == 0)
		status = maildir_sync(&p->maildir, e);
	for (size_t i = 0; status == 0 && i < p->n; i++)
		status = print_path(p, p->row[i].place, e);
	if (status == 0)
		status = output_flush(&p->run->output, e);
	p->is_owed = status == -1;
	forget_batch(p);
	return status;
}

int
place_settle(struct place *p, struct err *e)
{
	if (place_commit(p, e) == -1)
		return -1;
	return state_done(p->state, e);
}

int
place_end_run(struct place *p, int status, const char *subject, struct err *e)
{
	struct err second = {0};

	place_abort(p);
	if (status == 0)
		return place_settle(p, e);
	if (!p->is_owed && place_settle(p, &second) == -1)
		diag_err(p->run->tool.name, subject, &second);
	return -1;
}

void
place_lines(struct span s, bool *has_cr, struct buf *out)
{
	size_t cr;

	if (s.n > 0 && *has_cr) {
		if (s.p[0] != '\n')
			buf_char(out, '\r');
		*has_cr = false;
	}
	while ((cr = span_chr(s, '\r')) != SPAN_NONE) {
		buf_span(out, span_sub(s, 0, cr));
		s = span_from(s, cr + 1);
		if (s.n == 0)
			*has_cr = true;
		else if (s.p[0] != '\n')
			buf_char(out, '\r');
	}
	buf_span(out, s);
}

static int
recover(struct place *p, struct err *e)
{
	if (state_each_placing(p->state, recover_one, p, e) == -1)
		return -1;
	if (p->n == 0)
		return 0;
	if (maildir_sync(&p->maildir, e) == -1)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (print_path(p, p->row[i].place, e) == -1)
			return -1;
	forget_batch(p);
	if (output_flush(&p->run->output, e) == -1)
		return -1;
	return state_done(p->state, e);
}

/* Keeps the place to print, once all are where they belong. */
static int
recover_one(void *self, const struct state_row *row, struct err *e)
{
	struct place *p = self;

	if (maildir_place(&p->maildir, row->name, row->place, e) == -1)
		return -1;
	p->row = mem_grow(p->row, &p->cap, p->n + 1, sizeof *p->row);
	p->row[p->n++] = (struct state_row){.uid = mem_str(row->uid),
	    .name = mem_str(row->name), .place = mem_str(row->place)};
	return 0;
}

/* The other half is for all else that a program has open. */
static size_t
max_open(void)
{
	long max = sysconf(_SC_OPEN_MAX);

	if (max == -1 || max / 2 > BATCH_FILES)
		return BATCH_FILES;
	return max < 2 ? 1 : (size_t)max / 2;
}

static int
print_path(struct place *p, const char *place, struct err *e)
{
	struct buf path = {0};
	int status = 0;

	p->run->fetched++;
	if (!p->run->quiet) {
		buf_fmt(&path, "%s/%s", p->maildir.path, place);
		status = output_name(&p->run->output, buf_view(&path), e);
		buf_free(&path);
	}
	return status;
}

static int
write_held(struct place *p, struct err *e)
{
	if (file_write(p->file.fd, buf_view(&p->held), p->file.name, e) == -1)
		return err_wrap(e, "%s/tmp", p->maildir.path);
	buf_cut(&p->held, 0);
	return 0;
}

/*
 * Those that were told not to be durable are not asked about again, for the
 * answer may differ then; a later run fetches them anew.
 */
static int
sync_batch(struct place *p, struct err *e)
{
	int status = maildir_finish(&p->maildir, p->whole, p->n_whole, e);

	if (status == 0)
		status = maildir_sync_tmp(&p->maildir, e);
	if (status == -1)
		drop_batch(p);
	return status;
}

static void
drop_batch(struct place *p)
{
	for (size_t i = 0; i < p->n_whole; i++)
		maildir_abort(&p->maildir, &p->whole[i]);
	p->n_whole = 0;
	forget_batch(p);
}

static void
forget_batch(struct place *p)
{
	for (size_t i = 0; i < p->n_whole; i++)
		maildir_file_free(&p->whole[i]);
	p->n_whole = 0;
	for (size_t i = 0; i < p->n; i++) {
		free((char *)p->row[i].uid);
		free((char *)p->row[i].name);
		free((char *)p->row[i].place);
	}
	p->n = 0;
	p->batched = 0;
}
