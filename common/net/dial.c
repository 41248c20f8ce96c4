#include <fcntl.h>
#include <string.h>

#include "host/clock.h"
#include "net/address.h"
#include "net/dial.h"

#define DIAL_TURN_MS 1000 /* libcurl looks at its own clocks that often */

static int check_proxy(const char *, struct err *);
static int set_options(
    struct dial *, const struct server *, struct err *);
static int on_socket(void *, curl_socket_t, curlsocktype);
static int run(struct dial *, struct err *);
static bool finished(struct dial *, CURLcode *);
static int wait_for(struct dial *, struct err *);
static int take_socket(struct dial *, struct err *);
static int fail(struct dial *, const struct server *, struct err *);
static bool is_cut(const char *text);
static bool is_distrust(const char *text);
static enum err_kind kind_of(CURLcode);
static enum err_kind kind_of_proxy(const struct dial *);
static enum err_kind kind_of_name(const struct server *);

int
dial_init(struct dial *d, const struct server *srv, struct err *e)
{
	*d = (struct dial){.fd = CURL_SOCKET_BAD,
	    .timeout_ms = srv->timeout_ms, .stop = srv->stop};
	if (srv->proxy != NULL && check_proxy(srv->proxy, e) == -1)
		return -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_SOFTWARE, "libcurl does not start");
	d->easy = curl_easy_init();
	d->multi = curl_multi_init();
	if (d->easy == NULL || d->multi == NULL) {
		dial_close(d);
		return err_set(e, ERR_OS, "libcurl: out of memory");
	}
	return set_options(d, srv, e);
}

void
dial_close(struct dial *d)
{
	bool is_open = d->easy != NULL || d->multi != NULL;

	if (d->easy != NULL && d->multi != NULL)
		curl_multi_remove_handle(d->multi, d->easy);
	if (d->easy != NULL)
		curl_easy_cleanup(d->easy);
	if (d->multi != NULL)
		curl_multi_cleanup(d->multi);
	if (is_open)
		curl_global_cleanup();
	*d = (struct dial){.fd = CURL_SOCKET_BAD};
}

void
dial_number(struct dial *d, CURLoption option, long value)
{
	CURLcode code = curl_easy_setopt(d->easy, option, value);

	if (d->failed == CURLE_OK)
		d->failed = code;
}

void
dial_string(struct dial *d, CURLoption option, const char *value)
{
	CURLcode code = curl_easy_setopt(d->easy, option, value);

	if (d->failed == CURLE_OK)
		d->failed = code;
}

int
dial_open(struct dial *d, const struct server *srv, const char *url,
    struct err *e)
{
	dial_string(d, CURLOPT_URL, url);
	if (d->failed != CURLE_OK)
		return err_set(e, ERR_SOFTWARE, "libcurl refuses a setting: %s",
		    curl_easy_strerror(d->failed));
	if (curl_multi_add_handle(d->multi, d->easy) != CURLM_OK)
		return err_set(e, ERR_SOFTWARE, "libcurl: no transfer");
	d->until_ms = wire_until(d->timeout_ms);
	if (run(d, e) == -1)
		return -1;
	if (d->failed != CURLE_OK)
		return fail(d, srv, e);
	return take_socket(d, e);
}

/* An https proxy would put a TLS of its own between the socket and us. */
static int
check_proxy(const char *proxy, struct err *e)
{
	static const char *const known[] = {"socks5h://", "socks5://",
	    "socks4a://", "socks4://", "http://"};
	struct span s = span_of(proxy);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_istarts(s, span_of(known[i])))
			return 0;
	return err_set(e, ERR_CONFIG,
	    "a proxy is socks5h://HOST:PORT or http://HOST:PORT");
}

/*
 * No time-out of libcurl's: its versions disagree on what one means together
 * with CONNECT_ONLY, and the deadline is run's.
 */
static int
set_options(struct dial *d, const struct server *srv, struct err *e)
{
	dial_string(d, CURLOPT_ERRORBUFFER, d->text);
	dial_number(d, CURLOPT_CONNECT_ONLY, 1);
	dial_number(d, CURLOPT_NOSIGNAL, 1);
	dial_number(d, CURLOPT_TCP_NODELAY, 1);
	dial_number(d, CURLOPT_TCP_KEEPALIVE, 1);
	dial_number(d, CURLOPT_HTTPPROXYTUNNEL, 1);
	dial_number(d, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	dial_string(d, CURLOPT_PROXY, srv->proxy == NULL ? "" : srv->proxy);
	dial_string(d, CURLOPT_NOPROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075700
	/* a name server that is silent must not outlast our deadline */
	dial_number(d, CURLOPT_QUICK_EXIT, 1);
#endif
	if (curl_easy_setopt(d->easy, CURLOPT_SOCKOPTFUNCTION, on_socket) ==
		CURLE_OK &&
	    curl_easy_setopt(d->easy, CURLOPT_SOCKOPTDATA, d) == CURLE_OK)
		return 0;
	dial_close(d);
	return err_set(e, ERR_SOFTWARE, "libcurl takes no callback");
}

static int
on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct dial *d = arg;

	(void)purpose;
	d->fd = fd;
	return CURL_SOCKOPT_OK;
}

/* Until libcurl has come to an end, good or bad, or the time is over. */
static int
run(struct dial *d, struct err *e)
{
	int running = 0;

	for (;;) {
		if (curl_multi_perform(d->multi, &running) != CURLM_OK)
			return err_set(e, ERR_SOFTWARE, "libcurl stops");
		if (finished(d, &d->failed))
			return 0;
		if (wait_for(d, e) == -1)
			return -1;
	}
}

static bool
finished(struct dial *d, CURLcode *result)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(d->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE) {
			*result = msg->data.result;
			return true;
		}
	return false;
}

