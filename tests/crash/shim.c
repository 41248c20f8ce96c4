/*
 * shim: preloaded into a program (LD_PRELOAD), it numbers the calls that change
 * the world, writes them down, and lets one of them kill the program or fail.
 *
 *     SHIM_LOG=path    a line a call, when it is done; see below
 *     SHIM_AT=N        the number of the call where something happens, 1 first
 *     SHIM_DO=what     what happens there:
 *         kill         the program dies before it
 *         half         a write writes half of its bytes, then the program dies
 *         short        a write takes half of its bytes
 *         ENOSPC EIO EINTR
 *                      it fails so, if such a call can: the network's only
 *                      with EINTR
 *     SHIM_STAY=1      it happens at each call from there on
 *     SHIM_TICK=ms     the monotonic clock goes that far on whenever it is
 *                      asked, as where all takes its time
 *
 * A log line is NUMBER CLASS KIND RESULT PATH MORE, with tabs between.  CLASS
 * is d for the disk, n for the network, o for standard output; KIND is write,
 * sync, rename, link, unlink, cut, create, mkdir; RESULT is what the call
 * returned or -ERRNO; MORE is a rename's or link's new name, and what was
 * written to standard output or a connection, CR LF TAB and \ as in C, other
 * controls and what is beyond ASCII a "?".
 *
 * Calls of several threads are numbered as they begin and written down as they
 * end, each line whole.  The variables are taken out of the environment, so
 * that a child is spared.
 * Calls that the C library makes by itself, as stdio does, are not seen.
 */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#define _GNU_SOURCE

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

#define MORE_MAX 65536 /* bytes that a log line tells of a write */
#define LOG_FD 200     /* out of the program's way */

enum action { ACT_NONE, ACT_KILL, ACT_HALF, ACT_SHORT, ACT_FAIL };

/* Which errors a call of a kind can give. */
enum { CAN_ENOSPC = 1, CAN_EINTR = 2 };

static struct {
	bool on;
	pid_t pid;
	int log;
	long at;
	enum action action;
	int number; /* errno, for ACT_FAIL */
	bool stay;
	long tick_ms;
	atomic_long calls, asked; /* the clock */
} shim = {.log = -1};

struct event {
	char class; /* NUL: it does not count */
	const char *kind;
	int can;
	long n;
	bool last; /* the program dies after it */
	char path[2 * PATH_MAX], other[2 * PATH_MAX];
	const void *data;
};

int renameat2(int, const char *, int, const char *, unsigned);

static void start(void) __attribute__((constructor));
static long take_number(const char *);
static void set_action(const char *);
static struct event on_fd(const char *, int, int);
static struct event on_name(const char *, int, int, const char *);
static char class_of(int);
static void fd_path(int, char *, size_t);
static void name_path(int, const char *, char *, size_t);
static int begin(struct event *, size_t *);
static bool is_turn(const struct event *);
static int fails(struct event *);
static long end(struct event *, long);
static void tell(const struct event *, long);
static size_t add_more(char *, size_t, const struct event *, long);
static void die(void);

ssize_t
write(int fd, const void *p, size_t n)
{
	struct event ev = on_fd("write", fd, CAN_ENOSPC | CAN_EINTR);
	ssize_t (*real)(int, const void *, size_t);

	preload_find("write", &real);
	ev.data = p;
	return begin(&ev, &n) == -1 ? -1 : end(&ev, real(fd, p, n));
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct event ev = on_fd("write", fd, CAN_ENOSPC | CAN_EINTR);
	ssize_t (*real)(int, const void *, size_t, off_t);

	preload_find("pwrite", &real);
	return begin(&ev, &n) == -1 ? -1 : end(&ev, real(fd, p, n, at));
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	struct event ev = on_fd("write", fd, CAN_ENOSPC | CAN_EINTR);
	ssize_t (*real)(int, const struct iovec *, int);
	size_t pieces = (size_t)n;

	preload_find("writev", &real);
	return begin(&ev, &pieces) == -1
	    ? -1
	    : end(&ev, real(fd, v, (int)pieces));
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	struct event ev = on_fd("write", fd, CAN_EINTR);
	ssize_t (*real)(int, const void *, size_t, int);

	preload_find("send", &real);
	ev.data = p;
	return begin(&ev, &n) == -1 ? -1 : end(&ev, real(fd, p, n, flags));
}

int
fsync(int fd)
{
	struct event ev = on_fd("sync", fd, CAN_ENOSPC | CAN_EINTR);
	int (*real)(int);

	preload_find("fsync", &real);
	return begin(&ev, NULL) == -1 ? -1 : (int)end(&ev, real(fd));
}

int
fdatasync(int fd)
{
	struct event ev = on_fd("sync", fd, CAN_ENOSPC | CAN_EINTR);
	int (*real)(int);

	preload_find("fdatasync", &real);
	return begin(&ev, NULL) == -1 ? -1 : (int)end(&ev, real(fd));
}

