#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/diag.h"
#include "app/option.h"
#include "base/mem.h"
#include "host/run.h"
#include "net/dialer.h"

#define NAME_MAX_BYTES (64 * 1024) /* of one name on standard input */
#define PIECE (64 * 1024)

/* The one thing a signal handler may change: which signal has come. */
static volatile sig_atomic_t caught;

static void hold_standard(void);
static void catch(int);
static char *find(const char *self);
static int say_stdout(const struct tool *, const char *, int *);
static int say_version(const struct tool *, int *);
static int take_name(struct option_names *, const char **, struct err *);
static int read_names(struct option_names *, struct err *);

void
option_begin(void)
{
	hold_standard();
	signal(SIGPIPE, SIG_IGN);
	if (!run_ignores(SIGINT))
		option_heed(SIGINT);
	if (!run_ignores(SIGTERM))
		option_heed(SIGTERM);
	umask(077);
	setlocale(LC_CTYPE, "");
}

int
option_common(const struct tool *t, int letter, const char *argument,
    struct option_common *c, int *status)
{
	struct account_options *a = &c->account;

	switch (letter) {
	case 'h':
		return say_stdout(t, t->usage, status);
	case 'V':
		return say_version(t, status);
	case 'C':
		a->config = argument;
		return 1;
	case 'a':
		a->account = argument;
		c->accounts = mem_grow(c->accounts, &c->accounts_cap,
		    c->n_accounts + 1, sizeof *c->accounts);
		c->accounts[c->n_accounts++] = argument;
		return 1;
	case 'o':
		a->set = mem_grow(a->set, &c->set_cap,
		    a->n_set + 1, sizeof *a->set);
		a->set[a->n_set++] = argument;
		return 1;
	case 'v':
		c->verbose = true;
		return 1;
	case ':':
		*status = option_usage(t, "-%c needs a value", optopt);
		return -1;
	case '?':
		*status = option_usage(t, "no option -%c", optopt);
		return -1;
	}
	return 0;
}

void
option_common_free(struct option_common *c)
{
	free(c->account.set);
	free(c->accounts);
	buf_free(&c->dialer);
	*c = (struct option_common){0};
}

void
option_sibling(const char *self, const char *own, const char *other,
    struct buf *out)
{
	char *path = find(self);
	struct span called = span_of(path), name = span_of(own);

	if (span_ends(called, name))
		buf_span(out, span_sub(called, 0, called.n - name.n));
	buf_str(out, other);
	free(path);
}

void
option_dialer(struct option_common *c, const char *self)
{
	char *path = find(self), *slash;

	if (path != NULL) {
		slash = strrchr(path, '/');
		buf_fmt(&c->dialer, "%.*s/", (int)(slash - path), path);
	}
	buf_str(&c->dialer, DIALER_NAME);
	c->account.dialer = buf_cstr(&c->dialer);
	free(path);
}

size_t
option_pass(const struct option_common *c, const char **argv)
{
	const struct account_options *a = &c->account;
	size_t n = 0;

	if (c->verbose)
		argv[n++] = "-v";
	if (a->config != NULL) {
		argv[n++] = "-C";
		argv[n++] = a->config;
	}
	if (a->account != NULL) {
		argv[n++] = "-a";
		argv[n++] = a->account;
	}
	for (size_t i = 0; i < a->n_set; i++) {
		argv[n++] = "-o";
		argv[n++] = a->set[i];
	}
	return n;
}

int
option_usage(const struct tool *t, const char *fmt, ...)
{
	char reason[ERR_TEXT];
	struct span rest = span_of(t->usage), line;
	va_list ap;

	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(reason, sizeof reason, fmt, ap);
		va_end(ap);
		diag(t->name, "%s", reason);
	}
	while (span_line(&rest, &line) == 1)
		fprintf(stderr, "%.*s\n", (int)line.n, line.p);
	return ERR_USAGE;
}

void
option_heed(int signal_number)
{
	struct sigaction act = {.sa_handler = catch};

	sigemptyset(&act.sa_mask);
	sigaction(signal_number, &act, NULL);
}

bool
option_interrupted(void)
{
	return caught != 0;
}

int
option_end(const struct tool *t, struct output *o, int status)
{
	struct err e = {0};
	int signal_number = caught;

	if (output_finish(o, &e) == -1) {
		diag_err(t->name, NULL, &e);
		diag_status(&status, &e);
	}
	if (signal_number != 0) {
		signal(signal_number, SIG_DFL);
		raise(signal_number);
	}
	return status;
}

