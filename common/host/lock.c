#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/lock.h"

#define LOCK_POLL_MS 20

static int try_lock(int fd);

int
lock_take(const char *path, int wait_ms, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s", path);
	if (lock_fd(fd, path, wait_ms, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
lock_fd(int fd, const char *path, int wait_ms, struct err *e)
{
	const struct timespec nap = {0, LOCK_POLL_MS * 1000000L};
	int64_t until = clock_mono_ms() + wait_ms;

	while (try_lock(fd) == -1) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return err_sys(e, ERR_IO, "%s", path);
		if (clock_mono_ms() >= until)
			return err_set(e, ERR_TEMP,
			    "%s: locked by another process", path);
		nanosleep(&nap, NULL);
	}
	return 0;
}

void
lock_free(int fd)
{
	struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	(void)fcntl(fd, F_SETLK, &lock);
}

static int
try_lock(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_SETLK, &lock);
}
