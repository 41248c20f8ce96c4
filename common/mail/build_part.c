#include <string.h>

#include "mail/build_part.h"
#include "text/charset.h"
#include "text/enc.h"

#define PIECE ((size_t)57 * 1024) /* bytes encoded at a time: whole lines */
#define QP_LINE 73		  /* characters of a line before it breaks */

/* How a leaf is carried. */
enum carry { CARRY_7BIT, CARRY_QP, CARRY_BASE64 };

/* Sorted by suffix. */
static const struct {
	const char *suffix, *type;
} types[] = {
    {"7z", "application/x-7z-compressed"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"bz2", "application/x-bzip2"},
    {"c", "text/plain"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"diff", "text/x-diff"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument."
	"wordprocessingml.document"},
    {"eml", "message/rfc822"},
    {"epub", "application/epub+zip"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"h", "text/plain"},
    {"heic", "image/heic"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ics", "text/calendar"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"log", "text/plain"},
    {"m4a", "audio/mp4"},
    {"md", "text/markdown"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ogg", "audio/ogg"},
    {"patch", "text/x-diff"},
    {"pdf", "application/pdf"},
    {"pem", "application/x-pem-file"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument."
	"presentationml.presentation"},
    {"ps", "application/postscript"},
    {"rtf", "application/rtf"},
    {"sh", "application/x-sh"},
    {"sig", "application/pgp-signature"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tex", "application/x-tex"},
    {"tgz", "application/gzip"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"tsv", "text/tab-separated-values"},
    {"txt", "text/plain"},
    {"vcf", "text/vcard"},
    {"wav", "audio/x-wav"},
    {"webm", "video/webm"},
    {"webp", "image/webp"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument."
	"spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xz", "application/x-xz"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

static void unix_lines(struct span, struct buf *);
static enum carry choose(struct span text);
static bool is_7bit(struct span text);
static bool is_escaped(struct span text, size_t i);
static void wire_lines(struct span, struct buf *);
static int put_base64(struct build_out *, struct span, struct err *);
static void add_name(const char *name, struct buf *);

int
build_text(struct build_out *out, struct span text, struct err *e)
{
	static const char *const name[] = {"7bit", "quoted-printable",
	    "base64"};
	struct buf lines = {0}, wire = {0};
	enum carry carry;
	int status = 0;

	unix_lines(text, &lines);
	carry = choose(buf_view(&lines));
	buf_fmt(&out->held, "Content-Type: text/plain; charset=%s\n"
	    "Content-Transfer-Encoding: %s\n\n",
	    charset_is_ascii(text) ? "us-ascii" : "utf-8", name[carry]);
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

/*
 * Attachments go in base64, which brings every byte back; a message may not be
 * encoded (RFC 2046, section 5.2.1), and is no message to us where it must.
 */
int
build_part(struct build_out *out, const struct build_part *part,
    struct err *e)
{
	const char *type = build_type(part->name);
	struct span bytes = part->bytes;
	bool is_message = strcmp(type, "message/rfc822") == 0;
	bool is_bare = is_message && is_7bit(bytes) &&
	    span_chr(bytes, '\r') == SPAN_NONE && span_ends(bytes, SPAN("\n"));

	if (is_message && !is_bare)
		type = "application/octet-stream";
	buf_fmt(&out->held, "Content-Type: %s", type);
	if (strncmp(type, "text/", 5) == 0 && charset_is_utf8(bytes))
		buf_fmt(&out->held, "; charset=%s",
		    charset_is_ascii(bytes) ? "us-ascii" : "utf-8");
	buf_fmt(&out->held, "\nContent-Transfer-Encoding: %s\n"
	    "Content-Disposition: attachment;\n", is_bare ? "7bit" : "base64");
	add_name(part->name, &out->held);
	buf_str(&out->held, "\n\n");
	if (!is_bare)
		return put_base64(out, bytes, e);
	if (build_flush(out, e) == -1)
		return -1;
	return out->put(out->arg, bytes, e);
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

const char *
build_type(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t low = 0, high = sizeof types / sizeof types[0], mid;
	struct buf suffix = {0};
	const char *found = "application/octet-stream";
	int order;

	for (const char *p = dot; p != NULL && *p != '\0'; p++)
		buf_char(&suffix, ascii_lower(*p));
	buf_drop(&suffix, 1);
	while (low < high) {
		mid = low + (high - low) / 2;
		order = strcmp(buf_cstr(&suffix), types[mid].suffix);
		if (order == 0) {
			found = types[mid].type;
			break;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	buf_free(&suffix);
	return found;
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
