/* A URL's canonical form is a URL whose canonical form is the same. */
#include <assert.h>

#include "text/charset.h"
#include "text/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void is_clean(const char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf text = {0}, again = {0};
	struct url u, v;
	struct err e = {0};

	if (url_parse(span_at(data, n), &u, &e) == -1) {
		assert(e.kind == ERR_USAGE && u.host == NULL);
		return 0;
	}
	assert(url_is(span_at(data, n)));
	is_clean(u.user);
	is_clean(u.auth);
	is_clean(u.host);
	is_clean(u.folder);
	is_clean(u.section);
	url_format(&u, &text);
	assert(url_parse(buf_view(&text), &v, &e) == 0);
	assert(!v.has_password && url_port(&u) == url_port(&v));
	url_format(&v, &again);
	assert(span_eq(buf_view(&text), buf_view(&again)));
	url_free(&u);
	url_free(&v);
	buf_free(&text);
	buf_free(&again);
	return 0;
}

static void
is_clean(const char *s)
{
	if (s == NULL)
		return;
	assert(charset_is_utf8(span_of(s)));
	for (; *s != '\0'; s++)
		assert(!ascii_ctl(*s));
}
