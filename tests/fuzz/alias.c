/* Whatever the file holds, what a name stands for is limited and clean. */
#include <stdlib.h>
#include <string.h>

#include "mail/alias.h"

static void check_one(const struct aliases *, const struct alias *);
static void require(bool);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct aliases a;
	struct err e;

	if (alias_parse(span_at(data, n), "f", &a, &e) == -1)
		require(e.kind == ERR_CONFIG &&
		    strncmp(e.text, "f:", 2) == 0);
	else
		for (size_t i = 0; i < a.n && i < 20; i++)
			check_one(&a, &a.v[i]);
	alias_free(&a);
	return 0;
}

static void
check_one(const struct aliases *a, const struct alias *alias)
{
	struct addr_list to = {0};
	struct err e;
	int got = alias_expand(a, alias->name, &to, &e);

	require(got == 1 || (got == -1 && e.kind == ERR_CONFIG));
	require(got == -1 || to.n > 0);
	require(to.n <= ALIAS_RESULT_MAX);
	for (size_t i = 0; i < to.n; i++)
		for (const char *p = to.v[i].address; *p != '\0'; p++)
			require(!ascii_ctl(*p));
	addr_list_free(&to);
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}
