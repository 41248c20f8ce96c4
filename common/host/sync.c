#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/file.h"
#include "host/sync.h"

#define THREADS 16
#define WAITING 64 /* files that no thread has taken yet */
#define GROUP 32   /* of them, synced side by side, for less of the disk */

/* The lock is for all that changes. */
struct sync {
	pthread_mutex_t lock;
	pthread_cond_t more; /* files, or the end of it */
	pthread_cond_t rest; /* nobody works any more */
	struct sync_file *file;
	size_t n, cap;
	size_t next;    /* file to sync */
	size_t working; /* on files before that */
	bool has_failed;
	size_t failed;  /* the first of them */
	struct err e;   /* its */
	pthread_t thread[THREADS];
	size_t threads, idle;
	size_t threads_max, waiting_max;
	bool is_over;
};

static void limit(struct sync *);
static void call(struct sync *, size_t);
static void start(struct sync *);
static void *serve(void *);
static void take_one(struct sync *);

struct sync *
sync_open(void)
{
	struct sync *s = mem_alloc(1, sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	pthread_cond_init(&s->rest, NULL);
	limit(s);
	return s;
}

void
sync_close(struct sync *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_over = true;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
	while (s->threads > 0)
		pthread_join(s->thread[--s->threads], NULL);
	pthread_cond_destroy(&s->rest);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s->file);
	free(s);
}

void
sync_add(struct sync *s, struct sync_file file)
{
	pthread_mutex_lock(&s->lock);
	while (s->n - s->next >= s->waiting_max)
		take_one(s);
	s->file = mem_grow(s->file, &s->cap, s->n + 1, sizeof *s->file);
	s->file[s->n++] = file;
	if (s->n - s->next >= GROUP)
		call(s, THREADS);
	pthread_mutex_unlock(&s->lock);
}

int
sync_wait(struct sync *s, struct err *e)
{
	int status = 0;

	pthread_mutex_lock(&s->lock);
	if (s->n - s->next > 1)
		call(s, s->n - s->next - 1);
	while (s->next < s->n)
		take_one(s);
	while (s->working > 0)
		pthread_cond_wait(&s->rest, &s->lock);
	if (s->has_failed) {
		*e = s->e;
		status = -1;
	}
	s->has_failed = false;
	s->n = s->next = 0;
	pthread_mutex_unlock(&s->lock);
	return status;
}

int
sync_all(const struct sync_file *file, size_t n, struct err *e)
{
	struct sync *s = sync_open();
	int status;

	for (size_t i = 0; i < n; i++)
		sync_add(s, file[i]);
	status = sync_wait(s, e);
	sync_close(s);
	return status;
}

/* Three of four descriptors are for all else that a process has open. */
static void
limit(struct sync *s)
{
	long open_max = sysconf(_SC_OPEN_MAX);

	s->threads_max = THREADS;
	s->waiting_max = WAITING;
	if (open_max == -1 || open_max / 4 >= THREADS + WAITING)
		return;
	s->threads_max = s->waiting_max = (size_t)open_max / 8 + 1;
	if (s->threads_max > THREADS)
		s->threads_max = THREADS;
}

/* So many more threads are to work, those that have nothing to do first. */
static void
call(struct sync *s, size_t n)
{
	size_t idle = s->idle;

	for (; n > 0 && idle > 0; n--, idle--)
		pthread_cond_signal(&s->more);
	for (; n > 0 && s->threads < s->threads_max; n--)
		start(s);
}

/* Signals that are blocked here are so in the thread made meanwhile. */
static void
start(struct sync *s)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&s->thread[s->threads], NULL, serve, s) == 0)
		s->threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void *
serve(void *self)
{
	struct sync *s = self;

	pthread_mutex_lock(&s->lock);
	while (s->next < s->n || !s->is_over) {
		if (s->next < s->n) {
			take_one(s);
			continue;
		}
		s->idle++;
		pthread_cond_wait(&s->more, &s->lock);
		s->idle--;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/*
 * With the lock held, which it gives up meanwhile.  After one that failed the
 * others are not synced, only closed; files are taken in their order, so that
 * one before it has been tried.
 */
static void
take_one(struct sync *s)
{
	size_t i = s->next++;
	struct sync_file file = s->file[i];
	struct err e;
	bool is_vain = s->has_failed;
	int status = 0;

	s->working++;
	pthread_mutex_unlock(&s->lock);
	if (!is_vain)
		status = file_sync(file.fd, file.name, &e);
	if (file.closes && close(file.fd) == -1 && status == 0)
		status = err_sys(&e, ERR_IO, "%s", file.name);
	pthread_mutex_lock(&s->lock);
	s->working--;
	if (status == -1) {
		if (!s->has_failed || i < s->failed) {
			s->failed = i;
			s->e = e;
		}
		s->has_failed = true;
	}
	if (s->working == 0)
		pthread_cond_signal(&s->rest);
}
