#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "app/output.h"
#include "host/lock.h"
#include "text/charset.h"

#define HOLD (64 * 1024)
#define LOCK_MS 600000 /* for a reader that is slow to take another's */

static int end_record(struct output *, struct err *);
static int taken(struct output *, struct err *);
static int write_held(struct output *, struct err *);

int
output_bytes(struct output *o, struct span s, struct err *e)
{
	int status;

	do {
		buf_span(&o->held, span_sub(s, 0, HOLD));
		s = span_from(s, HOLD);
		status = o->lock > 0 ? 0 : taken(o, e);
	} while (status == 0 && s.n > 0);
	return status;
}

int
output_name(struct output *o, struct span name, struct err *e)
{
	return output_bytes(o, name, e) == -1 ? -1 : end_record(o, e);
}

int
output_record(struct output *o, struct span text, struct err *e)
{
	charset_line(text, &o->held);
	return end_record(o, e);
}

int
output_flush(struct output *o, struct err *e)
{
	int status;

	if (o->lock == 0 || o->held.n == 0)
		return write_held(o, e);
	if (lock_fd(o->lock, "standard output", LOCK_MS, e) == -1)
		return -1;
	status = write_held(o, e);
	lock_free(o->lock);
	return status;
}

int
output_finish(struct output *o, struct err *e)
{
	int r = output_flush(o, e);

	buf_free(&o->held);
	if (o->is_closed_pipe) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (close(STDOUT_FILENO) == -1 && r == 0)
		r = err_sys(e, ERR_IO, "standard output");
	return r;
}

static int
end_record(struct output *o, struct err *e)
{
	buf_char(&o->held, o->nul ? '\0' : '\n');
	return taken(o, e);
}

static int
taken(struct output *o, struct err *e)
{
	return o->held.n < HOLD ? 0 : output_flush(o, e);
}

static int
write_held(struct output *o, struct err *e)
{
	while (o->held.n > 0) {
		ssize_t put = write(STDOUT_FILENO, o->held.p, o->held.n);

		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1) {
			o->is_closed_pipe = errno == EPIPE;
			err_sys(e, ERR_IO, "standard output");
			buf_cut(&o->held, 0);
			return -1;
		}
		buf_drop(&o->held, (size_t)put);
	}
	return 0;
}
