#include <string.h>

#include "mail/build_part.h"
#include "mail/mboxrd.h"
#include "mail/survey.h"
#include "text/charset.h"
#include "text/enc.h"

#define PIECE ((size_t)57 * 1024) /* bytes encoded at a time: whole lines */
#define QP_LINE 73		  /* characters of a line before it breaks */

/* How a leaf is carried. */
enum carry { CARRY_7BIT, CARRY_QP, CARRY_BASE64 };

static const char *const carry_name[] = {"7bit", "quoted-printable",
    "base64"};

static bool is_message(const struct build_part *);
static struct span message_bytes(const struct build_part *);
static bool is_carried(struct span message);
static int put_message(struct build_out *, const struct build_part *,
    struct err *);
static bool is_type_text(const char *type);
static bool keeps_lines(struct span);
static int put_leaf(struct build_out *, const struct build_part *,
    struct err *);
static void add_disposition(const struct build_part *, struct buf *);
static void unix_lines(struct span, struct buf *);
static enum carry choose(struct span text);
static bool is_7bit(struct span text);
static bool is_escaped(struct span text, size_t i);
static void wire_lines(struct span, struct buf *);
static int put_base64(struct build_out *, struct span, struct err *);
static void add_name(const char *name, struct buf *);

int
build_check(const struct build_part *part, struct err *e)
{
	struct span name = span_of(part->name);

	if (name.n > BUILD_NAME_MAX)
		return err_set(e, ERR_USAGE, "a name over %d bytes",
		    BUILD_NAME_MAX);
	for (size_t i = 0; i < name.n; i++)
		if (ascii_ctl(name.p[i]))
			return err_set(e, ERR_USAGE, "\"%s\" is no name: it "
			    "has a line end or another control", part->name);
	for (size_t i = 0; i < name.n && part->role == BUILD_INLINE; i++)
		if (!ascii_alpha(name.p[i]) && !ascii_digit(name.p[i]) &&
		    strchr("!#$&'*+-/=?^_`{|}~.@", name.p[i]) == NULL)
			return err_set(e, ERR_USAGE, "\"%s\" is no name that "
			    "cid: can have", part->name);
	if (name.n == 0 && part->role == BUILD_INLINE)
		return err_set(e, ERR_USAGE, "what is inline has a name");
	return 0;
}

int
build_text(struct build_out *out, const char *type, struct span text,
    struct err *e)
{
	struct buf lines = {0}, wire = {0};
	enum carry carry;
	int status = 0;

	unix_lines(text, &lines);
	carry = choose(buf_view(&lines));
	buf_fmt(&out->held, "Content-Type: %s; charset=%s\n"
	    "Content-Transfer-Encoding: %s\n\n", type,
	    charset_is_ascii(text) ? "us-ascii" : "utf-8", carry_name[carry]);
	if (carry == CARRY_BASE64) {
		wire_lines(buf_view(&lines), &wire);
		status = put_base64(out, buf_view(&wire), e);
	} else if (carry == CARRY_QP)
		enc_qp_lines(buf_view(&lines), &out->held);
	else
		buf_span(&out->held, buf_view(&lines));
	buf_free(&lines);
	buf_free(&wire);
	return status == 0 ? build_flush(out, e) : -1;
}

int
build_part(struct build_out *out, const struct build_part *part,
    struct err *e)
{
	if (part->role == BUILD_ALTERNATIVE && is_type_text(part->type) &&
	    charset_is_utf8(part->bytes))
		return build_text(out, part->type, part->bytes, e);
	if (is_message(part) && is_carried(message_bytes(part)))
		return put_message(out, part, e);
	return put_leaf(out, part, e);
}

int
build_data(struct build_out *out, const char *type, struct span bytes,
    struct err *e)
{
	buf_fmt(&out->held, "Content-Type: %s\n"
	    "Content-Transfer-Encoding: base64\n\n", type);
	return put_base64(out, bytes, e);
}

bool
build_is_8bit(const struct build_part *part)
{
	return is_message(part) && !charset_is_ascii(part->bytes) &&
	    is_carried(message_bytes(part));
}

