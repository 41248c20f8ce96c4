#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sum.h"
#include "host/file.h"
#include "mail/record.h"
#include "store/index.h"

#define APPLICATION 0x7361696c /* PRAGMA application_id */
#define VERSION 12 /* of records and what they say; others are thrown away */
#define BUSY_MS 200

/* What the root begins with; then the texts and the blocks' entries. */
struct head {
	struct index_state state;
	uint64_t blocks, texts, text_last;
};

/* A block's entry in the root, before the bytes of last. */
struct entry {
	int64_t row;
	uint64_t sum;
	uint32_t records, bytes, text_low, text_high, last;
};

static int open_any(const char *file, struct span folder, struct index *,
    struct err *);
static bool is_damaged(const struct index *);
static void remove_file(const struct index *);
static int make_file(const char *, int *flags, struct err *);
static int make_above(const char *file, struct err *);
static bool is_mine(int fd);
static int set_up(struct index *, struct span folder, struct err *);
static int is_ours(struct index *, struct err *);
static int number(struct db *, const char *sql, int64_t *, struct err *);
static int create(struct index *, struct span folder, struct err *);
static int read_root(struct index *, struct span folder, struct err *);
static int take_root(struct index *, struct err *);
static bool take(struct span *rest, void *, size_t n);
static void end_reading(struct index *);
static int seek_block(struct index *, int64_t row);
static void find_texts(struct span records, struct index_block *);
static int begin(struct index *, struct err *);
static void add_entry(struct index *, const struct index_block *);
static int drop_others(struct index *, struct err *);
static int write_root(struct index *, struct err *);
static int damaged(const struct index *, struct err *);

int
index_open(const char *file, struct span folder, struct index *x,
    struct err *e)
{
	if (open_any(file, folder, x, e) == 0)
		return 0;
	if (!is_damaged(x)) {
		index_close(x);
		return -1;
	}
	remove_file(x);
	index_close(x);
	if (open_any(file, folder, x, e) == 0)
		return 0;
	index_close(x);
	return -1;
}

void
index_close(struct index *x)
{
	end_reading(x);
	db_close(&x->db);
	free(x->block);
	free(x->text);
	buf_free(&x->root);
	buf_free(&x->next);
	*x = (struct index){0};
}

/* A full disk ends what is being written; damage that is found does not. */
void
index_discard(struct index *x)
{
	end_reading(x);
	if (!x->is_writing || sqlite3_get_autocommit(x->db.sqlite) == 0)
		remove_file(x);
	index_close(x);
}

int
index_read(struct index *x, size_t block, struct buf *out, struct err *e)
{
	const struct index_block *b = &x->block[block];
	size_t start = out->n;

	if (seek_block(x, b->row) == -1 || b->bytes > INT32_MAX ||
	    (uint32_t)sqlite3_blob_bytes(x->records) != b->bytes ||
	    sqlite3_blob_read(x->records, buf_room(out, b->bytes),
	    (int)b->bytes, 0) != SQLITE_OK)
		return damaged(x, e);
	buf_grew(out, b->bytes);
	if (sum_of(span_from(buf_view(out), start)) == b->sum)
		return 0;
	buf_cut(out, start);
	return damaged(x, e);
}

int
index_put(struct index *x, struct span records, uint32_t n, struct span last,
    struct err *e)
{
	struct index_block b = {.records = n, .bytes = (uint32_t)records.n,
	    .sum = sum_of(records), .last = last};
	sqlite3_stmt *q;

	if (begin(x, e) == -1 || db_prepare(&x->db,
	    "INSERT INTO block (records) VALUES (?)", &q, e) == -1)
		return -1;
	sqlite3_bind_blob(q, 1, records.p, (int)records.n, SQLITE_STATIC);
	if (db_finish(&x->db, q, sqlite3_step(q), e) == -1)
		return -1;
	b.row = sqlite3_last_insert_rowid(x->db.sqlite);
	find_texts(records, &b);
	add_entry(x, &b);
	return 0;
}

