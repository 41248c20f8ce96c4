/*
 * fcntl comes first and FILE.lock second, so that of two of us that find a
 * forgotten FILE.lock only one takes it away.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "host/lock.h"
#include "store/mbox.h"

#define PIECE (64 * 1024)
#define POLL_MS 20
#define OWNER_MAX 300 /* bytes of a FILE.lock that are read */

static int open_it(struct mbox_append *, int wait_ms, struct err *);
static int create(struct mbox_append *, struct err *);
static bool is_there(const struct mbox_append *);
static int sync_directory(const char *path, struct err *);
static int take_dot(struct mbox_append *, int wait_ms, struct err *);
static int make_dot(const char *dot, int64_t *now_sec, struct err *);
static int write_dot(const char *new, int64_t *now_sec, struct err *);
static void put_owner(struct buf *);
static bool is_stale(const char *dot, int64_t now_sec);
static bool is_gone(struct span owner, bool *is_here);
static int measure(struct mbox_append *, struct err *);
static int read_at(int fd, char *, size_t, uint64_t at, const char *name,
    struct err *);
static int copy(struct mbox_append *, int batch, uint64_t at, uint64_t n,
    struct err *);

int
mbox_lock(struct mbox_append *a, const char *path, int wait_ms,
    struct err *e)
{
	*a = (struct mbox_append){.path = mem_str(path), .fd = -1};
	if (open_it(a, wait_ms, e) == 0 && take_dot(a, wait_ms, e) == 0 &&
	    measure(a, e) == 0)
		return 0;
	mbox_unlock(a);
	return -1;
}

void
mbox_unlock(struct mbox_append *a)
{
	if (a->dot != NULL)
		unlink(a->dot);
	if (a->fd > 0)
		close(a->fd);
	free(a->dot);
	free(a->path);
	*a = (struct mbox_append){0};
}

int64_t
mbox_base(const struct mbox_append *a)
{
	return (int64_t)a->size + a->gap - MBOX_GAP;
}

int
mbox_append(struct mbox_append *a, int batch, uint64_t at, uint64_t n,
    struct err *e)
{
	if (copy(a, batch, at, n, e) == 0 &&
	    file_sync(a->fd, a->path, e) == 0)
		return 0;
	if (ftruncate(a->fd, (off_t)a->size) == 0)
		(void)file_sync(a->fd, a->path, &(struct err){0});
	return -1;
}

int
mbox_compare(const struct mbox_append *a, int batch, uint64_t n, int64_t base,
    uint64_t *same, bool *is_end, struct err *e)
{
	char *ours = mem_alloc(2, PIECE), *theirs = ours + PIECE;
	uint64_t at = base < 0 ? (uint64_t)-base : 0, left, end;
	size_t take, i = 0;
	int status = 0;

	end = (int64_t)a->size < base ? 0 : (uint64_t)((int64_t)a->size - base);
	while (status == 0 && at < n && at < end) {
		left = (n < end ? n : end) - at;
		take = left < PIECE ? (size_t)left : PIECE;
		status = read_at(batch, ours, take, at, "the batch", e);
		if (status == 0)
			status = read_at(a->fd, theirs, take,
			    (uint64_t)(base + (int64_t)at), a->path, e);
		for (i = 0; status == 0 && i < take && ours[i] == theirs[i];)
			i++;
		at += i;
		if (i < take)
			break;
	}
	free(ours);
	*same = at;
	*is_end = at == end && (int64_t)a->size >= base;
	return status;
}

/* Opened and locked by fcntl, and still the file of that name then. */
static int
open_it(struct mbox_append *a, int wait_ms, struct err *e)
{
	do {
		if (a->fd != -1)
			close(a->fd);
		if (create(a, e) == -1 ||
		    lock_fd(a->fd, a->path, wait_ms, e) == -1)
			return -1;
	} while (!is_there(a));
	return 0;
}

static int
create(struct mbox_append *a, struct err *e)
{
	const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;

	a->fd = open(a->path, flags);
	if (a->fd == -1 && errno == ENOENT) {
		a->fd = open(a->path, flags | O_CREAT, 0600);
		if (a->fd != -1 && sync_directory(a->path, e) == -1)
			return -1;
	}
	if (a->fd == -1 || fstat(a->fd, &st) == -1)
		return err_sys(e, ERR_CREATE, "%s", a->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CREATE, "%s: not a file", a->path);
	return 0;
}

