#include "mail/addr.h"
#include "mail/json.h"
#include "text/charset.h"
#include "text/jsonl.h"

static void put_address(const struct addr *, struct buf *);
static void put_clean(size_t start, const char *key, const char *,
    struct buf *);

void
json_text(struct span text, struct buf *out)
{
	struct buf utf8 = {0}, clean = {0};

	charset_to_utf8(text, SPAN(""), &utf8);
	charset_line(buf_view(&utf8), &clean);
	jsonl_string(buf_view(&clean), out);
	buf_free(&utf8);
	buf_free(&clean);
}

void
json_exact(struct span name, struct buf *out)
{
	struct buf utf8 = {0};

	charset_to_utf8(name, SPAN(""), &utf8);
	jsonl_string(buf_view(&utf8), out);
	buf_free(&utf8);
}

void
json_put(size_t start, const char *key, struct span text, struct buf *out)
{
	if (text.n == 0)
		return;
	jsonl_key(start, key, out);
	json_text(text, out);
}

/* Some hundred at a time: a message may have millions. */
void
json_addresses(size_t start, struct span value, struct buf *out)
{
	struct addr_scan scan = addr_begin(value);
	struct addr_list list = {0};

	while (addr_next(&scan, &list) == 1)
		for (size_t i = 0; i < list.n; i++) {
			if (list.v[i].is_group)
				continue;
			jsonl_next(start, out);
			put_address(&list.v[i], out);
		}
}

static void
put_address(const struct addr *a, struct buf *out)
{
	size_t start = out->n;

	buf_char(out, '{');
	put_clean(start, "name", a->name, out);
	put_clean(start, "address", a->address, out);
	buf_char(out, '}');
}

/* What the reader of the list has made clean. */
static void
put_clean(size_t start, const char *key, const char *text, struct buf *out)
{
	if (text[0] == '\0')
		return;
	jsonl_key(start, key, out);
	jsonl_string(span_of(text), out);
}
