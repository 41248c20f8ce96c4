/*
 * The first byte chooses the set.  Tokens stand in order, cover all but
 * blanks, and what is quoted comes back.
 */
#include <assert.h>
#include <string.h>

#include "text/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void tokens_are_in_order(struct span, enum token_set);
static void quoting_comes_back(struct span);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = span_at(data + 1, n - 1);
	struct token_word w;

	if (n == 0)
		return 0;
	tokens_are_in_order(in, data[0] % 2 == 0 ? TOKEN_MAIL : TOKEN_MIME);
	quoting_comes_back(in);
	if (token_word(in, data[0] % 4 > 1, &w)) {
		assert(w.n <= in.n && w.charset.n > 0);
		assert(w.text.p >= in.p);
		assert(w.text.p + w.text.n + 2 == in.p + w.n);
	}
	return 0;
}

static void
tokens_are_in_order(struct span in, enum token_set set)
{
	struct token_scan scan = token_begin(in, set);
	const char *end = in.p;
	struct buf text = {0};
	struct token t;

	while (token_next(&scan, &t) == 1) {
		assert(t.raw.n > 0 && t.raw.p >= end);
		assert(span_trim(span_at(end, (size_t)(t.raw.p - end))).n ==
		    0);
		assert(t.blank == (t.raw.p > end));
		assert(t.inner.p >= t.raw.p);
		assert(t.inner.p + t.inner.n <= t.raw.p + t.raw.n);
		end = t.raw.p + t.raw.n;
		assert(end == scan.rest.p);
		if (t.kind == TOKEN_SPECIAL)
			assert(t.raw.n == 1);
		buf_cut(&text, 0);
		token_text(t.inner, &text);
		assert(text.n <= t.inner.n);
	}
	assert(scan.rest.n == 0);
	buf_free(&text);
}

static void
quoting_comes_back(struct span in)
{
	struct buf quoted = {0}, back = {0};
	struct token_scan scan;
	struct token t;

	/* line ends are folds in a quoted string, and so do not come back */
	if (span_chr(in, '\n') != SPAN_NONE || span_chr(in, '\r') != SPAN_NONE)
		return;
	token_quote(in, &quoted);
	scan = token_begin(buf_view(&quoted), TOKEN_MAIL);
	assert(token_next(&scan, &t) == 1 && t.kind == TOKEN_QUOTED);
	token_text(t.inner, &back);
	assert(span_eq(buf_view(&back), in));
	buf_free(&quoted);
	buf_free(&back);
}
