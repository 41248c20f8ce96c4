#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/sync.h"
#include "store/maildir.h"

#define MARK ".satchelP" /* what tells our names from others' */
#define TOKEN 10	 /* random characters in them */

static int open_part(struct maildir *, const char *, int *, struct err *);
static void add_sync(struct maildir *, struct sync_file);
static int make_parts(const char *, struct err *);
static int new_name(struct maildir *, struct buf *, struct err *);
static int begin_names(struct maildir *, struct err *);
static void add_host(struct buf *);
static bool is_abandoned(const char *, struct span host);
static int open_list(struct maildir_iter *, struct err *);

int
maildir_open(const char *path, bool create, struct maildir *m, struct err *e)
{
	*m = (struct maildir){.dir = -1, .tmp = -1, .new = -1, .cur = -1};
	if (create && make_parts(path, e) == -1)
		return -1;
	m->path = mem_str(path);
	m->dir = file_open_dir(path, e);
	if (m->dir == -1 || open_part(m, "tmp", &m->tmp, e) == -1 ||
	    open_part(m, "new", &m->new, e) == -1 ||
	    open_part(m, "cur", &m->cur, e) == -1) {
		maildir_close(m);
		return -1;
	}
	return 0;
}

void
maildir_close(struct maildir *m)
{
	int *fd[] = {&m->dir, &m->tmp, &m->new, &m->cur};

	sync_close(m->sync);
	for (size_t i = 0; i < sizeof fd / sizeof fd[0]; i++) {
		if (*fd[i] != -1)
			close(*fd[i]);
		*fd[i] = -1;
	}
	free(m->unique);
	free(m->host);
	free(m->path);
	m->sync = NULL;
	m->unique = m->host = m->path = NULL;
}

bool
maildir_is(const char *path)
{
	static const char *const part[] = {"/cur", "/new", "/tmp"};
	struct buf one = {0};
	struct stat st;
	bool is = true;

	for (size_t i = 0; is && i < sizeof part / sizeof part[0]; i++) {
		buf_cut(&one, 0);
		buf_str(&one, path);
		buf_str(&one, part[i]);
		is = stat(buf_cstr(&one), &st) == 0 && S_ISDIR(st.st_mode);
	}
	buf_free(&one);
	return is;
}

int
maildir_begin(struct maildir *m, struct maildir_file *f, struct err *e)
{
	struct buf name = {0};

	*f = (struct maildir_file){.fd = -1};
	if (new_name(m, &name, e) == -1)
		return -1;
	f->fd = openat(m->tmp, buf_cstr(&name),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fd == -1)
		err_sys(e, ERR_CREATE, "%s/tmp/%s", m->path, buf_cstr(&name));
	else
		f->name = mem_str(buf_cstr(&name));
	buf_free(&name);
	return f->fd == -1 ? -1 : 0;
}

int
maildir_date(struct maildir *m, struct maildir_file *f, int64_t mtime_sec,
    struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
	    {.tv_sec = (time_t)mtime_sec}};

	if (futimens(f->fd, times) == -1)
		return err_sys(e, ERR_IO, "%s/tmp/%s", m->path, f->name);
	return 0;
}

void
maildir_whole(struct maildir *m, struct maildir_file *f)
{
	add_sync(m, (struct sync_file){f->name, f->fd, .closes = true});
	f->fd = -1;
	f->is_whole = true;
}

int
maildir_finish(struct maildir *m, struct maildir_file *f, size_t n,
    struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!f[i].is_whole)
			maildir_whole(m, &f[i]);
	add_sync(m, (struct sync_file){"its names", m->tmp, false});
	if (sync_wait(m->sync, e) == -1)
		return err_wrap(e, "%s/tmp", m->path);
	return 0;
}

void
maildir_abort(struct maildir *m, struct maildir_file *f)
{
	if (f->is_whole)
		(void)sync_wait(m->sync, &(struct err){0});
	if (f->name != NULL)
		unlinkat(m->tmp, f->name, 0);
	maildir_file_free(f);
}

void
maildir_file_free(struct maildir_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	free(f->name);
	*f = (struct maildir_file){.fd = -1};
}

void
maildir_place_name(const char *name, const char *flags, struct buf *out)
{
	if (flags[0] == '\0')
		buf_fmt(out, "new/%s", name);
	else
		buf_fmt(out, "cur/%s:2,%s", name, flags);
}

int
maildir_place(struct maildir *m, const char *name, const char *place,
    struct err *e)
{
	if (renameat(m->tmp, name, m->dir, place) == 0 || errno == ENOENT)
		return 0;
	return err_sys(e, ERR_IO, "%s/%s", m->path, place);
}

int
maildir_sync(struct maildir *m, struct err *e)
{
	add_sync(m, (struct sync_file){"new", m->new, false});
	add_sync(m, (struct sync_file){"cur", m->cur, false});
	if (sync_wait(m->sync, e) == -1)
		return err_wrap(e, "%s", m->path);
	return 0;
}

int
maildir_deliver(struct maildir *m, struct span message, const char *flags,
    struct buf *path, struct err *e)
{
	struct maildir_file f;
	struct buf place = {0};
	int r;

	if (maildir_begin(m, &f, e) == -1)
		return -1;
	r = file_write(f.fd, message, f.name, e);
	if (r == 0) {
		maildir_whole(m, &f);
		r = sync_wait(m->sync, e);
	}
	if (r == -1) {
		err_wrap(e, "%s/tmp", m->path);
		maildir_abort(m, &f);
		return -1;
	}
	maildir_place_name(f.name, flags, &place);
	r = maildir_place(m, f.name, buf_cstr(&place), e);
	if (r == 0 && maildir_sync(m, e) == -1) {
		unlinkat(m->dir, buf_cstr(&place), 0);
		r = -1;
	}
	if (r == 0) {
		buf_fmt(path, "%s/%s", m->path, buf_cstr(&place));
		maildir_file_free(&f);
	} else {
		maildir_abort(m, &f);
	}
	buf_free(&place);
	return r;
}

