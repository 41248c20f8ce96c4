/* What the small servers of these tests share. */
#ifndef CRASH_SERVE_H
#define CRASH_SERVE_H

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVE_LINE 8192

/* A client, and the line that it said last. */
struct client {
	FILE *in, *out;
	char *line;
	size_t cap;
};

/* A listening socket on 127.0.0.1, whose port the file tells; or -1. */
static inline int
serve_listen(const char *portfile)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char new[SERVE_LINE];
	FILE *f;

	if (fd == -1 || bind(fd, (struct sockaddr *)&at, size) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) == -1)
		return -1;
	snprintf(new, sizeof new, "%s.new", portfile);
	f = fopen(new, "w");
	if (f == NULL)
		return -1;
	fprintf(f, "%d\n", ntohs(at.sin_port));
	if (fclose(f) != 0 || rename(new, portfile) == -1)
		return -1;
	return fd;
}

/* A process a client, for ever; a status to exit with where that fails. */
static inline int
serve(const char *portfile, void (*session)(void *, struct client *),
    void *arg)
{
	struct client c = {0};
	int fd = serve_listen(portfile), peer;

	if (fd == -1)
		return 71;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	while ((peer = accept(fd, NULL, NULL)) != -1) {
		if (fork() != 0) {
			close(peer);
			continue;
		}
		close(fd);
		c.in = fdopen(peer, "r");
		c.out = fdopen(dup(peer), "w");
		if (c.in == NULL || c.out == NULL)
			exit(71);
		session(arg, &c);
		fflush(c.out);
		exit(0);
	}
	return 71;
}

/* Says what is to be said and waits for the client's next line. */
static inline bool
serve_line(struct client *c)
{
	ssize_t n;

	if (fflush(c->out) == EOF)
		return false;
	n = getline(&c->line, &c->cap, c->in);
	while (n > 0 && (c->line[n - 1] == '\n' || c->line[n - 1] == '\r'))
		c->line[--n] = '\0';
	return n >= 0;
}

#endif