int
index_keep(struct index *x, size_t block, struct err *e)
{
	if (begin(x, e) == -1)
		return -1;
	x->block[block].is_kept = true;
	add_entry(x, &x->block[block]);
	return 0;
}

int
index_commit(struct index *x, const struct index_state *state, struct err *e)
{
	struct buf root = {0};
	struct head head = {.state = *state, .blocks = x->next_n,
	    .texts = x->texts, .text_last = x->text_last};
	uint64_t sum;

	if (begin(x, e) == -1)
		return -1;
	end_reading(x);
	buf_add(&root, &head, sizeof head);
	buf_add(&root, x->text, x->texts * sizeof *x->text);
	buf_span(&root, buf_view(&x->next));
	sum = sum_of(buf_view(&root));
	buf_add(&root, &sum, sizeof sum);
	buf_free(&x->next);
	x->next = root;
	if (drop_others(x, e) == -1 || write_root(x, e) == -1)
		return -1;
	return db_run(&x->db, "COMMIT", e);
}

/* A read transaction is open then, so that nobody changes what was read. */
static int
open_any(const char *file, struct span folder, struct index *x,
    struct err *e)
{
	int flags = SQLITE_OPEN_READWRITE;

	*x = (struct index){.db.path = mem_str(file)};
	if (make_file(file, &flags, e) == -1)
		return -1;
	if (sqlite3_open_v2(file, &x->db.sqlite, flags, NULL) != SQLITE_OK)
		return err_set(e, ERR_IO, "%s: %s", file,
		    sqlite3_errmsg(x->db.sqlite));
	if (set_up(x, folder, e) == -1 || read_root(x, folder, e) == -1)
		return -1;
	return 0;
}

/* Of what failed; errors of our own making leave SQLite's code at none. */
static bool
is_damaged(const struct index *x)
{
	int code = x->db.sqlite == NULL ? SQLITE_CANTOPEN
					: sqlite3_errcode(x->db.sqlite);

	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ||
	    code == SQLITE_ERROR || code == SQLITE_SCHEMA ||
	    code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;
}

static void
remove_file(const struct index *x)
{
	struct buf journal = {0};

	buf_fmt(&journal, "%s-journal", x->db.path);
	unlink(x->db.path);
	unlink(buf_cstr(&journal));
	buf_free(&journal);
}

/*
 * SQLite would create it with the umask's mode.  One that cannot be read is
 * another user's, where this one was that user for a moment: it makes way.
 */
static int
make_file(const char *file, int *flags, struct err *e)
{
	const int safe = O_CLOEXEC | O_NOFOLLOW;
	int fd = open(file, O_RDWR | safe), status;

	if (fd == -1 && (errno == EACCES || errno == EROFS)) {
		*flags = SQLITE_OPEN_READONLY;
		fd = open(file, O_RDONLY | safe);
	}
	if (fd == -1 && (errno == ENOENT ||
	    (errno == EACCES && unlink(file) == 0))) {
		*flags = SQLITE_OPEN_READWRITE;
		if (make_above(file, e) == -1)
			return -1;
		fd = open(file, O_RDWR | O_CREAT | safe, 0600);
	}
	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s", file);
	status = is_mine(fd) ? 0
	    : err_set(e, ERR_CREATE, "%s: belongs to another", file);
	close(fd);
	return status;
}

static int
make_above(const char *file, struct err *e)
{
	const char *slash = strrchr(file, '/');
	char *dir;
	int status;

	if (slash == NULL)
		return 0;
	dir = mem_dup(file, (size_t)(slash - file));
	status = file_mkdirs(dir, e);
	free(dir);
	return status;
}

/* What others wrote may say anything, and its sums be right. */
static bool
is_mine(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0);
}

