#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sum.h"
#include "host/file.h"
#include "mail/record.h"
#include "store/index.h"
#include "unit/scratch.h"
#include "unit/unit.h"

#define FOLDER SPAN("/a/folder")

static const struct index_state state = {{{1, 2, 3, 4}, {5, 6, 7, 8}}};

static char *
enter(void)
{
	char *dir = scratch_make();

	ck_assert_int_eq(chdir(dir), 0);
	return dir;
}

static void
leave(char *dir)
{
	ck_assert_int_eq(chdir("/"), 0);
	scratch_remove(dir);
}

static void
open_index(struct index *x)
{
	struct err e = {0};

	ck_assert_msg(index_open("cache/list.db", FOLDER, x, &e) == 0, "%s",
	    e.text);
}

/* Two blocks, and one text. */
static void
fill(void)
{
	struct words words = {0};
	struct words_kept kept = {0};
	struct index x;
	struct err e;

	open_index(&x);
	ck_assert_int_eq(index_put(&x, SPAN("one"), 1, SPAN("a"), &e), 0);
	ck_assert_int_eq(index_put(&x, SPAN("two"), 2, SPAN("bb"), &e), 0);
	words_add(&words, 1, WORDS_BODY, SPAN("word"));
	words_keep(&words, &kept);
	ck_assert_int_eq(index_put_text(&x, &kept, false, &e), 0);
	words_kept_free(&kept);
	x.text_last = 1;
	ck_assert_int_eq(index_commit(&x, &state, &e), 0);
	index_close(&x);
}

