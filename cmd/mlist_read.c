#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mail/flag.h"
#include "mail/header.h"
#include "mlist.h"

#define WINDOW 4096 /* bytes of the first read; most headers fit */

static int try_open(const char *path, struct err *);
static int read_open(struct mlist *, int dir, const char *file,
    struct summary *, struct err *);
static int read_status(struct mlist_file *, struct summary *, struct err *);
static int read_header(struct mlist_file *, struct summary *, struct err *);
static ssize_t read_piece(struct mlist_file *, size_t n, struct err *);
static int read_whole(void *, struct span *, struct err *);
static void read_close(struct mlist_file *);

int
mlist_message(struct mlist *m, const char *path, struct err *e)
{
	struct summary s = {.name = span_of(path)};
	struct span dir = s.name;
	bool is_in_cur;

	while (dir.n > 0 && dir.p[dir.n - 1] != '/')
		dir.n--;
	s.is_new = span_is(dir, "new/") || span_ends(dir, SPAN("/new/"));
	is_in_cur = span_is(dir, "cur/") || span_ends(dir, SPAN("/cur/"));
	s.arrival = mlist_arrival(path + dir.n);
	if (s.is_new || is_in_cur)
		s.folder = dir.n > 4 ? span_sub(dir, 0, dir.n - 5) : SPAN(".");
	else if (try_open(path, e) == -1)
		return -1;
	return mlist_read(m, AT_FDCWD, path, &s, e);
}

int
mlist_read(struct mlist *m, int dir, const char *file, struct summary *s,
    struct err *e)
{
	struct query_message message = {s, read_whole, &m->file};
	int status = 0;

	s->flags = flag_of_name(s->name);
	m->file.path = s->name.p;
	m->file.fd = -1;
	if (m->needs != 0)
		status = read_open(m, dir, file, s, e);
	if (status == 0)
		status = mlist_match(m, &message, e);
	read_close(&m->file);
	return status;
}

int
mlist_match(struct mlist *m, const struct query_message *message,
    struct err *e)
{
	int matched = 1;

	if (m->query != NULL)
		matched = query_match(m->query, message, e);
	if (matched == 1)
		matched = mlist_show(m, message->summary, e);
	return matched == -1 ? -1 : 0;
}

/* A name that was asked for must be readable, also where it alone is shown. */
static int
try_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return err_sys(e, ERR_NOINPUT, "%s", path);
	close(fd);
	return 0;
}

static int
read_open(struct mlist *m, int dir, const char *file, struct summary *s,
    struct err *e)
{
	struct mlist_file *f = &m->file;

	/* a FIFO must not make it wait */
	f->fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd == -1)
		return err_sys(e, ERR_NOINPUT, "%s", f->path);
	if (read_status(f, s, e) == -1)
		return -1;
	return (m->needs & QUERY_HEADER) == 0 ? 0 : read_header(f, s, e);
}

static int
read_status(struct mlist_file *f, struct summary *s, struct err *e)
{
	struct stat st;

	if (fstat(f->fd, &st) == -1)
		return err_sys(e, ERR_IO, "%s", f->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_NOINPUT, "%s: not a file", f->path);
	s->size = (uint64_t)st.st_size;
	if (s->arrival == 0)
		s->arrival = st.st_mtime;
	return 0;
}

/* Reads window by window until the header ends. */
static int
read_header(struct mlist_file *f, struct summary *s, struct err *e)
{
	struct span header, body = {0};
	size_t window = WINDOW;
	ssize_t got;

	do {
		got = read_piece(f, window, e);
		if (got == -1)
			return -1;
		header = header_split(buf_view(&f->bytes), &body);
		window = f->bytes.n;
	} while (body.n == 0 && got > 0 && f->bytes.n < MLIST_HEADER_MAX);
	summary_header(s, header);
	return 0;
}

static ssize_t
read_piece(struct mlist_file *f, size_t n, struct err *e)
{
	ssize_t got = read(f->fd, buf_room(&f->bytes, n), n);

	if (got == -1)
		return err_sys(e, ERR_IO, "%s", f->path);
	buf_grew(&f->bytes, (size_t)got);
	return got;
}

static int
read_whole(void *arg, struct span *bytes, struct err *e)
{
	struct mlist_file *f = arg;

	if (lseek(f->fd, 0, SEEK_SET) == -1)
		return err_sys(e, ERR_IO, "%s", f->path);
	if (file_map_fd(f->fd, f->path, &f->whole, e) == -1)
		return -1;
	*bytes = f->whole.bytes;
	return 0;
}

static void
read_close(struct mlist_file *f)
{
	file_unmap(&f->whole);
	f->whole = (struct file_map){0};
	if (f->fd != -1)
		close(f->fd);
	buf_cut(&f->bytes, 0);
	/* what one large header took is not kept for all others */
	if (f->bytes.cap > MLIST_HEADER_MAX)
		buf_free(&f->bytes);
}
