#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/file.h"

#define READ_PIECE (64 * 1024)
#define MAP_MIN (256 * 1024) /* smaller files are read: cheaper than a map */

static int sync_parent(char *, struct err *);
static int open_to_read(int, const char *, struct err *);
static int read_all(int, const char *, size_t, struct buf *, struct err *);
static enum err_kind absent_kind(int);

int
file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	int fd = open_to_read(AT_FDCWD, path, e), r;

	if (fd == -1)
		return -1;
	r = read_all(fd, path, max, out, e);
	close(fd);
	return r;
}

int
file_read_fd(int fd, const char *name, size_t max, struct buf *out,
    struct err *e)
{
	return read_all(fd, name, max, out, e);
}

int
file_map(int dir, const char *path, struct file_map *m, struct err *e)
{
	int fd = open_to_read(dir, path, e), r;

	*m = (struct file_map){0};
	if (fd == -1)
		return -1;
	r = file_map_fd(fd, path, m, e);
	close(fd);
	return r;
}

int
file_map_fd(int fd, const char *name, struct file_map *m, struct err *e)
{
	struct stat st;
	void *p;

	*m = (struct file_map){0};
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= MAP_MIN && lseek(fd, 0, SEEK_CUR) == 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (p != MAP_FAILED) {
			m->mapped = p;
			m->bytes = span_at(p, (size_t)st.st_size);
			return 0;
		}
	}
	if (read_all(fd, name, SIZE_MAX, &m->own, e) == -1) {
		buf_free(&m->own);
		return -1;
	}
	m->bytes = buf_view(&m->own);
	return 0;
}

void
file_unmap(struct file_map *m)
{
	if (m->mapped != NULL)
		munmap(m->mapped, m->bytes.n);
	buf_free(&m->own);
	*m = (struct file_map){0};
}

int
file_write(int fd, struct span s, const char *what, struct err *e)
{
	ssize_t put;

	while (s.n > 0) {
		put = write(fd, s.p, s.n);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return err_sys(e, ERR_IO, "%s", what);
		s = span_from(s, (size_t)put);
	}
	return 0;
}

int
file_sync(int fd, const char *what, struct err *e)
{
	while (fsync(fd) == -1)
		if (errno != EINTR)
			return err_sys(e, ERR_IO, "%s", what);
	return 0;
}

int
file_mkdirs(const char *path, struct err *e)
{
	char *copy, *slash;
	int r = 0;

	if (path[0] == '\0')
		return err_set(e, ERR_CREATE, "a directory without a name");
	copy = slash = mem_str(path);
	while (r == 0 && slash != NULL) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, 0700) == 0)
			r = sync_parent(copy, e);
		else if (errno != EEXIST && errno != EISDIR)
			r = err_sys(e, ERR_CREATE, "%s", copy);
		if (slash != NULL)
			*slash = '/';
	}
	free(copy);
	return r;
}

int
file_open_dir(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, absent_kind(errno), "%s", path);
	return fd;
}

int
file_nameless(const char *dir, struct err *e)
{
	struct buf path = {0};
	int fd;

	if (dir == NULL)
		dir = getenv("TMPDIR");
	buf_fmt(&path, "%s/satchel.XXXXXX",
	    dir == NULL || dir[0] == '\0' ? "/tmp" : dir);
	fd = mkstemp(path.p);
	if (fd == -1) {
		err_sys(e, ERR_CREATE, "%s", buf_cstr(&path));
	} else {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		unlink(buf_cstr(&path));
	}
	buf_free(&path);
	return fd;
}

/*
 * The name of a new directory is as durable as what will be in it.  A parent
 * that may be written but not read cannot be synced.
 */
static int
sync_parent(char *path, struct err *e)
{
	char *slash = strrchr(path, '/');
	int fd, r;

	if (slash != NULL)
		*slash = '\0';
	fd = open(slash == NULL ? "." : slash == path ? "/" : path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		r = file_sync(fd, path, e);
	else
		r = errno == EACCES ? 0 : err_sys(e, ERR_CREATE, "%s", path);
	if (fd != -1)
		close(fd);
	if (slash != NULL)
		*slash = '/';
	return r;
}

static int
open_to_read(int dir, const char *path, struct err *e)
{
	struct stat st;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return err_sys(e, absent_kind(errno), "%s", path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_NOINPUT, "%s: is a directory", path);
	}
	return fd;
}

static int
read_all(int fd, const char *name, size_t max, struct buf *out, struct err *e)
{
	size_t start = out->n;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (uintmax_t)st.st_size < max)
		buf_room(out, (size_t)st.st_size + 1);
	for (;;) {
		size_t room = out->cap > out->n + 1 ? out->cap - out->n - 1 : 0;

		if (room == 0)
			room = READ_PIECE;
		got = read(fd, buf_room(out, room), room);
		/* EINTR too: who waits for a terminal or a pipe must end */
		if (got == -1)
			return err_sys(e, ERR_IO, "%s", name);
		if (got == 0)
			return 0;
		buf_grew(out, (size_t)got);
		if (out->n - start > max)
			return err_set(e, ERR_DATA, "%s: over %zu bytes", name,
			    max);
	}
}

static enum err_kind
absent_kind(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM
	    ? ERR_OS
	    : ERR_NOINPUT;
}
