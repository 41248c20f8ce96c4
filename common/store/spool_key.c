/* What the spool remembers beside its messages: keys promised, turns taken. */
#include <stdlib.h>

#include "store/spool_row.h"

#define PROMISE_SEC (24 * 60 * 60)

static int forget(struct spool *, int64_t now, struct err *);
static int end_of(const struct spool_item *);
static int turn_at(struct spool *, const char *account, int64_t *at,
    struct err *);
static int set_turn(struct spool *, const char *account, int64_t at,
    struct err *);
static int take_turn(struct spool *, const char *account, int64_t every_ms,
    int64_t burst_ms, int64_t now_ms, int64_t *wait_ms, struct err *);

int
spool_promise(struct spool *s, const char *key, int64_t now, char **id,
    int *status, struct err *e)
{
	sqlite3_stmt *q;
	int step;

	*id = NULL;
	*status = 0;
	if (db_prepare(&s->db, "SELECT message, status FROM promise"
	    " WHERE key = ? AND given BETWEEN ?2 - ?3 AND ?2 + ?3", &q, e) ==
	    -1)
		return -1;
	db_bind(q, 1, span_of(key));
	sqlite3_bind_int64(q, 2, now);
	sqlite3_bind_int64(q, 3, PROMISE_SEC);
	step = sqlite3_step(q);
	if (step != SQLITE_ROW)
		return db_finish(&s->db, q, step, e);
	if (sqlite3_column_type(q, 1) == SQLITE_NULL)
		*id = db_text(q, 0);
	*status = sqlite3_column_int(q, 1);
	if (db_finish(&s->db, q, SQLITE_DONE, e) == -1) {
		free(*id);
		*id = NULL;
		return -1;
	}
	return 1;
}

int
spool_key_give(struct spool *s, const struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;
	int status;

	if (item->key == NULL || item->key[0] == '\0')
		return 0;
	if (forget(s, item->created, e) == -1 || db_prepare(&s->db,
	    "INSERT OR IGNORE INTO promise (key, message, given)"
	    " VALUES (?, ?, ?)", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(item->key));
	db_bind(q, 2, span_of(item->id));
	sqlite3_bind_int64(q, 3, item->created);
	status = db_finish(&s->db, q, sqlite3_step(q), e);
	if (status == 0 && sqlite3_changes(s->db.sqlite) == 0)
		return err_set(e, ERR_NO,
		    "the key was used within the last day");
	return status;
}

int
spool_key_end(struct spool *s, const struct spool_item *item, struct err *e)
{
	bool is_kept = spool_has(item, SPOOL_SENT) ||
	    spool_has(item, SPOOL_UNKNOWN);
	sqlite3_stmt *q;

	if (item->key == NULL || item->key[0] == '\0')
		return 0;
	if (db_prepare(&s->db, is_kept ?
	    "UPDATE promise SET status = ?3 WHERE key = ?1 AND message = ?2" :
	    "DELETE FROM promise WHERE key = ?1 AND message = ?2", &q, e) ==
	    -1)
		return -1;
	db_bind(q, 1, span_of(item->key));
	db_bind(q, 2, span_of(item->id));
	if (is_kept)
		sqlite3_bind_int(q, 3, end_of(item));
	return db_finish(&s->db, q, sqlite3_step(q), e);
}

int
spool_take_turn(struct spool *s, const char *account, unsigned count,
    int64_t period_ms, int64_t now_ms, int64_t *wait_ms, struct err *e)
{
	int64_t every_ms = period_ms / count;
	int status;

	*wait_ms = 0;
	if (db_begin(&s->db, e) == -1)
		return -1;
	status = take_turn(s, account, every_ms > 0 ? every_ms : 1, period_ms,
	    now_ms, wait_ms, e);
	return db_end(&s->db, status, e);
}

/* Promises that are over, or of a time that the clock has not reached. */
static int
forget(struct spool *s, int64_t now, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "DELETE FROM promise"
	    " WHERE given NOT BETWEEN ?1 - ?2 AND ?1 + ?2", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, now);
	sqlite3_bind_int64(q, 2, PROMISE_SEC);
	return db_finish(&s->db, q, sqlite3_step(q), e);
}

/* The exit status that the states make. */
static int
end_of(const struct spool_item *item)
{
	if (spool_has(item, SPOOL_UNKNOWN))
		return ERR_PROTO;
	if (spool_has(item, SPOOL_REFUSED))
		return ERR_REFUSED;
	return spool_has(item, SPOOL_QUEUED) ? ERR_TEMP : 0;
}

/*
 * A full bucket is one whose next turn is due a period after now less one; a
 * time further ahead than that was written before the clock was set back.
 */
static int
take_turn(struct spool *s, const char *account, int64_t every_ms,
    int64_t burst_ms, int64_t now_ms, int64_t *wait_ms, struct err *e)
{
	int64_t at;

	if (turn_at(s, account, &at, e) == -1)
		return -1;
	if (at < now_ms || at > now_ms + burst_ms + every_ms)
		at = now_ms;
	if (at + every_ms > now_ms + burst_ms) {
		*wait_ms = at + every_ms - now_ms - burst_ms;
		return 0;
	}
	return set_turn(s, account, at + every_ms, e);
}

static int
turn_at(struct spool *s, const char *account, int64_t *at, struct err *e)
{
	sqlite3_stmt *q;
	int step;

	*at = 0;
	if (db_prepare(&s->db, "SELECT at FROM turn WHERE account = ?", &q,
	    e) == -1)
		return -1;
	db_bind(q, 1, span_of(account));
	step = sqlite3_step(q);
	if (step == SQLITE_ROW) {
		*at = sqlite3_column_int64(q, 0);
		step = SQLITE_DONE;
	}
	return db_finish(&s->db, q, step, e);
}

static int
set_turn(struct spool *s, const char *account, int64_t at, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "INSERT OR REPLACE INTO turn (account, at)"
	    " VALUES (?, ?)", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(account));
	sqlite3_bind_int64(q, 2, at);
	return db_finish(&s->db, q, sqlite3_step(q), e);
}
