#if defined(__FreeBSD__) || defined(__DragonFly__)
#define __BSD_VISIBLE 1 /* kqueue is no part of POSIX */
#elif defined(__NetBSD__)
#define _NETBSD_SOURCE
#elif defined(__OpenBSD__)
#define _BSD_SOURCE
#elif defined(__APPLE__)
#define _DARWIN_C_SOURCE
#endif
#if defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || \
    defined(__DragonFly__) || defined(__APPLE__)
#define WATCH_KQUEUE /* a test has it elsewhere */
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>
#endif
#ifdef WATCH_KQUEUE
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#endif

#include "base/mem.h"
#include "host/clock.h"
#include "host/wait.h"
#include "host/watch.h"

#ifdef WATCH_KQUEUE
#ifndef WATCH_AGAIN_MS
#define WATCH_AGAIN_MS 1000
#endif
#define GONE (NOTE_DELETE | NOTE_RENAME | NOTE_REVOKE)

struct watched {
	int fd; /* -1: it is gone */
	dev_t device;
	ino_t inode;
	int64_t again_ms; /* when it is told of once more; or WAIT_NEVER */
};

struct watch {
	int queue;
	int out;
	struct watched *v;
	size_t n, cap;
};

static int add_fd(struct watch *, int fd, size_t *id);
static bool tell_again(struct watch *, struct watch_event *, int64_t *next_ms);
static bool take(struct watch *, const struct kevent *, struct watch_event *);

int
watch_open(int out, struct watch **watch, struct err *e)
{
	struct watch *w = mem_alloc(1, sizeof *w);
	struct kevent ev;

	w->out = out;
	w->queue = kqueue();
	if (w->queue == -1) {
		free(w);
		return err_sys(e, ERR_OS, "watching");
	}
	fcntl(w->queue, F_SETFD, FD_CLOEXEC);
	/* told once when it can be written, and when its reader is gone */
	EV_SET(&ev, out, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, 0);
	if (out != -1)
		(void)kevent(w->queue, &ev, 1, NULL, 0, NULL);
	*watch = w;
	return 0;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].fd != -1)
			close(w->v[i].fd);
	close(w->queue);
	free(w->v);
	free(w);
}

int
watch_add(struct watch *w, const char *path, size_t *id, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, errno == EMFILE || errno == ENFILE ? ERR_OS
		    : ERR_NOINPUT, "%s", path);
	if (add_fd(w, fd, id) == -1) {
		err_sys(e, ERR_OS, "%s", path);
		close(fd);
		return -1;
	}
	return 0;
}

int
watch_next(struct watch *w, struct watch_event *ev, bool (*stop)(void),
    struct err *e)
{
	const struct timespec now = {0, 0};
	struct kevent got;
	int64_t next_ms;
	int n;

	for (;;) {
		if (tell_again(w, ev, &next_ms))
			return 1;
		if (wait_fd(w->queue, POLLIN, next_ms, stop, e) == -1)
			return -1;
		if (w->out != -1 && wait_is_unread(w->out))
			return 0;
		n = kevent(w->queue, NULL, 0, &got, 1, &now);
		if (n == -1 && errno != EINTR)
			return err_sys(e, ERR_OS, "watching");
		if (n == 1 && got.filter == EVFILT_VNODE && take(w, &got, ev))
			return 1;
	}
}

/* One directory has one descriptor, however often it is added. */
static int
add_fd(struct watch *w, int fd, size_t *id)
{
	struct kevent ev;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	for (*id = 0; *id < w->n; ++*id)
		if (w->v[*id].fd != -1 && w->v[*id].inode == st.st_ino &&
		    w->v[*id].device == st.st_dev) {
			close(fd);
			return 0;
		}
	EV_SET(&ev, fd, EVFILT_VNODE, EV_ADD | EV_CLEAR,
	    NOTE_WRITE | NOTE_EXTEND | GONE, 0, 0);
	if (kevent(w->queue, &ev, 1, NULL, 0, NULL) == -1)
		return -1;
	w->v = mem_grow(w->v, &w->cap, w->n + 1, sizeof *w->v);
	w->v[w->n++] = (struct watched){fd, st.st_dev, st.st_ino,
	    WAIT_NEVER};
	return 0;
}

/* That a file was made is told, but not that it is written and closed. */
static bool
tell_again(struct watch *w, struct watch_event *ev, int64_t *next_ms)
{
	int64_t now_ms = clock_mono_ms();

	*next_ms = WAIT_NEVER;
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].again_ms <= now_ms) {
			w->v[i].again_ms = WAIT_NEVER;
			*ev = (struct watch_event){.id = i};
			return true;
		}
		if (w->v[i].again_ms < *next_ms)
			*next_ms = w->v[i].again_ms;
	}
	return false;
}

static bool
take(struct watch *w, const struct kevent *got, struct watch_event *ev)
{
	*ev = (struct watch_event){.is_gone = (got->fflags & GONE) != 0};
	while (ev->id < w->n && (uintptr_t)w->v[ev->id].fd != got->ident)
		ev->id++;
	if (ev->id == w->n)
		return false;
	w->v[ev->id].again_ms = clock_mono_ms() + WATCH_AGAIN_MS;
	if (ev->is_gone) {
		close(w->v[ev->id].fd);
		w->v[ev->id].fd = -1;
		w->v[ev->id].again_ms = WAIT_NEVER;
	}
	return true;
}
#endif
