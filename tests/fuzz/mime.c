/*
 * Spans are in the message, children in their parents and in order, and each
 * part's section number finds it again.
 */
#include <assert.h>
#include <string.h>

#include "mail/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void part_is_inside(const struct mime *, size_t i, struct span);
static void is_inside(struct span inner, struct span outer);
static void children_are_linked(const struct mime *, size_t i);
static void is_found(const struct mime *, size_t i);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span message = span_at(data, n);
	struct mime m;
	struct mime_about about;
	struct err e = {0};

	if (mime_parse(message, &m, &e) == -1)
		assert(e.kind == ERR_DATA && e.text[0] != '\0');
	else
		assert(m.n > 0);
	for (size_t i = 0; i < m.n && e.kind == ERR_NONE; i++) {
		part_is_inside(&m, i, message);
		children_are_linked(&m, i);
		is_found(&m, i);
		if (mime_about(&m.v[i], &about, &e) == -1)
			assert(e.kind == ERR_DATA);
		mime_about_free(&about);
	}
	mime_free(&m);
	return 0;
}

static void
part_is_inside(const struct mime *m, size_t i, struct span message)
{
	const struct mime_part *part = &m->v[i];

	is_inside(part->raw, message);
	is_inside(part->header, part->raw);
	is_inside(part->body, part->raw);
	assert(part->body.p + part->body.n == part->raw.p + part->raw.n);
	assert(strchr(part->type, '/') != NULL);
	if (part->parent == MIME_NONE) {
		assert(i == 0 && part->depth == 0);
		return;
	}
	assert(part->parent < i);
	assert(part->depth == m->v[part->parent].depth + 1);
	assert(m->v[part->parent].kind != MIME_LEAF);
	is_inside(part->raw, m->v[part->parent].body);
}

static void
is_inside(struct span inner, struct span outer)
{
	assert(inner.p >= outer.p);
	assert(inner.p + inner.n <= outer.p + outer.n);
}

static void
children_are_linked(const struct mime *m, size_t i)
{
	const struct mime_part *part = &m->v[i], *child;
	size_t n = 0, last = MIME_NONE;
	const char *end = part->body.p;

	for (size_t c = part->first; c != MIME_NONE; c = child->next) {
		child = &m->v[c];
		assert(child->parent == i && child->number == ++n);
		assert(child->raw.p >= end);
		end = child->raw.p + child->raw.n;
		last = c;
	}
	assert(part->last == last);
	assert(part->kind != MIME_MESSAGE || n == 1);
}

static void
is_found(const struct mime *m, size_t i)
{
	struct buf index = {0};
	struct err e = {0};
	enum mime_section what;
	size_t found;

	mime_index(m, i, &index);
	assert(mime_find(m, buf_view(&index), &found, &what, &e) == 0);
	assert(found == i && what == MIME_PART);
	buf_str(&index, ".MIME");
	assert(mime_find(m, buf_view(&index), &found, &what, &e) == 0);
	assert(found == i && what == MIME_HEADER);
	buf_free(&index);
}
