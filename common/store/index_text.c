#include "base/mem.h"
#include "base/sum.h"
#include "store/index.h"

static int read_all(struct index *, size_t i, const char *column,
    struct buf *out);
static int seek_lists(struct index *, size_t i);
static int read_blob(sqlite3_blob *, size_t at, size_t n, struct buf *out);
static uint64_t sum_both(struct span terms, struct span starts);
static int broken(const struct index *, struct err *);

int
index_put_text(struct index *x, const struct words_kept *kept, bool is_full,
    struct err *e)
{
	struct span terms = buf_view(&kept->terms);
	struct span starts = buf_view(&kept->starts);
	sqlite3_stmt *q;

	if (db_prepare(&x->db, "INSERT INTO text (terms, starts, lists)"
	    " VALUES (?, ?, ?)", &q, e) == -1)
		return -1;
	sqlite3_bind_blob(q, 1, terms.p, (int)terms.n, SQLITE_STATIC);
	sqlite3_bind_blob(q, 2, starts.p, (int)starts.n, SQLITE_STATIC);
	sqlite3_bind_blob(q, 3, kept->lists.p, (int)kept->lists.n,
	    SQLITE_STATIC);
	if (db_finish(&x->db, q, sqlite3_step(q), e) == -1)
		return -1;
	x->text = mem_grow(x->text, &x->text_cap, x->texts + 1,
	    sizeof *x->text);
	x->text[x->texts++] = (struct index_text){
	    .row = sqlite3_last_insert_rowid(x->db.sqlite),
	    .sum = sum_both(terms, starts), .is_full = is_full};
	return 0;
}

int
index_drop_texts(struct index *x, struct err *e)
{
	x->texts = 0;
	return db_run(&x->db, "DELETE FROM text", e);
}

int
index_take_text(struct index *x, size_t i, struct words_kept *kept,
    struct err *e)
{
	sqlite3_stmt *q;

	if (index_read_terms(x, i, &kept->terms, &kept->starts, e) == -1)
		return -1;
	if (read_all(x, i, "lists", &kept->lists) == -1)
		return broken(x, e);
	sqlite3_blob_close(x->lists);
	x->lists = NULL;
	if (db_prepare(&x->db, "DELETE FROM text WHERE id = ?", &q, e) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, x->text[i].row);
	memmove(&x->text[i], &x->text[i + 1],
	    (--x->texts - i) * sizeof *x->text);
	return db_finish(&x->db, q, sqlite3_step(q), e);
}

int
index_read_terms(struct index *x, size_t i, struct buf *terms,
    struct buf *starts, struct err *e)
{
	if (read_all(x, i, "terms", terms) == -1 ||
	    read_all(x, i, "starts", starts) == -1 ||
	    sum_both(buf_view(terms), buf_view(starts)) != x->text[i].sum)
		return broken(x, e);
	return 0;
}

int
index_read_list(struct index *x, size_t i, size_t at, size_t n,
    struct buf *out, struct err *e)
{
	if (seek_lists(x, i) == -1 || read_blob(x->lists, at, n, out) == -1)
		return broken(x, e);
	return 0;
}

static int
read_all(struct index *x, size_t i, const char *column, struct buf *out)
{
	sqlite3_blob *blob = NULL;
	int status = -1;

	if (sqlite3_blob_open(x->db.sqlite, "main", "text", column,
	    x->text[i].row, 0, &blob) == SQLITE_OK)
		status = read_blob(blob, 0, (size_t)sqlite3_blob_bytes(blob),
		    out);
	sqlite3_blob_close(blob);
	return status;
}

/* It stays open: a part of a word may have as many lists as there are words. */
static int
seek_lists(struct index *x, size_t i)
{
	int status = SQLITE_OK;

	if (x->lists == NULL)
		status = sqlite3_blob_open(x->db.sqlite, "main", "text",
		    "lists", x->text[i].row, 0, &x->lists);
	else if (x->lists_of != i)
		status = sqlite3_blob_reopen(x->lists, x->text[i].row);
	x->lists_of = i;
	return status == SQLITE_OK ? 0 : -1;
}

static int
read_blob(sqlite3_blob *blob, size_t at, size_t n, struct buf *out)
{
	if (at > INT32_MAX || n > INT32_MAX || sqlite3_blob_read(blob,
	    buf_room(out, n), (int)n, (int)at) != SQLITE_OK)
		return -1;
	buf_grew(out, n);
	return 0;
}

static uint64_t
sum_both(struct span terms, struct span starts)
{
	return sum_of(terms) * 3 + sum_of(starts);
}

static int
broken(const struct index *x, struct err *e)
{
	return err_set(e, ERR_IO, "%s: damaged", x->db.path);
}
