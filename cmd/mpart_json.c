#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/mem.h"
#include "mail/addr.h"
#include "mail/header.h"
#include "mail/word.h"
#include "mpart.h"
#include "text/date.h"

static void put_headers(struct buf *, struct span header);
static void put_unstructured(struct buf *, struct span header,
    const char *name);
static void put_date(struct buf *, struct span header);
static void put_addresses(struct buf *, struct span header, const char *name);
static int put_parts(struct buf *, const struct mime *, struct err *);
static int put_part(struct buf *, const struct mime *, size_t i, struct err *);
static void put(json_t *, const char *key, struct span value);
static json_t *string(struct span);
static json_t *exactly(struct span);
static void key(struct buf *, const char *);
static void comma(struct buf *);
static void add(struct buf *, json_t *);

/*
 * Only small values are jansson's: a hostile message may have a million
 * addresses, and a tree of them many times its size.
 */
int
mpart_json(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	struct buf line = {0};
	int status;

	buf_char(&line, '{');
	key(&line, "name");
	add(&line, exactly(span_of(message->name)));
	key(&line, "headers");
	put_headers(&line, message->mime.v[0].header);
	key(&line, "parts");
	status = put_parts(&line, &message->mime, e);
	buf_char(&line, '}');
	if (status == 0)
		status = output_name(&p->out, buf_view(&line), e);
	p->has_shown = p->has_shown || status == 0;
	buf_free(&line);
	return status;
}

static void
put_headers(struct buf *line, struct span header)
{
	static const char *const addresses[] = {"from", "to", "cc",
	    "reply-to"};

	buf_char(line, '{');
	put_unstructured(line, header, "subject");
	put_date(line, header);
	put_unstructured(line, header, "message-id");
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		put_addresses(line, header, addresses[i]);
	buf_char(line, '}');
}

static void
put_unstructured(struct buf *line, struct span header, const char *name)
{
	struct buf text = {0};
	struct field f;

	if (!header_find(header, name, &f))
		return;
	word_decode(f.value, &text);
	key(line, name);
	add(line, string(buf_view(&text)));
	buf_free(&text);
}

static void
put_date(struct buf *line, struct span header)
{
	struct buf text = {0};
	struct date date;
	struct field f;

	if (!header_find(header, "date", &f) || !date_parse(f.value, &date))
		return;
	date_rfc3339(date, &text);
	key(line, "date");
	add(line, string(buf_view(&text)));
	buf_free(&text);
}

/* Groups are left out, their members are not. */
static void
put_addresses(struct buf *line, struct span header, const char *name)
{
	struct addr_list list = {0};
	struct addr_scan scan;
	struct field f;
	json_t *one;

	if (!header_find(header, name, &f))
		return;
	key(line, name);
	buf_char(line, '[');
	scan = addr_begin(f.value);
	while (addr_next(&scan, &list) == 1)
		for (size_t i = 0; i < list.n; i++) {
			if (list.v[i].is_group)
				continue;
			one = json_object();
			put(one, "name", span_of(list.v[i].name));
			put(one, "address", span_of(list.v[i].address));
			comma(line);
			add(line, one);
		}
	buf_char(line, ']');
}

static int
put_parts(struct buf *line, const struct mime *m, struct err *e)
{
	buf_char(line, '[');
	for (size_t i = 0; i < m->n; i++) {
		comma(line);
		if (put_part(line, m, i, e) == -1)
			return -1;
	}
	buf_char(line, ']');
	return 0;
}

static int
put_part(struct buf *line, const struct mime *m, size_t i, struct err *e)
{
	const struct mime_part *part = &m->v[i];
	json_t *object = json_object();
	struct mime_about about;
	struct buf text = {0};
	struct field f;
	int status = mime_about(part, &about, e);

	mime_index(m, i, &text);
	put(object, "index", buf_view(&text));
	put(object, "type", span_of(part->type));
	put(object, "charset", about.charset);
	buf_cut(&text, 0);
	mpart_encoding(part, &text);
	put(object, "encoding", buf_view(&text));
	put(object, "disposition", buf_view(&about.disposition.value));
	put(object, "filename", about.filename);
	if (header_find(part->header, "content-id", &f))
		put(object, "id", span_trim(f.value));
	json_object_set_new(object, "size",
	    json_integer((json_int_t)text_size(part)));
	json_object_set_new(object, "leaf",
	    json_boolean(part->kind == MIME_LEAF));
	add(line, object);
	mime_about_free(&about);
	buf_free(&text);
	return status;
}

/* A value that is not empty. */
static void
put(json_t *object, const char *key, struct span value)
{
	if (value.n > 0)
		json_object_set_new(object, key, string(value));
}

/* A message's words, without what a terminal would obey. */
static json_t *
string(struct span s)
{
	struct buf utf8 = {0}, clean = {0};
	json_t *value;

	charset_to_utf8(s, SPAN(""), &utf8);
	charset_line(buf_view(&utf8), &clean);
	value = exactly(buf_view(&clean));
	buf_free(&utf8);
	buf_free(&clean);
	return value;
}

/* A name must find its message again: as it is, where it is UTF-8. */
static json_t *
exactly(struct span s)
{
	struct buf utf8 = {0};
	json_t *value;

	charset_to_utf8(s, SPAN(""), &utf8);
	value = json_stringn(buf_cstr(&utf8), utf8.n);
	buf_free(&utf8);
	return value;
}

/* The next member's key; none of ours needs an escape. */
static void
key(struct buf *line, const char *name)
{
	comma(line);
	buf_fmt(line, "\"%s\":", name);
}

/* Between members; the line is not empty. */
static void
comma(struct buf *line)
{
	char last = line->p[line->n - 1];

	if (last != '{' && last != '[')
		buf_char(line, ',');
}

/* Appends the value and lets it go; jansson fails only without memory. */
static void
add(struct buf *line, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL)
		mem_alloc(SIZE_MAX, 1);
	buf_str(line, text);
	free(text);
	json_decref(value);
}
