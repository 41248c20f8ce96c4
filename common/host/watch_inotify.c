#ifdef __linux__
#include <sys/epoll.h>
#include <sys/inotify.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#endif

#include "base/mem.h"
#include "host/wait.h"
#include "host/watch.h"

#ifdef __linux__
#define EVENTS_BYTES 16384
#define APPEARS (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE)
#define WATCHED (APPEARS | IN_MOVE_SELF | IN_ONLYDIR)
#define NONE -1 /* the directory is gone */

struct watch {
	int inotify, epoll;
	int out;
	int *wd; /* of each id */
	size_t n, cap;
	size_t to_look; /* directories from here on are told as a whole */
	size_t at, got; /* of the bytes */
	_Alignas(struct inotify_event) char bytes[EVENTS_BYTES];
};

static int join(struct watch *, int fd, uint32_t events);
static int fill(struct watch *, bool (*stop)(void), struct err *);
static bool take(struct watch *, struct watch_event *);

int
watch_open(int out, struct watch **watch, struct err *e)
{
	struct watch *w = mem_alloc(1, sizeof *w);

	w->out = out;
	w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->inotify == -1 || w->epoll == -1 ||
	    join(w, w->inotify, EPOLLIN) == -1) {
		err_sys(e, ERR_OS, "watching");
		watch_close(w);
		return -1;
	}
	/* what is no pipe and no terminal has no reader to wait for */
	if (out != -1)
		(void)join(w, out, 0);
	*watch = w;
	return 0;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->inotify != -1)
		close(w->inotify);
	if (w->epoll != -1)
		close(w->epoll);
	free(w->wd);
	free(w);
}

int
watch_add(struct watch *w, const char *path, size_t *id, struct err *e)
{
	int wd = inotify_add_watch(w->inotify, path, WATCHED);

	if (wd == -1)
		return err_sys(e, errno == ENOSPC || errno == ENOMEM ? ERR_OS
		    : ERR_NOINPUT, "%s", path);
	for (*id = 0; *id < w->n && w->wd[*id] != wd; ++*id)
		;
	if (*id < w->n)
		return 0;
	w->wd = mem_grow(w->wd, &w->cap, w->n + 1, sizeof *w->wd);
	w->to_look += w->to_look == w->n;
	w->wd[w->n++] = wd;
	return 0;
}

int
watch_next(struct watch *w, struct watch_event *ev, bool (*stop)(void),
    struct err *e)
{
	int more = 1;

	while (more == 1) {
		if (w->to_look < w->n) {
			*ev = (struct watch_event){.id = w->to_look++};
			return 1;
		}
		if (w->at == w->got)
			more = fill(w, stop, e);
		else if (take(w, ev))
			return 1;
	}
	return more;
}

static int
join(struct watch *w, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static int
fill(struct watch *w, bool (*stop)(void), struct err *e)
{
	ssize_t got;

	w->at = w->got = 0;
	if (wait_fd(w->epoll, POLLIN, WAIT_NEVER, stop, e) == -1)
		return -1;
	if (w->out != -1 && wait_is_unread(w->out))
		return 0;
	got = read(w->inotify, w->bytes, sizeof w->bytes);
	if (got == -1 && errno != EAGAIN && errno != EINTR)
		return err_sys(e, ERR_OS, "watching");
	w->got = got > 0 ? (size_t)got : 0;
	return 1;
}

/* The next of the bytes; false for what is of no directory any more. */
static bool
take(struct watch *w, struct watch_event *ev)
{
	struct inotify_event in;
	const char *name = w->bytes + w->at + sizeof in;

	memcpy(&in, w->bytes + w->at, sizeof in);
	w->at += sizeof in + in.len;
	if ((in.mask & IN_Q_OVERFLOW) != 0) {
		w->to_look = 0;
		return false;
	}
	/* a watch that is removed, as a deleted directory's is, says so */
	if ((in.mask & IN_MOVE_SELF) != 0)
		(void)inotify_rm_watch(w->inotify, in.wd);
	*ev = (struct watch_event){.is_gone = (in.mask & IN_IGNORED) != 0};
	if (!ev->is_gone && ((in.mask & APPEARS) == 0 || in.len == 0))
		return false;
	while (ev->id < w->n && w->wd[ev->id] != in.wd)
		ev->id++;
	if (ev->id == w->n)
		return false;
	if (ev->is_gone)
		w->wd[ev->id] = NONE;
	else
		ev->name = name;
	return true;
}
#endif
