/*
 * usage: raw DIRECTORY THREADS
 *
 * Opens each file of the directory, reads its first 4096 bytes and closes it:
 * the least that a reader of headers can do.  On standard output the files and
 * the bytes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 64
#define PIECE 64
#define WINDOW 4096

static struct work {
	int dir;
	char **name;
	size_t n, next, bytes;
	pthread_mutex_t lock;
} work = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *
read_some(void *unused)
{
	char bytes[WINDOW];
	size_t from, i, all = 0;
	ssize_t got;
	int fd;

	do {
		pthread_mutex_lock(&work.lock);
		from = work.next;
		work.next += PIECE;
		work.bytes += all;
		pthread_mutex_unlock(&work.lock);
		all = 0;
		for (i = from; i < from + PIECE && i < work.n; i++) {
			fd = openat(work.dir, work.name[i], O_RDONLY);
			got = read(fd, bytes, sizeof bytes);
			all += got > 0 ? (size_t)got : 0;
			close(fd);
		}
	} while (from < work.n);
	return unused;
}

int
main(int argc, char **argv)
{
	int threads = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
	DIR *dir = threads > 0 ? opendir(argv[1]) : NULL;
	pthread_t thread[THREADS_MAX];
	struct dirent *d;
	size_t cap = 0;

	if (dir == NULL || threads > THREADS_MAX)
		return 64;
	while ((d = readdir(dir)) != NULL) {
		if (work.n == cap) {
			cap = cap * 2 + 1024;
			work.name = realloc(work.name,
			    cap * sizeof *work.name);
			if (work.name == NULL)
				return 71;
		}
		work.name[work.n++] = strdup(d->d_name);
	}
	work.dir = dirfd(dir);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, read_some, NULL) != 0)
			return 71;
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%zu %zu\n", work.n, work.bytes);
	return 0;
}
