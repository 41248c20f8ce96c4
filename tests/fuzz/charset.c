/*
 * The first byte chooses the size of the pieces, the first line after it is
 * the charset's name.  The output is valid UTF-8 and the same in pieces and
 * whole; what is shown holds no control.
 */
#include <assert.h>
#include <string.h>

#include "text/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void pieces_equal_whole(struct span name, struct span in,
    size_t piece);
static void shown_is_harmless(struct span);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span rest, name;

	if (n == 0)
		return 0;
	rest = span_at(data + 1, n - 1);
	if (span_cut(&rest, '\n', &name) == 0)
		return 0;
	pieces_equal_whole(name, rest, data[0] % 16u + 1);
	shown_is_harmless(rest);
	return 0;
}

static void
pieces_equal_whole(struct span name, struct span in, size_t piece)
{
	struct buf whole = {0}, pieces = {0};
	struct charset c;

	charset_to_utf8(in, name, &whole);
	charset_open(&c, name);
	for (size_t off = 0; off < in.n; off += piece)
		charset_push(&c, span_sub(in, off, piece), &pieces);
	charset_close(&c, &pieces);
	assert(charset_is_utf8(buf_view(&whole)));
	assert(span_eq(buf_view(&whole), buf_view(&pieces)));
	buf_free(&whole);
	buf_free(&pieces);
}

static void
shown_is_harmless(struct span in)
{
	struct buf line = {0}, lines = {0}, again = {0};
	size_t off = 0;
	uint32_t c;

	charset_line(in, &line);
	charset_lines(in, &lines);
	assert(charset_is_utf8(buf_view(&line)));
	assert(charset_is_utf8(buf_view(&lines)));
	while (off < line.n) {
		c = charset_char(buf_view(&line), &off);
		assert(c >= 0x20 && !(c >= 0x7f && c < 0xa0));
		assert(c != 0x2028 && c != 0x202e && c != 0x2066);
	}
	assert(lines.n == 0 || memchr(lines.p, '\033', lines.n) == NULL);
	charset_line(buf_view(&line), &again);
	assert(span_eq(buf_view(&line), buf_view(&again)));
	buf_free(&line);
	buf_free(&lines);
	buf_free(&again);
}
