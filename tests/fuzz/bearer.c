/*
 * A user, a host and a token, parted by NULs: what is made of them has its
 * fields and no other, and the user comes back from the GS2 header.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "proto/bearer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static size_t
count(struct span s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

static void
check_user(struct span said, const char *user)
{
	struct span name = span_from(said, 4);
	struct buf back = {0};

	name = span_sub(name, 0, span_chr(name, ','));
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != '=')
			buf_char(&back, name.p[i]);
		else {
			check(i + 2 < name.n);
			buf_char(&back, name.p[i + 1] == '2' ? ',' : '=');
			i += 2;
		}
	check(span_is(buf_view(&back), user));
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span rest = span_at(p, n), user = {0}, host = {0};
	struct bearer b = {.port = 993};
	struct buf one = {0}, two = {0};
	char *users, *hosts;
	struct err e;

	span_cut(&rest, '\0', &user);
	span_cut(&rest, '\0', &host);
	users = mem_dup(user.n > 0 ? user.p : "", user.n);
	hosts = mem_dup(host.n > 0 ? host.p : "", host.n);
	b.user = users;
	b.host = hosts;
	b.token = rest;
	if (bearer_oauthbearer(&b, &one, &e) == 0) {
		check(count(buf_view(&one), '\001') == 5);
		check(span_starts(buf_view(&one), SPAN("n,a=")));
		check_user(buf_view(&one), users);
		check(bearer_xoauth2(&b, &two, &e) == 0);
		check(count(buf_view(&two), '\001') == 3);
	} else {
		check(one.n == 0);
		check(e.kind == ERR_AUTH || e.kind == ERR_CONFIG);
	}
	buf_wipe(&one);
	buf_wipe(&two);
	free(users);
	free(hosts);
	return 0;
}
