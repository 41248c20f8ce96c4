#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/mbox.h"

static bool is_in_maildir(struct span path);
static int state_of(const char *path, struct mbox_state *, struct err *);
static bool is_same(const struct mbox *, const char *path,
    const struct mbox_state *);
static void take_offsets(struct mbox *);
static int by_offset(const void *, const void *);

bool
mbox_holds(const char *path, struct span bytes)
{
	return mboxrd_is_from(bytes, NULL) && !is_in_maildir(span_of(path));
}

bool
mbox_may_be(const char *path)
{
	char start[MBOXRD_FROM_MAX + 1];
	struct stat st;
	ssize_t got = -1;
	int fd;

	if (is_in_maildir(span_of(path)))
		return false;
	/* a FIFO must not make it wait */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return false;
	/* what is read of a FIFO is gone */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		got = pread(fd, start, sizeof start, 0);
	close(fd);
	return got == 0 ||
	    (got > 0 && mbox_holds(path, span_at(start, (size_t)got)));
}

int
mbox_open(struct mbox *m, const char *path, struct err *e)
{
	struct mbox_state state = {0};

	if (state_of(path, &state, e) == -1)
		return -1;
	if (is_same(m, path, &state))
		return 0;
	mbox_close(m);
	if (file_map(AT_FDCWD, path, &m->file, e) == -1)
		return -1;
	m->path = mem_str(path);
	m->state = state;
	return 0;
}

void
mbox_close(struct mbox *m)
{
	file_unmap(&m->file);
	free(m->path);
	free(m->offset);
	*m = (struct mbox){0};
}

bool
mbox_name(const char *name, struct buf *path, size_t *offset)
{
	const char *mark = strrchr(name, '#');
	uint64_t n;

	if (mark == NULL || mark == name ||
	    !span_num(span_of(mark + 1), SIZE_MAX - 1, &n))
		return false;
	buf_add(path, name, (size_t)(mark - name));
	*offset = (size_t)n;
	return true;
}

int
mbox_find(struct mbox *m, const char *name, struct mboxrd_message *message,
    struct err *e)
{
	struct buf path = {0};
	struct mboxrd it;
	size_t offset, *found = NULL;
	int status;

	if (!mbox_name(name, &path, &offset))
		return err_set(e, ERR_NOINPUT, "%s: no such file", name);
	status = mbox_open(m, buf_cstr(&path), e);
	buf_free(&path);
	if (status == -1)
		return err_wrap(e, "%s", name);
	if (m->offset == NULL)
		take_offsets(m);
	if (m->offset != NULL)
		found = bsearch(&offset, m->offset, m->n, sizeof offset,
		    by_offset);
	if (found == NULL)
		return err_set(e, ERR_NOINPUT, "%s: no message begins there",
		    name);
	mboxrd_each(m->file.bytes, offset, &it);
	mboxrd_next(&it, message);
	return 0;
}

static bool
is_in_maildir(struct span path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return span_is(path, "cur/") || span_ends(path, SPAN("/cur/")) ||
	    span_is(path, "new/") || span_ends(path, SPAN("/new/"));
}

static int
state_of(const char *path, struct mbox_state *state, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return err_sys(e, ERR_NOINPUT, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_NOINPUT, "%s: not a file", path);
	*state = (struct mbox_state){.device = (uint64_t)st.st_dev,
	    .inode = (uint64_t)st.st_ino, .size = (uint64_t)st.st_size,
	    .sec = st.st_mtim.tv_sec, .nsec = st.st_mtim.tv_nsec};
	return 0;
}

static bool
is_same(const struct mbox *m, const char *path, const struct mbox_state *now)
{
	const struct mbox_state *then = &m->state;

	return m->path != NULL && strcmp(m->path, path) == 0 &&
	    then->device == now->device && then->inode == now->inode &&
	    then->size == now->size && then->sec == now->sec &&
	    then->nsec == now->nsec;
}

static void
take_offsets(struct mbox *m)
{
	struct mboxrd_message message;
	struct mboxrd it;

	mboxrd_each(m->file.bytes, 0, &it);
	while (mboxrd_next(&it, &message) == 1) {
		m->offset = mem_grow(m->offset, &m->cap, m->n + 1,
		    sizeof *m->offset);
		m->offset[m->n++] = message.offset;
	}
}

static int
by_offset(const void *p, const void *q)
{
	const size_t *a = p, *b = q;

	return *a < *b ? -1 : *a > *b;
}
