#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <tls.h>

#include "base/mem.h"
#include "host/run.h"
#include "net/address.h"
#include "net/dialer.h"
#include "net/stream.h"
#include "net/trust.h"

/*
 * Read at once and held, as libtls asks for a few bytes at a time.  After a
 * record that is not the protocol's (a session ticket) it says WANT_POLLIN with
 * more of them here: that poll cannot see, so it is asked again.
 */
#define STREAM_AHEAD 65536

/* How long a tunnel's command may take to end: half a second. */
#define TUNNEL_TURNS 50
#define TUNNEL_TURN_MS 10

struct stream {
	struct wire wire;
	struct server srv;
	int fd;
	pid_t tunnel;	  /* 0: none */
	struct tls *tls;  /* NULL: plaintext */
	char *ahead;	  /* sealed bytes not yet taken by libtls */
	size_t ahead_at, ahead_n;
	short read_wants, write_wants; /* what poll is to look for */
	bool is_over;		       /* the server has closed its side */
	int failed;		       /* errno of the socket, 0 for none */
};

static int open_unix(struct stream *, struct err *);
static int open_tunnel(struct stream *, struct err *);
static int open_dial(struct stream *, struct err *);
static int look_up(struct stream *, struct err *);
static void note_far_end(struct stream *);
static int stream_read(struct wire *, void *, size_t, size_t *, struct err *);
static int stream_write(
    struct wire *, struct span, size_t *, struct err *);
static int stream_wait(struct wire *, bool, int64_t, struct err *);
static int stream_starttls(struct wire *, struct err *);
static void stream_close(struct wire *);
static ssize_t take(struct stream *, void *, size_t);
static ssize_t give(struct stream *, const void *, size_t);
static int settle(struct stream *, ssize_t, short *wants, size_t *,
    struct err *);
static int fail(struct stream *, bool is_handshake, struct err *);
static enum err_kind kind_of_tls(bool is_handshake);
static int refuse_plaintext(struct stream *, struct err *);
static int start_tls(struct stream *, struct err *);
static struct tls_config *configure(const struct server *, struct err *);
static int set_files(struct tls_config *, const struct server *,
    struct err *);
static int shake_hands(struct stream *, struct err *);
static int check_peer(struct stream *, struct err *);
static int check_pin(struct stream *, struct span chain, struct err *);
static ssize_t tls_take(struct tls *, void *, size_t, void *);
static ssize_t tls_give(struct tls *, const void *, size_t, void *);
static void end_tunnel(pid_t);
static bool is_gone(pid_t, int how);

static const struct wire_ops stream_ops = {stream_read, stream_write,
    stream_wait, stream_starttls, stream_close};

int
stream_open(const struct server *srv, struct wire **out, struct err *e)
{
	struct stream *s = mem_alloc(1, sizeof *s);
	int rc;

	s->wire.ops = &stream_ops;
	s->wire.timeout_ms = srv->timeout_ms;
	s->wire.stop = srv->stop;
	s->srv = *srv;
	s->fd = -1;
	s->read_wants = POLLIN;
	s->write_wants = POLLOUT;
	if (srv->tunnel != NULL)
		rc = open_tunnel(s, e);
	else if (srv->socket != NULL)
		rc = open_unix(s, e);
	else
		rc = open_dial(s, e);
	if (rc == 0 && srv->tls == SERVER_TLS_IMPLICIT)
		rc = start_tls(s, e);
	if (rc == -1) {
		stream_close(&s->wire);
		return -1;
	}
	*out = &s->wire;
	return 0;
}

static int
open_tunnel(struct stream *s, struct err *e)
{
	if (s->srv.proxy != NULL || s->srv.socket != NULL)
		return err_set(e, ERR_CONFIG,
		    "a tunnel leaves no use for a proxy or a socket");
	server_begins(&s->srv, "connect");
	if (run_tunnel(s->srv.tunnel, &s->fd, &s->tunnel, e) == -1)
		return -1;
	if (fcntl(s->fd, F_SETFL, O_NONBLOCK) == -1)
		return err_sys(e, ERR_OS, "tunnel");
	server_note(&s->srv, "connect", SPAN("tunnel"));
	return 0;
}

