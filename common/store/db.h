/*
 * A SQLite database that survives what its machine does: a rollback journal
 * and synchronous=FULL, both verified after opening.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/span.h"

struct db {
	sqlite3 *sqlite;
	char *path;
};

/* A column that an earlier version's table had not. */
struct db_column {
	const char *table, *name, *definition;
};

/* What a database is: a new file gets the schema and both numbers. */
struct db_kind {
	const char *schema;
	const struct db_column *column; /* that a file of before is to get */
	size_t columns;
	const char *tables; /* and what makes its tables; NULL: all are there */
	int application; /* PRAGMA application_id */
	int version;	 /* PRAGMA user_version */
	bool is_exclusive; /* one process has it from db_open to db_close */
};

/*
 * Opens or creates the file (0600).  Several processes may, unless the kind is
 * exclusive; each waits for the others for some seconds (for one where it is
 * exclusive), then ERR_TEMP.  A file of an earlier version becomes one of this
 * in one transaction.  ERR_CREATE, ERR_IO (damaged, not of this kind, of a
 * later version, or not durable).  *d is zero after -1.  One thread at a time
 * may use it.
 */
int db_open(const char *path, const struct db_kind *, struct db *d,
    struct err *);
void db_close(struct db *);

/* Runs statements that give no rows. */
int db_run(struct db *, const char *sql, struct err *);
/* BEGIN IMMEDIATE; then, with the status so far, COMMIT or ROLLBACK. */
int db_begin(struct db *, struct err *);
int db_end(struct db *, int status, struct err *);

int db_prepare(struct db *, const char *sql, sqlite3_stmt **, struct err *);
void db_bind(sqlite3_stmt *, int column, struct span);
/* A column's text as a copy, "" for NULL; the caller frees it. */
char *db_text(sqlite3_stmt *, int column);
/* What a statement's last step gave: 0 where it was SQLITE_DONE. */
int db_told(struct db *, int step, struct err *);
/* The same, and ends it. */
int db_finish(struct db *, sqlite3_stmt *, int step, struct err *);

#endif
