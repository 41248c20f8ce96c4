#include <fcntl.h>

#include "app/diag.h"
#include "app/imap_session.h"
#include "app/name.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/wait.h"
#include "mail/flag.h"
#include "mail/header.h"
#include "mfetch_watch.h"

#define POLL_SEC 60   /* between questions to a server that tells nothing */
#define DELAY_MAX_SEC 86400 /* that a server may make us wait for it */
#define IDLE_SEC 240  /* then it is asked whether it is still there */
#define LATER_SEC 300 /* at most between two tries */
#define REFUSALS 3    /* of a log-in that was let in before, each LATER_SEC
			 after the last: users may just be looked up anew */
#define HURRIES 3     /* rounds in a row that are shorter than this: */
#define HURRY_MS 1000 /* then each is as long */

/* How it has gone, with whom. */
struct luck {
	const struct account *account;
	const char *host;
	unsigned failed, refused; /* in a row */
	unsigned refusals;	  /* of all log-ins, until now */
	bool was_up;
};

static int pass(struct mfetch *, const struct source *, struct err *);
static bool is_over(const struct mfetch *);
static int64_t poll_sec(const struct watch *);
static int list(struct mfetch *, const struct name *, struct folder_list *,
    struct err *);
static struct luck luck_with(const struct account *, const char *host);
static int again(struct mfetch *, struct luck *, struct err *);
static bool is_passing(struct luck *, const struct err *);
static int wait_again(struct mfetch *, const struct luck *, struct err *);
static int64_t no_later(const struct mfetch *, int64_t wait_ms);
static int idle(struct imap_session *, const struct folder *,
    struct imap_mailbox *, unsigned *hurries, bool any_change,
    int64_t until_ms, struct err *);
static bool is_same(const struct imap_mailbox *, const struct imap_mailbox *,
    bool any_change);
static int count(struct imap_session *, struct folder_list *, bool is_told,
    struct err *);
static bool matches(struct mfetch *, const char *path, const char *folder,
    struct span bytes);
static int whole(void *, struct span *, struct err *);

int
mfetch_watch(struct mfetch *run, const struct source *src, struct err *e)
{
	struct luck luck = luck_with(src->account, src->url->host);
	int status;

	for (;;) {
		run->watch->is_up = false;
		status = pass(run, src, e);
		if (status == 0 || is_over(run))
			return 0;
		if (run->watch->is_up)
			luck = luck_with(src->account, src->url->host);
		luck.was_up = luck.was_up || run->watch->is_up;
		if (again(run, &luck, e) == -1)
			return -1;
	}
}

int
watch_folders(struct mfetch *run, struct config *config, const char *text,
    struct folder_list *out, struct err *e)
{
	struct luck luck;
	struct name n;
	int status = 0;

	*out = (struct folder_list){0};
	if (name_resolve(config, text, &n, e) == -1)
		return -1;
	luck = luck_with(n.account, n.url.host);
	while (n.path == NULL && n.url.scheme <= URL_IMAPS &&
	    n.url.folder == NULL) {
		status = list(run, &n, out, e);
		if (status == 0 || run->watch == NULL ||
		    again(run, &luck, e) == -1)
			break;
	}
	name_free(&n);
	return status;
}

int
watch_wait(struct mfetch *run, struct imap_session *s,
    struct folder_list *folders, struct imap_mailbox *box, struct err *e)
{
	bool is_mirror = account_yes(run->source->account, "mirror",
	    CONF_FETCH);
	bool can_idle = folders->n > 0 && (imap_can(s->imap, "IDLE") ||
	    imap_can(s->imap, "IMAP4rev2"));
	bool is_alone = can_idle && folders->n == 1, is_told = false;
	int status = 0;

