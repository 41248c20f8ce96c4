#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/run.h"
#include "unit/unit.h"

static struct err e;

START_TEST(arguments_are_passed_not_pasted)
{
	static const char *const args[] = {"a b", "$(id)", "'; exit 9", NULL};
	struct run r = {.command = "printf '<%s>'", .args = args,
	    .output_max = 100};
	struct buf out = {0};
	int status;

	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(buf_cstr(&out), "<a b><$(id)><'; exit 9>");
	buf_free(&out);
}
END_TEST

START_TEST(large_input_and_output_pass_side_by_side)
{
	struct buf in = {0}, out = {0};
	struct run r = {.command = "cat", .output_max = 1 << 24};
	int status;

	for (int i = 0; i < 1 << 20; i++)
		buf_str(&in, "12345678");
	r.input = buf_view(&in);
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_int_eq(status, 0);
	ck_assert(span_eq(buf_view(&in), buf_view(&out)));
	buf_free(&in);
	buf_free(&out);
}
END_TEST

START_TEST(unread_input_is_the_commands_affair)
{
	struct buf in = {0}, out = {0};
	struct run r = {.command = "exit 3 #", .output_max = 10};
	int status;

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 1 << 20; i++)
		buf_char(&in, 'x');
	r.input = buf_view(&in);
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_int_eq(status, 3);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

START_TEST(standard_input_is_empty_and_secrets_stay_here)
{
	struct run r = {.command = "cat; echo \"[$SATCHEL_PASSWORD]\"; :",
	    .output_max = 100};
	struct buf out = {0};
	int status;

	setenv("SATCHEL_PASSWORD", "secret", 1);
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_str_eq(buf_cstr(&out), "[]\n");
	unsetenv("SATCHEL_PASSWORD");
	buf_free(&out);
}
END_TEST

START_TEST(a_signal_and_its_disposition)
{
	struct run r = {.command = "kill -PIPE $$; exit 1; :",
	    .output_max = 10};
	struct buf out = {0};
	int status;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_int_eq(status, 128 + SIGPIPE);
	buf_free(&out);
}
END_TEST

START_TEST(too_much_output_ends_it)
{
	struct run r = {.command = "yes", .output_max = 1000};
	struct buf out = {0};
	int status;

	ck_assert_int_eq(run_command(&r, &out, &status, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DATA);
	buf_free(&out);
}
END_TEST

START_TEST(no_other_descriptor_is_inherited)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), status;
	struct buf command = {0}, out = {0};
	struct run r = {.output_max = 100};

	buf_fmt(&command, "if [ -e /dev/fd/%d ]; then echo open; fi; :", fd);
	r.command = buf_cstr(&command);
	ck_assert_int_eq(run_command(&r, &out, &status, &e), 0);
	ck_assert_str_eq(buf_cstr(&out), "");
	close(fd);
	buf_free(&out);
	buf_free(&command);
}
END_TEST

static const struct {
	const char *command, *secret;
	enum err_kind kind;
} secrets[] = {
    {"echo secret; :", "secret", ERR_NONE},
    {"printf 'a b\\r\\nmore'; :", "a b", ERR_NONE},
    {"printf secret; :", "secret", ERR_NONE},
    {"echo secret; exit 2; :", NULL, ERR_AUTH},
    {":", NULL, ERR_AUTH},
    {"echo; :", NULL, ERR_AUTH},
    {"/dev/null/command", NULL, ERR_AUTH},
};

START_TEST(a_secret_is_the_first_line)
{
	struct buf out = {0};
	int r = run_secret(secrets[_i].command, &out, &e);

	ck_assert_int_eq(r, secrets[_i].secret == NULL ? -1 : 0);
	if (r == 0)
		ck_assert_str_eq(buf_cstr(&out), secrets[_i].secret);
	else
		ck_assert_int_eq(e.kind, secrets[_i].kind);
	buf_wipe(&out);
}
END_TEST

START_TEST(a_tunnel_speaks_both_ways)
{
	char got[6] = {0};
	pid_t pid;
	int fd, status;

	ck_assert_int_eq(run_tunnel("cat", &fd, &pid, &e), 0);
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	ck_assert_int_eq(read(fd, got, 5), 5);
	ck_assert_str_eq(got, "hello");
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_program_gets_its_arguments_and_the_environment)
{
	static const char *const argv[] = {"sh", "-c",
	    "cat; printf '%s|%s' \"$1\" \"$SATCHEL_PASSWORD\"; kill -9 $$", "-",
	    "$(id) x", NULL};
	char got[64] = {0};
	int out, status;
	size_t n = 0;
	ssize_t more;
	pid_t pid;

	setenv("SATCHEL_PASSWORD", "its own", 1);
	ck_assert_int_eq(run_program(argv, &out, &pid, &e), 0);
	while ((more = read(out, got + n, sizeof got - 1 - n)) > 0)
		n += (size_t)more;
	close(out);
	ck_assert_str_eq(got, "$(id) x|its own");
	ck_assert_int_eq(run_end(pid, &status, &e), 0);
	ck_assert_int_eq(status, 128 + 9);
}
END_TEST

START_TEST(a_program_that_is_not_there)
{
	static const char *const argv[] = {"/nowhere/program", NULL};
	int out, status;
	pid_t pid;

	ck_assert_int_eq(run_program(argv, &out, &pid, &e), 0);
	close(out);
	ck_assert_int_eq(run_end(pid, &status, &e), 0);
	ck_assert_int_eq(status, 127);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("run");

	unit_test(s, arguments_are_passed_not_pasted);
	unit_test(s, large_input_and_output_pass_side_by_side);
	unit_test(s, unread_input_is_the_commands_affair);
	unit_test(s, standard_input_is_empty_and_secrets_stay_here);
	unit_test(s, a_signal_and_its_disposition);
	unit_test(s, too_much_output_ends_it);
	unit_test(s, no_other_descriptor_is_inherited);
	unit_each(s, a_secret_is_the_first_line, COUNT(secrets));
	unit_test(s, a_tunnel_speaks_both_ways);
	unit_test(s, a_program_gets_its_arguments_and_the_environment);
	unit_test(s, a_program_that_is_not_there);
	return unit_main_fork(s);
}
