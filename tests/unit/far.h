/*
 * The far end of a connection for tests of the wires: a child process that
 * serves one client on 127.0.0.1, and throw-away certificates.  A server is a
 * function of blocking calls; where one fails the child ends with status 1, and
 * far_end sees it.
 */
#ifndef FAR_H
#define FAR_H

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <tls.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit/unit.h"

#define FAR_WAIT_S 20 /* a child that hangs ends by SIGALRM */

/* The server's side: fd, and tls where it is on. */
struct far {
	int fd;
	struct tls *tls;
	const void *arg;
};

/* What far_certs makes in its directory, the working directory from there. */
#define FAR_CA "ca"
#define FAR_OTHER_CA "other-ca" /* has signed nothing */
#define FAR_CERT "cert"	/* localhost, 127.0.0.1, xn--bcher-kva.example */
#define FAR_OTHER_CERT "other-cert" /* other.example */
#define FAR_OLD_CERT "old-cert"	    /* as the first, expired */
#define FAR_KEY "key"		    /* of all three */
#define FAR_DIALER "./dial"	    /* the one in bin */

typedef void (*far_serve)(struct far *);

static char far_dir[] = "/tmp/satchel-unit.XXXXXX";

static inline void
far_need(bool ok)
{
	if (!ok)
		_exit(1);
}

static inline size_t
far_some(struct far *f, void *p, size_t cap)
{
	ssize_t n;

	do {
		if (f->tls != NULL)
			n = tls_read(f->tls, p, cap);
		else
			n = recv(f->fd, p, cap, 0);
	} while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	return n > 0 ? (size_t)n : 0;
}

static inline void
far_write(struct far *f, struct span s)
{
	ssize_t n;

	while (s.n > 0) {
		if (f->tls != NULL)
			n = tls_write(f->tls, s.p, s.n);
		else
			n = send(f->fd, s.p, s.n, MSG_NOSIGNAL);
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT)
			continue;
		far_need(n > 0);
		s = span_from(s, (size_t)n);
	}
}

static inline void
far_say(struct far *f, const char *text)
{
	far_write(f, span_of(text));
}

/* That the client says just this. */
static inline void
far_expect(struct far *f, const char *text)
{
	char c;

	for (size_t i = 0; text[i] != '\0'; i++)
		far_need(far_some(f, &c, 1) == 1 && c == text[i]);
}

/* That the client goes away and says nothing before. */
static inline void
far_expect_end(struct far *f)
{
	char c;

	far_need(far_some(f, &c, 1) == 0);
}

/* Reads what still comes, so that no RST overtakes what was said last. */
static inline void
far_drain(int fd)
{
	char block[4096];

	shutdown(fd, SHUT_WR);
	while (recv(fd, block, sizeof block, 0) > 0)
		continue;
}

/* Shakes hands; false where that fails.  ca: the client must show itself. */
static inline bool
far_shake(struct far *f, const char *cert, const char *ca)
{
	struct tls_config *config = tls_config_new();
	struct tls *server = tls_server();
	int rc;

	far_need(config != NULL && server != NULL &&
	    tls_config_set_keypair_file(config, cert, FAR_KEY) == 0);
	if (ca != NULL) {
		far_need(tls_config_set_ca_file(config, ca) == 0);
		tls_config_verify_client(config);
	}
	far_need(tls_configure(server, config) == 0 &&
	    tls_accept_socket(server, &f->tls, f->fd) == 0);
	tls_config_free(config);
	do
		rc = tls_handshake(f->tls);
	while (rc == TLS_WANT_POLLIN || rc == TLS_WANT_POLLOUT);
	tls_free(server);
	if (rc != 0)
		far_drain(f->fd);
	return rc == 0;
}

static inline void
far_tls(struct far *f)
{
	far_need(far_shake(f, FAR_CERT, NULL));
}

/* close_notify and the end. */
static inline void
far_bye(struct far *f)
{
	if (f->tls != NULL)
		tls_close(f->tls);
	shutdown(f->fd, SHUT_WR);
}