static bool
is_there(const struct mbox_append *a)
{
	struct stat open, named;

	return fstat(a->fd, &open) == 0 && stat(a->path, &named) == 0 &&
	    open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

static int
sync_directory(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct buf dir = {0};
	int fd, status = -1;

	if (slash == NULL)
		buf_char(&dir, '.');
	else
		buf_add(&dir, path, (size_t)(slash - path) + 1);
	fd = file_open_dir(buf_cstr(&dir), e);
	if (fd != -1) {
		status = file_sync(fd, buf_cstr(&dir), e);
		close(fd);
	}
	buf_free(&dir);
	return status;
}

static int
take_dot(struct mbox_append *a, int wait_ms, struct err *e)
{
	const struct timespec nap = {0, POLL_MS * 1000000L};
	int64_t until = clock_mono_ms() + wait_ms, now_sec;
	struct buf dot = {0};
	int made;

	buf_fmt(&dot, "%s.lock", a->path);
	while ((made = make_dot(buf_cstr(&dot), &now_sec, e)) == 0) {
		if (is_stale(buf_cstr(&dot), now_sec)) {
			unlink(buf_cstr(&dot));
		} else if (clock_mono_ms() >= until) {
			made = err_set(e, ERR_TEMP,
			    "%s: another process has made it",
			    buf_cstr(&dot));
			break;
		} else {
			nanosleep(&nap, NULL);
		}
	}
	if (made == 1)
		a->dot = mem_str(buf_cstr(&dot));
	buf_free(&dot);
	return made == -1 ? -1 : 0;
}

/*
 * 1 where it was made, 2 where none can be, 0 where there is one, -1.  It comes
 * by a link, so that it never is without its owner.  Who holds the other lock
 * has the name that the link is made from for himself.
 */
static int
make_dot(const char *dot, int64_t *now_sec, struct err *e)
{
	struct buf new = {0};
	int made;

	buf_fmt(&new, "%s.new", dot);
	made = write_dot(buf_cstr(&new), now_sec, e);
	if (made == 1 && link(buf_cstr(&new), dot) == -1)
		made = errno == EEXIST ? 0 : err_sys(e, ERR_CREATE, "%s", dot);
	if (made != 2)
		unlink(buf_cstr(&new));
	buf_free(&new);
	return made;
}

/*
 * 1, 2 where the directory is not ours to write in, -1.  What was just written
 * has the date of now by the clock that dates the other's: a server's, maybe.
 */
static int
write_dot(const char *new, int64_t *now_sec, struct err *e)
{
	struct buf owner = {0};
	struct stat st;
	int status, fd;

	*now_sec = clock_now().sec;
	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return errno == EACCES || errno == EPERM ? 2 :
		    err_sys(e, ERR_CREATE, "%s", new);
	put_owner(&owner);
	status = file_write(fd, buf_view(&owner), new, e);
	if (fstat(fd, &st) == 0)
		*now_sec = st.st_mtime;
	close(fd);
	buf_free(&owner);
	return status == 0 ? 1 : -1;
}

/* What others read too is the number that comes first. */
static void
put_owner(struct buf *out)
{
	buf_fmt(out, "%ld ", (long)getpid());
	clock_host(out);
	buf_char(out, '\n');
}

/* No clock but one that was set back dates a lock so far into the future. */
static bool
is_stale(const char *dot, int64_t now_sec)
{
	char text[OWNER_MAX];
	struct stat st;
	ssize_t got = -1;
	bool is_here, is_old, is_dead;
	int fd = open(dot, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0)
		got = read(fd, text, sizeof text);
	close(fd);
	if (got == -1)
		return false;
	is_old = now_sec - (int64_t)st.st_mtime > MBOX_STALE_SEC ||
	    (int64_t)st.st_mtime - now_sec > MBOX_STALE_SEC;
	is_dead = is_gone(span_at(text, (size_t)got), &is_here);
	return is_dead && (is_here || is_old);
}

/*
 * False only where another process here has its number, if it was not made on
 * another host; and whether it was made here for certain.
 */
static bool
is_gone(struct span owner, bool *is_here)
{
	struct span rest = span_trim(owner), pid;
	struct buf host = {0};
	uint64_t number;

	*is_here = false;
	if (span_cut(&rest, ' ', &pid) == 0 ||
	    !span_num(pid, INT32_MAX, &number) || number == 0)
		return true;
	clock_host(&host);
	*is_here = rest.p != NULL && span_eq(rest, buf_view(&host));
	buf_free(&host);
	/* one of our own that could not be removed is none */
	if (rest.p != NULL && (!*is_here || number == (uint64_t)getpid()))
		return true;
	return kill((pid_t)number, 0) == -1 && errno == ESRCH;
}

static int
measure(struct mbox_append *a, struct err *e)
{
	char start[MBOXRD_FROM_MAX + 1], tail[2] = "\n";
	struct stat st;
	size_t n;

	if (fstat(a->fd, &st) == -1)
		return err_sys(e, ERR_IO, "%s", a->path);
	a->size = (uint64_t)st.st_size;
	if (a->size == 0)
		return 0;
	n = a->size < sizeof start ? (size_t)a->size : sizeof start;
	if (read_at(a->fd, start, n, 0, a->path, e) == -1)
		return -1;
	if (!mboxrd_is_from(span_at(start, n), NULL))
		return err_set(e, ERR_DATA, "%s: not an mbox", a->path);
	if (read_at(a->fd, tail, 2, a->size - 2, a->path, e) == -1)
		return -1;
	a->gap = tail[1] != '\n' ? 2 : tail[0] != '\n' ? 1 : 0;
	return 0;
}

static int
read_at(int fd, char *p, size_t n, uint64_t at, const char *name,
    struct err *e)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, p, n, (off_t)at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return err_sys(e, ERR_IO, "%s", name);
		if (got == 0)
			return err_set(e, ERR_IO, "%s: cut", name);
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int
copy(struct mbox_append *a, int batch, uint64_t at, uint64_t n, struct err *e)
{
	char *piece = mem_alloc(1, PIECE);
	size_t take;
	int status = 0;

	for (; status == 0 && at < n; at += take) {
		take = n - at < PIECE ? (size_t)(n - at) : PIECE;
		status = read_at(batch, piece, take, at, "the batch", e);
		if (status == 0)
			status = file_write(a->fd, span_at(piece, take),
			    a->path, e);
	}
	free(piece);
	return status;
}
