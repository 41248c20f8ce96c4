#include <stdlib.h>

#include "app/diag.h"
#include "mfetch_pull.h"

#define SMALL_MESSAGES 500

static int see(struct pull *, struct err *);
static bool is_small(const struct folder *);
static bool is_limited(const struct mfetch *);
static int end_recount(struct pull *, struct err *);
static int end_dedup(struct pull *, struct err *);
static int take_answer(struct pull *, const struct imap_event *, struct err *);
static int opened(struct pull *, struct err *);
static int new_validity(struct pull *, struct err *);
static int record(struct pull *, struct err *);
static void complete(const struct pull *, struct state_seen *);

int
pull_open(struct pull *p, struct mfetch *run, const struct source *src,
    struct imap_session *s, const struct folder *f, struct err *e)
{
	struct buf server = {0};
	int status;

	*p = (struct pull){.run = run, .src = src, .folder = f, .s = s};
	source_identity("imap", &s->server, &server);
	status = place_open(&p->place, run, f->path, buf_view(&server),
	    span_of(f->name), e);
	buf_free(&server);
	if (status == -1)
		return -1;
	status = see(p, e);
	if (status == -1)
		pull_close(p);
	return status;
}

void
pull_close(struct pull *p)
{
	place_close(&p->place);
	mirror_free(&p->mirror);
	recount_free(&p->recount);
	dedup_free(&p->dedup);
	dry_free(&p->dry);
	free(p->found);
	free(p->is_ours);
	free(p->taken);
	free(p->wanted);
	*p = (struct pull){0};
}

bool
pull_is_needed(const struct pull *p)
{
	const struct imap_counts *c = &p->folder->counts;

	if (p->src->delete || p->src->url->uid != 0 || c->uidvalidity == 0 ||
	    c->uidnext == 0)
		return true;
	if (c->uidvalidity != p->seen.uidvalidity ||
	    c->uidnext != p->seen.uidnext ||
	    (c->has_messages && c->messages != p->seen.exists))
		return true;
	return p->mirror.is_on && (c->highestmodseq == 0 ||
	    c->highestmodseq != p->seen.modseq ||
	    !c->has_messages);
}

bool
pull_has_asked(const struct pull *p)
{
	if (p->src->delete || p->recount.is_on || p->dedup.may)
		return false;
	return p->is_tail || p->failed.kind != ERR_NONE ||
	    (p->is_searched && p->asked == p->n_wanted);
}

int
pull_take(struct pull *p, const struct imap_event *ev, struct err *e)
{
	if (ev->on == IMAP_ON_DONE)
		p->waiting--;
	if (p->failed.kind != ERR_NONE)
		return 0;
	if (pull_check(p, e) == -1)
		return -1;
	if (p->is_stale && ev->on != IMAP_ON_DONE)
		return 0;
	if (ev->on == IMAP_ON_EXPUNGE)
		p->n_gone++;
	if (ev->on == IMAP_ON_VANISHED && !ev->is_earlier)
		p->n_gone += (uint64_t)ev->last - ev->uid + 1;
	if (p->recount.tag != 0 && ev->on != IMAP_ON_DONE &&
	    (ev->on != IMAP_ON_MESSAGE || ev->has_body))
		return recount_take(p, ev, e);
	if (p->run->dry && ev->on != IMAP_ON_UIDS && ev->on != IMAP_ON_DONE) {
		dry_take(p, ev);
		return 0;
	}
	switch (ev->on) {
	case IMAP_ON_UIDS:
		return found_take(p, ev, e);
	case IMAP_ON_BODY:
		return body_begin(p, ev, e);
	case IMAP_ON_DATA:
		return place_write(&p->place, ev->data, e);
	case IMAP_ON_MESSAGE:
		if (ev->has_body)
			return body_end(p, ev, e);
		if (p->dedup.tag != 0)
			dedup_take(p, ev);
		return p->mirror.is_on ? mirror_take(&p->mirror, ev, e) : 0;
	case IMAP_ON_VANISHED:
		return p->mirror.is_on ? mirror_take(&p->mirror, ev, e) : 0;
	case IMAP_ON_DONE:
		return take_answer(p, ev, e);
	default:
		return 0;
	}
}

