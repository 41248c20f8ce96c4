#include "base/mem.h"
#include "store/spool_row.h"

static int write_recipients(struct spool *, const struct spool_item *,
    struct err *);
static int read_recipients(struct spool *, struct spool_item *,
    struct err *);

#define PROMISE_TABLE                                                         \
	"promise (key TEXT PRIMARY KEY, message TEXT NOT NULL,"               \
	" given INTEGER NOT NULL, status INTEGER) WITHOUT ROWID;"
#define TURN_TABLE                                                            \
	"turn (account TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID"

/* What version 1 had not. */
static const struct db_column column[] = {
    {"message", "ret", "TEXT NOT NULL DEFAULT ''"},
    {"message", "envid", "TEXT NOT NULL DEFAULT ''"},
    {"message", "key", "TEXT NOT NULL DEFAULT ''"},
    {"message", "copy", "INTEGER NOT NULL DEFAULT 0"}};

const struct db_kind spool_kind = {
    .schema = "CREATE TABLE message (id TEXT PRIMARY KEY,"
	" account TEXT NOT NULL, sender TEXT NOT NULL,"
	" message_id TEXT NOT NULL, notify TEXT NOT NULL,"
	" ret TEXT NOT NULL, envid TEXT NOT NULL, key TEXT NOT NULL,"
	" created INTEGER NOT NULL, next INTEGER NOT NULL,"
	" tries INTEGER NOT NULL, copy INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE recipient (message TEXT NOT NULL REFERENCES message"
	" ON DELETE CASCADE, n INTEGER NOT NULL, address TEXT NOT NULL,"
	" state INTEGER NOT NULL, code INTEGER NOT NULL,"
	" enhanced TEXT NOT NULL, text TEXT NOT NULL,"
	" PRIMARY KEY (message, n)) WITHOUT ROWID;"
	"CREATE INDEX due ON message (next);"
	"CREATE TABLE " PROMISE_TABLE "CREATE TABLE " TURN_TABLE,
    .column = column,
    .columns = sizeof column / sizeof column[0],
    .tables = "CREATE TABLE IF NOT EXISTS " PROMISE_TABLE
	"CREATE TABLE IF NOT EXISTS " TURN_TABLE,
    .application = 0x53617473, /* "Sats" */
    .version = 2};

int
spool_row_insert(struct spool *s, const struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "INSERT INTO message (id, account, sender,"
	    " message_id, notify, ret, envid, key, created, next, tries, copy)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(item->id));
	db_bind(q, 2, span_of(item->account));
	db_bind(q, 3, span_of(item->sender));
	db_bind(q, 4, span_of(item->message_id));
	db_bind(q, 5, span_of(item->notify));
	db_bind(q, 6, span_of(item->ret));
	db_bind(q, 7, span_of(item->envid));
	db_bind(q, 8, span_of(item->key));
	sqlite3_bind_int64(q, 9, item->created);
	sqlite3_bind_int64(q, 10, item->next);
	sqlite3_bind_int(q, 11, item->tries);
	sqlite3_bind_int(q, 12, (int)item->copy);
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1 ||
	    spool_key_give(s, item, e) == -1)
		return -1;
	return write_recipients(s, item, e);
}

int
spool_row_update(struct spool *s, const struct spool_item *item, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "UPDATE message SET next = ?, tries = ?,"
	    " copy = ? WHERE id = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, item->next);
	sqlite3_bind_int(q, 2, item->tries);
	sqlite3_bind_int(q, 3, (int)item->copy);
	db_bind(q, 4, span_of(item->id));
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1)
		return -1;
	return write_recipients(s, item, e);
}

int
spool_row_remove(struct spool *s, const struct spool_item *item,
    struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&s->db, "DELETE FROM message WHERE id = ?", &q, e) ==
	    -1)
		return -1;
	db_bind(q, 1, span_of(item->id));
	if (db_finish(&s->db, q, sqlite3_step(q), e) == -1)
		return -1;
	return spool_key_end(s, item, e);
}

int
spool_row_read(struct spool *s, const char *id, struct spool_item *item,
    struct err *e)
{
	sqlite3_stmt *q;
	int step;

	if (db_prepare(&s->db, "SELECT account, sender, message_id, notify,"
	    " ret, envid, key, created, next, tries, copy"
	    " FROM message WHERE id = ?", &q, e) == -1)
		return -1;
	db_bind(q, 1, span_of(id));
	step = sqlite3_step(q);
	if (step != SQLITE_ROW)
		return db_finish(&s->db, q, step, e);
	item->account = db_text(q, 0);
	item->sender = db_text(q, 1);
	item->message_id = db_text(q, 2);
	item->notify = db_text(q, 3);
	item->ret = db_text(q, 4);
	item->envid = db_text(q, 5);
	item->key = db_text(q, 6);
	item->created = sqlite3_column_int64(q, 7);
	item->next = sqlite3_column_int64(q, 8);
	item->tries = sqlite3_column_int(q, 9);
	item->copy = (enum spool_copy)sqlite3_column_int(q, 10);
	if (db_finish(&s->db, q, SQLITE_DONE, e) == -1 ||
	    read_recipients(s, item, e) == -1)
		return -1;
	return 1;
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
