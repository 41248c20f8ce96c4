#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "base/mem.h"
#include "host/clock.h"
#include "host/wait.h"
#include "mlist_remote.h"
#include "proto/utf7.h"

#define MESSAGES_MAX 10000000 /* that a server may list in a folder */
#define AGAIN_MS 1000	      /* after a connection was lost, doubled */
#define AGAIN_SHIFT_MAX 6

static int list_name(struct mlist *, struct named_list *, struct err *);
static bool is_to_be_had(struct mlist *, const struct err *);
static int reach(struct mlist *, const char *name, struct name *,
    struct err *);
static int check(const struct name *, struct err *);
static bool is_same(const struct remote *, const struct name *);
static bool is_equal(const char *, const char *);
static void leave(struct remote *);
static int list_deep(struct mlist *, const struct url *, struct err *);
static int count_folders(struct mlist *, const struct url *, struct err *);
static int list_folder(struct mlist *, const struct url *, const char *folder,
    struct named_list *, struct err *);
static int list_mailbox(struct mailbox *, const char *wire, struct err *);
static int list_named(struct mailbox *, const char *wire, struct err *);
static int look(struct mailbox *, const char *wire, struct err *);
static int narrow(struct mailbox *, struct err *);
static int ask_search(struct mailbox *, uint32_t from, struct err *);
static bool is_sorted_there(const struct mailbox *);
static int take_answer(struct mailbox *, const struct imap_event *,
    struct err *);
static int take_uids(struct mailbox *, const struct imap_event *,
    struct err *);
static void cut_uids(struct mailbox *);

int
mlist_remote(struct mlist *m, const char *const *name, size_t n,
    size_t *taken, struct err *e)
{
	struct named_list named = {.name = name, .n = n};
	int status;

	if (m->remote == NULL)
		m->remote = mem_alloc(1, sizeof *m->remote);
	do {
		status = list_name(m, &named, e);
	} while (m->is_watching && status == -1 && is_to_be_had(m, e));
	*taken = named.v == NULL ? 1 : named.n;
	named_free(&named);
	return status == -1 ? err_wrap(e, "%s", name[0]) : 0;
}

void
mlist_remote_close(struct mlist *m)
{
	if (m->remote == NULL)
		return;
	leave(m->remote);
	free(m->remote);
	m->remote = NULL;
}

static int
list_name(struct mlist *m, struct named_list *named, struct err *e)
{
	struct name n = {0};
	int status = reach(m, named->name[0], &n, e);

	if (status == 0 && m->is_watching && (m->is_deep || n.url.uid != 0))
		status = err_set(e, ERR_USAGE,
		    "-w watches one folder on a server");
	else if (status == 0 && m->is_folders)
		status = count_folders(m, &n.url, e);
	else if (status == 0 && m->is_deep && n.url.uid == 0)
		status = list_deep(m, &n.url, e);
	else if (status == 0)
		status = list_folder(m, &n.url,
		    n.url.folder != NULL ? n.url.folder : "INBOX", named, e);
	name_free(&n);
	if (status == -1 && (m->remote->session.is_over || m->is_watching))
		leave(m->remote);
	return status;
}

/* Waits after a connection that was lost, longer each time; false: for good. */
static bool
is_to_be_had(struct mlist *m, const struct err *e)
{
	struct remote *r = m->remote;
	struct err ignored;
	int64_t wait_ms;

	if (r->watched_next == 0 || option_interrupted() || m->is_broken)
		return false;
	if (e->kind != ERR_TEMP && e->kind != ERR_NOHOST && e->kind != ERR_OS)
		return false;
	diag_err(MLIST_NAME, NULL, e);
	wait_ms = (int64_t)AGAIN_MS << r->lost;
	if (r->lost < AGAIN_SHIFT_MAX)
		r->lost++;
	return wait_fd(-1, 0, clock_mono_ms() + wait_ms, option_interrupted,
	    &ignored) != -1;
}

