/* A mailbox name has one form on the wire and one as UTF-8. */
#include <assert.h>

#include "proto/utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_at(p, n);
	struct buf name = {0}, wire = {0}, back = {0}, again = {0};

	if (utf7_decode(in, &name)) {
		assert(utf7_encode(buf_view(&name), &wire));
		assert(span_eq(buf_view(&wire), in));
	}
	if (utf7_encode(in, &back)) {
		assert(utf7_decode(buf_view(&back), &again));
		assert(span_eq(buf_view(&again), in));
	}
	buf_free(&name);
	buf_free(&wire);
	buf_free(&back);
	buf_free(&again);
	return 0;
}
