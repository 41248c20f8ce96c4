#include "mail/addr.h"
#include "mail/json.h"
#include "text/charset.h"
#include "text/jsonl.h"

static void put_some(size_t start, struct addr_scan *, struct memo *,
    struct buf *out);
static void put_piece(struct span piece, struct buf *out);
static void put_list(size_t start, const struct addr_list *, struct buf *out);
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
json_addresses(size_t start, struct span value, struct memo *memo,
    struct buf *out)
{
	struct addr_scan scan = addr_begin(value);
	struct addr_list list = {0};

	put_some(start, &scan, memo, out);
	while (addr_next(&scan, &list) == 1) {
		put_list(start, &list, out);
		put_some(start, &scan, memo, out);
	}
}

/* Most are taken so. */
static void
put_some(size_t start, struct addr_scan *scan, struct memo *memo,
    struct buf *out)
{
	size_t end;

	do {
		end = out->n;
		jsonl_next(start, out);
	} while (addr_next_put(scan, memo, put_piece, out));
	buf_cut(out, end);
}

static void
put_piece(struct span piece, struct buf *out)
{
	struct span rest = piece, raw, address;
	struct buf name = {0};
	struct addr_list list = {0};

	if (addr_simple(&rest, &raw, &address) && rest.n == 0) {
		addr_simple_name(raw, &name);
		put_address(buf_view(&name), address, out);
		buf_free(&name);
	} else if (addr_alone(piece, &list)) {
		put_list(out->n, &list, out);
	}
	addr_list_free(&list);
}

static void
put_list(size_t start, const struct addr_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].is_group)
			continue;
		jsonl_next(start, out);
		put_address(span_of(list->v[i].name),
		    span_of(list->v[i].address), out);
	}
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