int
ftruncate(int fd, off_t size)
{
	struct event ev = on_fd("cut", fd, CAN_EINTR);
	int (*real)(int, off_t);

	preload_find("ftruncate", &real);
	return begin(&ev, NULL) == -1 ? -1 : (int)end(&ev, real(fd, size));
}

int
openat(int dir, const char *name, int flags, ...)
{
	struct event ev = {0};
	int (*real)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list ap;

	preload_find("openat", &real);
	if ((flags & O_CREAT) == 0)
		return real(dir, name, flags, 0);
	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	ev = on_name("create", CAN_ENOSPC | CAN_EINTR, dir, name);
	return begin(&ev, NULL) == -1
	    ? -1
	    : (int)end(&ev, real(dir, name, flags, mode));
}

int
open(const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return openat(AT_FDCWD, name, flags, mode);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	struct event ev = on_name("mkdir", CAN_ENOSPC, dir, name);
	int (*real)(int, const char *, mode_t);

	preload_find("mkdirat", &real);
	return begin(&ev, NULL) == -1
	    ? -1
	    : (int)end(&ev, real(dir, name, mode));
}

int
mkdir(const char *name, mode_t mode)
{
	return mkdirat(AT_FDCWD, name, mode);
}

int
unlinkat(int dir, const char *name, int flags)
{
	struct event ev = on_name("unlink", 0, dir, name);
	int (*real)(int, const char *, int);

	preload_find("unlinkat", &real);
	return begin(&ev, NULL) == -1
	    ? -1
	    : (int)end(&ev, real(dir, name, flags));
}

int
unlink(const char *name)
{
	return unlinkat(AT_FDCWD, name, 0);
}

int
linkat(int from, const char *name, int to, const char *other, int flags)
{
	struct event ev = on_name("link", CAN_ENOSPC, from, name);
	int (*real)(int, const char *, int, const char *, int);

	preload_find("linkat", &real);
	name_path(to, other, ev.other, sizeof ev.other);
	return begin(&ev, NULL) == -1
	    ? -1
	    : (int)end(&ev, real(from, name, to, other, flags));
}

int
link(const char *name, const char *other)
{
	return linkat(AT_FDCWD, name, AT_FDCWD, other, 0);
}

int
renameat2(int from, const char *name, int to, const char *other,
    unsigned flags)
{
	struct event ev = on_name("rename", CAN_ENOSPC, from, name);
	int (*real)(int, const char *, int, const char *, unsigned);

	preload_find("renameat2", &real);
	name_path(to, other, ev.other, sizeof ev.other);
	return begin(&ev, NULL) == -1
	    ? -1
	    : (int)end(&ev, real(from, name, to, other, flags));
}

int
renameat(int from, const char *name, int to, const char *other)
{
	return renameat2(from, name, to, other, 0);
}

int
rename(const char *name, const char *other)
{
	return renameat2(AT_FDCWD, name, AT_FDCWD, other, 0);
}

/* The names that programs compiled for large files call. */
#ifdef __GLIBC__
int
open64(const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return openat(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

int
openat64(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return openat(dir, name, flags | O_LARGEFILE, mode);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	struct event ev = on_fd("write", fd, CAN_ENOSPC | CAN_EINTR);
	ssize_t (*real)(int, const void *, size_t, off64_t);

	preload_find("pwrite64", &real);
	return begin(&ev, &n) == -1 ? -1 : end(&ev, real(fd, p, n, at));
}

int
ftruncate64(int fd, off64_t size)
{
	struct event ev = on_fd("cut", fd, CAN_EINTR);
	int (*real)(int, off64_t);

	preload_find("ftruncate64", &real);
	return begin(&ev, NULL) == -1 ? -1 : (int)end(&ev, real(fd, size));
}
#endif

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *);
	int status;

	preload_find("clock_gettime", &real);
	status = real(clock, ts);
	if (shim.tick_ms > 0 && clock == CLOCK_MONOTONIC && status == 0)
		ts->tv_sec += ++shim.asked * shim.tick_ms / 1000;
	return status;
}

static void
start(void)
{
	const char *log = preload_take("SHIM_LOG");
	int fd;

	shim.pid = getpid();
	shim.at = take_number("SHIM_AT");
	shim.stay = take_number("SHIM_STAY") != 0;
	shim.tick_ms = take_number("SHIM_TICK");
	set_action(preload_take("SHIM_DO"));
	(void)preload_take("LD_PRELOAD");
	if (log != NULL) {
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		shim.log = fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD);
		close(fd);
	}
	shim.on = true;
}

static long
take_number(const char *name)
{
	const char *value = preload_take(name);

	return value == NULL ? 0 : strtol(value, NULL, 10);
}

