/*
 * fault: runs mfetch against a server whose every byte goes wrong once.
 *
 *     fault cut|stall|flip step port jobs dir scheme [cert key] --
 *         option...
 *
 * tests/crash/mailbox serves on that port of 127.0.0.1, with dir as its root.
 * For each byte, or one of so many, that it says in a whole session, one case:
 * a user whose messages are those of dir/mail, and a run of mfetch by a relay
 * that forwards what comes before that byte and then closes, or falls silent
 * (run with timeout=1), or turns the byte's lowest bit; with a certificate the
 * relay's client speaks TLS, and the bytes are those on the wire.  Then a run
 * with nothing wrong.  A line is printed for each fault that is found:
 *
 *     a message that the server has no more and that is not here
 *     a message that is not here once, byte for byte, after the second run
 *     what is left in tmp/, or on the server with -d
 *     a signal, a time without end, or a status that does not suit
 *
 * and at last the number of the cases.  What a turned bit makes of a message
 * nobody can know but who encrypts: in clear it is only asked that each run
 * ends, and that the second has nothing to complain of.
 *
 * dir/local has the messages as they are to be here; jobs run at a time.
 * mfetch is called in a process that is forked, which costs less than to start
 * it anew.
 */
int mfetch_main(int, char **);
#define main mfetch_main
#include "../../cmd/mfetch.c"
#undef main

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <tls.h>

#include "serve.h"

#define PATH 1024
#define CHUNK 16384
#define MESSAGES 3
#define RUN_MS 20000 /* that a run may take */
#define OPTIONS 40

enum fault { FAULT_NONE, FAULT_CUT, FAULT_STALL, FAULT_FLIP };

struct driver {
	enum fault fault;
	long step;
	bool deletes;
	int port, listener, own; /* the mailbox's; ours */
	const char *cert, *key;
	const char *option[OPTIONS];
	size_t n;
	const char *scheme;
};

/* What the relay of one run does. */
struct relay {
	const struct driver *d;
	enum fault fault;
	long at, said; /* the byte; those that went by */
	int client, server, ended; /* -1: none */
	pid_t tls;
};

static void take_options(struct driver *, char **);
static int share(struct driver *, unsigned, unsigned);
static int listen_here(struct driver *);
static bool one(const struct driver *, long at);
static void set_up(const char *user);
static long run_once(const struct driver *, const char *user, enum fault,
    long at, int *status);
static void run_mfetch(const struct driver *, const char *user,
    enum fault);
static bool relay_turn(struct relay *);
static void relay_connect(struct relay *);
static void relay_close(struct relay *);
static void relay_say(struct relay *, char *, ssize_t);
static int connect_to(int port);
static void end_tls(const struct driver *, int client, int server);
static void say_tls(struct tls *, const char *, ssize_t);
static int check(const struct driver *, const char *user, long at, bool last);
static int count_here(const char *user, int message);
static int count_in(const char *user, const char *sub, int message);
static bool all_here(const char *user);
static bool same(const char *, const char *);
static void fault(const char *user, long at, const char *, int);
static int remove_one(const char *, const struct stat *, int, struct FTW *);

int
main(int argc, char **argv)
{
	struct driver d = {0};
	unsigned jobs;
	int status = 0, raw;

	if (argc < 8 || chdir(argv[5]) == -1)
		return 64;
	d.fault = strcmp(argv[1], "cut") == 0 ? FAULT_CUT :
	    strcmp(argv[1], "stall") == 0 ? FAULT_STALL : FAULT_FLIP;
	d.step = strtol(argv[2], NULL, 10);
	d.port = (int)strtol(argv[3], NULL, 10);
	jobs = (unsigned)strtoul(argv[4], NULL, 10);
	d.scheme = argv[6];
	take_options(&d, argv + 7);
	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < jobs; i++)
		if (fork() == 0)
			_exit(share(&d, i, jobs));
	while (wait(&raw) > 0 || errno == EINTR)
		if (!WIFEXITED(raw) || WEXITSTATUS(raw) != 0)
			status = 1;
	return status;
}

static void
take_options(struct driver *d, char **argv)
{
	if (strcmp(argv[0], "--") != 0) {
		d->cert = *argv++;
		d->key = *argv++;
	}
	d->option[d->n++] = "mfetch";
	for (argv++; *argv != NULL && d->n < OPTIONS - 2; argv++) {
		d->option[d->n++] = *argv;
		d->deletes = d->deletes || strcmp(*argv, "-d") == 0;
	}
}

/* The cases of one job; until the session has no such byte. */
static int
share(struct driver *d, unsigned job, unsigned jobs)
{
	long n = 0;

	if (listen_here(d) == -1)
		return 71;
	for (long at = job * d->step; one(d, at); at += jobs * d->step)
		n++;
	printf("cases %ld\n", n);
	return fflush(stdout) == EOF ? 74 : 0;
}

