#include <stdlib.h>

#include "base/mem.h"
#include "mfetch_pull.h"
#include "mfetch_watch.h"

#define PULLS 8 /* folders at once, whose answers come one after another */

/* All folders of one server. */
struct work {
	struct mfetch *run;
	const struct source *src;
	struct imap_session *s;
	struct folder_list folders;
	bool is_listed;	/* the folders are known */
	bool has_come;	/* a message: the server understood what was asked */
	size_t next;	/* folder to open; past the last: those done again */
	struct pull *pull[PULLS]; /* open, the older first */
	size_t n;
};

static int work(struct work *, bool is_early, struct err *);
static int ask_first(void *, struct imap_session *, struct err *);
static int enable(const struct work *, struct imap_session *, struct err *);
static int list(struct work *, struct err *);
static int pull_all(struct work *, struct err *);
static int stay(struct work *, struct err *);
static int start_more(struct work *, struct err *);
static struct folder *next_folder(struct work *);
static int start(struct work *, struct folder *, struct err *);
static int take(struct work *, struct err *);
static struct pull *pull_of(struct work *, const struct imap_event *);
static int end_first(struct work *, int status, struct err *);

int
mfetch_imap(struct mfetch *run, const struct source *src, struct err *e)
{
	struct imap_session own = {0}, *s = &own;
	struct work w;
	bool is_kept;
	int status;

	if (src->picked != NULL)
		s = src->picked->session;
	is_kept = s->imap != NULL;
	w = (struct work){.run = run, .src = src, .s = s};
	status = work(&w, true, e);
	/* it is gone, or not the server that it was: step by step, then */
	if (status == -1 && (is_kept ? s->is_over && e->kind == ERR_TEMP :
	    s->is_early && !w.has_come && e->kind == ERR_PROTO)) {
		imap_session_close(s);
		folder_list_free(&w.folders);
		*e = (struct err){0};
		w = (struct work){.run = run, .src = src, .s = s};
		status = work(&w, is_kept, e);
	}
	if (src->picked == NULL || !imap_session_is_at_rest(s) ||
	    (status == -1 && e->kind != ERR_NOINPUT))
		imap_session_close(s);
	folder_list_free(&w.folders);
	return status;
}

static int
work(struct work *w, bool is_early, struct err *e)
{
	const struct imap_early early = {ask_first, w, is_early};
	int status = w->s->imap != NULL ?
	    folder_list_ask(w->run, w->src, w->s, e) :
	    imap_session_open_early(w->s, w->src->account, w->src->url,
	    w->run->tool.name, w->run->common.verbose, &early, e);

	if (status == 0)
		status = list(w, e);
	if (status == 0)
		status = pull_all(w, e);
	if (status == 0 && w->run->watch != NULL)
		status = stay(w, e);
	while (w->n > 0)
		(void)end_first(w, -1, e);
	return status;
}

/* With the log-in, where that is known to be understood. */
static int
ask_first(void *arg, struct imap_session *s, struct err *e)
{
	struct work *w = arg;

	if (enable(w, s, e) == -1)
		return -1;
	if (!folder_list_is_given(w->run, w->src))
		return folder_list_ask(w->run, w->src, s, e);
	w->is_listed = true;
	if (folder_list(w->run, w->src, s, &w->folders, e) == -1)
		return -1;
	return start_more(w, e);
}

/* Without UTF8=ACCEPT a message with UTF-8 in its header comes changed. */
static int
enable(const struct work *w, struct imap_session *s, struct err *e)
{
	struct buf words = {0};
	int status = 0;

	if (mirror_is_on(w->run, w->src) && imap_can(s->imap, "QRESYNC"))
		buf_str(&words, " QRESYNC");
	if (imap_can(s->imap, "UTF8=ACCEPT") ||
	    imap_can(s->imap, "UTF8=ONLY"))
		buf_str(&words, " UTF8=ACCEPT");
	buf_drop(&words, words.n > 0);
	if (words.n > 0)
		status = imap_ask(s->imap, &(struct imap_ask){
		    .verb = IMAP_ENABLE, .words = buf_view(&words)}, NULL, e);
	buf_free(&words);
	return status;
}

