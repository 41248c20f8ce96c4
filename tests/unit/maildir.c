#include <fcntl.h>

#include "host/file.h"
#include "mail/flag.h"
#include "store/maildir.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;
static char *dir;
static struct maildir m;

static void
begin(void)
{
	dir = scratch_make();
	ck_assert_int_eq(maildir_open(dir, true, &m, &e), 0);
}

static void
end(void)
{
	maildir_close(&m);
	scratch_remove(dir);
}

static bool
exists(const char *place)
{
	return faccessat(m.dir, place, F_OK, 0) == 0;
}

/* The names in new/ and cur/, sorted by where they are. */
static size_t
count(bool in_cur)
{
	struct maildir_iter it;
	struct maildir_entry entry;
	size_t n = 0;
	int r;

	maildir_each(&m, &it);
	while ((r = maildir_next(&it, &entry, &e)) == 1)
		n += entry.in_cur == in_cur;
	ck_assert_int_eq(r, 0);
	maildir_end(&it);
	return n;
}

START_TEST(delivers_exact_bytes)
{
	struct buf path = {0}, text = {0};

	begin();
	ck_assert_int_eq(
	    maildir_deliver(&m, SPAN("A: b\n\n\0c\r\n"), "", &path, &e), 0);
	ck_assert_int_eq(file_read(buf_cstr(&path), 100, &text, &e), 0);
	unit_bytes(buf_view(&text), "A: b\n\n\0c\r\n", 10);
	ck_assert_uint_eq(count(false), 1);
	buf_cut(&path, 0);
	ck_assert_int_eq(maildir_deliver(&m, SPAN("x"), "FS", &path, &e), 0);
	ck_assert(span_ends(buf_view(&path), SPAN(":2,FS")));
	ck_assert_uint_eq(count(true), 1);
	buf_free(&path);
	buf_free(&text);
	end();
}
END_TEST

START_TEST(a_file_is_seen_only_once_placed)
{
	struct maildir_file f;
	struct buf place = {0};
	struct stat st;

	begin();
	ck_assert_int_eq(maildir_begin(&m, &f, &e), 0);
	ck_assert_int_eq(file_write(f.fd, SPAN("x"), "f", &e), 0);
	ck_assert_int_eq(maildir_date(&m, &f, 1000000000, &e), 0);
	ck_assert_int_eq(maildir_finish(&m, &f, 1, &e), 0);
	ck_assert_uint_eq(count(false) + count(true), 0);
	maildir_place_name(f.name, "S", &place);
	ck_assert_int_eq(maildir_place(&m, f.name, buf_cstr(&place), &e), 0);
	ck_assert(exists(buf_cstr(&place)));
	ck_assert_int_eq(fstatat(m.dir, buf_cstr(&place), &st, 0), 0);
	ck_assert_int_eq(st.st_mtime, 1000000000);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	/* again, as after a crash between the move and its record */
	ck_assert_int_eq(maildir_place(&m, f.name, buf_cstr(&place), &e), 0);
	ck_assert_int_eq(maildir_sync(&m, &e), 0);
	ck_assert_uint_eq(count(true), 1);
	maildir_file_free(&f);
	buf_free(&place);
	end();
}
END_TEST

