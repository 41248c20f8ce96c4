/* Which folders of a server are fetched, and where they go. */
#include <stdlib.h>
#include <string.h>

#include "app/imap_session.h"
#include "base/mem.h"
#include "host/file.h"
#include "mfetch.h"
#include "proto/utf7.h"

#define FOLDERS_MAX 100000    /* that a server may list */
#define FOLDERS_BYTES 16777216 /* of their names */
#define COUNT_ITEMS "MESSAGES UIDNEXT UIDVALIDITY"
#define LOOK_AROUND 64 /* folders that a STATUS may be of, past the last */

/* Who says what parts the levels of folders; the later knows better. */
enum sayer { NOBODY, ANY_FOLDER, THE_INBOX, THE_NAMESPACE };

/*
 * What a server listed.  One delimiter parts all names, also where some have
 * another one: so "a/b" and "a.b" are not in one place.
 */
struct listed {
	struct folder_list all;
	enum sayer sayer;
	char delimiter;	      /* NUL: there is one level */
	struct buf prefix;    /* of the user's own folders: "INBOX." */
	bool has_prefix;      /* it was said, be it empty */
	struct span *own;     /* each folder's name for the user */
	size_t bytes;	      /* of the names */
	size_t counted;	      /* the folder that was counted last */
};

static int patterns(const struct mfetch *, const struct source *,
    struct buf *);
static bool is_inbox(struct span);
static bool is_pattern(struct span);
static void add_inbox(const struct source *, struct folder_list *);
static int list(struct imap_session *, struct listed *, struct err *);
static void keep_prefix(struct listed *, const struct imap_event *,
    bool is_utf8);
static void keep_delimiter(struct listed *, char delimiter, enum sayer);
static void put_name(struct span wire, bool is_utf8, struct buf *);
static int add_listed(struct listed *, const struct imap_event *,
    bool is_utf8, struct err *);
static void add_counts(struct folder_list *, size_t *at,
    const struct imap_event *);
static int choose(struct mfetch *, struct span patterns,
    const struct source *, struct listed *, struct folder_list *,
    struct err *);
static void name_own(struct listed *);
static int by_name(const void *, const void *);
static bool is_wanted(const struct listed *, size_t, struct span patterns);
static bool fits(const struct listed *, size_t, struct span pattern);
static bool matches(struct span pattern, struct span name);
static bool is_listed(const struct listed *, struct span name);
static void tell_nameless(struct mfetch *, const char *name);
static void add(const struct source *, const struct listed *, size_t,
    struct folder_list *);
static void put_path(const struct source *, struct span name, char delimiter,
    struct buf *);
static void hide_dots(struct buf *, size_t from);
static void drop_doubles(struct mfetch *, struct folder_list *);
static void tell_shared(struct mfetch *, const struct folder *,
    const struct folder *);
static int by_place(const void *, const void *);
static void folder_free(struct folder *);
static void free_listed(struct listed *);

bool
folder_list_is_given(const struct mfetch *run, const struct source *src)
{
	struct buf wanted = {0};
	bool is = patterns(run, src, &wanted) == 1 &&
	    is_inbox(buf_view(&wanted));

	buf_free(&wanted);
	return is;
}

int
folder_list_ask(const struct mfetch *run, const struct source *src,
    struct imap_session *s, struct err *e)
{
	struct imap_ask ask = {.verb = IMAP_LIST, .name = SPAN("*")};

	if (folder_list_is_given(run, src))
		return 0;
	if (imap_can(s->imap, "NAMESPACE") &&
	    imap_ask(s->imap, &(struct imap_ask){.verb = IMAP_NAMESPACE}, NULL,
		e) == -1)
		return -1;
	if (imap_can(s->imap, "LIST-STATUS"))
		ask.words = imap_can(s->imap, "CONDSTORE")
		    ? SPAN("RETURN (STATUS (" COUNT_ITEMS " HIGHESTMODSEQ))")
		    : SPAN("RETURN (STATUS (" COUNT_ITEMS "))");
	return imap_ask(s->imap, &ask, NULL, e);
}

int
folder_list(struct mfetch *run, const struct source *src,
    struct imap_session *s, struct folder_list *out, struct err *e)
{
	struct listed found = {0};
	struct buf wanted = {0};
	int n = patterns(run, src, &wanted), status = 0;

