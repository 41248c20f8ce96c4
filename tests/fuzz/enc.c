/*
 * The first byte chooses the size of the pieces.  A stream decodes to the same
 * in pieces and whole, and what is encoded comes back.
 */
#include <assert.h>

#include "text/enc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void pieces_equal_whole(enum enc, struct span, size_t piece);
static void lines_come_back(struct span);
static void percent_comes_back(struct span);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf out = {0};
	struct span in;

	if (n == 0)
		return 0;
	in = span_at(data + 1, n - 1);
	pieces_equal_whole(ENC_BASE64, in, data[0] % 32u + 1);
	pieces_equal_whole(ENC_QP, in, data[0] % 32u + 1);
	pieces_equal_whole(ENC_UU, in, data[0] % 32u + 1);
	lines_come_back(in);
	percent_comes_back(in);
	enc_named(in);
	if (enc_unbase64(in, &out)) {
		struct buf again = {0};

		enc_base64(buf_view(&out), &again);
		assert(span_eq(buf_view(&again), in));
		buf_free(&again);
	}
	buf_free(&out);
	return 0;
}

static void
pieces_equal_whole(enum enc enc, struct span in, size_t piece)
{
	struct enc_stream whole = {.enc = enc}, pieces = {.enc = enc};
	struct buf a = {0}, b = {0};

	enc_decode(&whole, in, &a);
	enc_decode_end(&whole, &a);
	for (size_t off = 0; off < in.n; off += piece)
		enc_decode(&pieces, span_sub(in, off, piece), &b);
	enc_decode_end(&pieces, &b);
	assert(span_eq(buf_view(&a), buf_view(&b)));
	assert(whole.damaged == pieces.damaged);
	/* the blanks of a uuencoded line may be lost */
	assert(a.n <= in.n * (enc == ENC_UU ? 32 : 1));
	buf_free(&a);
	buf_free(&b);
}

static void
lines_come_back(struct span in)
{
	struct enc_stream base64 = {.enc = ENC_BASE64}, qp = {.enc = ENC_QP};
	struct buf lines = {0}, back = {0};
	struct span rest, line;

	enc_base64_lines(in, &lines);
	enc_decode(&base64, buf_view(&lines), &back);
	enc_decode_end(&base64, &back);
	assert(span_eq(buf_view(&back), in) && !base64.damaged);
	buf_cut(&lines, 0);
	buf_cut(&back, 0);
	enc_qp_lines(in, &lines);
	for (rest = buf_view(&lines); span_line(&rest, &line) == 1;) {
		assert(line.n <= 76);
		assert(line.n == 0 || !ascii_blank(line.p[line.n - 1]));
	}
	enc_decode(&qp, buf_view(&lines), &back);
	enc_decode_end(&qp, &back);
	assert(span_eq(buf_view(&back), in) && !qp.damaged);
	buf_free(&lines);
	buf_free(&back);
}

static void
percent_comes_back(struct span in)
{
	struct buf text = {0}, back = {0};

	enc_percent(in, "/", &text);
	if (enc_unpercent(buf_view(&text), &back))
		assert(span_eq(buf_view(&back), in));
	else
		assert(span_chr(in, '\0') != SPAN_NONE);
	buf_cut(&back, 0);
	enc_unpercent(in, &back);
	buf_free(&text);
	buf_free(&back);
}
