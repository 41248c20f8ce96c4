/*
 * mfetch wants the network, and its password-command who knows what: all that
 * the sandbox takes from mpart.  So a process that stays outside runs it, one
 * for all names, so that it logs in once; see mfetch_frame.c for what it says.
 * The process takes from mpart URLs, each with a NUL, where each is one of the
 * operands (with -i, any), and answers in their order with mfetch's bytes in
 * pieces, each its size and its bytes; then a size of 0 and the status.
 *
 * Many are on their way at once, for mfetch asks the server for all it has
 * heard of in one flight.  Who may wait for whom:
 *
 *	mpart	for us, to read; it says only what is taken at once
 *	we	for mfetch, to read, and for mpart, to read; to both we say
 *		only what is taken at once, but to mpart where much waits for it
 *	mfetch	for the server, or us, to read and to write
 *
 * mpart reads, or works, or waits for its reader: so a full pipe makes all
 * before it wait, and no circle.  Much is held for mpart, as a server that
 * has to wait itself may answer in another order than it was asked.  Where
 * mfetch ends, what it was told and did not answer is told to the next one.
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
#define ASKED_MAX (4 * URL_MAX) /* bytes of URLs; more wait outside */
#define HELD_MAX (16 << 20) /* bytes of answers that mpart does not take yet */
#define LINE_MAX_BYTES (8 * URL_MAX) /* that mfetch says of one */
#define PIECE (32 * 1024)

struct link {
	struct mpart *part;
	const char *program;
	int mpart; /* our end of the socket */
	struct buf asked; /* URLs, each with its NUL, that have no answer yet */
	size_t allowed;	  /* so much of them may be asked for */
	size_t named;	  /* and so much is asked for */
	struct buf answers; /* for mpart, which has taken so much of them */
	size_t given;
	/* mfetch, as long as it runs */
	pid_t pid; /* 0: not running */
	int fd;
	struct buf names; /* that it is still to be told */
	struct buf held; /* what it said */
	size_t used;	 /* of that */
};

static int take_url(struct link *);
static int take_asked(struct link *);
static bool is_allowed(struct mpart *, const char *url);
static int answer(struct link *, int *status);
static int put_names(struct link *);
static int urls_of(const struct mpart *, const char *name, struct buf *first,
    struct buf *second);
static void put_url(struct url *, const char *section, struct buf *);
static int fetch(struct link *, bool is_wanted, int *status);
static int start(struct link *);
static int take_line(struct link *, struct span *line);
static bool number_of(struct span line, const char *key, uint64_t *);
static int relay(struct link *, uint64_t n, bool is_wanted);
static int put_piece(struct link *, struct span);
static int put(struct link *, struct span);
static int wait_for_mpart(struct link *);
static int heed_mpart(struct link *, short events);
static short mpart_events(const struct link *);
static int fill(struct link *);
static int wait_for(struct link *, short *events);
static void give(struct link *);
static int has_ended(struct link *, int *status);
static void end(struct link *, bool at_once, int *status);

/* Until mpart is gone, or does what it never does. */
_Noreturn void
mpart_serve(struct mpart *p, const char *self, int fd)
{
	struct link link = {.part = p, .mpart = fd};
	int null = open("/dev/null", O_RDWR), status = 0;
	struct buf program = {0};

	/* who reads mpart's output waits for nobody else's end */
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		_exit(ERR_OS);
	option_sibling(self, MPART_NAME, "mfetch", &program);
	link.program = buf_cstr(&program);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (take_url(&link) == 0) {
		if (answer(&link, &status) == -1 ||
		    put_piece(&link, SPAN("")) == -1 ||
		    put(&link, span_at(&status, sizeof status)) == -1)
			break;
	}
	end(&link, false, &status);
	_exit(0);
}

/* Waits for one where none is here; the one that was answered goes. */
static int
take_url(struct link *l)
{
	size_t done = span_chr(buf_view(&l->asked), '\0') + 1;

	if (l->allowed > 0) {
		buf_drop(&l->asked, done);
		l->allowed -= done;
		l->named -= l->named > 0 ? done : 0;
	}
	while (l->allowed == 0)
		if (wait_for_mpart(l) == -1)
			return -1;
	return 0;
}

