#include <string.h>

#include "proto/smtp_reply.h"

static int read_line(struct smtp_reader *, struct span, bool *is_last,
    struct err *);
static bool read_code(struct span, int *code);
static size_t enhanced_length(struct span, int code);
static bool skip_number(struct span, size_t *off);
static struct span strip_enhanced(struct smtp_reply *, struct span,
    bool is_first);

void
smtp_reader_push(struct smtp_reader *r, struct span bytes)
{
	buf_span(&r->in, bytes);
}

int
smtp_reader_next(struct smtp_reader *r, const struct smtp_reply **reply,
    struct err *e)
{
	struct span all, line;
	bool is_last = false;
	size_t lf;

	if (r->is_whole) {
		smtp_reply_free(&r->now);
		r->is_whole = false;
		r->lines = 0;
	}
	while (!is_last) {
		all = buf_view(&r->in);
		lf = span_chr(span_from(all, r->seen), '\n');
		if (lf == SPAN_NONE) {
			r->seen = all.n;
			if (all.n > SMTP_LINE_MAX)
				return err_set(e, ERR_PROTO,
				    "the server's line is too long");
			return 0;
		}
		line = span_sub(all, 0, r->seen + lf);
		if (read_line(r, line, &is_last, e) == -1)
			return -1;
		buf_drop(&r->in, line.n + 1);
		r->seen = 0;
	}
	r->is_whole = true;
	*reply = &r->now;
	return 1;
}

void
smtp_reader_free(struct smtp_reader *r)
{
	buf_wipe(&r->in);
	smtp_reply_free(&r->now);
	*r = (struct smtp_reader){0};
}

void
smtp_reply_copy(struct smtp_reply *to, const struct smtp_reply *from)
{
	if (to == from)
		return;
	to->code = from->code;
	memcpy(to->enhanced, from->enhanced, sizeof to->enhanced);
	buf_cut(&to->text, 0);
	buf_span(&to->text, buf_view(&from->text));
}

void
smtp_reply_free(struct smtp_reply *reply)
{
	buf_free(&reply->text);
	*reply = (struct smtp_reply){0};
}

/* One line, without its LF: "250-text", "250 text" or "250". */
static int
read_line(struct smtp_reader *r, struct span line, bool *is_last,
    struct err *e)
{
	struct smtp_reply *now = &r->now;
	struct span text;
	int code;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n > SMTP_LINE_MAX)
		return err_set(e, ERR_PROTO, "the server's line is too long");
	if (!read_code(line, &code))
		return err_set(e, ERR_PROTO,
		    "the server's answer is not SMTP: %.*s",
		    (int)(line.n < 80 ? line.n : 80), line.p);
	if (r->lines > 0 && code != now->code)
		return err_set(e, ERR_PROTO,
		    "the server's answer has two codes, %d and %d", now->code,
		    code);
	now->code = code;
	*is_last = line.n == 3 || line.p[3] == ' ';
	text = strip_enhanced(now, span_from(line, 4), r->lines == 0);
	if (++r->lines > SMTP_REPLY_LINES ||
	    now->text.n + text.n > SMTP_REPLY_MAX)
		return err_set(e, ERR_PROTO,
		    "the server's answer is too long");
	if (r->lines > 1)
		buf_char(&now->text, '\n');
	buf_span(&now->text, text);
	return 0;
}

static bool
read_code(struct span line, int *code)
{
	if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' ||
	    !ascii_digit(line.p[1]) || !ascii_digit(line.p[2]))
		return false;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return false;
	*code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
	    (line.p[2] - '0');
	return true;
}

/*
 * The length of "class.subject.detail" at the start of the text, 0 if there is
 * none; its class must be the code's.
 */
static size_t
enhanced_length(struct span text, int code)
{
	size_t off = 1;

	if (text.n < 5 || text.p[0] != (char)('0' + code / 100) ||
	    !skip_number(text, &off) || !skip_number(text, &off))
		return 0;
	return off == text.n || ascii_blank(text.p[off]) ? off : 0;
}

/* A dot and one to three digits. */
static bool
skip_number(struct span text, size_t *off)
{
	size_t start;

	if (*off >= text.n || text.p[*off] != '.')
		return false;
	start = ++*off;
	while (*off < text.n && ascii_digit(text.p[*off]))
		++*off;
	return *off > start && *off - start <= 3;
}

static struct span
strip_enhanced(struct smtp_reply *now, struct span text, bool is_first)
{
	size_t n = enhanced_length(text, now->code);

	if (n == 0)
		return span_trim(text);
	if (is_first) {
		memcpy(now->enhanced, text.p, n);
		now->enhanced[n] = '\0';
	} else if (!span_eq(span_sub(text, 0, n), span_of(now->enhanced)))
		return span_trim(text);
	return span_trim(span_from(text, n));
}
