/*
 * The URLs that satchel takes: imap, imaps (RFC 5092), pop3, pop3s (RFC 2384),
 * smtp, smtps, lmtp; and the forms maildir:PATH, mbox:FILE and pipe:COMMAND.
 */
#ifndef TEXT_URL_H
#define TEXT_URL_H

#include "base/buf.h"
#include "base/err.h"

enum url_scheme {
	URL_NONE,
	URL_IMAP,
	URL_IMAPS,
	URL_POP3,
	URL_POP3S,
	URL_SMTP,
	URL_SMTPS,
	URL_LMTP,
	URL_MAILDIR,
	URL_MBOX,
	URL_PIPE
};

/* Owned strings, decoded, NULL where absent.  A password is never kept. */
struct url {
	enum url_scheme scheme;
	char *user;
	bool has_password; /* one stood there: every caller refuses that */
	char *auth;	   /* ;AUTH=NAME of the user part */
	char *host;	   /* an IPv6 address without its brackets */
	unsigned port;	   /* 0 where none is written */
	char *folder;	   /* IMAP: UTF-8, not modified UTF-7 */
	uint32_t uidvalidity, uid; /* 0 where absent */
	char *section;
	char *path; /* maildir, mbox, pipe; an lmtp Unix socket's path */
};

/* True where s starts like a URL of ours: a known scheme and a colon. */
bool url_is(struct span s);

/* *u need not be initialised; it is zero after -1 (ERR_USAGE). */
int url_parse(struct span s, struct url *u, struct err *);
void url_free(struct url *);

/* The port in force: the written one, else the scheme's. */
unsigned url_port(const struct url *);
const char *url_scheme_name(enum url_scheme);
/* True for the schemes whose TLS starts with the connection. */
bool url_is_implicit_tls(enum url_scheme);

/* Appends the URL in the canonical form that url_parse takes back. */
void url_format(const struct url *, struct buf *);

#endif
