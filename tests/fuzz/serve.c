/*
 * A dialogue says the same whole and byte by byte, ends, and answers in lines
 * of codes.
 */
#include <stdlib.h>

#include "proto/serve.h"

static void talk(struct span in, size_t piece, struct buf *said);
static void check_said(struct span);
static void require(bool);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = {0}, bytes = {0};

	talk(span_at(data, n), n + 1, &whole);
	talk(span_at(data, n), 1, &bytes);
	require(span_eq(buf_view(&whole), buf_view(&bytes)));
	check_said(buf_view(&whole));
	buf_free(&whole);
	buf_free(&bytes);
	return 0;
}

static void
talk(struct span in, size_t piece, struct buf *said)
{
	struct serve s = {.has_hello = false};
	int next = 0;

	serve_begin(&s, "host");
	while (next != -1 && in.n > 0) {
		serve_push(&s, span_sub(in, 0, piece));
		in = span_from(in, piece);
		while ((next = serve_next(&s)) == 1) {
			require(s.rcpt.n > 0 && s.from.n <= 1);
			require(s.data.n == 0 ||
			    span_ends(buf_view(&s.data), SPAN("\r\n")));
			serve_answer(&s, 250, "taken");
		}
	}
	buf_span(said, buf_view(&s.out));
	serve_free(&s);
}

static void
check_said(struct span said)
{
	struct span line;

	require(span_ends(said, SPAN("\r\n")));
	while (span_line(&said, &line) == 1) {
		require(line.n > 4 && line.n < 100);
		for (size_t i = 0; i < 3; i++)
			require(ascii_digit(line.p[i]));
		for (size_t i = 0; i < line.n; i++)
			require(line.p[i] >= ' ' && line.p[i] < 0x7f);
	}
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}
