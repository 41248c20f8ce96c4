#include <stdio.h>
#include <stdlib.h>

#include "app/diag.h"
#include "base/mem.h"
#include "mfetch_pull.h"

static int may_delete(struct pull *, size_t, bool *, struct err *);
static int delete_set(struct pull *, struct span set,
    const struct state_change *, size_t, struct err *);

/* What is safe here goes from the server, by UID alone. */
int
pull_delete(struct pull *p, struct err *e)
{
	struct state_change *gone = mem_alloc(p->n_found, sizeof *gone);
	struct buf set = {0};
	size_t n = 0;
	bool is_safe;
	int status = 0;

	if (imap_mailbox(p->s->imap)->is_read_only)
		status = err_set(e, ERR_REFUSED,
		    "the server lets nothing be deleted here");
	for (size_t i = 0; status == 0 && i < p->n_found; i++) {
		status = may_delete(p, i, &is_safe, e);
		if (status == 0 && is_safe) {
			buf_fmt(&set, "%s%lu", set.n > 0 ? "," : "",
			    (unsigned long)p->found[i]);
			gone[n++] = (struct state_change){p->found[i], 0,
			    true};
		}
		if (set.n < SET_BYTES && i + 1 < p->n_found)
			continue;
		if (status == 0 && set.n > 0)
			status = delete_set(p, buf_view(&set), gone, n, e);
		buf_cut(&set, 0);
		n = 0;
	}
	if (status == 0 && p->n_found > 0 && !imap_can(p->s->imap, "UIDPLUS"))
		diag(p->run->tool.name, "%s: the server cannot remove single "
		    "messages (UIDPLUS); they are marked as deleted",
		    p->folder->name);
	buf_free(&set);
	free(gone);
	return status;
}

static int
may_delete(struct pull *p, size_t i, bool *is_safe, struct err *e)
{
	char uid[16];

	*is_safe = false;
	if (!p->is_ours[i])
		return 0;
	snprintf(uid, sizeof uid, "%lu", (unsigned long)p->found[i]);
	return place_is_safe(&p->place, uid, is_safe, e);
}

/* That they are gone is recorded, so that no mirror takes it for news. */
static int
delete_set(struct pull *p, struct span set, const struct state_change *gone,
    size_t n, struct err *e)
{
	if (pull_check(p, e) == -1 || imap_session_do(p->s,
	    &(struct imap_ask){.verb = IMAP_UID_STORE, .set = set,
		.words = SPAN("+FLAGS.SILENT (\\Deleted)")}, e) == -1 ||
	    pull_check(p, e) == -1)
		return -1;
	if (!imap_can(p->s->imap, "UIDPLUS"))
		return 0;
	if (imap_session_do(p->s, &(struct imap_ask){
	    .verb = IMAP_UID_EXPUNGE, .set = set}, e) == -1)
		return -1;
	return state_change(p->place.state, p->place.source,
	    p->place.uidvalidity, gone, n, e);
}
