/*
 * kqueue(2) by inotify, as much of it as common/host/watch_kqueue.c asks for,
 * so that it is compiled and tried on Linux too: directories and one
 * descriptor that is written.  The event of a descriptor is merged with those
 * of it that were not taken yet, and goes when it is closed, as the BSDs do.
 */
#ifndef UNIT_KQUEUE_H
#define UNIT_KQUEUE_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVFILT_WRITE -2
#define EVFILT_VNODE -4
#define EV_ADD 0x1
#define EV_CLEAR 0x20
#define NOTE_DELETE 0x1
#define NOTE_WRITE 0x2
#define NOTE_EXTEND 0x4
#define NOTE_RENAME 0x20
#define NOTE_REVOKE 0x40
#define KNOTES 512

#define EV_SET(ev, i, filt, how, notes, n, p)                                 \
	(*(ev) = (struct kevent){(uintptr_t)(i), filt, how, notes, n, p})

struct kevent {
	uintptr_t ident;
	short filter;
	unsigned short flags;
	unsigned int fflags;
	int64_t data;
	void *udata;
};

/* A test has one queue at a time. */
static struct kqueue {
	int epoll, inotify;
	int more; /* readable while a knote has notes */
	struct knote {
		int fd; /* of a directory; -1: none */
		int wd;
		unsigned int notes;
	} knote[KNOTES];
} kq;

static inline int
kqueue_join(int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(kq.epoll, EPOLL_CTL_ADD, fd, &ev);
}

static inline int
kqueue(void)
{
	kq.epoll = epoll_create1(0);
	kq.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	kq.more = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (kq.epoll == -1 || kq.inotify == -1 || kq.more == -1 ||
	    kqueue_join(kq.inotify, EPOLLIN) == -1 ||
	    kqueue_join(kq.more, EPOLLIN) == -1)
		return -1;
	for (size_t i = 0; i < KNOTES; i++)
		kq.knote[i].fd = -1;
	return kq.epoll;
}

static inline int
kqueue_close(int fd)
{
	for (size_t i = 0; i < KNOTES; i++)
		if (kq.knote[i].fd == fd)
			kq.knote[i].fd = -1;
	if (fd == kq.epoll) {
		close(kq.inotify);
		close(kq.more);
	}
	return close(fd);
}

/* From above it is seen to be deleted, though it is still open here. */
static inline int
kqueue_add(const struct kevent *ev)
{
	const uint32_t inside = IN_CREATE | IN_DELETE | IN_MOVE | IN_MOVE_SELF;
	char path[64];
	size_t i = 0;

	if (ev->filter != EVFILT_VNODE)
		return kqueue_join((int)ev->ident, EPOLLOUT | EPOLLET);
	while (i < KNOTES && kq.knote[i].fd != -1)
		i++;
	if (i == KNOTES) {
		errno = ENOMEM;
		return -1;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d/..", (int)ev->ident);
	(void)inotify_add_watch(kq.inotify, path, IN_DELETE | IN_MASK_ADD);
	path[strlen(path) - 3] = '\0';
	kq.knote[i].wd = inotify_add_watch(kq.inotify, path,
	    inside | IN_MASK_ADD);
	kq.knote[i].fd = (int)ev->ident;
	kq.knote[i].notes = 0;
	return kq.knote[i].wd == -1 ? -1 : 0;
}

static inline bool
kqueue_is_deleted(int fd)
{
	const char end[] = " (deleted)";
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path);
	return n >= (ssize_t)sizeof end - 1 &&
	    memcmp(path + n - (sizeof end - 1), end, sizeof end - 1) == 0;
}

/* One event, to the directories it is of. */
static inline void
kqueue_note(const struct inotify_event *in)
{
	struct knote *k;

	for (k = kq.knote; k < kq.knote + KNOTES; k++) {
		if (k->fd == -1)
			continue;
		if ((in->mask & IN_Q_OVERFLOW) != 0)
			k->notes |= NOTE_WRITE;
		else if (k->wd == in->wd)
			k->notes |= (in->mask & IN_MOVE_SELF) != 0 ?
			    NOTE_RENAME : NOTE_WRITE;
		if ((in->mask & IN_DELETE) != 0 && kqueue_is_deleted(k->fd))
			k->notes |= NOTE_DELETE;
	}
}

static inline void
kqueue_read(void)
{
	_Alignas(struct inotify_event) char bytes[16384];
	struct inotify_event in;
	ssize_t n;

	while ((n = read(kq.inotify, bytes, sizeof bytes)) > 0)
		for (char *p = bytes; p < bytes + n; p += sizeof in + in.len) {
			memcpy(&in, p, sizeof in);
			kqueue_note(&in);
		}
}

/* The first directory's; whether there are more is for who waits. */
static inline int
kqueue_take(struct kevent *ev)
{
	struct epoll_event ready;
	uint64_t more = 1;
	int n = 0;

	kqueue_read();
	for (struct knote *k = kq.knote; k < kq.knote + KNOTES; k++) {
		if (k->fd == -1 || k->notes == 0)
			continue;
		if (n++ == 1)
			return write(kq.more, &more, sizeof more) == -1 ? -1
			    : 1;
		EV_SET(ev, k->fd, EVFILT_VNODE, EV_CLEAR, k->notes, 0, NULL);
		k->notes = 0;
	}
	(void)!read(kq.more, &more, sizeof more);
	if (n == 1)
		return 1;
	if (epoll_wait(kq.epoll, &ready, 1, 0) != 1)
		return 0;
	EV_SET(ev, ready.data.fd, EVFILT_WRITE, EV_CLEAR, 0, 0, NULL);
	return 1;
}

static inline int
kevent(int queue, const struct kevent *changes, int n, struct kevent *events,
    int max, const struct timespec *wait)
{
	(void)wait;
	if (queue != kq.epoll) {
		errno = EBADF;
		return -1;
	}
	for (int i = 0; i < n; i++)
		if (kqueue_add(&changes[i]) == -1)
			return -1;
	return max == 0 ? 0 : kqueue_take(events);
}

#endif
