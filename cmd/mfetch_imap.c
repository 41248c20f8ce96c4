#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "app/imap_session.h"
#include "base/mem.h"
#include "host/clock.h"
#include "mail/flag.h"
#include "mfetch.h"

#define SET_MESSAGES 200 /* asked for in one command */
#define SET_BYTES 900	 /* of its set; servers limit a line */
#define IN_FLIGHT 4	 /* commands that wait for their answer */
#define MESSAGES_MAX 10000000 /* that a server may list in a folder */

/* One folder's work. */
struct work {
	struct mfetch *run;
	const struct source *src;
	const struct folder *folder;
	struct imap_session *s;
	struct place place;
	uint32_t *found; /* UIDs on the server that fit, sorted */
	size_t n_found, found_cap;
	bool *is_ours;	 /* found[i] is safe here */
	uint32_t *wanted; /* places in found */
	size_t n_wanted, asked;
	bool is_missing; /* the body that comes is NIL or empty */
	uint64_t size;	 /* of that body */
};

static int fetch_folder(struct mfetch *, const struct source *,
    struct imap_session *, const struct folder *, struct err *);
static int look(struct work *, struct err *);
static void skip_answers(struct imap_session *);
static void keys(const struct mfetch *, const struct url *, struct buf *);
static int take_uids(struct work *, const struct imap_event *, struct err *);
static int check_validity(struct work *, struct err *);
static int same_validity(const struct work *, struct err *);
static int find_new(struct work *, struct err *);
static int by_number(const void *, const void *);
static bool holds(const uint32_t *, size_t, uint32_t);
static int print_urls(struct work *, struct err *);
static int fetch_all(struct work *, struct err *);
static int ask_more(struct work *, struct err *);
static size_t make_set(struct work *, struct buf *);
static int take(struct work *, const struct imap_event *, struct err *);
static int take_message(struct work *, const struct imap_event *,
    struct err *);
static void letters_of(struct span flags, struct buf *);
static int delete(struct work *, struct err *);
static int may_delete(struct work *, size_t, bool *, struct err *);
static int delete_set(struct work *, struct span set, struct err *);

int
mfetch_imap(struct mfetch *run, const struct source *src, struct err *e)
{
	struct folder_list folders = {0};
	struct imap_session s;
	struct err one;
	int status;

	if (imap_session_open(&s, src->account, src->url, run->tool.name,
		run->common.verbose, e) == -1)
		return -1;
	status = folder_list(run, src, &s, &folders, e);
	for (size_t i = 0; status == 0 && i < folders.n; i++) {
		one = (struct err){0};
		if (fetch_folder(run, src, &s, &folders.v[i], &one) == 0)
			continue;
		*e = one;
		/* a folder that cannot be opened does not stop the others */
		if (one.kind != ERR_NOINPUT || i + 1 == folders.n) {
			status = -1;
			break;
		}
		diag_err(run->tool.name, folders.v[i].name, &one);
		diag_status(&run->status, &one);
	}
	folder_list_free(&folders);
	imap_session_close(&s);
	return status;
}

static int
fetch_folder(struct mfetch *run, const struct source *src,
    struct imap_session *s, const struct folder *f, struct err *e)
{
	struct work w = {.run = run, .src = src, .folder = f, .s = s};
	struct buf server = {0};
	int status;

	source_identity("imap", &s->server, &server);
	status = (run->dry ? place_peek : place_open)(&w.place, run, f->path,
	    buf_view(&server), span_of(f->name), e);
	buf_free(&server);
	if (status == -1)
		return -1;
	status = look(&w, e);
	if (status == 0)
		status = find_new(&w, e);
	if (status == 0)
		status = run->dry ? print_urls(&w, e) :
		    place_end_run(&w.place, fetch_all(&w, e),
			w.folder->name, e);
	if (status == 0 && src->delete)
		status = delete(&w, e);
	place_close(&w.place);
	free(w.found);
	free(w.is_ours);
	free(w.wanted);
	return status;
}

