/*
 * dedup = yes: a message that another folder's Maildir has is not fetched
 * again.  What is the same is said by the server, with an id that no sender can
 * forge.  An id is recorded when its message is safe, and the folder's next
 * after it, so that who died in between asks again for the ids of all from next
 * on: those that are here too.  The folder's record then knows the UID of what
 * it does not have.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "host/file.h"
#include "mfetch_pull.h"

#define ID_MAX 255 /* bytes; RFC 8474, section 6 */

static const char *id_of(const struct dedup *, uint32_t uid);

bool
dedup_is_on(const struct mfetch *run, const struct source *src,
    const struct imap_session *s)
{
	return run->target_kind == TARGET_MAILDIR && !run->dry &&
	    src->url->uid == 0 && dedup_items(s).n > 0 &&
	    account_yes(src->account, "dedup", CONF_FETCH);
}

bool
dedup_is_needed(const struct pull *p)
{
	return p->dedup.may && p->n_found > 0 &&
	    p->found[p->n_found - 1] >= p->seen.next;
}

void
dedup_range(const struct pull *p, uint32_t *first, uint32_t *last)
{
	size_t i = 0;

	while (i + 1 < p->n_found && p->found[i] < p->seen.next)
		i++;
	*first = p->found[i];
	*last = p->found[p->n_found - 1];
}

struct span
dedup_items(const struct imap_session *s)
{
	if (imap_can(s->imap, "OBJECTID"))
		return SPAN("(UID EMAILID)");
	if (imap_can(s->imap, "X-GM-EXT-1"))
		return SPAN("(UID X-GM-MSGID)");
	return SPAN("");
}

void
dedup_take(struct pull *p, const struct imap_event *ev)
{
	struct dedup *d = &p->dedup;
	struct buf id = {0};

	if (ev->emailid.n > 0)
		buf_span(&id, ev->emailid);
	else if (ev->gmail_id != 0)
		buf_fmt(&id, "%llu", (unsigned long long)ev->gmail_id);
	if (ev->uid != 0 && id.n > 0 && id.n <= ID_MAX &&
	    d->n < p->n_found) {
		d->v = mem_grow(d->v, &d->cap, d->n + 1, sizeof *d->v);
		d->v[d->n++] = (struct dedup_id){ev->uid,
		    mem_dup(id.p, id.n)};
	}
	buf_free(&id);
}

int
dedup_choose(struct pull *p, struct err *e)
{
	struct dedup *d = &p->dedup;
	uint32_t *here = mem_alloc(p->n_wanted, sizeof *here);
	struct buf server = {0};
	size_t n = 0;
	int status = 0;

	if (d->n > 1)
		qsort(d->v, d->n, sizeof *d->v, uid_order);
	status = file_mkdirs(p->src->maildir, e);
	if (status == 0)
		status = copies_open(p->src->maildir, &d->copies, e);
	source_identity("imap", &p->s->server, &server);
	for (size_t i = 0; status == 0 && i < p->n_wanted; i++) {
		uint32_t uid = p->found[p->wanted[i]];
		const char *id = id_of(d, uid);
		bool has = false;

		if (id != NULL)
			status = copies_has(d->copies, buf_view(&server),
			    span_of(p->folder->name), span_of(id), &has, e);
		if (has)
			here[n++] = uid;
	}
	if (status == 0 && n > 0)
		status = state_know(p->place.state, p->place.source,
		    p->place.uidvalidity, here, n, e);
	buf_free(&server);
	free(here);
	return status;
}

int
dedup_record(struct pull *p, struct err *e)
{
	struct dedup *d = &p->dedup;
	const char **ids = mem_alloc(p->n_found, sizeof *ids);
	struct buf server = {0};
	size_t n = 0;
	int status = 0;

	for (size_t i = 0; d->copies != NULL && i < p->n_found; i++) {
		const char *id = id_of(d, p->found[i]);

		if (p->is_ours[i] && id != NULL)
			ids[n++] = id;
	}
	source_identity("imap", &p->s->server, &server);
	if (n > 0)
		status = copies_add(d->copies, buf_view(&server),
		    span_of(p->folder->name), ids, n, e);
	buf_free(&server);
	free(ids);
	return status;
}

void
dedup_free(struct dedup *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].id);
	free(d->v);
	copies_close(d->copies);
}

static const char *
id_of(const struct dedup *d, uint32_t uid)
{
	const struct dedup_id *at = d->n == 0 ? NULL :
	    bsearch(&uid, d->v, d->n, sizeof *at, uid_order);

	return at == NULL ? NULL : at->id;
}
