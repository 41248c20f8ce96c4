/* Lines that are too long for SMTP, of ready messages. */
#include <string.h>

#include "mail/header.h"
#include "mail/mime.h"
#include "mail/ready.h"
#include "mail/survey.h"
#include "text/charset.h"

static bool is_signed(struct span header, const struct mime *);
static bool is_too_long(struct span);
static bool may_encode(const struct mime_part *);
static void encode(const struct mime_part *, const char *eol, struct buf *);
static void put_header(const struct mime_part *, const char *eol,
    struct buf *);
static void put_lines(struct span lf, const char *eol, struct buf *);

void
ready_shorten(struct ready *r)
{
	struct buf given = {0};
	struct mime m = {0};
	size_t done = 0, to;
	const char *eol;
	struct err e;

	if (!is_too_long(r->body))
		return;
	buf_span(&given, buf_view(&r->head));
	eol = span_ends(buf_view(&given), SPAN("\r\n")) ? "\r\n" : "\n";
	buf_span(&given, r->body);
	if (mime_parse(buf_view(&given), &m, &e) == 0 &&
	    !is_signed(buf_view(&r->head), &m)) {
		for (size_t i = 0; i < m.n; i++) {
			if (!may_encode(&m.v[i]))
				continue;
			to = (size_t)(m.v[i].raw.p - given.p);
			buf_span(&r->whole, span_sub(buf_view(&given), done,
			    to - done));
			encode(&m.v[i], eol, &r->whole);
			done = to + m.v[i].raw.n;
		}
		buf_span(&r->whole, span_from(buf_view(&given), done));
		buf_cut(&r->head, 0);
		r->body = buf_view(&r->whole);
	}
	mime_free(&m);
	buf_free(&given);
}

static bool
is_signed(struct span header, const struct mime *m)
{
	struct field f;

	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i].type, "multipart/signed") == 0)
			return true;
	return header_find(header, "DKIM-Signature", &f);
}

static bool
is_too_long(struct span text)
{
	struct survey survey = {0};

	survey_add(&survey, text);
	survey_end(&survey);
	return survey.long_line > 0;
}

/* What is in parts, or a message, is never encoded (RFC 2045, section 6.4). */
static bool
may_encode(const struct mime_part *part)
{
	struct span type = span_of(part->type);

	return part->kind == MIME_LEAF && part->enc == ENC_NONE &&
	    !span_starts(type, SPAN("multipart/")) &&
	    !span_starts(type, SPAN("message/")) && is_too_long(part->body);
}

static void
encode(const struct mime_part *part, const char *eol, struct buf *out)
{
	struct span rest = part->body, line;
	struct buf lf = {0}, qp = {0};
	bool is_ended = span_ends(part->body, SPAN("\n"));

	put_header(part, eol, out);
	while (span_line(&rest, &line) == 1) {
		buf_span(&lf, line);
		if (rest.n > 0 || is_ended)
			buf_char(&lf, '\n');
	}
	enc_qp_lines(buf_view(&lf), &qp);
	put_lines(buf_view(&qp), eol, out);
	buf_free(&lf);
	buf_free(&qp);
}

/* The part's, with another encoding, and what a message must say with one. */
static void
put_header(const struct mime_part *part, const char *eol, struct buf *out)
{
	struct span rest = part->header;
	bool is_whole = part->parent == MIME_NONE;
	struct field f;

	while (header_next(&rest, &f) == 1) {
		if (span_iis(f.name, "Content-Transfer-Encoding"))
			continue;
		buf_span(out, f.raw);
		if (!span_ends(f.raw, SPAN("\n")))
			buf_str(out, eol);
	}
	if (is_whole && !header_find(part->header, "MIME-Version", &f))
		buf_fmt(out, "MIME-Version: 1.0%s", eol);
	if (!header_find(part->header, "Content-Type", &f) &&
	    !charset_is_ascii(part->body) && charset_is_utf8(part->body))
		buf_fmt(out, "Content-Type: text/plain; charset=utf-8%s", eol);
	buf_fmt(out, "Content-Transfer-Encoding: quoted-printable%s%s", eol,
	    eol);
}

static void
put_lines(struct span lf, const char *eol, struct buf *out)
{
	struct span line;
	bool is_ended = span_ends(lf, SPAN("\n"));

	while (span_line(&lf, &line) == 1) {
		buf_span(out, line);
		if (lf.n > 0 || is_ended)
			buf_str(out, eol);
	}
}