static int
wait_for(struct dial *d, struct err *e)
{
	int64_t left_ms = DIAL_TURN_MS;

	if (d->stop != NULL && d->stop())
		return err_set(e, ERR_TEMP, "interrupted");
	if (d->until_ms != WIRE_NEVER)
		left_ms = d->until_ms - clock_mono_ms();
	if (left_ms <= 0) {
		d->failed = CURLE_OPERATION_TIMEDOUT;
		return err_set(e, ERR_TEMP, "timed out");
	}
	if (left_ms > DIAL_TURN_MS)
		left_ms = DIAL_TURN_MS;
	wire_ack(d->fd);
	if (curl_multi_poll(d->multi, NULL, 0, (int)left_ms, NULL) != CURLM_OK)
		return err_set(e, ERR_SOFTWARE, "libcurl stops");
	return 0;
}

static int
take_socket(struct dial *d, struct err *e)
{
	if (curl_easy_getinfo(d->easy, CURLINFO_ACTIVESOCKET, &d->fd) !=
		CURLE_OK || d->fd == CURL_SOCKET_BAD)
		return err_set(e, ERR_SOFTWARE, "libcurl gives no connection");
	if (fcntl(d->fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "connection");
	return 0;
}

static int
fail(struct dial *d, const struct server *srv, struct err *e)
{
	enum err_kind kind = kind_of(d->failed);

	if (d->failed == CURLE_COULDNT_RESOLVE_HOST)
		kind = kind_of_name(srv);
	else if (d->failed == CURLE_SSL_CONNECT_ERROR && is_cut(d->text))
		kind = ERR_TEMP;
	else if (is_distrust(d->text))
		kind = ERR_AUTH;
	else if (srv->proxy != NULL && d->failed != CURLE_OPERATION_TIMEDOUT)
		kind = kind_of_proxy(d) == ERR_NONE ? kind : kind_of_proxy(d);
	return err_set(e, kind, "%s",
	    d->text[0] != '\0' ? d->text : curl_easy_strerror(d->failed));
}

/* libcurl has one code for every handshake that fails; only its text tells. */
static bool
is_cut(const char *text)
{
	return strstr(text, "SSL_ERROR_SYSCALL") != NULL ||
	    strstr(text, "unexpected eof") != NULL ||
	    strstr(text, "reset by peer") != NULL;
}

/*
 * The server's alert on our certificate, or on our having none; or either
 * side's, that the other's TLS is too old.
 */
static bool
is_distrust(const char *text)
{
	const char *alert = strstr(text, " alert ");

	if (alert == NULL)
		return strstr(text, "unsupported protocol") != NULL;
	return strstr(alert, "certificate") != NULL ||
	    strstr(alert, "unknown ca") != NULL ||
	    strstr(alert, "access denied") != NULL ||
	    strstr(alert, "handshake failure") != NULL ||
	    strstr(alert, "protocol version") != NULL ||
	    strstr(alert, "insufficient security") != NULL;
}

static enum err_kind
kind_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return ERR_NOHOST;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_USE_SSL_FAILED:
	case CURLE_LOGIN_DENIED:
		return ERR_AUTH;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_WRITE_ERROR: /* a callback's limit */
		return ERR_PROTO;
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_URL_MALFORMAT:
		return ERR_CONFIG;
	case CURLE_OUT_OF_MEMORY:
		return ERR_OS;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PROXY:
		return ERR_TEMP;
	default:
		return ERR_SOFTWARE;
	}
}

/* What the proxy said, where it did: it wants a log-in, or knows no host. */
static enum err_kind
kind_of_proxy(const struct dial *d)
{
	long said = 0;

	if (curl_easy_getinfo(d->easy, CURLINFO_HTTP_CONNECTCODE, &said) ==
		CURLE_OK && said == 407)
		return ERR_AUTH;
	if (d->failed != CURLE_PROXY || curl_easy_getinfo(d->easy,
		CURLINFO_PROXY_ERROR, &said) != CURLE_OK)
		return ERR_NONE;
	switch (said) {
	case CURLPX_USER_REJECTED:
	case CURLPX_NO_AUTH:
		return ERR_AUTH;
	case CURLPX_RESOLVE_HOST:
		return ERR_NOHOST;
	default:
		return ERR_TEMP;
	}
}

static enum err_kind
kind_of_name(const struct server *srv)
{
	struct buf ignored = {0};
	struct err e = {0};
	int found = address_list(srv, &ignored, &e);

	buf_free(&ignored);
	return found == -1 ? e.kind : ERR_TEMP;
}
