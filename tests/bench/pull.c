/*
 * usage: pull PORT CA USER PASSWORD DIRECTORY N [SECTION]
 *
 * The yardstick for fetching by IMAP: log-in, EXAMINE and one FETCH of all
 * messages of INBOX in one flight over implicit TLS to localhost; each of the N
 * bodies, or of their sections, goes to a file as it comes, CR LF as LF,
 * durably in batches.  It believes all that the server says, keeps no record
 * and does nothing else.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tls.h>
#include <unistd.h>

#include "base/buf.h"
#include "host/file.h"
#include "host/sync.h"
#include "text/enc.h"

#define BATCH 200
#define CHUNK 65536

struct pull {
	struct tls *tls;
	int tmp, cur;
	struct sync_file file[BATCH];
	char name[BATCH][32];
	size_t n;
	unsigned long done;
	struct buf in, out;
};

static void die(const char *what, const char *why);
static void connect_to(struct pull *, const char *port, const char *ca);
static void say(struct pull *, char **user, const char *section);
static void need(struct pull *, size_t);
static struct span line(struct pull *);
static void body(struct pull *, size_t n);
static void commit(struct pull *);

int
main(int argc, char **argv)
{
	struct pull p = {0};
	unsigned long n;

	if (argc != 7 && argc != 8)
		die("usage",
		    "pull port ca user password directory n [section]");
	n = strtoul(argv[6], NULL, 10);
	if (chdir(argv[5]) == -1 || mkdir("tmp", 0700) == -1 ||
	    mkdir("cur", 0700) == -1)
		die(argv[5], "not an empty directory");
	p.tmp = open("tmp", O_RDONLY | O_DIRECTORY);
	p.cur = open("cur", O_RDONLY | O_DIRECTORY);
	connect_to(&p, argv[1], argv[2]);
	say(&p, argv + 3, argc == 8 ? argv[7] : "");
	while (p.done + p.n < n) {
		struct span s = line(&p);
		size_t open_at = s.n;
		uint64_t size;

		while (open_at > 0 && s.p[open_at - 1] != '{')
			open_at--;
		if (open_at == 0 || s.p[s.n - 1] != '}' || !span_num(
		    span_sub(s, open_at, s.n - open_at - 1), SIZE_MAX, &size))
			continue;
		body(&p, (size_t)size);
	}
	commit(&p);
	return 0;
}

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "pull: %s: %s\n", what, why);
	exit(1);
}

static void
connect_to(struct pull *p, const char *port, const char *ca)
{
	struct tls_config *c = tls_config_new();

	p->tls = tls_client();
	if (c == NULL || p->tls == NULL ||
	    tls_config_set_ca_file(c, ca) == -1 ||
	    tls_configure(p->tls, c) == -1 ||
	    tls_connect(p->tls, "localhost", port) == -1 ||
	    tls_handshake(p->tls) == -1)
		die("connect", tls_error(p->tls));
	tls_config_free(c);
	line(p);
}

/* The password stands after the user. */
static void
say(struct pull *p, char **user, const char *section)
{
	struct buf plain = {0}, said = {0};
	struct span s;
	ssize_t put;

	buf_char(&plain, '\0');
	buf_str(&plain, user[0]);
	buf_char(&plain, '\0');
	buf_str(&plain, user[1]);
	buf_str(&said, "a AUTHENTICATE PLAIN ");
	enc_base64(buf_view(&plain), &said);
	buf_fmt(&said, "\r\nb EXAMINE INBOX\r\nc UID FETCH 1:* "
	    "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[%s])\r\n", section);
	for (s = buf_view(&said); s.n > 0;) {
		put = tls_write(p->tls, s.p, s.n);
		if (put > 0)
			s = span_from(s, (size_t)put);
		else if (put != TLS_WANT_POLLIN && put != TLS_WANT_POLLOUT)
			die("write", tls_error(p->tls));
	}
}

/* Reads until so many bytes are there. */
static void
need(struct pull *p, size_t n)
{
	ssize_t got;

	while (p->in.n < n) {
		do
			got = tls_read(p->tls, buf_room(&p->in, CHUNK), CHUNK);
		while (got == TLS_WANT_POLLIN || got == TLS_WANT_POLLOUT);
		if (got <= 0)
			die("read", got == 0 ? "ended" : tls_error(p->tls));
		buf_grew(&p->in, (size_t)got);
	}
}

/* The next line, without its end; until the next call. */
static struct span
line(struct pull *p)
{
	static char text[8192];
	size_t end;

	while ((end = span_chr(buf_view(&p->in), '\n')) == SPAN_NONE)
		need(p, p->in.n + 1);
	if (end >= sizeof text)
		die("read", "a long line");
	memcpy(text, p->in.p, end);
	buf_drop(&p->in, end + 1);
	return span_trim(span_at(text, end));
}

static void
body(struct pull *p, size_t left)
{
	char *name = p->name[p->n];
	struct err e;
	int fd;

	snprintf(name, sizeof p->name[0], "%lu", p->done + p->n);
	fd = openat(p->tmp, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		die(name, "cannot create");
	while (left > 0) {
		struct span rest, piece;
		size_t n;

		need(p, 1);
		rest = span_sub(buf_view(&p->in), 0, left);
		n = rest.n;
		while (span_cut(&rest, '\r', &piece) == 1)
			buf_span(&p->out, piece);
		buf_drop(&p->in, n);
		left -= n;
		if (p->out.n < CHUNK && left > 0)
			continue;
		if (file_write(fd, buf_view(&p->out), name, &e) == -1)
			die(name, e.text);
		buf_cut(&p->out, 0);
	}
	p->file[p->n++] = (struct sync_file){name, fd, false};
	if (p->n == BATCH)
		commit(p);
}

static void
commit(struct pull *p)
{
	struct err e;

	if (sync_all(p->file, p->n, &e) == -1)
		die("sync", e.text);
	for (size_t i = 0; i < p->n; i++) {
		close(p->file[i].fd);
		if (renameat(p->tmp, p->name[i], p->cur, p->name[i]) == -1)
			die(p->name[i], "cannot move");
	}
	if (fsync(p->cur) == -1)
		die("cur", "cannot sync");
	p->done += p->n;
	p->n = 0;
}
