#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/charset.h"
#include "text/enc.h"
#include "text/url.h"

#define USER_KEEP "+,="    /* what stays as it is in a user's name */
#define FOLDER_KEEP "+,=:@/" /* and in a folder's */

static const struct scheme {
	const char *name;
	unsigned port;
	bool is_implicit_tls;
} schemes[] = {
    [URL_NONE] = {"", 0, false},
    [URL_IMAP] = {"imap", 143, false},
    [URL_IMAPS] = {"imaps", 993, true},
    [URL_POP3] = {"pop3", 110, false},
    [URL_POP3S] = {"pop3s", 995, true},
    [URL_SMTP] = {"smtp", 587, false},
    [URL_SMTPS] = {"smtps", 465, true},
    [URL_LMTP] = {"lmtp", 24, false},
    [URL_MAILDIR] = {"maildir", 0, false},
    [URL_MBOX] = {"mbox", 0, false},
    [URL_PIPE] = {"pipe", 0, false}};

static enum url_scheme scheme_of(struct span, struct span *rest);
static int parse_local(struct span, struct url *, struct err *);
static int parse_remote(struct span, struct url *, struct err *);
static int parse_user(struct span, struct url *, struct err *);
static int parse_server(struct span, struct url *, struct err *);
static int parse_port(struct span, struct url *, struct err *);
static bool is_host(struct span);
static bool is_address(struct span);
static int parse_path(struct span, struct url *, struct err *);
static int parse_folder(struct span, struct url *, struct err *);
static int parse_parameter(struct span, struct url *, struct err *);
static int number(struct span, const char *what, uint32_t *, struct err *);
static int decode(struct span, const char *what, char **, struct err *);
static bool is_section(const char *);
static void put_server(const struct url *, struct buf *);
static void put_path(const struct url *, struct buf *);
static void put_encoded(const char *before, const char *s, const char *keep,
    struct buf *);

bool
url_is(struct span s)
{
	struct span rest;

	return scheme_of(s, &rest) != URL_NONE;
}

int
url_parse(struct span s, struct url *u, struct err *e)
{
	struct span rest = {0};
	int status;

	*u = (struct url){.scheme = scheme_of(s, &rest)};
	if (u->scheme == URL_NONE)
		return err_set(e, ERR_USAGE, "not a URL of a known scheme");
	if (u->scheme >= URL_MAILDIR)
		status = parse_local(rest, u, e);
	else
		status = parse_remote(rest, u, e);
	if (status == -1)
		url_free(u);
	return status;
}

void
url_free(struct url *u)
{
	free(u->user);
	free(u->auth);
	free(u->host);
	free(u->folder);
	free(u->section);
	free(u->path);
	*u = (struct url){0};
}

unsigned
url_port(const struct url *u)
{
	return u->port != 0 ? u->port : schemes[u->scheme].port;
}

const char *
url_scheme_name(enum url_scheme scheme)
{
	return schemes[scheme].name;
}

bool
url_is_implicit_tls(enum url_scheme scheme)
{
	return schemes[scheme].is_implicit_tls;
}

void
url_format(const struct url *u, struct buf *out)
{
	buf_str(out, schemes[u->scheme].name);
	if (u->scheme >= URL_MAILDIR) {
		buf_char(out, ':');
		buf_str(out, u->path);
		return;
	}
	buf_str(out, "://");
	put_server(u, out);
	put_path(u, out);
}

/* *rest is what follows the colon. */
static enum url_scheme
scheme_of(struct span s, struct span *rest)
{
	size_t colon = span_chr(s, ':');

	*rest = SPAN("");
	if (colon == SPAN_NONE)
		return URL_NONE;
	*rest = span_from(s, colon + 1);
	for (size_t i = 1; i < sizeof schemes / sizeof schemes[0]; i++)
		if (span_iis(span_sub(s, 0, colon), schemes[i].name))
			return (enum url_scheme)i;
	return URL_NONE;
}

/* A path or a command is taken to the letter. */
static int
parse_local(struct span rest, struct url *u, struct err *e)
{
	if (span_chr(rest, '\0') != SPAN_NONE)
		return err_set(e, ERR_USAGE, "a NUL after \"%s:\"",
		    schemes[u->scheme].name);
	if (span_trim(rest).n == 0)
		return err_set(e, ERR_USAGE, "nothing after \"%s:\"",
		    schemes[u->scheme].name);
	u->path = mem_dup(rest.p, rest.n);
	return 0;
}

