#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/run.h"

#define SECRET_MAX (64 * 1024) /* an access token may be long */
#define PIECE (16 * 1024)

struct child {
	pid_t pid;
	int in;	 /* its standard input to write to, or -1 */
	int out; /* its standard output to read from, or -1 */
};

static int start(const struct run *, bool, struct child *, struct err *);
static pid_t fork_pair(int *near, int *far, struct err *);
static _Noreturn void become(const struct run *, int in, int out);
static void default_signals(void);
static int exchange(const struct run *, struct child *, struct buf *,
    struct err *);
static int feed(struct child *, struct span *);
static int drain(const struct run *, struct child *, struct buf *, size_t,
    struct err *);
static void stop(int *fd);

int
run_command(const struct run *r, struct buf *out, int *status, struct err *e)
{
	struct child c;
	int failed, ended;

	if (start(r, out != NULL, &c, e) == -1)
		return -1;
	failed = exchange(r, &c, out, e);
	stop(&c.in);
	stop(&c.out);
	if (failed == -1) {
		kill(c.pid, SIGTERM);
		(void)run_end(c.pid, &ended, &(struct err){0});
		return -1;
	}
	return run_end(c.pid, status, e);
}

int
run_secret(const char *command, struct buf *out, struct err *e)
{
	struct run r = {.command = command, .output_max = SECRET_MAX};
	struct span rest, line;
	int status;

	/* room for all of it at once: no copy is left behind unwiped */
	buf_room(out, SECRET_MAX + PIECE);
	if (run_command(&r, out, &status, e) == -1)
		return -1;
	if (status != 0)
		return err_set(e, ERR_AUTH, "exit status %d", status);
	rest = buf_view(out);
	if (span_line(&rest, &line) == 0 || line.n == 0)
		return err_set(e, ERR_AUTH, "no output");
	mem_wipe(out->p + line.n, out->n - line.n);
	buf_cut(out, line.n);
	return 0;
}

int
run_tunnel(const char *command, int *fd, pid_t *pid, struct err *e)
{
	struct run r = {.command = command};
	int end;

	*pid = fork_pair(fd, &end, e);
	if (*pid == 0)
		become(&r, end, end);
	return *pid == -1 ? -1 : 0;
}

int
run_partner(const char *const *argv, int *fd, pid_t *pid, struct err *e)
{
	int end;

	*pid = fork_pair(fd, &end, e);
	if (*pid == 0) {
		if (dup2(end, STDIN_FILENO) == -1 ||
		    dup2(end, STDOUT_FILENO) == -1)
			_exit(RUN_CANNOT_EXEC);
		default_signals();
		execvp(argv[0], (char *const *)argv);
		_exit(RUN_CANNOT_EXEC);
	}
	return *pid == -1 ? -1 : 0;
}

int
run_program(const char *const *argv, int *out, pid_t *pid, struct err *e)
{
	int ends[2], null;

	if (pipe(ends) == -1)
		return err_sys(e, ERR_OS, "pipe");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	*pid = fork();
	if (*pid == 0) {
		null = open("/dev/null", O_RDONLY);
		if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
		    dup2(ends[1], STDOUT_FILENO) == -1)
			_exit(RUN_CANNOT_EXEC);
		default_signals();
		execvp(argv[0], (char *const *)argv);
		_exit(RUN_CANNOT_EXEC);
	}
	if (*pid == -1)
		err_sys(e, ERR_OS, "fork");
	close(ends[1]);
	if (*pid == -1) {
		close(ends[0]);
		return -1;
	}
	*out = ends[0];
	return 0;
}

int
run_end(pid_t pid, int *status, struct err *e)
{
	int raw;

	while (waitpid(pid, &raw, 0) == -1)
		if (errno != EINTR)
			return err_sys(e, ERR_OS, "wait");
	*status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
	return 0;
}

bool
run_ignores(int signal_number)
{
	struct sigaction act;

	return sigaction(signal_number, NULL, &act) == 0 &&
	    act.sa_handler == SIG_IGN;
}