START_TEST(one_that_is_not_durable_fails_all)
{
	struct maildir_file f[3];
	int end_of[2];

	begin();
	ck_assert_int_eq(pipe(end_of), 0);
	for (size_t i = 0; i < COUNT(f); i++)
		ck_assert_int_eq(maildir_begin(&m, &f[i], &e), 0);
	ck_assert_int_ne(dup2(end_of[1], f[1].fd), -1);
	ck_assert_int_eq(maildir_finish(&m, f, COUNT(f), &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert(span_starts(span_of(e.text), span_of(dir)));
	ck_assert_ptr_nonnull(strstr(e.text, f[1].name));
	for (size_t i = 0; i < COUNT(f); i++) {
		ck_assert_int_eq(f[i].fd, -1);
		maildir_abort(&m, &f[i]);
	}
	close(end_of[0]);
	close(end_of[1]);
	end();
}
END_TEST

START_TEST(an_aborted_file_is_gone)
{
	struct maildir_file f;
	struct buf name = {0};

	begin();
	ck_assert_int_eq(maildir_begin(&m, &f, &e), 0);
	buf_fmt(&name, "tmp/%s", f.name);
	ck_assert(exists(buf_cstr(&name)));
	maildir_abort(&m, &f);
	ck_assert(!exists(buf_cstr(&name)));
	buf_free(&name);
	end();
}
END_TEST

/* A name of ours whose process is that one. */
static void
name_of(struct buf *name, const char *pid)
{
	struct maildir_file f;
	struct span s, at;

	ck_assert_int_eq(maildir_begin(&m, &f, &e), 0);
	s = span_of(f.name);
	at = span_from(s, span_find(s, SPAN("P")) + 1);
	buf_fmt(name, "tmp/%.*s%s%s", (int)(at.p - s.p), s.p, pid,
	    strchr(at.p, 'R'));
	maildir_abort(&m, &f);
}

static void
plant(const char *name)
{
	int fd = openat(m.dir, name, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ne(fd, -1);
	close(fd);
}

START_TEST(cleans_only_what_our_dead_left)
{
	struct buf dead = {0}, alive = {0}, other_host = {0};
	char pid[32];

	begin();
	/* above every system's largest process */
	name_of(&dead, "2147483646");
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	name_of(&alive, pid);
	buf_fmt(&other_host, "%s.elsewhere", buf_cstr(&dead));
	plant(buf_cstr(&dead));
	plant(buf_cstr(&alive));
	plant(buf_cstr(&other_host));
	plant("tmp/1.P2147483646Q1.foreign");
	maildir_clean(&m);
	ck_assert(!exists(buf_cstr(&dead)));
	ck_assert(exists(buf_cstr(&alive)));
	ck_assert(exists(buf_cstr(&other_host)));
	ck_assert(exists("tmp/1.P2147483646Q1.foreign"));
	buf_free(&dead);
	buf_free(&alive);
	buf_free(&other_host);
	end();
}
END_TEST

START_TEST(what_is_no_maildir)
{
	char *plain = scratch_make();

	ck_assert(!maildir_is(plain));
	ck_assert_int_eq(maildir_open(plain, false, &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_int_eq(maildir_open(plain, true, &m, &e), 0);
	ck_assert(maildir_is(plain));
	maildir_close(&m);
	ck_assert_int_eq(maildir_open("/dev/null/m", false, &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_int_eq(maildir_open("/dev/null/m", true, &m, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	scratch_remove(plain);
}
END_TEST

START_TEST(hidden_names_are_no_messages)
{
	begin();
	plant("new/.hidden");
	plant("cur/a:2,S");
	ck_assert_uint_eq(count(false), 0);
	ck_assert_uint_eq(count(true), 1);
	end();
}
END_TEST

START_TEST(what_stays_of_a_name)
{
	static const struct {
		const char *name, *base;
	} names[] = {{"1.a.host", "1.a.host"}, {"1.a.host:2,", "1.a.host"},
	    {"1.a:b:2,FS", "1.a:b"}, {":2,S", ""}, {"", ""},
	    {"1.a,U=5:2,S", "1.a"}, {"1.a,U=5", "1.a"},
	    {"1.a,S=9,U=5,FMD5=0:2,", "1.a,S=9"}, {"1.a,U=:2,", "1.a,U="},
	    {"1.a,U=x", "1.a,U=x"}, {"1.a:2,U=5", "1.a"}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ck_assert_uint_eq(maildir_base(span_of(names[i].name)),
		    strlen(names[i].base));
}
END_TEST

START_TEST(flags_change)
{
	static const struct {
		const char *place, *to;
		unsigned add, remove;
	} rows[] = {
	    {"new/a", "new/a", 0, FLAG_SEEN},
	    {"new/b", "cur/b:2,FS", FLAG_SEEN | FLAG_FLAGGED, 0},
	    {"cur/c:2,S", "cur/c:2,", 0, FLAG_SEEN},
	    {"cur/d:2,PSax", "cur/d:2,PTax", FLAG_TRASHED, FLAG_SEEN},
	    {"cur/e", "cur/e:2,D", FLAG_DRAFT, 0},
	    {"cur/f:1,x", "cur/f:2,R", FLAG_ANSWERED, 0},
	};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct maildir_entry entry = {.name = rows[i].place + 4,
		    .in_cur = rows[i].place[0] == 'c'};

		free(scratch_file(dir, rows[i].place, SPAN("x")));
		ck_assert_int_eq(maildir_flag(&m, &entry, rows[i].add,
		    rows[i].remove, &e), 0);
		ck_assert_msg(exists(rows[i].to), "%s", rows[i].to);
		ck_assert_uint_eq(count(false) + count(true), i + 1);
	}
	ck_assert_int_eq(maildir_flag(&m, &(struct maildir_entry){"none",
	    true}, FLAG_SEEN, 0, &e), 1);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("maildir");

	unit_test(s, delivers_exact_bytes);
	unit_test(s, a_file_is_seen_only_once_placed);
	unit_test(s, one_that_is_not_durable_fails_all);
	unit_test(s, an_aborted_file_is_gone);
	unit_test(s, cleans_only_what_our_dead_left);
	unit_test(s, what_is_no_maildir);
	unit_test(s, hidden_names_are_no_messages);
	unit_test(s, what_stays_of_a_name);
	unit_test(s, flags_change);
	return unit_main(s);
}
