#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "host/file.h"
#include "host/sync.h"

#define THREADS 16

/* The lock is for all that changes. */
struct work {
	const struct sync_file *file;
	size_t n;
	pthread_mutex_t lock;
	size_t next;   /* file to sync */
	size_t failed; /* n: none */
	struct err *e; /* of the failed one */
};

static void start(struct work *);
static void *sync_some(void *);
static bool take(struct work *, size_t *);
static void fail(struct work *, size_t, const struct err *);

int
sync_all(const struct sync_file *file, size_t n, struct err *e)
{
	struct work w = {.file = file, .n = n, .failed = n, .e = e};

	pthread_mutex_init(&w.lock, NULL);
	start(&w);
	pthread_mutex_destroy(&w.lock);
	return w.failed == n ? 0 : -1;
}

/* Signals that are blocked here are so in the threads made meanwhile. */
static void
start(struct work *w)
{
	pthread_t thread[THREADS - 1];
	sigset_t all, before;
	size_t n = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (n < THREADS - 1 && n + 1 < w->n &&
	    pthread_create(&thread[n], NULL, sync_some, w) == 0)
		n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	sync_some(w);
	while (n > 0)
		pthread_join(thread[--n], NULL);
}

static void *
sync_some(void *self)
{
	struct work *w = self;
	struct err e = {0};
	size_t i;

	while (take(w, &i))
		if (file_sync(w->file[i].fd, w->file[i].name, &e) == -1)
			fail(w, i, &e);
	return NULL;
}

/* In the list's order, so that a file before one that failed was taken. */
static bool
take(struct work *w, size_t *i)
{
	bool is_taken;

	pthread_mutex_lock(&w->lock);
	is_taken = w->next < w->n && w->failed == w->n;
	if (is_taken)
		*i = w->next++;
	pthread_mutex_unlock(&w->lock);
	return is_taken;
}

static void
fail(struct work *w, size_t i, const struct err *e)
{
	pthread_mutex_lock(&w->lock);
	if (i < w->failed) {
		w->failed = i;
		*w->e = *e;
	}
	pthread_mutex_unlock(&w->lock);
}
