/*
 * -i -j -t -: of each name, in their order, a line and as many bytes of its
 * message as the line says, or a line with the status of its failure alone.
 */
#include <unistd.h>

#include "host/file.h"
#include "mail/json.h"
#include "mfetch.h"
#include "text/jsonl.h"

#define HELD_MAX (256 * 1024) /* of a message; the rest waits in a file */
#define PIECE (64 * 1024)

static int spill(struct frame *, struct err *);
static int put_line(struct mfetch *, struct span name, const char *key,
    uint64_t, struct err *);
static int put_spilled(struct mfetch *, struct err *);

bool
frame_is_on(const struct mfetch *run)
{
	return run->json && run->names.from_stdin && !run->check &&
	    run->target_kind == TARGET_STDOUT;
}

int
frame_add(struct mfetch *run, struct span bytes, bool *has_cr, struct err *e)
{
	struct frame *f = &run->frame;

	place_lines(bytes, has_cr, &f->held);
	return f->held.n < HELD_MAX ? 0 : spill(f, e);
}

int
frame_end(struct mfetch *run, struct span name, struct err *e)
{
	struct frame *f = &run->frame;
	int status = put_line(run, name, "size", f->spilled + f->held.n, e);

	if (status == 0 && f->spilled > 0)
		status = put_spilled(run, e);
	if (status == 0)
		status = output_bytes(&run->output, buf_view(&f->held), e);
	frame_drop(run);
	return status == -1 ? -1 : output_flush(&run->output, e);
}

int
frame_lost(struct mfetch *run, struct span name, enum err_kind why,
    struct err *e)
{
	frame_drop(run);
	if (put_line(run, name, "status", (uint64_t)why, e) == -1)
		return -1;
	return output_flush(&run->output, e);
}

void
frame_drop(struct mfetch *run)
{
	struct frame *f = &run->frame;

	buf_free(&f->held);
	if (f->fd > 0)
		close(f->fd);
	f->fd = 0;
	f->spilled = 0;
}

static int
spill(struct frame *f, struct err *e)
{
	if (f->fd == 0)
		f->fd = file_nameless(NULL, e);
	if (f->fd == -1) {
		f->fd = 0;
		return -1;
	}
	if (file_write(f->fd, buf_view(&f->held), "a message on its way", e) ==
	    -1)
		return -1;
	f->spilled += f->held.n;
	buf_cut(&f->held, 0);
	return 0;
}

static int
put_line(struct mfetch *run, struct span name, const char *key,
    uint64_t number, struct err *e)
{
	struct buf line = {0};
	int status;

	run->framed++;
	buf_char(&line, '{');
	jsonl_key(0, "name", &line);
	json_exact(name, &line);
	jsonl_key(0, key, &line);
	buf_fmt(&line, "%llu}", (unsigned long long)number);
	status = output_name(&run->output, buf_view(&line), e);
	buf_free(&line);
	return status;
}

static int
put_spilled(struct mfetch *run, struct err *e)
{
	const struct frame *f = &run->frame;
	char piece[PIECE];
	uint64_t at = 0;
	ssize_t got;

	while (at < f->spilled) {
		got = pread(f->fd, piece, sizeof piece, (off_t)at);
		if (got <= 0)
			return err_sys(e, ERR_IO, "a message on its way");
		if (output_bytes(&run->output, span_at(piece, (size_t)got),
			e) == -1)
			return -1;
		at += (uint64_t)got;
	}
	return 0;
}
