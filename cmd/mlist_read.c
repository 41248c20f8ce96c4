#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mail/flag.h"
#include "mail/header.h"
#include "mlist.h"

#define NS INT64_C(1000000000)
#define WINDOW 4096 /* bytes of the first read; most headers fit */

static int try_open(const char *path, struct err *);
static void recall(const struct record *, struct summary *);
static int64_t floor_sec(int64_t ns);
static int read_needed(const struct mlist *, struct mlist_reader *,
    struct summary *, struct err *);
static int read_open(struct mlist_reader *, struct err *);
static int read_status(struct mlist_reader *, struct summary *, struct err *);
static int read_header(struct mlist_reader *, struct summary *, struct err *);
static ssize_t read_piece(struct mlist_reader *, size_t n, struct err *);
static int read_fields(void *, struct err *);
static int is_known(void *, size_t text);
static int give_whole(void *, struct span *, struct err *);

int
mlist_message(struct mlist *m, const char *path, struct err *e)
{
	int status = mlist_message_read(m, &m->reader, path, e);

	mlist_take(m, &m->reader.rows);
	return status;
}

int
mlist_message_read(const struct mlist *m, struct mlist_reader *r,
    const char *path, struct err *e)
{
	struct summary s = {.name = span_of(path)};
	struct span dir = s.name;
	bool is_in_cur;
	int status;

	while (dir.n > 0 && dir.p[dir.n - 1] != '/')
		dir.n--;
	s.is_new = span_is(dir, "new/") || span_ends(dir, SPAN("/new/"));
	is_in_cur = span_is(dir, "cur/") || span_ends(dir, SPAN("/cur/"));
	s.arrival = mlist_arrival(span_from(s.name, dir.n));
	if (s.is_new || is_in_cur)
		s.folder = dir.n > 4 ? span_sub(dir, 0, dir.n - 5) : SPAN(".");
	else if (try_open(path, e) == -1)
		return -1;
	status = mlist_read(m, r, AT_FDCWD, path, NULL, &s, e);
	mlist_read_end(r);
	return status;
}

int
mlist_read(const struct mlist *m, struct mlist_reader *r, int dir,
    const char *file, const struct record *known, struct summary *s,
    struct err *e)
{
	struct query_message message = {.summary = s, .whole = give_whole,
	    .header = read_fields, .known = is_known, .arg = r};
	int status = 0;

	s->flags = flag_of_name(s->name);
	s->memo = r->memo;
	r->path = s->name.p;
	r->dir = dir;
	r->file = file;
	r->summary = s;
	r->number = known == NULL ? 0 : known->text;
	r->fd = -1;
	r->has_header = r->is_gone = r->is_link = false;
	r->status = (struct stat){0};
	if (known != NULL && !known->is_whole)
		known = NULL;
	if (known != NULL)
		recall(known, s);
	if (known == NULL || (m->output_needs & QUERY_FIELDS) != 0)
		status = read_needed(m, r, s, e);
	if (status == 0)
		status = mlist_match(m, &message, &r->rows, e);
	return status;
}

void
mlist_read_end(struct mlist_reader *r)
{
	file_unmap(&r->whole);
	r->whole = (struct file_map){0};
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
	buf_cut(&r->bytes, 0);
	/* what one large header took is not kept for all others */
	if (r->bytes.cap > MLIST_HEADER_MAX)
		buf_free(&r->bytes);
}

int
mlist_read_whole(struct mlist_reader *r, struct span *bytes, struct err *e)
{
	if (r->fd == -1 && (read_open(r, e) == -1 ||
	    read_status(r, r->summary, e) == -1))
		return -1;
	if (r->whole.bytes.p == NULL &&
	    (lseek(r->fd, 0, SEEK_SET) == -1 ||
	    file_map_fd(r->fd, r->path, &r->whole, e) == -1))
		return -1;
	*bytes = r->whole.bytes;
	return 0;
}

