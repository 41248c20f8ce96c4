#include "mail/header.h"
#include "mail/json.h"
#include "mail/word.h"
#include "mpart.h"
#include "text/date.h"
#include "text/jsonl.h"

static void put_headers(struct span header, struct buf *);
static void put_unstructured(size_t start, struct span header,
    const char *name, struct buf *);
static void put_id(size_t start, struct span header, const char *name,
    const char *key, struct buf *);
static void put_date(size_t start, struct span header, struct buf *);
static void put_addresses(size_t start, struct span header, const char *name,
    struct buf *);
static int put_parts(const struct mime *, struct buf *, struct err *);
static int put_part(const struct mime *, size_t i, struct buf *,
    struct err *);

int
mpart_json(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	struct buf line = {0};
	int status;

	buf_char(&line, '{');
	jsonl_key(0, "name", &line);
	json_exact(span_of(message->name), &line);
	jsonl_key(0, "headers", &line);
	put_headers(message->mime.v[0].header, &line);
	jsonl_key(0, "parts", &line);
	status = put_parts(&message->mime, &line, e);
	buf_char(&line, '}');
	if (status == 0)
		status = output_name(&p->out, buf_view(&line), e);
	p->has_shown = p->has_shown || status == 0;
	buf_free(&line);
	return status;
}

static void
put_headers(struct span header, struct buf *out)
{
	static const char *const addresses[] = {"from", "to", "cc",
	    "reply-to"};
	size_t start = out->n;

	buf_char(out, '{');
	put_unstructured(start, header, "subject", out);
	put_date(start, header, out);
	put_id(start, header, "message-id", "message-id", out);
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		put_addresses(start, header, addresses[i], out);
	buf_char(out, '}');
}

static void
put_unstructured(size_t start, struct span header, const char *name,
    struct buf *out)
{
	struct buf text = {0};
	struct field f;

	if (!header_find(header, name, &f))
		return;
	word_decode(f.value, &text);
	jsonl_key(start, name, out);
	json_text(buf_view(&text), out);
	buf_free(&text);
}

static void
put_id(size_t start, struct span header, const char *name, const char *key,
    struct buf *out)
{
	struct buf text = {0};
	struct field f;

	if (header_find(header, name, &f))
		word_id(f.value, &text);
	json_put(start, key, buf_view(&text), out);
	buf_free(&text);
}

static void
put_date(size_t start, struct span header, struct buf *out)
{
	struct buf text = {0};
	struct date date;
	struct field f;

	if (!header_find(header, "date", &f))
		return;
	/* some mailers encode it as they do text */
	word_decode(f.value, &text);
	if (date_parse(buf_view(&text), &date)) {
		buf_cut(&text, 0);
		date_rfc3339(date, &text);
		json_put(start, "date", buf_view(&text), out);
	}
	buf_free(&text);
}

/* Of all fields of that name: there should be one, and mail has more. */
static void
put_addresses(size_t start, struct span header, const char *name,
    struct buf *out)
{
	struct field f;
	size_t array = 0;

	while (header_next(&header, &f) == 1) {
		if (!span_iis(f.name, name))
			continue;
		if (array == 0) {
			jsonl_key(start, name, out);
			array = out->n;
			buf_char(out, '[');
		}
		json_addresses(array, f.value, NULL, out);
	}
	if (array != 0)
		buf_char(out, ']');
}

static int
put_parts(const struct mime *m, struct buf *out, struct err *e)
{
	size_t start = out->n;

	buf_char(out, '[');
	for (size_t i = 0; i < m->n; i++) {
		jsonl_next(start, out);
		if (put_part(m, i, out, e) == -1)
			return -1;
	}
	buf_char(out, ']');
	return 0;
}

static int
put_part(const struct mime *m, size_t i, struct buf *out, struct err *e)
{
	const struct mime_part *part = &m->v[i];
	size_t start = out->n;
	struct mime_about about;
	struct buf text = {0};
	int status = mime_about(part, &about, e);

	buf_char(out, '{');
	mime_index(m, i, &text);
	json_put(start, "index", buf_view(&text), out);
	json_put(start, "type", span_of(part->type), out);
	json_put(start, "charset", about.charset, out);
	buf_cut(&text, 0);
	mpart_encoding(part, &text);
	json_put(start, "encoding", buf_view(&text), out);
	json_put(start, "disposition", buf_view(&about.disposition.value),
	    out);
	json_put(start, "filename", about.filename, out);
	put_id(start, part->header, "content-id", "id", out);
	jsonl_key(start, "size", out);
	buf_fmt(out, "%zu", text_size(part));
	jsonl_key(start, "leaf", out);
	buf_str(out, part->kind == MIME_LEAF ? "true}" : "false}");
	mime_about_free(&about);
	buf_free(&text);
	return status;
}