int
option_name(struct option_names *n, const char **name, struct err *e)
{
	if (n->from_stdin)
		return take_name(n, name, e);
	if (*n->operand == NULL)
		return 0;
	*name = *n->operand++;
	return 1;
}

bool
option_name_ready(struct option_names *n)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	struct err e;

	if (!n->from_stdin || n->ended || option_has_name(n))
		return true;
	/* what fails now fails again, and is told then */
	return poll(&in, 1, 0) == 1 && (read_names(n, &e) == -1 ||
	    n->ended || option_has_name(n));
}

bool
option_has_name(const struct option_names *n)
{
	struct span left = span_from(buf_view(&n->held), n->used);

	if (!n->from_stdin)
		return *n->operand != NULL;
	return span_chr(left, n->nul ? '\0' : '\n') != SPAN_NONE;
}

bool
option_name_is_here(const struct option_names *n)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return !n->from_stdin || n->ended || option_has_name(n) ||
	    poll(&in, 1, 0) == 1;
}

/*
 * What is closed is held by a descriptor of the wrong direction, so that no
 * file gets its number, and reading or printing there fails as it should.
 */
static void
hold_standard(void)
{
	static const int mode[] = {O_WRONLY, O_RDONLY, O_RDWR};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", mode[fd]) == -1)
			return; /* no /dev here: it stays closed */
}

static void
catch(int number)
{
	caught = number;
}

/* The program itself, whatever links lead to it, as the shell finds it. */
static char *
find(const char *self)
{
	struct span rest = span_of(getenv("PATH")), dir;
	struct buf name = {0};
	char *path = NULL;

	if (strchr(self, '/') != NULL)
		return realpath(self, NULL);
	while (path == NULL && span_cut(&rest, ':', &dir) == 1) {
		buf_cut(&name, 0);
		buf_span(&name, dir.n == 0 ? SPAN(".") : dir);
		buf_fmt(&name, "/%s", self);
		path = realpath(buf_cstr(&name), NULL);
	}
	buf_free(&name);
	return path;
}

static int
say_stdout(const struct tool *t, const char *text, int *status)
{
	struct output o = {0};
	struct err e = {0};

	*status = 0;
	if (output_bytes(&o, span_of(text), &e) == -1 ||
	    output_flush(&o, &e) == -1) {
		if (o.is_closed_pipe)
			(void)output_finish(&o, &e); /* ends the process */
		diag_err(t->name, NULL, &e);
		diag_status(status, &e);
	}
	buf_free(&o.held);
	return -1;
}

static int
say_version(const struct tool *t, int *status)
{
	struct buf text = {0};
	int r;

	buf_fmt(&text, "%s (satchel) %s\n", t->name, SATCHEL_VERSION);
	if (t->describe != NULL)
		t->describe(&text);
	r = say_stdout(t, buf_cstr(&text), status);
	buf_free(&text);
	return r;
}

static int
take_name(struct option_names *n, const char **name, struct err *e)
{
	char end = n->nul ? '\0' : '\n';
	size_t at;

	buf_drop(&n->held, n->used);
	n->used = 0;
	while ((at = span_chr(buf_view(&n->held), end)) == SPAN_NONE &&
	    !n->ended)
		if (read_names(n, e) == -1)
			return -1;
	if (at == SPAN_NONE && n->held.n == 0)
		return 0;
	if (at == SPAN_NONE)
		at = n->held.n;
	if (!n->nul && memchr(n->held.p, '\0', at) != NULL)
		return err_set(e, ERR_USAGE,
		    "standard input: a NUL in a name (use -0)");
	n->held.p[at] = '\0';
	n->used = at + 1;
	*name = n->held.p;
	return 1;
}

static int
read_names(struct option_names *n, struct err *e)
{
	ssize_t got;

	if (n->held.n > NAME_MAX_BYTES)
		return err_set(e, ERR_DATA, "standard input: a name over %d "
					    "bytes",
		    NAME_MAX_BYTES);
	if (n->output != NULL && output_flush(n->output, e) == -1) {
		n->ended = n->output->is_closed_pipe;
		buf_cut(&n->held, 0);
		return n->ended ? 0 : -1;
	}
	got = read(STDIN_FILENO, buf_room(&n->held, PIECE), PIECE);
	if (got == -1 && errno == EINTR && !option_interrupted())
		return 0;
	if (got == -1)
		return err_sys(e, ERR_IO, "standard input");
	buf_grew(&n->held, (size_t)got);
	n->ended = got == 0;
	return 0;
}