static int
open_unix(struct stream *s, struct err *e)
{
	const char *path = s->srv.socket;
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (s->srv.proxy != NULL)
		return err_set(e, ERR_CONFIG, "no proxy reaches a socket");
	if (strlen(path) >= sizeof un.sun_path)
		return err_set(e, ERR_CONFIG, "%s: name too long for a socket",
		    path);
	server_begins(&s->srv, "connect");
	memcpy(un.sun_path, path, strlen(path));
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s->fd == -1 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(s->fd, F_SETFL, O_NONBLOCK) == -1)
		return err_sys(e, ERR_OS, "socket");
	if (connect(s->fd, (struct sockaddr *)&un, sizeof un) == -1)
		return err_sys(e, errno == EACCES ? ERR_CONFIG : ERR_TEMP,
		    "%s", path);
	server_note(&s->srv, "connect", span_of(path));
	return 0;
}

static int
open_dial(struct stream *s, struct err *e)
{
	if (look_up(s, e) == -1 || dialer_connect(&s->srv, &s->fd, e) == -1)
		return -1;
	note_far_end(s);
	return 0;
}

/* For the watch alone: libcurl asks the resolver itself. */
static int
look_up(struct stream *s, struct err *e)
{
	struct buf addresses = {0};
	int rc = 0;

	if (s->srv.watch == NULL)
		return 0;
	if (s->srv.proxy == NULL) {
		server_begins(&s->srv, "name");
		rc = address_list(&s->srv, &addresses, e);
		if (rc == 0)
			server_note(&s->srv, "name", buf_view(&addresses));
	}
	buf_free(&addresses);
	if (rc == 0)
		server_begins(&s->srv, "connect");
	return rc;
}

static void
note_far_end(struct stream *s)
{
	struct span field[2] = {{0}, SPAN("proxy")};
	struct buf far = {0};

	address_far_end(s->fd, &far);
	field[0] = buf_view(&far);
	server_notes(&s->srv, "connect", field, s->srv.proxy == NULL ? 1 : 2);
	buf_free(&far);
}

static int
stream_read(struct wire *w, void *p, size_t cap, size_t *got, struct err *e)
{
	struct stream *s = (struct stream *)w;
	ssize_t n;

	s->read_wants = POLLIN;
	if (s->tls == NULL)
		n = take(s, p, cap);
	else
		do
			n = tls_read(s->tls, p, cap);
		while (n == TLS_WANT_POLLIN && s->ahead_n > 0);
	return settle(s, n, &s->read_wants, got, e);
}

static int
stream_write(struct wire *w, struct span bytes, size_t *put, struct err *e)
{
	struct stream *s = (struct stream *)w;
	ssize_t n;

	s->write_wants = POLLOUT;
	if (s->tls == NULL)
		n = give(s, bytes.p, bytes.n);
	else
		do
			n = tls_write(s->tls, bytes.p, bytes.n);
		while (n == TLS_WANT_POLLIN && s->ahead_n > 0);
	return settle(s, n, &s->write_wants, put, e);
}

static int
stream_wait(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	struct stream *s = (struct stream *)w;
	short events = s->read_wants;

	if (want_write)
		events |= s->write_wants;
	return wire_poll(w, s->fd, events, until_ms, e);
}

static int
stream_starttls(struct wire *w, struct err *e)
{
	struct stream *s = (struct stream *)w;

	if (s->tls != NULL)
		return err_set(e, ERR_SOFTWARE, "TLS is on already");
	if (refuse_plaintext(s, e) == -1)
		return -1;
	return start_tls(s, e);
}

/* close_notify is said once and not waited for: the protocols end themselves */
static void
stream_close(struct wire *w)
{
	struct stream *s = (struct stream *)w;

	if (s->tls != NULL) {
		tls_close(s->tls);
		tls_free(s->tls);
	}
	if (s->fd != -1)
		close(s->fd);
	if (s->tunnel > 0)
		end_tunnel(s->tunnel);
	free(s->ahead);
	free(s);
}

