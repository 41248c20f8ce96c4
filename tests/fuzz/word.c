/*
 * The first byte is the column.  What is decoded is UTF-8; what is encoded is
 * ASCII in short lines, and comes back.
 */
#include <assert.h>

#include "mail/word.h"
#include "text/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool has_controls(struct span);
static void encoding_comes_back(struct span, bool phrase, size_t column);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf text = {0};
	struct span in;

	if (n == 0)
		return 0;
	in = span_at(data + 1, n - 1);
	word_decode(in, &text);
	assert(charset_is_utf8(buf_view(&text)));
	encoding_comes_back(buf_view(&text), false, data[0] % 76 + 1u);
	encoding_comes_back(buf_view(&text), true, data[0] % 76 + 1u);
	buf_free(&text);
	return 0;
}

static bool
has_controls(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_ctl(s.p[i]))
			return true;
	return false;
}

static void
encoding_comes_back(struct span in, bool phrase, size_t column)
{
	struct buf got = {0}, back = {0};
	struct span rest, line;

	if (phrase)
		word_encode_phrase(in, column, &got);
	else
		word_encode(in, column, &got);
	rest = buf_view(&got);
	while (span_line(&rest, &line) == 1) {
		assert(charset_is_ascii(line) && !has_controls(line));
		assert(column + line.n <= 76);
		assert(column > 0 || line.p[0] == ' ');
		assert(column > 0 || span_trim(line).n > 0);
		column = 0;
	}
	word_decode(buf_view(&got), &back);
	assert(span_eq(buf_view(&back), in));
	buf_free(&got);
	buf_free(&back);
}
