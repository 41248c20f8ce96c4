#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/carrier.h"
#include "net/address.h"
#include "net/dial.h"
#include "net/trust.h"

#define CARRIER_RECORD 16384 /* bytes of a write: a TLS record's most */
#define CARRIER_LINES 65536  /* bytes of the server's lines while opening */

struct carrier {
	struct wire wire;
	struct dial dial;
	struct server srv;
	struct buf lines; /* the server's, LF-ended */
	/*
	 * What a write could not yet send.  libcurl's TLS must be offered the
	 * same bytes at the same place again.
	 */
	struct buf held;
};

static int carrier_read(
    struct wire *, void *, size_t, size_t *, struct err *);
static int carrier_write(
    struct wire *, struct span, size_t *, struct err *);
static int carrier_wait(struct wire *, bool, int64_t, struct err *);
static int carrier_starttls(struct wire *, struct err *);
static void carrier_close(struct wire *);
static int lost(CURLcode, struct err *);
static int check(const struct server *, struct err *);
static bool is_smtp(const struct server *);
static int connect_to(struct carrier *, struct err *);
static int set_options(struct carrier *, struct err *);
static int set_url(struct carrier *, struct buf *, struct err *);
static int explain(struct carrier *, struct err *);
static struct span last_line(struct span lines);
static void greet(const struct server *, struct span lines, struct buf *);
static int next_reply(const struct server *, bool is_greeting,
    struct span *lines, struct span *reply);
static bool is_greeting(const struct server *, struct span line);
static size_t on_line(char *, size_t, size_t, void *);
static int on_trace(CURL *, curl_infotype, char *, size_t, void *);

static const struct wire_ops carrier_ops = {carrier_read, carrier_write,
    carrier_wait, carrier_starttls, carrier_close};

int
carrier_open(const struct server *srv, struct wire **out,
    struct buf *greeting, struct err *e)
{
	struct carrier *c;

	if (check(srv, e) == -1)
		return -1;
	c = mem_alloc(1, sizeof *c);
	c->wire.ops = &carrier_ops;
	c->wire.timeout_ms = srv->timeout_ms;
	c->wire.stop = srv->stop;
	c->srv = *srv;
	if (connect_to(c, e) == -1) {
		carrier_close(&c->wire);
		return -1;
	}
	greet(srv, buf_view(&c->lines), greeting);
	buf_free(&c->lines);
	*out = &c->wire;
	return 0;
}

static int
carrier_read(struct wire *w, void *p, size_t cap, size_t *got, struct err *e)
{
	struct carrier *c = (struct carrier *)w;
	CURLcode code = curl_easy_recv(c->dial.easy, p, cap, got);

	if (code == CURLE_AGAIN)
		return 0;
	if (code == CURLE_OK && *got > 0)
		return 1;
	return lost(code, e);
}

static int
carrier_write(struct wire *w, struct span s, size_t *put, struct err *e)
{
	struct carrier *c = (struct carrier *)w;
	CURLcode code;

	if (c->held.n == 0)
		buf_span(&c->held, span_sub(s, 0, CARRIER_RECORD));
	*put = 0;
	code = curl_easy_send(c->dial.easy, c->held.p, c->held.n, put);
	if (code == CURLE_AGAIN || (code == CURLE_OK && *put == 0))
		return 0;
	/* what did not fit is offered again, with what follows it */
	buf_wipe(&c->held);
	return code == CURLE_OK ? 1 : lost(code, e);
}

static int
carrier_wait(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	struct carrier *c = (struct carrier *)w;

	return wire_poll(w, c->dial.fd,
	    want_write ? POLLIN | POLLOUT : POLLIN, until_ms, e);
}

static int
carrier_starttls(struct wire *w, struct err *e)
{
	(void)w;
	return err_set(e, ERR_SOFTWARE, "TLS is libcurl's on this connection");
}

/* libcurl says no QUIT or LOGOUT: the protocols end themselves. */
static void
carrier_close(struct wire *w)
{
	struct carrier *c = (struct carrier *)w;

	dial_close(&c->dial);
	buf_free(&c->lines);
	buf_wipe(&c->held);
	free(c);
}

