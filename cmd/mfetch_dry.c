/* -n: what is new is named, and with -j what is known of it, asked for. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/word.h"
#include "mfetch_pull.h"

#define FIELD_MAX 8192 /* bytes of a Message-ID */

bool
dry_asks(const struct mfetch *run)
{
	return run->dry && run->json && !run->quiet;
}

void
dry_take(struct pull *p, const struct imap_event *ev)
{
	struct dry *d = &p->dry;
	struct span body, header;
	struct buf id = {0};
	struct field f;

	if (ev->on == IMAP_ON_BODY)
		buf_cut(&d->field, 0);
	if (ev->on == IMAP_ON_DATA && d->field.n + ev->data.n < FIELD_MAX)
		buf_span(&d->field, ev->data);
	if (ev->on != IMAP_ON_MESSAGE || !ev->has_body ||
	    found_look(p, ev->uid) != FOUND_ASKED)
		return;
	found_taken(p, ev->uid);
	header = header_split(buf_view(&d->field), &body);
	if (header_find(header, "Message-ID", &f))
		word_id(f.value, &id);
	d->v = mem_grow(d->v, &d->cap, d->n + 1, sizeof *d->v);
	d->v[d->n++] = (struct dry_one){ev->uid, ev->size,
	    mem_str(buf_cstr(&id))};
	buf_free(&id);
}

int
dry_print(struct pull *p, struct err *e)
{
	struct dry *d = &p->dry;
	struct url u = *p->src->url;
	struct buf text = {0};
	int status = 0;

	u.folder = p->folder->name;
	u.uidvalidity = p->place.uidvalidity;
	if (u.user == NULL)
		u.user = (char *)p->s->server.user;
	if (d->n > 1)
		qsort(d->v, d->n, sizeof *d->v, uid_order);
	for (size_t i = 0; status == 0 && i < p->n_wanted; i++) {
		const struct dry_one *known = NULL;
		char uid[16];

		u.uid = p->found[p->wanted[i]];
		if (d->n > 0)
			known = bsearch(&u.uid, d->v, d->n, sizeof *known,
			    uid_order);
		url_format(&u, &text);
		snprintf(uid, sizeof uid, "%lu", (unsigned long)u.uid);
		p->run->fetched++;
		if (!p->run->quiet)
			status = report_name(p->run, buf_view(&text),
			    p->folder->name, uid, true,
			    known == NULL ? 0 : known->size,
			    span_of(known == NULL ? "" : known->id), e);
		buf_cut(&text, 0);
	}
	buf_free(&text);
	return status;
}

void
dry_free(struct dry *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].id);
	free(d->v);
	buf_free(&d->field);
}
