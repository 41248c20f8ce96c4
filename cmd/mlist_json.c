#include "mail/flag.h"
#include "mail/json.h"
#include "mail/mime.h"
#include "mlist.h"
#include "text/jsonl.h"

static void put_name(size_t start, const char *key, struct span,
    struct buf *out);
static void put_addresses(size_t start, const char *key,
    const struct summary *, enum summary_field, struct buf *out);
static void put_references(size_t start, struct span value, struct buf *out);
static void put_attachment(const struct mime *, size_t part,
    const struct mime_about *, struct buf *out);
static void put_flags(size_t start, unsigned flags, struct buf *out);

void
mlist_json(const struct summary *s, struct span attachments,
    struct buf *out)
{
	size_t start = out->n;
	struct buf value = {0};
	struct date d;

	buf_char(out, '{');
	put_name(start, "name", s->name, out);
	put_name(start, "folder", s->folder, out);
	if (summary_date(s, &d)) {
		jsonl_key(start, "date", out);
		buf_char(out, '"');
		date_rfc3339(d, out);
		buf_char(out, '"');
	}
	summary_id(s, &value);
	json_put(start, "message-id", buf_view(&value), out);
	put_references(start, s->field[SUMMARY_REFERENCES], out);
	put_addresses(start, "from", s, SUMMARY_FROM, out);
	put_addresses(start, "to", s, SUMMARY_TO, out);
	put_addresses(start, "cc", s, SUMMARY_CC, out);
	buf_cut(&value, 0);
	summary_text(s, SUMMARY_SUBJECT, &value);
	json_put(start, "subject", buf_view(&value), out);
	jsonl_key(start, "size", out);
	buf_number(out, s->size);
	put_flags(start, s->flags, out);
	if (attachments.n > 0)
		jsonl_key(start, "attachments", out);
	buf_span(out, attachments);
	buf_char(out, '}');
	buf_free(&value);
}

int
mlist_attachments(struct span message, struct buf *out, struct err *e)
{
	size_t array = out->n;
	struct mime parts = {0};
	struct mime_about about;
	int status = mime_parse(message, &parts, e);

	buf_char(out, '[');
	for (size_t i = 0; i < parts.n && status == 0; i++) {
		status = mime_about(&parts.v[i], &about, e);
		if (status == 0 && query_is_attachment(&parts.v[i], &about)) {
			jsonl_next(array, out);
			put_attachment(&parts, i, &about, out);
		}
		mime_about_free(&about);
	}
	buf_char(out, ']');
	mime_free(&parts);
	return status;
}

static void
put_name(size_t start, const char *key, struct span name, struct buf *out)
{
	if (name.n == 0)
		return;
	jsonl_key(start, key, out);
	json_exact(name, out);
}

/* What is absent has no key. */
static void
put_addresses(size_t start, const char *key, const struct summary *s,
    enum summary_field which, struct buf *out)
{
	size_t was = out->n, array;

	if (s->field[which].n == 0)
		return;
	jsonl_key(start, key, out);
	array = out->n;
	buf_char(out, '[');
	json_addresses(array, s->field[which], s->memo, out);
	if (out->n == array + 1)
		buf_cut(out, was);
	else
		buf_char(out, ']');
}

/* Each Message-ID without its angle brackets, the oldest first. */
static void
put_references(size_t start, struct span value, struct buf *out)
{
	size_t array = 0, from, n;

	while ((from = span_chr(value, '<')) != SPAN_NONE) {
		value = span_from(value, from + 1);
		n = span_chr(value, '>');
		if (n == SPAN_NONE)
			break;
		if (array == 0) {
			jsonl_key(start, "references", out);
			array = out->n;
			buf_char(out, '[');
		}
		jsonl_next(array, out);
		json_text(span_sub(value, 0, n), out);
		value = span_from(value, n);
	}
	if (array != 0)
		buf_char(out, ']');
}

static void
put_attachment(const struct mime *parts, size_t part,
    const struct mime_about *about, struct buf *out)
{
	size_t start = out->n;
	struct buf index = {0};

	mime_index(parts, part, &index);
	buf_char(out, '{');
	json_put(start, "index", buf_view(&index), out);
	json_put(start, "type", span_of(parts->v[part].type), out);
	json_put(start, "filename", about->filename, out);
	buf_char(out, '}');
	buf_free(&index);
}

static void
put_flags(size_t start, unsigned flags, struct buf *out)
{
	size_t array;

	jsonl_key(start, "flags", out);
	array = out->n;
	buf_char(out, '[');
	for (unsigned flag = 1; flag_word(flag) != NULL; flag <<= 1) {
		if ((flags & flag) == 0)
			continue;
		jsonl_next(array, out);
		jsonl_string(span_of(flag_word(flag)), out);
	}
	buf_char(out, ']');
}