static void
set_action(const char *name)
{
	static const struct {
		const char *name;
		enum action action;
		int number;
	} known[] = {{"kill", ACT_KILL, 0}, {"half", ACT_HALF, 0},
	    {"short", ACT_SHORT, 0}, {"ENOSPC", ACT_FAIL, ENOSPC},
	    {"EIO", ACT_FAIL, EIO}, {"EINTR", ACT_FAIL, EINTR}};

	for (size_t i = 0; name != NULL && i < sizeof known / sizeof known[0];
	     i++)
		if (strcmp(name, known[i].name) == 0) {
			shim.action = known[i].action;
			shim.number = known[i].number;
			return;
		}
	if (name != NULL)
		abort();
}

static struct event
on_fd(const char *kind, int fd, int can)
{
	struct event ev = {.kind = kind, .can = can};
	int saved = errno;

	if (shim.on && getpid() == shim.pid) {
		ev.class = class_of(fd);
		fd_path(fd, ev.path, sizeof ev.path);
	}
	errno = saved;
	return ev;
}

static struct event
on_name(const char *kind, int can, int dir, const char *name)
{
	struct event ev = {.kind = kind, .can = can};

	if (shim.on && getpid() == shim.pid) {
		ev.class = 'd';
		name_path(dir, name, ev.path, sizeof ev.path);
	}
	return ev;
}

/* Standard error and what runs inside one machine do not count. */
static char
class_of(int fd)
{
	struct sockaddr_storage at = {0};
	socklen_t n = sizeof at;
	struct stat st;

	if (fd == STDOUT_FILENO)
		return 'o';
	if (fd == STDERR_FILENO || fstat(fd, &st) == -1)
		return '\0';
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return 'd';
	if (S_ISSOCK(st.st_mode) &&
	    getsockname(fd, (struct sockaddr *)&at, &n) == 0 &&
	    (at.ss_family == AF_INET || at.ss_family == AF_INET6))
		return 'n';
	return '\0';
}

static void
fd_path(int fd, char *out, size_t size)
{
	char link_name[64];
	ssize_t n;

	snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", fd);
	n = readlink(fd == AT_FDCWD ? "/proc/self/cwd" : link_name, out,
	    size - 1);
	out[n > 0 ? n : 0] = '\0';
}

static void
name_path(int dir, const char *name, char *out, size_t size)
{
	int saved = errno;
	size_t n;

	out[0] = '\0';
	if (name[0] != '/')
		fd_path(dir, out, size);
	n = strlen(out);
	snprintf(out + n, size - n, "%s%s", n > 0 ? "/" : "", name);
	errno = saved;
}

/* -1 where the call fails: errno is set and it is written down. */
static int
begin(struct event *ev, size_t *size)
{
	if (ev->class == '\0')
		return 0;
	ev->n = atomic_fetch_add(&shim.calls, 1) + 1;
	if (!is_turn(ev))
		return 0;
	if (shim.action == ACT_KILL)
		die();
	if (shim.action == ACT_FAIL)
		return fails(ev);
	if (size != NULL && *size > 1)
		*size /= 2;
	ev->last = shim.action == ACT_HALF;
	return 0;
}

static bool
is_turn(const struct event *ev)
{
	if (shim.action == ACT_NONE || shim.at == 0)
		return false;
	return shim.stay ? ev->n >= shim.at : ev->n == shim.at;
}

static int
fails(struct event *ev)
{
	if ((shim.number == ENOSPC && (ev->can & CAN_ENOSPC) == 0) ||
	    (shim.number == EINTR && (ev->can & CAN_EINTR) == 0) ||
	    (shim.number == EIO && ev->class == 'n'))
		return 0;
	errno = shim.number;
	return (int)end(ev, -1);
}

static long
end(struct event *ev, long result)
{
	int saved = errno;

	if (ev->n > 0 && shim.log != -1)
		tell(ev, result == -1 ? -saved : result);
	if (ev->last)
		die();
	errno = saved;
	return result;
}

static void
tell(const struct event *ev, long result)
{
	char line[4 * PATH_MAX + 2 * MORE_MAX];
	ssize_t (*real)(int, const void *, size_t);
	size_t n;

	n = (size_t)snprintf(line, sizeof line, "%ld\t%c\t%s\t%ld\t%s\t%s",
	    ev->n, ev->class, ev->kind, result, ev->path, ev->other);
	if (ev->class != 'd' && ev->data != NULL)
		n = add_more(line, n, ev, result);
	line[n++] = '\n';
	preload_find("write", &real);
	if (real(shim.log, line, n) != (ssize_t)n)
		abort();
}

static size_t
add_more(char *line, size_t n, const struct event *ev, long size)
{
	static const char from[] = "\r\n\t\\", to[] = "rnt\\";
	const char *p = ev->data, *at;

	for (long i = 0; i < size && i < MORE_MAX; i++) {
		at = p[i] == '\0' ? NULL : strchr(from, p[i]);
		if (at != NULL) {
			line[n++] = '\\';
			line[n++] = to[at - from];
		} else {
			line[n++] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '?';
		}
	}
	return n;
}

static void
die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}
