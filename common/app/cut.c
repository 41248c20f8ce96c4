#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/cut.h"
#include "base/err.h"

/* The one thing that the signal handler knows. */
static const struct cut *volatile caught_for;

static void caught(int sig);
static void say(const char *);

void
cut_catch(const struct cut *cut)
{
	struct sigaction action = {.sa_handler = caught};

	caught_for = cut;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

void
cut_removes(struct cut *cut, int dir, const char *name)
{
	cut->unfinished = NULL;
	cut->dir = dir;
	cut->unfinished = name;
}

static void
caught(int sig)
{
	const struct cut *cut = caught_for;

	(void)sig;
	if (cut->unfinished != NULL)
		unlinkat(cut->dir, cut->unfinished, 0);
	say(cut->tool);
	say(": a file was cut while it was read\n");
	_exit(ERR_IO);
}

/* Whether it is read or not, the tool ends. */
static void
say(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) == -1)
		_exit(ERR_IO);
}
