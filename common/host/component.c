#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/file.h"
#include "text/charset.h"

#define COMPONENT_MAX 240 /* of NAME_MAX 255: a number may be put in */
#define SUFFIX_MAX 8	  /* letters of a suffix */
#define NUMBER_MAX 100000 /* names tried before giving up */
#define PASSWD_BYTES 4096 /* of a line of passwd(5) */

static void put_base(const char *given, const char *usual, struct buf *);
static void put_home(struct buf *);
static bool is_reserved(struct span);
static bool is_unsafe(uint32_t, struct span);
static void escape(struct span, struct buf *);
static size_t suffix_at(struct span);

void
file_component(struct span foreign, struct buf *out)
{
	size_t off = 0, start = out->n, from, limit;
	bool is_first = true;

	if (foreign.n == 0) {
		buf_str(out, "%00");
		return;
	}
	while (off < foreign.n) {
		struct span one;
		uint32_t c;

		from = off;
		c = charset_char(foreign, &off);
		one = span_sub(foreign, from, off - from);
		limit = out->n;
		if (is_unsafe(c, one) ||
		    (is_first && (c == '.' || is_reserved(foreign))))
			escape(one, out);
		else
			buf_span(out, one);
		if (out->n - start > COMPONENT_MAX) {
			buf_cut(out, limit);
			return;
		}
		is_first = false;
	}
}

int
file_create_new(int dir, struct span name, struct buf *taken, struct err *e)
{
	unsigned number = 1;

	return file_create_from(dir, name, &number, taken, e);
}

int
file_create_from(int dir, struct span name, unsigned *number,
    struct buf *taken, struct err *e)
{
	size_t start = taken->n, dot = suffix_at(name);
	struct span stem = span_sub(name, 0, dot);
	struct span suffix = span_from(name, dot);
	int fd;

	while (*number <= NUMBER_MAX) {
		buf_cut(taken, start);
		buf_span(taken, stem);
		if (*number > 1)
			buf_fmt(taken, "-%u", *number);
		buf_span(taken, suffix);
		++*number;
		fd = openat(dir, buf_cstr(taken) + start,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd != -1)
			return fd;
		if (errno != EEXIST)
			return err_sys(e, ERR_CREATE, "%s",
			    buf_cstr(taken) + start);
	}
	return err_set(e, ERR_CREATE, "%.*s: too many files of that name",
	    (int)name.n, name.p);
}

void
file_expand(const char *path, struct buf *out)
{
	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
		put_home(out);
		path++;
	}
	buf_str(out, path);
}

void
file_state(const char *name, struct buf *out)
{
	put_base(getenv("XDG_STATE_HOME"), "~/.local/state", out);
	buf_fmt(out, "/satchel/%s", name);
}

void
file_cache(const char *name, struct buf *out)
{
	put_base(getenv("XDG_CACHE_HOME"), "~/.cache", out);
	buf_fmt(out, "/satchel/%s", name);
}

/* A path that is not absolute counts as none. */
static void
put_base(const char *given, const char *usual, struct buf *out)
{
	if (given != NULL && given[0] == '/')
		buf_str(out, given);
	else
		file_expand(usual, out);
}

/* A directory called "~" is nobody's home, so something is always put. */
static void
put_home(struct buf *out)
{
	const char *home = getenv("HOME");
	char text[PASSWD_BYTES];
	struct passwd own, *found;

	if (home == NULL &&
	    getpwuid_r(getuid(), &own, text, sizeof text, &found) == 0 &&
	    found != NULL)
		home = own.pw_dir;
	buf_str(out, home == NULL ? "/" : home);
}

static bool
is_reserved(struct span s)
{
	return span_is(s, "cur") || span_is(s, "new") || span_is(s, "tmp") ||
	    span_istarts(s, SPAN("satchel."));
}

/* What a path would hide, misread or turn around, and what is no UTF-8. */
static bool
is_unsafe(uint32_t c, struct span bytes)
{
	return c == '/' || c == '%' || !charset_is_shown(c) ||
	    (c == 0xFFFD && !span_is(bytes, CHARSET_FFFD));
}

static void
escape(struct span bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.n; i++)
		buf_fmt(out, "%%%02X", (unsigned char)bytes.p[i]);
}

/* Where a short suffix of letters and digits starts: numbers go before it. */
static size_t
suffix_at(struct span name)
{
	size_t i = name.n;

	while (i > 0 && name.n - i < SUFFIX_MAX &&
	    (ascii_alpha(name.p[i - 1]) || ascii_digit(name.p[i - 1])))
		i--;
	return i > 1 && i < name.n && name.p[i - 1] == '.' ? i - 1 : name.n;
}