/* A session with the server of that name. */
static int
reach(struct mlist *m, const char *text, struct name *n, struct err *e)
{
	struct remote *r = m->remote;

	progress_hide(&m->progress);
	if (mlist_config(m, e) == -1)
		return -1;
	if (name_resolve(m->config, text, n, e) == -1 ||
	    check(n, e) == -1)
		return -1;
	if (is_same(r, n))
		return 0;
	leave(r);
	if (name_resolve(m->config, text, &r->at, e) == -1)
		return -1;
	r->account = mem_str(account_name(r->at.account));
	if (imap_session_open(&r->session, r->at.account, &r->at.url,
		MLIST_NAME, m->common.verbose, e) == 0)
		return 0;
	name_free(&r->at);
	return -1;
}

static int
check(const struct name *n, struct err *e)
{
	if (n->url.scheme != URL_IMAP && n->url.scheme != URL_IMAPS)
		return err_set(e, ERR_USAGE,
		    "what is to be listed is on an IMAP server");
	if (n->url.section != NULL)
		return err_set(e, ERR_USAGE,
		    "a section of a message is no message");
	return 0;
}

static bool
is_same(const struct remote *r, const struct name *n)
{
	const struct url *a = &r->at.url, *b = &n->url;

	return r->session.wire != NULL && !r->session.is_over &&
	    a->scheme == b->scheme && url_port(a) == url_port(b) &&
	    is_equal(a->host, b->host) && is_equal(a->user, b->user) &&
	    is_equal(a->auth, b->auth) &&
	    is_equal(r->account, account_name(n->account));
}

static bool
is_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
leave(struct remote *r)
{
	if (r->session.wire != NULL)
		imap_session_close(&r->session);
	name_free(&r->at);
	free(r->account);
	free(r->mailbox);
	r->account = r->mailbox = NULL;
}

/* The folder and those below it; without a folder, all. */
static int
list_deep(struct mlist *m, const struct url *u, struct err *e)
{
	struct server_folders folders;
	struct err one;

	if (server_folders(m, u->folder, false, &folders, e) == -1)
		return -1;
	for (size_t i = 0; i < folders.n && !mlist_is_done(m); i++) {
		if (list_folder(m, u, folders.v[i].name, NULL, &one) == 0)
			continue;
		err_wrap(&one, "%s", folders.v[i].name);
		mlist_fail(m, &one);
		if (m->remote->session.is_over)
			break;
	}
	server_folders_free(&folders);
	return 0;
}

static int
count_folders(struct mlist *m, const struct url *u, struct err *e)
{
	struct server_folders folders;
	struct buf name = {0};
	struct url one = *u;
	int status;

	status = server_folders(m, u->folder, !m->is_count, &folders, e);
	if (one.user == NULL)
		one.user = (char *)m->remote->session.server.user;
	one.uidvalidity = one.uid = 0;
	for (size_t i = 0; status == 0 && i < folders.n; i++) {
		const struct imap_counts *c = &folders.v[i].counts;

		if (mlist_is_done(m))
			break;
		one.folder = folders.v[i].name;
		buf_cut(&name, 0);
		url_format(&one, &name);
		mlist_count(m, buf_view(&name), &(struct mlist_counts){
		    c->has_messages, c->has_unseen, c->has_size, c->messages,
		    c->unseen, c->size});
	}
	buf_free(&name);
	if (status == 0)
		server_folders_free(&folders);
	return status;
}

static int
list_folder(struct mlist *m, const struct url *u, const char *folder,
    struct named_list *named, struct err *e)
{
	struct imap_session *s = &m->remote->session;
	struct mailbox box = {.m = m, .s = s, .url = *u,
	    .query = m->is_whole ? NULL : m->query};
	struct buf wire = {0};
	int status;