void
mlist_reader_free(struct mlist_reader *r)
{
	buf_free(&r->name);
	buf_free(&r->bytes);
	mlist_rows_free(&r->rows);
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

static void
recall(const struct record *known, struct summary *s)
{
	memcpy(s->field, known->summary.field, sizeof s->field);
	s->known = known->summary.known;
	s->size = known->size;
	if (s->arrival == 0)
		s->arrival = floor_sec(known->mtime_ns);
}

static int64_t
floor_sec(int64_t ns)
{
	return ns / NS - (ns % NS < 0);
}

/* Names alone need no file opened. */
static int
read_needed(const struct mlist *m, struct mlist_reader *r, struct summary *s,
    struct err *e)
{
	if (m->needs == 0 && !r->is_recording)
		return 0;
	if (read_open(r, e) == -1 || read_status(r, s, e) == -1)
		return -1;
	if ((m->needs & QUERY_HEADER) == 0 && !r->is_recording)
		return 0;
	return read_header(r, s, e);
}

static int
read_open(struct mlist_reader *r, struct err *e)
{
	/* a FIFO must not make it wait */
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

	r->fd = openat(r->dir, r->file, flags | O_NOFOLLOW);
	if (r->fd == -1 && errno != ENOENT) {
		r->fd = openat(r->dir, r->file, flags);
		r->is_link = r->fd != -1;
	}
	r->is_gone = r->fd == -1 && errno == ENOENT;
	if (r->fd == -1)
		return err_sys(e, ERR_NOINPUT, "%s", r->path);
	return 0;
}

static int
read_status(struct mlist_reader *r, struct summary *s, struct err *e)
{
	if (fstat(r->fd, &r->status) == -1)
		return err_sys(e, ERR_IO, "%s", r->path);
	if (!S_ISREG(r->status.st_mode))
		return err_set(e, ERR_NOINPUT, "%s: not a file", r->path);
	s->size = (uint64_t)r->status.st_size;
	if (s->arrival == 0)
		s->arrival = r->status.st_mtime;
	return 0;
}

/* Reads window by window until the header ends. */
static int
read_header(struct mlist_reader *r, struct summary *s, struct err *e)
{
	struct span body = {0};
	size_t window = WINDOW;
	ssize_t got;

	do {
		got = read_piece(r, window, e);
		if (got == -1)
			return -1;
		summary_message(s, buf_view(&r->bytes), &body);
		window = r->bytes.n;
	} while (body.n == 0 && got > 0 && r->bytes.n < MLIST_HEADER_MAX);
	r->has_header = true;
	return 0;
}

static ssize_t
read_piece(struct mlist_reader *r, size_t n, struct err *e)
{
	ssize_t got = read(r->fd, buf_room(&r->bytes, n), n);

	if (got == -1)
		return err_sys(e, ERR_IO, "%s", r->path);
	buf_grew(&r->bytes, (size_t)got);
	return got;
}

/* What the index did not have. */
static int
read_fields(void *arg, struct err *e)
{
	struct mlist_reader *r = arg;
	struct span header, body;

	if (r->whole.bytes.p != NULL) {
		header = header_split(r->whole.bytes, &body);
		summary_header(r->summary,
		    span_sub(header, 0, MLIST_HEADER_MAX));
		r->has_header = true;
		return 0;
	}
	if (r->fd == -1 && (read_open(r, e) == -1 ||
	    read_status(r, r->summary, e) == -1))
		return -1;
	return read_header(r, r->summary, e);
}

static int
is_known(void *arg, size_t text)
{
	const struct mlist_reader *r = arg;
	const struct mlist_text *t;

	if (r->text == NULL)
		return -1;
	t = &r->text[text];
	if (r->number == 0 || r->number >= t->n)
		return -1;
	if ((t->bits[r->number / 8] >> r->number % 8 & 1) == 0)
		return 0;
	return t->is_exact ? 1 : -1;
}

static int
give_whole(void *arg, struct span *bytes, struct err *e)
{
	return mlist_read_whole(arg, bytes, e);
}