/* What mpart says now. */
static int
take_asked(struct link *l)
{
	struct span url;
	ssize_t got;

	got = read(l->mpart, buf_room(&l->asked, PIECE), PIECE);
	if (got == -1 && (errno == EINTR || errno == EAGAIN ||
	    errno == EWOULDBLOCK))
		return 0;
	if (got <= 0)
		return -1;
	buf_grew(&l->asked, (size_t)got);
	for (;;) {
		url = span_from(buf_view(&l->asked), l->allowed);
		url = span_sub(url, 0, span_chr(url, '\0'));
		if (url.n > URL_MAX)
			return -1;
		if (l->allowed + url.n == l->asked.n)
			return 0;
		if (!is_allowed(l->part, url.p))
			return -1;
		l->allowed += url.n + 1;
	}
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
answer(struct link *l, int *status)
{
	struct buf first = {0}, second = {0};
	bool has_second;
	int done, other;

	*status = RUN_CANNOT_EXEC;
	if (l->pid == 0 && start(l) == -1)
		return 0;
	*status = 0;
	done = urls_of(l->part, l->asked.p, &first, &second);
	has_second = second.n > 0;
	buf_free(&first);
	buf_free(&second);
	if (done == 0)
		done = put_names(l);
	if (done == 0)
		done = fetch(l, true, status);
	if (done == 0 && has_second && l->pid != 0)
		done = *status == 0 ? fetch(l, true, status)
				    : fetch(l, false, &other);
	if (done == -1)
		end(l, true, status);
	return done;
}

/* All that mpart has asked for so far. */
static int
put_names(struct link *l)
{
	struct buf first = {0}, second = {0};
	const char *url;
	int done = 0;

	while (done == 0 && l->named < l->allowed) {
		url = l->asked.p + l->named;
		done = urls_of(l->part, url, &first, &second);
		l->named += strlen(url) + 1;
		buf_span(&l->names, buf_view(&first));
		buf_char(&l->names, '\0');
		if (second.n > 0) {
			buf_span(&l->names, buf_view(&second));
			buf_char(&l->names, '\0');
		}
		buf_cut(&first, 0);
		buf_cut(&second, 0);
	}
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
fetch(struct link *l, bool is_wanted, int *status)
{
	struct span line;
	uint64_t number;
	int got;

	*status = 0;
	got = take_line(l, &line);
	if (got != 1)
		return got == 0 ? has_ended(l, status) : -1;
	if (number_of(line, "\"size\":", &number)) {
		got = relay(l, number, is_wanted);
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
	else
		fcntl(l->fd, F_SETFL, O_NONBLOCK);
	l->named = 0;
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

/* 1 with so many bytes on their way, or gone; 0 where mfetch has ended, -1. */
static int
relay(struct link *l, uint64_t n, bool is_wanted)
{
	struct span here;
	int got;

	while (n > 0) {
		here = span_from(buf_view(&l->held), l->used);
		if (here.n > n)
			here = span_sub(here, 0, (size_t)n);
		if (is_wanted && here.n > 0 && put_piece(l, here) == -1)
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

	if (put(l, span_at(&n, sizeof n)) == -1)
		return -1;
	return put(l, bytes);
}

/* For mpart, which is waited for where too much waits for it. */
static int
put(struct link *l, struct span bytes)
{
	buf_span(&l->answers, bytes);
	while (l->answers.n - l->given > HELD_MAX)
		if (wait_for_mpart(l) == -1)
			return -1;
	return 0;
}

static int
wait_for_mpart(struct link *l)
{
	struct pollfd wait = {.fd = l->mpart, .events = mpart_events(l)};

	if (poll(&wait, 1, -1) == -1)
		return errno == EINTR ? 0 : -1;
	return heed_mpart(l, wait.revents);
}

/* -1 where it is gone. */
static int
heed_mpart(struct link *l, short events)
{
	ssize_t put;

	if ((events & POLLIN) != 0 && take_asked(l) == -1)
		return -1;
	if ((events & POLLOUT) != 0) {
		put = write(l->mpart, l->answers.p + l->given,
		    l->answers.n - l->given);
		if (put == -1 && errno != EINTR && errno != EAGAIN &&
		    errno != EWOULDBLOCK)
			return -1;
		l->given += put > 0 ? (size_t)put : 0;
	}
	if (l->given > l->answers.n / 2) {
		buf_drop(&l->answers, l->given);
		l->given = 0;
	}
	return (events & (POLLIN | POLLOUT)) == 0 && events != 0 ? -1 : 0;
}

static short
mpart_events(const struct link *l)
{
	short events = l->asked.n > ASKED_MAX ? 0 : POLLIN;

	return l->given < l->answers.n ? events | POLLOUT : events;
}

/* More of what mfetch says: 1, 0 at its end, -1 where mpart is gone. */
static int
fill(struct link *l)
{
	short events;
	ssize_t got;

	buf_drop(&l->held, l->used);
	l->used = 0;
	for (;;) {
		if (wait_for(l, &events) == -1)
			return -1;
		if ((events & POLLOUT) != 0)
			give(l);
		if ((events & ~POLLOUT) == 0)
			continue;
		got = read(l->fd, buf_room(&l->held, PIECE), PIECE);
		if (got == -1 && (errno == EINTR || errno == EAGAIN ||
		    errno == EWOULDBLOCK))
			continue;
		if (got <= 0)
			return 0;
		buf_grew(&l->held, (size_t)got);
		return 1;
	}
}

/* For mfetch, whose events these are; what mpart says meanwhile is taken. */
static int
wait_for(struct link *l, short *events)
{
	struct pollfd wait[2] = {{l->fd, POLLIN, 0},
	    {l->mpart, mpart_events(l), 0}};

	if (l->names.n > 0)
		wait[0].events |= POLLOUT;
	*events = 0;
	if (poll(wait, 2, -1) == -1)
		return errno == EINTR ? 0 : -1;
	*events = wait[0].revents;
	return heed_mpart(l, wait[1].revents) == -1 ? -1 : put_names(l);
}

/* One that has gone is seen when its answer is read. */
static void
give(struct link *l)
{
	ssize_t put = write(l->fd, l->names.p, l->names.n);

	if (put >= 0)
		buf_drop(&l->names, (size_t)put);
	else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
		buf_cut(&l->names, 0);
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
	buf_free(&l->names);
	buf_free(&l->held);
	l->used = 0;
}