/* Opens the folder and asks for its UIDs, in one flight. */
static int
look(struct work *w, struct err *e)
{
	const struct imap_ask open = {
	    .verb = w->src->delete ? IMAP_SELECT : IMAP_EXAMINE,
	    .name = span_of(w->folder->wire)};
	struct imap_ask search = {.verb = IMAP_UID_SEARCH};
	struct buf words = {0};
	struct imap_event ev;
	int status;

	keys(w->run, w->src->url, &words);
	search.words = buf_view(&words);
	status = imap_ask(w->s->imap, &open, NULL, e);
	if (status == 0)
		status = imap_ask(w->s->imap, &search, NULL, e);
	buf_free(&words);
	while (status == 0 && imap_waiting(w->s->imap) > 0) {
		status = imap_session_next(w->s, &ev, e);
		if (status == 0 && ev.on == IMAP_ON_UIDS)
			status = take_uids(w, &ev, e);
		if (status == 0 && ev.on == IMAP_ON_DONE &&
		    ev.status != IMAP_OK) {
			status = imap_refused(&ev, e);
			skip_answers(w->s);
		}
	}
	return status == -1 ? -1 : check_validity(w, e);
}

/* After a refusal the search's answer, a refusal too, is still to come. */
static void
skip_answers(struct imap_session *s)
{
	struct imap_event ev;
	struct err ignored;

	while (!s->is_over && imap_waiting(s->imap) > 0)
		if (imap_session_next(s, &ev, &ignored) == -1)
			return;
}

static void
keys(const struct mfetch *run, const struct url *u, struct buf *out)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct date_civil day;

	if (run->has_since) {
		day = date_civil(run->since +
		    (int64_t)clock_zone(run->since) * 60);
		buf_fmt(out, "SINCE %d-%s-%04d", day.day,
		    months[day.month - 1], day.year);
	}
	if (run->size_max > 0)
		buf_fmt(out, "%sNOT LARGER %llu", out->n > 0 ? " " : "",
		    (unsigned long long)run->size_max);
	if (u->uid != 0)
		buf_fmt(out, "UID %lu", (unsigned long)u->uid);
	if (out->n == 0)
		buf_str(out, "ALL");
}

static int
take_uids(struct work *w, const struct imap_event *ev, struct err *e)
{
	uint64_t n = (uint64_t)ev->last - ev->uid + 1;
	uint32_t only = w->src->url->uid;

	if (only != 0 && (ev->uid > only || ev->last < only || n > 1))
		return err_set(e, ERR_PROTO,
		    "the server sent UIDs that were not asked for");
	if (n > MESSAGES_MAX - w->n_found)
		return err_set(e, ERR_PROTO, "the server lists over %d "
		    "messages", MESSAGES_MAX);
	if (n > imap_mailbox(w->s->imap)->exists ||
	    w->n_found + n > imap_mailbox(w->s->imap)->exists)
		return err_set(e, ERR_PROTO,
		    "the server sent more UIDs than it has messages");
	w->found = mem_grow(w->found, &w->found_cap, w->n_found + (size_t)n,
	    sizeof *w->found);
	for (uint64_t i = 0; i < n; i++)
		w->found[w->n_found++] = (uint32_t)(ev->uid + i);
	return 0;
}

static int
check_validity(struct work *w, struct err *e)
{
	uint32_t now = imap_mailbox(w->s->imap)->uidvalidity, before = 0;
	const struct url *u = w->src->url;

	if (now == 0)
		return err_set(e, ERR_REFUSED,
		    "the server keeps no UIDs, so that nothing is known again");
	if (check_uidvalidity(u, now, e) == -1)
		return -1;
	if (u->uid != 0 && w->n_found == 0)
		return err_set(e, ERR_NOINPUT, "no such message");
	w->place.uidvalidity = now;
	if (w->place.state == NULL)
		return 0;
	if (state_uidvalidity(w->place.state, w->place.source, &before, e) ==
	    -1)
		return -1;
	if (before == now)
		return 0;
	if (before != 0)
		diag(w->run->tool.name, "%s: the server counts its messages "
		    "anew (UIDVALIDITY): all are new", w->folder->name);
	if (w->run->dry)
		return 0;
	return state_set_uidvalidity(w->place.state, w->place.source, now, e);
}

/*
 * A server that counts anew while the folder is open no longer means the
 * messages that it listed.
 */
static int
same_validity(const struct work *w, struct err *e)
{
	if (imap_mailbox(w->s->imap)->uidvalidity == w->place.uidvalidity)
		return 0;
	return err_set(e, ERR_PROTO,
	    "the server counts its messages anew (UIDVALIDITY) in between");
}

