/*
 * Header and body are in the message, the body at its end; fields stand in
 * order in the header, and reading it again finds the same.
 */
#include <assert.h>

#include "mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void is_inside(struct span inner, struct span outer);
static void fields_are_in_order(struct span header);
static void is_stepped(struct span message, struct span header,
    struct span body);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span message = span_at(data, n), header, body, again, rest;

	header = header_split(message, &body);
	is_inside(header, message);
	is_inside(body, message);
	assert(body.p + body.n == message.p + message.n);
	assert(header.p + header.n <= body.p);
	fields_are_in_order(header);
	is_stepped(message, header, body);
	if (header.n > 0) {
		again = header_split_part(header, &rest);
		assert(span_eq(again, header) && rest.n == 0);
	}
	header = header_split_part(message, &body);
	assert(header.n == 0 || header.p == message.p);
	assert(body.p + body.n == message.p + message.n);
	fields_are_in_order(header);
	return 0;
}

static void
is_inside(struct span inner, struct span outer)
{
	assert(inner.p >= outer.p);
	assert(inner.p + inner.n <= outer.p + outer.n);
}

static void
fields_are_in_order(struct span header)
{
	struct span rest = header;
	const char *end = header.p;
	struct buf text = {0};
	struct field f;

	while (header_next(&rest, &f) == 1) {
		assert(f.name.n > 0 && f.raw.p >= end);
		is_inside(f.raw, header);
		is_inside(f.name, f.raw);
		is_inside(f.value, f.raw);
		end = f.raw.p + f.raw.n;
		assert(end == rest.p);
		buf_cut(&text, 0);
		header_unfold(f.value, &text);
		assert(span_chr(buf_view(&text), '\n') == SPAN_NONE);
	}
	assert(rest.n == 0);
	buf_free(&text);
}

/* In one pass come the same fields, and lines that are none. */
static void
is_stepped(struct span message, struct span header, struct span body)
{
	struct span rest = message, all, raw, value;
	struct field f;
	bool is_field = header_begin(&rest);

	all = rest;
	while (is_field && header_step(&rest, &raw) == 1) {
		if (header_next(&raw, &f) == 0)
			continue;
		assert(f.raw.p + f.raw.n == rest.p && raw.n == 0);
		assert(header_is(f.raw, f.name, &value));
		assert(value.p == f.value.p && value.n == f.value.n);
		assert(header_next(&header, &f) == 1);
		assert(f.value.p == value.p && f.value.n == value.n);
	}
	assert(header_next(&header, &f) == 0);
	assert(all.p + all.n == rest.p + rest.n);
	assert(span_eq(header_end(rest), body));
}
