#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"
#include "net/dial.h"
#include "net/dialer.h"

#define FIELDS 4
#define REQUEST_MAX 65536
#define PIECE 4096

static int hear(int fd, struct buf *, struct err *);
static int parse(char *, struct server *, struct err *);
static int dial(const struct server *, struct dial *, struct err *);
static int answer(int fd, int connection, const struct err *, struct err *);

int
dialer_serve(int fd, bool (*stop)(void), struct err *e)
{
	struct buf said = {0};
	struct server srv = {.stop = stop};
	struct dial d = {.fd = CURL_SOCKET_BAD};
	struct err why = {0};
	int rc = -1;

	if (hear(fd, &said, e) == 0 && parse(said.p, &srv, e) == 0) {
		rc = dial(&srv, &d, &why);
		rc = answer(fd, rc == 0 ? d.fd : -1, &why, e);
	}
	dial_close(&d);
	buf_wipe(&said);
	return rc;
}

/* All of the fields; each LF is made a NUL. */
static int
hear(int fd, struct buf *said, struct err *e)
{
	size_t seen = 0, at = 0;
	ssize_t got;

	while (seen < FIELDS) {
		got = recv(fd, buf_room(said, PIECE), PIECE, 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return err_sys(e, ERR_USAGE, "standard input");
		if (got == 0 || said->n > REQUEST_MAX)
			return err_set(e, ERR_USAGE,
			    "standard input: not of a tool that dials");
		buf_grew(said, (size_t)got);
		for (; at < said->n; at++)
			if (said->p[at] == '\n') {
				said->p[at] = '\0';
				seen++;
			}
	}
	return 0;
}

/* What was heard ends with FIELDS NULs at least. */
static int
parse(char *said, struct server *srv, struct err *e)
{
	const char *field[FIELDS];
	uint64_t port, timeout_ms;

	for (size_t i = 0; i < FIELDS; i++) {
		field[i] = said;
		said += strlen(said) + 1;
	}
	if (!span_num(span_of(field[1]), UINT16_MAX, &port) ||
	    !span_num(span_of(field[3]), INT32_MAX, &timeout_ms))
		return err_set(e, ERR_USAGE, "standard input: no number");
	srv->host = field[0];
	srv->port = (unsigned)port;
	srv->proxy = field[2][0] == '=' ? field[2] + 1 : NULL;
	srv->timeout_ms = (int)timeout_ms;
	return 0;
}

/* http is the scheme of which libcurl sends nothing by itself. */
static int
dial(const struct server *srv, struct dial *d, struct err *e)
{
	struct buf url = {0};
	int rc;

	address_url("http", srv->host, srv->port, &url);
	rc = dial_init(d, srv, e);
	if (rc == 0)
		rc = dial_open(d, srv, buf_cstr(&url), e);
	buf_free(&url);
	return rc;
}

static int
answer(int fd, int connection, const struct err *why, struct err *e)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct buf text = {0};
	struct iovec io;
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
	struct cmsghdr *c;
	int rc = 0;

	if (connection != -1) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof connection);
		memcpy(CMSG_DATA(c), &connection, sizeof connection);
	}
	buf_fmt(&text, "%d %s", (int)why->kind, why->text);
	io = (struct iovec){text.p, text.n};
	if (sendmsg(fd, &m, MSG_NOSIGNAL) != (ssize_t)text.n)
		rc = err_sys(e, ERR_IO, "answer");
	buf_free(&text);
	return rc;
}
