/* The folders of a server, and what STATUS says of them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mlist_remote.h"
#include "proto/utf7.h"

#define FOLDERS_MAX 100000
#define FOLDERS_BYTES (16 << 20) /* of their names */
#define IN_FLIGHT 16		 /* STATUS commands */
#define LOOK_MAX 64 /* how far STATUS may be from the order of LIST */

/* What is being asked. */
struct asking {
	struct mlist *m;
	const char *folder; /* and those below it; NULL: all */
	const char *items;  /* of STATUS; NULL: none */
	struct server_folders *out;
	size_t at;	    /* where the next STATUS is looked for */
	size_t bytes;
};

static int list(struct asking *, struct err *);
static int take(struct asking *, const struct imap_event *, struct err *);
static int take_folder(struct asking *, const struct imap_event *,
    struct err *);
static bool is_wanted(const struct asking *, struct span name,
    char delimiter);
static bool is_name(const struct asking *, struct span wire);
static void take_counts(struct asking *, const struct imap_event *);
static int ask_counts(struct asking *, struct err *);
static int by_name(const void *, const void *);
static void drop_doubles(struct server_folders *);

int
server_folders(struct mlist *m, const char *folder, bool with_counts,
    struct server_folders *out, struct err *e)
{
	const struct imap *imap = m->remote->session.imap;
	struct asking a = {.m = m, .folder = folder, .out = out};
	int status;

	*out = (struct server_folders){0};
	if (with_counts)
		a.items = imap_can(imap, "STATUS=SIZE") ||
		    imap_can(imap, "IMAP4rev2") ? "(MESSAGES UNSEEN SIZE)"
						: "(MESSAGES UNSEEN)";
	status = list(&a, e);
	if (status == 0 && with_counts)
		status = ask_counts(&a, e);
	if (status == -1) {
		server_folders_free(out);
		mailbox_pass(&m->remote->session, e);
		return -1;
	}
	if (out->n > 1)
		qsort(out->v, out->n, sizeof *out->v, by_name);
	drop_doubles(out);
	return 0;
}

void
server_folders_free(struct server_folders *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		free(f->v[i].wire);
	}
	free(f->v);
	*f = (struct server_folders){0};
}

static int
list(struct asking *a, struct err *e)
{
	struct imap_session *s = &a->m->remote->session;
	struct imap_ask ask = {.verb = IMAP_LIST};
	struct buf pattern = {0}, words = {0};
	struct imap_event ev;
	int status = 0;

	if (a->folder != NULL && !utf7_encode(span_of(a->folder), &pattern))
		status = err_set(e, ERR_USAGE,
		    "a folder that IMAP cannot name");
	buf_char(&pattern, '*');
	if (a->items != NULL && (imap_can(s->imap, "LIST-STATUS") ||
	    imap_can(s->imap, "IMAP4rev2")))
		buf_fmt(&words, "RETURN (STATUS %s)", a->items);
	ask.name = buf_view(&pattern);
	ask.words = buf_view(&words);
	if (status == 0)
		status = imap_ask(s->imap, &ask, NULL, e);
	while (status == 0 && imap_waiting(s->imap) > 0) {
		status = imap_session_next(s, &ev, e);
		if (status == 0)
			status = take(a, &ev, e);
	}
	buf_free(&pattern);
	buf_free(&words);
	if (status == 0 && a->folder != NULL && a->out->n == 0)
		return err_set(e, ERR_NOINPUT, "no such folder");
	return status;
}

static int
take(struct asking *a, const struct imap_event *ev, struct err *e)
{
	if (ev->on == IMAP_ON_LIST)
		return take_folder(a, ev, e);
	if (ev->on == IMAP_ON_STATUS)
		take_counts(a, ev);
	/* of a folder that tells nothing there are no counts */
	if (ev->on == IMAP_ON_DONE && ev->status != IMAP_OK &&
	    (ev->verb != IMAP_STATUS || ev->status == IMAP_BAD))
		return imap_refused(ev, e);
	return 0;
}

