#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static struct err e;

static const struct {
	const char *foreign, *component;
} names[] = {
    {"INBOX", "INBOX"},
    {"a b", "a b"},
    {"", "%00"},
    {".", "%2E"},
    {"..", "%2E."},
    {".hidden", "%2Ehidden"},
    {"a/b", "a%2Fb"},
    {"../../etc", "%2E.%2F..%2Fetc"},
    {"cur", "%63ur"},
    {"new", "%6Eew"},
    {"tmp", "%74mp"},
    {"current", "current"},
    {"satchel.db", "%73atchel.db"},
    {"Satchel.db-journal", "%53atchel.db-journal"},
    {"100%", "100%25"},
    {"a\nb\x7f", "a%0Ab%7F"},
    {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
    {"\xc2\x9bx", "%C2%9Bx"},
    {"\xe9", "%E9"},
    {"a\xe2\x80\xa8z", "a%E2%80%A8z"},
    {"a\xe2\x80\xaegpj.sh", "a%E2%80%AEgpj.sh"},
    {"a\xe2\x82.b", "a%E2%82.b"},
    {"\xf0\x9f\x98", "%F0%9F%98"},
    {"\xef\xbf\xbd", "\xef\xbf\xbd"},
};

START_TEST(a_component)
{
	struct buf out = {0};

	file_component(span_of(names[_i].foreign), &out);
	ck_assert_str_eq(buf_cstr(&out), names[_i].component);
	buf_free(&out);
}
END_TEST

START_TEST(a_long_component_is_cut_between_characters)
{
	struct buf in = {0}, out = {0};

	for (int i = 0; i < 200; i++)
		buf_str(&in, "\xc3\xa9");
	file_component(buf_view(&in), &out);
	ck_assert_uint_eq(out.n, 240);
	ck_assert_int_eq(memcmp(in.p, out.p, out.n), 0);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *second, *third;
} created[] = {
    {"a.txt", "a-2.txt", "a-3.txt"},
    {"a", "a-2", "a-3"},
    {"a.b.c", "a.b-2.c", "a.b-3.c"},
    {".hidden", ".hidden-2", ".hidden-3"},
    {"%2E.%2Fx", "%2E.%2Fx-2", "%2E.%2Fx-3"},
    {"a.averylongsuffix", "a.averylongsuffix-2", "a.averylongsuffix-3"},
    {"a.", "a.-2", "a.-3"},
};

START_TEST(a_new_file_never_replaces)
{
	const char *want[] = {created[_i].name, created[_i].second,
	    created[_i].third};
	char *dir = scratch_make();
	int at = file_open_dir(dir, &e), fd;
	struct buf taken = {0};

	ck_assert_int_ne(at, -1);
	for (size_t i = 0; i < COUNT(want); i++) {
		buf_cut(&taken, 0);
		fd = file_create_new(at, span_of(want[0]), &taken, &e);
		ck_assert_int_ne(fd, -1);
		ck_assert_str_eq(buf_cstr(&taken), want[i]);
		close(fd);
	}
	close(at);
	buf_free(&taken);
	scratch_remove(dir);
}
END_TEST

START_TEST(a_new_file_is_never_a_link)
{
	char *dir = scratch_make();
	int at = file_open_dir(dir, &e), fd;
	struct buf taken = {0};

	ck_assert_int_eq(symlinkat("/dev/null/target", at, "link"), 0);
	fd = file_create_new(at, SPAN("link"), &taken, &e);
	ck_assert_int_ne(fd, -1);
	ck_assert_str_eq(buf_cstr(&taken), "link-2");
	close(fd);
	close(at);
	buf_free(&taken);
	scratch_remove(dir);
}
END_TEST

START_TEST(reads_whole_files_and_no_more)
{
	char *dir = scratch_make();
	struct buf text = {0};
	char *path = scratch_file(dir, "f", SPAN("0123456789"));

	ck_assert_int_eq(file_read(path, 10, &text, &e), 0);
	unit_span(buf_view(&text), "0123456789");
	ck_assert_int_eq(file_read(path, 9, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	ck_assert_int_eq(file_read(dir, 9, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_int_eq(file_read("/dev/null/f", 9, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	buf_free(&text);
	free(path);
	scratch_remove(dir);
}
END_TEST

START_TEST(maps_large_and_small_files_alike)
{
	char *dir = scratch_make();
	struct buf text = {0};
	struct file_map m;
	char *path;

	for (int i = 0; i < 100000; i++)
		buf_fmt(&text, "%d\n", i);
	path = scratch_file(dir, "large", buf_view(&text));
	ck_assert_int_eq(file_map(AT_FDCWD, path, &m, &e), 0);
	ck_assert_ptr_nonnull(m.mapped);
	ck_assert(span_eq(m.bytes, buf_view(&text)));
	file_unmap(&m);
	free(path);
	path = scratch_file(dir, "small", SPAN("x"));
	ck_assert_int_eq(file_map(AT_FDCWD, path, &m, &e), 0);
	unit_span(m.bytes, "x");
	file_unmap(&m);
	free(path);
	path = scratch_file(dir, "empty", SPAN(""));
	ck_assert_int_eq(file_map(AT_FDCWD, path, &m, &e), 0);
	ck_assert_uint_eq(m.bytes.n, 0);
	file_unmap(&m);
	free(path);
	buf_free(&text);
	scratch_remove(dir);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd == -1)
		return;
	ck_assert_int_eq(file_write(fd, SPAN("x"), "full", &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	close(fd);
}
END_TEST

START_TEST(directories_above_are_made_private)
{
	char *dir = scratch_make();
	struct buf deep = {0};
	struct stat st;

	buf_fmt(&deep, "%s/a/b/c", dir);
	ck_assert_int_eq(file_mkdirs(buf_cstr(&deep), &e), 0);
	ck_assert_int_eq(file_mkdirs(buf_cstr(&deep), &e), 0);
	ck_assert_int_eq(stat(buf_cstr(&deep), &st), 0);
	ck_assert_int_eq(st.st_mode & 077, 0);
	buf_free(&deep);
	ck_assert_int_eq(file_mkdirs("", &e), -1);
	ck_assert_int_eq(file_mkdirs("/dev/null/x", &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	scratch_remove(dir);
}
END_TEST

START_TEST(home_is_expanded_only_at_the_start)
{
	struct buf out = {0};

	setenv("HOME", "/home/ann", 1);
	file_expand("~/Mail", &out);
	ck_assert_str_eq(buf_cstr(&out), "/home/ann/Mail");
	buf_cut(&out, 0);
	file_expand("~bob/x", &out);
	ck_assert_str_eq(buf_cstr(&out), "~bob/x");
	buf_cut(&out, 0);
	file_expand("a/~/x", &out);
	ck_assert_str_eq(buf_cstr(&out), "a/~/x");
	unsetenv("HOME");
	buf_cut(&out, 0);
	file_expand("~/Mail", &out);
	ck_assert_int_eq(out.p[0], '/');
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("file");

	unit_each(s, a_component, COUNT(names));
	unit_test(s, a_long_component_is_cut_between_characters);
	unit_each(s, a_new_file_never_replaces, COUNT(created));
	unit_test(s, a_new_file_is_never_a_link);
	unit_test(s, reads_whole_files_and_no_more);
	unit_test(s, maps_large_and_small_files_alike);
	unit_test(s, a_full_disk_is_an_error);
	unit_test(s, directories_above_are_made_private);
	unit_test(s, home_is_expanded_only_at_the_start);
	return unit_main(s);
}
