/*
 * One message at a time, whole, to who takes it at once: a command, run once
 * for each, whose exit status 0 is recorded then, so that it gets a message at
 * least once; or standard output, as an mbox, of which nothing is recorded.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/run.h"
#include "mfetch_target.h"

#define CANNOT_EXEC 126 /* the shell's, and 127: no such command */

struct taker {
	struct target target;
	struct buf dir; /* of the record; empty: there is none */
	struct stage stage;
};

static struct taker *of(struct target *);
static int open_it(struct target *, struct err *);
static int peek(struct target *, struct err *);
static void close_it(struct target *);
static int begin(struct target *, struct err *);
static int write_it(struct target *, struct span, struct err *);
static int end_pipe(struct target *, const struct letter *,
    struct state_row *, struct err *);
static int feed(struct taker *, const struct letter *, const char *name,
    struct err *);
static int tell_child(const struct letter *, const char *name, struct err *);
static int refused(struct taker *, const char *name, int status,
    struct err *);
static int end_stdout(struct target *, const struct letter *,
    struct state_row *, struct err *);
static int put_out(struct taker *, struct err *);
static void fill(struct state_row *, struct span name);
static void abort_it(struct target *);
static int nothing(struct target *, struct err *);
static void forget(struct target *, bool);
static void name_of(const struct target *, const struct state_row *,
    struct buf *);
static int look(struct target *, const struct state_row *, struct buf *,
    uint64_t *, struct err *);

static const struct target_ops pipe_ops = {.open = open_it, .peek = peek,
    .close = close_it, .begin = begin, .write = write_it, .end = end_pipe,
    .abort = abort_it, .prepare = nothing, .move = nothing, .forget = forget,
    .recover = nothing, .name = name_of, .look = look};

static const struct target_ops stdout_ops = {.open = nothing,
    .peek = nothing, .close = close_it, .begin = begin, .write = write_it,
    .end = end_stdout, .abort = abort_it, .prepare = nothing,
    .move = nothing, .forget = forget, .recover = nothing, .name = name_of,
    .look = look};

struct target *
target_pipe(const char *command)
{
	struct taker *t = mem_alloc(1, sizeof *t);

	t->target.ops = &pipe_ops;
	t->target.path = mem_str(command);
	t->target.batch_max = 1;
	target_directory("pipe", command, &t->dir);
	return &t->target;
}

struct target *
target_stdout(void)
{
	struct taker *t = mem_alloc(1, sizeof *t);

	t->target.ops = &stdout_ops;
	t->target.path = mem_str("standard output");
	t->target.batch_max = 1;
	t->stage.is_mbox = true;
	return &t->target;
}

static struct taker *
of(struct target *t)
{
	return (struct taker *)t;
}

static int
open_it(struct target *t, struct err *e)
{
	struct taker *p = of(t);

	if (file_mkdirs(buf_cstr(&p->dir), e) == -1)
		return -1;
	return state_open(buf_cstr(&p->dir), &t->state, e);
}

static int
peek(struct target *t, struct err *e)
{
	return target_peek(t, buf_cstr(&of(t)->dir), e);
}

static void
close_it(struct target *t)
{
	stage_close(&of(t)->stage);
	buf_free(&of(t)->dir);
}

static int
begin(struct target *t, struct err *e)
{
	struct taker *p = of(t);

	if (p->stage.fd <= 0 && stage_open(&p->stage, p->dir.n > 0 ?
	    buf_cstr(&p->dir) : NULL, e) == -1)
		return -1;
	return stage_begin(&p->stage, e);
}

static int
write_it(struct target *t, struct span s, struct err *e)
{
	return stage_write(&of(t)->stage, s, e);
}

static int
end_pipe(struct target *t, const struct letter *l, struct state_row *row,
    struct err *e)
{
	struct buf name = {0};
	int status;

	target_url(l, &name);
	status = feed(of(t), l, buf_cstr(&name), e);
	if (status == 0)
		fill(row, buf_view(&name));
	buf_free(&name);
	return status;
}