static int
listen_here(struct driver *d)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;

	d->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (d->listener == -1 ||
	    bind(d->listener, (struct sockaddr *)&at, size) == -1 ||
	    listen(d->listener, 8) == -1 ||
	    getsockname(d->listener, (struct sockaddr *)&at, &size) == -1)
		return -1;
	d->own = ntohs(at.sin_port);
	return 0;
}

/* False where the session was over before that byte. */
static bool
one(const struct driver *d, long at)
{
	char user[32];
	int status, faults = 0;
	long said;

	snprintf(user, sizeof user, "u%ld", at);
	set_up(user);
	said = run_once(d, user, d->fault, at, &status);
	if (status < 0 || status == 64 || status == 70 ||
	    (status == 0 && d->fault != FAULT_FLIP && !all_here(user))) {
		fault(user, at, "status", status);
		faults++;
	}
	faults += check(d, user, at, false);
	run_once(d, user, FAULT_NONE, 0, &status);
	if (status != 0) {
		fault(user, at, "second status", status);
		faults++;
	}
	faults += check(d, user, at, true);
	if (faults == 0)
		nftw(user, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return said > at;
}

static void
set_up(const char *user)
{
	char from[PATH], to[PATH];

	mkdir(user, 0700);
	snprintf(to, sizeof to, "%s/remote", user);
	mkdir(to, 0700);
	for (int i = 1; i <= MESSAGES; i++) {
		snprintf(from, sizeof from, "mail/%d", i);
		snprintf(to, sizeof to, "%s/remote/%d", user, i);
		if (link(from, to) == -1)
			exit(71);
	}
}

/* How many bytes the server said in its first session; -signal in *status. */
static long
run_once(const struct driver *d, const char *user, enum fault what, long at,
    int *status)
{
	struct relay r = {.d = d, .fault = what, .at = at, .client = -1,
	    .server = -1};
	int end[2], raw;
	pid_t pid;

	if (pipe(end) == -1 || (pid = fork()) == -1)
		exit(71);
	if (pid == 0) {
		close(end[0]);
		run_mfetch(d, user, what);
	}
	close(end[1]);
	r.ended = end[0];
	if (!relay_turn(&r))
		kill(pid, SIGKILL);
	relay_close(&r);
	close(end[0]);
	waitpid(pid, &raw, 0);
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
	return r.said;
}

static void
run_mfetch(const struct driver *d, const char *user, enum fault what)
{
	char url[PATH], here[PATH], home[2 * PATH];
	char box[3 * PATH], err[3 * PATH];
	char *argv[OPTIONS + 4] = {0};
	int argc = 0, fd;

	if (getcwd(here, sizeof here) == NULL)
		_exit(71);
	snprintf(home, sizeof home, "%s/%s", here, user);
	snprintf(box, sizeof box, "%s/box", home);
	snprintf(err, sizeof err, "%s/err", home);
	setenv("HOME", home, 1);
	setenv("SATCHEL_MAILDIR", box, 1);
	unsetenv("XDG_CACHE_HOME");
	unsetenv("XDG_STATE_HOME");
	for (size_t i = 0; i < d->n; i++)
		argv[argc++] = (char *)d->option[i];
	/* a machine with much to do is silent for a while, too */
	if (what == FAULT_NONE) {
		argv[argc++] = (char *)"-o";
		argv[argc++] = (char *)"timeout=15";
	}
	snprintf(url, sizeof url, "%s://%s@localhost:%d/", d->scheme, user,
	    d->own);
	argv[argc++] = url;
	fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	close(d->listener);
	_exit(mfetch_main(argc, argv));
}

/* Relays until the run is over; false where it is not in time. */
static bool
relay_turn(struct relay *r)
{
	int64_t until = clock_mono_ms() + RUN_MS;
	char bytes[CHUNK];
	ssize_t got;

	for (;;) {
		bool is_silent = r->fault == FAULT_STALL && r->said >= r->at;
		struct pollfd p[3] = {{r->ended, POLLIN, 0},
		    {r->client == -1 ? r->d->listener : r->client, POLLIN, 0},
		    {is_silent ? -1 : r->server, POLLIN, 0}};
		int64_t left = until - clock_mono_ms();

		if (left <= 0)
			return false;
		if (poll(p, 3, (int)left) <= 0)
			continue;
		if (p[0].revents != 0)
			return true;
		if (p[1].revents != 0 && r->client == -1) {
			relay_connect(r);
			continue;
		}
		if (p[1].revents != 0) {
			got = read(r->client, bytes, sizeof bytes);
			if (got <= 0)
				relay_close(r);
			else if (write(r->server, bytes, (size_t)got) == -1)
				relay_close(r);
			continue;
		}
		if (p[2].revents != 0)
			relay_say(r, bytes, read(r->server, bytes,
			    sizeof bytes));
	}
}

static void
relay_connect(struct relay *r)
{
	int pair[2];

	r->client = accept(r->d->listener, NULL, NULL);
	r->server = connect_to(r->d->port);
	if (r->client == -1 || r->server == -1)
		exit(71);
	if (r->d->cert == NULL)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		exit(71);
	r->tls = fork();
	if (r->tls == 0) {
		close(r->client);
		close(pair[0]);
		end_tls(r->d, pair[1], r->server);
		_exit(0);
	}
	close(pair[1]);
	close(r->server);
	r->server = pair[0];
}

/* Once wrong is enough: another connection of the same run is whole. */
static void
relay_close(struct relay *r)
{
	if (r->client == -1)
		return;
	close(r->client);
	close(r->server);
	r->client = r->server = -1;
	if (r->tls > 0)
		waitpid(r->tls, NULL, 0);
	r->tls = 0;
	r->fault = FAULT_NONE;
}

static void
relay_say(struct relay *r, char *bytes, ssize_t n)
{
	bool is_here = r->fault != FAULT_NONE && n > 0 &&
	    r->at >= r->said && r->at < r->said + n;
	ssize_t say = n;

	if (is_here && r->fault == FAULT_FLIP)
		bytes[r->at - r->said] ^= 1;
	else if (is_here)
		say = (ssize_t)(r->at - r->said);
	if (say > 0 && write(r->client, bytes, (size_t)say) == -1)
		say = -1;
	r->said += r->fault == FAULT_NONE || n <= 0 ? 0 : n;
	if (n <= 0 || say == -1 || (is_here && r->fault == FAULT_CUT))
		relay_close(r);
}

static int
connect_to(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd != -1 && connect(fd, (struct sockaddr *)&at, sizeof at) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The end of TLS, between the relay and the mailbox. */
static void
end_tls(const struct driver *d, int client, int server)
{
	struct tls_config *config = tls_config_new();
	struct tls *own = tls_server(), *t;
	char bytes[CHUNK];
	ssize_t got;

	if (tls_config_set_keypair_file(config, d->cert, d->key) == -1 ||
	    tls_configure(own, config) == -1 ||
	    tls_accept_socket(own, &t, client) == -1)
		return;
	if (tls_handshake(t) == -1)
		return;
	fcntl(client, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd p[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};

		while ((got = tls_read(t, bytes, sizeof bytes)) > 0)
			if (write(server, bytes, (size_t)got) == -1)
				return;
		if (got != TLS_WANT_POLLIN || poll(p, 2, RUN_MS) <= 0)
			return;
		if (p[1].revents == 0)
			continue;
		got = read(server, bytes, sizeof bytes);
		if (got <= 0)
			break;
		say_tls(t, bytes, got);
	}
	(void)tls_close(t);
}

static void
say_tls(struct tls *t, const char *bytes, ssize_t n)
{
	ssize_t put;

	for (; n > 0; bytes += put, n -= put) {
		put = tls_write(t, bytes, (size_t)n);
		if (put == TLS_WANT_POLLIN || put == TLS_WANT_POLLOUT)
			put = 0;
		if (put == -1)
			return;
	}
}

/* Faults that are found. */
static int
check(const struct driver *d, const char *user, long at, bool last)
{
	char path[PATH];
	struct stat st;
	int faults = 0;
	bool clear_flip = d->fault == FAULT_FLIP && d->cert == NULL;

	for (int i = 1; i <= MESSAGES && !clear_flip; i++) {
		int here = count_here(user, i);
		bool is_there;

		snprintf(path, sizeof path, "%s/remote/%d", user, i);
		is_there = stat(path, &st) == 0;
		if (here > 1 || (here == 0 && (last || !is_there))) {
			fault(user, at, "message, times", 10 * i + here);
			faults++;
		}
		if (last && d->deletes && is_there) {
			fault(user, at, "left on the server", i);
			faults++;
		}
	}
	if (last && count_in(user, "tmp", 0) > 0) {
		fault(user, at, "left behind", count_in(user, "tmp", 0));
		faults++;
	}
	return faults;
}

static int
count_here(const char *user, int message)
{
	return count_in(user, "new", message) + count_in(user, "cur", message);
}

/* Message 0: whatever file. */
static int
count_in(const char *user, const char *sub, int message)
{
	char path[PATH], file[2 * PATH], local[PATH];
	struct dirent *de;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/box/%s", user, sub);
	snprintf(local, sizeof local, "local/%d", message);
	dir = opendir(path);
	while (dir != NULL && (de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, de->d_name);
		n += message == 0 || same(file, local);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static bool
all_here(const char *user)
{
	for (int i = 1; i <= MESSAGES; i++)
		if (count_here(user, i) != 1)
			return false;
	return true;
}

static bool
same(const char *a, const char *b)
{
	char x[CHUNK], y[CHUNK];
	FILE *f = fopen(a, "r"), *g = fopen(b, "r");
	size_t n = 0, m = 1;

	if (f != NULL && g != NULL) {
		n = fread(x, 1, sizeof x, f);
		m = fread(y, 1, sizeof y, g);
	}
	if (f != NULL)
		fclose(f);
	if (g != NULL)
		fclose(g);
	return n == m && memcmp(x, y, n) == 0;
}

static void
fault(const char *user, long at, const char *what, int number)
{
	printf("%s: at byte %ld: %s %d\n", user, at, what, number);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}