	*out = (struct folder_list){0};
	if (n == 1 && is_inbox(buf_view(&wanted))) {
		add_inbox(src, out);
	} else {
		status = list(s, &found, e);
		if (status == 0)
			status = choose(run, buf_view(&wanted), src, &found,
			    out, e);
	}
	free_listed(&found);
	buf_free(&wanted);
	if (status == -1)
		folder_list_free(out);
	return status;
}

/* Those that cannot be counted are opened; what is wrong is told then. */
int
folder_list_count(struct imap_session *s, struct folder_list *l,
    struct err *e)
{
	const struct span words = imap_can(s->imap, "CONDSTORE")
	    ? SPAN("(" COUNT_ITEMS " HIGHESTMODSEQ)")
	    : SPAN("(" COUNT_ITEMS ")");
	size_t asked = 0, at = 0;
	struct imap_event ev;

	while (asked < l->n || imap_waiting(s->imap) > 0) {
		while (asked < l->n &&
		    imap_waiting(s->imap) < IMAP_ASKED_MAX) {
			if (imap_ask(s->imap, &(struct imap_ask){
			    .verb = IMAP_STATUS,
			    .name = span_of(l->v[asked].wire),
			    .words = words}, NULL, e) == -1)
				return -1;
			asked++;
		}
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
		if (ev.on == IMAP_ON_STATUS)
			add_counts(l, &at, &ev);
	}
	return 0;
}

void
folder_list_free(struct folder_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		folder_free(&l->v[i]);
	free(l->v);
	*l = (struct folder_list){0};
}

/* The patterns, LF between them; how many there are. */
static int
patterns(const struct mfetch *run, const struct source *src, struct buf *out)
{
	const char *set = account_get(src->account, "folders", CONF_FETCH);
	struct span rest, one;
	int n = 0;

	if (src->url->folder != NULL) {
		buf_str(out, src->url->folder);
		return 1;
	}
	for (size_t i = 0; i < run->n_folders; i++) {
		buf_str(out, n++ == 0 ? "" : "\n");
		buf_str(out, run->folder[i]);
	}
	if (n > 0)
		return n;
	rest = span_of(set == NULL ? "INBOX" : set);
	while (span_cut(&rest, ',', &one) == 1) {
		buf_str(out, n++ == 0 ? "" : "\n");
		buf_span(out, span_trim(one));
	}
	return n;
}

static bool
is_inbox(struct span name)
{
	return span_iis(name, "INBOX");
}

static bool
is_pattern(struct span s)
{
	return span_chr(s, '*') != SPAN_NONE || span_chr(s, '?') != SPAN_NONE;
}

static void
add_inbox(const struct source *src, struct folder_list *out)
{
	out->v = mem_grow(out->v, &out->cap, out->n + 1, sizeof *out->v);
	out->v[out->n++] = (struct folder){.name = mem_str("INBOX"),
	    .wire = mem_str("INBOX"), .path = mem_str(src->maildir)};
}

/* All that was asked is answered then. */
static int
list(struct imap_session *s, struct listed *found, struct err *e)
{
	bool is_utf8 = false;
	struct imap_event ev;

	while (imap_waiting(s->imap) > 0) {
		if (imap_session_next(s, &ev, e) == -1)
			return -1;
		is_utf8 = imap_is_utf8(s->imap);
		if (ev.on == IMAP_ON_STATUS)
			add_counts(&found->all, &found->counted, &ev);
		if (ev.on == IMAP_ON_NAMESPACE)
			keep_prefix(found, &ev, is_utf8);
		if (ev.on == IMAP_ON_LIST && imap_is_selectable(ev.flags) &&
		    add_listed(found, &ev, is_utf8, e) == -1)
			return -1;
		if (ev.on == IMAP_ON_DONE && ev.verb == IMAP_LIST &&
		    ev.status != IMAP_OK)
			return imap_refused(&ev, e);
	}
	return 0;
}

/* RFC 2342: the first is the one that the user's folders are made in. */
static void
keep_prefix(struct listed *found, const struct imap_event *ev, bool is_utf8)
{
	if (ev->number != 0 || found->has_prefix)
		return;
	put_name(ev->name, is_utf8, &found->prefix);
	found->has_prefix = true;
	keep_delimiter(found, ev->delimiter, THE_NAMESPACE);
}

