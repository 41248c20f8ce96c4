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
#include "store/db.h"
#include "store/spool.h"

#define FILE_NAME "spool.db"
#define ID_CHARS 12
#define TRIES_MAX 8 /* ids for a new message */
#define BACKOFF_MIN_SEC 60
#define BACKOFF_MAX_SEC (4 * 60 * 60)

static const struct db_kind kind = {
    .schema = "CREATE TABLE message (id TEXT PRIMARY KEY,"
	" account TEXT NOT NULL, sender TEXT NOT NULL,"
	" message_id TEXT NOT NULL, notify TEXT NOT NULL,"
	" created INTEGER NOT NULL, next INTEGER NOT NULL,"
	" tries INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE recipient (message TEXT NOT NULL REFERENCES message"
	" ON DELETE CASCADE, n INTEGER NOT NULL, address TEXT NOT NULL,"
	" state INTEGER NOT NULL, code INTEGER NOT NULL,"
	" enhanced TEXT NOT NULL, text TEXT NOT NULL,"
	" PRIMARY KEY (message, n)) WITHOUT ROWID;"
	"CREATE INDEX due ON message (next)",
    .application = 0x53617473, /* "Sats" */
    .version = 1};

struct spool {
	struct db db;
	char *path;
	int dir;
};

static int take_id(struct spool *, struct spool_item *, struct err *);
static int take_lock(struct spool *, struct spool_item *, int wait_ms,
    struct err *);
static void drop_files(struct spool *, const char *id);
static int insert(struct spool *, const struct spool_item *, struct err *);
static int read_message(struct spool *, const char *id, struct spool_item *,
    struct err *);
static int read_recipients(struct spool *, struct spool_item *,
    struct err *);
static int write_recipients(struct spool *, const struct spool_item *,
    struct err *);
static int update(struct spool *, const struct spool_item *, struct err *);
static int recover(struct spool *, struct spool_item *, struct err *);
static bool is_void(const struct spool *, const struct spool_item *);
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
	    db_open(buf_cstr(&path), &kind, &s->db, e) == -1) {
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
spool_commit(struct spool *s, struct spool_item *item, int fd, struct err *e)
{
	int r = file_sync(fd, item->id, e);

	if (close(fd) == -1 && r == 0)
		r = err_sys(e, ERR_IO, "%s/%s", s->path, item->id);
	if (r == 0)
		r = file_sync(s->dir, s->path, e);
	if (r == 0 && (r = db_begin(&s->db, e)) == 0)
		r = db_end(&s->db, insert(s, item, e), e);
	if (r == -1)
		spool_abort(s, item, -1);
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
	r = read_message(s, id, item, e);
	if (r == 0) /* gone, or never committed by one that died */
		drop_files(s, id);
	if (r == 1 && recover(s, item, e) == -1)
		r = -1;
	if (r == 1 && is_void(s, item))
		r = spool_remove(s, item, e);
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
	r = read_message(s, id, item, e);
	if (r == 1)
		return 0;
	spool_release(item);
	return r == 0 ? err_set(e, ERR_NOINPUT, "%s is not in the queue", id) :
	    -1;
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
	if (item->lock > 0)
		close(item->lock);
	*item = (struct spool_item){0};
}

int
spool_mark(struct spool *s, const struct spool_item *item, struct err *e)
{
	if (db_begin(&s->db, e) == -1)
		return -1;
	return db_end(&s->db, write_recipients(s, item, e), e);
}

int
spool_settle(struct spool *s, struct spool_item *item, struct err *e)
{
	if (!spool_has(item, SPOOL_QUEUED) && !spool_has(item, SPOOL_UNKNOWN))
		return spool_remove(s, item, e);
	if (db_begin(&s->db, e) == -1)
		return -1;
	return db_end(&s->db, update(s, item, e), e);
}

int
spool_remove(struct spool *s, struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "DELETE FROM message WHERE id = ?", &q, e) ==
	    -1)
		return -1;
	db_bind(q, 1, span_of(item->id));
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1)
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
	int step;

	if (db_prepare(&s->db, "SELECT id FROM message WHERE"
	    " (next <= ?1 OR next - ?4 > ?1) AND"
	    " (?2 = '' OR account = ?3) ORDER BY created, id", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, due);
	db_bind(q, 2, account == NULL ? SPAN("") : SPAN("a"));
	db_bind(q, 3, span_of(account));
	sqlite3_bind_int64(q, 4, BACKOFF_MAX_SEC);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		ids->v = mem_grow(ids->v, &ids->cap, ids->n + 1,
		    sizeof *ids->v);
		ids->v[ids->n++] = db_text(q, 0);
	}
	return db_finish(&s->db, q, step, e);
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
spool_backoff(int tries)
{
	int64_t sec = BACKOFF_MIN_SEC;

	for (int i = 1; i < tries && sec < BACKOFF_MAX_SEC; i++)
		sec *= 2;
	return sec < BACKOFF_MAX_SEC ? sec : BACKOFF_MAX_SEC;
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
insert(struct spool *s, const struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "INSERT INTO message (id, account, sender,"
	    " message_id, notify, created, next, tries)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(item->id));
	db_bind(q, 2, span_of(item->account));
	db_bind(q, 3, span_of(item->sender));
	db_bind(q, 4, span_of(item->message_id));
	db_bind(q, 5, span_of(item->notify));
	sqlite3_bind_int64(q, 6, item->created);
	sqlite3_bind_int64(q, 7, item->next);
	sqlite3_bind_int(q, 8, item->tries);
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1)
		return -1;
	return write_recipients(s, item, e);
}

