/*
 * A netrc file: the search ends, finds nothing that is not there, and a
 * password is never longer than the file.
 */
#include <stdlib.h>

#include "text/netrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf password = {0};
	int r = netrc_find(span_at(data, size), "example.org", "ann",
	    &password);

	if ((r == 0 && password.n != 0) || password.n > size)
		abort();
	buf_free(&password);
	return 0;
}
