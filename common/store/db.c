#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/db.h"

#define BUSY_MS 10000
#define EXCLUSIVE_MS 1000 /* a whole run of another is not waited for */

static int touch(const char *, struct err *);
static int set_up(struct db *, const struct db_kind *, struct err *);
static int create(struct db *, const struct db_kind *, struct err *);
static int check_kind(struct db *, const struct db_kind *, struct err *);
static int grow(struct db *, const struct db_kind *, struct err *);
static int grow_columns(struct db *, const struct db_kind *, struct err *);
static int number(struct db *, const char *sql, int64_t *, struct err *);
static int fail(struct db *, struct err *);

int
db_open(const char *path, const struct db_kind *kind, struct db *d,
    struct err *e)
{
	int r = touch(path, e);

	*d = (struct db){.path = mem_str(path)};
	if (r == 0 && sqlite3_open_v2(path, &d->sqlite,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		r = fail(d, e);
	if (r == 0)
		r = set_up(d, kind, e);
	if (r == -1)
		db_close(d);
	return r;
}

void
db_close(struct db *d)
{
	sqlite3_close(d->sqlite);
	free(d->path);
	*d = (struct db){0};
}

int
db_run(struct db *d, const char *sql, struct err *e)
{
	if (sqlite3_exec(d->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(d, e);
	return 0;
}

int
db_begin(struct db *d, struct err *e)
{
	return db_run(d, "BEGIN IMMEDIATE", e);
}

int
db_end(struct db *d, int status, struct err *e)
{
	struct err ignored;

	if (status == 0)
		status = db_run(d, "COMMIT", e);
	if (status == -1 && sqlite3_get_autocommit(d->sqlite) == 0 &&
	    db_run(d, "ROLLBACK", &ignored) == -1)
		return -1;
	return status;
}

int
db_prepare(struct db *d, const char *sql, sqlite3_stmt **q, struct err *e)
{
	if (sqlite3_prepare_v2(d->sqlite, sql, -1, q, NULL) != SQLITE_OK)
		return fail(d, e);
	return 0;
}

void
db_bind(sqlite3_stmt *q, int column, struct span s)
{
	sqlite3_bind_text(q, column, s.n == 0 ? "" : s.p, (int)s.n,
	    SQLITE_TRANSIENT);
}

char *
db_text(sqlite3_stmt *q, int column)
{
	const void *text = sqlite3_column_text(q, column);

	return mem_dup(text, (size_t)sqlite3_column_bytes(q, column));
}

int
db_finish(struct db *d, sqlite3_stmt *q, int step, struct err *e)
{
	int r = db_told(d, step, e);

	sqlite3_finalize(q);
	return r;
}

int
db_told(struct db *d, int step, struct err *e)
{
	return step == SQLITE_DONE ? 0 : fail(d, e);
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
 * The journal is truncated, not removed: SQLite makes the removal durable only
 * with synchronous=EXTRA, and a loss of power would undo the commit.
 */
static int
set_up(struct db *d, const struct db_kind *kind, struct err *e)
{
	int64_t full, truncates;

	sqlite3_busy_timeout(d->sqlite,
	    kind->is_exclusive ? EXCLUSIVE_MS : BUSY_MS);
	if ((kind->is_exclusive &&
	    db_run(d, "PRAGMA locking_mode = EXCLUSIVE", e) == -1) ||
	    db_run(d, "PRAGMA journal_mode = TRUNCATE;"
	    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", e) == -1 ||
	    (kind->is_exclusive &&
	    db_run(d, "BEGIN EXCLUSIVE; COMMIT", e) == -1) ||
	    number(d, "PRAGMA synchronous", &full, e) == -1 ||
	    number(d, "SELECT journal_mode = 'truncate' FROM"
	    " pragma_journal_mode", &truncates, e) == -1)
		return -1;
	if (full != 2 || truncates != 1)
		return err_set(e, ERR_IO, "%s: cannot be written durably",
		    d->path);
	return create(d, kind, e) == -1 ? -1 : check_kind(d, kind, e);
}

/* A new one is made in one transaction, so that only one process does it. */
static int
create(struct db *d, const struct db_kind *kind, struct err *e)
{
	struct buf sql = {0};
	int64_t tables;
	int r;

	if (number(d, "SELECT count(*) FROM sqlite_master", &tables, e) == -1)
		return -1;
	if (tables > 0)
		return 0;
	if (db_begin(d, e) == -1)
		return -1;
	r = number(d, "SELECT count(*) FROM sqlite_master", &tables, e);
	buf_fmt(&sql, "%s; PRAGMA application_id = %d;"
	    "PRAGMA user_version = %d", kind->schema, kind->application,
	    kind->version);
	if (r == 0 && tables == 0)
		r = db_run(d, buf_cstr(&sql), e);
	buf_free(&sql);
	return db_end(d, r, e);
}

static int
check_kind(struct db *d, const struct db_kind *kind, struct err *e)
{
	int64_t application, version;

	if (number(d, "PRAGMA application_id", &application, e) == -1 ||
	    number(d, "PRAGMA user_version", &version, e) == -1)
		return -1;
	if (application == kind->application && version > 0 &&
	    version < kind->version)
		return grow(d, kind, e);
	if (application != kind->application || version != kind->version)
		return err_set(e, ERR_IO, "%s: not this version's", d->path);
	return 0;
}

/* What is there already another process made, or a version in between. */
static int
grow(struct db *d, const struct db_kind *kind, struct err *e)
{
	struct buf sql = {0};
	int r;

	if (db_begin(d, e) == -1)
		return -1;
	r = grow_columns(d, kind, e);
	if (r == 0 && kind->tables != NULL)
		r = db_run(d, kind->tables, e);
	buf_fmt(&sql, "PRAGMA user_version = %d", kind->version);
	if (r == 0)
		r = db_run(d, buf_cstr(&sql), e);
	buf_free(&sql);
	return db_end(d, r, e);
}

static int
grow_columns(struct db *d, const struct db_kind *kind, struct err *e)
{
	struct buf sql = {0};
	int64_t there;
	int r = 0;

	for (size_t i = 0; i < kind->columns && r == 0; i++) {
		const struct db_column *c = &kind->column[i];

		buf_cut(&sql, 0);
		buf_fmt(&sql, "SELECT count(*) FROM pragma_table_info('%s')"
		    " WHERE name = '%s'", c->table, c->name);
		r = number(d, buf_cstr(&sql), &there, e);
		buf_cut(&sql, 0);
		buf_fmt(&sql, "ALTER TABLE %s ADD COLUMN %s %s", c->table,
		    c->name, c->definition);
		if (r == 0 && there == 0)
			r = db_run(d, buf_cstr(&sql), e);
	}
	buf_free(&sql);
	return r;
}

static int
number(struct db *d, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *q;

	*out = 0;
	if (db_prepare(d, sql, &q, e) == -1)
		return -1;
	if (sqlite3_step(q) != SQLITE_ROW)
		return db_finish(d, q, SQLITE_ERROR, e);
	*out = sqlite3_column_int64(q, 0);
	return db_finish(d, q, SQLITE_DONE, e);
}

static int
fail(struct db *d, struct err *e)
{
	int code = sqlite3_errcode(d->sqlite);

	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return err_set(e, ERR_TEMP, "%s: in use by another process",
		    d->path);
	return err_set(e, ERR_IO, "%s: %s", d->path,
	    sqlite3_errmsg(d->sqlite));
}
