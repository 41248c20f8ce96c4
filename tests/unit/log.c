#include <sys/stat.h>

#include "app/log.h"
#include "host/file.h"
#include "unit/scratch.h"
#include "unit/unit.h"

static char *dir, *path;
static struct config *c;
static struct account *a;

/* With logfile = dir/log, or the text. */
static void
begin(const char *value)
{
	struct account_options o = {.n_set = 1};
	struct buf set = {0};
	struct err e = {0};
	const char *one;

	dir = scratch_make();
	setenv("HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	unsetenv("SATCHEL_CONFIG");
	buf_fmt(&set, "%s/log", dir);
	path = mem_str(buf_cstr(&set));
	buf_cut(&set, 0);
	buf_fmt(&set, "logfile=%s", value == NULL ? path : value);
	one = buf_cstr(&set);
	o.set = &one;
	ck_assert_msg(config_open(&o, &c, &e) == 0, "%s", e.text);
	ck_assert_int_eq(account_find(c, NULL, &a, &e), 0);
	buf_free(&set);
}

static void
end(void)
{
	config_close(c);
	free(path);
	scratch_remove(dir);
}

/* What the file holds behind the time and the process. */
static void
after_head(struct buf *out)
{
	struct buf all = {0};
	struct span rest, line;
	struct err e = {0};
	size_t at;

	ck_assert_int_eq(file_read(path, 1 << 20, &all, &e), 0);
	rest = buf_view(&all);
	while (span_line(&rest, &line) == 1) {
		ck_assert_uint_gt(line.n, 20);
		ck_assert(line.p[4] == '-' && line.p[19] == 'Z');
		ck_assert(span_starts(span_from(line, 20), SPAN(" test[")));
		at = span_find(line, SPAN("]: "));
		ck_assert(at != SPAN_NONE);
		buf_span(out, span_from(line, at + 3));
		buf_char(out, '\n');
	}
	buf_free(&all);
}

START_TEST(lines)
{
	struct log l = {0};
	struct buf text = {0};
	struct err e = {0};
	struct stat st;

	begin(NULL);
	for (int run = 0; run < 2; run++) {
		ck_assert_int_eq(log_open(&l, a, "test", &e), 0);
		ck_assert(log_is_on(&l));
		log_put(&l, "account", SPAN("work"));
		log_put(&l, "empty", SPAN(""));
		log_number(&l, "size", 1234);
		ck_assert_int_eq(log_end(&l, &e), 0);
		log_put(&l, "a", SPAN("x y"));
		log_put(&l, "b", SPAN("q\"\\=\n\x1b[0m"));
		log_put(&l, "c", SPAN("W\xc3\xb6rk\xff"));
		ck_assert_int_eq(log_end(&l, &e), 0);
		log_close(&l);
	}
	after_head(&text);
	ck_assert_str_eq(buf_cstr(&text),
	    "account=work size=1234\n"
	    "a=\"x y\" b=\"q\\\"\\\\= \xef\xbf\xbd[0m\""
	    " c=\"W\xc3\xb6rk\xef\xbf\xbd\"\n"
	    "account=work size=1234\n"
	    "a=\"x y\" b=\"q\\\"\\\\= \xef\xbf\xbd[0m\""
	    " c=\"W\xc3\xb6rk\xef\xbf\xbd\"\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	buf_free(&text);
	end();
}
END_TEST

START_TEST(long_values)
{
	struct log l = {0};
	struct buf value = {0}, text = {0};
	struct err e = {0};

	begin(NULL);
	ck_assert_int_eq(log_open(&l, a, "test", &e), 0);
	while (value.n <= 2 * LOG_VALUE_MAX)
		buf_char(&value, 'x');
	log_put(&l, "k", buf_view(&value));
	ck_assert_int_eq(log_end(&l, &e), 0);
	log_close(&l);
	after_head(&text);
	ck_assert_uint_eq(text.n, LOG_VALUE_MAX + strlen("k=\n"));
	buf_free(&text);
	buf_free(&value);
	end();
}
END_TEST

START_TEST(nowhere)
{
	struct log l = {0};
	struct err e = {0};

	log_put(&l, "k", SPAN("v"));
	ck_assert_int_eq(log_end(&l, &e), 0);
	log_close(&l);
	begin("/dev/null/log");
	ck_assert_int_eq(log_open(&l, a, "test", &e), -1);
	ck_assert_int_eq(e.kind, ERR_CREATE);
	ck_assert(!log_is_on(&l));
	end();
	begin("/dev/full");
	ck_assert_int_eq(log_open(&l, a, "test", &e), 0);
	log_put(&l, "k", SPAN("v"));
	ck_assert_int_eq(log_end(&l, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	log_close(&l);
	end();
	begin("syslog");
	ck_assert_int_eq(log_open(&l, a, "test", &e), 0);
	ck_assert(log_is_on(&l));
	log_close(&l);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");

	unit_test(s, lines);
	unit_test(s, long_values);
	unit_test(s, nowhere);
	return unit_main(s);
}
