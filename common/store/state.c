#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/state.h"

#define FILE_NAME "satchel.db"
#define APPLICATION 0x53617463 /* "Satc": PRAGMA application_id */
#define VERSION 1	       /* PRAGMA user_version */
#define BUSY_MS 1000

/*
 * message.mark is an enum state_mark.  A row is never removed while its
 * message may still be on the server.
 */
static const char schema[] =
    "CREATE TABLE source (id INTEGER PRIMARY KEY, server TEXT NOT NULL,"
    " folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (server, folder));"
    "CREATE TABLE message (source INTEGER NOT NULL REFERENCES source,"
    " uidvalidity INTEGER NOT NULL, uid TEXT NOT NULL, mark INTEGER NOT NULL,"
    " name TEXT NOT NULL, place TEXT,"
    " PRIMARY KEY (source, uidvalidity, uid)) WITHOUT ROWID;"
    "CREATE INDEX placing ON message (mark) WHERE mark = 1;";

struct state {
	sqlite3 *db;
	char *path;
};

static int touch(const char *, struct err *);
static int set_up(struct state *, struct err *);
static int create(struct state *, struct err *);
static int pragma(struct state *, const char *, int64_t *, struct err *);
static int run(struct state *, const char *, struct err *);
static int prepare(struct state *, const char *, sqlite3_stmt **,
    struct err *);
static int fail(struct state *, struct err *);
static int finish(struct state *, sqlite3_stmt *, int, struct err *);
static void bind_span(sqlite3_stmt *, int, struct span);
static int insert_rows(struct state *, const struct state_row *, size_t,
    struct err *);
static int end_transaction(struct state *, int, struct err *);
static int by_number(const void *, const void *);

