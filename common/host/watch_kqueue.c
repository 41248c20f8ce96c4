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
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#endif

#include "base/mem.h"
#include "host/wait.h"
#include "host/watch.h"

#if defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || \
    defined(__DragonFly__) || defined(__APPLE__)
#define GONE (NOTE_DELETE | NOTE_RENAME | NOTE_REVOKE)

struct watch {
	int queue;
	int out;
	int *fd; /* of each directory; -1: it is gone */
	size_t n, cap;
};

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
		if (w->fd[i] != -1)
			close(w->fd[i]);
	close(w->queue);
	free(w->fd);
	free(w);
}

int
watch_add(struct watch *w, const char *path, size_t *id, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct kevent ev;

	if (fd == -1)
		return err_sys(e, errno == EMFILE || errno == ENFILE ? ERR_OS
		    : ERR_NOINPUT, "%s", path);
	EV_SET(&ev, fd, EVFILT_VNODE, EV_ADD | EV_CLEAR,
	    NOTE_WRITE | NOTE_EXTEND | GONE, 0, 0);
	if (kevent(w->queue, &ev, 1, NULL, 0, NULL) == -1) {
		err_sys(e, ERR_OS, "%s", path);
		close(fd);
		return -1;
	}
	w->fd = mem_grow(w->fd, &w->cap, w->n + 1, sizeof *w->fd);
	w->fd[w->n] = fd;
	*id = w->n++;
	return 0;
}

int
watch_next(struct watch *w, struct watch_event *ev, bool (*stop)(void),
    struct err *e)
{
	const struct timespec now = {0, 0};
	struct kevent got;
	int n;

	for (;;) {
		if (wait_fd(w->queue, POLLIN, WAIT_NEVER, stop, e) == -1)
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

static bool
take(struct watch *w, const struct kevent *got, struct watch_event *ev)
{
	*ev = (struct watch_event){.is_gone = (got->fflags & GONE) != 0};
	while (ev->id < w->n && (uintptr_t)w->fd[ev->id] != got->ident)
		ev->id++;
	if (ev->id == w->n)
		return false;
	if (ev->is_gone) {
		close(w->fd[ev->id]);
		w->fd[ev->id] = -1;
	}
	return true;
}
#endif