int
build_flush(struct build_out *out, struct err *e)
{
	int status = 0;

	if (out->held.n > 0)
		status = out->put(out->arg, buf_view(&out->held), e);
	buf_cut(&out->held, 0);
	return status;
}

static bool
is_message(const struct build_part *part)
{
	return part->role == BUILD_ATTACHED &&
	    strcmp(part->type, "message/rfc822") == 0;
}

/* Without an mbox's From_ line, which is none of the message's own. */
static struct span
message_bytes(const struct build_part *part)
{
	struct span bytes = part->bytes, line;

	if (mboxrd_is_from(bytes, NULL))
		span_line(&bytes, &line);
	return bytes;
}

static bool
is_carried(struct span message)
{
	struct survey survey = {0};
	struct err ignored;

	survey_add(&survey, message);
	survey_end(&survey);
	for (size_t i = 0; i < message.n; i++)
		if (message.p[i] == '\r' &&
		    (i + 1 == message.n || message.p[i + 1] != '\n'))
			return false;
	return survey_check(&survey, &ignored) == 0;
}

static int
put_message(struct build_out *out, const struct build_part *part,
    struct err *e)
{
	struct span bytes = message_bytes(part);
	struct buf lines = {0};
	int status;

	buf_fmt(&out->held, "Content-Type: %s\n"
	    "Content-Transfer-Encoding: %s\n", part->type,
	    charset_is_ascii(bytes) ? "7bit" : "8bit");
	add_disposition(part, &out->held);
	buf_char(&out->held, '\n');
	status = build_flush(out, e);
	if (status == 0 && span_chr(bytes, '\r') != SPAN_NONE) {
		unix_lines(bytes, &lines);
		bytes = buf_view(&lines);
	}
	if (status == 0)
		status = out->put(out->arg, bytes, e);
	buf_free(&lines);
	return status;
}

static bool
is_type_text(const char *type)
{
	return strncmp(type, "text/", 5) == 0;
}

/* Text whose lines come back byte for byte: they end in LF, each of them. */
static bool
keeps_lines(struct span text)
{
	return charset_is_utf8(text) && span_chr(text, '\r') == SPAN_NONE &&
	    (text.n == 0 || span_ends(text, SPAN("\n")));
}

/*
 * Readable where that is text with lines of a length that people read, else in
 * base64.
 */
static int
put_leaf(struct build_out *out, const struct build_part *part, struct err *e)
{
	struct span bytes = part->bytes;
	const char *type = part->type;
	enum carry carry = CARRY_BASE64;
	const char *charset = NULL;

	if (strncmp(type, "message/", 8) == 0 ||
	    strncmp(type, "multipart/", 10) == 0)
		type = "application/octet-stream";
	if (is_type_text(type) && keeps_lines(bytes))
		carry = choose(bytes);
	if (carry == CARRY_QP && charset_is_ascii(bytes) && !is_7bit(bytes))
		carry = CARRY_BASE64;
	if (is_type_text(type) && charset_is_utf8(bytes))
		charset = charset_is_ascii(bytes) ? "us-ascii" : "utf-8";
	else if (is_type_text(type))
		charset = out->charset;
	buf_fmt(&out->held, "Content-Type: %s", type);
	if (charset != NULL)
		buf_fmt(&out->held, "; charset=%s", charset);
	buf_fmt(&out->held, "\nContent-Transfer-Encoding: %s\n",
	    carry_name[carry]);
	add_disposition(part, &out->held);
	buf_char(&out->held, '\n');
	if (carry == CARRY_BASE64)
		return put_base64(out, bytes, e);
	if (carry == CARRY_QP)
		enc_qp_lines(bytes, &out->held);
	else
		buf_span(&out->held, bytes);
	return build_flush(out, e);
}

