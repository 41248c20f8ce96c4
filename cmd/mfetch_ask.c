/* What is asked of a folder's server, and when. */
#include "host/clock.h"
#include "mfetch_pull.h"

#define SET_MESSAGES 500 /* asked for in one command */
#define IN_FLIGHT 4	 /* commands that wait for their answer */
#define PICKED 32	 /* the same, of messages in the order of their names */

static int ask(struct pull *, const struct imap_ask *, struct err *);
static int ask_search(struct pull *, struct err *);
static int ask_mirror(struct pull *, struct err *);
static int ask_recount(struct pull *, struct err *);
static int ask_dedup(struct pull *, struct err *);
static int ask_tail(struct pull *, struct err *);
static struct span items(const struct mfetch *);
static void keys(const struct pull *, struct buf *);
static size_t make_set(const struct pull *, struct buf *);

int
pull_ask(struct pull *p, struct err *e)
{
	struct buf words = {0};
	int status;

	if (p->mirror.is_on)
		mirror_words(p, &words);
	status = ask(p, &(struct imap_ask){
	    .verb = p->src->delete ? IMAP_SELECT : IMAP_EXAMINE,
	    .name = span_of(p->folder->wire), .words = buf_view(&words)}, e);
	if (status == 0 && p->mirror.is_on)
		status = ask_mirror(p, e);
	buf_free(&words);
	if (status == 0)
		status = ask_search(p, e);
	if (status == 0 && p->is_tail)
		status = ask_tail(p, e);
	return status;
}

int
pull_ask_more(struct pull *p, struct err *e)
{
	struct buf set = {0};
	int status = 0;

	if (p->recount.is_on)
		return ask_recount(p, e);
	if (p->dedup.is_on)
		return ask_dedup(p, e);
	while (status == 0 && p->asked < p->n_wanted &&
	    p->waiting < (p->src->picked == NULL ? IN_FLIGHT : PICKED)) {
		p->asked += make_set(p, &set);
		status = ask(p, &(struct imap_ask){.verb = IMAP_UID_FETCH,
		    .set = buf_view(&set), .words = items(p->run)}, e);
		buf_cut(&set, 0);
	}
	buf_free(&set);
	return status;
}

static int
ask(struct pull *p, const struct imap_ask *a, struct err *e)
{
	unsigned tag;

	if (imap_ask(p->s->imap, a, &tag, e) == -1)
		return -1;
	if (p->mailbox == 0)
		p->mailbox = tag;
	p->waiting++;
	p->last = tag;
	return 0;
}

/* What is picked takes more than one, as a line may not be long. */
static int
ask_search(struct pull *p, struct err *e)
{
	const struct picked *k = p->src->picked;
	struct imap_ask search = {.verb = IMAP_UID_SEARCH};
	struct buf words = {0};
	size_t done = 0;
	int status;

	do {
		if (k == NULL)
			keys(p, &words);
		else
			done += pick_keys(k, done, &words);
		search.words = buf_view(&words);
		status = ask(p, &search, e);
		p->searches++;
		buf_cut(&words, 0);
	} while (status == 0 && k != NULL && done < k->n_sorted);
	buf_free(&words);
	return status;
}

/* Without QRESYNC what is gone shows in a search for all that is there. */
static int
ask_mirror(struct pull *p, struct err *e)
{
	struct buf words = {0};
	int status = 0;

	mirror_items(p, &words);
	if (words.n > 0 && p->run->size_max == 0 && !p->run->has_since) {
		p->from = 1;
		p->mirror.is_whole = true;
	}
	if (words.n > 0)
		status = ask(p, &(struct imap_ask){.verb = IMAP_UID_FETCH,
		    .set = SPAN("1:*"), .words = buf_view(&words)}, e);
	p->mirror.tag = words.n > 0 ? p->last : 0;
	buf_free(&words);
	return status;
}

static int
ask_recount(struct pull *p, struct err *e)
{
	struct recount *r = &p->recount;

	if (!p->is_searched || r->is_asked)
		return 0;
	r->is_asked = true;
	if (ask(p, &(struct imap_ask){.verb = IMAP_UID_FETCH,
	    .set = SPAN("1:*"), .words = recount_items()}, e) == -1)
		return -1;
	r->tag = p->last;
	return 0;
}

static int
ask_dedup(struct pull *p, struct err *e)
{
	struct dedup *d = &p->dedup;
	struct buf set = {0};
	uint32_t first, last;
	int status;

	if (!p->is_searched || d->is_asked)
		return 0;
	d->is_asked = true;
	dedup_range(p, &first, &last);
	uid_range(&set, first, last);
	status = ask(p, &(struct imap_ask){.verb = IMAP_UID_FETCH,
	    .set = buf_view(&set), .words = dedup_items(p->s)}, e);
	buf_free(&set);
	d->tag = p->last;
	return status;
}

static int
ask_tail(struct pull *p, struct err *e)
{
	struct buf set = {0};
	int status;

	buf_fmt(&set, "%lu:4294967294", (unsigned long)p->tail);
	status = ask(p, &(struct imap_ask){.verb = IMAP_UID_FETCH,
	    .set = buf_view(&set), .words = items(p->run)}, e);
	buf_free(&set);
	return status;
}

static struct span
items(const struct mfetch *run)
{
	if (run->dry)
		return SPAN("(UID RFC822.SIZE "
		    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
	return run->headers
	    ? SPAN("(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])")
	    : SPAN(IMAP_WHOLE);
}

static void
keys(const struct pull *p, struct buf *out)
{
	const struct mfetch *run = p->run;
	struct buf day = {0};

	if (p->src->url->uid != 0)
		buf_fmt(out, " UID %lu", (unsigned long)p->src->url->uid);
	else if (p->from > 1)
		buf_fmt(out, " UID %lu:*", (unsigned long)p->from);
	if (run->has_since) {
		date_imap((struct date){.sec = run->since,
		    .zone_min = clock_zone(run->since)}, &day);
		buf_fmt(out, " SINCE %.11s", buf_cstr(&day));
		buf_free(&day);
	}
	if (run->size_max > 0)
		buf_fmt(out, " NOT LARGER %llu",
		    (unsigned long long)run->size_max);
	if (out->n == 0)
		buf_str(out, " ALL");
	buf_drop(out, 1);
}

/*
 * The next messages as a set, in ascending order as they will come; how many
 * they are.  Where found is all that the folder has, a range may run over UIDs
 * that are gone.
 */
static size_t
make_set(const struct pull *p, struct buf *set)
{
	bool is_all = p->run->size_max == 0 && !p->run->has_since &&
	    p->src->picked == NULL;
	const uint32_t *at = p->wanted + p->asked;
	size_t left = p->n_wanted - p->asked, i = 0, from;

	while (i < left && i < SET_MESSAGES && set->n < SET_BYTES &&
	    (i == 0 || at[i] > at[i - 1])) {
		from = i++;
		while (i < left && i < SET_MESSAGES && at[i] == at[i - 1] + 1 &&
		    (is_all || p->found[at[i]] == p->found[at[i - 1]] + 1))
			i++;
		uid_range(set, p->found[at[from]], p->found[at[i - 1]]);
	}
	return i;
}
