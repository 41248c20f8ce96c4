#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <tls.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"

#include "link.h"
#include "unread.h"

#define READ_SIZE 16384
#define UNREAD_MS 100 /* longest wait for the client to read a piece */
#define TLS_HANDSHAKE_RECORD 22

static int prepare(struct link *, struct err *);
static int tls_accepts(struct link *, struct tls_config *, int, struct err *);
static int tls_joins(struct link *, struct tls_config *, struct err *);
static ssize_t take(struct link *, char *, size_t);
static ssize_t put(struct link *, const char *, size_t);
static ssize_t plain_result(ssize_t);
static ssize_t tls_in(struct tls *, void *, size_t, void *);
static ssize_t tls_out(struct tls *, const void *, size_t, void *);
static int ready(const struct link *, short, int64_t);
static void leave(struct link *, const char *, const char *);
static bool slurp(struct link *, ssize_t *);
static int piece(struct link *, const char *, size_t, int, struct err *);
static void settle(const struct link *, bool *);
static int drain(struct link *, bool, int, struct err *);
static int write_all(int, const char *, size_t);

int
link_accept(struct link *l, int listener, int wait_ms, struct err *e)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	int r;

	r = poll(&p, 1, wait_ms);
	if (r == -1)
		return err_sys(e, ERR_OS, "poll");
	if (r == 0)
		return err_set(e, ERR_NO, "no connection came");
	l->fd = accept(listener, NULL, NULL);
	if (l->fd == -1)
		return err_sys(e, ERR_OS, "accept");
	return prepare(l, e);
}

int
link_join(struct link *l, int port, struct err *e)
{
	struct sockaddr_in a = {.sin_family = AF_INET};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	l->joined = true;
	l->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (l->fd == -1)
		return err_sys(e, ERR_OS, "socket");
	if (connect(l->fd, (struct sockaddr *)&a, sizeof a) == -1)
		return err_set(e, ERR_NO, "%s", strerror(errno));
	return prepare(l, e);
}

int
link_tls(struct link *l, struct tls_config *c, int wait_ms, struct err *e)
{
	int64_t until;
	int r;

	if (l->joined)
		r = tls_joins(l, c, e);
	else
		r = tls_accepts(l, c, wait_ms, e);
	until = link_now_ms() + wait_ms;
	if (r == -1)
		return -1;
	while ((r = tls_handshake(l->tls)) == TLS_WANT_POLLIN
	    || r == TLS_WANT_POLLOUT)
		if (ready(l, r == TLS_WANT_POLLIN ? POLLIN : POLLOUT, until)
		    == 0)
			return err_set(e, ERR_NO,
			    "the TLS handshake stands still");
	if (r == 0)
		return 0;
	leave(l, "the handshake failed", tls_error(l->tls));
	return err_set(e, ERR_NO, "%s", l->why);
}

int
link_send(struct link *l, const char *p, size_t n, int wait_ms, struct err *e)
{
	bool settles = l->split > 0;

	while (n > 0) {
		size_t some = l->split > 0 && n > l->split ? l->split : n;

		if (piece(l, p, some, wait_ms, e) == -1)
			return -1;
		p += some;
		n -= some;
		settle(l, &settles);
	}
	return 0;
}

void
link_settle(const struct link *l)
{
	bool settles = true;

	settle(l, &settles);
}

int
link_fill(struct link *l, int wait_ms, struct err *e)
{
	int64_t until = link_now_ms() + wait_ms;
	ssize_t r;

	if (l->left)
		return 0;
	while (slurp(l, &r) == false) {
		short on = r == TLS_WANT_POLLOUT ? POLLOUT : POLLIN;

		if (l->left)
			return 0;
		if (ready(l, on, until) == 0)
			return err_set(e, ERR_NO, "nothing came for %d ms",
			    wait_ms);
	}
	return 1;
}

int
link_used(struct link *l, size_t n, struct err *e)
{
	if (l->transcript != -1 && write_all(l->transcript, l->in.p, n) == -1)
		return err_sys(e, ERR_IO, "transcript");
	buf_drop(&l->in, n);
	return 0;
}

int
link_end(struct link *l, enum ending how, int wait_ms, struct err *e)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	int r = 0;

	if (how == ENDING_CLOSE && l->tls != NULL)
		tls_close(l->tls);
	if (how == ENDING_CLOSE || how == ENDING_CUT)
		shutdown(l->fd, SHUT_WR);
	if (how == ENDING_RESET) {
		link_settle(l);
		setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof at_once);
	} else {
		r = drain(l, how != ENDING_CLOSE, wait_ms, e);
	}
	tls_free(l->tls);
	tls_free(l->server);
	l->tls = l->server = NULL;
	close(l->fd);
	l->fd = -1;
	return r;
}

void
link_free(struct link *l)
{
	tls_free(l->tls);
	tls_free(l->server);
	if (l->fd != -1)
		close(l->fd);
	buf_free(&l->in);
	buf_free(&l->early);
	*l = (struct link){.fd = -1, .transcript = l->transcript};
}

int64_t
link_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Non-blocking, not inherited, each write its own segment. */
static int
prepare(struct link *l, struct err *e)
{
	int one = 1;

	if (fcntl(l->fd, F_SETFL, O_NONBLOCK) == -1
	    || fcntl(l->fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "fcntl");
	if (setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one)
	    == -1)
		return err_sys(e, ERR_OS, "TCP_NODELAY");
	return 0;
}

