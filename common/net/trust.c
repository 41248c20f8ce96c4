#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "net/trust.h"

#define PIN_PREFIX "sha256//"
#define PIN_HASH 32   /* bytes of SHA-256 */
#define PIN_BASE64 44 /* of that hash */

static bool is_readable(const char *path);
static int check_file(const char *key, const char *path, struct err *);
static int check_pins(const char *, struct err *);
static bool is_pin(struct span);
static void append_hash(const unsigned char *hash, struct buf *);

int
trust_check(const struct server *srv, struct err *e)
{
	if (srv->tls_key != NULL && srv->tls_cert == NULL)
		return err_set(e, ERR_CONFIG, "tls-key without tls-cert");
	if (check_file("tls-ca", srv->tls_ca, e) == -1 ||
	    check_file("tls-cert", srv->tls_cert, e) == -1 ||
	    check_file("tls-key", srv->tls_key, e) == -1)
		return -1;
	return check_pins(srv->tls_pin, e);
}

const char *
trust_default_ca(const char *preferred)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Gentoo */
		"/etc/ssl/cert.pem",		      /* BSD, Alpine, macOS */
		"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/ca-bundle.pem",	      /* SUSE */
		"/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD */
		"/etc/openssl/certs/ca-certificates.crt"  /* NetBSD */
	};

	if (preferred != NULL && is_readable(preferred))
		return preferred;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (is_readable(places[i]))
			return places[i];
	return NULL;
}

int
trust_pin(struct span pem, struct buf *out, struct err *e)
{
	unsigned char hash[EVP_MAX_MD_SIZE], *der = NULL;
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *cert = NULL;
	int len = -1, rc = 0;

	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (cert != NULL)
		len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	if (len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(),
		NULL) == 1)
		append_hash(hash, out);
	else
		rc = err_set(e, ERR_AUTH, "the server shows no public key");
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(bio);
	return rc;
}

bool
trust_has_pin(struct span pins, struct span pin)
{
	struct span one;

	while (span_cut(&pins, ';', &one) == 1)
		if (span_eq(span_trim(one), pin))
			return true;
	return false;
}

static bool
is_readable(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static int
check_file(const char *key, const char *path, struct err *e)
{
	if (path != NULL && !is_readable(path))
		return err_sys(e, ERR_CONFIG, "%s: %s", key, path);
	return 0;
}

static int
check_pins(const char *pins, struct err *e)
{
	struct span rest, pin;

	if (pins == NULL)
		return 0;
	rest = span_of(pins);
	while (span_cut(&rest, ';', &pin) == 1)
		if (!is_pin(span_trim(pin)))
			return err_set(e, ERR_CONFIG,
			    "tls-pin: not " PIN_PREFIX "BASE64");
	return 0;
}

static bool
is_pin(struct span s)
{
	unsigned char hash[PIN_BASE64 + 1];

	if (!span_starts(s, SPAN(PIN_PREFIX)))
		return false;
	s = span_from(s, sizeof PIN_PREFIX - 1);
	/* EVP counts what the padding stands for too */
	return s.n == PIN_BASE64 && s.p[PIN_BASE64 - 1] == '=' &&
	    s.p[PIN_BASE64 - 2] != '=' &&
	    EVP_DecodeBlock(hash, (const unsigned char *)s.p, (int)s.n) ==
		PIN_HASH + 1;
}

static void
append_hash(const unsigned char *hash, struct buf *out)
{
	unsigned char base64[PIN_BASE64 + 1];

	EVP_EncodeBlock(base64, hash, PIN_HASH);
	buf_str(out, PIN_PREFIX);
	buf_add(out, base64, PIN_BASE64);
}
