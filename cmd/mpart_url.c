/* What mpart asks of the process that has mfetch run; see mpart_serve.c. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host/run.h"
#include "mpart.h"
#include "text/url.h"

#define SIGNALLED 128

static bool is_needed(const struct mpart *);
static int check(const char *name, struct err *);
static bool is_part(const struct mpart *, const char *name);
static void give_header(struct buf *);
static int take(struct mpart *, void *bytes, size_t n, struct err *);
static int give(struct mpart *, struct err *);
static int wait_for(const struct mpart *, struct err *);

bool
mpart_url_is(const char *name)
{
	return mpart_url_is_imap(name) || name[0] == '@';
}

bool
mpart_url_is_imap(const char *name)
{
	return span_istarts(span_of(name), SPAN("imap://")) ||
	    span_istarts(span_of(name), SPAN("imaps://"));
}

const char *
mpart_url_section(const struct mpart *p, const char *url)
{
	struct span rest = span_of(p->section), piece;
	struct url u;
	bool is_whole;

	/* what a signature covers is cut out here, and files in texts */
	if (p->mode != MPART_PART || p->is_raw || p->is_uu ||
	    !mpart_url_is_imap(url) ||
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
		mpart_serve(p, self, ends[1]);
	}
	if (pid == -1)
		err_sys(e, ERR_OS, "fork");
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	p->server = ends[0];
	return pid == -1 ? -1 : 0;
}

int
mpart_url_ask(struct mpart *p, const char *url, struct err *e)
{
	if (mpart_url_is_imap(url) && check(url, e) == -1)
		return -1;
	buf_str(&p->asks, url);
	buf_char(&p->asks, '\0');
	return 0;
}

void
mpart_url_send(struct mpart *p)
{
	/* what fails is told where the answer is read */
	(void)give(p, &(struct err){0});
}

int
mpart_url_read(struct mpart *p, const char *url, struct buf *out,
    int *status, struct err *e)
{
	uint32_t n = 0;

	do {
		if (take(p, &n, sizeof n, e) == -1 ||
		    take(p, buf_room(out, n), n, e) == -1)
			return -1;
		buf_grew(out, n);
	} while (n > 0);
	if (take(p, status, sizeof *status, e) == -1)
		return -1;
	if (*status == RUN_CANNOT_EXEC)
		return err_set(e, ERR_OS, "mfetch cannot be run");
	if (*status > SIGNALLED)
		return err_set(e, ERR_SOFTWARE, "mfetch: signal %d",
		    *status - SIGNALLED);
	/* some servers say so of a section that is not there */
	if (*status == 0 && out->n == 0)
		return err_set(e, ERR_NOINPUT, "the server has nothing there");
	if (out->n > 0 && out->p[0] == '\n' && is_part(p, url))
		give_header(out);
	return 0;
}

void
mpart_url_end(struct mpart *p)
{
	if (p->server != -1)
		close(p->server);
	p->server = -1;
	buf_free(&p->asks);
}

static bool
is_needed(const struct mpart *p)
{
	for (char **name = p->names.operand; *name != NULL; name++)
		if (mpart_url_is(*name))
			return true;
	return p->names.from_stdin;
}

/* Before it is an argument, which others may see. */
static int
check(const char *name, struct err *e)
{
	struct url u;
	int status = url_parse(span_of(name), &u, e);

	if (status == 0 && u.has_password)
		status = err_set(e, ERR_USAGE,
		    "a URL never holds a password; use password-command");
	else if (status == 0 && u.uid == 0)
		status = err_set(e, ERR_USAGE,
		    "the URL names no message (;UID=)");
	url_free(&u);
	return status;
}

static bool
is_part(const struct mpart *p, const char *name)
{
	const char *section = mpart_url_section(p, name);
	struct url u;
	bool is;

	if (!mpart_url_is_imap(name) ||
	    url_parse(span_of(name), &u, &(struct err){0}) == -1)
		return false;
	if (section == NULL)
		section = u.section;
	is = section != NULL && ascii_digit(section[strlen(section) - 1]);
	url_free(&u);
	return is;
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

/* And says what is still to be said meanwhile. */
static int
take(struct mpart *p, void *bytes, size_t n, struct err *e)
{
	char *to = bytes;
	ssize_t got;

	while (n > 0) {
		if (give(p, e) == -1)
			return -1;
		got = read(p->server, to, n);
		if (got == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == EINTR)) {
			if (wait_for(p, e) == -1)
				return -1;
			continue;
		}
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

/* As much as is taken at once: the other side may wait for us to read. */
static int
give(struct mpart *p, struct err *e)
{
	ssize_t put;

	while (p->asks.n > 0) {
		put = write(p->server, p->asks.p, p->asks.n);
		if (put == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (put == -1 && errno == EINTR && !option_interrupted())
			continue;
		if (put == -1)
			return err_sys(e, ERR_IO, "mfetch");
		buf_drop(&p->asks, (size_t)put);
	}
	return 0;
}

static int
wait_for(const struct mpart *p, struct err *e)
{
	struct pollfd wait = {.fd = p->server, .events = POLLIN};

	if (p->asks.n > 0)
		wait.events |= POLLOUT;
	if (!option_interrupted() && poll(&wait, 1, -1) == -1 &&
	    errno != EINTR)
		return err_sys(e, ERR_OS, "poll");
	return option_interrupted() ? err_set(e, ERR_TEMP, "interrupted") : 0;
}
