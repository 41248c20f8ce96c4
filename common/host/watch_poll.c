#if !defined(__linux__) && !defined(__FreeBSD__) && !defined(__OpenBSD__) && \
    !defined(__NetBSD__) && !defined(__DragonFly__) && !defined(__APPLE__)
#define WATCH_POLL /* a test has it elsewhere */
#endif
#ifdef WATCH_POLL
#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#endif

#include "base/mem.h"
#include "host/clock.h"
#include "host/wait.h"
#include "host/watch.h"

#ifdef WATCH_POLL
#ifndef WATCH_LOOK_MS
#define WATCH_LOOK_MS 1000
#endif
#define FRESH_SEC 2 /* a time in which a change may not show */

struct watched {
	char *path; /* NULL: it is gone */
	dev_t device;
	ino_t inode;
	struct timespec changed;
	bool is_fresh; /* looked at soon after it had changed */
};

struct watch {
	int out;
	struct watched *v;
	size_t n, cap;
	size_t at; /* the next to look at */
};

static bool is_same(const struct watched *, const char *path,
    const struct stat *);
static bool has_changed(struct watched *, bool *is_gone);

int
watch_open(int out, struct watch **watch, struct err *e)
{
	(void)e;
	*watch = mem_alloc(1, sizeof **watch);
	(*watch)->out = out;
	return 0;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i].path);
	free(w->v);
	free(w);
}

int
watch_add(struct watch *w, const char *path, size_t *id, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == -1 || (!S_ISDIR(st.st_mode) &&
	    (errno = ENOTDIR) != 0))
		return err_sys(e, ERR_NOINPUT, "%s", path);
	for (*id = 0; *id < w->n; ++*id)
		if (is_same(&w->v[*id], path, &st))
			return 0;
	w->v = mem_grow(w->v, &w->cap, w->n + 1, sizeof *w->v);
	w->v[w->n] = (struct watched){mem_str(path), st.st_dev, st.st_ino,
	    st.st_mtim, true};
	w->n++;
	return 0;
}

int
watch_next(struct watch *w, struct watch_event *ev, bool (*stop)(void),
    struct err *e)
{
	for (;;) {
		if (w->out != -1 && wait_is_unread(w->out))
			return 0;
		while (w->at < w->n) {
			*ev = (struct watch_event){.id = w->at};
			if (has_changed(&w->v[w->at++], &ev->is_gone))
				return 1;
		}
		w->at = 0;
		if (wait_fd(-1, 0, clock_mono_ms() + WATCH_LOOK_MS, stop,
		    e) == -1)
			return -1;
	}
}

static bool
is_same(const struct watched *d, const char *path, const struct stat *st)
{
	return d->path != NULL && strcmp(d->path, path) == 0 &&
	    d->device == st->st_dev && d->inode == st->st_ino;
}

/* Times are coarse: what changed just now is looked at once more. */
static bool
has_changed(struct watched *d, bool *is_gone)
{
	struct timespec was = d->changed;
	bool is_again = d->is_fresh;
	struct stat st;

	if (d->path == NULL)
		return false;
	*is_gone = stat(d->path, &st) == -1 || st.st_dev != d->device ||
	    st.st_ino != d->inode;
	if (*is_gone) {
		free(d->path);
		d->path = NULL;
		return true;
	}
	d->changed = st.st_mtim;
	d->is_fresh = clock_now().sec - st.st_mtim.tv_sec < FRESH_SEC;
	return is_again || was.tv_sec != st.st_mtim.tv_sec ||
	    was.tv_nsec != st.st_mtim.tv_nsec;
}
#endif