static void
keep_delimiter(struct listed *found, char delimiter, enum sayer sayer)
{
	if (delimiter == '\0' || sayer <= found->sayer)
		return;
	found->delimiter = delimiter;
	found->sayer = sayer;
}

/* A name that is not in IMAP's own form is taken to the letter. */
static void
put_name(struct span wire, bool is_utf8, struct buf *out)
{
	if (!is_utf8 && utf7_decode(wire, out))
		return;
	buf_cut(out, 0);
	buf_span(out, wire);
}

static int
add_listed(struct listed *found, const struct imap_event *ev, bool is_utf8,
    struct err *e)
{
	struct folder_list *l = &found->all;
	struct buf name = {0};

	found->bytes += ev->name.n;
	if (l->n == FOLDERS_MAX)
		return err_set(e, ERR_DATA, "over %d folders", FOLDERS_MAX);
	if (found->bytes > FOLDERS_BYTES)
		return err_set(e, ERR_DATA, "over %d bytes of names of "
		    "folders", FOLDERS_BYTES);
	put_name(ev->name, is_utf8, &name);
	l->v = mem_grow(l->v, &l->cap, l->n + 1, sizeof *l->v);
	l->v[l->n] = (struct folder){.name = mem_str(buf_cstr(&name))};
	if (imap_is_name(ev->name))
		l->v[l->n].wire = mem_dup(ev->name.p, ev->name.n);
	l->n++;
	keep_delimiter(found, ev->delimiter, is_inbox(buf_view(&name)) ?
	    THE_INBOX : ANY_FOLDER);
	buf_free(&name);
	return 0;
}

/* They come in the order of the folders, more or less. */
static void
add_counts(struct folder_list *l, size_t *at, const struct imap_event *ev)
{
	for (size_t i = 0; i < l->n && i < LOOK_AROUND; i++) {
		size_t here = (*at + i) % l->n;

		if (l->v[here].wire == NULL ||
		    !span_is(ev->name, l->v[here].wire))
			continue;
		l->v[here].counts = ev->counts;
		*at = here;
		return;
	}
}

static int
choose(struct mfetch *run, struct span wanted, const struct source *src,
    struct listed *found, struct folder_list *out, struct err *e)
{
	struct span rest = wanted, one;

	name_own(found);
	while (span_cut(&rest, '\n', &one) == 1)
		if (!is_pattern(one) && !span_starts(one, SPAN("!")) &&
		    !is_listed(found, one))
			return err_set(e, ERR_NOINPUT, "no folder %.*s",
			    (int)one.n, one.p);
	for (size_t i = 0; i < found->all.n; i++) {
		if (!is_wanted(found, i, wanted))
			continue;
		if (found->all.v[i].wire == NULL)
			tell_nameless(run, found->all.v[i].name);
		else
			add(src, found, i, out);
	}
	drop_doubles(run, out);
	return 0;
}

/*
 * Without the prefix that a server has before all of the user's folders, as
 * Courier has "INBOX."; with it, where there is another of that name.
 */
static void
name_own(struct listed *found)
{
	struct folder_list *all = &found->all;
	const char **sorted = mem_alloc(all->n, sizeof *sorted);

	found->own = mem_alloc(all->n, sizeof *found->own);
	for (size_t i = 0; i < all->n; i++)
		sorted[i] = all->v[i].name;
	if (all->n > 0)
		qsort(sorted, all->n, sizeof *sorted, by_name);
	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->v[i].name;
		const char *own;

		found->own[i] = span_of(name);
		if (!span_starts(span_of(name), buf_view(&found->prefix)))
			continue;
		own = name + found->prefix.n;
		if (*own != '\0' && !is_inbox(span_of(own)) &&
		    bsearch(&own, sorted, all->n, sizeof *sorted, by_name) ==
			NULL)
			found->own[i] = span_of(own);
	}
	free(sorted);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The last pattern that fits decides. */
static bool
is_wanted(const struct listed *found, size_t i, struct span wanted)
{
	struct span one;
	bool is = false;

	while (span_cut(&wanted, '\n', &one) == 1) {
		bool excludes = span_starts(one, SPAN("!"));

		if (fits(found, i, excludes ? span_from(one, 1) : one))
			is = !excludes;
	}
	return is;
}

/* The name as the server has it, or as the user knows it. */
static bool
fits(const struct listed *found, size_t i, struct span pattern)
{
	return matches(pattern, span_of(found->all.v[i].name)) ||
	    matches(pattern, found->own[i]);
}

