/* What mpart asks of the process that has mfetch run; see mpart_serve.c. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/run.h"
#include "mpart.h"
#include "text/url.h"

#define SIGNALLED 128

static bool is_needed(const struct mpart *);
static int check(const struct mpart *, const char *name, bool *is_part,
    struct err *);
static void give_header(struct buf *);
static int take(int fd, void *bytes, size_t n, struct err *);

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
	p->server = ends[0];
	return pid == -1 ? -1 : 0;
}

int
mpart_url_read(struct mpart *p, const char *url, struct buf *out,
    int *status, struct err *e)
{
	bool is_part = false;
	uint32_t n = 0;

	if ((mpart_url_is_imap(url) &&
		check(p, url, &is_part, e) == -1) ||
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
	if (*status == RUN_CANNOT_EXEC)
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
is_needed(const struct mpart *p)
{
	for (char **name = p->names.operand; *name != NULL; name++)
		if (mpart_url_is(*name))
			return true;
	return p->names.from_stdin;
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
