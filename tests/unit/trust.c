#include "net/trust.h"
#include "unit/near.h"

/* How the server shakes hands. */
struct shake {
	const char *cert, *client_ca;
};

/* The client goes away, in the handshake or after it, and says nothing. */
static void
serve_distrust(struct far *f)
{
	const struct shake *how = f->arg;
	char c;

	if (far_shake(f, how->cert, how->client_ca))
		far_need(far_some(f, &c, 1) == 0);
}

static void
distrusts(struct server srv, struct shake how, const char *text)
{
	pid_t far = far_start(serve_distrust, &how, &srv.port);

	refused(&srv, ERR_AUTH, text);
	far_end(far);
}

START_TEST(trust_is_checked)
{
	struct server srv = server_at(0, SERVER_TLS_IMPLICIT);
	struct shake how = {FAR_CERT, NULL};

	srv.tls_ca = FAR_OTHER_CA;
	distrusts(srv, how, "certificate verification failed");
	srv.tls_ca = NULL;
	distrusts(srv, how, "certificate verification failed");
	srv.tls_ca = FAR_CA;
	how.cert = FAR_OTHER_CERT;
	distrusts(srv, how, "name `127.0.0.1' not present");
	how.cert = FAR_OLD_CERT;
	distrusts(srv, how, "expired");
	how.cert = FAR_CERT;
	srv.tls_pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	distrusts(srv, how, "the server's public key is sha256//");
}
END_TEST

/* The pin of the test's key, as openssl(1) would say it. */
static void
pin_of_key(struct buf *pin)
{
	FILE *f = fopen(FAR_KEY, "r");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	unsigned char *der = NULL, hash[32], base64[45];
	int n = i2d_PUBKEY(key, &der);

	ck_assert_int_eq(EVP_Digest(der, (size_t)n, hash, NULL, EVP_sha256(),
			     NULL), 1);
	EVP_EncodeBlock(base64, hash, 32);
	buf_fmt(pin, "sha256//%s", (char *)base64);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	fclose(f);
}

START_TEST(the_right_pin_is_accepted)
{
	struct buf pin = {0};
	unsigned port;
	pid_t far = far_start(serve_exchange_tls, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);
	struct wire *w;

	if (_i == 1)
		buf_str(&pin, "sha256//"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;");
	pin_of_key(&pin);
	srv.tls_pin = buf_cstr(&pin);
	w = opened(&srv);
	exchange(w);
	wire_close(w);
	far_end(far);
	/* it does not stand for the chain */
	srv.tls_ca = FAR_OTHER_CA;
	distrusts(srv, (struct shake){FAR_CERT, NULL}, "certificate");
	buf_free(&pin);
}
END_TEST

static void
serve_client_cert(struct far *f)
{
	bool ok = far_shake(f, FAR_CERT, FAR_CA);

	if (f->arg == NULL)
		return;
	far_need(ok);
	serve_exchange(f);
}

START_TEST(the_client_shows_its_certificate)
{
	unsigned port;
	pid_t far = far_start(serve_client_cert, "shown", &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);
	struct wire *w;

	srv.tls_cert = FAR_CERT;
	srv.tls_key = FAR_KEY;
	w = opened(&srv);
	exchange(w);
	wire_close(w);
	far_end(far);
}
END_TEST

/* TLS 1.3 tells only after the handshake. */
START_TEST(a_certificate_that_lacks_is_no_trust)
{
	unsigned port;
	pid_t far = far_start(serve_client_cert, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);
	struct wire *w = opened(&srv);
	struct talk t = {0};
	struct err e = {0};

	ck_assert_int_eq(ask(w, &t, "", 1, &e), -1);
	ck_assert_msg(e.kind == ERR_AUTH, "%d %s", e.kind, e.text);
	wire_close(w);
	talk_free(&t);
	far_end(far);
}
END_TEST

static void
serve_plain_words(struct far *f)
{
	char c;

	far_say(f, "* OK this is no TLS at all\r\n");
	while (far_some(f, &c, 1) == 1)
		continue;
}

START_TEST(a_server_without_tls_breaks_the_protocol)
{
	unsigned port;
	pid_t far = far_start(serve_plain_words, NULL, &port);
	struct server srv = server_at(port, SERVER_TLS_IMPLICIT);

	refused(&srv, ERR_PROTO, "TLS: ");
	far_end(far);
}
END_TEST

START_TEST(files_are_there_or_it_is_configuration)
{
	static const struct {
		const char *ca, *cert, *key, *pin, *text;
	} bad[] = {
		{"none", NULL, NULL, NULL, "tls-ca: none: "},
		{FAR_KEY, NULL, NULL, NULL, "tls-ca, "},
		{FAR_CA, "none", NULL, NULL, "tls-cert: none: "},
		{FAR_CA, FAR_CERT, "none", NULL, "tls-key: none: "},
		{FAR_CA, FAR_CERT, NULL, NULL, "tls-cert or "},
		{FAR_CA, NULL, FAR_KEY, NULL, "tls-key without tls-cert"},
		{FAR_CA, NULL, NULL, "sha256//short", "tls-pin"},
		{FAR_CA, NULL, NULL, "a/file", "tls-pin"},
		{FAR_CA, NULL, NULL, "sha256//"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		    "tls-pin"},
		{FAR_CA, NULL, NULL, "sha256//"
		    "AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA=",
		    "tls-pin"},
	};
	unsigned port;
	pid_t far;
	struct server srv;

	for (size_t i = 0; i < COUNT(bad); i++) {
		far = far_start(serve_silence, NULL, &port);
		srv = server_at(port, SERVER_TLS_IMPLICIT);
		srv.tls_ca = bad[i].ca;
		srv.tls_cert = bad[i].cert;
		srv.tls_key = bad[i].key;
		srv.tls_pin = bad[i].pin;
		refused(&srv, ERR_CONFIG, bad[i].text);
		far_end(far);
	}
}
END_TEST

START_TEST(a_system_s_authorities_are_found)
{
	ck_assert_str_eq(trust_default_ca(FAR_CA), FAR_CA);
	ck_assert_ptr_eq(trust_default_ca("none"), trust_default_ca(NULL));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("trust");
	int rc;

	far_certs();
	unit_test(s, trust_is_checked);
	unit_each(s, the_right_pin_is_accepted, 2);
	unit_test(s, the_client_shows_its_certificate);
	unit_test(s, a_certificate_that_lacks_is_no_trust);
	unit_test(s, a_server_without_tls_breaks_the_protocol);
	unit_test(s, files_are_there_or_it_is_configuration);
	unit_test(s, a_system_s_authorities_are_found);
	rc = unit_main(s);
	far_certs_remove();
	return rc;
}
