#include "net/address.h"
#include "unit/unit.h"

START_TEST(names_become_ascii)
{
	static const struct {
		const char *host, *ascii; /* NULL: no host */
	} names[] = {
		{"imap.example.org", "imap.example.org"},
		{"IMAP.example.org.", "IMAP.example.org."},
		{"_imap.example.org", "_imap.example.org"},
		{"127.0.0.1", "127.0.0.1"},
		{"::1", "::1"},
		{"b\303\274cher.example", "xn--bcher-kva.example"},
		{"BU\314\210CHER.example", "xn--bcher-kva.example"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"", NULL},
		{NULL, NULL},
		{"-v", NULL},
		{"a b", NULL},
		{"a/b", NULL},
		{"a@b", NULL},
		{"a?b", NULL},
		{"a#b", NULL},
		{"a\r\nb", NULL},
		{"[::1]", NULL},
		{"b\374cher.example", NULL},
		{"\342\200\256.example", NULL},
	};
	struct server srv = {0};
	struct buf out = {0};
	struct err e = {0};
	int rc;

	for (size_t i = 0; i < COUNT(names); i++) {
		srv.host = names[i].host;
		buf_free(&out);
		rc = address_host(&srv, &out, &e);
		if (names[i].ascii == NULL) {
			ck_assert_msg(rc == -1, "%s", names[i].host);
			ck_assert_int_eq(e.kind, ERR_CONFIG);
		} else {
			ck_assert_msg(rc == 0, "%s", names[i].host);
			unit_span(buf_view(&out), names[i].ascii);
		}
	}
	buf_free(&out);
}
END_TEST

START_TEST(long_names_are_none)
{
	char host[300];
	struct server srv = {.host = host};
	struct buf out = {0};
	struct err e = {0};

	memset(host, 'a', sizeof host);
	host[254] = '\0';
	ck_assert_int_eq(address_host(&srv, &out, &e), -1);
	buf_free(&out);
	host[253] = '\0';
	ck_assert_int_eq(address_host(&srv, &out, &e), 0);
	buf_free(&out);
}
END_TEST

START_TEST(urls_are_made)
{
	struct buf out = {0};

	address_url("imaps", "imap.example.org", 993, &out);
	buf_char(&out, ' ');
	address_url("smtp", "::1", 65535, &out);
	unit_span(buf_view(&out),
	    "imaps://imap.example.org:993/ smtp://[::1]:65535/");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address");

	unit_test(s, names_become_ascii);
	unit_test(s, long_names_are_none);
	unit_test(s, urls_are_made);
	return unit_main(s);
}