/* libcurl has one code for an end and for a broken connection. */
static int
lost(CURLcode code, struct err *e)
{
	if (code == CURLE_OK || code == CURLE_RECV_ERROR ||
	    code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING)
		return err_set(e, ERR_TEMP, "connection closed by the server");
	return err_set(e, ERR_PROTO, "%s", curl_easy_strerror(code));
}

static int
check(const struct server *srv, struct err *e)
{
	if (srv->socket != NULL || srv->tunnel != NULL)
		return err_set(e, ERR_CONFIG,
		    "libcurl uses no Unix socket or tunnel here");
	if (!is_smtp(srv) && !span_starts(span_of(srv->scheme), SPAN("imap")))
		return err_set(e, ERR_CONFIG, "libcurl opens no %s here",
		    srv->scheme);
	return trust_check(srv, e);
}

static bool
is_smtp(const struct server *srv)
{
	return span_starts(span_of(srv->scheme), SPAN("smtp"));
}

static int
connect_to(struct carrier *c, struct err *e)
{
	struct buf url = {0};
	int rc = -1;

	if (dial_init(&c->dial, &c->srv, e) == 0 && set_options(c, e) == 0 &&
	    set_url(c, &url, e) == 0)
		rc = dial_open(&c->dial, &c->srv, buf_cstr(&url), e);
	buf_free(&url);
	return rc == -1 ? explain(c, e) : 0;
}

