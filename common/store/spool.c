#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "host/lock.h"
#include "host/sync.h"
#include "store/spool_row.h"

#define FILE_NAME "spool.db"
#define ID_CHARS 12
#define TRIES_MAX 8 /* ids for a new message */
#define BACKOFF_MIN_SEC 60
#define BACKOFF_MAX_SEC (4 * 60 * 60)

static int take_id(struct spool *, struct spool_item *, struct err *);
static int take_lock(struct spool *, struct spool_item *, int wait_ms,
    struct err *);
static void drop_files(struct spool *, const char *id);
static int gather(struct spool *, sqlite3_stmt *, struct spool_ids *,
    struct err *);
static int insert_all(struct spool *, struct spool_item *const *, size_t,
    struct err *);
static int save_all(struct spool *, struct spool_item *const *, size_t,
    struct err *);
static void note_sent(struct spool *, struct spool_item *const *, size_t);
static bool is_over(const struct spool_item *);
static int recover(struct spool *, struct spool_item *, struct err *);
static bool has_file(const struct spool *, const struct spool_item *);
static bool is_id(const char *);

int
spool_open(const char *dir, struct spool **out, struct err *e)
{
	struct spool *s = mem_alloc(1, sizeof *s);
	struct buf path = {0};

	*out = NULL;
	s->path = mem_str(dir);
	s->dir = -1;
	buf_fmt(&path, "%s/" FILE_NAME, dir);
	if (file_mkdirs(dir, e) == -1 ||
	    (s->dir = file_open_dir(dir, e)) == -1 ||
	    db_open(buf_cstr(&path), &spool_kind, &s->db, e) == -1) {
		spool_close(s);
		buf_free(&path);
		return -1;
	}
	buf_free(&path);
	*out = s;
	return 0;
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	db_close(&s->db);
	if (s->dir != -1)
		close(s->dir);
	free(s->path);
	free(s);
}

int
spool_begin(struct spool *s, struct spool_item *item, int *fd, struct err *e)
{
	int r = take_id(s, item, e);

	/* a new lock's holder may be one who cleans */
	for (int i = 1; r == -1 && e->kind == ERR_TEMP && i < TRIES_MAX; i++)
		r = take_id(s, item, e);
	if (r == -1)
		return -1;
	*fd = openat(s->dir, item->id,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd != -1)
		return 0;
	err_sys(e, ERR_CREATE, "%s/%s", s->path, item->id);
	spool_abort(s, item, -1);
	return -1;
}

int
spool_commit(struct spool *s, struct spool_item *const *item, const int *fd,
    size_t n, struct err *e)
{
	struct sync_file *file = mem_alloc(n, sizeof *file);
	int r;

	for (size_t i = 0; i < n; i++)
		file[i] = (struct sync_file){.name = item[i]->id, .fd = fd[i]};
	r = sync_all(file, n, e);
	free(file);
	for (size_t i = 0; i < n; i++)
		if (close(fd[i]) == -1 && r == 0)
			r = err_sys(e, ERR_IO, "%s/%s", s->path, item[i]->id);
	if (r == 0)
		r = file_sync(s->dir, s->path, e);
	if (r == 0 && (r = db_begin(&s->db, e)) == 0)
		r = db_end(&s->db, insert_all(s, item, n, e), e);
	for (size_t i = 0; i < n && r == -1; i++)
		spool_abort(s, item[i], -1);
	return r;
}

void
spool_abort(struct spool *s, struct spool_item *item, int fd)
{
	if (fd != -1)
		close(fd);
	drop_files(s, item->id);
	if (item->lock > 0)
		close(item->lock);
	item->lock = 0;
}

int
spool_map(struct spool *s, const struct spool_item *item,
    struct file_map *map, struct err *e)
{
	return file_map(s->dir, item->id, map, e);
}

int
spool_claim(struct spool *s, const char *id, struct spool_item *item,
    struct err *e)
{
	int r;

	*item = (struct spool_item){.id = mem_str(id)};
	if (take_lock(s, item, 0, e) == -1) {
		spool_release(item);
		return e->kind == ERR_TEMP ? 0 : -1;
	}
	r = spool_row_read(s, id, item, e);
	if (r == 0) /* gone, or never committed by one that died */
		drop_files(s, id);
	if (r == 1)
		r = recover(s, item, e);
	if (r != 1)
		spool_release(item);
	return r;
}

int
spool_load(struct spool *s, const char *id, struct spool_item *item,
    struct err *e)
{
	int r;

