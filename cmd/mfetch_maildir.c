/*
 * Into a Maildir: a file of the batch is written in tmp/, and synced while the
 * next are written; then, for the batch at once, all are waited for and tmp/ is
 * synced, the record has their names, the files move and their directories are
 * synced.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/file.h"
#include "mfetch_target.h"

struct maildir_target {
	struct target target;
	struct maildir maildir;
	struct maildir_file *whole; /* of the batch */
	size_t n, cap;
	struct maildir_file file; /* being written */
};

static struct maildir_target *of(struct target *);
static int open_it(struct target *, struct err *);
static int mark_folder(struct target *, struct err *);
static int peek(struct target *, struct err *);
static void close_it(struct target *);
static int begin(struct target *, struct err *);
static int write_it(struct target *, struct span, struct err *);
static int end(struct target *, const struct letter *, struct state_row *,
    struct err *);
static int replace(struct maildir_target *, const char *name, struct err *);
static bool find(struct maildir_target *, const char *name, struct buf *);
static void abort_it(struct target *);
static int prepare(struct target *, struct err *);
static int move(struct target *, struct err *);
static void forget(struct target *, bool);
static void clean(struct target *);
static void name_of(const struct target *, const struct state_row *,
    struct buf *);
static int look(struct target *, const struct state_row *, struct buf *,
    uint64_t *, struct err *);

static const struct target_ops ops = {.open = open_it, .peek = peek,
    .close = close_it, .begin = begin, .write = write_it, .end = end,
    .abort = abort_it, .prepare = prepare, .move = move, .forget = forget,
    .recover = move, .clean = clean, .name = name_of, .look = look};

struct target *
target_maildir(const char *path)
{
	struct maildir_target *m = mem_alloc(1, sizeof *m);

	m->target.ops = &ops;
	m->target.path = mem_str(path);
	m->maildir = (struct maildir){.dir = -1, .tmp = -1, .new = -1,
	    .cur = -1};
	m->file.fd = -1;
	return &m->target;
}

static struct maildir_target *
of(struct target *t)
{
	return (struct maildir_target *)t;
}

static int
open_it(struct target *t, struct err *e)
{
	t->batch_max = BATCH_FILES;
	if (maildir_open(t->path, true, &of(t)->maildir, e) == -1 ||
	    mark_folder(t, e) == -1)
		return -1;
	return state_open(t->path, &t->state, e);
}

/* Maildir++ tells a folder from a Maildir by an empty file. */
static int
mark_folder(struct target *t, struct err *e)
{
	const char *base = strrchr(t->path, '/');
	int fd;

	if (!source_is_flat(t->run->source) || base == NULL || base[1] != '.')
		return 0;
	fd = openat(of(t)->maildir.dir, "maildirfolder",
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s/maildirfolder", t->path);
	close(fd);
	return 0;
}

static int
peek(struct target *t, struct err *e)
{
	return target_peek(t, t->path, e);
}

static void
close_it(struct target *t)
{
	free(of(t)->whole);
	maildir_close(&of(t)->maildir);
}

static int
begin(struct target *t, struct err *e)
{
	return maildir_begin(&of(t)->maildir, &of(t)->file, e);
}

static int
write_it(struct target *t, struct span s, struct err *e)
{
	struct maildir_target *m = of(t);

	if (file_write(m->file.fd, s, m->file.name, e) == -1)
		return err_wrap(e, "%s/tmp", m->maildir.path);
	return 0;
}

static int
end(struct target *t, const struct letter *l, struct state_row *row,
    struct err *e)
{
	struct maildir_target *m = of(t);
	struct buf place = {0};
	int status = 0;

	if (l->mtime_sec != 0)
		status = maildir_date(&m->maildir, &m->file, l->mtime_sec, e);
	if (status == 0 && l->replaces != NULL &&
	    find(m, l->replaces, &place))
		status = replace(m, l->replaces, e);
	if (place.n == 0)
		maildir_place_name(m->file.name, l->flags, &place);
	row->name = mem_str(m->file.name);
	row->place = mem_str(buf_cstr(&place));
	buf_free(&place);
	if (status == -1)
		return -1;
	m->whole = mem_grow(m->whole, &m->cap, m->n + 1, sizeof *m->whole);
	maildir_whole(&m->maildir, &m->file);
	m->whole[m->n++] = m->file;
	m->file = (struct maildir_file){.fd = -1};
	return 0;
}

/*
 * A whole message takes its header's place, whatever flags that has got since:
 * under its name in tmp/ too, it replaces it when it is moved.
 */
static int
replace(struct maildir_target *m, const char *name, struct err *e)
{
	if (renameat(m->maildir.tmp, m->file.name, m->maildir.tmp, name) == -1)
		return err_sys(e, ERR_IO, "%s/tmp/%s", m->maildir.path, name);
	free(m->file.name);
	m->file.name = mem_str(name);
	return 0;
}

/* Where the message of that name is now, "cur/NAME:2,S"; false: nowhere. */
static bool
find(struct maildir_target *m, const char *name, struct buf *place)
{
	struct span want = span_of(name), found;
	struct maildir_entry entry;
	struct maildir_iter it;
	bool is = false;

	maildir_each(&m->maildir, &it);
	while (!is && maildir_next(&it, &entry, &(struct err){0}) == 1) {
		found = span_of(entry.name);
		is = span_eq(span_sub(found, 0, maildir_base(found)), want);
		if (is)
			buf_fmt(place, "%s/%s", entry.in_cur ? "cur" : "new",
			    entry.name);
	}
	maildir_end(&it);
	return is;
}

static void
abort_it(struct target *t)
{
	maildir_abort(&of(t)->maildir, &of(t)->file);
}

static int
prepare(struct target *t, struct err *e)
{
	struct maildir_target *m = of(t);

	return maildir_finish(&m->maildir, m->whole, m->n, e);
}

static int
move(struct target *t, struct err *e)
{
	struct maildir *m = &of(t)->maildir;

	for (size_t i = 0; i < t->n; i++)
		if (maildir_place(m, t->row[i].name, t->row[i].place, e) == -1)
			return -1;
	return maildir_sync(m, e);
}

/*
 * Those that were told not to be durable are not asked about again, for the
 * answer may differ then; a later run fetches them anew.
 */
static void
forget(struct target *t, bool is_dropped)
{
	struct maildir_target *m = of(t);

	for (size_t i = 0; i < m->n; i++)
		if (is_dropped)
			maildir_abort(&m->maildir, &m->whole[i]);
		else
			maildir_file_free(&m->whole[i]);
	m->n = 0;
}

static void
clean(struct target *t)
{
	maildir_clean(&of(t)->maildir);
}

static void
name_of(const struct target *t, const struct state_row *row, struct buf *out)
{
	buf_fmt(out, "%s/%s", t->path, row->place);
}

static int
look(struct target *t, const struct state_row *row, struct buf *out,
    uint64_t *size, struct err *e)
{
	int fd = openat(of(t)->maildir.dir, row->place,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	int status = -1;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_sys(e, ERR_IO, "%s/%s", t->path, row->place);
	} else {
		*size = (uint64_t)st.st_size;
		status = stage_look(fd, 0, row->place, out, e);
	}
	if (fd != -1)
		close(fd);
	return status;
}
