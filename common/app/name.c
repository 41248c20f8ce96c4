#include <stdlib.h>

#include "app/name.h"
#include "base/mem.h"
#include "text/charset.h"
#include "text/enc.h"

static bool is_source(enum url_scheme);
static int of_url(struct config *, struct span, struct name *, struct err *);
static int of_account(struct config *, struct span, struct name *,
    struct err *);
static int open_fetch(const struct account *, struct url *, struct err *);
static int take_folder(struct span, struct url *, struct err *);
static struct span take_uid(struct span, struct url *);
static int decode(struct span, char **, struct err *);

bool
name_is_remote(struct span text)
{
	struct span scheme = span_sub(text, 0, span_chr(text, ':'));

	if (span_starts(text, SPAN("@")))
		return true;
	if (scheme.n == text.n)
		return false;
	for (int i = URL_IMAP; i <= URL_POP3S; i++)
		if (span_iis(scheme, url_scheme_name((enum url_scheme)i)))
			return true;
	return false;
}

void
name_path(const char *path, struct buf *out)
{
	if (path[0] == '-' || path[0] == '@' || url_is(span_of(path)))
		buf_str(out, "./");
	buf_str(out, path);
}

int
name_resolve(struct config *c, const char *text, struct name *n,
    struct err *e)
{
	struct span s = span_of(text);
	int status = 0;

	*n = (struct name){0};
	if (!name_is_remote(s))
		n->path = text;
	else if (s.p[0] == '@')
		status = of_account(c, span_from(s, 1), n, e);
	else
		status = of_url(c, s, n, e);
	if (status == -1)
		name_free(n);
	return status;
}

void
name_free(struct name *n)
{
	url_free(&n->url);
	*n = (struct name){0};
}

static bool
is_source(enum url_scheme scheme)
{
	return scheme >= URL_IMAP && scheme <= URL_POP3S;
}

static int
of_url(struct config *c, struct span text, struct name *n, struct err *e)
{
	if (url_parse(text, &n->url, e) == -1)
		return -1;
	if (n->url.has_password)
		return err_set(e, ERR_USAGE,
		    "a URL never holds a password; use password-command");
	return account_find_url(c, &n->url, &n->account, e);
}

/* account, or account/Folder, or account/Folder:UID */
static int
of_account(struct config *c, struct span s, struct name *n, struct err *e)
{
	size_t slash = span_chr(s, '/');
	struct span folder = span_from(s, slash == SPAN_NONE ? s.n : slash + 1);
	char *name = NULL;
	int status = decode(span_sub(s, 0, slash), &name, e);

	if (status == 0)
		status = account_find_name(c, name, &n->account, e);
	if (status == 0)
		status = open_fetch(n->account, &n->url, e);
	if (status == 0 && folder.n > 0)
		status = take_folder(folder, &n->url, e);
	free(name);
	return status;
}

static int
open_fetch(const struct account *a, struct url *u, struct err *e)
{
	const char *fetch = account_get(a, "fetch", CONF_FETCH);

	if (fetch == NULL)
		return err_set(e, ERR_CONFIG, "account %s: no fetch",
		    account_name(a));
	if (url_parse(span_of(fetch), u, e) == -1) {
		e->kind = ERR_CONFIG;
		return err_wrap(e, "account %s: fetch", account_name(a));
	}
	if (u->has_password)
		return err_set(e, ERR_CONFIG,
		    "a URL never holds a password; use password-command");
	if (!is_source(u->scheme))
		return err_set(e, ERR_CONFIG, "account %s: mail comes from "
		    "imap:, imaps:, pop3: or pop3s:", account_name(a));
	return 0;
}

/* Instead of the folder that the account's URL may name. */
static int
take_folder(struct span s, struct url *u, struct err *e)
{
	if (u->scheme > URL_IMAPS)
		return err_set(e, ERR_NOINPUT, "POP3 has no folders");
	free(u->folder);
	free(u->section);
	u->folder = u->section = NULL;
	u->uid = u->uidvalidity = 0;
	return decode(take_uid(s, u), &u->folder, e);
}

/* What stands before ":UID", where a UID ends it. */
static struct span
take_uid(struct span s, struct url *u)
{
	size_t at = s.n;
	uint64_t uid;

	while (at > 0 && s.p[at - 1] != ':')
		at--;
	if (at < 2 || !span_num(span_from(s, at), UINT32_MAX, &uid) ||
	    uid == 0)
		return s;
	u->uid = (uint32_t)uid;
	return span_sub(s, 0, at - 1);
}

static int
decode(struct span s, char **out, struct err *e)
{
	struct buf b = {0};
	int status = 0;

	if (s.n == 0 || !enc_unpercent(s, &b))
		status = err_set(e, ERR_USAGE,
		    "\"@account/Folder\" is what such a name looks like");
	else if (!charset_is_utf8(buf_view(&b)))
		status = err_set(e, ERR_USAGE, "the name is not UTF-8");
	for (size_t i = 0; status == 0 && i < b.n; i++)
		if (ascii_ctl(b.p[i]))
			status = err_set(e, ERR_USAGE,
			    "a control character in the name");
	if (status == 0)
		*out = mem_dup(b.p, b.n);
	buf_free(&b);
	return status;
}
