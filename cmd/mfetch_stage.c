#include <errno.h>
#include <unistd.h>

#include "host/file.h"
#include "mfetch_target.h"

#define SENDER "MAILER-DAEMON" /* of a From_ line: nobody tells us another */
#define LOOK_MAX 65536	       /* bytes of a header that are looked at */

static int flush(struct stage *, struct err *);

int
stage_open(struct stage *s, const char *dir, struct err *e)
{
	int fd = file_nameless(dir, e);

	s->fd = fd == -1 ? 0 : fd;
	return fd == -1 ? -1 : 0;
}

void
stage_close(struct stage *s)
{
	if (s->fd > 0)
		close(s->fd);
	buf_free(&s->out);
	*s = (struct stage){.is_mbox = s->is_mbox};
}

int
stage_begin(struct stage *s, struct err *e)
{
	s->begun = s->n;
	s->size = 0;
	s->writer = (struct mboxrd_writer){0};
	/* the line's room, until the date is known */
	if (s->is_mbox)
		mboxrd_from(SENDER, 0, &s->out);
	return flush(s, e);
}

int
stage_write(struct stage *s, struct span bytes, struct err *e)
{
	s->size += bytes.n;
	if (s->is_mbox)
		mboxrd_write(&s->writer, bytes, &s->out);
	else
		buf_span(&s->out, bytes);
	return flush(s, e);
}

int
stage_end(struct stage *s, int64_t mtime_sec, struct err *e)
{
	struct buf from = {0};
	uint64_t at = s->begun;
	ssize_t put = 0;

	if (!s->is_mbox)
		return 0;
	mboxrd_write_end(&s->writer, &s->out);
	if (flush(s, e) == -1)
		return -1;
	mboxrd_from(SENDER, mtime_sec, &from);
	while (from.n > 0 && put != -1) {
		put = pwrite(s->fd, from.p, from.n, (off_t)at);
		if (put == -1 && errno == EINTR)
			put = 0;
		if (put == -1)
			break;
		buf_drop(&from, (size_t)put);
		at += (uint64_t)put;
	}
	if (put == -1)
		err_sys(e, ERR_IO, "a message on its way");
	buf_free(&from);
	return put == -1 ? -1 : 0;
}

void
stage_abort(struct stage *s)
{
	buf_cut(&s->out, 0);
	s->n = s->begun;
	if (s->fd <= 0 || (ftruncate(s->fd, (off_t)s->begun) == 0 &&
	    lseek(s->fd, (off_t)s->begun, SEEK_SET) != -1))
		return;
	/* what cannot be taken back is not to be followed, nor made safe */
	close(s->fd);
	s->fd = -1;
}

void
stage_clear(struct stage *s)
{
	s->begun = 0;
	stage_abort(s);
}

int
stage_look(int fd, uint64_t offset, const char *name, struct buf *out,
    struct err *e)
{
	ssize_t got = 1;
	size_t n = 0;

	while (n < LOOK_MAX && got > 0) {
		got = pread(fd, buf_room(out, LOOK_MAX - n), LOOK_MAX - n,
		    (off_t)(offset + n));
		if (got == -1 && errno == EINTR) {
			got = 1;
			continue;
		}
		if (got == -1)
			return err_sys(e, ERR_IO, "%s", name);
		buf_grew(out, (size_t)got);
		n += (size_t)got;
	}
	return 0;
}

static int
flush(struct stage *s, struct err *e)
{
	if (file_write(s->fd, buf_view(&s->out), "a message on its way", e) ==
	    -1)
		return -1;
	s->n += s->out.n;
	buf_cut(&s->out, 0);
	return 0;
}
