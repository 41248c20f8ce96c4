/*
 * sink: a small SMTP server for a tool that is killed and run again.
 *
 *     sink chunking|data root portfile
 *
 * It listens on a free port of 127.0.0.1, writes it to portfile and takes mail
 * in clear until it is killed.  A message for the recipient U@anywhere becomes
 * a new file in root/U/inbox/: one for each time that it
 * was sent.  With "chunking" it offers PIPELINING and CHUNKING.
 */
#include <strings.h>

#include "serve.h"

struct sink {
	bool is_chunking;
	const char *root;
	char user[SERVE_LINE];
	char *bytes;
	size_t n;
};

static void session(void *, struct client *);
static bool command(struct sink *, struct client *);
static void greet(const struct sink *, FILE *);
static void take_user(struct sink *, const char *);
static bool data(struct sink *, struct client *);
static bool bdat(struct sink *, struct client *);
static void add(struct sink *, const char *, size_t);
static bool keep(struct sink *);

int
main(int argc, char *argv[])
{
	struct sink s = {0};

	if (argc != 4)
		return 64;
	s.is_chunking = strcmp(argv[1], "chunking") == 0;
	s.root = argv[2];
	return serve(argv[3], session, &s);
}

static void
session(void *arg, struct client *c)
{
	struct sink *s = arg;

	fputs("220 here\r\n", c->out);
	while (serve_line(c) && strcasecmp(c->line, "QUIT") != 0)
		if (!command(s, c))
			return;
	fputs("221 gone\r\n", c->out);
}

/* False where the client went away within it. */
static bool
command(struct sink *s, struct client *c)
{
	if (strncasecmp(c->line, "EHLO", 4) == 0)
		greet(s, c->out);
	else if (strncasecmp(c->line, "RCPT", 4) == 0) {
		take_user(s, c->line);
		fputs("250 2.1.5 yes\r\n", c->out);
	} else if (strcasecmp(c->line, "DATA") == 0)
		return data(s, c);
	else if (strncasecmp(c->line, "BDAT ", 5) == 0)
		return bdat(s, c);
	else
		fputs("250 2.0.0 yes\r\n", c->out);
	return true;
}

static void
greet(const struct sink *s, FILE *out)
{
	fputs("250-here\r\n", out);
	if (s->is_chunking)
		fputs("250-PIPELINING\r\n250-CHUNKING\r\n", out);
	fputs("250-ENHANCEDSTATUSCODES\r\n250-AUTH PLAIN\r\n"
	    "250 8BITMIME\r\n", out);
}

static void
take_user(struct sink *s, const char *line)
{
	const char *from = strchr(line, '<');

	if (from != NULL)
		snprintf(s->user, sizeof s->user, "%.*s",
		    (int)strcspn(from + 1, "@>"), from + 1);
}

static bool
data(struct sink *s, struct client *c)
{
	const char *line;

	fputs("354 go\r\n", c->out);
	for (;;) {
		if (!serve_line(c))
			return false;
		line = c->line[0] == '.' ? c->line + 1 : c->line;
		if (strcmp(c->line, ".") == 0)
			break;
		add(s, line, strlen(line));
		add(s, "\r\n", 2);
	}
	fputs(keep(s) ? "250 2.0.0 taken\r\n" : "451 4.3.0 no\r\n", c->out);
	return true;
}

static bool
bdat(struct sink *s, struct client *c)
{
	char *end, *chunk;
	size_t n = strtoul(c->line + 5, &end, 10), got;
	bool is_last = strcasecmp(end, " LAST") == 0;

	chunk = malloc(n + 1);
	if (chunk == NULL)
		exit(71);
	got = fread(chunk, 1, n, c->in);
	add(s, chunk, got);
	free(chunk);
	if (got < n)
		return false;
	fputs(!is_last || keep(s) ? "250 2.0.0 taken\r\n" :
	    "451 4.3.0 no\r\n", c->out);
	return true;
}

static void
add(struct sink *s, const char *bytes, size_t n)
{
	char *more = realloc(s->bytes, s->n + n + 1);

	if (more == NULL)
		exit(71);
	s->bytes = more;
	memcpy(s->bytes + s->n, bytes, n);
	s->n += n;
}

static bool
keep(struct sink *s)
{
	char path[2 * SERVE_LINE];
	FILE *f = NULL;

	for (int i = 1; f == NULL && i < 100; i++) {
		snprintf(path, sizeof path, "%s/%s/inbox/%d", s->root,
		    s->user, i);
		f = fopen(path, "wx");
	}
	if (f == NULL)
		return false;
	fwrite(s->bytes, 1, s->n, f);
	s->n = 0;
	return fclose(f) == 0;
}
