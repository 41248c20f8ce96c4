#include <string.h>

#include "text/media.h"
#include "text/token.h"

#define OLD_TAR 257 /* where a tar archive has its mark */
#define TAKE_MAX 500 /* bytes of a type with its parameters */

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

/* What a kind of file has at a place; the first that fits counts. */
static const struct {
	size_t at;
	struct span bytes;
	const char *type;
} marks[] = {
    {0, {"\x89PNG\r\n\x1a\n", 8}, "image/png"},
    {0, {"\xff\xd8\xff", 3}, "image/jpeg"},
    {0, {"GIF87a", 6}, "image/gif"},
    {0, {"GIF89a", 6}, "image/gif"},
    {0, {"II*\0", 4}, "image/tiff"},
    {0, {"MM\0*", 4}, "image/tiff"},
    {8, {"WEBP", 4}, "image/webp"},
    {8, {"WAVEfmt ", 8}, "audio/x-wav"},
    {4, {"ftypavif", 8}, "image/avif"},
    {4, {"ftypheic", 8}, "image/heic"},
    {4, {"ftypM4A", 7}, "audio/mp4"},
    {4, {"ftypqt", 6}, "video/quicktime"},
    {4, {"ftyp", 4}, "video/mp4"},
    {0, {"OggS", 4}, "audio/ogg"},
    {0, {"ID3", 3}, "audio/mpeg"},
    {0, {"fLaC", 4}, "audio/flac"},
    {0, {"\x1a\x45\xdf\xa3", 4}, "video/webm"},
    {0, {"%PDF-", 5}, "application/pdf"},
    {0, {"%!PS", 4}, "application/postscript"},
    {0, {"{\\rtf", 5}, "application/rtf"},
    {0, {"PK\3\4", 4}, "application/zip"},
    {0, {"\x1f\x8b\x08", 3}, "application/gzip"},
    {0, {"BZh", 3}, "application/x-bzip2"},
    {0, {"\xfd" "7zXZ\0", 6}, "application/x-xz"},
    {0, {"\x28\xb5\x2f\xfd", 4}, "application/zstd"},
    {0, {"7z\xbc\xaf\x27\x1c", 6}, "application/x-7z-compressed"},
    {OLD_TAR, {"ustar", 5}, "application/x-tar"},
    {0, {"SQLite format 3\0", 16}, "application/vnd.sqlite3"},
    {0, {"<?xml ", 6}, "application/xml"},
    {0, {"<!doctype html", 14}, "text/html"},
    {0, {"<!DOCTYPE html", 14}, "text/html"},
    {0, {"<!DOCTYPE HTML", 14}, "text/html"},
    {0, {"<html", 5}, "text/html"},
    {0, {"<HTML", 5}, "text/html"},
    {0, {"BEGIN:VCARD\r\n", 13}, "text/vcard"},
    {0, {"BEGIN:VCALENDAR\r\n", 17}, "text/calendar"},
};

static bool read_glob(struct span line, uint64_t *weight, struct span *type,
    struct span *glob);
static bool fits(struct span glob, struct span name, bool is_exact);
static bool is_type_char(char, bool is_first);
static int take_parameter(struct span *rest, struct buf *type,
    struct buf *charset);
static size_t token_size(struct span);
static size_t value_size(struct span, struct buf *value);

const char *
media_of_name(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t low = 0, high = sizeof types / sizeof types[0], mid;
	struct buf suffix = {0};
	const char *found = NULL;
	int order;

	for (const char *p = dot; p != NULL && *p != '\0'; p++)
		buf_char(&suffix, ascii_lower(*p));
	buf_drop(&suffix, 1);
	while (low < high && found == NULL) {
		mid = low + (high - low) / 2;
		order = strcmp(buf_cstr(&suffix), types[mid].suffix);
		if (order == 0)
			found = types[mid].type;
		else if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	buf_free(&suffix);
	return found;
}

bool
media_of_globs(struct span globs2, const char *name, struct buf *out)
{
	struct span line, type, glob, best = {0};
	uint64_t weight, best_weight = 0;
	size_t best_glob = 0;

	while (span_line(&globs2, &line) == 1) {
		bool is_exact = span_ends(line, SPAN(":cs"));

		if (!read_glob(line, &weight, &type, &glob) ||
		    !fits(glob, span_of(name), is_exact))
			continue;
		if (best.n > 0 && (weight < best_weight ||
		    (weight == best_weight && glob.n <= best_glob)))
			continue;
		best = type;
		best_weight = weight;
		best_glob = glob.n;
	}
	buf_span(out, best);
	return best.n > 0;
}

const char *
media_of_bytes(struct span s)
{
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (span_starts(span_from(s, marks[i].at), marks[i].bytes))
			return marks[i].type;
	return NULL;
}

bool
media_is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_ctl(s.p[i]) && (s.p[i] == '\0' ||
		    strchr("\t\n\r\f\b\x1b", s.p[i]) == NULL))
			return false;
	return true;
}

