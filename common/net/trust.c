#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "net/trust.h"
#include "text/pin.h"

static void tell_certificate(const struct server *, X509 *);
static void put_name(X509_NAME *, struct buf *);
static int put_end(const ASN1_TIME *, struct buf *);
static bool is_readable(const char *path);
static int check_file(const char *key, const char *path, struct err *);
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
	if (srv->tls_pin != NULL && !pin_is_list(span_of(srv->tls_pin)))
		return err_set(e, ERR_CONFIG, "tls-pin: not "
		    PIN_PREFIX "BASE64");
	return 0;
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

void
trust_tell(const struct server *srv, struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *cert;

	while (bio != NULL &&
	    (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		tell_certificate(srv, cert);
		X509_free(cert);
	}
	BIO_free(bio);
	/* the end of the chain is no error of what follows */
	ERR_clear_error();
}

static void
tell_certificate(const struct server *srv, X509 *cert)
{
	struct buf subject = {0}, issuer = {0}, end = {0}, left = {0};
	int days = put_end(X509_get0_notAfter(cert), &end);

	put_name(X509_get_subject_name(cert), &subject);
	put_name(X509_get_issuer_name(cert), &issuer);
	buf_fmt(&left, "%d", days);
	server_notes(srv, "certificate", (struct span[]){buf_view(&subject),
	    buf_view(&issuer), buf_view(&end), buf_view(&left)}, 4);
	buf_free(&subject);
	buf_free(&issuer);
	buf_free(&end);
	buf_free(&left);
}

static void
put_name(X509_NAME *name, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n = 0;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0,
		XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_get_mem_data(bio, &p);
	if (n > 0)
		buf_add(out, p, (size_t)n);
	BIO_free(bio);
}

/* Appends the day; returns how many are left. */
static int
put_end(const ASN1_TIME *end, struct buf *out)
{
	struct tm tm;
	int days = 0, seconds = 0;

	if (ASN1_TIME_to_tm(end, &tm) != 1 ||
	    ASN1_TIME_diff(&days, &seconds, NULL, end) != 1)
		return 0;
	buf_fmt(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday);
	return days;
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

static void
append_hash(const unsigned char *hash, struct buf *out)
{
	unsigned char base64[PIN_BASE64 + 1];

	EVP_EncodeBlock(base64, hash, PIN_HASH);
	buf_str(out, PIN_PREFIX);
	buf_add(out, base64, PIN_BASE64);
}
