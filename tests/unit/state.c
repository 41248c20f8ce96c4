#include <sys/wait.h>

#include "store/db.h"
#include "store/state.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;
static char *dir;
static struct state *s;
static int64_t source;

static void
begin(void)
{
	dir = scratch_make();
	ck_assert_msg(state_open(dir, &s, &e) == 0, "%s", e.text);
	ck_assert_int_eq(state_source(s, SPAN("imap://ann@example.org"),
			     SPAN("INBOX"), &source, &e), 0);
}

static void
again(void)
{
	state_close(s);
	ck_assert_msg(state_open(dir, &s, &e) == 0, "%s", e.text);
}

static void
end(void)
{
	state_close(s);
	scratch_remove(dir);
}

static enum state_mark
mark(const char *uid)
{
	enum state_mark m;

	ck_assert_int_eq(state_mark(s, source, 9, uid, &m, &e), 0);
	return m;
}

static struct state_row
row(const char *uid)
{
	return (struct state_row){.source = source, .uidvalidity = 9,
	    .uid = uid, .name = "n", .place = "new/n"};
}

START_TEST(sources_are_told_apart)
{
	int64_t same, folder, server;

	begin();
	ck_assert_int_eq(state_source(s, SPAN("imap://ann@example.org"),
			     SPAN("INBOX"), &same, &e), 0);
	ck_assert_int_eq(state_source(s, SPAN("imap://ann@example.org"),
			     SPAN("Sent"), &folder, &e), 0);
	ck_assert_int_eq(state_source(s, SPAN("imap://bob@example.org"),
			     SPAN("INBOX"), &server, &e), 0);
	ck_assert_int_eq(same, source);
	ck_assert_int_ne(folder, source);
	ck_assert_int_ne(server, source);
	ck_assert_int_ne(server, folder);
	end();
}
END_TEST

START_TEST(what_was_seen_is_kept)
{
	const struct state_seen first = {.uidvalidity = 4294967295,
	    .next = 4294967294, .exists = 4294967293,
	    .uidnext = 4294967292, .modseq = INT64_MAX};
	struct state_seen v = first;

	begin();
	ck_assert_int_eq(state_seen(s, source, &v, &e), 0);
	ck_assert_uint_eq(v.uidvalidity, 0);
	ck_assert_uint_eq(v.next, 0);
	ck_assert_uint_eq(v.modseq, 0);
	ck_assert_int_eq(state_see(s, source, &first, &e), 0);
	again();
	ck_assert_int_eq(state_seen(s, source, &v, &e), 0);
	ck_assert_uint_eq(v.uidvalidity, first.uidvalidity);
	ck_assert_uint_eq(v.next, first.next);
	ck_assert_uint_eq(v.exists, first.exists);
	ck_assert_uint_eq(v.uidnext, first.uidnext);
	ck_assert_uint_eq(v.modseq, first.modseq);
	end();
}
END_TEST

START_TEST(placing_becomes_done_with_the_next_batch)
{
	struct state_row first[2], second[1];

	begin();
	first[0] = row("7");
	first[1] = row("8");
	second[0] = row("10");
	ck_assert_int_eq(mark("7"), STATE_NONE);
	ck_assert_int_eq(state_place(s, first, 2, &e), 0);
	ck_assert_int_eq(mark("7"), STATE_PLACING);
	again();
	ck_assert_int_eq(mark("8"), STATE_PLACING);
	ck_assert_int_eq(state_place(s, second, 1, &e), 0);
	ck_assert_int_eq(mark("7"), STATE_DONE);
	ck_assert_int_eq(mark("10"), STATE_PLACING);
	ck_assert_int_eq(state_done(s, &e), 0);
	again();
	ck_assert_int_eq(mark("10"), STATE_DONE);
	end();
}
END_TEST

START_TEST(a_folders_end_is_one_transaction)
{
	const struct state_seen v = {.uidvalidity = 9, .next = 8};
	struct state_row one;
	struct state_seen seen;

	begin();
	one = row("7");
	ck_assert_int_eq(state_place(s, &one, 1, &e), 0);
	ck_assert_int_eq(state_end(s, source, &v, &e), 0);
	again();
	ck_assert_int_eq(mark("7"), STATE_DONE);
	ck_assert_int_eq(state_seen(s, source, &seen, &e), 0);
	ck_assert_uint_eq(seen.next, v.next);
	end();
}
END_TEST

