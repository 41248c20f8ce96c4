/* The names that are asked for: the operands, or those of -i. */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "app/imap_session.h"
#include "app/name.h"
#include "base/mem.h"
#include "mfetch.h"

#define TOGETHER 1000 /* messages that are fetched together */

/* Messages of one folder, as their names come. */
struct group {
	struct mfetch *run;
	struct picked picked;
	struct name first; /* of the first one; zero: there is none */
	struct imap_session session;
	struct name server; /* whose session it is, which borrows of it */
	struct err refused; /* the log-in there: it is not tried again */
};

static int resolve(struct mfetch *, struct config *, const char *,
    struct name *, struct buf *shown, struct err *);
static void name_refused(const char *, struct buf *);
static int check_name(const struct name *, struct err *);
static int check_url(const struct mfetch *, const struct url *, struct err *);
static void say(struct mfetch *, const char *shown, const struct err *);
static void take(struct group *, struct config *, const char *);
static void add(struct picked *, const struct name *);
static bool is_groupable(const struct mfetch *, const struct name *);
static bool is_same_folder(const struct name *, const struct name *);
static bool is_same_server(const struct name *, const struct name *);
static bool is_equal(const char *, const char *);
static void fetch_group(struct group *);
static void lose_rest(struct group *, struct url, uint64_t framed,
    enum err_kind);
static int fetch_from(struct group *, const struct url *, struct err *);

void
mfetch_name(struct mfetch *m, struct config *config, const char *text)
{
	struct buf shown = {0};
	struct err e = {0};
	struct name n;

	if (resolve(m, config, text, &n, &shown, &e) == 0) {
		if (mfetch_from(m, n.account, &n.url, NULL, &e) == -1)
			say(m, buf_cstr(&shown), &e);
		name_free(&n);
	} else {
		say(m, buf_cstr(&shown), &e);
	}
	buf_free(&shown);
}

int
mfetch_names(struct mfetch *m, struct config *config, struct err *e)
{
	struct group g = {.run = m};
	const char *name;
	int got = 0;

	while (!option_interrupted() && !m->output.is_closed_pipe) {
		/* what is here is fetched before more is waited for */
		if (!option_name_is_here(&m->names))
			fetch_group(&g);
		got = option_name(&m->names, &name, e);
		if (got != 1)
			break;
		take(&g, config, name);
	}
	if (!option_interrupted() && !m->output.is_closed_pipe)
		fetch_group(&g);
	imap_session_close(&g.session);
	name_free(&g.first);
	name_free(&g.server);
	free(g.picked.uid);
	free(g.picked.section);
	free(g.picked.sorted);
	buf_free(&m->names.held);
	return got == -1 && !option_interrupted() ? -1 : 0;
}

static int
resolve(struct mfetch *m, struct config *config, const char *text,
    struct name *n, struct buf *shown, struct err *e)
{
	if (name_resolve(config, text, n, e) == -1) {
		name_refused(text, shown);
		return -1;
	}
	if (n->path == NULL)
		url_format(&n->url, shown);
	else
		buf_str(shown, n->path);
	if (check_name(n, e) == 0 && check_url(m, &n->url, e) == 0)
		return 0;
	name_free(n);
	return -1;
}

/* What stands before a later @ may be a password, and is not shown. */
static void
name_refused(const char *text, struct buf *shown)
{
	const char *at = strrchr(text, '@');

	if (at == NULL || at == text)
		buf_str(shown, text);
}

static int
check_name(const struct name *n, struct err *e)
{
	if (n->path == NULL)
		return 0;
	if (url_is(span_of(n->path)))
		return err_set(e, ERR_USAGE,
		    "mail comes from imap:, imaps:, pop3: or pop3s:");
	return err_set(e, ERR_USAGE, "not a URL of a known scheme");
}

/* What is asked of it must fit what it names. */
static int
check_url(const struct mfetch *m, const struct url *u, struct err *e)
{
	if (u->uid == 0 && frame_is_on(m))
		return err_set(e, ERR_USAGE,
		    "the URL names no message (;UID=)");
	if (u->uid == 0)
		return 0;
	if (m->n_folders > 0)
		return err_set(e, ERR_USAGE, "-f: the URL names a message");
	if (m->newest > 0 || m->size_max > 0 || m->has_since)
		return err_set(e, ERR_USAGE,
		    "-m, -s and -S: the URL names a message");
	if (u->section != NULL && m->headers)
		return err_set(e, ERR_USAGE, "-H: the URL names a section");
	if (u->section != NULL && m->target_kind != TARGET_STDOUT)
		return err_set(e, ERR_USAGE,
		    "a section is written with -t - only");
	return 0;
}