/* "*" is any bytes and "?" one; each "*" is tried from where the last was. */
static bool
matches(struct span pattern, struct span name)
{
	size_t p = 0, n = 0, star = SPAN_NONE, from = 0;

	if (is_inbox(name) && is_inbox(pattern))
		return true;
	while (n < name.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.n &&
		    (pattern.p[p] == '?' || pattern.p[p] == name.p[n])) {
			p++;
			n++;
		} else if (star != SPAN_NONE) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static bool
is_listed(const struct listed *found, struct span name)
{
	for (size_t i = 0; i < found->all.n; i++)
		if (fits(found, i, name))
			return true;
	return false;
}

static void
tell_nameless(struct mfetch *run, const char *name)
{
	struct err e;

	err_set(&e, ERR_PROTO, "the server lists a folder by a name that no "
	    "command can have");
	report_fault(run, name, &e);
}

/* INBOX is the Maildir itself, a folder a directory below it. */
static void
add(const struct source *src, const struct listed *found, size_t i,
    struct folder_list *out)
{
	const struct folder *f = &found->all.v[i];
	struct buf path = {0};

	if (is_inbox(span_of(f->name))) {
		add_inbox(src, out);
		out->v[out->n - 1].counts = f->counts;
		return;
	}
	put_path(src, found->own[i], found->delimiter, &path);
	out->v = mem_grow(out->v, &out->cap, out->n + 1, sizeof *out->v);
	out->v[out->n++] = (struct folder){.name = mem_str(f->name),
	    .wire = mem_str(f->wire), .path = mem_str(buf_cstr(&path)),
	    .counts = f->counts};
	buf_free(&path);
}

/* "/a/b", or as Maildir++ has it "/.a.b". */
static void
put_path(const struct source *src, struct span name, char delimiter,
    struct buf *path)
{
	bool is_flat = source_is_flat(src);
	struct span level;
	size_t from;

	buf_str(path, src->maildir);
	if (is_flat)
		buf_char(path, '/');
	while (span_cut(&name, delimiter, &level) == 1) {
		buf_char(path, is_flat ? '.' : '/');
		from = path->n;
		file_component(level, path);
		if (is_flat)
			hide_dots(path, from);
	}
}

/* A dot within a level would make two of it. */
static void
hide_dots(struct buf *path, size_t from)
{
	struct buf level = {0};

	buf_add(&level, path->p + from, path->n - from);
	buf_cut(path, from);
	for (size_t i = 0; i < level.n; i++)
		if (level.p[i] == '.')
			buf_str(path, "%2E");
		else
			buf_char(path, level.p[i]);
	buf_free(&level);
}

/*
 * One that is listed twice is fetched once, in its first place; and one whose
 * place is another's, by a name that is too long for a path, not at all.
 */
static void
drop_doubles(struct mfetch *run, struct folder_list *l)
{
	struct folder **order = mem_alloc(l->n, sizeof *order);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < l->n; i++)
		order[i] = &l->v[i];
	if (l->n > 1)
		qsort(order, l->n, sizeof *order, by_place);
	for (size_t i = 1; i < l->n; i++) {
		if (strcmp(order[i]->path, order[kept]->path) != 0) {
			kept = i;
			continue;
		}
		if (strcmp(order[i]->name, order[kept]->name) != 0)
			tell_shared(run, order[i], order[kept]);
		folder_free(order[i]);
	}
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].name != NULL)
			l->v[n++] = l->v[i];
	l->n = n;
	free(order);
}

/* By path; those of one path as they were listed. */
static int
by_place(const void *a, const void *b)
{
	const struct folder *x = *(struct folder *const *)a,
			    *y = *(struct folder *const *)b;
	int order = strcmp(x->path, y->path);

	return order != 0 ? order : (x > y) - (x < y);
}

static void
tell_shared(struct mfetch *run, const struct folder *f,
    const struct folder *owner)
{
	struct err e;

	err_set(&e, ERR_CREATE, "its Maildir would be that of %s",
	    owner->name);
	report_fault(run, f->name, &e);
}

static void
folder_free(struct folder *f)
{
	free(f->name);
	free(f->wire);
	free(f->path);
	*f = (struct folder){0};
}

static void
free_listed(struct listed *found)
{
	folder_list_free(&found->all);
	buf_free(&found->prefix);
	free(found->own);
}
