/*
 * deliver: moves files into a Maildir as mfetch moves mail, so that the stores
 * can be killed without a server in between.
 *
 *     deliver maildir batch [file ...]
 *     deliver -1 maildir file ...
 *
 * The files stand for the server's messages, their base names for UIDLs.  A
 * name is printed for each message that is safe, batch messages at a time;
 * then its file is unlinked, as a server would delete it.  With -1 each file
 * is delivered by itself, without a record, and stays.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/output.h"
#include "base/mem.h"
#include "base/span.h"
#include "host/file.h"
#include "store/maildir.h"
#include "store/state.h"

#define BATCH_MAX 16

struct deliver {
	struct maildir maildir;
	struct state *state;
	int64_t source;
	struct output out;
	struct state_row row[BATCH_MAX];
	size_t n;
};

static int each_alone(const char *, char *[], struct err *);
static int in_batches(const char *, size_t, char *[], struct err *);
static int open_all(struct deliver *, const char *, struct err *);
static int resume(void *, const struct state_row *, struct err *);
static int move(struct deliver *, size_t, char *[], struct err *);
static int add(struct deliver *, const char *, struct err *);
static int settle(struct deliver *, struct err *);
static int say(struct deliver *, const struct state_row *, struct err *);
static void forget(struct deliver *);
static int copy(struct maildir *, const char *, struct maildir_file *,
    struct err *);
static const char *base_name(const char *);

int
main(int argc, char *argv[])
{
	struct err e = {0};
	int r;

	if (argc > 3 && strcmp(argv[1], "-1") == 0)
		r = each_alone(argv[2], argv + 3, &e);
	else if (argc > 2 && argv[2][0] >= '1' && argv[2][0] <= '9')
		r = in_batches(argv[1], strtoul(argv[2], NULL, 10), argv + 3,
		    &e);
	else
		r = err_set(&e, ERR_USAGE,
		    "usage: deliver maildir batch [file ...]");
	if (r == 0)
		return 0;
	if (write(STDERR_FILENO, e.text, strlen(e.text)) == -1)
		return ERR_IO;
	return (int)e.kind;
}

static int
each_alone(const char *path, char *file[], struct err *e)
{
	struct maildir m;
	struct file_map map;
	struct output out = {0};
	struct buf name = {0};
	int r = maildir_open(path, true, &m, e);

	if (r == -1)
		return -1;
	maildir_clean(&m);
	for (; r == 0 && *file != NULL; file++) {
		r = file_map(AT_FDCWD, *file, &map, e);
		if (r == -1)
			break;
		buf_cut(&name, 0);
		r = maildir_deliver(&m, map.bytes, "", &name, e);
		file_unmap(&map);
		if (r == 0)
			r = output_name(&out, buf_view(&name), e);
		if (r == 0)
			r = output_flush(&out, e);
	}
	if (r == 0)
		r = output_finish(&out, e);
	buf_free(&out.held);
	buf_free(&name);
	maildir_close(&m);
	return r;
}

static int
in_batches(const char *path, size_t batch, char *file[], struct err *e)
{
	struct deliver d = {0};
	int r = open_all(&d, path, e);

	if (batch > BATCH_MAX)
		batch = BATCH_MAX;
	while (r == 0 && *file != NULL) {
		size_t n = 0;

		while (n < batch && file[n] != NULL)
			n++;
		r = move(&d, n, file, e);
		file += n;
	}
	if (r == 0)
		r = output_finish(&d.out, e);
	forget(&d);
	buf_free(&d.out.held);
	state_close(d.state);
	maildir_close(&d.maildir);
	return r;
}

/* Opens both and completes what a run that died left behind. */
static int
open_all(struct deliver *d, const char *path, struct err *e)
{
	if (maildir_open(path, true, &d->maildir, e) == -1 ||
	    state_open(path, &d->state, e) == -1 ||
	    state_source(d->state, SPAN("pop://here"), SPAN("INBOX"),
		&d->source, e) == -1 ||
	    state_each_placing(d->state, resume, d, e) == -1 ||
	    maildir_sync(&d->maildir, e) == -1)
		return -1;
	maildir_clean(&d->maildir);
	return output_flush(&d->out, e);
}

static int
resume(void *arg, const struct state_row *row, struct err *e)
{
	struct deliver *d = arg;

	if (maildir_place(&d->maildir, row->name, row->place, e) == -1)
		return -1;
	return say(d, row, e);
}

/* One batch: those that are not there yet, then all are unlinked. */
static int
move(struct deliver *d, size_t n, char *file[], struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (add(d, file[i], e) == -1)
			return -1;
	if (d->n > 0 && settle(d, e) == -1)
		return -1;
	if (state_done(d->state, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (unlink(file[i]) == -1)
			return err_sys(e, ERR_IO, "%s", file[i]);
	return 0;
}

static int
add(struct deliver *d, const char *file, struct err *e)
{
	struct state_row *row = &d->row[d->n];
	struct maildir_file f;
	struct buf place = {0};
	enum state_mark mark;

	if (state_mark(d->state, d->source, 0, base_name(file), &mark, e) == -1)
		return -1;
	if (mark != STATE_NONE)
		return 0;
	if (copy(&d->maildir, file, &f, e) == -1)
		return -1;
	maildir_place_name(f.name, "", &place);
	*row = (struct state_row){.source = d->source,
	    .uid = base_name(file),
	    .name = mem_str(f.name),
	    .place = mem_str(buf_cstr(&place))};
	d->n++;
	buf_free(&place);
	maildir_file_free(&f);
	return 0;
}

static int
settle(struct deliver *d, struct err *e)
{
	if (state_place(d->state, d->row, d->n, e) == -1)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (maildir_place(&d->maildir, d->row[i].name,
			d->row[i].place, e) == -1)
			return -1;
	if (maildir_sync(&d->maildir, e) == -1)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (say(d, &d->row[i], e) == -1)
			return -1;
	forget(d);
	return output_flush(&d->out, e);
}

static int
say(struct deliver *d, const struct state_row *row, struct err *e)
{
	struct buf path = {0};
	int r;

	buf_fmt(&path, "%s/%s", d->maildir.path, row->place);
	r = output_name(&d->out, buf_view(&path), e);
	buf_free(&path);
	return r;
}

static void
forget(struct deliver *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free((char *)d->row[i].name);
		free((char *)d->row[i].place);
	}
	d->n = 0;
}

/* The file is durable in tmp/ then. */
static int
copy(struct maildir *m, const char *file, struct maildir_file *f,
    struct err *e)
{
	struct file_map map;
	int r;

	if (file_map(AT_FDCWD, file, &map, e) == -1)
		return -1;
	r = maildir_begin(m, f, e);
	if (r == 0) {
		r = file_write(f->fd, map.bytes, f->name, e);
		if (r == 0)
			r = maildir_finish(m, f, 1, e);
		if (r == -1)
			maildir_abort(m, f);
	}
	file_unmap(&map);
	return r;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