bool
pull_is_over(const struct pull *p)
{
	if (p->waiting > 0)
		return false;
	if (p->failed.kind != ERR_NONE || p->is_stale)
		return true;
	return p->is_searched && !p->recount.is_on && !p->dedup.is_on &&
	    p->asked == p->n_wanted;
}

int
pull_end(struct pull *p, int status, struct err *e)
{
	if (status == 0 && p->failed.kind != ERR_NONE) {
		*e = p->failed;
		status = -1;
	}
	if (status == 0 && !p->is_stale && p->src->picked != NULL)
		pick_tell(p);
	if (p->run->dry)
		return status == -1 ? -1 : dry_print(p, e);
	status = place_end_run(&p->place, status, p->folder->name, e);
	body_tell(p);
	if (status == 0 && !p->is_stale)
		status = record(p, e);
	if (status == 0)
		status = place_settle(&p->place, e);
	if (status == 0 && p->src->delete)
		status = pull_delete(p, e);
	return status;
}

int
pull_check(const struct pull *p, struct err *e)
{
	const struct imap_mailbox *box = imap_mailbox(p->s->imap);

	if (!p->is_open || box->tag != p->mailbox ||
	    box->uidvalidity == p->place.uidvalidity)
		return 0;
	return err_set(e, ERR_PROTO,
	    "the server counts its messages anew (UIDVALIDITY) in between");
}

static int
see(struct pull *p, struct err *e)
{
	uint32_t *known;
	size_t n;

	p->from = 1;
	p->mirror.is_on = mirror_is_on(p->run, p->src);
	p->dedup.may = dedup_is_on(p->run, p->src, p->s);
	if (p->place.state == NULL)
		return 0;
	if (state_seen(p->place.state, p->place.source, &p->seen, e) == -1)
		return -1;
	if ((p->seen.next == 0 && !is_small(p->folder)) || p->src->delete ||
	    p->src->url->uid != 0 || p->folder->is_again)
		return 0;
	p->from = p->tail = p->seen.next > 0 ? p->seen.next : 1;
	if (is_limited(p->run) || p->run->dry)
		return 0;
	if (state_uids(p->place.state, p->place.source, p->seen.uidvalidity,
		p->from, &known, &n, e) == -1)
		return -1;
	p->is_tail = n == 0 && (p->tail > 1 || is_small(p->folder)) &&
	    !p->dedup.may;
	free(known);
	return 0;
}

/* All of it may be asked for at once, though nothing of it is known. */
static bool
is_small(const struct folder *f)
{
	return f->counts.uidvalidity != 0 && f->counts.has_messages &&
	    f->counts.messages > 0 && f->counts.messages <= SMALL_MESSAGES;
}

/* True where not all that is new is fetched. */
static bool
is_limited(const struct mfetch *run)
{
	return run->size_max > 0 || run->has_since || run->newest > 0;
}

static int
end_recount(struct pull *p, struct err *e)
{
	p->recount.is_on = false;
	p->recount.tag = 0;
	if (recount_match(p, e) == -1)
		return -1;
	return found_choose(p, e);
}

static int
end_dedup(struct pull *p, struct err *e)
{
	p->dedup.is_on = false;
	p->dedup.tag = 0;
	if (dedup_choose(p, e) == -1)
		return -1;
	return found_choose(p, e);
}

