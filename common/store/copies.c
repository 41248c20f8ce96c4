#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/copies.h"
#include "store/db.h"

#define FILE_NAME "satchel.db.ids"

static const struct db_kind kind = {
    .schema = "CREATE TABLE copy (server TEXT NOT NULL, id TEXT NOT NULL,"
	" folder TEXT NOT NULL, PRIMARY KEY (server, id)) WITHOUT ROWID",
    .application = 0x53617469, /* "Sati" */
    .version = 1,
    .is_exclusive = true,
};

struct copies {
	struct db db;
};

static int add_all(struct copies *, struct span server, struct span folder,
    const char *const *ids, size_t, struct err *);

int
copies_open(const char *dir, struct copies **out, struct err *e)
{
	struct copies *c = mem_alloc(1, sizeof *c);
	struct buf path = {0};
	int r;

	*out = NULL;
	buf_fmt(&path, "%s/%s", dir, FILE_NAME);
	r = db_open(buf_cstr(&path), &kind, &c->db, e);
	buf_free(&path);
	if (r == -1) {
		free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
copies_close(struct copies *c)
{
	if (c == NULL)
		return;
	db_close(&c->db);
	free(c);
}

int
copies_has(struct copies *c, struct span server, struct span folder,
    struct span id, bool *has, struct err *e)
{
	sqlite3_stmt *q;
	int r;

	*has = false;
	if (db_prepare(&c->db, "SELECT 1 FROM copy WHERE server = ?"
		       " AND id = ? AND folder <> ?", &q, e) == -1)
		return -1;
	db_bind(q, 1, server);
	db_bind(q, 2, id);
	db_bind(q, 3, folder);
	r = sqlite3_step(q);
	*has = r == SQLITE_ROW;
	return db_finish(&c->db, q, *has ? SQLITE_DONE : r, e);
}

int
copies_add(struct copies *c, struct span server, struct span folder,
    const char *const *ids, size_t n, struct err *e)
{
	int r;

	if (db_begin(&c->db, e) == -1)
		return -1;
	r = add_all(c, server, folder, ids, n, e);
	return db_end(&c->db, r, e);
}

static int
add_all(struct copies *c, struct span server, struct span folder,
    const char *const *ids, size_t n, struct err *e)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE;

	if (db_prepare(&c->db, "INSERT OR IGNORE INTO copy"
		       " (server, id, folder) VALUES (?, ?, ?)", &q, e) == -1)
		return -1;
	for (size_t i = 0; i < n && step == SQLITE_DONE; i++) {
		sqlite3_reset(q);
		db_bind(q, 1, server);
		db_bind(q, 2, span_of(ids[i]));
		db_bind(q, 3, folder);
		step = sqlite3_step(q);
	}
	return db_finish(&c->db, q, step, e);
}
