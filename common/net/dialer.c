#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "host/run.h"
#include "host/wait.h"
#include "net/address.h"
#include "net/dialer.h"

#define ANSWER_MAX (ERR_TEXT + 16)
#define LATE_MS 5000 /* the program itself sees to the time-out */

static int ask(const struct server *, int far, struct err *);
static int hear(const struct server *, int far, struct buf *, int *fd,
    struct err *);
static ssize_t take(int far, struct buf *, int *fd);
static int pass_on(struct span answer, int fd, struct err *);

int
dialer_connect(const struct server *srv, int *fd, struct err *e)
{
	const char *program = srv->dialer == NULL ? DIALER_NAME : srv->dialer;
	const char *const argv[] = {program, NULL};
	struct buf answer = {0};
	int far, status, rc;
	struct err ignored;
	pid_t pid;

	*fd = -1;
	if (run_partner(argv, &far, &pid, e) == -1)
		return -1;
	rc = ask(srv, far, e);
	if (rc == 0)
		rc = hear(srv, far, &answer, fd, e);
	close(far);
	if (rc == -1)
		kill(pid, SIGKILL); /* it has nothing to leave whole */
	if (run_end(pid, &status, &ignored) == -1)
		status = -1;
	if (rc == 0 && answer.n == 0)
		rc = err_set(e, ERR_OS, status == RUN_CANNOT_EXEC ?
		    "%s cannot be run" : "%s has failed", program);
	else if (rc == 0)
		rc = pass_on(buf_view(&answer), *fd, e);
	buf_free(&answer);
	if (rc == -1 && *fd != -1)
		close(*fd);
	return rc;
}

/* That it has gone is seen when its answer is waited for. */
static int
ask(const struct server *srv, int far, struct err *e)
{
	struct buf said = {0};
	struct err ignored;
	int rc = address_host(srv, &said, e);

	if (rc == 0) {
		buf_fmt(&said, "\n%u\n", srv->port);
		if (srv->proxy != NULL)
			buf_fmt(&said, "=%s", srv->proxy);
		buf_fmt(&said, "\n%d\n", srv->timeout_ms);
		(void)file_write(far, buf_view(&said), "", &ignored);
		shutdown(far, SHUT_WR);
	}
	buf_wipe(&said);
	return rc;
}

static int
hear(const struct server *srv, int far, struct buf *answer, int *fd,
    struct err *e)
{
	int64_t until_ms = wire_until(srv->timeout_ms);
	ssize_t got;
	int ready;

	if (until_ms != WIRE_NEVER)
		until_ms += LATE_MS;
	do {
		ready = wait_fd(far, POLLIN, until_ms, srv->stop, e);
		if (ready == 0)
			return err_set(e, ERR_TEMP, "timed out");
		if (ready == -1)
			return -1;
		got = take(far, answer, fd);
		if (got == -1 && errno == ECONNRESET)
			return 0; /* gone before it took the question */
		if (got == -1 && errno != EINTR)
			return err_sys(e, ERR_OS, DIALER_NAME);
	} while (got != 0 && answer->n < ANSWER_MAX);
	return 0;
}

/* The descriptor comes with the answer's first byte. */
static ssize_t
take(int far, struct buf *answer, int *fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec io = {buf_room(answer, ANSWER_MAX), ANSWER_MAX};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *c;
	ssize_t got;

	got = recvmsg(far, &m, 0);
	if (got == -1)
		return -1;
	buf_grew(answer, (size_t)got);
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && *fd == -1)
		memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return got;
}

static int
pass_on(struct span answer, int fd, struct err *e)
{
	struct span kind, text = answer;
	uint64_t n;

	if (span_cut(&text, ' ', &kind) == 0 ||
	    !span_num(kind, ERR_CONFIG, &n) ||
	    (n != ERR_NONE && n < ERR_USAGE) || (n == ERR_NONE) != (fd != -1))
		return err_set(e, ERR_SOFTWARE, "%s: a strange answer",
		    DIALER_NAME);
	if (n != ERR_NONE)
		return err_set(e, (enum err_kind)n, "%.*s", (int)text.n,
		    text.p);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "connection");
	return 0;
}
