#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "app/imap_cache.h"
#include "host/file.h"
#include "proto/imap.h"

static void name(const struct server *, struct buf *);
static bool is_list(struct span);

int
imap_cache_read(const struct server *s, struct buf *out)
{
	struct buf path = {0}, text = {0};
	struct err ignored;
	bool is_good;

	file_cache("imap/", &path);
	name(s, &path);
	is_good = file_read(buf_cstr(&path), IMAP_CAPABILITY_MAX, &text,
	    &ignored) == 0 && is_list(buf_view(&text));
	if (is_good)
		buf_span(out, buf_view(&text));
	buf_free(&path);
	buf_free(&text);
	return is_good ? 0 : -1;
}

void
imap_cache_write(const struct server *s, struct span capabilities)
{
	struct buf path = {0}, final = {0}, taken = {0};
	struct err ignored;
	int dir = -1, fd = -1;

	file_cache("imap", &path);
	name(s, &final);
	if (is_list(capabilities) &&
	    file_mkdirs(buf_cstr(&path), &ignored) == 0)
		dir = file_open_dir(buf_cstr(&path), &ignored);
	if (dir != -1)
		fd = file_create_new(dir, SPAN("new"), &taken, &ignored);
	if (fd != -1) {
		bool is_whole = file_write(fd, capabilities, "cache",
		    &ignored) == 0;

		if (close(fd) == -1 || !is_whole || renameat(dir,
		    buf_cstr(&taken), dir, buf_cstr(&final)) == -1)
			(void)unlinkat(dir, buf_cstr(&taken), 0);
	}
	if (dir != -1)
		close(dir);
	buf_free(&path);
	buf_free(&final);
	buf_free(&taken);
}

/* Whom the server may answer otherwise. */
static void
name(const struct server *s, struct buf *out)
{
	struct buf who = {0};

	buf_fmt(&who, "%s@%s:%u", s->user == NULL ? "" : s->user, s->host,
	    s->port);
	if (s->socket != NULL)
		buf_str(&who, s->socket);
	if (s->tunnel != NULL)
		buf_str(&who, s->tunnel);
	file_component(buf_view(&who), out);
	buf_free(&who);
}

static bool
is_list(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return s.n > 0;
}
