/*
 * What the two wires share of libcurl: one handle that connects and stays, as
 * the connection is its own until dial_close.  The order is dial_init, options
 * of the caller's, dial_open.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <curl/curl.h>

#include "net/wire.h"

/* Zero is a closed one. */
struct dial {
	CURL *easy;
	CURLM *multi;
	CURLcode failed;  /* what libcurl said where it failed */
	curl_socket_t fd; /* the connection's; before it stands, the newest */
	int timeout_ms;
	int64_t until_ms; /* a callback may put it off: there is progress */
	bool (*stop)(void); /* struct server's */
	char text[CURL_ERROR_SIZE];
};

/*
 * A handle with the proxy and manner of struct server, no URL yet.  Proxies
 * come from the configuration only, never from the environment.  ERR_CONFIG
 * for a proxy that is no socks or http one.
 */
int dial_init(struct dial *, const struct server *, struct err *);
void dial_close(struct dial *);

/*
 * Set an option; dial_open fails where one could not be (ERR_SOFTWARE), for a
 * setting that is not honoured is an error.
 */
void dial_number(struct dial *, CURLoption, long);
void dial_string(struct dial *, CURLoption, const char *);

/*
 * Connects, at most timeout_ms without progress, and until stop says so: that
 * is looked at whenever a signal comes.  ERR_NOHOST, ERR_TEMP and
 * whatever libcurl's other codes mean.  Where libcurl only says that it cannot
 * resolve the name, the resolver is asked once more, for it can tell an unknown
 * name from a name server that does not answer now.
 */
int dial_open(struct dial *, const struct server *, const char *url,
    struct err *);

#endif