void
maildir_clean(struct maildir *m)
{
	int fd = openat(m->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd == -1 ? NULL : fdopendir(fd);
	struct buf host = {0};
	struct dirent *entry;

	if (list == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	add_host(&host);
	while ((entry = readdir(list)) != NULL)
		if (is_abandoned(entry->d_name, buf_view(&host)))
			unlinkat(m->tmp, entry->d_name, 0);
	closedir(list);
	buf_free(&host);
}

void
maildir_each(struct maildir *m, struct maildir_iter *it)
{
	*it = (struct maildir_iter){.m = m};
}

int
maildir_next(struct maildir_iter *it, struct maildir_entry *entry,
    struct err *e)
{
	struct dirent *d;

	for (;;) {
		if (it->dir == NULL && open_list(it, e) == -1)
			return -1;
		errno = 0;
		d = readdir(it->dir);
		if (d == NULL && errno != 0)
			return err_sys(e, ERR_IO, "%s", it->m->path);
		if (d == NULL && it->in_cur)
			return 0;
		if (d == NULL) {
			maildir_end(it);
			it->in_cur = true;
		} else if (d->d_name[0] != '.') {
			entry->name = d->d_name;
			entry->in_cur = it->in_cur;
			return 1;
		}
	}
}

void
maildir_end(struct maildir_iter *it)
{
	if (it->dir != NULL)
		closedir(it->dir);
	it->dir = NULL;
}

size_t
maildir_base(struct span name)
{
	size_t n = name.n, at;
	struct span base;

	while (n > 0 && name.p[n - 1] != ':')
		n--;
	base = span_sub(name, 0, n == 0 ? name.n : n - 1);
	at = span_find(base, SPAN(",U="));
	if (at == SPAN_NONE || at + 3 == base.n || !ascii_digit(base.p[at + 3]))
		return base.n;
	return at;
}

static void
add_sync(struct maildir *m, struct sync_file file)
{
	if (m->sync == NULL)
		m->sync = sync_open();
	sync_add(m->sync, file);
}

static int
make_parts(const char *path, struct err *e)
{
	static const char *const part[] = {"/tmp", "/new", "/cur"};
	struct buf one = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof part / sizeof part[0]; i++) {
		buf_cut(&one, 0);
		buf_str(&one, path);
		buf_str(&one, part[i]);
		r = file_mkdirs(buf_cstr(&one), e);
	}
	buf_free(&one);
	return r;
}

static int
open_part(struct maildir *m, const char *name, int *fd, struct err *e)
{
	*fd = openat(m->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1 && errno == ENOENT)
		return err_set(e, ERR_NOINPUT,
		    "%s: not a Maildir, for it has no %s", m->path, name);
	if (*fd == -1)
		return err_sys(e, ERR_NOINPUT, "%s/%s", m->path, name);
	return 0;
}

/* SECONDS.satchelP<pid>R<random>Q<number>.<host> */
static int
new_name(struct maildir *m, struct buf *out, struct err *e)
{
	if (m->unique == NULL && begin_names(m, e) == -1)
		return -1;
	buf_fmt(out, "%lld%s%lu.%s", (long long)clock_sec(), m->unique,
	    ++m->named, m->host);
	return 0;
}

/* What all names of this process have. */
static int
begin_names(struct maildir *m, struct err *e)
{
	struct buf unique = {0}, host = {0};

	int status;

	buf_fmt(&unique, MARK "%ldR", (long)getpid());
	status = clock_token(&unique, TOKEN, e);
	buf_char(&unique, 'Q');
	add_host(&host);
	if (status == 0) {
		m->unique = mem_str(buf_cstr(&unique));
		m->host = mem_str(buf_cstr(&host));
	}
	buf_free(&unique);
	buf_free(&host);
	return status;
}

/* "/" and ":" have a meaning in a Maildir's names and are escaped as usual. */
static void
add_host(struct buf *out)
{
	struct buf host = {0};

	clock_host(&host);
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] == '/')
			buf_str(out, "\\057");
		else if (host.p[i] == ':')
			buf_str(out, "\\072");
		else
			buf_char(out, host.p[i]);
	buf_free(&host);
}

/* One of ours, of this host, whose process is gone. */
static bool
is_abandoned(const char *name, struct span host)
{
	struct span s = span_of(name), pid, unique;
	size_t at = span_find(s, SPAN(MARK));
	uint64_t number;

	if (at == SPAN_NONE)
		return false;
	s = span_from(s, at + sizeof MARK - 1);
	if (span_cut(&s, 'R', &pid) == 0 ||
	    !span_num(pid, INT32_MAX, &number) || number == 0 ||
	    span_cut(&s, '.', &unique) == 0 || !span_eq(s, host))
		return false;
	return kill((pid_t)number, 0) == -1 && errno == ESRCH;
}

static int
open_list(struct maildir_iter *it, struct err *e)
{
	int fd = openat(it->in_cur ? it->m->cur : it->m->new, ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	it->dir = fd == -1 ? NULL : fdopendir(fd);
	if (it->dir != NULL)
		return 0;
	err_sys(e, ERR_NOINPUT, "%s", it->m->path);
	if (fd != -1)
		close(fd);
	return -1;
}