	if (!utf7_encode(span_of(folder), &wire)) {
		buf_free(&wire);
		return err_set(e, ERR_USAGE,
		    "a folder that IMAP cannot name");
	}
	box.url.folder = (char *)folder;
	if (box.url.user == NULL)
		box.url.user = (char *)s->server.user;
	mailbox_search(&box);
	if (u->uid != 0) {
		named_take(named, u->uid);
		box.named = named;
	}
	if (m->is_watching)
		status = mailbox_watch(&box, buf_cstr(&wire), e);
	else if (u->uid == 0)
		status = list_mailbox(&box, buf_cstr(&wire), e);
	else
		status = list_named(&box, buf_cstr(&wire), e);
	query_imap_free(&box.search);
	buf_free(&wire);
	free(box.uid);
	free(box.may);
	return status;
}

/* For -t what does not match is sought too; who was named is not sought. */
void
mailbox_search(struct mailbox *b)
{
	const struct mlist *m = b->m;
	const struct imap *imap = b->s->imap;
	unsigned may = QUERY_IMAP_ALL;

	if (m->is_without_index || imap_can(imap, "X-GM-EXT-1"))
		may = QUERY_IMAP_DATES | QUERY_IMAP_SIZES;
	if (imap_is_cyrus(imap_capabilities(imap)))
		may &= QUERY_IMAP_HEADERS | QUERY_IMAP_UTF8 | QUERY_IMAP_SIZES;
	if (imap_is_courier(imap))
		may &= QUERY_IMAP_HEADERS | QUERY_IMAP_UTF8 | QUERY_IMAP_EMPTY;
	if (b->is_simple)
		may &= ~(unsigned)QUERY_IMAP_BODIES;
	if (b->is_simple || (!imap_can(imap, "LITERAL+") &&
	    !imap_can(imap, "LITERAL-") && !imap_can(imap, "IMAP4rev2")))
		may &= ~(unsigned)QUERY_IMAP_UTF8;
	query_imap_free(&b->search);
	query_imap(b->query, may, &b->search);
	if (b->query != m->query || (b->url.uid != 0 && m->query != NULL))
		b->search.is_exact = false;
}

static int
list_mailbox(struct mailbox *b, const char *wire, struct err *e)
{
	const struct mlist *m = b->m;

	if (look(b, wire, e) == -1)
		return -1;
	b->is_some = is_sorted_there(b);
	if (b->is_some)
		cut_uids(b);
	mailbox_sort(b);
	if (m->is_whole && m->query != NULL && narrow(b, e) == -1)
		return -1;
	if (b->search.is_exact && m->sort == MLIST_UNSORTED &&
	    m->thread == NULL)
		cut_uids(b);
	else if (mailbox_cut_by_key(b, e) == -1)
		return -1;
	if (!mailbox_knows(b))
		return mailbox_fetch(b, e);
	mailbox_give_all(b);
	return 0;
}

/* They are fetched without a search. */
static int
list_named(struct mailbox *b, const char *wire, struct err *e)
{
	struct remote *r = b->m->remote;
	const struct imap_ask open = {.verb = IMAP_EXAMINE,
	    .name = span_of(wire)};
	int status = 0;

	b->is_some = true;
	b->uid = mem_grow(b->uid, &b->cap, b->named->n, sizeof *b->uid);
	for (; b->n < b->named->n; b->n++)
		b->uid[b->n] = b->named->v[b->n].uid;
	if (r->mailbox == NULL || strcmp(r->mailbox, wire) != 0) {
		free(r->mailbox);
		r->mailbox = NULL;
		status = imap_session_do(b->s, &open, e);
		if (status == 0)
			r->mailbox = mem_str(wire);
	}
	if (status == 0)
		status = mailbox_check(b, e);
	if (status == 0)
		status = mailbox_fetch(b, e);
	named_give(b->m, b->named, status == 0);
	return status;
}

/* Opens the folder and asks for the UIDs, in one flight. */
static int
look(struct mailbox *b, const char *wire, struct err *e)
{
	struct remote *r = b->m->remote;
	const struct imap_ask open = {.verb = IMAP_EXAMINE,
	    .name = span_of(wire)};

	free(r->mailbox);
	r->mailbox = NULL;
	if (imap_ask(b->s->imap, &open, NULL, e) == -1 ||
	    mailbox_find(b, 1, e) == -1) {
		mailbox_pass(b->s, e);
		return -1;
	}
	r->mailbox = mem_str(wire);
	return mailbox_check(b, e);
}

