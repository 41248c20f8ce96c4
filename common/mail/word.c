#include "mail/header.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/enc.h"
#include "text/token.h"

/* Adjacent encoded words of one charset and encoding: one stream of text. */
struct run {
	bool open;
	bool base64;
	struct span name; /* of the charset */
	struct charset charset;
	struct charset_pool *pool;
	struct enc_stream stream; /* base64 */
	struct buf held;	  /* Q: an escape that the next word ends */
};

static void decode_text(struct span, struct charset_pool *, struct buf *);
static bool is_blank(struct span);
static void run_word(struct run *, const struct token_word *, struct buf *);
static void run_open(struct run *, const struct token_word *);
static void run_close(struct run *, struct buf *);
static bool is_cut(const struct enc_stream *);
static void decode_q(struct span, struct buf *held, struct buf *);
static int hex_value(char);

void
word_decode(struct span value, struct buf *out)
{
	struct charset_pool pool = {0};

	word_decode_one(value, &pool, out);
	charset_pool_free(&pool);
}

void
word_id(struct span value, struct buf *out)
{
	size_t end;

	value = span_trim(value);
	if (span_starts(value, SPAN("<"))) {
		value = span_from(value, 1);
		end = span_chr(value, '>');
		value = span_sub(value, 0, end == SPAN_NONE ? value.n : end);
	}
	word_decode(value, out);
}

void
word_decode_one(struct span value, struct charset_pool *pool, struct buf *out)
{
	struct buf text = {0};

	/* most are not folded, and need no copy */
	if (span_chr(value, '\n') == SPAN_NONE &&
	    !span_ends(value, SPAN("\r"))) {
		decode_text(span_trim(value), pool, out);
		return;
	}
	header_unfold(value, &text);
	decode_text(span_trim(buf_view(&text)), pool, out);
	buf_free(&text);
}

static void
decode_text(struct span s, struct charset_pool *pool, struct buf *out)
{
	struct run run = {.pool = pool};
	struct token_word w;
	struct span plain;
	size_t start = 0, at = 0, hit;

	while ((hit = span_find(span_from(s, at), SPAN("=?"))) != SPAN_NONE) {
		at += hit;
		if (!token_word(span_from(s, at), true, &w)) {
			at += 2;
			continue;
		}
		plain = span_sub(s, start, at - start);
		/* RFC 2047, section 6.2: blanks between words are none */
		if (!run.open || !is_blank(plain)) {
			run_close(&run, out);
			charset_to_utf8(plain, SPAN(""), out);
		}
		run_word(&run, &w, out);
		at += w.n;
		start = at;
	}
	run_close(&run, out);
	charset_to_utf8(span_from(s, start), SPAN(""), out);
}

static bool
is_blank(struct span s)
{
	return span_trim(s).n == 0;
}

static void
run_word(struct run *run, const struct token_word *w, struct buf *out)
{
	struct buf bytes = {0};

	if (!run->open || run->base64 != w->base64 ||
	    !span_ieq(run->name, w->charset)) {
		run_close(run, out);
		run_open(run, w);
	}
	if (!w->base64) {
		decode_q(w->text, &run->held, &bytes);
	} else {
		if (!is_cut(&run->stream))
			run->stream = (struct enc_stream){.enc = ENC_BASE64};
		enc_decode(&run->stream, w->text, &bytes);
	}
	charset_push(&run->charset, buf_view(&bytes), out);
	buf_free(&bytes);
}

static void
run_open(struct run *run, const struct token_word *w)
{
	run->open = true;
	run->base64 = w->base64;
	run->name = w->charset;
	run->stream = (struct enc_stream){.enc = ENC_BASE64};
	charset_open(&run->charset, w->charset);
	if (run->charset.way == CHARSET_ICONV)
		charset_keep(run->pool, w->charset);
}

static void
run_close(struct run *run, struct buf *out)
{
	if (!run->open)
		return;
	charset_push(&run->charset, buf_view(&run->held), out);
	buf_free(&run->held);
	charset_close(&run->charset, out);
	run->open = false;
}

/*
 * Whether base64 was cut between two words, and not its padding lost: a lone
 * digit is no end, and one leaves no bits over that mean something.
 */
static bool
is_cut(const struct enc_stream *stream)
{
	return stream->nbits == 6 ||
	    (stream->bits & ((1u << stream->nbits) - 1)) != 0;
}

/*
 * RFC 2047, section 4.2; an escape that is none stays as it is.  Of one that
 * the text cuts, the start is held.
 */
static void
decode_q(struct span text, struct buf *held, struct buf *out)
{
	struct buf both = {0};
	struct span s = text;

	if (held->n > 0) {
		buf_span(&both, buf_view(held));
		buf_span(&both, text);
		buf_cut(held, 0);
		s = buf_view(&both);
	}
	for (size_t i = 0; i < s.n; i++) {
		int high = -1, low = -1;

		if (s.p[i] == '=' && s.n - i > 2) {
			high = hex_value(s.p[i + 1]);
			low = hex_value(s.p[i + 2]);
		} else if (s.p[i] == '=' &&
		    (s.n - i == 1 || hex_value(s.p[i + 1]) != -1)) {
			buf_span(held, span_from(s, i));
			break;
		}
		if (high != -1 && low != -1) {
			buf_char(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_char(out, s.p[i] == '_' ? ' ' : s.p[i]);
		}
	}
	buf_free(&both);
}

static int
hex_value(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
