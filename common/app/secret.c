#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/account_config.h"
#include "base/mem.h"
#include "host/file.h"
#include "host/run.h"
#include "text/charset.h"
#include "text/netrc.h"

#define NETRC_BYTES (1024 * 1024)
#define SECRET_BYTES 4096 /* of a password that is typed */

static bool is_environments(const struct account *);
static int from_command(const struct account *, const char *key,
    const char *command, bool fresh, struct buf *, struct err *);
static struct buf *got_from(const struct account *, const char *key,
    const char *command);
static struct buf *got_by(const struct account *, const char *source);
static int from_netrc(const char *, const struct server *, struct buf *,
    struct err *);
static int read_netrc(const char *, struct buf *, struct err *);
static int from_terminal(const struct account *, const struct server *,
    struct buf *, struct err *);
static int ask(struct span question, struct buf *, struct err *);
static int type_secret(int fd, struct span question, struct buf *,
    struct err *);

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
		return from_command(a, "password-command", v, false, out, e);
	if ((v = account_get(a, "netrc", side)) != NULL) {
		int r = from_netrc(v, s, out, e);

		if (r != 0)
			return r == 1 ? 0 : -1;
	}
	if (a->config->password != NULL && is_environments(a)) {
		buf_str(out, a->config->password);
		return 0;
	}
	if (prompt && !a->config->is_unattended)
		return from_terminal(a, s, out, e);
	return err_set(e, ERR_CONFIG, "account %s: no password",
	    account_name(a));
}

int
account_token(const struct account *a, enum conf_side side, bool fresh,
    struct buf *out, struct err *e)
{
	const char *v = account_get(a, "oauth-command", side);

	if (v == NULL)
		return err_set(e, ERR_CONFIG, "account %s: no oauth-command",
		    account_name(a));
	return from_command(a, "oauth-command", v, fresh, out, e);
}

void
account_token_forget(const struct account *a, enum conf_side side)
{
	const char *v = account_get(a, "oauth-command", side);

	if (v != NULL)
		buf_wipe(got_from(a, "oauth-command", v));
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

/* Two sides of an account with one command have one secret. */
static int
from_command(const struct account *a, const char *key, const char *command,
    bool fresh, struct buf *out, struct err *e)
{
	struct buf *got = got_from(a, key, command);
	int status = 0;

	if (fresh)
		buf_wipe(got);
	if (got->n == 0 && run_secret(command, got, e) == -1)
		status = err_wrap(e, "%s", key);
	if (status == 0)
		buf_span(out, buf_view(got));
	else
		buf_wipe(got);
	return status;
}

static struct buf *
got_from(const struct account *a, const char *key, const char *command)
{
	struct buf source = {0}, *got;

	buf_fmt(&source, "%s of %s: %s", key, account_name(a), command);
	got = got_by(a, buf_cstr(&source));
	buf_free(&source);
	return got;
}

/* What was got by that, empty for the first time. */
static struct buf *
got_by(const struct account *a, const char *source)
{
	struct config *c = a->config;

	for (size_t i = 0; i < c->n_got; i++)
		if (strcmp(c->got[i].source, source) == 0)
			return &c->got[i].secret;
	c->got = mem_grow(c->got, &c->got_cap, c->n_got + 1, sizeof *c->got);
	c->got[c->n_got] = (struct config_secret){.source = mem_str(source)};
	return &c->got[c->n_got++].secret;
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
from_terminal(const struct account *a, const struct server *s,
    struct buf *out, struct err *e)
{
	struct buf question = {0}, *got;
	int status = 0;

	buf_str(&question, "Password for ");
	charset_line(span_of(s->user == NULL ? "" : s->user), &question);
	buf_str(&question, " at ");
	charset_line(span_of(s->host == NULL ? "" : s->host), &question);
	buf_str(&question, ": ");
	got = got_by(a, buf_cstr(&question));
	if (got->n == 0)
		status = ask(buf_view(&question), got, e);
	if (status == 0)
		buf_span(out, buf_view(got));
	else
		buf_wipe(got);
	buf_free(&question);
	return status;
}

static int
ask(struct span question, struct buf *out, struct err *e)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC), r;

	if (fd == -1 || tcgetpgrp(fd) != getpgrp()) {
		if (fd != -1)
			close(fd);
		return err_set(e, ERR_CONFIG,
		    "no password, and no terminal to ask on");
	}
	r = type_secret(fd, question, out, e);
	close(fd);
	return r;
}

/* Silent before it asks: an answer at once is neither seen nor lost. */
static int
type_secret(int fd, struct span question, struct buf *out, struct err *e)
{
	struct termios before, silent;
	size_t start = out->n;
	ssize_t got = 0;
	char c = '\0';
	int status;

	if (tcgetattr(fd, &before) == -1)
		return err_sys(e, ERR_CONFIG, "/dev/tty");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &silent);
	status = file_write(fd, question, "/dev/tty", e);
	buf_room(out, SECRET_BYTES);
	while (status == 0 && out->n - start < SECRET_BYTES &&
	    (got = read(fd, &c, 1)) == 1 && c != '\n')
		buf_char(out, c);
	tcsetattr(fd, TCSAFLUSH, &before);
	if (status == -1 || file_write(fd, SPAN("\n"), "/dev/tty", e) == -1)
		return -1;
	if (got != 1 || c != '\n' || out->n == start)
		return err_set(e, ERR_CONFIG, "no password was given");
	return 0;
}