/*
 * With -t all messages are listed by now, and of these those that may match are
 * sought; where there are none, no thread has one.  Both searches together
 * would not tell which of them a UID is of.
 *
 * The server's threads (RFC 5256) cannot narrow what is fetched.  One that it
 * does not make of what is one here would be cut, with nothing in what was
 * fetched to tell so: an answer whose References name the match in a form that
 * the server takes for no Message-ID, or that lies in another folder; and no
 * search finds each form of a name.
 */
static int
narrow(struct mailbox *b, struct err *e)
{
	struct mailbox sought = {.m = b->m, .s = b->s, .url = b->url,
	    .query = b->m->query, .is_simple = b->is_simple};
	int status = 0;

	mailbox_search(&sought);
	if (!span_is(buf_view(&sought.search.keys), "ALL")) {
		status = mailbox_find(&sought, 1, e);
		mailbox_sort(&sought);
		b->is_narrowed = true;
		b->may = sought.uid;
		b->n_may = sought.n;
		b->search.is_exact = sought.search.is_exact;
	}
	query_imap_free(&sought.search);
	if (status == -1)
		mailbox_pass(b->s, e);
	else if (b->is_narrowed && b->n_may == 0 && b->m->is_alone)
		b->n = 0;
	return status;
}

bool
mailbox_may_match(const struct mailbox *b, uint32_t uid)
{
	return !b->is_narrowed || (b->n_may > 0 && bsearch(&uid, b->may,
	    b->n_may, sizeof uid, mailbox_by_uid) != NULL);
}

int
mailbox_find(struct mailbox *b, uint32_t from, struct err *e)
{
	bool was_simple = b->is_simple;
	struct imap_event ev;
	int status = ask_search(b, from, e);

	while (status == 0 && imap_waiting(b->s->imap) > 0) {
		status = imap_session_next(b->s, &ev, e);
		if (status == 0)
			status = take_answer(b, &ev, e);
	}
	if (status == 0 && b->is_simple != was_simple)
		return mailbox_find(b, from, e);
	return status;
}

static int
ask_search(struct mailbox *b, uint32_t from, struct err *e)
{
	struct imap_ask ask = {.verb = IMAP_UID_SEARCH,
	    .strings = b->search.string, .n_strings = b->search.n};
	struct buf words = {0};
	int status;

	if (is_sorted_there(b)) {
		ask.verb = IMAP_UID_SORT;
		buf_fmt(&words, "(%s) UTF-8 ",
		    b->m->sort == MLIST_SIZE ? "SIZE" : "ARRIVAL");
	} else if (b->search.is_charset) {
		buf_str(&words, "CHARSET UTF-8 ");
	}
	if (from > 1)
		buf_fmt(&words, "UID %lu:* ", (unsigned long)from);
	buf_span(&words, buf_view(&b->search.keys));
	ask.words = buf_view(&words);
	status = imap_ask(b->s->imap, &ask, NULL, e);
	buf_free(&words);
	return status;
}

/*
 * By size or arrival a server sorts as it is done here, and so tells which come
 * first.  Its order of dates, senders and subjects is another; Courier's of
 * what is alike too.
 */
static bool
is_sorted_there(const struct mailbox *b)
{
	const struct mlist *m = b->m;

	return (m->sort == MLIST_SIZE || m->sort == MLIST_ARRIVAL) &&
	    m->max != SPAN_NONE && m->thread == NULL && b->url.uid == 0 &&
	    b->search.is_exact && !b->is_simple &&
	    imap_can(b->s->imap, "SORT") && !imap_is_courier(b->s->imap);
}

static int
take_answer(struct mailbox *b, const struct imap_event *ev, struct err *e)
{
	bool is_search = ev->verb == IMAP_UID_SEARCH ||
	    ev->verb == IMAP_UID_SORT;

	if (ev->on == IMAP_ON_UIDS)
		return take_uids(b, ev, e);
	if (ev->on != IMAP_ON_DONE || ev->status == IMAP_OK)
		return 0;
	if (!is_search || (!b->search.is_charset && !is_sorted_there(b)))
		return imap_refused(ev, e);
	b->is_simple = true;
	b->n = 0;
	mailbox_search(b);
	return 0;
}

