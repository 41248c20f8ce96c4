/* The text of a page in UTF-8 is UTF-8, ends in LF and is not much longer. */
#include <assert.h>

#include "text/charset.h"
#include "text/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = span_at(data, n), charset = html_charset(in);
	struct buf utf8 = {0}, text = {0};

	assert(charset.n <= n);
	charset_to_utf8(in, charset, &utf8);
	html_text(buf_view(&utf8), &text);
	assert(charset_is_utf8(buf_view(&text)));
	assert(text.n == 0 || text.p[text.n - 1] == '\n');
	assert(text.n <= 10 * utf8.n + 1);
	buf_free(&utf8);
	buf_free(&text);
	return 0;
}
