/*
 * Names are there once, in order and lower case, values are UTF-8 and no
 * longer than decoding can make them; no limit is broken silently.
 */
#include <assert.h>
#include <string.h>

#include "mail/param.h"
#include "text/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct params p;
	struct err e = {0};
	struct span value;

	if (param_parse(span_at(data, n), &p, &e) == -1)
		assert(e.kind == ERR_DATA);
	assert(p.n <= PARAM_MAX && p.value.n <= n);
	for (size_t i = 0; i < p.n; i++) {
		value = buf_view(&p.v[i].value);
		assert(charset_is_utf8(value) && value.n <= 4 * n);
		for (const char *c = p.v[i].name; *c != '\0'; c++)
			assert(ascii_lower(*c) == *c);
		/* names that a NUL cuts may be equal */
		if (i > 0 && memchr(data, '\0', n) == NULL)
			assert(span_cmp(span_of(p.v[i - 1].name),
				   span_of(p.v[i].name)) != 0);
		assert(param_get(&p, p.v[i].name).p != NULL);
	}
	param_free(&p);
	return 0;
}