static int
take_folder(struct asking *a, const struct imap_event *ev, struct err *e)
{
	struct server_folders *out = a->out;
	struct buf name = {0};

	/* a name that is not in IMAP's own form is taken to the letter */
	if (!utf7_decode(ev->name, &name)) {
		buf_cut(&name, 0);
		buf_span(&name, ev->name);
	}
	a->bytes += ev->name.n;
	if (out->n == FOLDERS_MAX || a->bytes > FOLDERS_BYTES) {
		buf_free(&name);
		return err_set(e, ERR_DATA, "too many folders");
	}
	if (imap_is_selectable(ev->flags) &&
	    is_wanted(a, buf_view(&name), ev->delimiter) &&
	    is_name(a, ev->name)) {
		out->v = mem_grow(out->v, &out->cap, out->n + 1,
		    sizeof *out->v);
		out->v[out->n++] = (struct server_folder){
		    .name = mem_str(buf_cstr(&name)),
		    .wire = mem_dup(ev->name.p, ev->name.n)};
	}
	buf_free(&name);
	return 0;
}

/* The folder itself, or one below it. */
static bool
is_wanted(const struct asking *a, struct span name, char delimiter)
{
	struct span folder = span_of(a->folder == NULL ? "" : a->folder);

	if (a->folder == NULL || span_eq(name, folder) ||
	    (span_iis(folder, "INBOX") && span_iis(name, "INBOX")))
		return true;
	return span_starts(name, folder) && name.n > folder.n &&
	    delimiter != '\0' && name.p[folder.n] == delimiter;
}

static bool
is_name(const struct asking *a, struct span wire)
{
	struct err e;

	if (imap_is_name(wire))
		return true;
	err_set(&e, ERR_PROTO, "the server lists a folder by a name that no "
	    "command can have");
	mlist_fail(a->m, &e);
	return false;
}

/* It comes after its folder's LIST, or in the same order. */
static void
take_counts(struct asking *a, const struct imap_event *ev)
{
	struct server_folder *f;

	for (size_t i = 0; i < a->out->n && i < LOOK_MAX; i++) {
		f = &a->out->v[(a->at + i) % a->out->n];
		if (!span_is(ev->name, f->wire) &&
		    !(span_iis(ev->name, "INBOX") &&
			span_iis(span_of(f->wire), "INBOX")))
			continue;
		f->counts = ev->counts;
		a->at += i + 1;
		return;
	}
}

/* Of those without counts: all, where LIST cannot tell them. */
static int
ask_counts(struct asking *a, struct err *e)
{
	struct imap_session *s = &a->m->remote->session;
	struct server_folders *out = a->out;
	struct imap_event ev;
	size_t next = 0;

	a->at = 0;
	while (next < out->n || imap_waiting(s->imap) > 0) {
		while (next < out->n && imap_waiting(s->imap) < IN_FLIGHT) {
			const struct imap_ask ask = {.verb = IMAP_STATUS,
			    .name = span_of(out->v[next].wire),
			    .words = span_of(a->items)};

			if (!out->v[next++].counts.has_messages &&
			    imap_ask(s->imap, &ask, NULL, e) == -1)
				return -1;
		}
		if (imap_waiting(s->imap) > 0 &&
		    (imap_session_next(s, &ev, e) == -1 ||
			take(a, &ev, e) == -1))
			return -1;
	}
	return 0;
}

/* INBOX comes first. */
static int
by_name(const void *p, const void *q)
{
	const struct server_folder *a = p, *b = q;
	bool is_first = span_iis(span_of(a->name), "INBOX");

	if (is_first != span_iis(span_of(b->name), "INBOX"))
		return is_first ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* They are sorted. */
static void
drop_doubles(struct server_folders *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (n == 0 || strcmp(f->v[i].name, f->v[n - 1].name) != 0) {
			f->v[n++] = f->v[i];
			continue;
		}
		free(f->v[i].name);
		free(f->v[i].wire);
	}
	f->n = n;
}