START_TEST(uids_come_sorted_by_number)
{
	static const char *const uid[] = {"100", "9", "4294967295", "20"};
	static const uint32_t want[] = {9, 20, 100, 4294967295};
	uint32_t *got;
	size_t n;

	begin();
	for (size_t i = 0; i < COUNT(uid); i++) {
		struct state_row r = row(uid[i]);

		ck_assert_int_eq(state_place(s, &r, 1, &e), 0);
	}
	ck_assert_int_eq(state_uids(s, source, 9, 0, &got, &n, &e), 0);
	ck_assert_uint_eq(n, COUNT(want));
	ck_assert_int_eq(memcmp(got, want, sizeof want), 0);
	free(got);
	ck_assert_int_eq(state_uids(s, source, 8, 0, &got, &n, &e), 0);
	ck_assert_uint_eq(n, 0);
	free(got);
	end();
}
END_TEST

static bool
is_safe(const char *uid, int64_t before_sec)
{
	bool is;

	ck_assert_int_eq(state_is_safe(s, source, 9, uid, before_sec, &is,
	    &e), 0);
	return is;
}

START_TEST(what_is_safe)
{
	struct state_row r[2];
	char *name;

	begin();
	r[0] = row("7");
	r[0].name = "1700000000.satchelP1";
	r[1] = row("8");
	r[1].name = "1700000000.satchelP2";
	r[1].is_partial = true;
	ck_assert_int_eq(state_place(s, r, 2, &e), 0);
	ck_assert(!is_safe("7", INT64_MAX));
	ck_assert_int_eq(state_done(s, &e), 0);
	ck_assert(is_safe("7", INT64_MAX));
	ck_assert(is_safe("7", 1700000001));
	ck_assert(!is_safe("7", 1700000000));
	ck_assert(!is_safe("8", INT64_MAX));
	ck_assert(!is_safe("9", INT64_MAX));
	ck_assert_int_eq(state_partial(s, source, 9, "7", &name, &e), 0);
	ck_assert_ptr_null(name);
	ck_assert_int_eq(state_partial(s, source, 9, "8", &name, &e), 0);
	ck_assert_str_eq(name, "1700000000.satchelP2");
	free(name);
	/* the whole message came */
	r[1].is_partial = false;
	ck_assert_int_eq(state_place(s, &r[1], 1, &e), 0);
	ck_assert_int_eq(state_done(s, &e), 0);
	ck_assert(is_safe("8", INT64_MAX));
	/* and may be another's */
	ck_assert_int_eq(state_doubt(s, source, 9, (const uint32_t[]){8, 9},
	    2, &e), 0);
	ck_assert(!is_safe("8", INT64_MAX));
	ck_assert(is_safe("7", INT64_MAX));
	ck_assert_int_eq(state_folder(s, source, &name, &e), 0);
	ck_assert_str_eq(name, "INBOX");
	free(name);
	ck_assert_int_eq(state_folder(s, source + 1, &name, &e), -1);
	end();
}
END_TEST

static int
collect(void *arg, const struct state_row *r, struct err *err)
{
	struct buf *out = arg;

	(void)err;
	buf_fmt(out, "%s=%s,%s;", r->uid, r->name, r->place);
	return 0;
}

static int
refuse(void *arg, const struct state_row *r, struct err *err)
{
	(void)arg;
	return err_set(err, ERR_IO, "no %s", r->uid);
}

START_TEST(a_dead_runs_rows_are_told)
{
	struct buf out = {0};
	struct state_row r[2];

	begin();
	r[0] = row("7");
	ck_assert_int_eq(state_place(s, r, 1, &e), 0);
	r[0] = row("8");
	r[1] = row("9");
	r[1].name = "m";
	r[1].place = "cur/m:2,S";
	ck_assert_int_eq(state_place(s, r, 2, &e), 0);
	again();
	ck_assert_int_eq(state_each_placing(s, collect, &out, &e), 0);
	ck_assert_str_eq(buf_cstr(&out), "8=n,new/n;9=m,cur/m:2,S;");
	ck_assert_int_eq(state_each_placing(s, refuse, NULL, &e), -1);
	ck_assert_str_eq(e.text, "no 8");
	buf_free(&out);
	end();
}
END_TEST

START_TEST(pop3_forgets_what_the_server_has_no_more)
{
	static const char *const kept[] = {"b", "c", "b"};
	struct state_row r[3];

	begin();
	r[0] = row("a");
	r[1] = row("b");
	r[2] = row("c");
	ck_assert_int_eq(state_place(s, r, 3, &e), 0);
	ck_assert_int_eq(state_done(s, &e), 0);
	ck_assert_int_eq(state_keep_only(s, source, kept, 3, &e), 0);
	ck_assert_int_eq(mark("a"), STATE_NONE);
	ck_assert_int_eq(mark("b"), STATE_DONE);
	ck_assert_int_eq(mark("c"), STATE_DONE);
	ck_assert_int_eq(state_keep_only(s, source, NULL, 0, &e), 0);
	ck_assert_int_eq(mark("b"), STATE_NONE);
	end();
}
END_TEST

