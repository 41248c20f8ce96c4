#include <string.h>

#include "mail/addr.h"
#include "mail/text.h"
#include "mail/word.h"
#include "text/html.h"

#define PIECE 32768	/* bytes of a body in one go */
#define META_PIECE 2048 /* enough for the first of an HTML page, decoded */

static void begin_bytes(struct text_stream *, const struct mime_part *);
static void html_names(const struct mime_part *, struct buf *);
static void add_lines(struct text_stream *, struct buf *);
static bool is_addresses(struct span name);
static void add_addresses(struct span, struct buf *);

int
text_open(struct text_stream *t, const struct mime_part *part,
    enum text_form form, struct err *e)
{
	struct mime_about about = {0};
	struct buf named = {0};
	struct span charset;
	int status = 0;

	begin_bytes(t, part);
	if (form == TEXT_BYTES ||
	    !span_starts(span_of(part->type), SPAN("text/")))
		return 0;
	status = mime_about(part, &about, e);
	charset = about.charset;
	if (charset.n == 0 && strcmp(part->type, "text/html") == 0) {
		html_names(part, &named);
		charset = buf_view(&named);
	}
	t->is_text = true;
	charset_open(&t->charset, charset);
	mime_about_free(&about);
	buf_free(&named);
	return status;
}

int
text_next(struct text_stream *t, struct buf *out)
{
	struct buf *bytes = t->is_text ? &t->bytes : out;

	if (t->ended)
		return 0;
	enc_decode(&t->enc, span_sub(t->rest, 0, PIECE), bytes);
	t->rest = span_from(t->rest, PIECE);
	t->ended = t->rest.n == 0;
	if (t->ended)
		enc_decode_end(&t->enc, bytes);
	if (!t->is_text)
		return 1;
	charset_push(&t->charset, buf_view(bytes), &t->utf8);
	if (t->ended)
		charset_close(&t->charset, &t->utf8);
	add_lines(t, out);
	buf_cut(bytes, 0);
	buf_cut(&t->utf8, 0);
	return 1;
}

void
text_close(struct text_stream *t)
{
	struct buf none = {0};

	if (!t->ended) {
		enc_decode_end(&t->enc, &none);
		if (t->is_text)
			charset_close(&t->charset, &none);
	}
	buf_free(&none);
	buf_free(&t->bytes);
	buf_free(&t->utf8);
	*t = (struct text_stream){.ended = true};
}

size_t
text_size(const struct mime_part *part)
{
	struct text_stream t;
	struct buf piece = {0};
	size_t n = 0;

	if (part->kind != MIME_LEAF || part->enc == ENC_NONE ||
	    part->enc == ENC_UNKNOWN)
		return part->body.n;
	begin_bytes(&t, part);
	while (text_next(&t, &piece) == 1) {
		n += piece.n;
		buf_cut(&piece, 0);
	}
	text_close(&t);
	buf_free(&piece);
	return n;
}

void
text_value(const struct field *f, struct buf *out)
{
	if (is_addresses(f->name))
		add_addresses(f->value, out);
	else
		word_decode(f->value, out);
}

/*
 * The content-transfer-encoding alone.  What says that it is uuencoded, and
 * nowhere begins so, is shown as it is.
 */
static void
begin_bytes(struct text_stream *t, const struct mime_part *part)
{
	*t = (struct text_stream){.rest = part->body};
	t->enc.enc = part->kind == MIME_LEAF ? part->enc : ENC_NONE;
	if (t->enc.enc == ENC_UU && !enc_uu_begins(part->body))
		t->enc.enc = ENC_UNKNOWN;
}

/* The charset that the page's own first bytes name. */
static void
html_names(const struct mime_part *part, struct buf *charset)
{
	struct enc_stream enc = {.enc = part->enc};
	struct buf start = {0};

	enc_decode(&enc, span_sub(part->body, 0, META_PIECE), &start);
	enc_decode_end(&enc, &start);
	buf_span(charset, html_charset(buf_view(&start)));
	buf_free(&start);
}

/* The piece with its CR LF as LF, also one that two pieces share. */
static void
add_lines(struct text_stream *t, struct buf *out)
{
	struct span s = buf_view(&t->utf8);
	size_t at;

	while (s.n > 0) {
		if (t->cr && s.p[0] != '\n')
			buf_char(out, '\r');
		at = span_chr(s, '\r');
		buf_span(out, span_sub(s, 0, at));
		t->cr = at != SPAN_NONE;
		s = span_from(s, t->cr ? at + 1 : s.n);
	}
	if (t->ended && t->cr)
		buf_char(out, '\r');
}

static bool
is_addresses(struct span name)
{
	static const char *const names[] = {"from", "sender", "reply-to", "to",
	    "cc", "bcc", "resent-from", "resent-sender", "resent-to",
	    "resent-cc", "resent-bcc", "return-path", "delivered-to",
	    "disposition-notification-to"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_iis(name, names[i]))
			return true;
	return false;
}

/* A group's members stand after its name without a comma between. */
static void
add_addresses(struct span value, struct buf *out)
{
	struct addr_scan scan = addr_begin(value);
	struct addr_list list = {0};
	const char *between = "";

	while (addr_next(&scan, &list) == 1)
		for (size_t i = 0; i < list.n; i++) {
			buf_str(out, between);
			addr_display(&list.v[i], out);
			between = list.v[i].is_group ? " " : ", ";
		}
}