/* As tls_read: a count, 0 at the end, TLS_WANT_POLLIN, -1. */
static ssize_t
take(struct stream *s, void *p, size_t cap)
{
	ssize_t n;

	do
		n = recv(s->fd, p, cap, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return TLS_WANT_POLLIN;
	if (n == -1)
		s->failed = errno;
	s->is_over = s->is_over || n == 0;
	return n;
}

static ssize_t
give(struct stream *s, const void *p, size_t n)
{
	ssize_t put;

	do
		put = send(s->fd, p, n, MSG_NOSIGNAL);
	while (put == -1 && errno == EINTR);
	if (put == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return TLS_WANT_POLLOUT;
	if (put == -1)
		s->failed = errno;
	return put;
}

/* Makes a wire's answer of a library's, and notes what to wait for. */
static int
settle(struct stream *s, ssize_t n, short *wants, size_t *moved, struct err *e)
{
	if (n > 0) {
		*moved = (size_t)n;
		return 1;
	}
	if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
		*wants = n == TLS_WANT_POLLIN ? POLLIN : POLLOUT;
		return 0;
	}
	if (n == 0)
		s->is_over = true;
	return fail(s, false, e);
}

static int
fail(struct stream *s, bool is_handshake, struct err *e)
{
	const char *why;

	if (s->failed != 0 && s->failed != EPIPE && s->failed != ECONNRESET) {
		errno = s->failed;
		return err_sys(e, ERR_TEMP, "connection lost");
	}
	if (s->is_over || s->failed != 0)
		return err_set(e, ERR_TEMP, "connection closed by the server");
	why = tls_error(s->tls);
	return err_set(e, kind_of_tls(is_handshake), "TLS: %s",
	    why != NULL ? why : "failed");
}

/*
 * libtls gives a text only; the reason that libcrypto still holds tells a
 * question of trust (either side's, or in an old TLS) from a broken protocol.
 * Where it holds none libtls itself has refused: the name.
 */
static enum err_kind
kind_of_tls(bool is_handshake)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	int alert = reason - SSL_AD_REASON_OFFSET;

	if (code == 0)
		return is_handshake ? ERR_AUTH : ERR_PROTO;
	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return ERR_PROTO;
	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED ||
	    reason == SSL_R_UNSUPPORTED_PROTOCOL ||
	    alert == SSL_AD_PROTOCOL_VERSION ||
	    alert == SSL_AD_INSUFFICIENT_SECURITY ||
	    (alert >= SSL_AD_HANDSHAKE_FAILURE &&
		alert <= SSL_AD_ACCESS_DENIED) ||
	    alert == SSL_AD_CERTIFICATE_REQUIRED)
		return ERR_AUTH;
	return ERR_PROTO;
}

/*
 * What comes between the server's consent and its handshake was written by
 * someone on the way, to be taken for the server's after it (RFC 2595 2.1).
 */
static int
refuse_plaintext(struct stream *s, struct err *e)
{
	char c;
	ssize_t n = recv(s->fd, &c, 1, MSG_PEEK);

	if (n > 0)
		return err_set(e, ERR_PROTO, "plaintext after STARTTLS");
	if (n == 0)
		return err_set(e, ERR_TEMP, "connection closed by the server");
	return 0;
}

static int
start_tls(struct stream *s, struct err *e)
{
	struct tls_config *config;
	struct buf host = {0};
	int rc = -1;

	if (address_host(&s->srv, &host, e) == -1)
		return -1;
	server_begins(&s->srv, "tls");
	config = configure(&s->srv, e);
	if (config == NULL)
		goto out;
	s->tls = tls_client();
	if (s->tls == NULL) {
		err_set(e, ERR_OS, "TLS: out of memory");
		goto out;
	}
	s->ahead = mem_alloc(STREAM_AHEAD, 1);
	if (tls_configure(s->tls, config) == -1 ||
	    tls_connect_cbs(s->tls, tls_take, tls_give, s,
		buf_cstr(&host)) == -1)
		err_set(e, ERR_CONFIG, "tls-ca, tls-cert or tls-key: %s",
		    tls_error(s->tls));
	else
		rc = shake_hands(s, e);
out:
	tls_config_free(config);
	buf_free(&host);
	return rc;
}

/* libtls's own minimum is TLS 1.2; it is stated, not left to a version. */
static struct tls_config *
configure(const struct server *srv, struct err *e)
{
	struct tls_config *config;

	if (trust_check(srv, e) == -1)
		return NULL;
	config = tls_config_new();
	if (config == NULL) {
		err_set(e, ERR_OS, "TLS: out of memory");
		return NULL;
	}
	if (tls_config_set_protocols(config,
		TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) == -1 ||
	    set_files(config, srv, e) == -1) {
		tls_config_free(config);
		return NULL;
	}
	return config;
}