START_TEST(a_second_process_is_told_to_come_back)
{
	pid_t pid;
	int status;

	begin();
	pid = fork();
	if (pid == 0) {
		struct state *other;
		int r = state_open(dir, &other, &e);

		_exit(r == 0 ? 0 : (int)e.kind);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), ERR_TEMP);
	end();
}
END_TEST

static const struct {
	const char *content;
	enum err_kind kind;
} damaged[] = {
    {"this is no database, whatever its name says it is", ERR_IO},
    {"SQLite format 3", ERR_IO},
};

START_TEST(a_damaged_file_is_told)
{
	char *path;

	dir = scratch_make();
	path = scratch_file(dir, "satchel.db", span_of(damaged[_i].content));
	ck_assert_int_eq(state_open(dir, &s, &e), -1);
	ck_assert_int_eq(e.kind, damaged[_i].kind);
	ck_assert_ptr_null(s);
	free(path);
	scratch_remove(dir);
}
END_TEST

static int
list_one(void *arg, uint32_t uid, unsigned flags, const char *name,
    struct err *err)
{
	(void)err;
	buf_fmt(arg, "%lu %u %s\n", (unsigned long)uid, flags, name);
	return 0;
}

/* What the first version made. */
static const struct db_kind first = {
    .schema = "CREATE TABLE source (id INTEGER PRIMARY KEY, server TEXT NOT"
	" NULL, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (server, folder));"
	"CREATE TABLE message (source INTEGER NOT NULL REFERENCES source,"
	" uidvalidity INTEGER NOT NULL, uid TEXT NOT NULL,"
	" mark INTEGER NOT NULL, name TEXT NOT NULL, place TEXT,"
	" PRIMARY KEY (source, uidvalidity, uid)) WITHOUT ROWID;"
	"INSERT INTO source (id, server, folder, uidvalidity)"
	" VALUES (1, 'imap://h', 'INBOX', 7);"
	"INSERT INTO message VALUES (1, 7, '3', 2, 'a', NULL)",
    .application = 0x53617463,
    .version = 1};

