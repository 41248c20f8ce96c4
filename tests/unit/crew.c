#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "host/crew.h"
#include "unit.h"

#define PIECES 10000
#define ROUNDS 300

struct job {
	size_t result[CREW_SLOTS]; /* of the piece in the slot, plus 1 */
	size_t taken, enough;
	bool is_wrong, is_roomless;
	pthread_mutex_t lock;
	size_t done;
	atomic_flag is_seated[CREW_SEATS];
};

static void
work(void *arg, size_t piece, size_t slot, size_t seat)
{
	struct job *j = arg;

	if (atomic_flag_test_and_set(&j->is_seated[seat]))
		j->is_wrong = true;
	/* nobody else's result may be in the slot still */
	if (j->result[slot] != 0)
		j->is_wrong = true;
	j->result[slot] = piece + 1;
	pthread_mutex_lock(&j->lock);
	/* this one was begun for it is the next, and no other with it */
	if (j->is_roomless && j->done != piece)
		j->is_wrong = true;
	j->done++;
	pthread_mutex_unlock(&j->lock);
	atomic_flag_clear(&j->is_seated[seat]);
}

static bool
take(void *arg, size_t piece, size_t slot)
{
	struct job *j = arg;

	if (piece != j->taken || j->result[slot] != piece + 1)
		j->is_wrong = true;
	j->result[slot] = 0;
	return ++j->taken < j->enough;
}

static bool
has_room(void *arg)
{
	(void)arg;
	return false;
}

static struct job
run(size_t n, size_t enough, bool is_roomless)
{
	struct job j = {.enough = enough, .is_roomless = is_roomless,
	    .lock = PTHREAD_MUTEX_INITIALIZER};
	struct crew crew = {.n = n, .work = work, .take = take,
	    .has_room = is_roomless ? has_room : NULL, .arg = &j};

	crew_run(&crew);
	return j;
}

START_TEST(takes_all_in_order)
{
	static const size_t counts[] = {0, 1, 2, CREW_SLOTS - 1, CREW_SLOTS,
	    CREW_SLOTS + 1, PIECES};
	struct job j = run(counts[_i], SIZE_MAX, false);

	ck_assert_uint_eq(j.taken, counts[_i]);
	ck_assert_uint_eq(j.done, counts[_i]);
	ck_assert(!j.is_wrong);
}
END_TEST

START_TEST(stops_when_there_is_enough)
{
	struct job j = run(PIECES, 100, false);

	ck_assert_uint_eq(j.taken, 100);
	/* what was begun by then is all that was done */
	ck_assert_uint_le(j.done, 100 + CREW_SLOTS);
	ck_assert(!j.is_wrong);
}
END_TEST

START_TEST(begins_one_at_a_time_without_room)
{
	struct job j = run(PIECES, SIZE_MAX, true);

	ck_assert_uint_eq(j.taken, PIECES);
	ck_assert_uint_eq(j.done, PIECES);
	ck_assert(!j.is_wrong);
}
END_TEST

/* Those that wait for room are told when there is nothing left to begin. */
START_TEST(no_thread_is_left_waiting)
{
	struct job j;

	for (int i = 0; i < ROUNDS; i++) {
		j = run(CREW_SEATS, SIZE_MAX, true);
		ck_assert_uint_eq(j.taken, CREW_SEATS);
		ck_assert(!j.is_wrong);
	}
}
END_TEST

static void
work_unsignalled(void *arg, size_t piece, size_t slot, size_t seat)
{
	struct job *j = arg;
	sigset_t blocked;

	(void)piece;
	(void)slot;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	pthread_mutex_lock(&j->lock);
	if ((sigismember(&blocked, SIGTERM) == 1) != (seat != 0))
		j->is_wrong = true;
	pthread_mutex_unlock(&j->lock);
}

static bool
take_any(void *arg, size_t piece, size_t slot)
{
	(void)arg;
	(void)piece;
	(void)slot;
	return true;
}

/* Also afterwards. */
START_TEST(signals_come_to_the_caller_alone)
{
	struct job j = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct crew crew = {.n = PIECES, .work = work_unsignalled,
	    .take = take_any, .arg = &j};
	sigset_t blocked;

	crew_run(&crew);
	ck_assert(!j.is_wrong);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	ck_assert_int_eq(sigismember(&blocked, SIGTERM), 0);
}
END_TEST

/* A hang is ended by the time that a process of its own has. */
int
main(void)
{
	Suite *s = suite_create("crew");

	unit_each(s, takes_all_in_order, 7);
	unit_test(s, stops_when_there_is_enough);
	unit_test(s, begins_one_at_a_time_without_room);
	unit_test(s, no_thread_is_left_waiting);
	unit_test(s, signals_come_to_the_caller_alone);
	return unit_main_fork(s);
}