static inline void
far_reset(struct far *f)
{
	struct linger hard = {.l_onoff = 1};

	far_need(setsockopt(f->fd, SOL_SOCKET, SO_LINGER, &hard,
		     sizeof hard) == 0);
	close(f->fd);
	f->fd = -1;
}

static inline void
far_child(int listener, far_serve serve, const void *arg)
{
	struct far f = {.arg = arg};

	/* Check's own handlers would end the whole process group */
	signal(SIGALRM, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	alarm(FAR_WAIT_S);
	f.fd = accept(listener, NULL, NULL);
	far_need(f.fd != -1);
	close(listener);
	serve(&f);
	tls_free(f.tls);
	_exit(0);
}

static inline int
far_listen(unsigned *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

/* Serves the first client of a listening socket, which it closes. */
static inline pid_t
far_fork(int listener, far_serve serve, const void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		far_child(listener, serve, arg);
	close(listener);
	return pid;
}

static inline pid_t
far_start(far_serve serve, const void *arg, unsigned *port)
{
	return far_fork(far_listen(port), serve, arg);
}

/* That the server saw all that it wanted to see. */
static inline void
far_end(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the far end has failed: status %#x", (unsigned)status);
}

/* For what happens before the tests begin. */
static inline void
far_must(bool ok)
{
	if (!ok) {
		printf("Bail out! no certificates\n");
		exit(1);
	}
}

static inline void
far_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	far_must(ext != NULL);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

/*
 * A certificate of key's, from two hours ago until so many seconds from now;
 * names NULL: an authority.
 */
static inline X509 *
far_cert(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
    const char *names, long seconds)
{
	static long serial;
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
	X509_gmtime_adj(X509_getm_notAfter(cert), seconds);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	if (issuer == NULL)
		issuer = cert;
	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	far_extend(cert, issuer, NID_basic_constraints,
	    names == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (names != NULL)
		far_extend(cert, issuer, NID_subject_alt_name, names);
	far_must(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
	return cert;
}

static inline void
far_save(const char *path, X509 *cert, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	far_must(f != NULL);
	if (cert != NULL)
		far_must(PEM_write_X509(f, cert) == 1);
	if (key != NULL)
		far_must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
			     NULL) == 1);
	far_must(fclose(f) == 0);
}

/* Makes them in a directory of their own and goes there. */
static inline void
far_certs(void)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	static const char names[] =
	    "DNS:localhost,IP:127.0.0.1,DNS:xn--bcher-kva.example";
	static const char own[] = "/bin/satchel-dial";
	char dialer[4096];
	X509 *ca = far_cert("Test CA", ca_key, NULL, ca_key, NULL, 3600);
	X509 *other_ca = far_cert("Other CA", key, NULL, key, NULL, 3600);
	X509 *cert = far_cert("server", key, ca, ca_key, names, 3600);
	X509 *old = far_cert("old server", key, ca, ca_key, names, -3600);
	X509 *other = far_cert("other server", key, ca, ca_key,
	    "DNS:other.example", 3600);

	far_must(getcwd(dialer, sizeof dialer - sizeof own) != NULL);
	memcpy(dialer + strlen(dialer), own, sizeof own);
	far_must(mkdtemp(far_dir) != NULL && chdir(far_dir) == 0);
	far_must(symlink(dialer, FAR_DIALER) == 0);
	far_save(FAR_CA, ca, NULL);
	far_save(FAR_OTHER_CA, other_ca, NULL);
	far_save(FAR_CERT, cert, NULL);
	far_save(FAR_OTHER_CERT, other, NULL);
	far_save(FAR_OLD_CERT, old, NULL);
	far_save(FAR_KEY, NULL, key);
	X509_free(ca);
	X509_free(other_ca);
	X509_free(cert);
	X509_free(other);
	X509_free(old);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

static inline void
far_certs_remove(void)
{
	unlink(FAR_CA);
	unlink(FAR_OTHER_CA);
	unlink(FAR_CERT);
	unlink(FAR_OTHER_CERT);
	unlink(FAR_OLD_CERT);
	unlink(FAR_KEY);
	unlink(FAR_DIALER);
	rmdir(far_dir);
}

#endif
