/*
 * moves: preloaded into a program (LD_PRELOAD), it renames files at calls of
 * the program's, as another program may do at just that moment.
 *
 *     MOVES=path       a file with a move a line, of four words: when it is
 *                      done, FROM, and TO, relative to the current directory
 *         list N       before the Nth directory is listed, 1 first
 *         open NAME    before a file is opened whose name begins so
 *         fail NAME    after such a one could not be opened
 *
 * Each is done once; of those of one moment an open does one, in their order.
 * When the program ends it is an error if some was not done, or failed: the
 * program is aborted.
 */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"

#define MOVES_MAX 4096
#define WORD_MAX 128

static struct move {
	char when[WORD_MAX], what[WORD_MAX];
	char from[WORD_MAX], to[WORD_MAX];
	bool is_done;
} move[MOVES_MAX];
static size_t moves;
static long listed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void start(void) __attribute__((constructor));
static void check(void) __attribute__((destructor));
static const char *cut_word(const char *, char *);
static void do_listed(void);
static void do_opened(const char *when, const char *name);
static void do_move(struct move *);

DIR *
fdopendir(int fd)
{
	DIR *(*real)(int);

	preload_find("fdopendir", &real);
	do_listed();
	return real(fd);
}

int
openat(int dir, const char *name, int flags, ...)
{
	int (*real)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list ap;
	int fd;

	preload_find("openat", &real);
	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	do_opened("open", name);
	fd = real(dir, name, flags, mode);
	if (fd == -1)
		do_opened("fail", name);
	return fd;
}

static void
start(void)
{
	const char *path = preload_take("MOVES"), *rest;
	FILE *f = path == NULL ? NULL : fopen(path, "r");
	char line[4 * WORD_MAX];
	struct move *m;

	(void)preload_take("LD_PRELOAD");
	if (f == NULL)
		abort();
	while (moves < MOVES_MAX && fgets(line, sizeof line, f) != NULL) {
		m = &move[moves++];
		rest = cut_word(line, m->when);
		rest = cut_word(rest, m->what);
		rest = cut_word(rest, m->from);
		(void)cut_word(rest, m->to);
	}
	fclose(f);
}

static void
check(void)
{
	for (size_t i = 0; i < moves; i++)
		if (!move[i].is_done)
			abort();
}

static const char *
cut_word(const char *s, char *word)
{
	size_t n = strcspn(s, " \n");

	if (n == 0 || n >= WORD_MAX)
		abort();
	memcpy(word, s, n);
	word[n] = '\0';
	return s + n + 1;
}

static void
do_listed(void)
{
	pthread_mutex_lock(&lock);
	listed++;
	for (size_t i = 0; i < moves; i++)
		if (strcmp(move[i].when, "list") == 0 &&
		    strtol(move[i].what, NULL, 10) == listed)
			do_move(&move[i]);
	pthread_mutex_unlock(&lock);
}

static void
do_opened(const char *when, const char *name)
{
	int saved = errno;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < moves; i++)
		if (strcmp(move[i].when, when) == 0 && !move[i].is_done &&
		    strncmp(name, move[i].what, strlen(move[i].what)) == 0) {
			do_move(&move[i]);
			break;
		}
	pthread_mutex_unlock(&lock);
	errno = saved;
}

static void
do_move(struct move *m)
{
	m->is_done = true;
	if (rename(m->from, m->to) == -1)
		abort();
}
