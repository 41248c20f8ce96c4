#define _DEFAULT_SOURCE /* syscall */
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "app/sandbox.h"
#include "host/file.h"
#include "host/run.h"
#include "text/charset.h"
#include "unit/unit.h"

/* More layers than any kernel takes: Linux has 16 for Landlock. */
#define LAYERS_MAX 100

/* Each test has its own process, for there is no way out. */
static struct err e;

/* It is refused, and by the sandbox. */
#define refused(call)                                                         \
	do {                                                                  \
		errno = 0;                                                    \
		ck_assert_msg((call) == -1, "%s is not refused", #call);      \
		ck_assert_msg(errno == EPERM || errno == EACCES ||            \
			errno == EXDEV,                                       \
		    "%s: errno %d", #call, errno);                            \
	} while (0)

#define works(call)                                                           \
	ck_assert_msg((call) != -1, "%s: errno %d", #call, errno)

static void
enter(const struct sandbox *s)
{
	ck_assert_msg(sandbox_enter(s, &e) == 0, "%s", e.text);
}

/* All below the test's directory; "in" may be written. */
static void
enter_in(void)
{
	static const char *const dirs[] = {"in", NULL};

	enter(&(struct sandbox){.write_dirs = dirs});
}

START_TEST(files_outside_stay_as_they_are)
{
	enter_in();
	refused(open("out/new", O_WRONLY | O_CREAT, 0600));
	refused(open("out/file", O_WRONLY));
	refused(open("out/file", O_RDWR | O_APPEND));
	refused(open("out/file", O_RDONLY | O_TRUNC));
	refused(open("in/../out/new", O_WRONLY | O_CREAT, 0600));
	refused(open("in/link", O_WRONLY));
	refused(truncate("out/file", 0));
	refused(unlink("out/file"));
	refused(rename("out/file", "out/other"));
	refused(rename("out/file", "in/moved"));
	refused(rename("in/file", "out/moved"));
	refused(link("out/file", "in/hard"));
	refused(symlink("file", "out/symbolic"));
	refused(mkdir("out/dir", 0700));
	refused(rmdir("out/empty"));
	refused(mkfifo("out/fifo", 0600));
	refused(chmod("out/file", 0644));
	refused(chown("out/file", getuid(), getgid()));
	refused(utimensat(AT_FDCWD, "out/file", NULL, 0));
}
END_TEST

START_TEST(nothing_may_be_written_where_nothing_is_named)
{
	enter(&(struct sandbox){0});
	refused(open("in/new", O_WRONLY | O_CREAT, 0600));
	refused(unlink("in/file"));
}
END_TEST

START_TEST(files_below_are_made_written_and_removed)
{
	struct buf name = {0};
	int fd, dir = file_open_dir("in", &e);

	enter_in();
	fd = file_create_new(dir, SPAN("a"), &name, &e);
	ck_assert_msg(fd != -1, "%s", e.text);
	ck_assert_int_eq(file_write(fd, SPAN("x"), "a", &e), 0);
	works(fsync(fd));
	works(ftruncate(fd, 0));
	works(unlinkat(dir, "a", 0));
	fd = open("in/deep/b", O_WRONLY | O_CREAT | O_EXCL, 0600);
	works(fd);
	works(open("in/file", O_WRONLY | O_TRUNC));
	buf_free(&name);
}
END_TEST

START_TEST(open_descriptors_and_dev_null_are_written)
{
	int fd = open("out/open", O_RDWR | O_APPEND);

	enter(&(struct sandbox){0});
	ck_assert_int_eq(file_write(fd, SPAN("more\n"), "out/open", &e), 0);
	works(ftruncate(fd, 2));
	fd = open("/dev/null", O_WRONLY | O_TRUNC);
	ck_assert_int_eq(file_write(fd, SPAN("x"), "/dev/null", &e), 0);
}
END_TEST

START_TEST(everything_is_readable)
{
	struct buf text = {0};

	enter(&(struct sandbox){0});
	ck_assert_int_eq(file_read("out/file", 100, &text, &e), 0);
	unit_span(buf_view(&text), "text\n");
	buf_cut(&text, 0);
	ck_assert_int_eq(file_read("/etc/passwd", 1 << 20, &text, &e), 0);
	works(file_open_dir("/", &e));
	buf_free(&text);
}
END_TEST

/* Their tables are modules that the C library loads when first asked. */
START_TEST(charsets_are_still_converted)
{
	static const struct {
		const char *name, *in, *out;
	} table[] = {
	    {"iso-2022-jp", "\x1b$B$3$s\x1b(B", "\xe3\x81\x93\xe3\x82\x93"},
	    {"gb18030", "\xc4\xe3\x81\x30\x81\x30", "\xe4\xbd\xa0\xc2\x80"},
	    {"euc-kr", "\xc7\xd1", "\xed\x95\x9c"},
	    {"big5", "\xa7\x41", "\xe4\xbd\xa0"},
	    {"koi8-r", "\xd0", "\xd0\xbf"},
	};
	struct buf out = {0};

	enter(&(struct sandbox){0});
	for (size_t i = 0; i < COUNT(table); i++) {
		buf_cut(&out, 0);
		charset_to_utf8(span_of(table[i].in), span_of(table[i].name),
		    &out);
		unit_span(buf_view(&out), table[i].out);
	}
	buf_free(&out);
}
END_TEST

START_TEST(there_is_no_network)
{
	static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
	struct sockaddr_in to = {.sin_family = AF_INET};
	int tcp = socket(AF_INET, SOCK_STREAM, 0), pair[2];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	enter(&(struct sandbox){.may_exec = true});
	for (size_t i = 0; i < COUNT(families); i++) {
		refused(socket(families[i], SOCK_STREAM, 0));
		refused(socket(families[i], SOCK_DGRAM, 0));
	}
	refused(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	refused(bind(tcp, (struct sockaddr *)&to, sizeof to));
	refused(listen(tcp, 1));
	to.sin_port = htons(9);
	refused(connect(tcp, (struct sockaddr *)&to, sizeof to));
}
END_TEST

START_TEST(there_is_one_where_it_is_asked_for)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	socklen_t size = sizeof to;
	int server, client;

	enter(&(struct sandbox){.may_net = true});
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server = socket(AF_INET, SOCK_STREAM, 0);
	works(bind(server, (struct sockaddr *)&to, sizeof to));
	works(listen(server, 1));
	works(getsockname(server, (struct sockaddr *)&to, &size));
	client = socket(AF_INET, SOCK_STREAM, 0);
	works(connect(client, (struct sockaddr *)&to, sizeof to));
	refused(open("out/new", O_WRONLY | O_CREAT, 0600));
}
END_TEST

START_TEST(there_are_no_commands)
{
	enter_in();
	refused(execl("/bin/sh", "sh", "-c", ":", (char *)NULL));
	refused(fork());
	refused(kill(getppid(), 0));
	ck_assert_int_eq(raise(0), 0);
}
END_TEST

/* The command sees, and says, what it may not do either. */
START_TEST(commands_inherit_it)
{
	static const char script[] = "cat >/dev/null 2>&1; "
	    "(echo x >out/new) 2>/dev/null; "
	    "(echo x >out/file) 2>/dev/null; "
	    "echo x >in/new; "
	    "cat out/file in/new; "
	    "grep NoNewPrivs: /proc/self/status | tr -d '[:blank:]'; #";
	static const char *const dirs[] = {"in", NULL};
	struct run r = {.command = script, .input = SPAN("in"),
	    .output_max = 1000};
	struct buf out = {0};
	int status;

	enter(&(struct sandbox){.write_dirs = dirs, .may_exec = true});
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	unit_span(buf_view(&out), "text\nx\nNoNewPrivs:1\n");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(access("out/new", F_OK), -1);
	buf_free(&out);
}
END_TEST

START_TEST(commands_end_as_they_do)
{
	struct run r = {.command = "kill -TERM $$ #", .output_max = 10};
	struct buf out = {0};
	int status;

	enter(&(struct sandbox){.may_exec = true});
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_int_eq(status, 128 + SIGTERM);
	/* and are stopped from here */
	r.command = "while :; do echo much; done #";
	ck_assert_int_eq(run_command(&r, &out, &status, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	buf_free(&out);
}
END_TEST

START_TEST(other_processes_and_the_terminal_are_left_alone)
{
	char c = 'x';
	int fd = open("/dev/null", O_RDWR);

	enter(&(struct sandbox){.may_exec = true});
	refused(kill(getppid(), 0));
	refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	refused(ioctl(fd, TIOCSTI, &c));
}
END_TEST

START_TEST(what_is_in_force_is_said)
{
	struct buf line = {0};

	sandbox_describe(&line);
	ck_assert(span_starts(buf_view(&line), SPAN("sandbox: Landlock ABI ")));
	ck_assert(span_ends(buf_view(&line), SPAN(", seccomp\n")));
	buf_free(&line);
}
END_TEST

START_TEST(a_missing_directory_is_an_error)
{
	static const char *const none[] = {"in", "none", NULL};
	static const char *const file[] = {"out/file", NULL};

	ck_assert_int_eq(
	    sandbox_enter(&(struct sandbox){.write_dirs = none}, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOINPUT);
	ck_assert_str_eq(e.text, "none: No such file or directory");
	ck_assert_int_eq(
	    sandbox_enter(&(struct sandbox){.write_dirs = file}, &e), -1);
	ck_assert_str_eq(e.text, "out/file: Not a directory");
}
END_TEST

/* Once more narrows it; that the kernel takes no more is no success. */
START_TEST(a_refusal_is_an_error)
{
	int status = 0;

	for (int i = 0; i < LAYERS_MAX && status == 0; i++)
		status = sandbox_enter(&(struct sandbox){0}, &e);
	ck_assert_int_eq(status, -1);
	ck_assert_int_eq(e.kind, ERR_OS);
	ck_assert(span_starts(span_of(e.text), SPAN("sandbox: ")));
}
END_TEST

/* Asked without our own code, which may not pass over what is there. */
static bool
has_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u) > 0;
#else
	return false;
#endif
}

/* The reason why these tests cannot run; NULL if they can. */
static const char *
why_not(void)
{
	struct buf line = {0};
	const char *why = NULL;

	sandbox_describe(&line);
	if (!has_landlock())
		why = "impossible: this system has no Landlock";
	else if (span_ends(buf_view(&line), SPAN(", no seccomp\n")))
		why = "this kernel has no seccomp, or libseccomp was missing";
	buf_free(&line);
	return why;
}

static int
shell(const char *command, const char *argument)
{
	const char *const args[] = {argument, NULL};
	struct run r = {.command = command, .args = args};
	int status;

	return run_command(&r, NULL, &status, &e) == -1 ? -1 : status;
}

int
main(void)
{
	Suite *s = suite_create("sandbox");
	char top[] = "/tmp/satchel-unit.XXXXXX";
	int status;

	if (why_not() != NULL) {
		printf("1..0 # SKIP %s\n", why_not());
		return 0;
	}
	if (mkdtemp(top) == NULL || chdir(top) == -1 ||
	    shell("mkdir -p in/deep out/empty && echo text >in/file && "
		  "cp in/file out/file && cp in/file out/open && "
		  "ln -s ../out/file in/link #", NULL) != 0)
		return 1;
	unit_test(s, files_outside_stay_as_they_are);
	unit_test(s, nothing_may_be_written_where_nothing_is_named);
	unit_test(s, files_below_are_made_written_and_removed);
	unit_test(s, open_descriptors_and_dev_null_are_written);
	unit_test(s, everything_is_readable);
	unit_test(s, charsets_are_still_converted);
	unit_test(s, there_is_no_network);
	unit_test(s, there_is_one_where_it_is_asked_for);
	unit_test(s, there_are_no_commands);
	unit_test(s, commands_inherit_it);
	unit_test(s, commands_end_as_they_do);
	unit_test(s, other_processes_and_the_terminal_are_left_alone);
	unit_test(s, what_is_in_force_is_said);
	unit_test(s, a_missing_directory_is_an_error);
	unit_test(s, a_refusal_is_an_error);
	status = unit_main_fork(s);
	if (chdir("/") == -1 || shell("rm -rf", top) != 0)
		return 1;
	return status;
}