START_TEST(a_file_of_before_is_made_new)
{
	struct buf path = {0}, list = {0};
	struct db db;

	dir = scratch_make();
	buf_fmt(&path, "%s/satchel.db", dir);
	ck_assert_int_eq(db_open(buf_cstr(&path), &first, &db, &e), 0);
	db_close(&db);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(state_open(dir, &s, &e), 0);
		buf_cut(&list, 0);
		ck_assert_int_eq(state_each_other(s, 1, 8, list_one, &list,
		    &e), 0);
		unit_span(buf_view(&list), "3 0 a\n");
		state_close(s);
	}
	/* one of a later version is left alone */
	ck_assert_int_eq(db_open(buf_cstr(&path), &first, &db, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	buf_free(&list);
	buf_free(&path);
	scratch_remove(dir);
}
END_TEST

START_TEST(the_file_is_private)
{
	struct buf path = {0};
	struct stat st;

	umask(0);
	begin();
	buf_fmt(&path, "%s/satchel.db", dir);
	ck_assert_int_eq(stat(buf_cstr(&path), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	buf_free(&path);
	end();
}
END_TEST

START_TEST(no_directory_no_state)
{
	ck_assert_int_eq(state_open("/dev/null/d", &s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
}
END_TEST

START_TEST(what_the_server_changed_is_kept)
{
	const struct state_row rows[] = {
	    {.uidvalidity = 9, .uid = "1", .name = "a",
		.place = "cur/a:2,S"},
	    {.uidvalidity = 9, .uid = "20", .name = "b",
		.place = "new/b"},
	    {.uidvalidity = 9, .uid = "3", .name = "c",
		.place = "new/c"}};
	const struct state_change changes[] = {
	    {1, 2, STATE_DONE}, {20, 0, STATE_GONE},
	    {77, 2, STATE_DONE}};
	struct buf list = {0};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct state_row r = rows[i];

		r.source = source;
		ck_assert_int_eq(state_place(s, &r, 1, &e), 0);
	}
	/* the last one is still on its way */
	ck_assert_int_eq(state_each_done(s, source, 9, list_one, &list, &e),
	    0);
	unit_span(buf_view(&list), "1 16 a\n20 0 b\n");
	ck_assert_int_eq(state_done(s, &e), 0);
	ck_assert_int_eq(state_change(s, source, 9, changes, COUNT(changes),
			     &e), 0);
	again();
	buf_cut(&list, 0);
	ck_assert_int_eq(state_each_done(s, source, 9, list_one, &list, &e),
	    0);
	unit_span(buf_view(&list), "1 2 a\n3 0 c\n");
	ck_assert_int_eq(mark("20"), STATE_GONE);
	ck_assert_int_eq(mark("77"), STATE_NONE);
	/* what is gone is known all the same */
	ck_assert_int_eq(state_change(s, source, 9,
			     &(struct state_change){20, 2, STATE_DONE}, 1, &e),
	    0);
	ck_assert_int_eq(mark("20"), STATE_GONE);
	buf_free(&list);
	end();
}
END_TEST

START_TEST(what_may_be_deleted_is_not_followed)
{
	const struct state_row r = row("7");
	struct state_change change = {7, 0, STATE_DELETING};
	struct buf list = {0};
	bool has;

	begin();
	ck_assert_int_eq(state_place(s, &r, 1, &e), 0);
	ck_assert_int_eq(state_done(s, &e), 0);
	ck_assert_int_eq(state_change(s, source, 9, &change, 1, &e), 0);
	again();
	ck_assert_int_eq(mark("7"), STATE_DELETING);
	ck_assert_int_eq(state_each_done(s, source, 9, list_one, &list, &e),
	    0);
	ck_assert_uint_eq(list.n, 0);
	/* it may be there: it is to be deleted again, or known again */
	ck_assert(is_safe("7", INT64_MAX));
	ck_assert_int_eq(state_has_other(s, source, 10, &has, &e), 0);
	ck_assert(has);
	change.mark = STATE_GONE;
	ck_assert_int_eq(state_change(s, source, 9, &change, 1, &e), 0);
	ck_assert_int_eq(mark("7"), STATE_GONE);
	ck_assert(!is_safe("7", INT64_MAX));
	ck_assert_int_eq(state_has_other(s, source, 10, &has, &e), 0);
	ck_assert(!has);
	buf_free(&list);
	end();
}
END_TEST

START_TEST(messages_are_adopted_under_new_uids)
{
	static const char *const uid[] = {"1", "2", "3"};
	static const char *const name[] = {"a", "b", "c"};
	const struct state_adopted adopted[] = {{"c", 30}, {"none", 5}};
	struct buf list = {0};
	bool has;

	begin();
	ck_assert_int_eq(state_has_other(s, source, 10, &has, &e), 0);
	ck_assert(!has);
	for (size_t i = 0; i < COUNT(uid); i++) {
		struct state_row r = row(uid[i]);

		r.name = name[i];
		r.is_partial = i == 1;
		ck_assert_int_eq(state_place(s, &r, 1, &e), 0);
	}
	ck_assert_int_eq(state_done(s, &e), 0);
	ck_assert_int_eq(state_has_other(s, source, 9, &has, &e), 0);
	ck_assert(!has);
	ck_assert_int_eq(state_has_other(s, source, 10, &has, &e), 0);
	ck_assert(has);
	ck_assert_int_eq(state_each_other(s, source, 10, list_one, &list, &e),
	    0);
	unit_span(buf_view(&list), "1 0 a\n3 0 c\n");
	ck_assert_int_eq(state_adopt(s, source, 10, adopted, COUNT(adopted),
			     &e), 0);
	buf_cut(&list, 0);
	ck_assert_int_eq(state_each_done(s, source, 10, list_one, &list, &e),
	    0);
	unit_span(buf_view(&list), "30 0 c\n");
	buf_cut(&list, 0);
	ck_assert_int_eq(state_each_other(s, source, 10, list_one, &list, &e),
	    0);
	unit_span(buf_view(&list), "1 0 a\n");
	buf_free(&list);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("state");

	unit_test(suite, sources_are_told_apart);
	unit_test(suite, what_was_seen_is_kept);
	unit_test(suite, placing_becomes_done_with_the_next_batch);
	unit_test(suite, a_folders_end_is_one_transaction);
	unit_test(suite, what_is_safe);
	unit_test(suite, uids_come_sorted_by_number);
	unit_test(suite, a_dead_runs_rows_are_told);
	unit_test(suite, pop3_forgets_what_the_server_has_no_more);
	unit_test(suite, a_second_process_is_told_to_come_back);
	unit_each(suite, a_damaged_file_is_told, COUNT(damaged));
	unit_test(suite, what_the_server_changed_is_kept);
	unit_test(suite, what_may_be_deleted_is_not_followed);
	unit_test(suite, messages_are_adopted_under_new_uids);
	unit_test(suite, a_file_of_before_is_made_new);
	unit_test(suite, the_file_is_private);
	unit_test(suite, no_directory_no_state);
	return unit_main(suite);
}
