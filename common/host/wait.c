#include <sys/select.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "host/clock.h"
#include "host/wait.h"

#define TURN_MS 1000 /* between questions where a wait can miss a signal */
#define LONGEST_MS (24 * 60 * 60 * 1000) /* that a system is asked to wait */

static int wait_once(int fd, short events, int64_t left_ms,
    const sigset_t *mask);
static int select_once(int fd, short events, int64_t left_ms,
    const sigset_t *mask);

int
wait_fd(int fd, short events, int64_t until_ms, bool (*stop)(void),
    struct err *e)
{
	sigset_t held, before;
	int64_t left_ms;
	int ready;

	/* from the question to the wait no signal's handler runs */
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &held, &before);
	do {
		left_ms = until_ms == WAIT_NEVER ? LONGEST_MS :
		    until_ms - clock_mono_ms();
		if (left_ms > LONGEST_MS)
			left_ms = LONGEST_MS;
		if (stop != NULL && stop())
			ready = err_set(e, ERR_TEMP, "interrupted");
		else if ((ready = wait_once(fd, events,
			     left_ms < 0 ? 0 : left_ms, &before)) == -1)
			ready = errno == EINTR || errno == EAGAIN ? 0 :
			    err_sys(e, ERR_OS, "waiting");
	} while (ready == 0 && left_ms > 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ready;
}

bool
wait_is_unread(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

static int
wait_once(int fd, short events, int64_t left_ms, const sigset_t *mask)
{
	struct pollfd p = {.fd = fd, .events = events};

	if (fd < (int)FD_SETSIZE)
		return select_once(fd, events, left_ms, mask);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
	return poll(&p, 1, left_ms > TURN_MS ? TURN_MS : (int)left_ms);
}

static int
select_once(int fd, short events, int64_t left_ms, const sigset_t *mask)
{
	struct timespec left = {.tv_sec = left_ms / 1000,
	    .tv_nsec = left_ms % 1000 * 1000000};
	fd_set in, out;
	int ready;

	FD_ZERO(&in);
	FD_ZERO(&out);
	if (fd >= 0 && (events & POLLIN) != 0)
		FD_SET(fd, &in);
	if (fd >= 0 && (events & POLLOUT) != 0)
		FD_SET(fd, &out);
	ready = pselect(fd + 1, &in, &out, NULL, &left, mask);
	return ready > 0 ? 1 : ready;
}