	*item = (struct spool_item){.id = mem_str(id)};
	r = spool_row_read(s, id, item, e);
	if (r == 1)
		return 0;
	spool_release(item);
	return r == 0 ? err_set(e, ERR_NOINPUT, "%s is not in the queue", id) :
	    -1;
}

int
spool_wait(struct spool *s, const char *id, int wait_ms, struct err *e)
{
	struct spool_item item;
	struct err gone;
	int r = spool_load(s, id, &item, e);

	spool_release(&item);
	if (r == -1)
		return e->kind == ERR_NOINPUT ? 0 : -1;
	item = (struct spool_item){.id = mem_str(id)};
	r = take_lock(s, &item, wait_ms, e);
	spool_release(&item);
	if (r == 0)
		return 0;
	/* a lock that is gone was let go of with its message */
	r = spool_load(s, id, &item, &gone);
	if (r == 0)
		spool_release(&item);
	return r == -1 && gone.kind == ERR_NOINPUT ? 0 : -1;
}

void
spool_release(struct spool_item *item)
{
	for (size_t i = 0; i < item->n; i++) {
		free(item->rcpt[i].address);
		free(item->rcpt[i].enhanced);
		free(item->rcpt[i].text);
	}
	free(item->rcpt);
	free(item->id);
	free(item->account);
	free(item->sender);
	free(item->message_id);
	free(item->notify);
	free(item->ret);
	free(item->envid);
	free(item->key);
	if (item->lock > 0)
		close(item->lock);
	*item = (struct spool_item){0};
}

int
spool_save(struct spool *s, struct spool_item *const *item, size_t n,
    struct err *e)
{
	if (db_begin(&s->db, e) == -1 ||
	    db_end(&s->db, save_all(s, item, n, e), e) == -1) {
		note_sent(s, item, n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (is_over(item[i]))
			drop_files(s, item[i]->id);
	return 0;
}

int
spool_remove(struct spool *s, struct spool_item *item, struct err *e)
{
	if (db_begin(&s->db, e) == -1 ||
	    db_end(&s->db, spool_row_remove(s, item, e), e) == -1)
		return -1;
	drop_files(s, item->id);
	return 0;
}

bool
spool_has(const struct spool_item *item, enum spool_state state)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state == state)
			return true;
	return false;
}

bool
spool_is_due(const struct spool_item *item, int64_t now)
{
	return item->next <= now || item->next - BACKOFF_MAX_SEC > now;
}

int
spool_list(struct spool *s, const char *account, int64_t due,
    struct spool_ids *ids, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "SELECT id FROM message WHERE"
	    " (next <= ?1 OR next - ?4 > ?1) AND"
	    " (?2 = '' OR account = ?3) ORDER BY account, created, id", &q,
	    e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, due);
	db_bind(q, 2, account == NULL ? SPAN("") : SPAN("a"));
	db_bind(q, 3, span_of(account));
	sqlite3_bind_int64(q, 4, BACKOFF_MAX_SEC);
	return gather(s, q, ids, e);
}

int
spool_list_copies(struct spool *s, const char *account,
    struct spool_ids *ids, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "SELECT id FROM message WHERE copy = ?1 AND"
	    " (?2 = '' OR account = ?3) ORDER BY account, created, id", &q,
	    e) == -1)
		return -1;
	sqlite3_bind_int(q, 1, SPOOL_COPY_DUE);
	db_bind(q, 2, account == NULL ? SPAN("") : SPAN("a"));
	db_bind(q, 3, span_of(account));
	return gather(s, q, ids, e);
}

void
spool_ids_free(struct spool_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->v[i]);
	free(ids->v);
	*ids = (struct spool_ids){0};
}

void
spool_clean(struct spool *s)
{
	DIR *d = opendir(s->path);
	struct spool_item item;
	struct dirent *entry;
	struct err e;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char id[ID_CHARS + 1] = "";

		memcpy(id, entry->d_name,
		    strnlen(entry->d_name, ID_CHARS));
		if (!is_id(id) || (entry->d_name[ID_CHARS] != '\0' &&
		    strcmp(entry->d_name + ID_CHARS, ".lock") != 0))
			continue;
		if (spool_load(s, id, &item, &e) == 0)
			spool_release(&item);
		else if (e.kind == ERR_NOINPUT &&
		    spool_claim(s, id, &item, &e) == 1)
			spool_release(&item);
	}
	if (d != NULL)
		closedir(d);
}

int64_t
spool_backoff(int tries, unsigned chance)
{
	int64_t sec = BACKOFF_MIN_SEC;

	for (int i = 1; i < tries && sec < BACKOFF_MAX_SEC; i++)
		sec *= 2;
	if (sec > BACKOFF_MAX_SEC)
		sec = BACKOFF_MAX_SEC;
	return sec - chance % (unsigned)(sec / 4 + 1);
}

