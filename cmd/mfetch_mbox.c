/*
 * Into an mbox: the batch is written to a file beside the record; then, with
 * the mbox locked, the record has the offsets that its messages are to get,
 * the batch is appended, and its file removed.  A batch whose file is still
 * there was not appended whole: how much of it is there is seen by comparing,
 * and the rest follows.  Where others have written behind a part of it, or
 * have written the mbox anew, what is not there whole is appended once more:
 * nothing of theirs is cut off.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diag.h"
#include "app/name.h"
#include "base/mem.h"
#include "host/clock.h"
#include "host/file.h"
#include "mfetch_target.h"
#include "store/mbox.h"

#define WAIT_MS 10000  /* for those who have locked it */
#define BATCH "batch-" /* what the batch's file begins with */
#define TOKEN 8

struct mbox_target {
	struct target target;
	char *real;	 /* the mbox's path, whatever it is called by */
	struct buf dir;	 /* of the record */
	struct stage stage;
	struct buf file; /* the batch's path */
	char token[TOKEN + 1];
	struct mbox_append lock; /* path NULL: not held */
};

/* Where a message lies in the batch: a row's name, "SECOND.TOKEN.O.N.SIZE". */
struct slice {
	struct span token;
	uint64_t offset, n, size;
};

static struct mbox_target *of(struct target *);
static int open_it(struct target *, struct err *);
static int find_real(struct mbox_target *, struct err *);
static int peek(struct target *, struct err *);
static void close_it(struct target *);
static int begin(struct target *, struct err *);
static int open_batch(struct mbox_target *, struct err *);
static void batch_path(struct mbox_target *, struct span token);
static int write_it(struct target *, struct span, struct err *);
static int end(struct target *, const struct letter *, struct state_row *,
    struct err *);
static char *slice_name(const struct mbox_target *, const struct slice *);
static bool slice_of(const char *name, struct slice *);
static void abort_it(struct target *);
static int prepare(struct target *, struct err *);
static int sync_directory(const struct mbox_target *, struct err *);
static void set_places(struct mbox_target *);
static int move(struct target *, struct err *);
static void forget(struct target *, bool);
static int recover(struct target *, struct err *);
static int complete(struct mbox_target *, int batch, struct err *);
static int append_again(struct mbox_target *, int batch, uint64_t n,
    uint64_t same, struct err *);
static uint64_t keep_whole(struct mbox_target *, uint64_t same,
    struct err *);
static int stage_again(struct mbox_target *, int batch, uint64_t from,
    uint64_t n, struct err *);
static void clean(struct target *);
static void name_of(const struct target *, const struct state_row *,
    struct buf *);
static int look(struct target *, const struct state_row *, struct buf *,
    uint64_t *, struct err *);

static const struct target_ops ops = {.open = open_it, .peek = peek,
    .close = close_it, .begin = begin, .write = write_it, .end = end,
    .abort = abort_it, .prepare = prepare, .move = move, .forget = forget,
    .recover = recover, .clean = clean, .name = name_of, .look = look};

struct target *
target_mbox(const char *path)
{
	struct mbox_target *m = mem_alloc(1, sizeof *m);
	struct buf expanded = {0}, name = {0};

	file_expand(path, &expanded);
	m->target.ops = &ops;
	name_path(buf_cstr(&expanded), &name);
	m->target.path = mem_str(buf_cstr(&name));
	m->target.batch_max = BATCH_FILES;
	m->stage.is_mbox = true;
	buf_free(&expanded);
	buf_free(&name);
	return &m->target;
}

static struct mbox_target *
of(struct target *t)
{
	return (struct mbox_target *)t;
}

static int
open_it(struct target *t, struct err *e)
{
	struct mbox_target *m = of(t);

	if (find_real(m, e) == -1)
		return -1;
	/* whether it is one is seen before mail is fetched for it */
	if (mbox_lock(&m->lock, m->real, WAIT_MS, e) == -1)
		return -1;
	mbox_unlock(&m->lock);
	if (file_mkdirs(buf_cstr(&m->dir), e) == -1)
		return -1;
	return state_open(buf_cstr(&m->dir), &t->state, e);
}