/* Counting is worth a round trip only where it may save others. */
static int
list(struct work *w, struct err *e)
{
	if (w->is_listed)
		return 0;
	if (folder_list(w->run, w->src, w->s, &w->folders, e) == -1)
		return -1;
	if (w->folders.n < 2 || w->src->delete ||
	    imap_can(w->s->imap, "LIST-STATUS"))
		return 0;
	return folder_list_count(w->s, &w->folders, e);
}

static int
pull_all(struct work *w, struct err *e)
{
	int status = start_more(w, e);

	while (status == 0 && w->n > 0) {
		status = take(w, e);
		if (status == 0 && option_interrupted())
			status = err_set(e, ERR_TEMP, "interrupted");
		while (status == 0 && w->n > 0 && pull_is_over(w->pull[0]))
			status = end_first(w, 0, e);
		if (status == 0)
			status = start_more(w, e);
	}
	return status;
}

/* Fetches what comes, as long as it is watched. */
static int
stay(struct work *w, struct err *e)
{
	struct imap_mailbox box = {0};
	int status;

	w->s->is_early = false;
	while ((status = watch_wait(w->run, w->s, &w->folders, &box, e)) ==
	    1) {
		w->next = 0;
		if (pull_all(w, e) == -1)
			return -1;
	}
	return status;
}

/* Commands go to the folder opened last: the next waits until it has all. */
static int
start_more(struct work *w, struct err *e)
{
	struct pull *last;
	struct folder *f;

	for (;;) {
		last = w->n == 0 ? NULL : w->pull[w->n - 1];
		if (last != NULL && pull_ask_more(last, e) == -1)
			return -1;
		if (w->n == PULLS || (last != NULL && !pull_has_asked(last)))
			return 0;
		f = next_folder(w);
		if (f == NULL)
			return 0;
		if (start(w, f, e) == -1)
			return -1;
	}
}

/* All once, then those that are to be done again, when they are at rest. */
static struct folder *
next_folder(struct work *w)
{
	size_t n = w->folders.n;

	if (w->next < n)
		return &w->folders.v[w->next++];
	if (w->n > 0)
		return NULL;
	for (; w->next < 2 * n; w->next++)
		if (w->folders.v[w->next - n].is_again)
			return &w->folders.v[w->next++ - n];
	return NULL;
}

static int
start(struct work *w, struct folder *f, struct err *e)
{
	struct pull *p = mem_alloc(1, sizeof *p);

	if (pull_open(p, w->run, w->src, w->s, f, e) == -1) {
		free(p);
		return -1;
	}
	if (pull_is_needed(p)) {
		w->pull[w->n++] = p;
		return pull_ask(p, e);
	}
	pull_close(p);
	free(p);
	return 0;
}

static int
take(struct work *w, struct err *e)
{
	struct imap_event ev;
	struct pull *p;

	if (imap_session_next(w->s, &ev, e) == -1)
		return -1;
	p = pull_of(w, &ev);
	return p == NULL ? 0 : pull_take(p, &ev, e);
}

/* What a mailbox says; an answer by its command, asked after the opening. */
static struct pull *
pull_of(struct work *w, const struct imap_event *ev)
{
	struct pull *found = NULL;

	for (size_t i = 0; i < w->n; i++) {
		unsigned mailbox = w->pull[i]->mailbox;

		if (ev->on == IMAP_ON_DONE ? ev->tag >= mailbox :
		    ev->mailbox == mailbox)
			found = w->pull[i];
	}
	return found;
}

static int
end_first(struct work *w, int status, struct err *e)
{
	struct pull *p = w->pull[0];
	struct err one = {0};

	w->has_come = w->has_come || p->n_taken > 0;
	if (p->is_stale)
		w->folders.v[p->folder - w->folders.v].is_again = true;
	status = pull_end(p, status, status == -1 ? e : &one);
	/* a folder that cannot be had does not stop the others */
	if (status == -1 && one.kind == ERR_NOINPUT && w->folders.n > 1) {
		report_fault(w->run, p->folder->name, &one);
		status = 0;
	} else if (status == -1 && one.kind != ERR_NONE) {
		*e = one;
	}
	pull_close(p);
	free(p);
	w->n--;
	for (size_t i = 0; i < w->n; i++)
		w->pull[i] = w->pull[i + 1];
	return status;
}