static int
set_files(struct tls_config *config, const struct server *srv, struct err *e)
{
	const char *key = srv->tls_key != NULL ? srv->tls_key : srv->tls_cert;
	const char *ca = srv->tls_ca;

	if (ca == NULL)
		ca = trust_default_ca(tls_default_ca_cert_file());
	if (ca == NULL)
		return err_set(e, ERR_CONFIG,
		    "no file of trusted authorities: set tls-ca");
	if (tls_config_set_ca_file(config, ca) == -1 ||
	    (srv->tls_cert != NULL && tls_config_set_keypair_file(config,
		srv->tls_cert, key) == -1))
		return err_set(e, ERR_CONFIG, "tls-ca, tls-cert or tls-key: %s",
		    tls_config_error(config));
	return 0;
}

static int
shake_hands(struct stream *s, struct err *e)
{
	int64_t until = wire_until(s->wire.timeout_ms);
	short events;
	int rc;

	for (;;) {
		rc = tls_handshake(s->tls);
		if (rc == 0)
			break;
		if (rc != TLS_WANT_POLLIN && rc != TLS_WANT_POLLOUT)
			return fail(s, true, e);
		if (rc == TLS_WANT_POLLIN && s->ahead_n > 0)
			continue;
		events = rc == TLS_WANT_POLLIN ? POLLIN : POLLOUT;
		rc = wire_poll(&s->wire, s->fd, events, until, e);
		if (rc == 0)
			return err_set(e, ERR_TEMP, "timed out");
		if (rc == -1)
			return -1;
	}
	return check_peer(s, e);
}

static int
check_peer(struct stream *s, struct err *e)
{
	const struct span field[] = {span_of(tls_conn_version(s->tls)),
	    span_of(tls_conn_cipher(s->tls))};
	size_t n = 0;
	const uint8_t *pem = tls_peer_cert_chain_pem(s->tls, &n);
	struct span chain = span_at(pem, pem == NULL ? 0 : n);

	server_notes(&s->srv, "tls", field, 2);
	if (s->srv.watch != NULL)
		trust_tell(&s->srv, chain);
	if (s->srv.tls_pin == NULL && s->srv.watch == NULL)
		return 0;
	return check_pin(s, chain, e);
}

/* Besides the chain and the name, which the handshake has checked. */
static int
check_pin(struct stream *s, struct span chain, struct err *e)
{
	struct buf pin = {0};
	int rc;

	server_begins(&s->srv, "pin");
	rc = trust_pin(chain, &pin, e);
	if (rc == 0 && s->srv.tls_pin != NULL &&
	    !trust_has_pin(span_of(s->srv.tls_pin), buf_view(&pin)))
		rc = err_set(e, ERR_AUTH,
		    "the server's public key is %s, not tls-pin's",
		    buf_cstr(&pin));
	if (rc == 0)
		server_note(&s->srv, "pin", buf_view(&pin));
	buf_free(&pin);
	return rc;
}

static ssize_t
tls_take(struct tls *tls, void *p, size_t cap, void *arg)
{
	struct stream *s = arg;
	ssize_t n;

	(void)tls;
	if (s->ahead_n == 0) {
		n = take(s, s->ahead, STREAM_AHEAD);
		if (n <= 0)
			return n;
		s->ahead_at = 0;
		s->ahead_n = (size_t)n;
	}
	if (cap > s->ahead_n)
		cap = s->ahead_n;
	memcpy(p, s->ahead + s->ahead_at, cap);
	s->ahead_at += cap;
	s->ahead_n -= cap;
	return (ssize_t)cap;
}

static ssize_t
tls_give(struct tls *tls, const void *p, size_t n, void *arg)
{
	(void)tls;
	return give(arg, p, n);
}

/*
 * Our end is closed, and most commands then end of themselves; one that does
 * not is asked to, and at last not asked.
 */
static void
end_tunnel(pid_t pid)
{
	for (int turn = 0; turn < TUNNEL_TURNS; turn++) {
		if (is_gone(pid, WNOHANG))
			return;
		kill(pid, SIGTERM);
		(void)poll(NULL, 0, TUNNEL_TURN_MS);
	}
	kill(pid, SIGKILL);
	(void)is_gone(pid, 0);
}

static bool
is_gone(pid_t pid, int how)
{
	pid_t got;

	do
		got = waitpid(pid, NULL, how);
	while (got == -1 && errno == EINTR);
	return got != 0;
}