/* Nobody is to be told who has closed the pipe himself. */
static void
say(struct mfetch *m, const char *shown, const struct err *e)
{
	if (!option_interrupted() && !m->output.is_closed_pipe)
		diag_err(m->tool.name, shown[0] != '\0' ? shown : NULL, e);
	diag_status(&m->status, e);
}

static void
take(struct group *g, struct config *config, const char *text)
{
	struct picked *k = &g->picked;
	struct buf shown = {0};
	struct err e = {0};
	struct name n;

	if (resolve(g->run, config, text, &n, &shown, &e) == -1) {
		fetch_group(g);
		say(g->run, buf_cstr(&shown), &e);
		if (frame_is_on(g->run))
			(void)frame_lost(g->run, buf_view(&shown), e.kind, &e);
		buf_free(&shown);
		return;
	}
	buf_free(&shown);
	if (k->n == TOGETHER || !is_groupable(g->run, &n) ||
	    (k->n > 0 && !is_same_folder(&n, &g->first)))
		fetch_group(g);
	if (!is_groupable(g->run, &n)) {
		/* one connection at a time */
		imap_session_close(&g->session);
		name_free(&n);
		mfetch_name(g->run, config, text);
		return;
	}
	add(k, &n);
	if (k->n == 1)
		g->first = n;
	else
		name_free(&n);
}

static void
add(struct picked *k, const struct name *n)
{
	const char *section = n->url.section;

	k->uid = mem_grow(k->uid, &k->cap, k->n + 1, sizeof *k->uid);
	k->section = mem_grow(k->section, &k->section_cap, k->n + 1,
	    sizeof *k->section);
	k->uid[k->n] = n->url.uid;
	k->section[k->n++] = section == NULL ? NULL : mem_str(section);
}

static bool
is_groupable(const struct mfetch *m, const struct name *n)
{
	return n->url.uid != 0 && n->url.scheme <= URL_IMAPS && !m->check;
}

static bool
is_same_folder(const struct name *a, const struct name *b)
{
	return is_same_server(a, b) && is_equal(a->url.folder, b->url.folder) &&
	    a->url.uidvalidity == b->url.uidvalidity;
}

static bool
is_same_server(const struct name *a, const struct name *b)
{
	return a->account == b->account && a->url.scheme == b->url.scheme &&
	    a->url.port == b->url.port && is_equal(a->url.host, b->url.host) &&
	    is_equal(a->url.user, b->url.user) &&
	    is_equal(a->url.auth, b->url.auth);
}

static bool
is_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
fetch_group(struct group *g)
{
	struct picked *k = &g->picked;
	const uint64_t framed = g->run->framed;
	struct buf shown = {0};
	struct err e = {0};
	struct url u;

	if (k->n == 0)
		return;
	pick_sort(k);
	k->session = &g->session;
	if (k->session->imap != NULL && !is_same_server(&g->server, &g->first))
		imap_session_close(k->session);
	u = g->first.url;
	if (g->refused.kind != ERR_NONE &&
	    !is_same_server(&g->server, &g->first))
		g->refused = (struct err){0};
	if (k->session->imap == NULL) {
		name_free(&g->server);
		g->server = g->first;
		g->first = (struct name){0};
	}
	/* what the session borrows lives as long */
	u.user = g->server.url.user;
	u.auth = g->server.url.auth;
	u.host = g->server.url.host;
	if (fetch_from(g, &u, &e) == -1) {
		/* of one message it is its own, of several their folder's */
		u.uid = k->n_sorted == 1 ? u.uid : 0;
		u.section = k->n == 1 ? u.section : NULL;
		url_format(&u, &shown);
		say(g->run, buf_cstr(&shown), &e);
		if (frame_is_on(g->run))
			lose_rest(g, u, framed, e.kind);
	}
	buf_free(&shown);
	name_free(&g->first);
	while (k->n > 0)
		free(k->section[--k->n]);
}

/* Those that have no line yet; what is wrong with the output is seen later. */
static void
lose_rest(struct group *g, struct url u, uint64_t framed, enum err_kind why)
{
	struct buf name = {0};
	struct err e;

	for (size_t i = (size_t)(g->run->framed - framed); i < g->picked.n;
	    i++) {
		u.uid = g->picked.uid[i];
		u.section = g->picked.section[i];
		url_format(&u, &name);
		(void)frame_lost(g->run, buf_view(&name), why, &e);
		buf_cut(&name, 0);
	}
	buf_free(&name);
}

/* Many refusals in a row might lock the account. */
static int
fetch_from(struct group *g, const struct url *u, struct err *e)
{
	if (g->refused.kind != ERR_NONE) {
		*e = g->refused;
		return -1;
	}
	if (mfetch_from(g->run, g->server.account, u, &g->picked, e) == 0)
		return 0;
	if (e->kind == ERR_AUTH)
		g->refused = *e;
	return -1;
}