/* 1, 0 where there is none, -1. */
static int
read_message(struct spool *s, const char *id, struct spool_item *item,
    struct err *e)
{
	sqlite3_stmt *q;
	int step;

	if (db_prepare(&s->db, "SELECT account, sender, message_id, notify,"
	    " created, next, tries FROM message WHERE id = ?", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(id));
	step = sqlite3_step(q);
	if (step != SQLITE_ROW)
		return db_finish(&s->db, q, step, e);
	item->account = db_text(q, 0);
	item->sender = db_text(q, 1);
	item->message_id = db_text(q, 2);
	item->notify = db_text(q, 3);
	item->created = sqlite3_column_int64(q, 4);
	item->next = sqlite3_column_int64(q, 5);
	item->tries = sqlite3_column_int(q, 6);
	if (db_finish(&s->db, q, SQLITE_DONE, e) == -1 ||
	    read_recipients(s, item, e) == -1)
		return -1;
	return 1;
}

static int
read_recipients(struct spool *s, struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;
	size_t cap = 0;
	int step;

	if (db_prepare(&s->db, "SELECT address, state, code, enhanced, text"
	    " FROM recipient WHERE message = ? ORDER BY n", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(item->id));
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		item->rcpt = mem_grow(item->rcpt, &cap, item->n + 1,
		    sizeof *item->rcpt);
		item->rcpt[item->n++] = (struct spool_rcpt){
		    .address = db_text(q, 0),
		    .state = (enum spool_state)sqlite3_column_int(q, 1),
		    .code = sqlite3_column_int(q, 2),
		    .enhanced = db_text(q, 3), .text = db_text(q, 4)};
	}
	return db_finish(&s->db, q, step, e);
}

static int
write_recipients(struct spool *s, const struct spool_item *item,
    struct err *e)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE;

	if (db_prepare(&s->db, "INSERT OR REPLACE INTO recipient (message, n,"
	    " address, state, code, enhanced, text)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?)", &q, e) == -1)
		return -1;
	for (size_t i = 0; i < item->n && step == SQLITE_DONE; i++) {
		const struct spool_rcpt *rcpt = &item->rcpt[i];

		sqlite3_reset(q);
		db_bind(q, 1, span_of(item->id));
		sqlite3_bind_int64(q, 2, (sqlite3_int64)i);
		db_bind(q, 3, span_of(rcpt->address));
		sqlite3_bind_int(q, 4, (int)rcpt->state);
		sqlite3_bind_int(q, 5, rcpt->code);
		db_bind(q, 6, span_of(rcpt->enhanced));
		db_bind(q, 7, span_of(rcpt->text));
		step = sqlite3_step(q);
	}
	return db_finish(&s->db, q, step, e);
}

static int
update(struct spool *s, const struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "UPDATE message SET next = ?, tries = ?"
	    " WHERE id = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, item->next);
	sqlite3_bind_int(q, 2, item->tries);
	db_bind(q, 3, span_of(item->id));
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1)
		return -1;
	return write_recipients(s, item, e);
}

/* Nobody saw the end of what a dead process was sending. */
static int
recover(struct spool *s, struct spool_item *item, struct err *e)
{
	if (!spool_has(item, SPOOL_SENDING))
		return 0;
	for (size_t i = 0; i < item->n; i++)
		if (item->rcpt[i].state == SPOOL_SENDING)
			item->rcpt[i].state = SPOOL_UNKNOWN;
	return spool_mark(s, item, e);
}

/*
 * A commit that failed at its very end may have left a row, though the caller
 * was told that there is none; its file is gone.
 */
static bool
is_void(const struct spool *s, const struct spool_item *item)
{
	struct stat st;

	return !spool_has(item, SPOOL_UNKNOWN) &&
	    fstatat(s->dir, item->id, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

static bool
is_id(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");

	return n == ID_CHARS && name[n] == '\0';
}
