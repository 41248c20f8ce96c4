/*
 * far: makes a server on loopback a far one.
 *
 *	far PORT MS [LOG]
 *
 * Prints a port on loopback, as a line, whose connections lead to PORT and
 * whose bytes arrive MS milliseconds later each way, at any rate.  LOG gets a
 * line a connection when both sides have ended it: the bytes up (from the
 * client) and down, and how often the client spoke after it had heard the
 * server: its round trips at most.  It ends by a signal.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/span.h"
#include "host/clock.h"

#define CHUNK 65536
#define HELD_MAX (64 << 20) /* bytes on their way; more are not read yet */

/* Bytes that came at once. */
struct chunk {
	struct chunk *next;
	int64_t due_ms;
	size_t n, used;
	char bytes[];
};

/* What one side says to the other. */
struct way {
	int from, to;
	struct chunk *first, **last;
	size_t held;
	unsigned long long bytes;
	bool has_ended, is_told; /* the end, read and passed on */
};

/* One connection: way[0] is the client's. */
struct pair {
	struct way way[2];
	int delay_ms;
	int spoke; /* the way that had bytes last */
	unsigned long turns;
};

static int listen_on(uint16_t *port);
static int connect_to(unsigned port);
static void carry(int client, unsigned port, int delay_ms, const char *log);
static void init_way(struct way *, int from, int to);
static void wait_for(const struct pair *);
static void take(struct pair *, int i);
static void give(struct way *);
static void say(const struct pair *, const char *log);
static void fail(const char *what);

int
main(int argc, char **argv)
{
	uint64_t port = 0, ms = 0;
	uint16_t here;
	int l, client;

	if (argc < 3 || !span_num(span_of(argv[1]), 65535, &port) ||
	    !span_num(span_of(argv[2]), 60000, &ms)) {
		fputs("usage: far port ms [log]\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	l = listen_on(&here);
	printf("%u\n", (unsigned)here);
	if (fflush(stdout) != 0)
		fail("standard output");
	for (;;) {
		client = accept(l, NULL, NULL);
		if (client == -1 && errno == EINTR)
			continue;
		if (client == -1)
			fail("accept");
		if (fork() == 0) {
			close(l);
			carry(client, (unsigned)port, (int)ms, argv[3]);
			_exit(0);
		}
		close(client);
	}
}

static int
listen_on(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int l = socket(AF_INET, SOCK_STREAM, 0);

	if (l == -1 || bind(l, (struct sockaddr *)&a, n) == -1 ||
	    listen(l, 64) == -1 ||
	    getsockname(l, (struct sockaddr *)&a, &n) == -1)
		fail("listen");
	*port = ntohs(a.sin_port);
	return l;
}

static int
connect_to(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s == -1 || connect(s, (struct sockaddr *)&a, sizeof a) == -1)
		fail("connect");
	return s;
}

static void
carry(int client, unsigned port, int delay_ms, const char *log)
{
	struct pair p = {.delay_ms = delay_ms, .spoke = 1};
	int server = connect_to(port);

	init_way(&p.way[0], client, server);
	init_way(&p.way[1], server, client);
	while (!p.way[0].is_told || !p.way[1].is_told) {
		wait_for(&p);
		for (int i = 0; i < 2; i++)
			take(&p, i);
		for (int i = 0; i < 2; i++)
			give(&p.way[i]);
	}
	if (log != NULL)
		say(&p, log);
}

static void
init_way(struct way *w, int from, int to)
{
	*w = (struct way){.from = from, .to = to};
	w->last = &w->first;
	fcntl(from, F_SETFL, O_NONBLOCK);
	setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

/* Until something can be read, or what is due be written. */
static void
wait_for(const struct pair *p)
{
	struct pollfd fd[2] = {{.fd = -1}, {.fd = -1}};
	int64_t now = clock_mono_ms(), left_ms, most_ms = 60000;

	for (int i = 0; i < 2; i++) {
		const struct way *w = &p->way[i];

		if (!w->has_ended && w->held < HELD_MAX) {
			fd[i].fd = w->from;
			fd[i].events |= POLLIN;
		}
		if (w->first == NULL)
			continue;
		left_ms = w->first->due_ms - now;
		if (left_ms <= 0) {
			fd[!i].fd = w->to;
			fd[!i].events |= POLLOUT;
		} else if (left_ms < most_ms) {
			most_ms = left_ms;
		}
	}
	if (poll(fd, 2, (int)most_ms) == -1 && errno != EINTR)
		fail("poll");
}

static void
take(struct pair *p, int i)
{
	struct way *w = &p->way[i];
	struct chunk *c;
	char bytes[CHUNK];
	ssize_t got;

	if (w->has_ended || w->held >= HELD_MAX)
		return;
	got = read(w->from, bytes, sizeof bytes);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		w->has_ended = true;
		return;
	}
	c = mem_alloc(1, sizeof *c + (size_t)got);
	c->due_ms = clock_mono_ms() + p->delay_ms;
	c->n = (size_t)got;
	memcpy(c->bytes, bytes, c->n);
	*w->last = c;
	w->last = &c->next;
	w->held += c->n;
	w->bytes += c->n;
	if (i == 0 && p->spoke == 1)
		p->turns++;
	p->spoke = i;
}

/* What is due, as far as it fits; one who hears no more loses it. */
static void
give(struct way *w)
{
	struct chunk *c;
	ssize_t put;

	while ((c = w->first) != NULL && c->due_ms <= clock_mono_ms()) {
		put = write(w->to, c->bytes + c->used, c->n - c->used);
		if (put == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		c->used = put == -1 ? c->n : c->used + (size_t)put;
		if (c->used < c->n)
			return;
		w->first = c->next;
		if (w->first == NULL)
			w->last = &w->first;
		w->held -= c->n;
		free(c);
	}
	if (w->has_ended && w->first == NULL && !w->is_told) {
		shutdown(w->to, SHUT_WR);
		w->is_told = true;
	}
}

static void
say(const struct pair *p, const char *log)
{
	char line[128];
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int n = snprintf(line, sizeof line, "up %llu down %llu turns %lu\n",
	    p->way[0].bytes, p->way[1].bytes, p->turns);

	if (fd == -1 || write(fd, line, (size_t)n) != n)
		fail(log);
}

static void
fail(const char *what)
{
	perror(what);
	_exit(1);
}