static int
parse_remote(struct span rest, struct url *u, struct err *e)
{
	struct span authority, path;
	size_t slash, at = SPAN_NONE;

	for (size_t i = 0; i < rest.n; i++)
		if (ascii_ctl(rest.p[i]))
			return err_set(e, ERR_USAGE,
			    "a control character in the URL");
	if (!span_starts(rest, SPAN("//")))
		return err_set(e, ERR_USAGE, "no \"//\" after \"%s:\"",
		    schemes[u->scheme].name);
	rest = span_from(rest, 2);
	slash = span_chr(rest, '/');
	authority = span_sub(rest, 0, slash);
	path = slash == SPAN_NONE ? SPAN("") : span_from(rest, slash);
	/* the last one: users write ann@example.org@imap.example.org */
	for (size_t i = 0; i < authority.n; i++)
		if (authority.p[i] == '@')
			at = i;
	if (at != SPAN_NONE) {
		if (parse_user(span_sub(authority, 0, at), u, e) == -1)
			return -1;
		authority = span_from(authority, at + 1);
	}
	if (u->scheme == URL_LMTP && at == SPAN_NONE && authority.n == 0)
		return path.n < 2
		    ? err_set(e, ERR_USAGE, "no host and no socket in the URL")
		    : decode(path, "socket", &u->path, e);
	if (parse_server(authority, u, e) == -1)
		return -1;
	return parse_path(path, u, e);
}

/* user;AUTH=NAME:password; RFC 5092, section 3. */
static int
parse_user(struct span s, struct url *u, struct err *e)
{
	size_t colon = span_chr(s, ':'), semicolon;
	struct span auth;

	u->has_password = colon != SPAN_NONE;
	s = span_sub(s, 0, colon);
	semicolon = span_chr(s, ';');
	if (semicolon != SPAN_NONE) {
		auth = span_from(s, semicolon + 1);
		if (!span_istarts(auth, SPAN("AUTH=")) || auth.n == 5)
			return err_set(e, ERR_USAGE,
			    "only \";AUTH=\" may follow the user in a URL");
		if (decode(span_from(auth, 5), "AUTH", &u->auth, e) == -1)
			return -1;
		s = span_sub(s, 0, semicolon);
	}
	return s.n == 0 ? 0 : decode(s, "user", &u->user, e);
}

static int
parse_server(struct span s, struct url *u, struct err *e)
{
	bool is_literal = span_starts(s, SPAN("["));
	size_t end = span_chr(s, is_literal ? ']' : ':');
	struct span host = span_sub(s, 0, end), port;

	if (is_literal && end == SPAN_NONE)
		return err_set(e, ERR_USAGE, "no \"]\" in the URL");
	port = end == SPAN_NONE ? SPAN("") : span_from(s, end + is_literal);
	if (host.n == 0)
		return err_set(e, ERR_USAGE, "no host in the URL");
	if (decode(span_from(host, is_literal), "host", &u->host, e) == -1)
		return -1;
	host = span_of(u->host);
	if (!(is_literal ? is_address(host) : is_host(host)))
		return err_set(e, ERR_USAGE, "\"%s\" is no host", u->host);
	return parse_port(port, u, e);
}

/* The colon and the digits, of which there may be none (RFC 3986, 3.2.3). */
static int
parse_port(struct span s, struct url *u, struct err *e)
{
	uint64_t port;

	if (s.n == 0 || span_is(s, ":"))
		return 0;
	if (s.p[0] != ':' || !span_num(span_from(s, 1), 65535, &port) ||
	    port == 0)
		return err_set(e, ERR_USAGE, "\"%.*s\" is no port",
		    (int)(s.n > 255 ? 255 : s.n), s.p);
	u->port = (unsigned)port;
	return 0;
}

/* A name, an IPv4 address, or an international name in UTF-8. */
static bool
is_host(struct span s)
{
	if (s.n == 0 || s.n > 255 || s.p[0] == '-' || s.p[0] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) &&
		    (s.p[i] & 0x80) == 0 && s.p[i] != '-' && s.p[i] != '.' &&
		    s.p[i] != '_')
			return false;
	return true;
}

/* An IPv6 address, with the zone that RFC 6874 puts after "%25". */
static bool
is_address(struct span s)
{
	size_t zone = span_chr(s, '%'), n = zone == SPAN_NONE ? s.n : zone;

	if (s.n > 255 || span_chr(s, ':') == SPAN_NONE || zone == s.n - 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!ascii_digit(s.p[i]) && s.p[i] != ':' && s.p[i] != '.' &&
		    (ascii_lower(s.p[i]) < 'a' || ascii_lower(s.p[i]) > 'f'))
			return false;
	for (size_t i = n + 1; i < s.n; i++)
		if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) &&
		    s.p[i] != '.' && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return true;
}

static int
parse_path(struct span path, struct url *u, struct err *e)
{
	if (path.n < 2)
		return 0;
	if (u->scheme != URL_IMAP && u->scheme != URL_IMAPS)
		return err_set(e, ERR_USAGE, "a %s URL ends after the host",
		    schemes[u->scheme].name);
	if (span_chr(path, '?') != SPAN_NONE)
		return err_set(e, ERR_USAGE, "a search in the URL");
	return parse_folder(span_from(path, 1), u, e);
}

