/*
 * Whatever the list, names and addresses are UTF-8 without controls, and what
 * is written of one is read back as it was.  What is taken strictly is read
 * the same leniently, and so is what is taken as simple, or in pieces.
 */
#include <assert.h>
#include <string.h>

#include "mail/addr.h"
#include "text/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void is_harmless(const char *);
static void read_simply(struct span, const struct addr_list *);
static void read_in_pieces(struct span, const struct addr_list *);
static void put_piece(struct span piece, struct buf *);
static void put_list(const struct addr_list *, struct buf *);
static void comes_back(const struct addr *);
static void lists_are_equal(const struct addr_list *,
    const struct addr_list *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = span_at(data, n);
	struct addr_list list = {0}, strict = {0};
	struct err e = {0};

	addr_parse(in, &list);
	for (size_t i = 0; i < list.n; i++) {
		is_harmless(list.v[i].name);
		is_harmless(list.v[i].address);
		assert(!list.v[i].is_group || list.v[i].address[0] == '\0');
		comes_back(&list.v[i]);
	}
	read_simply(in, &list);
	read_in_pieces(in, &list);
	if (addr_parse_strict(in, &strict, &e) == 0)
		lists_are_equal(&list, &strict);
	else
		assert(e.kind == ERR_USAGE && strict.n == 0);
	addr_list_free(&list);
	addr_list_free(&strict);
	return 0;
}

static void
is_harmless(const char *s)
{
	struct buf line = {0};

	charset_line(span_of(s), &line);
	assert(span_is(buf_view(&line), s));
	buf_free(&line);
}

static void
read_simply(struct span in, const struct addr_list *list)
{
	struct addr_list others = {0};
	struct span name, address;
	struct buf decoded = {0};
	size_t n = 0;

	for (; addr_simple(&in, &name, &address); n++) {
		buf_cut(&decoded, 0);
		addr_simple_name(name, &decoded);
		assert(n < list->n && !list->v[n].is_group);
		assert(span_is(buf_view(&decoded), list->v[n].name));
		assert(span_is(address, list->v[n].address));
	}
	addr_parse(in, &others);
	assert(n + others.n == list->n);
	addr_list_free(&others);
	buf_free(&decoded);
}

static void
read_in_pieces(struct span in, const struct addr_list *list)
{
	struct addr_list others = {0};
	struct buf got = {0}, want = {0};

	put_list(list, &want);
	while (addr_first_put(&in, NULL, put_piece, &got))
		;
	addr_parse(in, &others);
	put_list(&others, &got);
	assert(span_eq(buf_view(&got), buf_view(&want)));
	addr_list_free(&others);
	buf_free(&got);
	buf_free(&want);
}

static void
put_piece(struct span piece, struct buf *out)
{
	struct addr_list list = {0};

	if (addr_alone(piece, &list))
		put_list(&list, out);
	addr_list_free(&list);
}

static void
put_list(const struct addr_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++)
		buf_fmt(out, "%s|%s\n", list->v[i].name, list->v[i].address);
}

/* As the one that it is: no name or domain breaks out of its place. */
static void
comes_back(const struct addr *a)
{
	struct addr_list list = {0};
	struct buf text = {0};

	if (a->is_group || a->address[0] == '\0')
		return;
	addr_format(a, 4, &text);
	addr_parse(buf_view(&text), &list);
	assert(list.n == 1);
	assert(strcmp(list.v[0].address, a->address) == 0);
	assert(strcmp(list.v[0].name, a->name) == 0);
	addr_list_free(&list);
	buf_free(&text);
}

static void
lists_are_equal(const struct addr_list *a, const struct addr_list *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert(strcmp(a->v[i].name, b->v[i].name) == 0);
		assert(strcmp(a->v[i].address, b->v[i].address) == 0);
		assert(a->v[i].is_group == b->v[i].is_group);
	}
}
