/* Several messages of a folder that are asked for by their names. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mfetch_pull.h"

void
pick_sort(struct picked *k)
{
	free(k->sorted);
	k->sorted = mem_alloc(k->n, sizeof *k->sorted);
	memcpy(k->sorted, k->uid, k->n * sizeof *k->uid);
	qsort(k->sorted, k->n, sizeof *k->sorted, uid_order);
	k->n_sorted = 0;
	for (size_t i = 0; i < k->n; i++)
		if (i == 0 || k->sorted[i] != k->sorted[i - 1])
			k->sorted[k->n_sorted++] = k->sorted[i];
}

size_t
pick_keys(const struct picked *k, size_t from, struct buf *out)
{
	const uint32_t *at = k->sorted + from;
	size_t left = k->n_sorted - from, i = 0, first;
	struct buf set = {0};

	while (i < left && set.n < SET_BYTES) {
		first = i++;
		while (i < left && at[i] == at[i - 1] + 1)
			i++;
		uid_range(&set, at[first], at[i - 1]);
	}
	buf_str(out, "UID ");
	buf_span(out, buf_view(&set));
	buf_free(&set);
	return i;
}

size_t
pick_place(const struct picked *k, uint32_t uid, uint32_t last)
{
	const uint32_t *at = bsearch(&uid, k->sorted, k->n_sorted,
	    sizeof *at, uid_order);

	/* they are sorted, and each is there once */
	return at != NULL &&
	    last - uid < k->n_sorted - (size_t)(at - k->sorted) &&
	    at[last - uid] == last ? (size_t)(at - k->sorted) : SPAN_NONE;
}

void
pick_order(struct pull *p)
{
	const struct picked *k = p->src->picked;
	bool *is_wanted = mem_alloc(p->n_found, sizeof *is_wanted);

	for (size_t i = 0; i < p->n_wanted; i++)
		is_wanted[p->wanted[i]] = true;
	p->n_wanted = 0;
	for (size_t i = 0; i < k->n && p->n_found > 0; i++) {
		const uint32_t *at = bsearch(&k->uid[i], p->found, p->n_found,
		    sizeof *at, uid_order);

		if (at == NULL || !is_wanted[at - p->found])
			continue;
		is_wanted[at - p->found] = false;
		p->wanted[p->n_wanted++] = (uint32_t)(at - p->found);
	}
	free(is_wanted);
}

void
pick_tell(struct pull *p)
{
	const struct picked *k = p->src->picked;
	struct url u = *p->src->url;
	struct buf name = {0};
	struct err e;

	for (size_t i = 0; i < k->n; i++) {
		if (found_has(p, k->uid[i]))
			continue;
		u.uid = k->uid[i];
		url_format(&u, &name);
		err_set(&e, ERR_NOINPUT, "no such message");
		report_fault(p->run, buf_cstr(&name), &e);
		buf_cut(&name, 0);
	}
	buf_free(&name);
}
