#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

#include "file.h"

int
file_read(const char *path, struct buf *b, struct err *e)
{
	FILE *f = fopen(path, "rb");
	size_t n;
	int r = 0;

	if (f == NULL)
		return err_sys(e, ERR_NOINPUT, "%s", path);
	while ((n = fread(buf_room(b, BUFSIZ), 1, BUFSIZ, f)) > 0)
		buf_grew(b, n);
	if (ferror(f))
		r = err_sys(e, ERR_IO, "%s", path);
	fclose(f);
	if (r == -1)
		buf_free(b);
	return r;
}
