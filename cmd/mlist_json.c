#include <jansson.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mail/flag.h"
#include "mlist.h"
#include "text/charset.h"

static void set_name(json_t *, const char *key, struct span);
static void set_text(json_t *, const char *key, struct span);
static void set_addresses(json_t *, const char *key, struct span value);
static json_t *address(const struct addr *);
static json_t *text(struct span);
static json_t *made(json_t *);

void
mlist_json(const struct summary *s, struct buf *out)
{
	json_t *o = made(json_object()), *flags = made(json_array());
	struct buf value = {0};
	struct date d;
	char *line;

	set_name(o, "name", s->name);
	set_name(o, "folder", s->folder);
	if (summary_date(s, &d)) {
		date_rfc3339(d, &value);
		set_text(o, "date", buf_view(&value));
		buf_cut(&value, 0);
	}
	summary_id(s, &value);
	set_text(o, "message-id", buf_view(&value));
	buf_cut(&value, 0);
	set_addresses(o, "from", s->field[SUMMARY_FROM]);
	set_addresses(o, "to", s->field[SUMMARY_TO]);
	set_addresses(o, "cc", s->field[SUMMARY_CC]);
	summary_text(s, SUMMARY_SUBJECT, &value);
	set_text(o, "subject", buf_view(&value));
	json_object_set_new(o, "size",
	    made(json_integer((json_int_t)s->size)));
	for (unsigned flag = 1; flag_word(flag) != NULL; flag <<= 1)
		if ((s->flags & flag) != 0)
			json_array_append_new(flags,
			    text(span_of(flag_word(flag))));
	json_object_set_new(o, "flags", flags);
	line = json_dumps(o, JSON_COMPACT);
	buf_str(out, line == NULL ? "" : line);
	free(line);
	json_decref(o);
	buf_free(&value);
}

/* As it is, where it is UTF-8: it must find the message again. */
static void
set_name(json_t *o, const char *key, struct span name)
{
	struct buf utf8 = {0};

	charset_to_utf8(name, SPAN(""), &utf8);
	if (utf8.n > 0)
		json_object_set_new(o, key,
		    made(json_stringn(buf_cstr(&utf8), utf8.n)));
	buf_free(&utf8);
}

/* What is absent has no key. */
static void
set_text(json_t *o, const char *key, struct span value)
{
	if (value.n > 0)
		json_object_set_new(o, key, text(value));
}

static void
set_addresses(json_t *o, const char *key, struct span value)
{
	struct addr_list list = {0};
	json_t *array;

	addr_parse(value, &list);
	if (list.n > 0) {
		array = made(json_array());
		for (size_t i = 0; i < list.n; i++)
			if (!list.v[i].is_group)
				json_array_append_new(array,
				    address(&list.v[i]));
		json_object_set_new(o, key, array);
	}
	addr_list_free(&list);
}

static json_t *
address(const struct addr *a)
{
	json_t *o = made(json_object());

	set_text(o, "name", span_of(a->name));
	set_text(o, "address", span_of(a->address));
	return o;
}

/* Valid UTF-8 without controls, as JSON and a terminal want it. */
static json_t *
text(struct span value)
{
	struct buf clean = {0};
	json_t *string;

	charset_line(value, &clean);
	string = made(json_stringn(buf_cstr(&clean), clean.n));
	buf_free(&clean);
	return string;
}

/* jansson's makers fail only without memory. */
static json_t *
made(json_t *value)
{
	return value != NULL ? value : mem_alloc(SIZE_MAX, 1);
}
