#include <string.h>

#include "mail/word.h"
#include "text/charset.h"
#include "text/enc.h"
#include "text/token.h"

#define LINE_CHARS 76 /* of a line that holds an encoded word */
#define WORD_CHARS 75 /* of an encoded word, its "=?UTF-8?Q?" and "?=" too */
#define WORD_EXTRA 12
#define RUN_MAX 66 /* a longer run of letters is encoded, to be cut */
#define GAP_MAX 8  /* and so is all around a wider gap of blanks */

/* What is being written: how far its line is, and by which rules. */
struct writer {
	struct buf *out;
	size_t column;
	bool phrase, base64;
};

static void encode(struct writer *, struct span);
static bool has_odd_blanks(struct span, bool phrase);
static size_t plain_head(struct span, bool phrase);
static size_t plain_tail(struct span, bool phrase);
static bool is_plain(struct span run, bool phrase);
static void write_plain(struct writer *, struct span);
static void write_lead(struct writer *, struct span blanks, size_t need);
static void write_words(struct writer *, struct span blanks, struct span);
static void write_word(struct writer *, struct span);
static size_t fitting(const struct writer *, struct span, size_t used);
static bool is_base64_shorter(struct span, bool phrase);
static size_t q_size(struct span, bool phrase);
static bool is_q_plain(char, bool phrase);
static struct span take_blanks(struct span *);
static struct span take_run(struct span *);

void
word_encode(struct span utf8, size_t column, struct buf *out)
{
	struct writer w = {.out = out, .column = column};

	encode(&w, utf8);
}

void
word_encode_phrase(struct span utf8, size_t column, struct buf *out)
{
	struct writer w = {.out = out, .column = column, .phrase = true};

	encode(&w, utf8);
}

/*
 * The runs at both ends that need no encoding stay readable; from the first
 * that needs it to the last everything is encoded, the blanks between too.
 */
static void
encode(struct writer *w, struct span s)
{
	size_t head = 0, tail = s.n;
	struct span middle, blanks;

	if (!has_odd_blanks(s, w->phrase)) {
		head = plain_head(s, w->phrase);
		tail = plain_tail(s, w->phrase);
	}
	write_plain(w, span_sub(s, 0, head));
	if (head == s.n)
		return;
	middle = span_sub(s, head, tail - head);
	blanks = head == 0 ? span_sub(s, 0, 0) : take_blanks(&middle);
	w->base64 = is_base64_shorter(middle, w->phrase);
	write_words(w, blanks, middle);
	write_plain(w, span_from(s, tail));
}

/* Blanks that folding, trimming or a phrase's reader would not keep. */
static bool
has_odd_blanks(struct span s, bool phrase)
{
	size_t gap = 0, max = phrase ? 1 : GAP_MAX;

	if (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' '))
		return true;
	for (size_t i = 0; i < s.n; i++) {
		gap = s.p[i] == ' ' ? gap + 1 : 0;
		if (gap > max)
			return true;
	}
	return false;
}

/* The length of the head that stays, without the blanks after it. */
static size_t
plain_head(struct span s, bool phrase)
{
	struct span rest = s;
	size_t head = 0;

	while (rest.n > 0) {
		take_blanks(&rest);
		if (!is_plain(take_run(&rest), phrase))
			break;
		head = s.n - rest.n;
	}
	return head;
}

/* Where the tail that stays begins, with the blanks before it. */
static size_t
plain_tail(struct span s, bool phrase)
{
	size_t tail = s.n, run, blanks;

	while (tail > 0) {
		for (run = tail; run > 0 && s.p[run - 1] != ' ';)
			run--;
		if (!is_plain(span_sub(s, run, tail - run), phrase))
			break;
		for (blanks = run; blanks > 0 && s.p[blanks - 1] == ' ';)
			blanks--;
		tail = blanks;
	}
	return tail;
}