static int
take_uids(struct mailbox *b, const struct imap_event *ev, struct err *e)
{
	uint64_t n = (uint64_t)ev->last - ev->uid + 1;
	uint32_t exists = imap_mailbox(b->s->imap)->exists;

	if (n > MESSAGES_MAX || b->n + n > MESSAGES_MAX)
		return err_set(e, ERR_PROTO, "the server lists over %d "
		    "messages", MESSAGES_MAX);
	if (n > exists || b->n + n > exists)
		return err_set(e, ERR_PROTO,
		    "the server sent more UIDs than it has messages");
	b->uid = mem_grow(b->uid, &b->cap, b->n + (size_t)n, sizeof *b->uid);
	for (uint64_t i = 0; i < n; i++)
		b->uid[b->n++] = (uint32_t)(ev->uid + i);
	return 0;
}

int
mailbox_check(struct mailbox *b, struct err *e)
{
	uint32_t now = imap_mailbox(b->s->imap)->uidvalidity;

	if (now == 0)
		return err_set(e, ERR_REFUSED,
		    "the server keeps no UIDs, so that no name lasts");
	if (b->url.uidvalidity != 0 && b->url.uidvalidity != now)
		return err_set(e, ERR_NOINPUT,
		    "UIDVALIDITY is %lu on the server", (unsigned long)now);
	b->url.uidvalidity = now;
	return 0;
}

/* A server may send them in any order, and twice. */
void
mailbox_sort(struct mailbox *b)
{
	size_t kept = 0;

	if (b->n > 1)
		qsort(b->uid, b->n, sizeof *b->uid, mailbox_by_uid);
	for (size_t i = 0; i < b->n; i++)
		if (i == 0 || b->uid[i] != b->uid[i - 1])
			b->uid[kept++] = b->uid[i];
	b->n = kept;
}

int
mailbox_by_uid(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* No more than will be shown. */
static void
cut_uids(struct mailbox *b)
{
	size_t max = b->m->max;

	if (b->n <= max)
		return;
	if (b->m->is_reverse)
		memmove(b->uid, b->uid + b->n - max, max * sizeof *b->uid);
	b->n = max;
}

void
mailbox_pass(struct imap_session *s, const struct err *e)
{
	struct imap_event ev;
	struct err ignored;

	s->is_over = s->is_over || e->kind == ERR_PROTO;
	while (!s->is_over && imap_waiting(s->imap) > 0)
		if (imap_session_next(s, &ev, &ignored) == -1)
			return;
}

void
mailbox_give_all(struct mailbox *b)
{
	struct summary s = {0};

	for (size_t i = 0; i < b->n && !mlist_is_done(b->m); i++) {
		s.uid = b->uid[i];
		mailbox_give(b, &s, true);
	}
}

void
mailbox_give(struct mailbox *b, struct summary *s, bool is_match)
{
	struct mlist *m = b->m;
	const uint32_t *at;

	buf_cut(&m->reader.name, 0);
	mailbox_put_name(b, s->uid, &m->reader.name);
	s->name = buf_view(&m->reader.name);
	s->folder = span_of(b->url.folder);
	if (b->named != NULL) {
		at = bsearch(&s->uid, b->uid, b->n, sizeof *b->uid,
		    mailbox_by_uid);
		mlist_rows_add(m, s, is_match,
		    &b->named->v[at - b->uid].rows);
		return;
	}
	mlist_rows_add(m, s, is_match, &m->reader.rows);
	mlist_take(m, &m->reader.rows);
}

void
mailbox_put_name(const struct mailbox *b, uint32_t uid, struct buf *out)
{
	struct url u = b->url;

	u.uid = uid;
	u.section = NULL;
	url_format(&u, out);
}
