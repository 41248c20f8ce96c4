/*
 * A message for reading is UTF-8 without controls; a part's size is what its
 * bytes are, and its text is UTF-8.
 */
#include <assert.h>
#include <string.h>

#include "mail/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int keep(void *, struct span, struct err *);
static void reading_is_harmless(const struct mime *);
static void content_is_sized(const struct mime_part *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mime m;
	struct err e = {0};

	if (mime_parse(span_at(data, n), &m, &e) == 0) {
		reading_is_harmless(&m);
		for (size_t i = 0; i < m.n && i < 100; i++)
			content_is_sized(&m.v[i]);
	}
	mime_free(&m);
	return 0;
}

static void
reading_is_harmless(const struct mime *m)
{
	struct buf text = {0}, again = {0};
	struct text_reader reader = {.put = keep, .data = &text};
	struct err e = {0};

	if (text_read(m, &reader, &e) == -1)
		assert(e.kind == ERR_DATA);
	charset_lines(buf_view(&text), &again);
	assert(span_eq(buf_view(&text), buf_view(&again)));
	buf_free(&text);
	buf_free(&again);
}

static int
keep(void *data, struct span s, struct err *e)
{
	(void)e;
	buf_span(data, s);
	return 0;
}

static void
content_is_sized(const struct mime_part *part)
{
	struct text_stream t;
	struct buf got = {0};
	struct err e = {0};

	assert(text_open(&t, part, TEXT_BYTES, &e) == 0);
	while (text_next(&t, &got) == 1)
		;
	text_close(&t);
	assert(got.n == text_size(part));
	buf_cut(&got, 0);
	if (text_open(&t, part, TEXT_UTF8, &e) == 0) {
		while (text_next(&t, &got) == 1)
			;
		if (strncmp(part->type, "text/", 5) == 0)
			assert(charset_is_utf8(buf_view(&got)));
	}
	text_close(&t);
	buf_free(&got);
}
