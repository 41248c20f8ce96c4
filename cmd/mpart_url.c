/*
 * mfetch wants the network, and its password-command who knows what: all that
 * the sandbox takes from mpart.  So a process that stays outside runs it.  It
 * takes from mpart, one at a time, a URL and a NUL, where the URL is one of the
 * operands (with -i, any), and answers with mfetch's output in pieces, each
 * its size and its bytes; then a size of 0 and the exit status.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/run.h"
#include "mpart.h"
#include "text/url.h"

#define URL_MAX (64 * 1024)
#define PIECE (32 * 1024)
#define CANNOT_RUN 127
#define SIGNALLED 128

static bool is_imap(const char *name);
static bool is_needed(const struct mpart *);
static _Noreturn void serve(struct mpart *, const char *self, int fd);
static int take_request(int fd, struct buf *);
static bool is_allowed(struct mpart *, const char *url);
static int run_mfetch(const struct mpart *, const char *program,
    const char *url, int fd, int *status);
static int urls_of(const struct mpart *, const char *name, struct buf *first,
    struct buf *second);
static void put_url(struct url *, const char *section, struct buf *);
static size_t make_argv(const struct mpart *, const char **argv);
static int relay(int from, int fd);
static int check(const struct mpart *, const char *name, bool *is_part,
    struct err *);
static void give_header(struct buf *);
static int take(int fd, void *bytes, size_t n, struct err *);

bool
mpart_url_is(const char *name)
{
	return is_imap(name) || name[0] == '@';
}

const char *
mpart_url_section(const struct mpart *p, const char *url)
{
	struct span rest = span_of(p->section), piece;
	struct url u;
	bool is_whole;

	/* what a signature covers is cut out here, and files in texts */
	if (p->mode != MPART_PART || p->is_raw || p->is_uu || !is_imap(url) ||
	    url_parse(span_of(url), &u, &(struct err){0}) == -1)
		return NULL;
	is_whole = u.section == NULL;
	url_free(&u);
	/* our index of a container is no section of IMAP's */
	while (span_cut(&rest, '.', &piece) == 1)
		is_whole = is_whole && piece.p[0] != '0';
	return is_whole ? p->section : NULL;
}

int
mpart_url_start(struct mpart *p, const char *self, struct err *e)
{
	int ends[2];
	pid_t pid;

	if (!is_needed(p))
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		return err_sys(e, ERR_OS, "socketpair");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		serve(p, self, ends[1]);
	}
	if (pid == -1)
		err_sys(e, ERR_OS, "fork");
	close(ends[1]);
	p->server = ends[0];
	return pid == -1 ? -1 : 0;
}

int
mpart_url_read(struct mpart *p, const char *url, struct buf *out,
    int *status, struct err *e)
{
	bool is_part = false;
	uint32_t n = 0;

	if ((is_imap(url) && check(p, url, &is_part, e) == -1) ||
	    file_write(p->server, span_at(url, strlen(url) + 1), "mfetch",
		e) == -1)
		return -1;
	do {
		if (take(p->server, &n, sizeof n, e) == -1 ||
		    take(p->server, buf_room(out, n), n, e) == -1)
			return -1;
		buf_grew(out, n);
	} while (n > 0);
	if (take(p->server, status, sizeof *status, e) == -1)
		return -1;
	if (*status == CANNOT_RUN)
		return err_set(e, ERR_OS, "mfetch cannot be run");
	if (*status > SIGNALLED)
		return err_set(e, ERR_SOFTWARE, "mfetch: signal %d",
		    *status - SIGNALLED);
	/* some servers say so of a section that is not there */
	if (*status == 0 && out->n == 0)
		return err_set(e, ERR_NOINPUT, "the server has nothing there");
	if (is_part && out->n > 0 && out->p[0] == '\n')
		give_header(out);
	return 0;
}

void
mpart_url_end(struct mpart *p)
{
	if (p->server != -1)
		close(p->server);
	p->server = -1;
}

static bool
is_imap(const char *name)
{
	return span_istarts(span_of(name), SPAN("imap://")) ||
	    span_istarts(span_of(name), SPAN("imaps://"));
}

static bool
is_needed(const struct mpart *p)
{
	for (char **name = p->names.operand; *name != NULL; name++)
		if (mpart_url_is(*name))
			return true;
	return p->names.from_stdin;
}

/* Until mpart is gone, or does what it never does. */
static _Noreturn void
serve(struct mpart *p, const char *self, int fd)
{
	struct buf program = {0}, url = {0};
	int null = open("/dev/null", O_RDWR), status;

	/* who reads mpart's output waits for nobody else's end */
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		_exit(ERR_OS);
	option_sibling(self, MPART_NAME, "mfetch", &program);
	while (take_request(fd, &url) == 0 && is_allowed(p, url.p)) {
		if (run_mfetch(p, buf_cstr(&program), url.p, fd,
			&status) == -1 ||
		    file_write(fd, span_at(&status, sizeof status), "",
			&(struct err){0}) == -1)
			break;
	}
	_exit(0);
}

/* A URL with its NUL. */
static int
take_request(int fd, struct buf *url)
{
	ssize_t got;

	buf_cut(url, 0);
	while (url->n == 0 || url->p[url->n - 1] != '\0') {
		got = read(fd, buf_room(url, PIECE), PIECE);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0 || url->n > URL_MAX)
			return -1;
		buf_grew(url, (size_t)got);
	}
	return 0;
}

