/* A type that is taken is a header's, whatever was given. */
#include <stdlib.h>

#include "base/mem.h"
#include "mail/param.h"
#include "text/media.h"

static void check_type(const char *given);
static void require(bool);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = span_at(data, n);
	struct buf type = {0};
	char *text = mem_dup(data, n);
	const char *known;

	check_type(text);
	if (media_of_globs(in, "a.tar.gz", &type))
		require(media_is_type(buf_view(&type)));
	else
		require(type.n == 0);
	known = media_of_bytes(in);
	require(known == NULL || media_is_type(span_of(known)));
	known = media_of_name(text);
	require(known == NULL || media_is_type(span_of(known)));
	if (media_is_text(in))
		require(span_chr(in, '\0') == SPAN_NONE);
	buf_free(&type);
	free(text);
	return 0;
}

static void
check_type(const char *given)
{
	struct buf type = {0}, charset = {0}, again = {0}, none = {0};
	struct params p;
	struct err e;

	if (media_take(given, &type, &charset, &e) == 0) {
		for (size_t i = 0; i < type.n; i++)
			require((type.p[i] >= ' ' && type.p[i] < 0x7f) ||
			    (type.p[i] == '\n' && type.p[i + 1] == ' '));
		require(media_take(buf_cstr(&type), &again, &none, &e) == 0 ||
		    type.n > 400);
		require(none.n == 0);
		require(param_parse(buf_view(&type), &p, &e) == 0);
		require(media_is_type(buf_view(&p.value)));
		param_free(&p);
	} else
		require(e.kind == ERR_USAGE);
	buf_free(&type);
	buf_free(&charset);
	buf_free(&again);
	buf_free(&none);
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}
