/*
 * A configuration: whatever the bytes are, parsing ends, a fault leaves
 * nothing, and what was taken can be written down and read again the same.
 */
#include <stdlib.h>
#include <string.h>

#include "text/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
write_value(const char *value, struct buf *out)
{
	buf_char(out, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(out, '\\');
		buf_char(out, *value);
	}
	buf_str(out, "\"\n");
}

static void
write_conf(const struct conf *c, struct buf *out)
{
	static const char *const side[] = {"", "fetch-", "send-"};

	for (size_t i = 0; i < c->n; i++) {
		const struct conf_section *s = &c->section[i];

		buf_fmt(out, "[%s]\n", s->name);
		for (size_t k = 0; k < s->n; k++) {
			buf_str(out, side[s->entry[k].side]);
			buf_str(out, s->entry[k].key->name);
			buf_char(out, '=');
			write_value(s->entry[k].value, out);
		}
	}
}

static void
compare(const struct conf *a, const struct conf *b)
{
	if (a->n != b->n)
		abort();
	for (size_t i = 0; i < a->n; i++) {
		const struct conf_section *s = &a->section[i];
		const struct conf_section *t = &b->section[i];

		if (strcmp(s->name, t->name) != 0 || s->n != t->n)
			abort();
		for (size_t k = 0; k < s->n; k++)
			if (s->entry[k].key != t->entry[k].key ||
			    s->entry[k].side != t->entry[k].side ||
			    strcmp(s->entry[k].value, t->entry[k].value) != 0)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf first, again;
	struct err e = {0};
	struct buf text = {0};

	if (conf_parse(span_at(data, size), "f", &first, &e) == -1) {
		if (e.kind != ERR_CONFIG || first.n != 0)
			abort();
		return 0;
	}
	write_conf(&first, &text);
	if (text.n <= CONF_BYTES) {
		if (conf_parse(buf_view(&text), "g", &again, &e) == -1)
			abort();
		compare(&first, &again);
		conf_free(&again);
	}
	conf_free(&first);
	buf_free(&text);
	return 0;
}
