#include "mail/addr.h"
#include "mail/json.h"
#include "text/charset.h"
#include "text/jsonl.h"

static void put_simple(size_t start, struct addr_scan *, struct buf *out);
static void put_address(struct span name, struct span address, struct buf *);
static void put_clean(size_t start, const char *key, struct span,
    struct buf *);

void
json_text(struct span text, struct buf *out)
{
	struct buf utf8 = {0}, clean = {0};

	if (charset_is_plain(text)) {
		jsonl_string(text, out);
		return;
	}
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

	if (charset_is_ascii(name)) {
		jsonl_string(name, out);
		return;
	}
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

/* One at a time: a message may have millions. */
void
json_addresses(size_t start, struct span value, struct buf *out)
{
	struct addr_scan scan = addr_begin(value);
	struct addr_list list = {0};

	put_simple(start, &scan, out);
	while (addr_next(&scan, &list) == 1) {
		for (size_t i = 0; i < list.n; i++) {
			if (list.v[i].is_group)
				continue;
			jsonl_next(start, out);
			put_address(span_of(list.v[i].name),
			    span_of(list.v[i].address), out);
		}
		put_simple(start, &scan, out);
	}
}

/* Most are. */
static void
put_simple(size_t start, struct addr_scan *scan, struct buf *out)
{
	struct span raw, address;
	struct buf name = {0};

	while (addr_next_simple(scan, &raw, &address)) {
		buf_cut(&name, 0);
		addr_simple_name(raw, &name);
		jsonl_next(start, out);
		put_address(buf_view(&name), address, out);
	}
	buf_free(&name);
}

static void
put_address(struct span name, struct span address, struct buf *out)
{
	size_t start = out->n;

	buf_char(out, '{');
	put_clean(start, "name", name, out);
	put_clean(start, "address", address, out);
	buf_char(out, '}');
}

/* What the reader of the list has made clean. */
static void
put_clean(size_t start, const char *key, struct span text, struct buf *out)
{
	if (text.n == 0)
		return;
	jsonl_key(start, key, out);
	jsonl_string(text, out);
}