/* Folder;UIDVALIDITY=n/;UID=n/;SECTION=s; RFC 5092, section 6. */
static int
parse_folder(struct span s, struct url *u, struct err *e)
{
	size_t end = span_chr(s, ';');
	struct span folder = span_sub(s, 0, end), piece;

	s = end == SPAN_NONE ? SPAN("") : span_from(s, end + 1);
	while (s.n > 0 && span_ends(folder, SPAN("/")))
		folder.n--;
	if (folder.n == 0)
		return err_set(e, ERR_USAGE, "no folder in the URL");
	if (decode(folder, "folder", &u->folder, e) == -1)
		return -1;
	while (s.n > 0 && span_cut(&s, ';', &piece) == 1) {
		if (s.p != NULL && span_ends(piece, SPAN("/")))
			piece.n--;
		if (parse_parameter(piece, u, e) == -1)
			return -1;
	}
	if (u->section != NULL && u->uid == 0)
		return err_set(e, ERR_USAGE, "SECTION without UID in the URL");
	return 0;
}

static int
parse_parameter(struct span s, struct url *u, struct err *e)
{
	if (span_istarts(s, SPAN("UIDVALIDITY=")))
		return number(span_from(s, 12), "UIDVALIDITY",
		    &u->uidvalidity, e);
	if (span_istarts(s, SPAN("UID=")))
		return number(span_from(s, 4), "UID", &u->uid, e);
	if (!span_istarts(s, SPAN("SECTION=")) || u->section != NULL)
		return err_set(e, ERR_USAGE,
		    "\";%.*s\" has no meaning in the URL",
		    (int)(s.n > 80 ? 80 : s.n), s.p);
	if (decode(span_from(s, 8), "SECTION", &u->section, e) == -1)
		return -1;
	return is_section(u->section) ? 0
	    : err_set(e, ERR_USAGE, "\"%s\" is no section", u->section);
}

/* A non-zero number of 32 bits that was not given before. */
static int
number(struct span s, const char *what, uint32_t *out, struct err *e)
{
	uint64_t n;

	if (*out != 0 || !span_num(s, UINT32_MAX, &n) || n == 0)
		return err_set(e, ERR_USAGE, "%s in the URL wants one number",
		    what);
	*out = (uint32_t)n;
	return 0;
}

static int
decode(struct span s, const char *what, char **out, struct err *e)
{
	struct buf b = {0};
	int status = -1;

	if (!enc_unpercent(s, &b)) {
		err_set(e, ERR_USAGE, "a broken \"%%\" in the URL's %s", what);
	} else if (!charset_is_utf8(buf_view(&b))) {
		err_set(e, ERR_USAGE, "the URL's %s is not UTF-8", what);
	} else {
		status = 0;
		for (size_t i = 0; i < b.n; i++)
			if (ascii_ctl(b.p[i]))
				status = err_set(e, ERR_USAGE,
				    "a control character in the URL's %s",
				    what);
	}
	if (status == 0)
		*out = mem_dup(b.p, b.n);
	buf_free(&b);
	return status;
}

/* What may stand between "BODY[" and "]": RFC 9051's section-spec. */
static bool
is_section(const char *s)
{
	struct span rest = span_of(s), piece;
	bool has_number = false;
	uint64_t n;

	while (span_cut(&rest, '.', &piece) == 1) {
		if (span_num(piece, UINT32_MAX, &n) && piece.p[0] != '0')
			has_number = true;
		else
			return rest.p == NULL && (span_iis(piece, "HEADER") ||
			    span_iis(piece, "TEXT") ||
			    (has_number && span_iis(piece, "MIME")));
	}
	return has_number;
}

static void
put_server(const struct url *u, struct buf *out)
{
	if (u->user != NULL || u->auth != NULL) {
		if (u->user != NULL)
			put_encoded("", u->user, USER_KEEP, out);
		if (u->auth != NULL)
			put_encoded(";AUTH=", u->auth, "*+", out);
		buf_char(out, '@');
	}
	if (u->host == NULL)
		return;
	if (strchr(u->host, ':') != NULL) {
		put_encoded("[", u->host, ":", out);
		buf_char(out, ']');
	} else {
		buf_str(out, u->host);
	}
	if (u->port != 0 && u->port != schemes[u->scheme].port)
		buf_fmt(out, ":%u", u->port);
}

static void
put_path(const struct url *u, struct buf *out)
{
	if (u->path != NULL)
		put_encoded("", u->path, FOLDER_KEEP, out);
	if (u->folder != NULL)
		put_encoded("/", u->folder, FOLDER_KEEP, out);
	if (u->uidvalidity != 0)
		buf_fmt(out, ";UIDVALIDITY=%lu", (unsigned long)u->uidvalidity);
	if (u->uid != 0)
		buf_fmt(out, "/;UID=%lu", (unsigned long)u->uid);
	if (u->section != NULL)
		put_encoded("/;SECTION=", u->section, "", out);
}

static void
put_encoded(const char *before, const char *s, const char *keep,
    struct buf *out)
{
	buf_str(out, before);
	enc_percent(span_of(s), keep, out);
}
