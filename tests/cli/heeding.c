/*
 * heeding: runs a program that heeds signals, which a shell's background does
 * not.
 *
 *     heeding [-i] program argument...
 *
 * With -i it ignores them all the same.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	static const int number[] = {SIGHUP, SIGINT, SIGTERM};
	int ignores = argc > 1 && strcmp(argv[1], "-i") == 0;

	if (argc < 2 + ignores)
		return 64;
	for (size_t i = 0; i < sizeof number / sizeof number[0]; i++)
		signal(number[i], ignores ? SIG_IGN : SIG_DFL);
	execvp(argv[1 + ignores], argv + 1 + ignores);
	return 127;
}
