/*
 * connections: the work of a run in several processes, each with a session and
 * a share of the messages.  The spool's locks see to it that each message is
 * one's alone.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "msend.h"

#define SHARES_MAX 16

static pid_t start(struct msend *, const struct share_work *, unsigned i,
    unsigned n);
static void await(struct msend *, const pid_t *, unsigned n);
static int wait_for(const pid_t *, unsigned n, unsigned i);

unsigned
share_count(const struct msend *m)
{
	int64_t n = account_number(m->account, "connections", CONF_SEND, 1);

	return n < 1 ? 1 : n > SHARES_MAX ? SHARES_MAX : (unsigned)n;
}

void
share_run(struct msend *m, const struct share_work *work, unsigned n)
{
	pid_t pid[SHARES_MAX];
	unsigned started = 0;
	struct err e;

	if (n == 1) {
		work->run(m, work->arg, 0, 1);
		return;
	}
	if (output_flush(&m->out, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	while (started < n &&
	    (pid[started] = start(m, work, started, n)) != -1)
		started++;
	if (started < n) {
		err_sys(&e, ERR_OS, "fork");
		report_err(m, NULL, &e);
	}
	await(m, pid, started);
}

static pid_t
start(struct msend *m, const struct share_work *work, unsigned i, unsigned n)
{
	pid_t pid = fork();
	struct err e;

	if (pid != 0)
		return pid;
	option_heed(SIGTERM); /* see wait_for */
	m->status = 0;
	m->progress = (struct progress){0};
	work->run(m, work->arg, i, n);
	links_close(m);
	if (output_flush(&m->out, &e) == -1)
		report_err(m, NULL, &e);
	_exit(m->status);
}

/* Of their exit statuses the gravest. */
static void
await(struct msend *m, const pid_t *pid, unsigned n)
{
	int status;

	for (unsigned i = 0; i < n; i++) {
		status = wait_for(pid, n, i);
		if (status == -1 && !option_interrupted())
			status = ERR_SOFTWARE;
		if (status > 0)
			report_status(m, status);
	}
}

/* A signal that was for us alone is theirs too. */
static int
wait_for(const pid_t *pid, unsigned n, unsigned i)
{
	int status;

	while (waitpid(pid[i], &status, 0) == -1) {
		if (errno != EINTR)
			return -1;
		for (unsigned k = i; k < n && option_interrupted(); k++)
			kill(pid[k], SIGTERM);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
