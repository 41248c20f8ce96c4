#include <sys/types.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "app/log.h"
#include "base/mem.h"
#include "host/clock.h"
#include "host/file.h"
#include "text/charset.h"

static void put_value(struct span, struct buf *);
static bool is_plain(struct span);
static void put_time(struct log *, struct buf *);

int
log_open(struct log *l, const struct account *a, const char *tool,
    struct err *e)
{
	const char *path = account_get(a, "logfile", CONF_BOTH);

	*l = (struct log){.tool = tool};
	if (path == NULL)
		return 0;
	if (strcmp(path, "syslog") == 0) {
		openlog(tool, LOG_PID, LOG_MAIL);
		l->is_system = true;
		return 0;
	}
	l->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOCTTY, 0600);
	if (l->fd == -1) {
		l->fd = 0;
		return err_sys(e, ERR_CREATE, "%s", path);
	}
	l->path = mem_str(path);
	return 0;
}

void
log_close(struct log *l)
{
	if (l->is_system)
		closelog();
	if (l->fd > 0)
		close(l->fd);
	free(l->path);
	buf_free(&l->line);
	*l = (struct log){0};
}

bool
log_is_on(const struct log *l)
{
	return l->is_system || l->fd > 0;
}

void
log_put(struct log *l, const char *key, struct span value)
{
	if (value.n == 0 || !log_is_on(l))
		return;
	if (l->line.n > 0)
		buf_char(&l->line, ' ');
	buf_fmt(&l->line, "%s=", key);
	put_value(value, &l->line);
}

void
log_number(struct log *l, const char *key, uint64_t n)
{
	struct buf text = {0};

	buf_fmt(&text, "%llu", (unsigned long long)n);
	log_put(l, key, buf_view(&text));
	buf_free(&text);
}

int
log_end(struct log *l, struct err *e)
{
	struct buf whole = {0};
	int status = 0;

	if (l->is_system) {
		syslog(LOG_INFO, "%s", buf_cstr(&l->line));
	} else if (l->fd > 0) {
		put_time(l, &whole);
		buf_span(&whole, buf_view(&l->line));
		buf_char(&whole, '\n');
		status = file_write(l->fd, buf_view(&whole), l->path, e);
	}
	buf_cut(&l->line, 0);
	buf_free(&whole);
	return status;
}

static void
put_value(struct span value, struct buf *out)
{
	struct buf clean = {0};

	if (is_plain(value)) {
		buf_span(out, span_sub(value, 0, LOG_VALUE_MAX));
		return;
	}
	charset_line(span_sub(value, 0, LOG_VALUE_MAX), &clean);
	buf_char(out, '"');
	for (size_t i = 0; i < clean.n; i++) {
		if (clean.p[i] == '"' || clean.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, clean.p[i]);
	}
	buf_char(out, '"');
	buf_free(&clean);
}

static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '=' || s.p[i] == '\\')
			return false;
	return true;
}

static void
put_time(struct log *l, struct buf *out)
{
	struct date utc = {.sec = clock_now().sec, .zone_set = true};

	date_rfc3339(utc, out);
	buf_fmt(out, " %s[%ld]: ", l->tool, (long)getpid());
}