bool
media_is_type(struct span s)
{
	struct span rest = s, part;
	size_t parts = 0;

	while (span_cut(&rest, '/', &part) == 1) {
		if (part.n == 0 || part.n > MEDIA_TYPE_MAX || ++parts > 2)
			return false;
		for (size_t i = 0; i < part.n; i++)
			if (!is_type_char(part.p[i], i == 0))
				return false;
	}
	return parts == 2;
}

int
media_take(const char *s, struct buf *type, struct buf *charset,
    struct err *e)
{
	struct span rest = span_of(s), name;
	int status = 0;

	if (rest.n > TAKE_MAX)
		return err_set(e, ERR_USAGE, "a media type over %d bytes",
		    TAKE_MAX);
	span_cut(&rest, ';', &name);
	name = span_trim(name);
	if (!media_is_type(name))
		return err_set(e, ERR_USAGE, "\"%s\" is no media type: "
		    "it reads type/subtype", s);
	for (size_t i = 0; i < name.n; i++)
		buf_char(type, ascii_lower(name.p[i]));
	while (status == 0 && span_trim(rest).n > 0)
		status = take_parameter(&rest, type, charset);
	return status == 0 ? 0 : err_set(e, ERR_USAGE,
	    "\"%s\" is no media type: a parameter reads name=value", s);
}

/* False for what is no such line, and for globs that are more than a name. */
static bool
read_glob(struct span line, uint64_t *weight, struct span *type,
    struct span *glob)
{
	struct span number;

	if (span_cut(&line, ':', &number) == 0 ||
	    !span_num(number, UINT32_MAX, weight) ||
	    span_cut(&line, ':', type) == 0 || !media_is_type(*type) ||
	    span_cut(&line, ':', glob) == 0 || glob->n < 2)
		return false;
	for (size_t i = 0; i < glob->n; i++)
		if ((glob->p[i] == '*' && i > 0) || glob->p[i] == '?' ||
		    glob->p[i] == '[')
			return false;
	return true;
}

static bool
fits(struct span glob, struct span name, bool is_exact)
{
	if (glob.p[0] == '*') {
		glob = span_from(glob, 1);
		if (glob.n > name.n)
			return false;
		name = span_from(name, name.n - glob.n);
	}
	return is_exact ? span_eq(glob, name) : span_ieq(glob, name);
}

/* RFC 6838, section 4.2 */
static bool
is_type_char(char c, bool is_first)
{
	if (ascii_alpha(c) || ascii_digit(c))
		return true;
	return !is_first && c != '\0' && strchr("!#$&-^_.+", c) != NULL;
}

/* Takes "name=value" and the ";" after it off *rest. */
static int
take_parameter(struct span *rest, struct buf *type, struct buf *charset)
{
	struct span name = span_trim(*rest);
	struct buf value = {0};
	size_t n;

	*rest = name;
	n = token_size(name);
	name = span_sub(name, 0, n);
	*rest = span_from(*rest, n);
	n = rest->n > 0 && rest->p[0] == '=' ?
	    value_size(span_from(*rest, 1), &value) : 0;
	*rest = span_trim(span_from(*rest, n + 1));
	if (name.n == 0 || n == 0 || (rest->n > 0 && rest->p[0] != ';')) {
		buf_free(&value);
		return -1;
	}
	*rest = span_from(*rest, 1);
	if (span_iis(name, "charset")) {
		buf_cut(charset, 0);
		buf_span(charset, buf_view(&value));
	} else {
		buf_fmt(type, ";\n %.*s=", (int)name.n, name.p);
		if (token_is_atom(buf_view(&value), TOKEN_MIME))
			buf_span(type, buf_view(&value));
		else
			token_quote(buf_view(&value), type);
	}
	buf_free(&value);
	return 0;
}

static size_t
token_size(struct span s)
{
	size_t n = 0;

	while (n < s.n && is_type_char(s.p[n], false))
		n++;
	return n;
}

/* The size of a token or a quoted string of printable ASCII, or 0. */
static size_t
value_size(struct span s, struct buf *value)
{
	struct token_scan scan = token_begin(s, TOKEN_MIME);
	struct token t;

	if (s.n == 0 || ascii_blank(s.p[0]) || token_next(&scan, &t) == 0 ||
	    (t.kind != TOKEN_ATOM && t.kind != TOKEN_QUOTED))
		return 0;
	for (size_t i = 0; i < t.raw.n; i++)
		if ((unsigned char)t.raw.p[i] < ' ' ||
		    (unsigned char)t.raw.p[i] > 0x7e)
			return 0;
	if (t.kind == TOKEN_QUOTED)
		token_text(t.inner, value);
	else
		buf_span(value, t.raw);
	return t.raw.n;
}