static int
tls_accepts(struct link *l, struct tls_config *c, int wait_ms, struct err *e)
{
	if (l->in.n == 0 && link_fill(l, wait_ms, e) == -1)
		return -1;
	if (l->in.n == 0)
		return err_set(e, ERR_NO, "no TLS handshake: %s", l->why);
	if (l->in.p[0] != TLS_HANDSHAKE_RECORD)
		return err_set(e, ERR_NO, "the client goes on in clear");
	l->early = l->in;
	l->in = (struct buf){0};
	l->server = tls_server();
	if (l->server == NULL)
		return err_set(e, ERR_OS, "no memory for TLS");
	if (tls_configure(l->server, c) == -1
	    || tls_accept_cbs(l->server, &l->tls, tls_in, tls_out, l) == -1)
		return err_set(e, ERR_CONFIG, "%s", tls_error(l->server));
	return 0;
}

static int
tls_joins(struct link *l, struct tls_config *c, struct err *e)
{
	l->early = l->in;
	l->in = (struct buf){0};
	l->tls = tls_client();
	if (l->tls == NULL)
		return err_set(e, ERR_OS, "no memory for TLS");
	if (tls_configure(l->tls, c) == -1
	    || tls_connect_cbs(l->tls, tls_in, tls_out, l, "localhost") == -1)
		return err_set(e, ERR_CONFIG, "%s", tls_error(l->tls));
	return 0;
}

/* As tls_read: a count, 0 at the end, TLS_WANT_*, or -1. */
static ssize_t
take(struct link *l, char *p, size_t n)
{
	if (l->tls != NULL)
		return tls_read(l->tls, p, n);
	return plain_result(recv(l->fd, p, n, 0));
}

/* As tls_write. */
static ssize_t
put(struct link *l, const char *p, size_t n)
{
	ssize_t r;

	if (l->tls != NULL)
		return tls_write(l->tls, p, n);
	r = plain_result(send(l->fd, p, n, MSG_NOSIGNAL));
	return r == TLS_WANT_POLLIN ? TLS_WANT_POLLOUT : r;
}

static ssize_t
plain_result(ssize_t r)
{
	if (r == -1 && (errno == EAGAIN || errno == EWOULDBLOCK
			   || errno == EINTR))
		return TLS_WANT_POLLIN;
	return r;
}

/* libtls reads here: what came early goes first. */
static ssize_t
tls_in(struct tls *tls, void *p, size_t n, void *arg)
{
	struct link *l = arg;

	(void)tls;
	if (l->early.n == 0)
		return plain_result(recv(l->fd, p, n, 0));
	if (n > l->early.n)
		n = l->early.n;
	memcpy(p, l->early.p, n);
	buf_drop(&l->early, n);
	return (ssize_t)n;
}

static ssize_t
tls_out(struct tls *tls, const void *p, size_t n, void *arg)
{
	struct link *l = arg;
	ssize_t r = plain_result(send(l->fd, p, n, MSG_NOSIGNAL));

	(void)tls;
	return r == TLS_WANT_POLLIN ? TLS_WANT_POLLOUT : r;
}

/* The events that are there, 0 when there are none in time. */
static int
ready(const struct link *l, short events, int64_t until)
{
	struct pollfd p = {.fd = l->fd, .events = events};
	int64_t left = until - link_now_ms();

	if (poll(&p, 1, left > 0 ? (int)left : 0) < 1)
		return 0;
	return p.revents;
}

static void
leave(struct link *l, const char *how, const char *detail)
{
	l->left = true;
	snprintf(l->why, sizeof l->why, "%s%s%s", how,
	    *detail == '\0' ? "" : ": ", detail);
}

/* Reads once without waiting; true with bytes, else *r says why not. */
static bool
slurp(struct link *l, ssize_t *r)
{
	char some[READ_SIZE];

	*r = take(l, some, sizeof some);
	if (*r > 0) {
		buf_add(&l->in, some, (size_t)*r);
		return true;
	}
	if (*r == 0)
		leave(l, "the client closed the connection", "");
	else if (*r == -1 && l->tls != NULL)
		leave(l, "the client is gone", tls_error(l->tls));
	else if (*r == -1)
		leave(l, "the client is gone", strerror(errno));
	return false;
}

/* Reads between its writes, so that two who talk at once never lock up. */
static int
piece(struct link *l, const char *p, size_t n, int wait_ms, struct err *e)
{
	int64_t until = link_now_ms() + wait_ms;
	ssize_t in;

	while (n > 0) {
		ssize_t r = put(l, p, n);

		if (r == -1)
			return err_set(e, ERR_NO,
			    "the client left while it was sent to");
		if (r > 0) {
			p += r;
			n -= (size_t)r;
			until = link_now_ms() + wait_ms;
			continue;
		}
		if (l->left == false && slurp(l, &in))
			continue;
		if (ready(l, l->left ? POLLOUT : POLLIN | POLLOUT, until) == 0)
			return err_set(e, ERR_NO,
			    "the client read nothing for %d ms", wait_ms);
	}
	return 0;
}

/* Waits until the client has read all, unless it turned out not to read. */
static void
settle(const struct link *l, bool *settles)
{
	int64_t until = link_now_ms() + UNREAD_MS;

	while (*settles && unread_by_client(l->fd))
		if (link_now_ms() > until)
			*settles = false;
}

/* Until the client goes away, within wait_ms in all. */
static int
drain(struct link *l, bool talks, int wait_ms, struct err *e)
{
	int64_t until = link_now_ms() + wait_ms;

	while (l->left == false && (talks || l->in.n == 0)) {
		int64_t left = until - link_now_ms();

		if (link_fill(l, left > 0 ? (int)left : 0, e) == -1)
			return err_set(e, ERR_NO,
			    "the client did not go away for %d ms", wait_ms);
		if (talks && link_used(l, l->in.n, e) == -1)
			return -1;
	}
	return 0;
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);

		if (r == -1 && errno != EINTR)
			return -1;
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
	return 0;
}