static int
start(const struct run *r, bool captures, struct child *c, struct err *e)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};

	*c = (struct child){.in = -1, .out = -1};
	if (r->input.n > 0 && pipe(in) == -1)
		return err_sys(e, ERR_OS, "pipe");
	if (captures && pipe(out) == -1) {
		stop(&in[0]);
		stop(&in[1]);
		return err_sys(e, ERR_OS, "pipe");
	}
	for (int i = 0; i < 2; i++) {
		if (in[i] != -1)
			fcntl(in[i], F_SETFD, FD_CLOEXEC);
		if (out[i] != -1)
			fcntl(out[i], F_SETFD, FD_CLOEXEC);
	}
	c->pid = fork();
	if (c->pid == 0)
		become(r, in[0] != -1 ? in[0] : r->input_fd, out[1]);
	if (c->pid == -1)
		err_sys(e, ERR_OS, "fork");
	stop(&in[0]);
	stop(&out[1]);
	c->in = in[1];
	c->out = out[0];
	if (c->pid == -1) {
		stop(&c->in);
		stop(&c->out);
		return -1;
	}
	if (c->in != -1)
		fcntl(c->in, F_SETFL, O_NONBLOCK);
	return 0;
}

/* As fork; the parent has one end of a socket, the child the other. */
static pid_t
fork_pair(int *near, int *far, struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		return err_sys(e, ERR_OS, "socketpair");
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	fcntl(pair[1], F_SETFD, FD_CLOEXEC);
	pid = fork();
	*near = pair[0];
	*far = pair[1];
	if (pid == -1) {
		err_sys(e, ERR_OS, "fork");
		close(*near);
	}
	if (pid != 0)
		close(*far);
	return pid;
}

/* The child: in is 0 or less for /dev/null, out -1 for standard error. */
static _Noreturn void
become(const struct run *r, int in, int out)
{
	size_t n = 0;
	const char **argv;
	struct buf script = {0};

	while (r->args != NULL && r->args[n] != NULL)
		n++;
	if (in <= 0)
		in = open("/dev/null", O_RDONLY);
	if (out == -1)
		out = STDERR_FILENO;
	if (in == -1 || dup2(in, STDIN_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1)
		_exit(RUN_CANNOT_EXEC);
	default_signals();
	unsetenv("SATCHEL_PASSWORD");
	buf_fmt(&script, "%s \"$@\"", r->command);
	argv = mem_alloc(n + 5, sizeof *argv);
	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = buf_cstr(&script);
	argv[3] = "sh";
	for (size_t i = 0; i < n; i++)
		argv[4 + i] = r->args[i];
	execv("/bin/sh", (char *const *)argv);
	_exit(RUN_CANNOT_EXEC);
}

static void
default_signals(void)
{
	signal(SIGPIPE, SIG_DFL);
	if (!run_ignores(SIGINT))
		signal(SIGINT, SIG_DFL);
	/* by which we end it */
	signal(SIGTERM, SIG_DFL);
}

/* Feeds and drains side by side, so that neither end can block the other. */
static int
exchange(const struct run *r, struct child *c, struct buf *out, struct err *e)
{
	struct span left = r->input;
	size_t start_n = out == NULL ? 0 : out->n;

	while (c->in != -1 || c->out != -1) {
		struct pollfd p[2] = {{c->in, POLLOUT, 0}, {c->out, POLLIN, 0}};

		if (poll(p, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			return err_sys(e, ERR_OS, "poll");
		}
		if (p[0].revents != 0 && feed(c, &left) == -1)
			return err_sys(e, ERR_IO, "%s", r->command);
		if (p[1].revents != 0 && drain(r, c, out, start_n, e) == -1)
			return -1;
	}
	return 0;
}

/* A command that does not read all of its input is its own affair. */
static int
feed(struct child *c, struct span *left)
{
	ssize_t put = write(c->in, left->p, left->n);

	if (put == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (put == -1 && errno != EPIPE)
		return -1;
	if (put != -1)
		*left = span_from(*left, (size_t)put);
	if (put == -1 || left->n == 0)
		stop(&c->in);
	return 0;
}

static int
drain(const struct run *r, struct child *c, struct buf *out, size_t start_n,
    struct err *e)
{
	ssize_t got = read(c->out, buf_room(out, PIECE), PIECE);

	if (got == -1 && errno == EINTR)
		return 0;
	if (got == -1)
		return err_sys(e, ERR_IO, "%s", r->command);
	if (got == 0) {
		stop(&c->out);
		return 0;
	}
	buf_grew(out, (size_t)got);
	if (out->n - start_n > r->output_max)
		return err_set(e, ERR_DATA, "over %zu bytes of output",
		    r->output_max);
	return 0;
}

static void
stop(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}