/* The operands are asked for in their order. */
static bool
is_allowed(struct mpart *p, const char *url)
{
	if (p->names.from_stdin)
		return mpart_url_is(url);
	while (*p->names.operand != NULL)
		if (strcmp(*p->names.operand++, url) == 0)
			return true;
	return false;
}

static int
run_mfetch(const struct mpart *p, const char *program, const char *url,
    int fd, int *status)
{
	const struct account_options *a = &p->common.account;
	const char **argv = mem_alloc(2 * a->n_set + 16, sizeof *argv);
	struct buf first = {0}, second = {0};
	size_t n = make_argv(p, argv);
	int from, done = urls_of(p, url, &first, &second);
	struct err e;
	pid_t pid;

	argv[0] = program;
	argv[n++] = buf_cstr(&first);
	argv[n] = second.n > 0 ? buf_cstr(&second) : NULL;
	if (done == 0)
		done = run_program(argv, &from, &pid, &e);
	if (done == 0) {
		done = relay(from, fd);
		close(from);
		if (done == -1)
			kill(pid, SIGTERM);
		if (run_end(pid, status, &e) == -1)
			done = -1;
	}
	free(argv);
	buf_free(&first);
	buf_free(&second);
	return done;
}

/*
 * What mfetch is asked for: of an account's name, all.  A section that has no
 * header of its own comes after the one that describes it, and -H needs no
 * more than the header.
 */
static int
urls_of(const struct mpart *p, const char *name, struct buf *first,
    struct buf *second)
{
	const char *own = mpart_url_section(p, name);
	struct buf section = {0};
	struct span s;
	struct url u;

	if (!is_imap(name)) {
		buf_str(first, name);
		return 0;
	}
	if (url_parse(span_of(name), &u, &(struct err){0}) == -1)
		return -1;
	if (own != NULL)
		u.section = mem_str(own);
	s = span_of(u.section != NULL ? u.section : "");
	if (s.n == 0) {
		put_url(&u, p->mode == MPART_FIELDS ? "HEADER" : NULL, first);
	} else if (ascii_digit(s.p[s.n - 1])) {
		buf_fmt(&section, "%s.MIME", u.section);
		put_url(&u, buf_cstr(&section), first);
		put_url(&u, u.section, second);
	} else if (span_iis(span_from(s, s.n - 4), "TEXT")) {
		buf_span(&section, span_sub(s, 0, s.n - 4));
		buf_str(&section, "HEADER");
		put_url(&u, buf_cstr(&section), first);
		put_url(&u, u.section, second);
	} else {
		put_url(&u, u.section, first);
	}
	buf_free(&section);
	url_free(&u);
	return 0;
}

static void
put_url(struct url *u, const char *section, struct buf *out)
{
	struct url one = *u;

	one.section = (char *)section;
	url_format(&one, out);
}

/* All but the program and the URLs; how many there are. */
static size_t
make_argv(const struct mpart *p, const char **argv)
{
	size_t n = 1 + option_pass(&p->common, argv + 1);

	argv[n++] = "-t";
	argv[n++] = "-";
	argv[n++] = "--";
	return n;
}

/* 0 at the end of the output; -1 where mpart is gone: it asks nothing now. */
static int
relay(int from, int fd)
{
	struct pollfd wait[2] = {{from, POLLIN, 0}, {fd, POLLIN, 0}};
	char piece[PIECE];
	struct err e;
	ssize_t got;
	uint32_t n;

	for (;;) {
		if (poll(wait, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (wait[1].revents != 0)
			return -1;
		got = read(from, piece, sizeof piece);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return -1;
		n = (uint32_t)got;
		if (file_write(fd, span_at(&n, sizeof n), "", &e) == -1 ||
		    file_write(fd, span_at(piece, n), "", &e) == -1)
			return -1;
		if (n == 0)
			return 0;
	}
}

/* Before it is an argument, which others may see. */
static int
check(const struct mpart *p, const char *name, bool *is_part, struct err *e)
{
	const char *section = mpart_url_section(p, name);
	struct url u;
	int status = url_parse(span_of(name), &u, e);

	if (status == 0 && u.has_password)
		status = err_set(e, ERR_USAGE,
		    "a URL never holds a password; use password-command");
	else if (status == 0 && u.uid == 0)
		status = err_set(e, ERR_USAGE,
		    "the URL names no message (;UID=)");
	if (section == NULL)
		section = u.section;
	*is_part = section != NULL &&
	    ascii_digit(section[strlen(section) - 1]);
	url_free(&u);
	return status;
}

/* A part need not have one; then its first lines must not be taken for it. */
static void
give_header(struct buf *part)
{
	struct buf whole = {0};

	buf_str(&whole, "MIME-Version: 1.0\n");
	buf_span(&whole, buf_view(part));
	buf_free(part);
	*part = whole;
}

static int
take(int fd, void *bytes, size_t n, struct err *e)
{
	char *to = bytes;
	ssize_t got;

	while (n > 0) {
		got = read(fd, to, n);
		if (got == -1 && errno == EINTR && !option_interrupted())
			continue;
		if (got == -1 && errno == EINTR)
			return err_set(e, ERR_TEMP, "interrupted");
		if (got == -1)
			return err_sys(e, ERR_IO, "mfetch");
		if (got == 0)
			return err_set(e, ERR_SOFTWARE,
			    "mfetch: it was not run");
		to += got;
		n -= (size_t)got;
	}
	return 0;
}
