#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/cut.h"
#include "base/err.h"

static const char *tool_name;
static const char *volatile unfinished;
static volatile sig_atomic_t unfinished_dir;

static void caught(int sig);
static void say(const char *);

void
cut_catch(const char *tool)
{
	struct sigaction action = {.sa_handler = caught};

	tool_name = tool;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

void
cut_removes(int dir, const char *name)
{
	unfinished = NULL;
	unfinished_dir = dir;
	unfinished = name;
}

static void
caught(int sig)
{
	(void)sig;
	if (unfinished != NULL)
		unlinkat(unfinished_dir, unfinished, 0);
	say(tool_name);
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
