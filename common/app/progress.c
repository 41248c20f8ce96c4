#include <sys/ioctl.h>
#include <unistd.h>

#include "app/progress.h"
#include "host/clock.h"

#define SILENT_MS 1000 /* shorter work shows nothing */
#define AGAIN_MS 200   /* between two lines */
#define COLUMNS 80     /* of a terminal that does not tell */

static void show(struct progress *, int64_t now_ms);
static void put_bytes(uint64_t, struct buf *);
static size_t columns(void);
static void say(const struct buf *);

void
progress_begin(struct progress *p, const char *tool, const char *what)
{
	*p = (struct progress){.tool = tool, .what = what,
	    .began_ms = clock_mono_ms(), .is_on = isatty(STDERR_FILENO) == 1};
}

void
progress_expect(struct progress *p, uint64_t more)
{
	p->total += more;
}

void
progress_add(struct progress *p, uint64_t count, uint64_t bytes)
{
	int64_t now;

	p->count += count;
	p->bytes += bytes;
	if (!p->is_on)
		return;
	now = clock_mono_ms();
	if (now - p->began_ms >= SILENT_MS && now - p->told_ms >= AGAIN_MS)
		show(p, now);
}

void
progress_hide(struct progress *p)
{
	struct buf blank = {0};

	if (p->shown == 0)
		return;
	buf_fmt(&blank, "\r%*s\r", (int)p->shown, "");
	say(&blank);
	buf_free(&blank);
	p->shown = 0;
	p->told_ms = 0;
}

void
progress_end(struct progress *p)
{
	progress_hide(p);
	*p = (struct progress){0};
}

void
progress_line(const struct progress *p, int64_t now_ms, struct buf *out)
{
	int64_t ms = now_ms - p->began_ms;
	uint64_t left;

	buf_fmt(out, "%s: %llu", p->tool, (unsigned long long)p->count);
	/* nobody may know how many come after those that were expected */
	if (p->total > 0 && p->count <= p->total)
		buf_fmt(out, " of %llu", (unsigned long long)p->total);
	buf_fmt(out, " %s", p->what);
	if (p->bytes > 0) {
		buf_str(out, ", ");
		put_bytes(p->bytes, out);
	}
	if (p->bytes > 0 && ms > 0) {
		buf_str(out, ", ");
		put_bytes((uint64_t)((double)p->bytes * 1000 / (double)ms),
		    out);
		buf_str(out, "/s");
	}
	if (p->count == 0 || p->count >= p->total || ms <= 0)
		return;
	left = (uint64_t)((double)(p->total - p->count) * (double)ms /
	    (double)p->count / 1000);
	buf_fmt(out, ", %llu:%02u left", (unsigned long long)(left / 60),
	    (unsigned)(left % 60));
}

static void
show(struct progress *p, int64_t now_ms)
{
	struct buf line = {0}, text = {0};
	size_t room = columns() - 1, before = p->shown;

	progress_line(p, now_ms, &text);
	if (text.n > room)
		buf_cut(&text, room);
	buf_fmt(&line, "\r%s", buf_cstr(&text));
	if (text.n < before)
		buf_fmt(&line, "%*s", (int)(before - text.n), "");
	buf_char(&line, '\r');
	say(&line);
	p->shown = text.n;
	p->told_ms = now_ms;
	buf_free(&line);
	buf_free(&text);
}

static void
put_bytes(uint64_t n, struct buf *out)
{
	static const char *const units[] = {"KB", "MB", "GB", "TB"};
	uint64_t tenths = n * 10 / 1000;
	size_t unit = 0;

	for (; tenths >= 10000 && unit < 3; unit++)
		tenths /= 1000;
	if (n < 1000)
		buf_fmt(out, "%llu bytes", (unsigned long long)n);
	else
		buf_fmt(out, "%llu.%llu %s", (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10), units[unit]);
}

static size_t
columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col < 2)
		return COLUMNS;
	return size.ws_col;
}

static void
say(const struct buf *text)
{
	ssize_t put = write(STDERR_FILENO, text->p, text->n);

	(void)put; /* it is for eyes alone */
}