static int
take_answer(struct pull *p, const struct imap_event *ev, struct err *e)
{
	bool is_fetch = ev->verb == IMAP_UID_FETCH;

	if (ev->status != IMAP_OK) {
		(void)imap_refused(ev, e);
		if (ev->status == IMAP_BAD)
			return -1;
		if (!is_fetch) {
			p->failed = *e;
			return 0;
		}
		/* some of them could not be had; the others follow */
		report_fault(p->run, p->folder->name, e);
		/* nor are its changes all known */
		if (ev->tag == p->mirror.tag)
			p->mirror.is_on = false;
	}
	if (ev->verb == IMAP_UID_SEARCH && --p->searches > 0)
		return 0;
	if (ev->verb == IMAP_UID_SEARCH && !p->is_stale) {
		if (found_sort(p, e) == -1)
			return -1;
		p->dedup.is_on = dedup_is_needed(p);
		return recount_is_needed(p, &p->recount.is_on, e);
	}
	if (is_fetch && ev->tag == p->recount.tag)
		return end_recount(p, e);
	if (is_fetch)
		return ev->tag == p->dedup.tag ? end_dedup(p, e) : 0;
	return ev->verb == IMAP_EXAMINE || ev->verb == IMAP_SELECT ?
	    opened(p, e) : 0;
}

static int
opened(struct pull *p, struct err *e)
{
	const struct imap_mailbox *box = imap_mailbox(p->s->imap);

	if (box->uidvalidity == 0)
		return err_set(e, ERR_REFUSED,
		    "the server keeps no UIDs, so that nothing is known again");
	if (check_uidvalidity(p->src->url, box->uidvalidity, &p->failed) == -1)
		return 0;
	p->is_open = true;
	p->place.uidvalidity = box->uidvalidity;
	p->uidnext = box->uidnext;
	p->exists = box->exists;
	p->mirror.modseq = box->highestmodseq;
	if (p->place.state == NULL || p->seen.uidvalidity == box->uidvalidity)
		return 0;
	return new_validity(p, e);
}

/* What is asked already from next on is of no use now. */
static int
new_validity(struct pull *p, struct err *e)
{
	if (p->seen.uidvalidity != 0)
		diag(p->run->tool.name, "%s: the server counts its messages "
		    "anew (UIDVALIDITY)", p->folder->name);
	/* with nothing known before, it all holds */
	p->is_stale = p->from > 1 || p->seen.modseq > 0 ||
	    (p->is_tail && p->seen.uidvalidity != 0);
	p->seen = (struct state_seen){.uidvalidity = p->place.uidvalidity};
	if (p->run->dry)
		return 0;
	return state_see(p->place.state, p->place.source, &p->seen, e);
}

static int
record(struct pull *p, struct err *e)
{
	struct state_seen now = p->seen;

	if (p->place.state == NULL)
		return 0;
	if ((p->mirror.is_on || p->dedup.may) &&
	    place_settle(&p->place, e) == -1)
		return -1;
	if (found_mark(p, e) == -1)
		return -1;
	if (dedup_record(p, e) == -1)
		return -1;
	complete(p, &now);
	if (p->mirror.is_on) {
		if (mirror_apply(p, e) == -1)
			return -1;
		/* where it fell, none says what changed: all is asked again */
		now.modseq = p->mirror.modseq < p->seen.modseq ? 0 :
		    p->mirror.modseq;
		now.exists = p->exists;
	}
	if (now.next == p->seen.next && now.uidnext == p->seen.uidnext &&
	    now.modseq == p->seen.modseq && now.exists == p->seen.exists)
		return 0;
	return state_end(p->place.state, p->place.source, &now, e);
}

/*
 * UIDNEXT is no more than a word that may be said again: if it is too high, a
 * message comes yet that has a lower UID.
 */
static void
complete(const struct pull *p, struct state_seen *now)
{
	uint32_t last = 0;

	if (p->run->size_max > 0 || p->run->has_since ||
	    p->src->url->uid != 0)
		return;
	now->uidnext = 0;
	for (size_t i = 0; i < p->n_found; i++)
		if (!p->is_ours[i]) {
			now->next = p->found[i];
			return;
		}
	if (p->n_found > 0)
		last = p->found[p->n_found - 1];
	if (p->n_taken > 0 && !p->is_short && p->last_taken > last)
		last = p->last_taken;
	if (last >= now->next)
		now->next = last + 1;
	now->uidnext = p->uidnext > now->next ? p->uidnext : now->next;
	now->exists = p->exists;
}
