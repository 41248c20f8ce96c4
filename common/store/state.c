#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/flag.h"
#include "store/db.h"
#include "store/state.h"

#define FILE_NAME "satchel.db"
#define THERE "mark IN (2, 4)" /* done, and for all we know on the server */
#define OTHERS " FROM message WHERE source = ? AND uidvalidity <> ?" \
	" AND partial = 0 AND " THERE

/* What version 1 began without. */
static const struct db_column column[] = {
    {"source", "next", "INTEGER NOT NULL DEFAULT 0"},
    {"source", "uidnext", "INTEGER NOT NULL DEFAULT 0"},
    {"source", "existing", "INTEGER NOT NULL DEFAULT 0"},
    {"source", "modseq", "INTEGER NOT NULL DEFAULT 0"},
    {"message", "partial", "INTEGER NOT NULL DEFAULT 0"},
    {"message", "flags", "INTEGER NOT NULL DEFAULT 0"}};

/*
 * message.mark is an enum state_mark.  A row is never removed while its
 * message may still be on the server.
 */
static const struct db_kind kind = {
    .schema =
	"CREATE TABLE source (id INTEGER PRIMARY KEY, server TEXT NOT NULL,"
	" folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL DEFAULT 0,"
	" next INTEGER NOT NULL DEFAULT 0,"
	" uidnext INTEGER NOT NULL DEFAULT 0,"
	" existing INTEGER NOT NULL DEFAULT 0,"
	" modseq INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (server, folder));"
	"CREATE TABLE message (source INTEGER NOT NULL REFERENCES source,"
	" uidvalidity INTEGER NOT NULL, uid TEXT NOT NULL,"
	" mark INTEGER NOT NULL, name TEXT NOT NULL, place TEXT,"
	" partial INTEGER NOT NULL DEFAULT 0,"
	" flags INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (source, uidvalidity, uid)) WITHOUT ROWID;"
	"CREATE INDEX placing ON message (mark) WHERE mark = 1",
    .application = 0x53617463, /* "Satc" */
    .column = column,
    .columns = sizeof column / sizeof column[0],
    .version = 2,
    .is_exclusive = true,
};

struct state {
	struct db db;
	sqlite3_stmt *look; /* for each message that comes; NULL: none yet */
};

static int prepare(struct state *, const char *sql, int64_t source,
    uint32_t uidvalidity, sqlite3_stmt **, struct err *);
static int each_row(struct state *, sqlite3_stmt *,
    int (*)(void *, uint32_t, unsigned, const char *, struct err *), void *,
    struct err *);
static int run_uids(struct state *, const char *sql, int64_t source,
    uint32_t uidvalidity, const uint32_t *, size_t, struct err *);
/* One message's row; without one, mark is STATE_NONE and name NULL. */
struct known {
	enum state_mark mark;
	bool is_partial;
	char *name; /* owned */
};

static int look(struct state *, int64_t source, uint32_t uidvalidity,
    const char *uid, struct known *, struct err *);
static int insert_rows(struct state *, const struct state_row *, size_t,
    struct err *);
static int by_number(const void *, const void *);

int
state_open(const char *dir, struct state **out, struct err *e)
{
	struct state *s = mem_alloc(1, sizeof *s);
	struct buf path = {0};
	int r;

	*out = NULL;
	buf_fmt(&path, "%s/%s", dir, FILE_NAME);
	r = db_open(buf_cstr(&path), &kind, &s->db, e);
	buf_free(&path);
	if (r == -1) {
		free(s);
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
	sqlite3_finalize(s->look);
	db_close(&s->db);
	free(s);
}

int
state_source(struct state *s, struct span server, struct span folder,
    int64_t *source, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "INSERT OR IGNORE INTO source (server, folder)"
		       " VALUES (?, ?)", &q, e) == -1)
		return -1;
	db_bind(q, 1, server);
	db_bind(q, 2, folder);
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1 ||
	    db_prepare(&s->db, "SELECT id FROM source"
		" WHERE server = ? AND folder = ?", &q, e) == -1)
		return -1;
	db_bind(q, 1, server);
	db_bind(q, 2, folder);
	if (sqlite3_step(q) != SQLITE_ROW)
		return db_finish(&s->db, q, SQLITE_CORRUPT, e);
	*source = sqlite3_column_int64(q, 0);
	return db_finish(&s->db, q, SQLITE_DONE, e);
}

