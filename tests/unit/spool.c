#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/db.h"
#include "store/spool.h"
#include "unit/unit.h"

static char dir[] = "/tmp/satchel-spool.XXXXXX";
static struct spool *spool;
static struct err e;

static void
begin(void)
{
	memcpy(dir, "/tmp/satchel-spool.XXXXXX", sizeof dir);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(spool_open(dir, &spool, &e), 0);
}

/* That nothing but the database is left. */
static void
end(void)
{
	char path[64];

	spool_close(spool);
	snprintf(path, sizeof path, "%s/spool.db", dir);
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof path, "%s/spool.db-journal", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* A message to two, written down and locked. */
static void
add_with(struct spool_item *item, const char *key)
{
	int fd;

	*item = (struct spool_item){.key = mem_str(key)};
	ck_assert_int_eq(spool_begin(spool, item, &fd, &e), 0);
	item->account = mem_str("work");
	item->sender = mem_str("a@example.org");
	item->message_id = mem_str("i@example.org");
	item->notify = mem_str("");
	item->created = item->next = 1000;
	item->n = 2;
	item->rcpt = mem_alloc(2, sizeof *item->rcpt);
	for (size_t i = 0; i < 2; i++)
		item->rcpt[i] = (struct spool_rcpt){
		    .address = mem_str(i == 0 ? "b@example.org" : ""),
		    .enhanced = mem_str(""), .text = mem_str("")};
	ck_assert_int_eq(file_write(fd, SPAN("Text\n"), "spool", &e), 0);
	ck_assert_int_eq(spool_commit(spool, &item, &fd, 1, &e), 0);
}

static void
add(struct spool_item *item)
{
	add_with(item, "");
}

static int
save(struct spool_item *item)
{
	return spool_save(spool, &item, 1, &e);
}

static size_t
count(const char *account, int64_t due)
{
	struct spool_ids ids = {0};
	size_t n;

	ck_assert_int_eq(spool_list(spool, account, due, &ids, &e), 0);
	n = ids.n;
	spool_ids_free(&ids);
	return n;
}

/* What another process gets when it claims: 1, 0, or -1. */
static int
claim_elsewhere(const char *id)
{
	struct spool_item item;
	struct spool *other;
	int status, got;
	pid_t pid = fork();

	if (pid == 0) {
		got = spool_open(dir, &other, &e) == -1 ? -1 :
		    spool_claim(other, id, &item, &e);
		_exit(got + 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status) - 1;
}

START_TEST(keeps_what_it_was_given)
{
	struct spool_item item, back;
	struct file_map map;
	char *id;

	begin();
	add(&item);
	id = mem_str(item.id);
	ck_assert_int_eq(claim_elsewhere(id), 0);
	spool_release(&item);
	ck_assert_uint_eq(count("work", 1000), 1);
	ck_assert_uint_eq(count("work", 999), 0);
	ck_assert_uint_eq(count("other", 1000), 0);
	ck_assert_uint_eq(count(NULL, 1000), 1);
	ck_assert_int_eq(spool_claim(spool, id, &back, &e), 1);
	ck_assert_str_eq(back.sender, "a@example.org");
	ck_assert_uint_eq(back.n, 2);
	ck_assert_str_eq(back.rcpt[0].address, "b@example.org");
	ck_assert_int_eq(spool_map(spool, &back, &map, &e), 0);
	unit_span(map.bytes, "Text\n");
	file_unmap(&map);
	ck_assert_int_eq(claim_elsewhere(id), 0);
	ck_assert_int_eq(spool_remove(spool, &back, &e), 0);
	spool_release(&back);
	ck_assert_int_eq(spool_claim(spool, id, &back, &e), 0);
	ck_assert_int_eq(spool_load(spool, id, &back, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	free(id);
	end();
}
END_TEST

START_TEST(settles)
{
	struct spool_item item;
	char *id;

	begin();
	add(&item);
	id = mem_str(item.id);
	item.rcpt[0].state = SPOOL_SENT;
	item.tries = 3;
	item.next = 2000;
	ck_assert_int_eq(save(&item), 0);
	spool_release(&item);
	ck_assert_int_eq(spool_claim(spool, id, &item, &e), 1);
	ck_assert_int_eq(item.rcpt[0].state, SPOOL_SENT);
	ck_assert_int_eq(item.rcpt[1].state, SPOOL_QUEUED);
	ck_assert_int_eq(item.tries, 3);
	ck_assert_int_eq((int)item.next, 2000);
	item.rcpt[1].state = SPOOL_REFUSED;
	ck_assert_int_eq(save(&item), 0);
	spool_release(&item);
	ck_assert_uint_eq(count(NULL, INT64_MAX), 0);
	free(id);
	end();
}
END_TEST

/* Killed while sending: unknown to whoever comes next, and sent ones stay. */
START_TEST(the_dead_leave_unknowns)
{
	struct spool_item item;
	char *id;
	int status;
	pid_t pid;

	begin();
	add(&item);
	id = mem_str(item.id);
	spool_release(&item);
	spool_close(spool);
	pid = fork();
	if (pid == 0) {
		if (spool_open(dir, &spool, &e) == -1 ||
		    spool_claim(spool, id, &item, &e) != 1)
			_exit(1);
		item.rcpt[0].state = SPOOL_SENDING;
		item.rcpt[1].state = SPOOL_SENT;
		if (save(&item) == -1)
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(spool_open(dir, &spool, &e), 0);
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(spool_claim(spool, id, &item, &e), 1);
		ck_assert_int_eq(item.rcpt[0].state, SPOOL_UNKNOWN);
		ck_assert_int_eq(item.rcpt[1].state, SPOOL_SENT);
		if (again == 1)
			ck_assert_int_eq(spool_remove(spool, &item, &e), 0);
		spool_release(&item);
	}
	free(id);
	end();
}
END_TEST

/* What could not be written down needs no room where all have it. */
START_TEST(remembers_what_was_sent_on_a_full_disk)
{
	struct spool_item item, *one = &item;
	sqlite3 *other;
	char path[64];
	int status;
	char *id;

	begin();
	add_with(&item, "key");
	item.rcpt[0].state = item.rcpt[1].state = SPOOL_SENDING;
	ck_assert_int_eq(save(&item), 0);
	snprintf(path, sizeof path, "%s/spool.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "CREATE TRIGGER full BEFORE"
	    " DELETE ON message BEGIN SELECT raise(ABORT, 'full'); END",
	    NULL, NULL, NULL), SQLITE_OK);
	item.rcpt[0].state = item.rcpt[1].state = SPOOL_SENT;
	ck_assert_int_eq(spool_save(spool, &one, 1, &e), -1);
	id = mem_str(item.id);
	spool_release(&item);
	ck_assert_int_eq(sqlite3_exec(other, "DROP TRIGGER full", NULL, NULL,
	    NULL), SQLITE_OK);
	sqlite3_close(other);
	ck_assert_int_eq(spool_claim(spool, id, &item, &e), 0);
	free(id);
	ck_assert_int_eq(spool_promise(spool, "key", 1000, &id, &status, &e),
	    1);
	ck_assert_ptr_null(id);
	ck_assert_int_eq(status, 0);
	end();
}
END_TEST

/* Killed before its commit: the file goes when the spool is cleaned. */
START_TEST(the_dead_leave_no_files)
{
	struct spool_item item = {0}, living = {0};
	int status, fd;
	pid_t pid;

	begin();
	spool_close(spool);
	pid = fork();
	if (pid == 0) {
		if (spool_open(dir, &spool, &e) == -1 ||
		    spool_begin(spool, &item, &fd, &e) == -1)
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(spool_open(dir, &spool, &e), 0);
	add(&living);
	spool_release(&living);
	spool_clean(spool);
	ck_assert_uint_eq(count(NULL, INT64_MAX), 1);
	struct spool_ids ids = {0};
	ck_assert_int_eq(spool_list(spool, NULL, INT64_MAX, &ids, &e), 0);
	ck_assert_int_eq(spool_claim(spool, ids.v[0], &living, &e), 1);
	ck_assert_int_eq(spool_remove(spool, &living, &e), 0);
	spool_release(&living);
	spool_ids_free(&ids);
	end();
}
END_TEST

START_TEST(abort_leaves_nothing)
{
	struct spool_item item = {0};
	int fd;

	begin();
	ck_assert_int_eq(spool_begin(spool, &item, &fd, &e), 0);
	spool_abort(spool, &item, fd);
	spool_release(&item);
	end();
}
END_TEST

START_TEST(waits_no_longer_than_it_may)
{
	struct spool_item item;

	begin();
	add(&item);
	item.next = 100000;
	ck_assert_int_eq(save(&item), 0);
	ck_assert(!spool_is_due(&item, 99999));
	ck_assert(spool_is_due(&item, 100000));
	ck_assert_uint_eq(count("work", 99999), 0);
	ck_assert_uint_eq(count("work", 100000), 1);
	/* the clock was set back: no wait is over four hours */
	ck_assert(!spool_is_due(&item, 85600));
	ck_assert(spool_is_due(&item, 85599));
	ck_assert_uint_eq(count("work", 85600), 0);
	ck_assert_uint_eq(count("work", 85599), 1);
	ck_assert_int_eq(spool_remove(spool, &item, &e), 0);
	spool_release(&item);
	end();
}
END_TEST

/* The item's first recipient and its second end so; the item is let go of. */
static void
finish(struct spool_item *item, enum spool_state one, enum spool_state two)
{
	item->rcpt[0].state = one;
	item->rcpt[1].state = two;
	ck_assert_int_eq(save(item), 0);
	spool_release(item);
}

static int
promised(int64_t now, char **id, int *status)
{
	return spool_promise(spool, "key", now, id, status, &e);
}

START_TEST(keeps_its_promises)
{
	struct spool_item item, *list = &item, second = {0};
	int status, fd;
	char *id;

	begin();
	ck_assert_int_eq(promised(1000, &id, &status), 0);
	add_with(&item, "key");
	ck_assert_int_eq(promised(1000, &id, &status), 1);
	ck_assert_str_eq(id, item.id);
	free(id);
	second.key = mem_str("key");
	ck_assert_int_eq(spool_begin(spool, &second, &fd, &e), 0);
	second.created = 1000;
	list = &second;
	ck_assert_int_eq(spool_commit(spool, &list, &fd, 1, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NO);
	spool_release(&second);
	finish(&item, SPOOL_SENT, SPOOL_REFUSED);
	ck_assert_int_eq(promised(1000, &id, &status), 1);
	ck_assert_ptr_null(id);
	ck_assert_int_eq(status, ERR_REFUSED);
	/* for a day, whichever way the clock goes */
	ck_assert_int_eq(promised(1000 + 86400, &id, &status), 1);
	ck_assert_int_eq(promised(1000 + 86401, &id, &status), 0);
	ck_assert_int_eq(promised(1000 - 86401, &id, &status), 0);
	end();
}
END_TEST

START_TEST(frees_what_was_refused)
{
	struct spool_item item;
	int status;
	char *id;

	begin();
	add_with(&item, "key");
	finish(&item, SPOOL_REFUSED, SPOOL_REFUSED);
	ck_assert_int_eq(promised(1000, &id, &status), 0);
	add_with(&item, "key");
	finish(&item, SPOOL_SENT, SPOOL_SENT);
	ck_assert_int_eq(promised(1000, &id, &status), 1);
	ck_assert_int_eq(status, 0);
	end();
}
END_TEST

START_TEST(waits_for_copies)
{
	struct spool_ids ids = {0};
	struct spool_item item;
	char *id;

	begin();
	add(&item);
	id = mem_str(item.id);
	item.copy = SPOOL_COPY_DUE;
	finish(&item, SPOOL_SENT, SPOOL_SENT);
	ck_assert_int_eq(spool_list_copies(spool, "work", &ids, &e), 0);
	ck_assert_uint_eq(ids.n, 1);
	spool_ids_free(&ids);
	ck_assert_int_eq(spool_claim(spool, id, &item, &e), 1);
	ck_assert_int_eq(item.copy, SPOOL_COPY_DUE);
	item.copy = SPOOL_COPY_MADE;
	ck_assert_int_eq(save(&item), 0);
	spool_release(&item);
	ck_assert_uint_eq(count(NULL, INT64_MAX), 0);
	free(id);
	end();
}
END_TEST

/* Three in a second, at once; then one each third. */
START_TEST(gives_turns)
{
	static const struct {
		int64_t now_ms, wait_ms;
	} step[] = {{5000, 0}, {5000, 0}, {5000, 0}, {5000, 332},
	    {5200, 132}, {5332, 0}, {5332, 333}, {9000, 0},
	    /* the clock was set back */
	    {100, 0}};
	int64_t wait_ms;

	begin();
	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
		ck_assert_int_eq(spool_take_turn(spool, "work", 3, 1000,
		    step[i].now_ms, &wait_ms, &e), 0);
		ck_assert_msg(wait_ms == step[i].wait_ms,
		    "step %zu: %d", i, (int)wait_ms);
	}
	ck_assert_int_eq(spool_take_turn(spool, "home", 3, 1000, 100,
	    &wait_ms, &e), 0);
	ck_assert_int_eq((int)wait_ms, 0);
	end();
}
END_TEST

/* What the first version made, with a message that waits. */
static const struct db_kind first = {
    .schema = "CREATE TABLE message (id TEXT PRIMARY KEY,"
	" account TEXT NOT NULL, sender TEXT NOT NULL,"
	" message_id TEXT NOT NULL, notify TEXT NOT NULL,"
	" created INTEGER NOT NULL, next INTEGER NOT NULL,"
	" tries INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE recipient (message TEXT NOT NULL REFERENCES message"
	" ON DELETE CASCADE, n INTEGER NOT NULL, address TEXT NOT NULL,"
	" state INTEGER NOT NULL, code INTEGER NOT NULL,"
	" enhanced TEXT NOT NULL, text TEXT NOT NULL,"
	" PRIMARY KEY (message, n)) WITHOUT ROWID;"
	"CREATE INDEX due ON message (next);"
	"INSERT INTO message VALUES ('abcdefghijkl', 'work', 'a@example.org',"
	" 'i@example.org', '', 1000, 1000, 3);"
	"INSERT INTO recipient VALUES ('abcdefghijkl', 0, 'b@example.org', 0,"
	" 450, '4.2.0', 'later')",
    .application = 0x53617473,
    .version = 1};

START_TEST(takes_over_the_queue_of_before)
{
	struct spool_item item;
	struct db db;
	char path[64];

	begin();
	spool_close(spool);
	snprintf(path, sizeof path, "%s/spool.db", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(db_open(path, &first, &db, &e), 0);
	db_close(&db);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(spool_open(dir, &spool, &e), 0);
		ck_assert_int_eq(spool_load(spool, "abcdefghijkl", &item, &e),
		    0);
		ck_assert_int_eq(item.tries, 3);
		ck_assert_str_eq(item.key, "");
		ck_assert_int_eq(item.rcpt[0].code, 450);
		spool_release(&item);
		if (i == 0)
			spool_close(spool);
	}
	add_with(&item, "a key");
	ck_assert_int_eq(spool_remove(spool, &item, &e), 0);
	spool_release(&item);
	end();
}
END_TEST

START_TEST(backs_off)
{
	ck_assert_int_eq((int)spool_backoff(1, 0), 60);
	ck_assert_int_eq((int)spool_backoff(2, 0), 120);
	ck_assert_int_eq((int)spool_backoff(8, 0), 7680);
	ck_assert_int_eq((int)spool_backoff(9, 0), 14400);
	ck_assert_int_eq((int)spool_backoff(100000, 0), 14400);
	for (unsigned chance = 0; chance < 1000; chance++) {
		ck_assert(spool_backoff(1, chance) <= 60);
		ck_assert(spool_backoff(1, chance) >= 45);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spool");

	unit_test(s, keeps_what_it_was_given);
	unit_test(s, settles);
	unit_test(s, the_dead_leave_unknowns);
	unit_test(s, remembers_what_was_sent_on_a_full_disk);
	unit_test(s, the_dead_leave_no_files);
	unit_test(s, abort_leaves_nothing);
	unit_test(s, waits_no_longer_than_it_may);
	unit_test(s, keeps_its_promises);
	unit_test(s, frees_what_was_refused);
	unit_test(s, waits_for_copies);
	unit_test(s, gives_turns);
	unit_test(s, takes_over_the_queue_of_before);
	unit_test(s, backs_off);
	return unit_main(s);
}
