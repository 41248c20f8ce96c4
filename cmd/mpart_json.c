#include <stdlib.h>

#include <jansson.h>

#include "mail/addr.h"
#include "mail/header.h"
#include "mail/word.h"
#include "mpart.h"
#include "text/date.h"

static json_t *headers(struct span header);
static void put_unstructured(json_t *, struct span header, const char *name);
static void put_date(json_t *, struct span header);
static void put_addresses(json_t *, struct span header, const char *name);
static int put_parts(json_t *, const struct mime *, struct err *);
static int put_part(json_t *, const struct mime *, size_t i, struct err *);
static void put(json_t *, const char *key, struct span value);
static json_t *string(struct span);

int
mpart_json(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	json_t *object = json_object();
	char *line = NULL;
	int status;

	json_object_set_new(object, "name", string(span_of(message->name)));
	json_object_set_new(object, "headers",
	    headers(message->mime.v[0].header));
	status = put_parts(object, &message->mime, e);
	if (status == 0) {
		line = json_dumps(object, JSON_COMPACT);
		status = line == NULL
		    ? err_set(e, ERR_OS, "out of memory for JSON")
		    : output_name(&p->out, span_of(line), e);
	}
	p->has_shown = p->has_shown || status == 0;
	free(line);
	json_decref(object);
	return status;
}

static json_t *
headers(struct span header)
{
	static const char *const addresses[] = {"from", "to", "cc",
	    "reply-to"};
	json_t *object = json_object();

	put_unstructured(object, header, "subject");
	put_date(object, header);
	put_unstructured(object, header, "message-id");
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		put_addresses(object, header, addresses[i]);
	return object;
}

static void
put_unstructured(json_t *object, struct span header, const char *name)
{
	struct buf text = {0};
	struct field f;

	if (!header_find(header, name, &f))
		return;
	word_decode(f.value, &text);
	json_object_set_new(object, name, string(buf_view(&text)));
	buf_free(&text);
}

static void
put_date(json_t *object, struct span header)
{
	struct buf text = {0};
	struct date date;
	struct field f;

	if (!header_find(header, "date", &f) || !date_parse(f.value, &date))
		return;
	date_rfc3339(date, &text);
	put(object, "date", buf_view(&text));
	buf_free(&text);
}

/* Groups are left out, their members are not. */
static void
put_addresses(json_t *object, struct span header, const char *name)
{
	struct addr_list list = {0};
	struct field f;
	json_t *array, *one;

	if (!header_find(header, name, &f))
		return;
	array = json_array();
	addr_parse(f.value, &list);
	for (size_t i = 0; i < list.n; i++) {
		if (list.v[i].is_group)
			continue;
		one = json_object();
		put(one, "name", span_of(list.v[i].name));
		put(one, "address", span_of(list.v[i].address));
		json_array_append_new(array, one);
	}
	json_object_set_new(object, name, array);
	addr_list_free(&list);
}

static int
put_parts(json_t *object, const struct mime *m, struct err *e)
{
	json_t *parts = json_array();

	json_object_set_new(object, "parts", parts);
	for (size_t i = 0; i < m->n; i++)
		if (put_part(parts, m, i, e) == -1)
			return -1;
	return 0;
}

static int
put_part(json_t *parts, const struct mime *m, size_t i, struct err *e)
{
	const struct mime_part *part = &m->v[i];
	json_t *object = json_object();
	struct mime_about about;
	struct buf text = {0};
	struct field f;
	int status = mime_about(part, &about, e);

	json_array_append_new(parts, object);
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

static json_t *
string(struct span s)
{
	struct buf utf8 = {0};
	json_t *value;

	charset_to_utf8(s, SPAN(""), &utf8);
	value = json_stringn(buf_cstr(&utf8), utf8.n);
	buf_free(&utf8);
	return value;
}
