#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "host/clock.h"
#include "host/wait.h"
#include "net/wire.h"

#define WIRE_CHUNK 16384 /* what a read asks for: a TLS record's most */

static int drive(struct wire *, const struct machine *,
    const int64_t *quiet_ms, struct err *);
static int wait_for(struct wire *, bool want_write, int64_t until_ms,
    struct err *);
static int turn(struct wire *, const struct machine *, bool *read_any,
    bool *moved, struct err *);
static int write_some(struct wire *, const struct machine *, bool *moved,
    struct err *);
static int read_some(struct wire *, const struct machine *, bool *moved,
    struct err *);

int64_t
wire_until(int timeout_ms)
{
	if (timeout_ms <= 0)
		return WIRE_NEVER;
	return clock_mono_ms() + timeout_ms;
}

int
wire_read(struct wire *w, void *p, size_t cap, size_t *got, struct err *e)
{
	return w->ops->read(w, p, cap, got, e);
}

int
wire_write(struct wire *w, struct span s, size_t *put, struct err *e)
{
	if (s.n == 0)
		return 0;
	return w->ops->write(w, s, put, e);
}

int
wire_wait(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	return w->ops->wait(w, want_write, until_ms, e);
}

int
wire_starttls(struct wire *w, struct err *e)
{
	return w->ops->starttls(w, e);
}

void
wire_close(struct wire *w)
{
	if (w != NULL)
		w->ops->close(w);
}

int
wire_poll(struct wire *w, int fd, short events, int64_t until_ms,
    struct err *e)
{
	wire_ack(fd);
	return wait_fd(fd, events, until_ms, w->stop, e);
}

void
wire_ack(int fd)
{
#ifdef TCP_QUICKACK
	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1},
	    sizeof(int));
#else
	(void)fd;
#endif
}

int
wire_drive(struct wire *w, const struct machine *m, struct err *e)
{
	return drive(w, m, NULL, e) == -1 ? -1 : 0;
}

int
wire_drive_until(struct wire *w, const struct machine *m, int64_t until_ms,
    struct err *e)
{
	return drive(w, m, &until_ms, e);
}

int
wire_flush(struct wire *w, const struct machine *m, struct err *e)
{
	int64_t until = wire_until(w->timeout_ms);
	bool read_any = false, moved;

	while (m->pending(m->self).n > 0) {
		if (turn(w, m, &read_any, &moved, e) == -1)
			return -1;
		if (moved)
			until = wire_until(w->timeout_ms);
		else if (wait_for(w, true, until, e) == -1)
			return -1;
	}
	return 0;
}

/* Where quiet_ms is given, the server may be silent until then: 0. */
static int
drive(struct wire *w, const struct machine *m, const int64_t *quiet_ms,
    struct err *e)
{
	int64_t until = wire_until(w->timeout_ms);
	bool read_any = false, moved, is_owed;
	int ready = 1;

	for (;;) {
		if (turn(w, m, &read_any, &moved, e) == -1)
			return -1;
		if (read_any)
			return 1;
		is_owed = m->pending(m->self).n > 0;
		if (moved)
			until = wire_until(w->timeout_ms);
		else if (quiet_ms == NULL || is_owed)
			ready = wait_for(w, is_owed, until, e);
		else
			ready = wire_wait(w, false, *quiet_ms, e);
		if (!moved && ready != 1)
			return ready;
	}
}

/* 1, or -1 where it has been silent for too long. */
static int
wait_for(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	int ready = wire_wait(w, want_write, until_ms, e);

	return ready != 0 ? ready : err_set(e, ERR_TEMP, "timed out");
}

/*
 * One write and one read, neither waiting.  A server that refuses and closes
 * breaks the write, but why it did can still be read: the write's error counts
 * only where nothing came.
 */
static int
turn(struct wire *w, const struct machine *m, bool *read_any, bool *moved,
    struct err *e)
{
	struct err broken = {0};
	bool came = false;
	int put, got;

	*moved = false;
	put = write_some(w, m, moved, &broken);
	got = read_some(w, m, &came, e);
	*moved = *moved || came;
	*read_any = *read_any || came;
	if (put == 0 || came)
		return got;
	*e = broken;
	return -1;
}

static int
write_some(struct wire *w, const struct machine *m, bool *moved, struct err *e)
{
	struct span s = m->pending(m->self);
	size_t put = 0;
	int rc;

	if (s.n == 0)
		return 0;
	rc = wire_write(w, s, &put, e);
	if (rc == 1) {
		m->sent(m->self, put);
		*moved = true;
	}
	return rc == -1 ? -1 : 0;
}

static int
read_some(struct wire *w, const struct machine *m, bool *moved, struct err *e)
{
	char chunk[WIRE_CHUNK];
	size_t got = 0;
	int rc;

	rc = wire_read(w, chunk, sizeof chunk, &got, e);
	if (rc == 1) {
		*moved = true;
		rc = m->push(m->self, span_at(chunk, got), e);
	}
	return rc == -1 ? -1 : 0;
}