/* RFC 2183; what is an alternative is the text itself and needs none. */
static void
add_disposition(const struct build_part *part, struct buf *out)
{
	if (part->role == BUILD_ALTERNATIVE)
		return;
	if (part->role == BUILD_INLINE)
		buf_fmt(out, "Content-ID: <%s>\n", part->name);
	buf_fmt(out, "Content-Disposition: %s",
	    part->role == BUILD_INLINE ? "inline" : "attachment");
	if (part->name[0] != '\0') {
		buf_str(out, ";\n");
		add_name(part->name, out);
	}
	buf_char(out, '\n');
}

/* CR LF becomes LF, and the last line gets its end. */
static void
unix_lines(struct span in, struct buf *out)
{
	size_t start = 0;

	for (size_t i = 0; i + 1 < in.n; i++)
		if (in.p[i] == '\r' && in.p[i + 1] == '\n') {
			buf_span(out, span_sub(in, start, i - start));
			start = i + 1;
		}
	buf_span(out, span_from(in, start));
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_char(out, '\n');
}

/*
 * As it is where that is safe ("From " at a line's start is not: mbox changes
 * it); else what stays readable, or for other scripts what is shorter.
 */
static enum carry
choose(struct span text)
{
	size_t qp = 0, column = 0, base64;
	bool has_from = span_starts(text, SPAN("From ")) ||
	    span_find(text, SPAN("\nFrom ")) != SPAN_NONE;

	if (is_7bit(text) && !has_from && span_chr(text, '\r') == SPAN_NONE)
		return CARRY_7BIT;
	if (charset_is_ascii(text))
		return CARRY_QP;
	base64 = text.n / 3 * 4 + text.n / 57;
	for (size_t i = 0; i < text.n; i++) {
		column += is_escaped(text, i) ? 3 : 1;
		if (text.p[i] == '\n' || column > QP_LINE) {
			qp += column + 2;
			column = 0;
		}
	}
	return qp + column > base64 ? CARRY_BASE64 : CARRY_QP;
}

/* ASCII without NUL in lines that every server passes on. */
static bool
is_7bit(struct span text)
{
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		column = text.p[i] == '\n' ? 0 : column + 1;
		if (column > BUILD_LINE_MAX || text.p[i] == '\0' ||
		    (unsigned char)text.p[i] >= 0x80)
			return false;
	}
	return true;
}

static bool
is_escaped(struct span text, size_t i)
{
	unsigned char c = (unsigned char)text.p[i];

	return c == '=' || c >= 0x7f || (c < ' ' && c != '\t' && c != '\n');
}

/* Text's lines as the wire has them (RFC 2045, section 6.8). */
static void
wire_lines(struct span in, struct buf *out)
{
	size_t n;

	while ((n = span_chr(in, '\n')) != SPAN_NONE) {
		buf_span(out, span_sub(in, 0, n));
		buf_str(out, "\r\n");
		in = span_from(in, n + 1);
	}
	buf_span(out, in);
}

static int
put_base64(struct build_out *out, struct span bytes, struct err *e)
{
	while (bytes.n > 0) {
		enc_base64_lines(span_sub(bytes, 0, PIECE), &out->held);
		bytes = span_from(bytes, PIECE);
		if (build_flush(out, e) == -1)
			return -1;
	}
	return build_flush(out, e);
}

/*
 * The file's name: quoted where it is ASCII, else as RFC 2231 has it.  Never
 * both: some readers take the first they find, others the plain one.
 */
static void
add_name(const char *name, struct buf *out)
{
	struct buf utf8 = {0};
	bool is_plain = true;

	charset_to_utf8(span_of(name), SPAN(""), &utf8);
	for (size_t i = 0; i < utf8.n; i++)
		is_plain = is_plain && !ascii_ctl(utf8.p[i]) &&
		    (unsigned char)utf8.p[i] < 0x80;
	if (is_plain) {
		buf_str(out, " filename=\"");
		for (size_t i = 0; i < utf8.n; i++) {
			if (utf8.p[i] == '"' || utf8.p[i] == '\\')
				buf_char(out, '\\');
			buf_char(out, utf8.p[i]);
		}
		buf_char(out, '"');
	} else {
		buf_str(out, " filename*=UTF-8''");
		enc_percent(buf_view(&utf8), "", out);
	}
	buf_free(&utf8);
}
