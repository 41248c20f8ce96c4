#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "app/account_config.h"
#include "host/file.h"
#include "host/run.h"
#include "text/charset.h"
#include "text/netrc.h"

#define NETRC_BYTES (1024 * 1024)
#define SECRET_BYTES 4096 /* of a password that is typed */

static bool is_environments(const struct account *);
static int from_netrc(const char *, const struct server *, struct buf *,
    struct err *);
static int read_netrc(const char *, struct buf *, struct err *);
static int from_terminal(const struct server *, struct buf *, struct err *);
static int type_secret(int, struct buf *, struct err *);

int
account_secret(const struct account *a, enum conf_side side,
    const struct server *s, bool prompt, struct buf *out, struct err *e)
{
	const char *v;

	if ((v = account_get(a, "password", side)) != NULL) {
		buf_str(out, v);
		return 0;
	}
	if ((v = account_get(a, "password-command", side)) != NULL)
		return run_secret(v, out, e);
	if ((v = account_get(a, "netrc", side)) != NULL) {
		int r = from_netrc(v, s, out, e);

		if (r != 0)
			return r == 1 ? 0 : -1;
	}
	if (a->config->password != NULL && is_environments(a)) {
		buf_str(out, a->config->password);
		return 0;
	}
	if (prompt)
		return from_terminal(s, out, e);
	return err_set(e, ERR_CONFIG, "account %s: no password",
	    account_name(a));
}

/* SATCHEL_PASSWORD is of one account, whichever a name asks for. */
static bool
is_environments(const struct account *a)
{
	const char *wanted = a->config->wanted;

	if (a->section == NULL)
		return true;
	return wanted != NULL && strcmp(wanted, a->section->name) == 0;
}

/* 1 where it has the password, 0 where it does not, -1. */
static int
from_netrc(const char *path, const struct server *s, struct buf *out,
    struct err *e)
{
	struct buf text = {0};
	int r = -1;

	if (read_netrc(path, &text, e) == 0)
		r = netrc_find(buf_view(&text), s->host == NULL ? "" : s->host,
		    s->user, out);
	else
		e->kind = ERR_CONFIG;
	buf_wipe(&text);
	return r;
}

static int
read_netrc(const char *path, struct buf *text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), r;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_sys(e, ERR_CONFIG, "%s", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	/* room for all of it at once: no copy is left behind unwiped */
	buf_room(text, 2 * NETRC_BYTES);
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		r = err_set(e, ERR_CONFIG,
		    "%s: others may read it (chmod 600)", path);
	else
		r = file_read_fd(fd, path, NETRC_BYTES, text, e);
	close(fd);
	return r;
}

static int
from_terminal(const struct server *s, struct buf *out, struct err *e)
{
	struct buf question = {0};
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC), r;

	if (fd == -1 || tcgetpgrp(fd) != getpgrp()) {
		if (fd != -1)
			close(fd);
		return err_set(e, ERR_CONFIG,
		    "no password, and no terminal to ask on");
	}
	buf_str(&question, "Password for ");
	charset_line(span_of(s->user == NULL ? "" : s->user), &question);
	buf_str(&question, " at ");
	charset_line(span_of(s->host == NULL ? "" : s->host), &question);
	buf_str(&question, ": ");
	r = file_write(fd, buf_view(&question), "/dev/tty", e);
	if (r == 0)
		r = type_secret(fd, out, e);
	buf_free(&question);
	close(fd);
	return r;
}

static int
type_secret(int fd, struct buf *out, struct err *e)
{
	struct termios before, silent;
	size_t start = out->n;
	ssize_t got = 0;
	char c = '\0';

	if (tcgetattr(fd, &before) == -1)
		return err_sys(e, ERR_CONFIG, "/dev/tty");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &silent);
	buf_room(out, SECRET_BYTES);
	while (out->n - start < SECRET_BYTES && (got = read(fd, &c, 1)) == 1 &&
	    c != '\n')
		buf_char(out, c);
	tcsetattr(fd, TCSAFLUSH, &before);
	if (file_write(fd, SPAN("\n"), "/dev/tty", e) == -1)
		return -1;
	if (got != 1 || c != '\n' || out->n == start)
		return err_set(e, ERR_CONFIG, "no password was given");
	return 0;
}
