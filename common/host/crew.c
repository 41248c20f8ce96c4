#include <pthread.h>
#include <signal.h>

#include "host/crew.h"

#define THREADS (CREW_SEATS - 1) /* a disk serves no more at once */

/* The lock is for all that changes. */
struct shift {
	const struct crew *crew;
	pthread_mutex_t lock;
	pthread_cond_t done; /* a piece is */
	pthread_cond_t room; /* for another to be begun, or none is left */
	size_t begun, taken;  /* pieces */
	size_t seats;	      /* that are taken, beside the caller's */
	bool is_done[CREW_SLOTS];
	bool is_enough;
};

static size_t start(struct shift *, pthread_t *);
static void take_all(struct shift *);
static void *work_some(void *);
static bool begin(struct shift *, bool is_waiting, size_t *piece);
static bool is_full(const struct shift *);
static void work(struct shift *, size_t piece, size_t seat);

void
crew_run(const struct crew *crew)
{
	struct shift s = {.crew = crew};
	pthread_t thread[THREADS];
	size_t n;

	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.done, NULL);
	pthread_cond_init(&s.room, NULL);
	n = crew->n > 1 ? start(&s, thread) : 0;
	take_all(&s);
	while (n > 0)
		pthread_join(thread[--n], NULL);
	pthread_cond_destroy(&s.room);
	pthread_cond_destroy(&s.done);
	pthread_mutex_destroy(&s.lock);
}

/* Signals that are blocked here are so in the threads made meanwhile. */
static size_t
start(struct shift *s, pthread_t *thread)
{
	sigset_t all, before;
	size_t n = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (n < THREADS && n < s->crew->n &&
	    pthread_create(&thread[n], NULL, work_some, s) == 0)
		n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

/* While the next piece is not done, this thread begins one too. */
static void
take_all(struct shift *s)
{
	size_t i, piece;
	bool is_enough = false;

	for (i = 0; i < s->crew->n && !is_enough; i++) {
		pthread_mutex_lock(&s->lock);
		while (!s->is_done[i % CREW_SLOTS]) {
			if (!begin(s, false, &piece)) {
				pthread_cond_wait(&s->done, &s->lock);
				continue;
			}
			pthread_mutex_unlock(&s->lock);
			work(s, piece, 0);
			pthread_mutex_lock(&s->lock);
		}
		pthread_mutex_unlock(&s->lock);
		is_enough = !s->crew->take(s->crew->arg, i, i % CREW_SLOTS);
		pthread_mutex_lock(&s->lock);
		s->is_done[i % CREW_SLOTS] = false;
		s->taken++;
		s->is_enough = is_enough;
		if (is_enough)
			pthread_cond_broadcast(&s->room);
		else
			pthread_cond_signal(&s->room);
		pthread_mutex_unlock(&s->lock);
	}
}

static void *
work_some(void *self)
{
	struct shift *s = self;
	size_t piece, seat;
	bool is_begun;

	pthread_mutex_lock(&s->lock);
	seat = ++s->seats;
	pthread_mutex_unlock(&s->lock);
	for (;;) {
		pthread_mutex_lock(&s->lock);
		is_begun = begin(s, true, &piece);
		pthread_mutex_unlock(&s->lock);
		if (!is_begun)
			return NULL;
		work(s, piece, seat);
	}
}

/* False where no piece is left, or none that there is a slot for now. */
static bool
begin(struct shift *s, bool is_waiting, size_t *piece)
{
	while (is_waiting && !s->is_enough && s->begun < s->crew->n &&
	    is_full(s))
		pthread_cond_wait(&s->room, &s->lock);
	if (s->is_enough || s->begun == s->crew->n || is_full(s))
		return false;
	*piece = s->begun++;
	if (s->begun == s->crew->n)
		pthread_cond_broadcast(&s->room);
	return true;
}

/* The piece that is to be taken next is begun in any case. */
static bool
is_full(const struct shift *s)
{
	const struct crew *crew = s->crew;
	size_t n = s->begun - s->taken;

	return n == CREW_SLOTS || (n > 0 && crew->has_room != NULL &&
	    !crew->has_room(crew->arg));
}

static void
work(struct shift *s, size_t piece, size_t seat)
{
	s->crew->work(s->crew->arg, piece, piece % CREW_SLOTS, seat);
	pthread_mutex_lock(&s->lock);
	s->is_done[piece % CREW_SLOTS] = true;
	pthread_cond_signal(&s->done);
	pthread_mutex_unlock(&s->lock);
}