	run->watch->is_up = true;
	while (status == 0 && !is_over(run)) {
		int64_t until = no_later(run,
		    (is_alone ? IDLE_SEC : POLL_SEC) * 1000);

		if (can_idle)
			status = idle(s, &folders->v[0], box,
			    &run->watch->hurries, is_mirror, until, e);
		else
			status = wait_fd(-1, 0, until, option_interrupted, e);
		is_told = status == 1;
		/* one that does not idle after all is asked, then */
		if (status == -1 && can_idle && !s->is_over) {
			can_idle = is_alone = false;
			status = 0;
		} else if (status == 0 && !is_alone) {
			status = 1;
		}
	}
	if (status == 1 && is_over(run))
		return 0;
	return status == 1 ? count(s, folders, is_told, e) : status;
}

bool
watch_takes(struct mfetch *run, const char *path, const char *folder)
{
	struct file_map map = {0};
	struct err e;
	bool is;

	if (run->watch == NULL || run->watch->wanted == NULL)
		return true;
	if (run->watch->is_found)
		return false;
	if (file_map(AT_FDCWD, path, &map, &e) == -1) {
		report_fault(run, NULL, &e);
		return false;
	}
	is = matches(run, path, folder, map.bytes);
	file_unmap(&map);
	run->watch->is_found = is;
	return is;
}

/* A server of POP3 tells what is new when one logs in. */
static int
pass(struct mfetch *run, const struct source *src, struct err *e)
{
	int64_t until;

	if (src->url->scheme <= URL_IMAPS)
		return mfetch_imap(run, src, e);
	while (!is_over(run)) {
		if (mfetch_pop(run, src, e) == -1)
			return -1;
		run->watch->is_up = true;
		until = no_later(run, poll_sec(run->watch) * 1000);
		if (!is_over(run) &&
		    wait_fd(-1, 0, until, option_interrupted, e) == -1)
			return -1;
	}
	return 0;
}

/* There is nothing more to wait for. */
static bool
is_over(const struct mfetch *run)
{
	return run->watch->is_found || run->output.is_closed_pipe ||
	    clock_mono_ms() >= run->watch->until_ms;
}

/* As often as it likes: a server may lock out who comes too soon. */
static int64_t
poll_sec(const struct watch *w)
{
	if (w->login_delay_sec <= POLL_SEC)
		return POLL_SEC;
	return w->login_delay_sec < DELAY_MAX_SEC ? w->login_delay_sec :
	    DELAY_MAX_SEC;
}

static int
list(struct mfetch *run, const struct name *n, struct folder_list *out,
    struct err *e)
{
	const struct source src = {.account = n->account, .url = &n->url,
	    .maildir = ""};
	struct imap_session s;
	int status = imap_session_open(&s, n->account, &n->url,
	    run->tool.name, run->common.verbose, e);

	if (status == 0)
		status = folder_list_ask(run, &src, &s, e);
	if (status == 0)
		status = folder_list(run, &src, &s, out, e);
	imap_session_close(&s);
	return status;
}

static struct luck
luck_with(const struct account *a, const char *host)
{
	return (struct luck){.account = a, .host = host,
	    .refusals = account_refusals(a)};
}

/* 0 after a while, where it may go well then. */
static int
again(struct mfetch *run, struct luck *luck, struct err *e)
{
	if (option_interrupted() || is_over(run) ||
	    !is_passing(luck, e))
		return -1;
	account_token_forget(luck->account, CONF_FETCH);
	if (luck->failed++ == 0)
		diag(run->tool.name, "%s: %s; trying again", luck->host,
		    e->text);
	return wait_again(run, luck, e);
}

/* A server that is not trusted has heard no secret: it may be another's. */
static bool
is_passing(struct luck *luck, const struct err *e)
{
	unsigned refusals = account_refusals(luck->account);
	bool is_refused = refusals != luck->refusals;

	luck->refusals = refusals;
	switch (e->kind) {
	case ERR_TEMP:
	case ERR_PROTO:
		return true;
	case ERR_NOHOST:
	case ERR_OS: /* or what dials is just being installed anew */
		return luck->was_up;
	case ERR_AUTH:
		luck->refused += is_refused;
		return luck->was_up && luck->refused < REFUSALS;
	default:
		return false;
	}
}