static int
set_up(struct index *x, struct span folder, struct err *e)
{
	int ours;

	sqlite3_busy_timeout(x->db.sqlite, BUSY_MS);
	if (db_run(&x->db, "PRAGMA page_size = 16384;"
	    "PRAGMA synchronous = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA trusted_schema = OFF; BEGIN", e) == -1)
		return -1;
	ours = is_ours(x, e);
	if (ours == -1)
		return -1;
	return ours == 1 ? 0 : create(x, folder, e);
}

/* 1, or 0 where it is empty; -1 where it is another's. */
static int
is_ours(struct index *x, struct err *e)
{
	int64_t application, version, tables;

	if (number(&x->db, "PRAGMA application_id", &application, e) == -1 ||
	    number(&x->db, "PRAGMA user_version", &version, e) == -1 ||
	    number(&x->db, "SELECT count(*) FROM sqlite_master", &tables,
	    e) == -1)
		return -1;
	if (tables == 0)
		return 0;
	if (application != APPLICATION || version != VERSION)
		return damaged(x, e);
	return 1;
}

static int
number(struct db *d, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *q;
	int step;

	*out = 0;
	if (db_prepare(d, sql, &q, e) == -1)
		return -1;
	step = sqlite3_step(q);
	if (step == SQLITE_ROW)
		*out = sqlite3_column_int64(q, 0);
	return db_finish(d, q, step == SQLITE_ROW ? SQLITE_DONE : step, e);
}

static int
create(struct index *x, struct span folder, struct err *e)
{
	struct buf sql = {0};
	sqlite3_stmt *q;
	int status;

	/* whose map of pages finds a large one's end without reading it */
	buf_fmt(&sql, "PRAGMA auto_vacuum = INCREMENTAL;"
	    "CREATE TABLE folder (path BLOB, root BLOB);"
	    "CREATE TABLE block (id INTEGER PRIMARY KEY, records BLOB);"
	    "CREATE TABLE text (id INTEGER PRIMARY KEY, terms BLOB,"
	    " starts BLOB, lists BLOB);"
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    APPLICATION, VERSION);
	status = db_run(&x->db, buf_cstr(&sql), e);
	buf_free(&sql);
	if (status == -1 || db_prepare(&x->db,
	    "INSERT INTO folder (path) VALUES (?)", &q, e) == -1)
		return -1;
	sqlite3_bind_blob(q, 1, folder.p, (int)folder.n, SQLITE_STATIC);
	if (db_finish(&x->db, q, sqlite3_step(q), e) == -1)
		return -1;
	return db_run(&x->db, "COMMIT; BEGIN", e);
}

/* Two folders whose paths have one sum take turns. */
static int
read_root(struct index *x, struct span folder, struct err *e)
{
	sqlite3_stmt *q;
	struct span path, root;

	if (db_prepare(&x->db, "SELECT path, root FROM folder", &q, e) == -1)
		return -1;
	if (sqlite3_step(q) != SQLITE_ROW) {
		sqlite3_finalize(q);
		return damaged(x, e);
	}
	path = span_at(sqlite3_column_blob(q, 0),
	    (size_t)sqlite3_column_bytes(q, 0));
	root = span_at(sqlite3_column_blob(q, 1),
	    (size_t)sqlite3_column_bytes(q, 1));
	if (!span_eq(path, folder)) {
		sqlite3_finalize(q);
		return damaged(x, e);
	}
	buf_span(&x->root, root);
	sqlite3_finalize(q);
	return x->root.n == 0 ? 0 : take_root(x, e);
}

