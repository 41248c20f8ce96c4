/*
 * To standard output, as an mbox: each message when it has come whole.
 * Nothing is recorded.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "mfetch_target.h"

struct stdout_target {
	struct target target;
	struct stage stage;
};

static struct stdout_target *of(struct target *);
static int nothing(struct target *, struct err *);
static void close_it(struct target *);
static int begin(struct target *, struct err *);
static int write_it(struct target *, struct span, struct err *);
static int end(struct target *, const struct letter *, struct state_row *,
    struct err *);
static int put_out(struct stdout_target *, struct err *);
static void abort_it(struct target *);
static void forget(struct target *, bool);
static void name_of(const struct target *, const struct state_row *,
    struct buf *);
static int look(struct target *, const struct state_row *, struct buf *,
    uint64_t *, struct err *);

static const struct target_ops ops = {.open = nothing, .peek = nothing,
    .close = close_it, .begin = begin, .write = write_it, .end = end,
    .abort = abort_it, .prepare = nothing, .move = nothing, .forget = forget,
    .recover = nothing, .name = name_of, .look = look};

struct target *
target_stdout(void)
{
	struct stdout_target *s = mem_alloc(1, sizeof *s);

	s->target.ops = &ops;
	s->target.path = mem_str("standard output");
	s->target.batch_max = 1;
	s->stage.is_mbox = true;
	return &s->target;
}

static struct stdout_target *
of(struct target *t)
{
	return (struct stdout_target *)t;
}

static int
nothing(struct target *t, struct err *e)
{
	(void)t;
	(void)e;
	return 0;
}

static void
close_it(struct target *t)
{
	stage_close(&of(t)->stage);
}

static int
begin(struct target *t, struct err *e)
{
	struct stage *s = &of(t)->stage;

	stage_close(s);
	return stage_open(s, NULL, e) == -1 ? -1 : stage_begin(s, e);
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
	struct stdout_target *s = of(t);
	struct buf name = {0};

	if (stage_end(&s->stage, l->mtime_sec != 0 ? l->mtime_sec :
	    clock_now().sec, e) == -1 || put_out(s, e) == -1)
		return -1;
	target_url(l, &name);
	row->name = mem_str("");
	row->place = mem_str(buf_cstr(&name));
	buf_free(&name);
	return 0;
}

static int
put_out(struct stdout_target *s, struct err *e)
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

static void
abort_it(struct target *t)
{
	stage_close(&of(t)->stage);
}

static void
forget(struct target *t, bool is_dropped)
{
	(void)is_dropped;
	stage_close(&of(t)->stage);
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
	*size = of(t)->stage.size;
	return stage_look(of(t)->stage.fd, 0, row->place, out, e);
}