/* A second, two, four...; not all who were cut off at once come at once. */
static int
wait_again(struct mfetch *run, const struct luck *luck, struct err *e)
{
	int64_t most_ms = luck->failed > 8 || luck->refused > 0 ?
	    LATER_SEC * 1000 : 1000 << luck->failed;
	uint32_t random;

	if (most_ms > LATER_SEC * 1000)
		most_ms = LATER_SEC * 1000;
	if (clock_random(&random, sizeof random, e) == -1)
		return -1;
	return wait_fd(-1, 0, no_later(run, most_ms / 2 +
	    (int64_t)(random % (uint64_t)(most_ms / 2))), option_interrupted,
	    e) == -1 ? -1 : 0;
}

static int64_t
no_later(const struct mfetch *run, int64_t wait_ms)
{
	int64_t until = clock_mono_ms() + wait_ms;

	return until < run->watch->until_ms ? until : run->watch->until_ms;
}

/*
 * The folder is opened anew and compared with what it was: a message that came
 * since it was fetched is not waited for.
 */
static int
idle(struct imap_session *s, const struct folder *f, struct imap_mailbox *box,
    unsigned *hurries, bool any_change, int64_t until_ms, struct err *e)
{
	const struct imap_mailbox was = *box;
	const int64_t patient_ms = clock_mono_ms() + HURRY_MS;
	int status = 1;

	if (imap_session_do(s, &(struct imap_ask){.verb = IMAP_EXAMINE,
	    .name = span_of(f->wire)}, e) == -1) {
		s->is_over = true;
		return -1;
	}
	*box = *imap_mailbox(s->imap);
	if (is_same(&was, box, any_change))
		status = imap_session_idle(s, any_change, until_ms, e);
	if (status == -1 || clock_mono_ms() >= patient_ms) {
		*hurries = 0;
		return status;
	}
	/* one that has something to say each time is not asked without end */
	if (++*hurries > HURRIES && wait_fd(-1, 0, patient_ms,
	    option_interrupted, e) == -1)
		return -1;
	return status;
}

static bool
is_same(const struct imap_mailbox *a, const struct imap_mailbox *b,
    bool any_change)
{
	return a->uidvalidity == b->uidvalidity && a->uidnext == b->uidnext &&
	    a->exists == b->exists &&
	    (!any_change || a->highestmodseq == b->highestmodseq);
}

/*
 * What each folder has; of one alone its opening tells as much, and so it does
 * of the first, which is open, where that has told of something new.
 */
static int
count(struct imap_session *s, struct folder_list *folders, bool is_told,
    struct err *e)
{
	for (size_t i = 0; i < folders->n; i++) {
		folders->v[i].counts = (struct imap_counts){0};
		folders->v[i].is_again = false;
	}
	if (folders->n > 1 && folder_list_count(s, folders, e) == -1)
		return -1;
	if (is_told)
		folders->v[0].counts = (struct imap_counts){0};
	return 1;
}

static bool
matches(struct mfetch *run, const char *path, const char *folder,
    struct span bytes)
{
	struct summary s = {.name = span_of(path), .folder = span_of(folder),
	    .size = bytes.n, .arrival = clock_now().sec, .is_new = true};
	const struct query_message message = {.summary = &s, .whole = whole,
	    .arg = &bytes};
	struct span body;
	struct err e;
	int status;

	s.flags = flag_of_name(s.name);
	summary_header(&s, header_split(bytes, &body));
	query_now(run->watch->wanted, clock_here());
	status = query_match(run->watch->wanted, &message, &e);
	if (status == -1) {
		report_fault(run, path, &e);
	}
	return status == 1;
}

static int
whole(void *arg, struct span *bytes, struct err *e)
{
	(void)e;
	*bytes = *(const struct span *)arg;
	return 0;
}