int
state_open(const char *dir, struct state **out, struct err *e)
{
	struct state *s = mem_alloc(1, sizeof *s);
	struct buf path = {0};
	int r;

	*out = NULL;
	buf_fmt(&path, "%s/%s", dir, FILE_NAME);
	s->path = mem_str(buf_cstr(&path));
	buf_free(&path);
	r = touch(s->path, e);
	if (r == 0 &&
	    sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE, NULL) !=
		SQLITE_OK)
		r = fail(s, e);
	if (r == 0)
		r = set_up(s, e);
	if (r == -1) {
		state_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

int
state_source(struct state *s, struct span server, struct span folder,
    int64_t *source, struct err *e)
{
	sqlite3_stmt *q;

	if (prepare(s, "INSERT OR IGNORE INTO source (server, folder)"
		       " VALUES (?, ?)", &q, e) == -1)
		return -1;
	bind_span(q, 1, server);
	bind_span(q, 2, folder);
	if (finish(s, q, sqlite3_step(q), e) == -1 ||
	    prepare(s, "SELECT id FROM source WHERE server = ? AND folder = ?",
		&q, e) == -1)
		return -1;
	bind_span(q, 1, server);
	bind_span(q, 2, folder);
	if (sqlite3_step(q) != SQLITE_ROW)
		return finish(s, q, SQLITE_CORRUPT, e);
	*source = sqlite3_column_int64(q, 0);
	return finish(s, q, SQLITE_DONE, e);
}

int
state_uidvalidity(struct state *s, int64_t source, uint32_t *value,
    struct err *e)
{
	sqlite3_stmt *q;
	int r;

	*value = 0;
	if (prepare(s, "SELECT uidvalidity FROM source WHERE id = ?", &q, e) ==
	    -1)
		return -1;
	sqlite3_bind_int64(q, 1, source);
	r = sqlite3_step(q);
	if (r == SQLITE_ROW) {
		*value = (uint32_t)sqlite3_column_int64(q, 0);
		r = SQLITE_DONE;
	}
	return finish(s, q, r, e);
}

int
state_set_uidvalidity(struct state *s, int64_t source, uint32_t value,
    struct err *e)
{
	sqlite3_stmt *q;

	if (prepare(s, "UPDATE source SET uidvalidity = ? WHERE id = ?", &q,
		e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, value);
	sqlite3_bind_int64(q, 2, source);
	return finish(s, q, sqlite3_step(q), e);
}

int
state_mark(struct state *s, int64_t source, uint32_t uidvalidity,
    const char *uid, enum state_mark *mark, struct err *e)
{
	sqlite3_stmt *q;
	int r;

	*mark = STATE_NONE;
	if (prepare(s, "SELECT mark FROM message"
		       " WHERE source = ? AND uidvalidity = ? AND uid = ?",
		&q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, source);
	sqlite3_bind_int64(q, 2, uidvalidity);
	bind_span(q, 3, span_of(uid));
	r = sqlite3_step(q);
	if (r == SQLITE_ROW) {
		*mark = (enum state_mark)sqlite3_column_int(q, 0);
		r = SQLITE_DONE;
	}
	return finish(s, q, r, e);
}

int
state_uids(struct state *s, int64_t source, uint32_t uidvalidity,
    uint32_t **uids, size_t *n, struct err *e)
{
	sqlite3_stmt *q;
	size_t cap = 0;
	uint32_t *list = NULL;
	int r;

	*uids = NULL;
	*n = 0;
	if (prepare(s, "SELECT uid FROM message"
		       " WHERE source = ? AND uidvalidity = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, source);
	sqlite3_bind_int64(q, 2, uidvalidity);
	while ((r = sqlite3_step(q)) == SQLITE_ROW) {
		list = mem_grow(list, &cap, *n + 1, sizeof *list);
		list[(*n)++] = (uint32_t)sqlite3_column_int64(q, 0);
	}
	if (finish(s, q, r, e) == -1) {
		free(list);
		*n = 0;
		return -1;
	}
	if (*n > 1)
		qsort(list, *n, sizeof *list, by_number);
	*uids = list;
	return 0;
}

int
state_place(struct state *s, const struct state_row *row, size_t n,
    struct err *e)
{
	int r;

	if (run(s, "BEGIN IMMEDIATE", e) == -1)
		return -1;
	r = state_done(s, e);
	if (r == 0)
		r = insert_rows(s, row, n, e);
	return end_transaction(s, r, e);
}

int
state_done(struct state *s, struct err *e)
{
	return run(s, "UPDATE message SET mark = 2, place = NULL"
		      " WHERE mark = 1", e);
}

int
state_each_placing(struct state *s,
    int (*each)(void *, const struct state_row *, struct err *), void *arg,
    struct err *e)
{
	sqlite3_stmt *q;
	int step, r = 0;

	if (prepare(s, "SELECT source, uidvalidity, uid, name, place"
		       " FROM message WHERE mark = 1", &q, e) == -1)
		return -1;
	while (r == 0 && (step = sqlite3_step(q)) == SQLITE_ROW) {
		struct state_row row = {
		    .source = sqlite3_column_int64(q, 0),
		    .uidvalidity = (uint32_t)sqlite3_column_int64(q, 1),
		    .uid = (const char *)sqlite3_column_text(q, 2),
		    .name = (const char *)sqlite3_column_text(q, 3),
		    .place = (const char *)sqlite3_column_text(q, 4)};

		r = row.uid == NULL || row.name == NULL || row.place == NULL
		    ? err_set(e, ERR_IO, "%s: damaged", s->path)
		    : each(arg, &row, e);
	}
	if (r == -1) {
		sqlite3_finalize(q);
		return -1;
	}
	return finish(s, q, step, e);
}

int
state_keep_only(struct state *s, int64_t source, const char *const *uids,
    size_t n, struct err *e)
{
	sqlite3_stmt *q;
	int r = 0;

	if (run(s, "CREATE TEMP TABLE IF NOT EXISTS kept (uid TEXT PRIMARY KEY)"
		   " WITHOUT ROWID", e) == -1 ||
	    run(s, "BEGIN IMMEDIATE", e) == -1)
		return -1;
	r = run(s, "DELETE FROM kept", e);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = prepare(s, "INSERT OR IGNORE INTO kept VALUES (?)", &q, e);
		if (r == -1)
			break;
		bind_span(q, 1, span_of(uids[i]));
		r = finish(s, q, sqlite3_step(q), e);
	}
	if (r == 0)
		r = prepare(s, "DELETE FROM message WHERE source = ?"
			       " AND mark = 2 AND uid NOT IN"
			       " (SELECT uid FROM kept)", &q, e);
	if (r == 0) {
		sqlite3_bind_int64(q, 1, source);
		r = finish(s, q, sqlite3_step(q), e);
	}
	return end_transaction(s, r, e);
}

/* SQLite would create it with the umask's mode. */
static int
touch(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s", path);
	close(fd);
	return 0;
}

/*
 * Takes the lock for good (another run must not fetch the same) and verifies
 * the durability that the promise rests on.
 */
static int
set_up(struct state *s, struct err *e)
{
	int64_t full, truncates, application, version;

	sqlite3_busy_timeout(s->db, BUSY_MS);
	if (run(s, "PRAGMA locking_mode = EXCLUSIVE;"
		   "PRAGMA journal_mode = TRUNCATE;"
		   "PRAGMA synchronous = FULL;"
		   "BEGIN EXCLUSIVE;"
		   "COMMIT", e) == -1 ||
	    pragma(s, "PRAGMA synchronous", &full, e) == -1 ||
	    pragma(s, "SELECT journal_mode = 'truncate'"
		      " FROM pragma_journal_mode", &truncates, e) == -1 ||
	    pragma(s, "PRAGMA application_id", &application, e) == -1 ||
	    pragma(s, "PRAGMA user_version", &version, e) == -1)
		return -1;
	if (full != 2 || truncates != 1)
		return err_set(e, ERR_IO, "%s: cannot be written durably",
		    s->path);
	if (application == 0 && version == 0)
		return create(s, e);
	if (application != APPLICATION || version != VERSION)
		return err_set(e, ERR_IO, "%s: not this version's", s->path);
	return 0;
}

static int
create(struct state *s, struct err *e)
{
	struct buf sql = {0};
	int r;

	buf_fmt(&sql, "BEGIN EXCLUSIVE; %s PRAGMA application_id = %d;"
		      "PRAGMA user_version = %d; COMMIT",
	    schema, APPLICATION, VERSION);
	r = run(s, buf_cstr(&sql), e);
	buf_free(&sql);
	return r;
}

static int
pragma(struct state *s, const char *sql, int64_t *value, struct err *e)
{
	sqlite3_stmt *q;

	if (prepare(s, sql, &q, e) == -1)
		return -1;
	if (sqlite3_step(q) != SQLITE_ROW)
		return finish(s, q, SQLITE_CORRUPT, e);
	*value = sqlite3_column_int64(q, 0);
	return finish(s, q, SQLITE_DONE, e);
}

static int
run(struct state *s, const char *sql, struct err *e)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK
	    ? 0
	    : fail(s, e);
}

static int
prepare(struct state *s, const char *sql, sqlite3_stmt **q, struct err *e)
{
	return sqlite3_prepare_v2(s->db, sql, -1, q, NULL) == SQLITE_OK
	    ? 0
	    : fail(s, e);
}

static int
fail(struct state *s, struct err *e)
{
	int code = s->db == NULL ? SQLITE_NOMEM : sqlite3_errcode(s->db);

	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return err_set(e, ERR_TEMP, "%s: another process has it",
		    s->path);
	return err_set(e, ERR_IO, "%s: %s", s->path,
	    s->db == NULL ? "cannot be opened" : sqlite3_errmsg(s->db));
}

/* Ends a statement whose last step gave that result. */
static int
finish(struct state *s, sqlite3_stmt *q, int step, struct err *e)
{
	int r = step == SQLITE_DONE ? 0 : fail(s, e);

	if (step == SQLITE_CORRUPT)
		err_set(e, ERR_IO, "%s: damaged", s->path);
	sqlite3_finalize(q);
	return r;
}

static void
bind_span(sqlite3_stmt *q, int at, struct span text)
{
	sqlite3_bind_text(q, at, text.n == 0 ? "" : text.p, (int)text.n,
	    SQLITE_TRANSIENT);
}

static int
insert_rows(struct state *s, const struct state_row *row, size_t n,
    struct err *e)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE;

	if (prepare(s, "INSERT OR REPLACE INTO message"
		       " VALUES (?, ?, ?, 1, ?, ?)", &q, e) == -1)
		return -1;
	for (size_t i = 0; i < n && step == SQLITE_DONE; i++) {
		sqlite3_reset(q);
		sqlite3_bind_int64(q, 1, row[i].source);
		sqlite3_bind_int64(q, 2, row[i].uidvalidity);
		bind_span(q, 3, span_of(row[i].uid));
		bind_span(q, 4, span_of(row[i].name));
		bind_span(q, 5, span_of(row[i].place));
		step = sqlite3_step(q);
	}
	return finish(s, q, step, e);
}

static int
end_transaction(struct state *s, int r, struct err *e)
{
	if (r == 0)
		r = run(s, "COMMIT", e);
	if (r == -1)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}