START_TEST(keeps_blocks_and_texts)
{
	struct index x;
	struct err e;
	struct buf bytes = {0}, starts = {0};
	struct stat st;

	char *dir = enter();
	fill();
	ck_assert_int_eq(stat("cache/list.db", &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	open_index(&x);
	ck_assert_uint_eq(x.n, 2);
	ck_assert(memcmp(&x.state, &state, sizeof state) == 0);
	ck_assert(span_is(x.block[1].last, "bb"));
	ck_assert_uint_eq(x.block[1].records, 2);
	ck_assert_int_eq(index_read(&x, 1, &bytes, &e), 0);
	ck_assert_str_eq(buf_cstr(&bytes), "two");
	buf_cut(&bytes, 0);
	ck_assert_uint_eq(x.texts, 1);
	ck_assert_int_eq(index_read_terms(&x, 0, &bytes, &starts, &e), 0);
	ck_assert_str_eq(buf_cstr(&bytes), "\nword\n");
	/* one block stays, one goes, one comes */
	ck_assert_int_eq(index_keep(&x, 1, &e), 0);
	ck_assert_int_eq(index_put(&x, SPAN("three"), 3, SPAN("c"), &e), 0);
	ck_assert_int_eq(index_commit(&x, &state, &e), 0);
	index_close(&x);
	open_index(&x);
	buf_cut(&bytes, 0);
	ck_assert_uint_eq(x.n, 2);
	ck_assert_int_eq(index_read(&x, 0, &bytes, &e), 0);
	ck_assert_int_eq(index_read(&x, 1, &bytes, &e), 0);
	ck_assert_str_eq(buf_cstr(&bytes), "twothree");
	index_close(&x);
	buf_free(&bytes);
	buf_free(&starts);
	leave(dir);
}
END_TEST

/* The list of the text's only word, of its only message. */
static void
check_list(struct index *x, size_t text, uint32_t message)
{
	struct buf terms = {0}, starts = {0}, list = {0};
	unsigned char bits = 0;
	struct words_found found;
	size_t at = 0;
	struct err e;

	ck_assert_int_eq(index_read_terms(x, text, &terms, &starts, &e), 0);
	ck_assert_int_eq(words_find(buf_view(&terms), buf_view(&starts),
	    SPAN("word"), &at, &found), 1);
	ck_assert_int_eq(index_read_list(x, text, found.list, found.list_n,
	    &list, &e), 0);
	ck_assert(words_mark(SPAN("word"), buf_view(&list), WORDS_BODY, 8,
	    &bits));
	ck_assert_uint_eq(bits, 1u << message);
	buf_free(&terms);
	buf_free(&starts);
	buf_free(&list);
}

/* In any order, and when the index is written then. */
START_TEST(reads_lists)
{
	static const size_t order[] = {0, 1, 1, 0, 1};
	struct words words = {0};
	struct words_kept kept = {0};
	struct buf list = {0};
	struct index x;
	struct err e;

	char *dir = enter();
	fill();
	open_index(&x);
	words_add(&words, 2, WORDS_BODY, SPAN("word"));
	words_keep(&words, &kept);
	check_list(&x, 0, 1);
	ck_assert_int_eq(index_keep(&x, 0, &e), 0);
	ck_assert_int_eq(index_put_text(&x, &kept, false, &e), 0);
	words_kept_free(&kept);
	ck_assert_int_eq(index_commit(&x, &state, &e), 0);
	index_close(&x);
	open_index(&x);
	for (size_t i = 0; i < COUNT(order); i++)
		check_list(&x, order[i], (uint32_t)order[i] + 1);
	ck_assert_int_eq(index_read_list(&x, 0, 0, 99999, &list, &e), -1);
	check_list(&x, 1, 2);
	index_close(&x);
	buf_free(&list);
	leave(dir);
}
END_TEST

START_TEST(takes_texts_out)
{
	struct words_kept kept = {0};
	struct index x;
	struct err e;

	char *dir = enter();
	fill();
	open_index(&x);
	check_list(&x, 0, 1);
	ck_assert_int_eq(index_keep(&x, 0, &e), 0);
	ck_assert_int_eq(index_take_text(&x, 0, &kept, &e), 0);
	ck_assert_str_eq(buf_cstr(&kept.terms), "\nword\n");
	ck_assert_uint_eq(x.texts, 0);
	ck_assert_int_eq(index_put_text(&x, &kept, true, &e), 0);
	ck_assert_int_eq(index_commit(&x, &state, &e), 0);
	index_close(&x);
	open_index(&x);
	ck_assert_uint_eq(x.texts, 1);
	ck_assert_uint_eq(x.text[0].is_full, 1);
	check_list(&x, 0, 1);
	index_close(&x);
	words_kept_free(&kept);
	leave(dir);
}
END_TEST

static const struct {
	uint32_t text[3];
	bool is_cut;
	uint32_t low, high;
} numbered[] = {{{7, 5, 9}, false, 5, 9}, {{3, 3, 3}, false, 3, 3},
    {{7, 0, 9}, false, 0, 0}, {{7, 9, RECORD_TEXT_NONE}, false, 0, 0},
    {{7, 5, 9}, true, 0, 0}};

/* The numbers of a block's texts, where each of its records has one. */
START_TEST(knows_a_blocks_texts)
{
	struct buf records = {0};
	struct index x;
	struct err e;
	char *dir = enter();

	for (size_t i = 0; i < 3; i++)
		record_put(&(struct record){.base = SPAN("a"),
		    .text = numbered[_i].text[i]}, &records);
	if (numbered[_i].is_cut)
		buf_cut(&records, records.n - 1);
	open_index(&x);
	ck_assert_int_eq(index_put(&x, buf_view(&records), 3, SPAN("a"), &e),
	    0);
	ck_assert_int_eq(index_commit(&x, &state, &e), 0);
	index_close(&x);
	open_index(&x);
	ck_assert_uint_eq(x.n, 1);
	ck_assert_uint_eq(x.block[0].text_low, numbered[_i].low);
	ck_assert_uint_eq(x.block[0].text_high, numbered[_i].high);
	index_close(&x);
	buf_free(&records);
	leave(dir);
}
END_TEST

START_TEST(what_was_not_committed_is_forgotten)
{
	struct index x;
	struct err e;

	char *dir = enter();
	fill();
	open_index(&x);
	ck_assert_int_eq(index_put(&x, SPAN("new"), 1, SPAN("z"), &e), 0);
	index_close(&x);
	open_index(&x);
	ck_assert_uint_eq(x.n, 2);
	index_close(&x);
	leave(dir);
}
END_TEST

/* Without room for what is put nothing is lost, nor taken for damaged. */
START_TEST(a_full_disk_is_no_damage)
{
	struct words_kept kept = {0};
	struct index x;
	struct err e;

	char *dir = enter();
	fill();
	open_index(&x);
	ck_assert_int_eq(db_run(&x.db, "PRAGMA max_page_count = 1", &e), 0);
	ck_assert_int_eq(index_keep(&x, 0, &e), 0);
	ck_assert_int_eq(index_take_text(&x, 0, &kept, &e), 0);
	memset(buf_room(&kept.terms, 1 << 20), 'x', 1 << 20);
	buf_grew(&kept.terms, 1 << 20);
	ck_assert_int_eq(index_put_text(&x, &kept, false, &e), -1);
	words_kept_free(&kept);
	index_discard(&x);
	open_index(&x);
	ck_assert_uint_eq(x.texts, 1);
	check_list(&x, 0, 1);
	/* what is damaged goes, also while it is written */
	ck_assert_int_eq(index_keep(&x, 0, &e), 0);
	index_discard(&x);
	open_index(&x);
	ck_assert_uint_eq(x.n, 0);
	index_close(&x);
	leave(dir);
}
END_TEST

START_TEST(one_writes_and_others_do_without)
{
	struct index x, y;
	struct err e;

	char *dir = enter();
	fill();
	open_index(&x);
	open_index(&y);
	ck_assert_int_eq(index_put(&x, SPAN("x"), 1, SPAN("z"), &e), 0);
	ck_assert_int_eq(index_put(&y, SPAN("y"), 1, SPAN("z"), &e), -1);
	index_close(&y);
	ck_assert_int_eq(index_commit(&x, &state, &e), 0);
	index_close(&x);
	open_index(&x);
	ck_assert_uint_eq(x.n, 1);
	index_close(&x);
	leave(dir);
}
END_TEST

/* Of another folder, and no database at all: both are replaced. */
START_TEST(a_foreign_file_is_replaced)
{
	struct index x;
	struct err e;
	FILE *f;

	char *dir = enter();
	fill();
	ck_assert_int_eq(index_open("cache/list.db", SPAN("/other"), &x, &e),
	    0);
	ck_assert_uint_eq(x.n, 0);
	index_close(&x);
	f = fopen("cache/list.db", "w");
	for (int i = 0; i < 1000; i++)
		fputs("no database ", f);
	ck_assert_int_eq(fclose(f), 0);
	open_index(&x);
	ck_assert_uint_eq(x.n, 0);
	index_close(&x);
	leave(dir);
}
END_TEST

/* Any byte is another: what is read is what was written, or nothing. */
START_TEST(a_damaged_byte_is_seen)
{
	struct index x;
	struct err e;
	struct buf whole = {0}, bytes = {0};
	int fd;

	char *dir = enter();
	fill();
	ck_assert_int_eq(file_read("cache/list.db", 1 << 20, &whole, &e), 0);
	for (size_t i = 0; i < whole.n; i += i < 4096 ? 1 : 37) {
		fd = open("cache/list.db", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		whole.p[i] ^= 0x41;
		ck_assert_int_eq(file_write(fd, buf_view(&whole), "x", &e), 0);
		whole.p[i] ^= 0x41;
		close(fd);
		if (index_open("cache/list.db", FOLDER, &x, &e) == -1)
			continue;
		ck_assert(x.n == 0 || x.n == 2);
		for (size_t b = 0; b < x.n; b++) {
			buf_cut(&bytes, 0);
			if (index_read(&x, b, &bytes, &e) == 0)
				ck_assert_str_eq(buf_cstr(&bytes),
				    b == 0 ? "one" : "two");
		}
		index_close(&x);
	}
	buf_free(&whole);
	buf_free(&bytes);
	leave(dir);
}
END_TEST

static void
write_root(struct span root)
{
	struct db d = {0};
	sqlite3_stmt *q;
	struct err e;

	ck_assert_int_eq(sqlite3_open("cache/list.db", &d.sqlite), SQLITE_OK);
	ck_assert_int_eq(db_prepare(&d, "UPDATE folder SET root = ?", &q, &e),
	    0);
	sqlite3_bind_blob(q, 1, root.p, (int)root.n, SQLITE_STATIC);
	ck_assert_int_eq(db_finish(&d, q, sqlite3_step(q), &e), 0);
	db_close(&d);
}

static void
check_root(bool may_be_used)
{
	struct index x;
	struct span last;

	open_index(&x);
	ck_assert(x.n == 0 || (may_be_used && x.n <= 2));
	for (size_t i = 0; i < x.n; i++) {
		last = x.block[i].last;
		ck_assert_uint_le((size_t)(last.p - x.root.p) + last.n,
		    x.root.n);
	}
	index_close(&x);
}

/*
 * Nothing else tells its numbers: with a bit that is flipped it is none.  With
 * any number and the right sum it leads nowhere but into itself.
 */
START_TEST(a_damaged_root_is_seen)
{
	struct buf whole = {0}, good = {0}, root = {0};
	struct index x;
	struct err e;
	uint64_t sum;
	char *dir = enter();
	int fd;

	fill();
	ck_assert_int_eq(file_read("cache/list.db", 1 << 20, &whole, &e), 0);
	open_index(&x);
	buf_span(&good, buf_view(&x.root));
	index_close(&x);
	for (size_t i = 0; i + sizeof sum < good.n; i += 4) {
		fd = open("cache/list.db", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		ck_assert_int_eq(file_write(fd, buf_view(&whole), "x", &e), 0);
		close(fd);
		buf_cut(&root, 0);
		buf_span(&root, buf_view(&good));
		memset(root.p + i, 0xff, 4);
		sum = sum_of(span_at(root.p, root.n - sizeof sum));
		if (_i == 1)
			memcpy(root.p + root.n - sizeof sum, &sum, sizeof sum);
		write_root(buf_view(&root));
		check_root(_i == 1);
	}
	buf_free(&whole);
	buf_free(&good);
	buf_free(&root);
	leave(dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("index");

	unit_test(s, keeps_blocks_and_texts);
	unit_test(s, reads_lists);
	unit_test(s, takes_texts_out);
	unit_each(s, knows_a_blocks_texts, COUNT(numbered));
	unit_test(s, what_was_not_committed_is_forgotten);
	unit_test(s, a_full_disk_is_no_damage);
	unit_test(s, one_writes_and_others_do_without);
	unit_test(s, a_foreign_file_is_replaced);
	unit_test(s, a_damaged_byte_is_seen);
	unit_each(s, a_damaged_root_is_seen, 2);
	return unit_main(s);
}
