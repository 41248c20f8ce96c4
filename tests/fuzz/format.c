/*
 * The first line is a format, the rest a message's header.  One item with a
 * width and a precision takes just so many columns.
 */
#include <assert.h>
#include <string.h>

#include "mail/format.h"
#include "text/width.h"

#define NOW INT64_C(1795348800)
#define COLUMNS 12

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void fits(const struct summary *, char letter);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span header = span_at(data, n), text;
	struct summary s = {.name = SPAN("cur/1:2,S"), .size = n};
	struct buf out = {0};
	struct format f;
	struct err e = {0};

	if (n > 64 * 1024 || span_cut(&header, '\n', &text) == 0)
		return 0;
	summary_header(&s, header);
	if (text.n < 100 && format_parse(text, &f, &e) == 0) {
		format_put(&f, &s, NOW, &out);
		format_free(&f);
	}
	fits(&s, 'f');
	fits(&s, 's');
	fits(&s, 't');
	fits(&s, 'd');
	buf_free(&out);
	return 0;
}

static void
fits(const struct summary *s, char letter)
{
	struct buf value = {0}, out = {0};

	format_value(letter, s, NOW, &value);
	assert(value.n == 0 || memchr(value.p, '\n', value.n) == NULL);
	format_fit(buf_view(&value), COLUMNS, COLUMNS, true, &out);
	assert(width_of(buf_view(&out)) == COLUMNS);
	buf_free(&value);
	buf_free(&out);
}
