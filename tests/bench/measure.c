/*
 * usage: measure FILE COMMAND [ARGUMENT...]
 *
 * Runs the command and appends a line to the file: seconds by the clock,
 * seconds of CPU, and in KB the most memory it had, and the most of it that
 * was no file's, or "-" where the system does not tell.  The latter is looked
 * at each millisecond, so what is held for less may be missed.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void);
static double seconds(struct timeval);
static long anonymous(pid_t);

int
main(int argc, char **argv)
{
	struct timespec tick = {.tv_nsec = 1000000};
	struct rusage used;
	double began, ended;
	long most = -1, kb;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return 64;
	began = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	while (pid != -1 && waitpid(pid, &status, WNOHANG) == 0) {
		kb = anonymous(pid);
		most = kb > most ? kb : most;
		nanosleep(&tick, NULL);
	}
	ended = now();
	f = fopen(argv[1], "a");
	if (pid == -1 || f == NULL || getrusage(RUSAGE_CHILDREN, &used) == -1)
		return 71;
	fprintf(f, "%.4f %.4f %ld ", ended - began,
	    seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
	fprintf(f, most == -1 ? "-\n" : "%ld\n", most);
	if (fclose(f) == EOF)
		return 74;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static long
anonymous(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	while (kb == -1 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kb = strtol(line + 8, NULL, 10);
	fclose(f);
	return kb;
}
