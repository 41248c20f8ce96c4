#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"

#define HOST_MAX 256
#define DAY 86400

static int offset_at(int64_t sec);

int64_t
clock_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

struct date
clock_now(void)
{
	struct date now = {.zone_set = true, .sec = clock_sec()};

	now.zone_min = clock_zone(now.sec);
	return now;
}

struct date_here
clock_here(void)
{
	tzset();
	return (struct date_here){clock_sec(), clock_zone};
}

int
clock_zone(int64_t sec)
{
	tzset(); /* localtime_r need not */
	return offset_at(sec);
}

int
clock_zone_near(struct clock_day *near, int64_t sec)
{
	int64_t day = sec / DAY;

	if (near->is_known && near->day == day)
		return near->minutes;
	/* no zone changes its offset twice a day */
	*near = (struct clock_day){.day = day, .minutes = offset_at(day * DAY)};
	near->is_known = near->minutes == offset_at((day + 1) * DAY) &&
	    near->minutes == offset_at((day - 1) * DAY);
	return near->is_known ? near->minutes : offset_at(sec);
}

int64_t
clock_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
clock_random(void *p, size_t n, struct err *e)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	char *at = p;
	ssize_t got;

	if (fd == -1)
		return err_sys(e, ERR_OS, "/dev/urandom");
	while (n > 0) {
		got = read(fd, at, n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += got;
		n -= (size_t)got;
	}
	close(fd);
	if (n > 0)
		return err_set(e, ERR_OS, "/dev/urandom: cannot be read");
	return 0;
}

int
clock_token(struct buf *out, size_t n, struct err *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const unsigned fair = 256 - 256 % (sizeof letters - 1);
	unsigned char pool[64];

	while (n > 0) {
		if (clock_random(pool, sizeof pool, e) == -1)
			return -1;
		for (size_t i = 0; i < sizeof pool && n > 0; i++) {
			if (pool[i] >= fair)
				continue;
			buf_char(out, letters[pool[i] % (sizeof letters - 1)]);
			n--;
		}
	}
	return 0;
}

void
clock_host(struct buf *out)
{
	char name[HOST_MAX];

	if (gethostname(name, sizeof name) == -1 || name[0] == '\0') {
		buf_str(out, "localhost");
		return;
	}
	name[sizeof name - 1] = '\0';
	buf_str(out, name);
}

/* In minutes, of the zone that tzset has read. */
static int
offset_at(int64_t sec)
{
	time_t t = (time_t)sec;
	struct tm tm;
	struct date_civil local;

	if (localtime_r(&t, &tm) == NULL)
		return 0;
	local = (struct date_civil){.year = tm.tm_year + 1900,
	    .month = tm.tm_mon + 1, .day = tm.tm_mday, .hour = tm.tm_hour,
	    .minute = tm.tm_min, .second = tm.tm_sec};
	return (int)((date_sec(local) - sec) / 60);
}
