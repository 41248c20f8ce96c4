/* A directory of a test's own, and small files in it. */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* The path, which scratch_remove frees. */
static inline char *
scratch_make(void)
{
	const char *base = getenv("TMPDIR");
	struct buf path = {0};
	char *dir;

	umask(077);
	buf_fmt(&path, "%s/satchel.XXXXXX", base == NULL ? "/tmp" : base);
	dir = mkdtemp(mem_str(buf_cstr(&path)));
	ck_assert_ptr_nonnull(dir);
	buf_free(&path);
	return dir;
}

/* Writes dir/name; the path, which the caller frees. */
static inline char *
scratch_file(const char *dir, const char *name, struct span content)
{
	struct buf path = {0};
	FILE *f;

	buf_fmt(&path, "%s/%s", dir, name);
	f = fopen(buf_cstr(&path), "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(content.p, 1, content.n, f), content.n);
	ck_assert_int_eq(fclose(f), 0);
	return path.p;
}

static inline int
scratch_each(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void
scratch_remove(char *dir)
{
	ck_assert_int_eq(nftw(dir, scratch_each, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(dir);
}

#endif