/* What of found is wanted: not here yet, the newest of them. */
static int
find_new(struct work *w, struct err *e)
{
	uint32_t *known = NULL;
	size_t n_known = 0, skip;

	if (w->n_found > 1)
		qsort(w->found, w->n_found, sizeof *w->found, by_number);
	if (w->place.state != NULL &&
	    state_uids(w->place.state, w->place.source, w->place.uidvalidity,
		&known, &n_known, e) == -1)
		return -1;
	w->is_ours = mem_alloc(w->n_found, sizeof *w->is_ours);
	w->wanted = mem_alloc(w->n_found, sizeof *w->wanted);
	for (size_t i = 0; i < w->n_found; i++) {
		w->is_ours[i] = holds(known, n_known, w->found[i]);
		if (!w->is_ours[i])
			w->wanted[w->n_wanted++] = (uint32_t)i;
	}
	free(known);
	if (w->run->newest == 0 || w->n_wanted <= w->run->newest)
		return 0;
	skip = w->n_wanted - (size_t)w->run->newest;
	w->n_wanted -= skip;
	memmove(w->wanted, w->wanted + skip, w->n_wanted * sizeof *w->wanted);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
holds(const uint32_t *list, size_t n, uint32_t uid)
{
	return n > 0 && bsearch(&uid, list, n, sizeof uid, by_number) != NULL;
}

static int
print_urls(struct work *w, struct err *e)
{
	struct url u = *w->src->url;
	struct buf text = {0};
	int status = 0;

	u.folder = w->folder->name;
	u.uidvalidity = w->place.uidvalidity;
	if (u.user == NULL)
		u.user = (char *)w->s->server.user;
	for (size_t i = 0; status == 0 && i < w->n_wanted; i++) {
		u.uid = w->found[w->wanted[i]];
		url_format(&u, &text);
		w->run->fetched++;
		if (!w->run->quiet)
			status = output_name(&w->run->output, buf_view(&text),
			    e);
		buf_cut(&text, 0);
	}
	buf_free(&text);
	return status;
}

static int
fetch_all(struct work *w, struct err *e)
{
	struct imap_event ev;

	while (w->asked < w->n_wanted || imap_waiting(w->s->imap) > 0) {
		if (ask_more(w, e) == -1 ||
		    imap_session_next(w->s, &ev, e) == -1 ||
		    take(w, &ev, e) == -1)
			return -1;
		if (option_interrupted())
			return err_set(e, ERR_TEMP, "interrupted");
	}
	return 0;
}

static int
ask_more(struct work *w, struct err *e)
{
	struct buf set = {0};
	int status = 0;

	while (status == 0 && w->asked < w->n_wanted &&
	    imap_waiting(w->s->imap) < IN_FLIGHT) {
		w->asked += make_set(w, &set);
		status = imap_ask(w->s->imap, &(struct imap_ask){
		    .verb = IMAP_UID_FETCH, .set = buf_view(&set),
		    .words = SPAN(IMAP_WHOLE)}, NULL, e);
		buf_cut(&set, 0);
	}
	buf_free(&set);
	return status;
}

/*
 * The next messages as a set; how many they are.  Where found is all that the
 * folder has, a range may run over UIDs that are gone.
 */
static size_t
make_set(struct work *w, struct buf *set)
{
	bool is_all = w->run->size_max == 0 && !w->run->has_since;
	const uint32_t *at = w->wanted + w->asked;
	size_t left = w->n_wanted - w->asked, i = 0, from;

	while (i < left && i < SET_MESSAGES && set->n < SET_BYTES) {
		from = i++;
		while (i < left && i < SET_MESSAGES && at[i] == at[i - 1] + 1 &&
		    (is_all || w->found[at[i]] == w->found[at[i - 1]] + 1))
			i++;
		buf_fmt(set, "%s%lu", set->n > 0 ? "," : "",
		    (unsigned long)w->found[at[from]]);
		if (i - from > 1)
			buf_fmt(set, ":%lu",
			    (unsigned long)w->found[at[i - 1]]);
	}
	return i;
}

static int
take(struct work *w, const struct imap_event *ev, struct err *e)
{
	if (same_validity(w, e) == -1)
		return -1;
	switch (ev->on) {
	case IMAP_ON_BODY:
		if (ev->section.n > 0)
			return err_set(e, ERR_PROTO,
			    "the server sent a section of a message");
		if (w->place.is_writing)
			return err_set(e, ERR_PROTO,
			    "the server sent a message twice at once");
		w->is_missing = ev->is_nil;
		w->size = ev->size;
		return place_begin(&w->place, e);
	case IMAP_ON_DATA:
		return place_write(&w->place, ev->data, e);
	case IMAP_ON_MESSAGE:
		return ev->has_body ? take_message(w, ev, e) : 0;
	case IMAP_ON_DONE:
		if (ev->status == IMAP_OK)
			return 0;
		(void)imap_refused(ev, e);
		if (ev->status == IMAP_BAD)
			return -1;
		/* some of them could not be had; the others follow */
		diag_err(w->run->tool.name, w->folder->name, e);
		diag_status(&w->run->status, e);
		return 0;
	default:
		return 0;
	}
}

/* Its body came; what was not asked for, or came before, is not kept. */
static int
take_message(struct work *w, const struct imap_event *ev, struct err *e)
{
	const uint32_t *at = w->n_found == 0 ? NULL : bsearch(&ev->uid,
	    w->found, w->n_found, sizeof *w->found, by_number);
	struct buf letters = {0};
	char uid[16];
	struct date date = {0};
	struct err missing;
	int status;

	if (ev->uid == 0)
		return err_set(e, ERR_PROTO,
		    "the server sent a message without its UID");
	if (at == NULL || w->is_ours[at - w->found]) {
		place_abort(&w->place);
		return 0;
	}
	if (w->is_missing || (w->size == 0 && ev->has_size && ev->size > 0)) {
		place_abort(&w->place);
		err_set(&missing, ERR_TEMP, "UID %lu: the server has no text",
		    (unsigned long)ev->uid);
		diag_err(w->run->tool.name, w->folder->name, &missing);
		diag_status(&w->run->status, &missing);
		return 0;
	}
	if (!date_parse_imap(ev->date, &date))
		date.sec = 0;
	letters_of(ev->flags, &letters);
	snprintf(uid, sizeof uid, "%lu", (unsigned long)ev->uid);
	w->is_ours[at - w->found] = true;
	status = place_end(&w->place, uid, buf_cstr(&letters), date.sec, e);
	buf_free(&letters);
	return status;
}

/* As Maildir's letters. */
static void
letters_of(struct span flags, struct buf *letters)
{
	struct span flag;
	unsigned set = 0;

	while (span_cut(&flags, ' ', &flag) == 1)
		set |= flag_of_imap(flag);
	flag_letters(set, letters);
}

/* What is safe here goes from the server, by UID alone. */
static int
delete(struct work *w, struct err *e)
{
	struct buf set = {0};
	bool is_safe;
	int status = 0;

	if (imap_mailbox(w->s->imap)->is_read_only)
		return err_set(e, ERR_REFUSED,
		    "the server lets nothing be deleted here");
	for (size_t i = 0; status == 0 && i < w->n_found; i++) {
		status = may_delete(w, i, &is_safe, e);
		if (status == 0 && is_safe)
			buf_fmt(&set, "%s%lu", set.n > 0 ? "," : "",
			    (unsigned long)w->found[i]);
		if (set.n < SET_BYTES && i + 1 < w->n_found)
			continue;
		if (status == 0 && set.n > 0)
			status = delete_set(w, buf_view(&set), e);
		buf_cut(&set, 0);
	}
	if (status == 0 && w->n_found > 0 && !imap_can(w->s->imap, "UIDPLUS"))
		diag(w->run->tool.name, "%s: the server cannot remove single "
		    "messages (UIDPLUS); they are marked as deleted",
		    w->folder->name);
	buf_free(&set);
	return status;
}

static int
may_delete(struct work *w, size_t i, bool *is_safe, struct err *e)
{
	char uid[16];

	*is_safe = false;
	if (!w->is_ours[i])
		return 0;
	snprintf(uid, sizeof uid, "%lu", (unsigned long)w->found[i]);
	return place_is_safe(&w->place, uid, is_safe, e);
}

static int
delete_set(struct work *w, struct span set, struct err *e)
{
	if (same_validity(w, e) == -1 || imap_session_do(w->s,
	    &(struct imap_ask){.verb = IMAP_UID_STORE, .set = set,
		.words = SPAN("+FLAGS.SILENT (\\Deleted)")}, e) == -1 ||
	    same_validity(w, e) == -1)
		return -1;
	if (!imap_can(w->s->imap, "UIDPLUS"))
		return 0;
	return imap_session_do(w->s, &(struct imap_ask){
	    .verb = IMAP_UID_EXPUNGE, .set = set}, e);
}
