/*
 * Feeds the files of a corpus to a fuzz target under the sanitizers that it
 * was built with, and of a short file every beginning as well.  Without
 * arguments the corpus is the directory that is named after the program:
 * tests/fuzz/corpus/NAME.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (16u << 20) /* bytes of a corpus file */
#define SHORT_MAX 1024	      /* bytes of a file that is fed piece by piece */
#define PATH_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int replay_dir(const char *dir, int *count);
static int replay_file(const char *path);
static int feed(const uint8_t *, size_t);
static int own_corpus(const char *argv0, char *dir, size_t n);

int
main(int argc, char **argv)
{
	char dir[PATH_BYTES];
	int count = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2) {
		if (own_corpus(argv[0], dir, sizeof dir) == -1)
			return 1;
		failed = replay_dir(dir, &count);
	}
	for (int i = 1; i < argc; i++)
		failed += replay_dir(argv[i], &count);
	printf("1..%d\n", count);
	return failed == 0 && fflush(stdout) == 0 ? 0 : 1;
}

/* A directory's files, or the file itself; how many could not be read. */
static int
replay_dir(const char *dir, int *count)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *d = opendir(dir);
	int status, failed = 0;

	if (d == NULL) {
		status = replay_file(dir);
		printf("%s %d - %s\n", status == 0 ? "ok" : "not ok", ++*count,
		    dir);
		return status == 0 ? 0 : 1;
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		status = replay_file(path);
		printf("%s %d - %s\n", status == 0 ? "ok" : "not ok", ++*count,
		    path);
		failed += status == 0 ? 0 : 1;
	}
	closedir(d);
	return failed;
}

static int
replay_file(const char *path)
{
	static uint8_t input[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t n, cut;

	if (f == NULL) {
		perror(path);
		return -1;
	}
	n = fread(input, 1, sizeof input, f);
	if (ferror(f) != 0 || n == sizeof input || fclose(f) != 0) {
		fprintf(stderr, "%s: not read whole\n", path);
		return -1;
	}
	for (cut = n <= SHORT_MAX ? 0 : n; cut < n; cut++)
		if (feed(input, cut) == -1)
			return -1;
	return feed(input, n);
}

/* The input is in a block of exactly its size, so that ASan sees its end. */
static int
feed(const uint8_t *input, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		return -1;
	memcpy(copy, input, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	return 0;
}

/* tests/fuzz/NAME.replay has tests/fuzz/corpus/NAME. */
static int
own_corpus(const char *argv0, char *dir, size_t n)
{
	const char *slash = strrchr(argv0, '/');
	const char *base = slash == NULL ? argv0 : slash + 1;
	int head = slash == NULL ? 1 : (int)(slash - argv0);
	size_t stem = strcspn(base, ".");
	int len = snprintf(dir, n, "%.*s/corpus/%.*s", head,
	    slash == NULL ? "." : argv0, (int)stem, base);

	return len > 0 && (size_t)len < n ? 0 : -1;
}