int
state_seen(struct state *s, int64_t source, struct state_seen *seen,
    struct err *e)
{
	sqlite3_stmt *q;
	int r;

	*seen = (struct state_seen){0};
	if (db_prepare(&s->db, "SELECT uidvalidity, next, existing, modseq,"
		       " uidnext FROM source WHERE id = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, source);
	r = sqlite3_step(q);
	if (r == SQLITE_ROW) {
		seen->uidvalidity = (uint32_t)sqlite3_column_int64(q, 0);
		seen->next = (uint32_t)sqlite3_column_int64(q, 1);
		seen->exists = (uint32_t)sqlite3_column_int64(q, 2);
		seen->modseq = (uint64_t)sqlite3_column_int64(q, 3);
		seen->uidnext = (uint32_t)sqlite3_column_int64(q, 4);
		r = SQLITE_DONE;
	}
	return db_finish(&s->db, q, r, e);
}

int
state_see(struct state *s, int64_t source, const struct state_seen *seen,
    struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "UPDATE source SET uidvalidity = ?, next = ?,"
		       " existing = ?, modseq = ?, uidnext = ?"
		       " WHERE id = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, seen->uidvalidity);
	sqlite3_bind_int64(q, 2, seen->next);
	sqlite3_bind_int64(q, 3, seen->exists);
	sqlite3_bind_int64(q, 4, (int64_t)seen->modseq);
	sqlite3_bind_int64(q, 5, seen->uidnext);
	sqlite3_bind_int64(q, 6, source);
	return db_finish(&s->db, q, sqlite3_step(q), e);
}

int
state_mark(struct state *s, int64_t source, uint32_t uidvalidity,
    const char *uid, enum state_mark *mark, struct err *e)
{
	struct known k;
	int r = look(s, source, uidvalidity, uid, &k, e);

	*mark = k.mark;
	free(k.name);
	return r;
}

int
state_is_safe(struct state *s, int64_t source, uint32_t uidvalidity,
    const char *uid, int64_t before_sec, bool *is, struct err *e)
{
	struct known k;
	int r = look(s, source, uidvalidity, uid, &k, e);

	*is = (k.mark == STATE_DONE || k.mark == STATE_DELETING) &&
	    !k.is_partial && strtoll(k.name, NULL, 10) < before_sec;
	free(k.name);
	return r;
}

int
state_partial(struct state *s, int64_t source, uint32_t uidvalidity,
    const char *uid, char **name, struct err *e)
{
	struct known k;
	int r = look(s, source, uidvalidity, uid, &k, e);

	*name = k.is_partial ? k.name : NULL;
	if (!k.is_partial)
		free(k.name);
	return r;
}

int
state_folder(struct state *s, int64_t source, char **folder, struct err *e)
{
	sqlite3_stmt *q;

	*folder = NULL;
	if (db_prepare(&s->db, "SELECT folder FROM source WHERE id = ?", &q,
		e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, source);
	if (sqlite3_step(q) != SQLITE_ROW)
		return db_finish(&s->db, q, SQLITE_CORRUPT, e);
	*folder = db_text(q, 0);
	return db_finish(&s->db, q, SQLITE_DONE, e);
}

int
state_uids(struct state *s, int64_t source, uint32_t uidvalidity,
    uint32_t from, uint32_t **uids, size_t *n, struct err *e)
{
	sqlite3_stmt *q;
	size_t cap = 0;
	uint32_t *list = NULL;
	int r;

	*uids = NULL;
	*n = 0;
	if (prepare(s, "SELECT uid FROM message WHERE source = ?"
		" AND uidvalidity = ? AND CAST(uid AS INTEGER) >= ?", source,
		uidvalidity, &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 3, from);
	while ((r = sqlite3_step(q)) == SQLITE_ROW) {
		list = mem_grow(list, &cap, *n + 1, sizeof *list);
		list[(*n)++] = (uint32_t)sqlite3_column_int64(q, 0);
	}
	if (db_finish(&s->db, q, r, e) == -1) {
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
state_each_done(struct state *s, int64_t source, uint32_t uidvalidity,
    int (*each)(void *, uint32_t, unsigned, const char *, struct err *),
    void *arg, struct err *e)
{
	sqlite3_stmt *q;

	if (prepare(s, "SELECT uid, flags, name FROM message WHERE source = ?"
		" AND uidvalidity = ? AND mark = 2", source, uidvalidity, &q,
		e) == -1)
		return -1;
	return each_row(s, q, each, arg, e);
}

int
state_has_other(struct state *s, int64_t source, uint32_t uidvalidity,
    bool *has, struct err *e)
{
	sqlite3_stmt *q;
	int r;

	*has = false;
	if (prepare(s, "SELECT 1" OTHERS " LIMIT 1", source, uidvalidity, &q,
		e) == -1)
		return -1;
	r = sqlite3_step(q);
	*has = r == SQLITE_ROW;
	return db_finish(&s->db, q, *has ? SQLITE_DONE : r, e);
}

int
state_each_other(struct state *s, int64_t source, uint32_t uidvalidity,
    int (*each)(void *, uint32_t, unsigned, const char *, struct err *),
    void *arg, struct err *e)
{
	sqlite3_stmt *q;

	if (prepare(s, "SELECT uid, flags, name" OTHERS, source, uidvalidity,
		&q, e) == -1)
		return -1;
	return each_row(s, q, each, arg, e);
}

int
state_adopt(struct state *s, int64_t source, uint32_t uidvalidity,
    const struct state_adopted *adopted, size_t n, struct err *e)
{
	sqlite3_stmt *q;
	char uid[16];
	int step = SQLITE_DONE, r;

	if (db_begin(&s->db, e) == -1)
		return -1;
	r = db_prepare(&s->db, "UPDATE OR REPLACE message SET uidvalidity = ?1,"
		       " uid = ?2 WHERE source = ?3 AND uidvalidity <> ?1"
		       " AND name = ?4 AND " THERE, &q, e);
	for (size_t i = 0; r == 0 && i < n && step == SQLITE_DONE; i++) {
		snprintf(uid, sizeof uid, "%lu", (unsigned long)adopted[i].uid);
		sqlite3_reset(q);
		sqlite3_bind_int64(q, 1, uidvalidity);
		db_bind(q, 2, span_of(uid));
		sqlite3_bind_int64(q, 3, source);
		db_bind(q, 4, span_of(adopted[i].name));
		step = sqlite3_step(q);
	}
	if (r == 0)
		r = db_finish(&s->db, q, step, e);
	return db_end(&s->db, r, e);
}

int
state_know(struct state *s, int64_t source, uint32_t uidvalidity,
    const uint32_t *uids, size_t n, struct err *e)
{
	return run_uids(s, "INSERT OR IGNORE INTO message (source,"
	    " uidvalidity, uid, mark, name) VALUES (?, ?, ?, 2, '')", source,
	    uidvalidity, uids, n, e);
}

int
state_doubt(struct state *s, int64_t source, uint32_t uidvalidity,
    const uint32_t *uids, size_t n, struct err *e)
{
	return run_uids(s, "UPDATE message SET partial = 1"
	    " WHERE source = ? AND uidvalidity = ? AND uid = ?", source,
	    uidvalidity, uids, n, e);
}

int
state_change(struct state *s, int64_t source, uint32_t uidvalidity,
    const struct state_change *change, size_t n, struct err *e)
{
	sqlite3_stmt *q;
	char uid[16];
	int step = SQLITE_DONE, r;

	if (db_begin(&s->db, e) == -1)
		return -1;
	r = prepare(s, "UPDATE message SET flags = ?3, mark = ?4"
	    " WHERE source = ?1 AND uidvalidity = ?2 AND uid = ?5 AND " THERE,
	    source, uidvalidity, &q, e);
	for (size_t i = 0; r == 0 && i < n && step == SQLITE_DONE; i++) {
		snprintf(uid, sizeof uid, "%lu", (unsigned long)change[i].uid);
		sqlite3_reset(q);
		sqlite3_bind_int(q, 3, (int)change[i].flags);
		sqlite3_bind_int(q, 4, (int)change[i].mark);
		db_bind(q, 5, span_of(uid));
		step = sqlite3_step(q);
	}
	if (r == 0)
		r = db_finish(&s->db, q, step, e);
	return db_end(&s->db, r, e);
}

int
state_place(struct state *s, const struct state_row *row, size_t n,
    struct err *e)
{
	int r;

	if (db_begin(&s->db, e) == -1)
		return -1;
	r = state_done(s, e);
	if (r == 0)
		r = insert_rows(s, row, n, e);
	return db_end(&s->db, r, e);
}

int
state_done(struct state *s, struct err *e)
{
	return db_run(&s->db, "UPDATE message SET mark = 2, place = NULL"
		      " WHERE mark = 1", e);
}

int
state_end(struct state *s, int64_t source, const struct state_seen *seen,
    struct err *e)
{
	int r;

	if (db_begin(&s->db, e) == -1)
		return -1;
	r = state_done(s, e);
	if (r == 0)
		r = state_see(s, source, seen, e);
	return db_end(&s->db, r, e);
}

int
state_each_placing(struct state *s,
    int (*each)(void *, const struct state_row *, struct err *), void *arg,
    struct err *e)
{
	sqlite3_stmt *q;
	int step, r = 0;

	if (db_prepare(&s->db, "SELECT source, uidvalidity, uid, name, place,"
		       " partial FROM message WHERE mark = 1", &q, e) == -1)
		return -1;
	while (r == 0 && (step = sqlite3_step(q)) == SQLITE_ROW) {
		struct state_row row = {
		    .source = sqlite3_column_int64(q, 0),
		    .uidvalidity = (uint32_t)sqlite3_column_int64(q, 1),
		    .uid = (const char *)sqlite3_column_text(q, 2),
		    .name = (const char *)sqlite3_column_text(q, 3),
		    .place = (const char *)sqlite3_column_text(q, 4),
		    .is_partial = sqlite3_column_int(q, 5) != 0};

		r = row.uid == NULL || row.name == NULL || row.place == NULL
		    ? err_set(e, ERR_IO, "%s: damaged", s->db.path)
		    : each(arg, &row, e);
	}
	if (r == -1) {
		sqlite3_finalize(q);
		return -1;
	}
	return db_finish(&s->db, q, step, e);
}

int
state_keep_only(struct state *s, int64_t source, const char *const *uids,
    size_t n, struct err *e)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE, r;

	if (db_run(&s->db, "CREATE TEMP TABLE IF NOT EXISTS kept"
		   " (uid TEXT PRIMARY KEY) WITHOUT ROWID", e) == -1 ||
	    db_begin(&s->db, e) == -1)
		return -1;
	r = db_run(&s->db, "DELETE FROM kept", e);
	if (r == 0)
		r = db_prepare(&s->db, "INSERT OR IGNORE INTO kept VALUES (?)",
		    &q, e);
	for (size_t i = 0; r == 0 && i < n && step == SQLITE_DONE; i++) {
		sqlite3_reset(q);
		db_bind(q, 1, span_of(uids[i]));
		step = sqlite3_step(q);
	}
	if (r == 0)
		r = db_finish(&s->db, q, step, e);
	if (r == 0)
		r = db_prepare(&s->db, "DELETE FROM message WHERE source = ?"
			       " AND mark = 2 AND uid NOT IN"
			       " (SELECT uid FROM kept)", &q, e);
	if (r == 0) {
		sqlite3_bind_int64(q, 1, source);
		r = db_finish(&s->db, q, sqlite3_step(q), e);
	}
	return db_end(&s->db, r, e);
}

static int
prepare(struct state *s, const char *sql, int64_t source,
    uint32_t uidvalidity, sqlite3_stmt **q, struct err *e)
{
	if (db_prepare(&s->db, sql, q, e) == -1)
		return -1;
	sqlite3_bind_int64(*q, 1, source);
	sqlite3_bind_int64(*q, 2, uidvalidity);
	return 0;
}

static int
each_row(struct state *s, sqlite3_stmt *q,
    int (*each)(void *, uint32_t, unsigned, const char *, struct err *),
    void *arg, struct err *e)
{
	int step, r = 0;

	while (r == 0 && (step = sqlite3_step(q)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(q, 2);

		r = each(arg, (uint32_t)sqlite3_column_int64(q, 0),
		    (unsigned)sqlite3_column_int(q, 1),
		    name == NULL ? "" : name, e);
	}
	if (r == -1) {
		sqlite3_finalize(q);
		return -1;
	}
	return db_finish(&s->db, q, step, e);
}

/* One transaction: the statement for each of them. */
static int
run_uids(struct state *s, const char *sql, int64_t source,
    uint32_t uidvalidity, const uint32_t *uids, size_t n, struct err *e)
{
	sqlite3_stmt *q;
	char uid[16];
	int step = SQLITE_DONE, r;

	if (db_begin(&s->db, e) == -1)
		return -1;
	r = prepare(s, sql, source, uidvalidity, &q, e);
	for (size_t i = 0; r == 0 && i < n && step == SQLITE_DONE; i++) {
		snprintf(uid, sizeof uid, "%lu", (unsigned long)uids[i]);
		sqlite3_reset(q);
		db_bind(q, 3, span_of(uid));
		step = sqlite3_step(q);
	}
	if (r == 0)
		r = db_finish(&s->db, q, step, e);
	return db_end(&s->db, r, e);
}

static int
look(struct state *s, int64_t source, uint32_t uidvalidity, const char *uid,
    struct known *k, struct err *e)
{
	sqlite3_stmt *q;
	int r;

	*k = (struct known){.mark = STATE_NONE};
	if (s->look == NULL && db_prepare(&s->db, "SELECT mark, partial, name"
		" FROM message WHERE source = ? AND uidvalidity = ?"
		" AND uid = ?", &s->look, e) == -1)
		return -1;
	q = s->look;
	sqlite3_bind_int64(q, 1, source);
	sqlite3_bind_int64(q, 2, uidvalidity);
	db_bind(q, 3, span_of(uid));
	r = sqlite3_step(q);
	if (r == SQLITE_ROW) {
		k->mark = (enum state_mark)sqlite3_column_int(q, 0);
		k->is_partial = sqlite3_column_int(q, 1) != 0;
		k->name = db_text(q, 2);
		r = SQLITE_DONE;
	}
	r = db_told(&s->db, r, e);
	sqlite3_reset(q);
	return r;
}

static int
insert_rows(struct state *s, const struct state_row *row, size_t n,
    struct err *e)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE;

	if (db_prepare(&s->db, "INSERT OR REPLACE INTO message"
		       " (source, uidvalidity, uid, mark, name, place, partial,"
		       " flags) VALUES (?, ?, ?, 1, ?, ?, ?, ?)", &q, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < n && step == SQLITE_DONE; i++) {
		sqlite3_reset(q);
		sqlite3_bind_int64(q, 1, row[i].source);
		sqlite3_bind_int64(q, 2, row[i].uidvalidity);
		db_bind(q, 3, span_of(row[i].uid));
		db_bind(q, 4, span_of(row[i].name));
		db_bind(q, 5, span_of(row[i].place));
		sqlite3_bind_int(q, 6, row[i].is_partial);
		sqlite3_bind_int(q, 7,
		    (int)flag_of_name(span_of(row[i].place)));
		step = sqlite3_step(q);
	}
	return db_finish(&s->db, q, step, e);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}