static int
set_options(struct carrier *c, struct err *e)
{
	const struct server *srv = &c->srv;
	struct dial *d = &c->dial;

	dial_number(d, CURLOPT_USE_SSL, srv->tls == SERVER_TLS_START ?
	    CURLUSESSL_ALL : CURLUSESSL_NONE);
	dial_number(d, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	dial_number(d, CURLOPT_SSL_VERIFYPEER, 1);
	dial_number(d, CURLOPT_SSL_VERIFYHOST, 2);
	if (srv->tls_ca != NULL) {
		dial_string(d, CURLOPT_CAINFO, srv->tls_ca);
		/* else the system's directory would be trusted besides */
		dial_string(d, CURLOPT_CAPATH, NULL);
	}
	if (srv->tls_cert != NULL) {
		dial_string(d, CURLOPT_SSLCERT, srv->tls_cert);
		dial_string(d, CURLOPT_SSLKEY, srv->tls_key != NULL ?
		    srv->tls_key : srv->tls_cert);
	}
	if (srv->tls_pin != NULL)
		dial_string(d, CURLOPT_PINNEDPUBLICKEY, srv->tls_pin);
	dial_number(d, CURLOPT_VERBOSE, srv->trace != NULL);
	if (curl_easy_setopt(d->easy, CURLOPT_HEADERFUNCTION, on_line) ==
		CURLE_OK &&
	    curl_easy_setopt(d->easy, CURLOPT_HEADERDATA, c) == CURLE_OK &&
	    curl_easy_setopt(d->easy, CURLOPT_DEBUGFUNCTION, on_trace) ==
		CURLE_OK &&
	    curl_easy_setopt(d->easy, CURLOPT_DEBUGDATA, c) == CURLE_OK)
		return 0;
	return err_set(e, ERR_SOFTWARE, "libcurl takes no callback");
}

/* The path of an SMTP URL is the name that EHLO says. */
static int
set_url(struct carrier *c, struct buf *url, struct err *e)
{
	const struct server *srv = &c->srv;
	bool is_implicit = srv->tls == SERVER_TLS_IMPLICIT;
	struct buf host = {0};
	char *helo;

	if (address_host(srv, &host, e) == -1) {
		buf_free(&host);
		return -1;
	}
	if (is_smtp(srv))
		address_url(is_implicit ? "smtps" : "smtp", buf_cstr(&host),
		    srv->port, url);
	else
		address_url(is_implicit ? "imaps" : "imap", buf_cstr(&host),
		    srv->port, url);
	buf_free(&host);
	if (!is_smtp(srv) || srv->helo == NULL)
		return 0;
	helo = curl_easy_escape(c->dial.easy, srv->helo, 0);
	if (helo == NULL)
		return err_set(e, ERR_OS, "libcurl: out of memory");
	buf_str(url, helo);
	curl_free(helo);
	return 0;
}

/* Where the server itself has turned us away, its words say it best. */
static int
explain(struct carrier *c, struct err *e)
{
	CURLcode code = c->dial.failed;
	struct span line = last_line(buf_view(&c->lines));
	enum err_kind kind = ERR_NONE;

	if (code == CURLE_WRITE_ERROR)
		return err_set(e, ERR_PROTO, "the server speaks no %s",
		    c->srv.scheme);
	if (code != CURLE_WEIRD_SERVER_REPLY &&
	    code != CURLE_REMOTE_ACCESS_DENIED &&
	    code != CURLE_USE_SSL_FAILED)
		return -1;
	if (!is_smtp(&c->srv) && span_istarts(line, SPAN("* BYE")))
		kind = ERR_TEMP;
	else if (is_smtp(&c->srv) && span_starts(line, SPAN("4")))
		kind = ERR_TEMP;
	else if (is_smtp(&c->srv) && span_starts(line, SPAN("5")))
		kind = code == CURLE_USE_SSL_FAILED ? ERR_AUTH : ERR_REFUSED;
	if (kind == ERR_NONE)
		return -1;
	return err_set(e, kind, "%.*s",
	    line.n > ERR_TEXT ? ERR_TEXT : (int)line.n, line.p);
}

static struct span
last_line(struct span lines)
{
	struct span line, last = {0};

	while (span_line(&lines, &line) == 1)
		last = line;
	return last;
}

/* The first reply and the last: those between were before TLS. */
static void
greet(const struct server *srv, struct span lines, struct buf *out)
{
	struct span reply = {0}, answer = {0};

	if (next_reply(srv, true, &lines, &reply) == 1) {
		if (is_smtp(srv) || srv->tls != SERVER_TLS_START)
			buf_span(out, reply);
		else
			buf_str(out, "* OK\n");
	}
	while (next_reply(srv, false, &lines, &reply) == 1)
		answer = reply;
	buf_span(out, answer);
}

/*
 * Takes the lines of a reply off *lines: 1 with one, 0 where it has no end.
 * SMTP's ends with 250 and a blank, not 250-; IMAP's greeting is a line, and
 * its answers end before the line with libcurl's tag.
 */
static int
next_reply(const struct server *srv, bool is_greeting, struct span *lines,
    struct span *reply)
{
	struct span line;
	bool is_last;

	*reply = span_at(lines->p, 0);
	while (span_line(lines, &line) == 1) {
		if (is_smtp(srv))
			is_last = line.n < 4 || line.p[3] != '-';
		else
			is_last = !span_starts(line, SPAN("* "));
		if (is_smtp(srv) || !is_last)
			reply->n = (size_t)(line.p + line.n + 1 - reply->p);
		if (is_last || (is_greeting && !is_smtp(srv)))
			return 1;
	}
	return 0;
}

static bool
is_greeting(const struct server *srv, struct span line)
{
	if (!is_smtp(srv))
		return span_starts(line, SPAN("* "));
	return line.n >= 3 && ascii_digit(line.p[0]) &&
	    ascii_digit(line.p[1]) && ascii_digit(line.p[2]);
}

/*
 * A line is progress.  A short count ends the transfer: there is too much, or
 * the first line is another protocol's, which libcurl would wait on for ever.
 */
static size_t
on_line(char *p, size_t size, size_t n, void *arg)
{
	struct carrier *c = arg;
	struct span line = span_trim(span_at(p, size * n));

	if (c->lines.n + line.n + 1 > CARRIER_LINES)
		return 0;
	if (c->lines.n == 0 && !is_greeting(&c->srv, line))
		return 0;
	buf_span(&c->lines, line);
	buf_char(&c->lines, '\n');
	c->dial.until_ms = wire_until(c->dial.timeout_ms);
	return size * n;
}

/*
 * No log-in is said to the server in this phase, so no line holds a secret; a
 * proxy's request, of several lines, may hold the proxy's.
 */
static int
on_trace(CURL *easy, curl_infotype type, char *p, size_t n, void *arg)
{
	struct carrier *c = arg;
	struct span line = span_trim(span_at(p, n));

	(void)easy;
	if (c->srv.trace == NULL)
		return 0;
	if (type == CURLINFO_HEADER_IN)
		c->srv.trace(c->srv.trace_arg, '<', line);
	else if (type == CURLINFO_HEADER_OUT &&
	    span_chr(line, '\n') == SPAN_NONE)
		c->srv.trace(c->srv.trace_arg, '>', line);
	return 0;
}
