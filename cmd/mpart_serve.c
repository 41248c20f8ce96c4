/*
 * mfetch wants the network, and its password-command who knows what: all that
 * the sandbox takes from mpart.  So a process that stays outside runs it, one
 * for all names, so that it logs in once; see mfetch_frame.c for what it says.
 * The process takes from mpart, one at a time, a URL and a NUL, where the URL
 * is one of the operands (with -i, any), and answers with mfetch's bytes in
 * pieces, each its size and its bytes; then a size of 0 and the status.
 */
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
#define LINE_MAX_BYTES (8 * URL_MAX) /* that mfetch says of one */
#define PIECE (32 * 1024)

/* mfetch, as long as it runs. */
struct link {
	const struct mpart *part;
	const char *program;
	int mpart; /* our end of the socket */
	pid_t pid; /* 0: not running */
	int fd;
	struct buf held; /* what it said */
	size_t used;	 /* of that */
};

static int take_request(int fd, struct buf *);
static bool is_allowed(struct mpart *, const char *url);
static int answer(struct link *, const char *url, int *status);
static int urls_of(const struct mpart *, const char *name, struct buf *first,
    struct buf *second);
static void put_url(struct url *, const char *section, struct buf *);
static int fetch(struct link *, struct span name, int *status);
static int start(struct link *);
static int take_line(struct link *, struct span *line);
static bool number_of(struct span line, const char *key, uint64_t *);
static int relay(struct link *, uint64_t n);
static int put_piece(struct link *, struct span);
static int fill(struct link *);
static int has_ended(struct link *, int *status);
static void end(struct link *, bool at_once, int *status);

/* Until mpart is gone, or does what it never does. */
_Noreturn void
mpart_serve(struct mpart *p, const char *self, int fd)
{
	struct link link = {.part = p, .mpart = fd};
	struct buf program = {0}, url = {0};
	int null = open("/dev/null", O_RDWR), status = 0;

	/* who reads mpart's output waits for nobody else's end */
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		_exit(ERR_OS);
	option_sibling(self, MPART_NAME, "mfetch", &program);
	link.program = buf_cstr(&program);
	while (take_request(fd, &url) == 0 && is_allowed(p, url.p)) {
		if (answer(&link, url.p, &status) == -1 ||
		    put_piece(&link, SPAN("")) == -1 ||
		    file_write(fd, span_at(&status, sizeof status), "",
			&(struct err){0}) == -1)
			break;
	}
	end(&link, false, &status);
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

/* -1 where mpart is gone. */
static int
answer(struct link *l, const char *url, int *status)
{
	struct buf first = {0}, second = {0};
	int done = urls_of(l->part, url, &first, &second);

	*status = 0;
	if (done == 0)
		done = fetch(l, buf_view(&first), status);
	if (done == 0 && *status == 0 && second.n > 0)
		done = fetch(l, buf_view(&second), status);
	if (done == -1)
		end(l, true, status);
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

	if (!mpart_url_is_imap(name)) {
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

/* 0 with the status that mfetch gave it; -1 where mpart is gone. */
static int
fetch(struct link *l, struct span name, int *status)
{
	struct span line;
	uint64_t number;
	struct err e;
	int got;

	if (l->pid == 0 && start(l) == -1) {
		*status = RUN_CANNOT_EXEC;
		return 0;
	}
	/* one that has gone is seen when its answer is waited for */
	if (file_write(l->fd, name, "", &e) == 0)
		(void)file_write(l->fd, span_at("", 1), "", &e);
	got = take_line(l, &line);
	if (got != 1)
		return got == 0 ? has_ended(l, status) : -1;
	if (number_of(line, "\"size\":", &number)) {
		got = relay(l, number);
		return got == 0 ? has_ended(l, status) : got == 1 ? 0 : -1;
	}
	*status = number_of(line, "\"status\":", &number) && number > 0 &&
	    number < RUN_CANNOT_EXEC ? (int)number : ERR_SOFTWARE;
	return 0;
}

static int
start(struct link *l)
{
	const struct account_options *a = &l->part->common.account;
	const char **argv = mem_alloc(2 * a->n_set + 16, sizeof *argv);
	size_t n = 1 + option_pass(&l->part->common, argv + 1);
	struct err e;
	int status;

	argv[0] = l->program;
	argv[n++] = "-0ij";
	argv[n++] = "-t";
	argv[n++] = "-";
	argv[n] = NULL;
	status = run_partner(argv, &l->fd, &l->pid, &e);
	if (status == -1)
		l->pid = 0;
	free(argv);
	return status;
}

/* 1 with what mfetch says of a name, 0 where it has ended, -1. */
static int
take_line(struct link *l, struct span *line)
{
	struct span here;
	size_t nul;
	int got;

	for (;;) {
		here = span_from(buf_view(&l->held), l->used);
		nul = span_chr(here, '\0');
		if (nul != SPAN_NONE)
			break;
		if (here.n > LINE_MAX_BYTES)
			return 0;
		got = fill(l);
		if (got != 1)
			return got;
	}
	*line = span_sub(here, 0, nul);
	l->used += nul + 1;
	return 1;
}

/* A quote within a name is escaped, so that no name has the key in it. */
static bool
number_of(struct span line, const char *key, uint64_t *number)
{
	size_t n = strlen(key), digits = 0;

	while (line.n > n && !span_starts(line, span_of(key)))
		line = span_from(line, 1);
	line = span_from(line, n < line.n ? n : line.n);
	while (digits < line.n && ascii_digit(line.p[digits]))
		digits++;
	return span_num(span_sub(line, 0, digits), UINT64_MAX, number);
}

/* 1 when mpart has so many bytes, 0 where mfetch has ended, -1. */
static int
relay(struct link *l, uint64_t n)
{
	struct span here;
	int got;

	while (n > 0) {
		here = span_from(buf_view(&l->held), l->used);
		if (here.n > n)
			here = span_sub(here, 0, (size_t)n);
		if (here.n > 0 && put_piece(l, here) == -1)
			return -1;
		l->used += here.n;
		n -= here.n;
		if (n > 0 && (got = fill(l)) != 1)
			return got;
	}
	return 1;
}

static int
put_piece(struct link *l, struct span bytes)
{
	const uint32_t n = (uint32_t)bytes.n;
	struct err e;

	if (file_write(l->mpart, span_at(&n, sizeof n), "", &e) == -1)
		return -1;
	return file_write(l->mpart, bytes, "", &e);
}

/* More of what mfetch says: 1, 0 at its end, -1 where mpart is gone. */
static int
fill(struct link *l)
{
	struct pollfd wait[2] = {{l->fd, POLLIN, 0}, {l->mpart, POLLIN, 0}};
	ssize_t got;

	buf_drop(&l->held, l->used);
	l->used = 0;
	for (;;) {
		if (poll(wait, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (wait[1].revents != 0)
			return -1;
		got = read(l->fd, buf_room(&l->held, PIECE), PIECE);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		buf_grew(&l->held, (size_t)got);
		return 1;
	}
}

/* It is run anew for the next name. */
static int
has_ended(struct link *l, int *status)
{
	end(l, false, status);
	if (*status == 0)
		*status = ERR_SOFTWARE;
	return 0;
}

static void
end(struct link *l, bool at_once, int *status)
{
	struct err e;

	if (l->pid == 0)
		return;
	if (at_once)
		kill(l->pid, SIGTERM);
	close(l->fd);
	if (run_end(l->pid, status, &e) == -1)
		*status = ERR_OS;
	l->pid = 0;
	buf_free(&l->held);
	l->used = 0;
}
