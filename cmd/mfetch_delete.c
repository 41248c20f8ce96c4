#include <stdio.h>

#include "app/diag.h"
#include "mfetch_pull.h"

static int may_delete(struct pull *, size_t, bool *, struct err *);
static int delete_set(struct pull *, struct span set, struct err *);

/* What is safe here goes from the server, by UID alone. */
int
pull_delete(struct pull *p, struct err *e)
{
	struct buf set = {0};
	bool is_safe;
	int status = 0;

	if (imap_mailbox(p->s->imap)->is_read_only)
		return err_set(e, ERR_REFUSED,
		    "the server lets nothing be deleted here");
	for (size_t i = 0; status == 0 && i < p->n_found; i++) {
		status = may_delete(p, i, &is_safe, e);
		if (status == 0 && is_safe)
			buf_fmt(&set, "%s%lu", set.n > 0 ? "," : "",
			    (unsigned long)p->found[i]);
		if (set.n < SET_BYTES && i + 1 < p->n_found)
			continue;
		if (status == 0 && set.n > 0)
			status = delete_set(p, buf_view(&set), e);
		buf_cut(&set, 0);
	}
	if (status == 0 && p->n_found > 0 && !imap_can(p->s->imap, "UIDPLUS"))
		diag(p->run->tool.name, "%s: the server cannot remove single "
		    "messages (UIDPLUS); they are marked as deleted",
		    p->folder->name);
	buf_free(&set);
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

static int
delete_set(struct pull *p, struct span set, struct err *e)
{
	if (pull_check(p, e) == -1 || imap_session_do(p->s,
	    &(struct imap_ask){.verb = IMAP_UID_STORE, .set = set,
		.words = SPAN("+FLAGS.SILENT (\\Deleted)")}, e) == -1 ||
	    pull_check(p, e) == -1)
		return -1;
	if (!imap_can(p->s->imap, "UIDPLUS"))
		return 0;
	return imap_session_do(p->s, &(struct imap_ask){
	    .verb = IMAP_UID_EXPUNGE, .set = set}, e);
}