/* The path without links, and what belongs to it; its directory is made. */
static int
find_real(struct mbox_target *m, struct err *e)
{
	const char *path = m->target.path, *slash = strrchr(path, '/');
	struct buf dir = {0}, joined = {0};
	char *real = realpath(path, NULL);

	buf_add(&dir, path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
	if (real == NULL && errno == ENOENT &&
	    (dir.n == 0 || file_mkdirs(buf_cstr(&dir), e) == 0)) {
		real = realpath(dir.n == 0 ? "." : buf_cstr(&dir), NULL);
		buf_fmt(&joined, "%s/%s", real == NULL ? "" : real,
		    slash == NULL ? path : slash + 1);
		if (real != NULL) {
			free(real);
			real = mem_str(buf_cstr(&joined));
		}
	}
	buf_free(&dir);
	buf_free(&joined);
	if (real == NULL)
		return err_sys(e, ERR_CREATE, "%s", path);
	m->real = mem_str(real);
	free(real);
	target_directory("mbox", m->real, &m->dir);
	return 0;
}

static int
peek(struct target *t, struct err *e)
{
	struct mbox_target *m = of(t);
	char *real = realpath(t->path, NULL);

	if (real == NULL)
		return 0;
	target_directory("mbox", real, &m->dir);
	free(real);
	return target_peek(t, buf_cstr(&m->dir), e);
}

static void
close_it(struct target *t)
{
	struct mbox_target *m = of(t);

	free(m->real);
	buf_free(&m->dir);
	buf_free(&m->file);
}

static int
begin(struct target *t, struct err *e)
{
	struct mbox_target *m = of(t);

	if (m->stage.fd == 0 && open_batch(m, e) == -1)
		return -1;
	return stage_begin(&m->stage, e);
}

static int
open_batch(struct mbox_target *m, struct err *e)
{
	static const char gap[MBOX_GAP + 1] = "\n\n";
	struct buf token = {0};
	int fd, status = clock_token(&token, TOKEN, e);

	if (status == 0)
		memcpy(m->token, token.p, TOKEN + 1);
	buf_free(&token);
	if (status == -1)
		return -1;
	batch_path(m, span_of(m->token));
	fd = open(buf_cstr(&m->file), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s", buf_cstr(&m->file));
	m->stage.fd = fd;
	m->stage.n = MBOX_GAP;
	return file_write(fd, span_at(gap, MBOX_GAP), buf_cstr(&m->file), e);
}

static void
batch_path(struct mbox_target *m, struct span token)
{
	buf_cut(&m->file, 0);
	buf_fmt(&m->file, "%s/" BATCH "%.*s", buf_cstr(&m->dir), (int)token.n,
	    token.p);
}

static int
write_it(struct target *t, struct span s, struct err *e)
{
	return stage_write(&of(t)->stage, s, e);
}

static int
end(struct target *t, const struct letter *l, struct state_row *row,
    struct err *e)
{
	struct mbox_target *m = of(t);
	struct slice s = {.offset = m->stage.begun, .size = m->stage.size};

	if (stage_end(&m->stage, l->mtime_sec != 0 ? l->mtime_sec :
	    clock_now().sec, e) == -1)
		return -1;
	s.n = m->stage.n - s.offset;
	row->name = slice_name(m, &s);
	row->place = mem_str("");
	return 0;
}

static char *
slice_name(const struct mbox_target *m, const struct slice *s)
{
	struct buf name = {0};

	buf_fmt(&name, "%lld.%s.%llu.%llu.%llu", (long long)clock_now().sec,
	    m->token, (unsigned long long)s->offset,
	    (unsigned long long)s->n, (unsigned long long)s->size);
	return name.p;
}

static bool
slice_of(const char *name, struct slice *s)
{
	struct span rest = span_of(name), second, number;
	uint64_t *part[] = {&s->offset, &s->n, &s->size};

	if (span_cut(&rest, '.', &second) == 0 ||
	    span_cut(&rest, '.', &s->token) == 0)
		return false;
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		if (span_cut(&rest, '.', &number) == 0 ||
		    !span_num(number, INT64_MAX, part[i]))
			return false;
	return true;
}

static void
abort_it(struct target *t)
{
	stage_abort(&of(t)->stage);
}

static int
prepare(struct target *t, struct err *e)
{
	struct mbox_target *m = of(t);

	if (file_sync(m->stage.fd, buf_cstr(&m->file), e) == -1 ||
	    sync_directory(m, e) == -1 ||
	    mbox_lock(&m->lock, m->real, WAIT_MS, e) == -1)
		return -1;
	set_places(m);
	return 0;
}

static int
sync_directory(const struct mbox_target *m, struct err *e)
{
	int fd = file_open_dir(buf_cstr(&m->dir), e), status = -1;

	if (fd == -1)
		return -1;
	status = file_sync(fd, buf_cstr(&m->dir), e);
	close(fd);
	return status;
}

static void
set_places(struct mbox_target *m)
{
	struct target *t = &m->target;
	struct buf place = {0};
	struct slice s = {0};

	for (size_t i = 0; i < t->n; i++) {
		(void)slice_of(t->row[i].name, &s);
		buf_cut(&place, 0);
		buf_fmt(&place, "%lld", (long long)(mbox_base(&m->lock) +
		    (int64_t)s.offset));
		free((char *)t->row[i].place);
		t->row[i].place = mem_str(buf_cstr(&place));
	}
	buf_free(&place);
}

static int
move(struct target *t, struct err *e)
{
	struct mbox_target *m = of(t);

	if (mbox_append(&m->lock, m->stage.fd, MBOX_GAP - m->lock.gap,
	    m->stage.n, e) == -1)
		return -1;
	mbox_unlock(&m->lock);
	unlink(buf_cstr(&m->file));
	return 0;
}

static void
forget(struct target *t, bool is_dropped)
{
	struct mbox_target *m = of(t);

	if (m->lock.path != NULL)
		mbox_unlock(&m->lock);
	if (is_dropped && m->stage.fd > 0)
		unlink(buf_cstr(&m->file));
	stage_close(&m->stage);
}

/* What is recorded as placing is of one batch. */
static int
recover(struct target *t, struct err *e)
{
	struct mbox_target *m = of(t);
	struct slice s = {0};
	int batch, status;

	for (size_t i = 0; i < t->n; i++)
		if (!slice_of(t->row[i].name, &s))
			return err_set(e, ERR_IO, "%s: damaged",
			    buf_cstr(&m->dir));
	batch_path(m, s.token);
	batch = open(buf_cstr(&m->file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (batch == -1 && errno == ENOENT)
		return 0;
	if (batch == -1)
		return err_sys(e, ERR_IO, "%s", buf_cstr(&m->file));
	status = mbox_lock(&m->lock, m->real, WAIT_MS, e);
	if (status == 0)
		status = complete(m, batch, e);
	close(batch);
	return status;
}

static int
complete(struct mbox_target *m, int batch, struct err *e)
{
	const struct state_row *row = &m->target.row[0];
	struct slice s = {0};
	struct stat st;
	uint64_t same;
	bool is_end;

	if (fstat(batch, &st) == -1)
		return err_sys(e, ERR_IO, "%s", buf_cstr(&m->file));
	(void)slice_of(row->name, &s);
	if (mbox_compare(&m->lock, batch, (uint64_t)st.st_size,
	    strtoll(row->place, NULL, 10) - (int64_t)s.offset, &same, &is_end,
	    e) == -1)
		return -1;
	if (same == (uint64_t)st.st_size)
		return 0;
	if (is_end)
		return mbox_append(&m->lock, batch, same,
		    (uint64_t)st.st_size, e);
	return append_again(m, batch, (uint64_t)st.st_size, same, e);
}

/* As a new batch, so that this too may be killed at any moment. */
static int
append_again(struct mbox_target *m, int batch, uint64_t n, uint64_t same,
    struct err *e)
{
	struct target *t = &m->target;
	uint64_t from = keep_whole(m, same, e);

	mbox_unlock(&m->lock);
	if (from == 0)
		return -1;
	diag(t->run->tool.name, "%s: changed by others before all was "
	    "appended; %zu messages are appended again", t->path, t->n);
	if (t->n == 0)
		return 0;
	if (stage_again(m, batch, from, n, e) == -1 || prepare(t, e) == -1 ||
	    state_place(t->state, t->row, t->n, e) == -1)
		return -1;
	return move(t, e);
}

/*
 * Those that are there whole are told of now, and are no longer among the
 * rows; where the others begin, or 0 where telling failed.
 */
static uint64_t
keep_whole(struct mbox_target *m, uint64_t same, struct err *e)
{
	struct target *t = &m->target;
	uint64_t from = MBOX_GAP;
	size_t kept = 0;
	struct slice s = {0};
	int status = 0;

	for (size_t i = 0; i < t->n; i++) {
		(void)slice_of(t->row[i].name, &s);
		if (status == -1 || s.offset + s.n > same) {
			t->row[kept++] = t->row[i];
			continue;
		}
		status = report_message(t, &t->row[i], e);
		if (s.offset + s.n > from)
			from = s.offset + s.n;
		target_row_free(&t->row[i]);
	}
	t->n = kept;
	if (status == 0)
		status = output_flush(&t->run->output, e);
	return status == -1 ? 0 : from;
}

static int
stage_again(struct mbox_target *m, int batch, uint64_t from, uint64_t n,
    struct err *e)
{
	struct target *t = &m->target;
	struct slice s = {0};
	char piece[4096];
	ssize_t got;

	if (open_batch(m, e) == -1)
		return -1;
	for (uint64_t at = from; at < n; at += (uint64_t)got) {
		got = pread(batch, piece, sizeof piece, (off_t)at);
		if (got <= 0)
			return err_sys(e, ERR_IO, "%s", buf_cstr(&m->dir));
		if (file_write(m->stage.fd, span_at(piece, (size_t)got),
		    buf_cstr(&m->file), e) == -1)
			return -1;
		m->stage.n += (uint64_t)got;
	}
	for (size_t i = 0; i < t->n; i++) {
		(void)slice_of(t->row[i].name, &s);
		s.offset = s.offset - from + MBOX_GAP;
		free((char *)t->row[i].name);
		t->row[i].name = slice_name(m, &s);
	}
	return 0;
}

/* No batch is recorded that is not whole in the mbox by now. */
static void
clean(struct target *t)
{
	DIR *list = opendir(buf_cstr(&of(t)->dir));
	struct dirent *entry;

	if (list == NULL)
		return;
	while ((entry = readdir(list)) != NULL)
		if (span_starts(span_of(entry->d_name), SPAN(BATCH)))
			unlinkat(dirfd(list), entry->d_name, 0);
	closedir(list);
}

static void
name_of(const struct target *t, const struct state_row *row, struct buf *out)
{
	buf_fmt(out, "%s#%s", t->path, row->place);
}

static int
look(struct target *t, const struct state_row *row, struct buf *out,
    uint64_t *size, struct err *e)
{
	struct mbox_target *m = of(t);
	struct slice s = {0};
	int fd = open(m->real, O_RDONLY | O_CLOEXEC), status;

	if (fd == -1)
		return err_sys(e, ERR_IO, "%s", t->path);
	status = stage_look(fd, (uint64_t)strtoll(row->place, NULL, 10),
	    t->path, out, e);
	close(fd);
	(void)slice_of(row->name, &s);
	*size = s.size;
	return status;
}