/* 1 where the command does not take it, and that was told. */
static int
feed(struct taker *p, const struct letter *l, const char *name,
    struct err *e)
{
	struct run run = {.command = p->target.path,
	    .input_fd = p->stage.fd};
	int status;

	if (lseek(p->stage.fd, 0, SEEK_SET) == -1)
		return err_sys(e, ERR_IO, "a message on its way");
	if (tell_child(l, name, e) == -1 ||
	    run_command(&run, NULL, &status, e) == -1)
		return -1;
	return status == 0 ? 0 : refused(p, name, status, e);
}

static int
tell_child(const struct letter *l, const char *name, struct err *e)
{
	const char *account =
	    account_name(l->place->run->source->account);

	if (setenv("SATCHEL_ACCOUNT", account, 1) == -1 ||
	    setenv("SATCHEL_FOLDER", l->place->folder, 1) == -1 ||
	    setenv("SATCHEL_UID", l->uid, 1) == -1 ||
	    setenv("SATCHEL_FLAGS", l->flags, 1) == -1 ||
	    setenv("SATCHEL_NAME", name, 1) == -1)
		return err_sys(e, ERR_OS, "environment");
	return 0;
}

/* It is still new to the next call; the messages after it get their turn. */
static int
refused(struct taker *p, const char *name, int status, struct err *e)
{
	struct mfetch *run = p->target.run;
	struct err one;

	if (status == CANNOT_EXEC || status == CANNOT_EXEC + 1)
		return err_set(e, ERR_CONFIG, "pipe:%s: cannot be run",
		    p->target.path);
	err_set(&one, ERR_TEMP, "pipe:%s: exit status %d", p->target.path,
	    status);
	report_fault(run, name, &one);
	return 1;
}

static int
end_stdout(struct target *t, const struct letter *l, struct state_row *row,
    struct err *e)
{
	struct taker *s = of(t);
	struct buf name = {0};

	if (stage_end(&s->stage, l->mtime_sec != 0 ? l->mtime_sec :
	    clock_now().sec, e) == -1 || put_out(s, e) == -1)
		return -1;
	target_url(l, &name);
	fill(row, buf_view(&name));
	buf_free(&name);
	return 0;
}

static int
put_out(struct taker *s, struct err *e)
{
	char piece[16384];
	ssize_t got;

	for (uint64_t at = 0; at < s->stage.n; at += (uint64_t)got) {
		got = pread(s->stage.fd, piece, sizeof piece, (off_t)at);
		if (got <= 0)
			return err_sys(e, ERR_IO, "a message on its way");
		if (output_bytes(&s->target.run->output,
			span_at(piece, (size_t)got), e) == -1)
			return -1;
	}
	return 0;
}

/* What is printed is its place, for a run that has to print it again. */
static void
fill(struct state_row *row, struct span name)
{
	struct buf second = {0};

	buf_fmt(&second, "%lld.taken", (long long)clock_now().sec);
	row->name = mem_str(buf_cstr(&second));
	row->place = mem_dup(name.p, name.n);
	buf_free(&second);
}

static void
abort_it(struct target *t)
{
	stage_close(&of(t)->stage);
}

static int
nothing(struct target *t, struct err *e)
{
	(void)t;
	(void)e;
	return 0;
}

static void
forget(struct target *t, bool is_dropped)
{
	struct stage *s = &of(t)->stage;

	(void)is_dropped;
	if (s->is_mbox)
		stage_clear(s);
	else /* its command may read on */
		stage_close(s);
}

static void
name_of(const struct target *t, const struct state_row *row, struct buf *out)
{
	(void)t;
	buf_str(out, row->place);
}

static int
look(struct target *t, const struct state_row *row, struct buf *out,
    uint64_t *size, struct err *e)
{
	struct stage *s = &of(t)->stage;

	/* a dead run's message is not here any more */
	*size = 0;
	if (s->fd == 0)
		return 0;
	*size = s->size;
	return stage_look(s->fd, 0, row->place, out, e);
}