static bool
is_plain(struct span run, bool phrase)
{
	for (size_t i = 0; i < run.n; i++)
		if (run.p[i] <= ' ' || run.p[i] >= 0x7f)
			return false;
	if (phrase && !token_is_atom(run, TOKEN_MAIL))
		return false;
	return run.n <= RUN_MAX && span_find(run, SPAN("=?")) == SPAN_NONE;
}

static void
write_plain(struct writer *w, struct span s)
{
	struct span blanks, run;

	while (s.n > 0) {
		blanks = take_blanks(&s);
		run = take_run(&s);
		write_lead(w, blanks, run.n);
		buf_span(w->out, run);
		w->column += run.n;
	}
}

/* The blanks, on a new line where need more characters do not fit here. */
static void
write_lead(struct writer *w, struct span blanks, size_t need)
{
	if (w->column > 1 && w->column + blanks.n + need > LINE_CHARS) {
		buf_char(w->out, '\n');
		if (blanks.n == 0)
			blanks = SPAN(" ");
		w->column = 0;
	}
	buf_span(w->out, blanks);
	w->column += blanks.n;
}

static void
write_words(struct writer *w, struct span blanks, struct span s)
{
	size_t n = fitting(w, s, w->column + blanks.n);

	write_lead(w, blanks, n == 0 ? LINE_CHARS : 0);
	for (;;) {
		n = fitting(w, s, w->column);
		write_word(w, span_sub(s, 0, n));
		s = span_from(s, n);
		if (s.n == 0)
			return;
		buf_str(w->out, "\n ");
		w->column = 1;
	}
}

static void
write_word(struct writer *w, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t before = w->out->n;

	buf_str(w->out, w->base64 ? "=?UTF-8?B?" : "=?UTF-8?Q?");
	if (w->base64)
		enc_base64(s, w->out);
	for (size_t i = 0; i < s.n && !w->base64; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == ' ') {
			buf_char(w->out, '_');
		} else if (is_q_plain(s.p[i], w->phrase)) {
			buf_char(w->out, s.p[i]);
		} else {
			buf_char(w->out, '=');
			buf_char(w->out, hex[c >> 4]);
			buf_char(w->out, hex[c & 15]);
		}
	}
	buf_str(w->out, "?=");
	w->column += w->out->n - before;
}

/*
 * How many bytes of s, whole characters, make one encoded word on a line of
 * which so much is used.  A fresh line always takes one character.
 */
static size_t
fitting(const struct writer *w, struct span s, size_t used)
{
	size_t room, n = 0, next = 0, q = 0;

	if (used + WORD_EXTRA >= LINE_CHARS)
		return 0;
	room = LINE_CHARS - used;
	if (room > WORD_CHARS)
		room = WORD_CHARS;
	room -= WORD_EXTRA;
	while (next < s.n) {
		charset_char(s, &next);
		q += q_size(span_sub(s, n, next - n), w->phrase);
		if ((w->base64 ? (next + 2) / 3 * 4 : q) > room)
			break;
		n = next;
	}
	return n;
}

static bool
is_base64_shorter(struct span s, bool phrase)
{
	return (s.n + 2) / 3 * 4 < q_size(s, phrase);
}

static size_t
q_size(struct span s, bool phrase)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == ' ' || is_q_plain(s.p[i], phrase) ? 1 : 3;
	return n;
}

/* RFC 2047, sections 4.2 and 5 (3) */
static bool
is_q_plain(char c, bool phrase)
{
	if (ascii_alpha(c) || ascii_digit(c))
		return true;
	if (phrase)
		return c != '\0' && strchr("!*+-/", c) != NULL;
	return c > ' ' && c < 0x7f && strchr("=?_", c) == NULL;
}

static struct span
take_blanks(struct span *s)
{
	struct span all = *s;
	size_t n = 0;

	while (n < all.n && all.p[n] == ' ')
		n++;
	*s = span_from(all, n);
	return span_sub(all, 0, n);
}

static struct span
take_run(struct span *s)
{
	struct span all = *s;
	size_t n = span_chr(all, ' ');

	if (n == SPAN_NONE)
		n = all.n;
	*s = span_from(all, n);
	return span_sub(all, 0, n);
}