/* A new id, with its lock. */
static int
take_id(struct spool *s, struct spool_item *item, struct err *e)
{
	struct buf id = {0};

	if (clock_token(&id, ID_CHARS, e) == -1)
		return -1;
	free(item->id);
	item->id = mem_str(buf_cstr(&id));
	buf_free(&id);
	return take_lock(s, item, 0, e);
}

/*
 * The lock is a file of its own, for closing the message would undo one.  One
 * that was removed before it was taken locks nothing.
 */
static int
take_lock(struct spool *s, struct spool_item *item, int wait_ms,
    struct err *e)
{
	struct stat ours, there;
	struct buf path = {0};
	int fd, r = 0;

	buf_fmt(&path, "%s/%s.lock", s->path, item->id);
	fd = lock_take(buf_cstr(&path), wait_ms, e);
	if (fd != -1 && (fstat(fd, &ours) == -1 ||
	    stat(buf_cstr(&path), &there) == -1 ||
	    ours.st_ino != there.st_ino || ours.st_dev != there.st_dev))
		r = err_set(e, ERR_TEMP, "%s: is gone", buf_cstr(&path));
	buf_free(&path);
	if (fd == -1)
		return -1;
	if (r == 0)
		item->lock = fd;
	else
		close(fd);
	return r;
}

/* Only by the lock's holder. */
static void
drop_files(struct spool *s, const char *id)
{
	struct buf lock = {0};

	buf_fmt(&lock, "%s.lock", id);
	unlinkat(s->dir, id, 0);
	unlinkat(s->dir, buf_cstr(&lock), 0);
	buf_free(&lock);
}

static int
gather(struct spool *s, sqlite3_stmt *q, struct spool_ids *ids,
    struct err *e)
{
	int step;

	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		ids->v = mem_grow(ids->v, &ids->cap, ids->n + 1,
		    sizeof *ids->v);
		ids->v[ids->n++] = db_text(q, 0);
	}
	return db_finish(&s->db, q, step, e);
}

static int
insert_all(struct spool *s, struct spool_item *const *item, size_t n,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = spool_row_insert(s, item[i], e);
	return r;
}

static int
save_all(struct spool *s, struct spool_item *const *item, size_t n,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = is_over(item[i]) ? spool_row_remove(s, item[i], e) :
		    spool_row_update(s, item[i], e);
	return r;
}

/* The answers that could not be written down, see spool_save. */
static void
note_sent(struct spool *s, struct spool_item *const *item, size_t n)
{
	struct err ignored;
	bool is_any = false;

	for (size_t i = 0; i < n; i++)
		if (spool_has(item[i], SPOOL_SENT) &&
		    !spool_has(item[i], SPOOL_QUEUED) &&
		    !spool_has(item[i], SPOOL_SENDING) &&
		    !spool_has(item[i], SPOOL_REFUSED) &&
		    !spool_has(item[i], SPOOL_UNKNOWN))
			is_any = unlinkat(s->dir, item[i]->id, 0) == 0 ||
			    is_any;
	if (is_any)
		(void)file_sync(s->dir, s->path, &ignored);
}

static bool
is_over(const struct spool_item *item)
{
	return !spool_has(item, SPOOL_QUEUED) &&
	    !spool_has(item, SPOOL_SENDING) &&
	    !spool_has(item, SPOOL_UNKNOWN) && item->copy != SPOOL_COPY_DUE;
}

/*
 * Nobody saw the end of what a dead process was sending: 1.  Unless its file is
 * gone: then all of it was sent, or, where none was being sent, a commit that
 * failed at its very end left a row though the caller was told that there is
 * none: 0, and it is removed.
 */
static int
recover(struct spool *s, struct spool_item *item, struct err *e)
{
	bool is_gone = !has_file(s, item) && !spool_has(item, SPOOL_UNKNOWN);
	bool was_sending = spool_has(item, SPOOL_SENDING);

	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state == SPOOL_SENDING)
			item->rcpt[i].state = is_gone ? SPOOL_SENT :
			    SPOOL_UNKNOWN;
	if (is_gone)
		return spool_remove(s, item, e);
	return was_sending && spool_save(s, &item, 1, e) == -1 ? -1 : 1;
}

static bool
has_file(const struct spool *s, const struct spool_item *item)
{
	struct stat st;

	return fstatat(s->dir, item->id, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

static bool
is_id(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");

	return n == ID_CHARS && name[n] == '\0';
}