static int
take_root(struct index *x, struct err *e)
{
	struct span rest = buf_view(&x->root);
	uint64_t sum;
	struct head head;
	struct entry entry;

	if (rest.n < sizeof sum)
		return damaged(x, e);
	memcpy(&sum, rest.p + rest.n - sizeof sum, sizeof sum);
	rest.n -= sizeof sum;
	if (sum_of(rest) != sum || !take(&rest, &head, sizeof head) ||
	    head.texts > rest.n / sizeof *x->text ||
	    head.blocks > rest.n / sizeof entry)
		return damaged(x, e);
	x->state = head.state;
	x->text_last = head.text_last;
	x->texts = (size_t)head.texts;
	x->text = mem_grow(NULL, &x->text_cap, x->texts, sizeof *x->text);
	if (!take(&rest, x->text, x->texts * sizeof *x->text))
		return damaged(x, e);
	x->block = mem_alloc((size_t)head.blocks, sizeof *x->block);
	for (; x->n < head.blocks; x->n++) {
		if (!take(&rest, &entry, sizeof entry) || entry.last > rest.n)
			return damaged(x, e);
		x->block[x->n] = (struct index_block){.row = entry.row,
		    .sum = entry.sum, .records = entry.records,
		    .bytes = entry.bytes, .text_low = entry.text_low,
		    .text_high = entry.text_high,
		    .last = span_sub(rest, 0, entry.last)};
		rest = span_from(rest, entry.last);
	}
	return 0;
}

static bool
take(struct span *rest, void *to, size_t n)
{
	if (rest->n < n)
		return false;
	memcpy(to, rest->p, n);
	*rest = span_from(*rest, n);
	return true;
}

static void
end_reading(struct index *x)
{
	sqlite3_blob_close(x->records);
	sqlite3_blob_close(x->lists);
	x->records = x->lists = NULL;
}

/* An open statement for all blocks: preparing one costs as much as a block. */
static int
seek_block(struct index *x, int64_t row)
{
	int status = x->records != NULL
	    ? sqlite3_blob_reopen(x->records, row)
	    : sqlite3_blob_open(x->db.sqlite, "main", "block", "records", row,
		  0, &x->records);

	return status == SQLITE_OK ? 0 : -1;
}

static void
find_texts(struct span records, struct index_block *b)
{
	uint32_t low = RECORD_TEXT_NONE, high = 0, text;

	while (records.n > 0) {
		text = record_text(records, &records);
		if (text == 0 || text == RECORD_TEXT_NONE)
			return;
		low = text < low ? text : low;
		high = text > high ? text : high;
	}
	b->text_low = high == 0 ? 0 : low;
	b->text_high = high;
}

/* Makes the read transaction one that writes: fails where another does. */
static int
begin(struct index *x, struct err *e)
{
	if (x->is_writing)
		return 0;
	if (db_run(&x->db, "DELETE FROM block WHERE id < 0", e) == -1)
		return -1;
	x->is_writing = true;
	return 0;
}

static void
add_entry(struct index *x, const struct index_block *b)
{
	struct entry entry;

	memset(&entry, 0, sizeof entry); /* what is between its members, too */
	entry.row = b->row;
	entry.sum = b->sum;
	entry.records = b->records;
	entry.bytes = b->bytes;
	entry.text_low = b->text_low;
	entry.text_high = b->text_high;
	entry.last = (uint32_t)b->last.n;
	buf_add(&x->next, &entry, sizeof entry);
	buf_span(&x->next, b->last);
	x->next_n++;
}

static int
drop_others(struct index *x, struct err *e)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE;

	if (db_prepare(&x->db, "DELETE FROM block WHERE id = ?", &q, e) == -1)
		return -1;
	for (size_t i = 0; i < x->n && step == SQLITE_DONE; i++) {
		if (x->block[i].is_kept)
			continue;
		sqlite3_bind_int64(q, 1, x->block[i].row);
		step = sqlite3_step(q);
		sqlite3_reset(q);
	}
	return db_finish(&x->db, q, step, e);
}

static int
write_root(struct index *x, struct err *e)
{
	sqlite3_stmt *q;

	if (db_prepare(&x->db, "UPDATE folder SET root = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_blob(q, 1, x->next.p, (int)x->next.n, SQLITE_STATIC);
	return db_finish(&x->db, q, sqlite3_step(q), e);
}

static int
damaged(const struct index *x, struct err *e)
{
	return err_set(e, ERR_IO, "%s: damaged", x->db.path);
}
