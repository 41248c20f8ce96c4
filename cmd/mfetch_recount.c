/*
 * A server that counts its messages anew (UIDVALIDITY) has most of them as it
 * had them before.  One is here already where its Message-ID, INTERNALDATE and
 * size are those of a file that was fetched from the folder under another
 * UIDVALIDITY, and of no other file and no other message: what is not sure is
 * fetched.  The file has the date as its own time, and the size but for the CRs
 * of its line ends.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "host/file.h"
#include "mail/header.h"
#include "mfetch_pull.h"
#include "mfetch_target.h"

#define FIELD_MAX 8192 /* bytes of a Message-ID */

/* The files that are looked for, and those that were found. */
struct ours {
	const struct recount *theirs;
	struct recount_one *v;
	size_t n, cap;
	char **name; /* sorted */
	size_t n_names, name_cap;
};

static bool tells_twice(const struct recount *);
static char *id_of(struct span header);
static int add_name(void *, uint32_t, unsigned, const char *, struct err *);
static int look(struct ours *, const char *path, struct err *);
static void look_at(struct ours *, struct maildir *,
    const struct maildir_entry *);
static bool is_theirs(const struct recount *, const char *id);
static int adopt(struct pull *, struct ours *, struct err *);
static size_t same(const struct recount_one *, size_t n);
static int by_name(const void *, const void *);
static int by_id(const void *, const void *);
static int by_all(const void *, const void *);

int
recount_is_needed(const struct pull *p, bool *is, struct err *e)
{
	*is = false;
	if (p->place.state == NULL || p->seen.next != 0 ||
	    p->n_wanted == 0 || p->run->dry || p->run->headers ||
	    p->run->target_kind != TARGET_MAILDIR ||
	    p->src->url->uid != 0)
		return 0;
	return state_has_other(p->place.state, p->place.source,
	    p->place.uidvalidity, is, e);
}

struct span
recount_items(void)
{
	return SPAN("(UID INTERNALDATE RFC822.SIZE "
	    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
}

int
recount_take(struct pull *p, const struct imap_event *ev, struct err *e)
{
	struct recount *r = &p->recount;
	struct recount_one one = {.uid = ev->uid, .size = ev->size};
	struct date date;

	if (ev->on == IMAP_ON_BODY)
		buf_cut(&r->field, 0);
	if (ev->on == IMAP_ON_DATA && r->field.n + ev->data.n < FIELD_MAX)
		buf_span(&r->field, ev->data);
	if (ev->on != IMAP_ON_MESSAGE)
		return 0;
	if (!found_has(p, ev->uid))
		return 0;
	if (r->n == p->n_found)
		return err_set(e, ERR_PROTO,
		    "the server tells of a message twice");
	if (!ev->has_size || !date_parse_imap(ev->date, &date))
		return 0;
	one.sec = date.sec;
	one.id = id_of(buf_view(&r->field));
	if (one.id == NULL)
		return 0;
	r->theirs = mem_grow(r->theirs, &r->cap, r->n + 1, sizeof one);
	r->theirs[r->n++] = one;
	return 0;
}

int
recount_match(struct pull *p, struct err *e)
{
	struct recount *r = &p->recount;
	struct ours ours = {.theirs = r};
	int status;

	if (r->n > 1)
		qsort(r->theirs, r->n, sizeof *r->theirs, by_all);
	status = state_each_other(p->place.state, p->place.source,
	    p->place.uidvalidity, add_name, &ours, e);
	if (status == 0 && ours.n_names > 0 && r->n > 0 && !tells_twice(r))
		status = look(&ours, p->place.target->path, e);
	if (status == 0 && ours.n > 0)
		status = adopt(p, &ours, e);
	for (size_t i = 0; i < ours.n; i++) {
		free(ours.v[i].id);
		free(ours.v[i].name);
	}
	for (size_t i = 0; i < ours.n_names; i++)
		free(ours.name[i]);
	free(ours.v);
	free(ours.name);
	return status;
}

void
recount_free(struct recount *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->theirs[i].id);
	free(r->theirs);
	buf_free(&r->field);
}

/* Of one UID: what it says is not to be relied on. */
static bool
tells_twice(const struct recount *r)
{
	uint32_t *uid = mem_alloc(r->n, sizeof *uid);
	bool is = false;

	for (size_t i = 0; i < r->n; i++)
		uid[i] = r->theirs[i].uid;
	qsort(uid, r->n, sizeof *uid, uid_order);
	for (size_t i = 1; i < r->n; i++)
		is = is || uid[i] == uid[i - 1];
	free(uid);
	return is;
}

/* NULL where there is none. */
static char *
id_of(struct span header)
{
	struct buf text = {0};
	struct field f;
	struct span id;
	char *copy = NULL;

	if (!header_find(header, "Message-ID", &f) || f.value.n > FIELD_MAX)
		return NULL;
	header_unfold(f.value, &text);
	id = span_trim(buf_view(&text));
	if (id.n > 0)
		copy = mem_dup(id.p, id.n);
	buf_free(&text);
	return copy;
}

static int
add_name(void *arg, uint32_t uid, unsigned flags, const char *name,
    struct err *e)
{
	struct ours *o = arg;

	(void)uid;
	(void)flags;
	(void)e;
	o->name = mem_grow(o->name, &o->name_cap, o->n_names + 1,
	    sizeof *o->name);
	o->name[o->n_names++] = mem_str(name);
	return 0;
}

static int
look(struct ours *o, const char *path, struct err *e)
{
	struct maildir_iter it;
	struct maildir_entry entry;
	struct maildir m;
	int status;

	if (maildir_open(path, false, &m, e) == -1)
		return -1;
	qsort(o->name, o->n_names, sizeof *o->name, by_name);
	maildir_each(&m, &it);
	while ((status = maildir_next(&it, &entry, e)) == 1)
		look_at(o, &m, &entry);
	maildir_end(&it);
	maildir_close(&m);
	return status;
}

/* What cannot be read is not found, and so fetched. */
static void
look_at(struct ours *o, struct maildir *m, const struct maildir_entry *entry)
{
	int dir = entry->in_cur ? m->cur : m->new;
	struct span name = span_of(entry->name), body;
	struct recount_one one = {0};
	struct file_map map = {0};
	struct err ignored;
	struct stat st;
	char *base;

	base = mem_dup(name.p, maildir_base(name));
	if (bsearch(&base, o->name, o->n_names, sizeof base, by_name) == NULL ||
	    fstatat(dir, entry->name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    file_map(dir, entry->name, &map, &ignored) == -1) {
		free(base);
		return;
	}
	one.name = base;
	one.sec = st.st_mtime;
	one.id = id_of(header_split(map.bytes, &body));
	if (one.id != NULL && is_theirs(o->theirs, one.id)) {
		one.size = map.bytes.n;
		for (size_t i = 0; i < map.bytes.n; i++)
			one.size += map.bytes.p[i] == '\n';
		o->v = mem_grow(o->v, &o->cap, o->n + 1, sizeof one);
		o->v[o->n++] = one;
	} else {
		free(one.id);
		free(base);
	}
	file_unmap(&map);
}

static bool
is_theirs(const struct recount *r, const char *id)
{
	struct recount_one key = {.id = (char *)id};

	return bsearch(&key, r->theirs, r->n, sizeof key, by_id) != NULL;
}

/* Both lists in one order, side by side. */
static int
adopt(struct pull *p, struct ours *o, struct err *e)
{
	const struct recount *r = &p->recount;
	struct state_adopted *list = mem_alloc(o->n, sizeof *list);
	size_t i = 0, j = 0, n = 0, n_theirs, n_ours;
	int order, status;

	qsort(o->v, o->n, sizeof *o->v, by_all);
	while (i < r->n && j < o->n) {
		n_theirs = same(r->theirs + i, r->n - i);
		n_ours = same(o->v + j, o->n - j);
		order = by_all(&r->theirs[i], &o->v[j]);
		if (order == 0 && n_theirs == 1 && n_ours == 1)
			list[n++] = (struct state_adopted){o->v[j].name,
			    r->theirs[i].uid};
		i += order <= 0 ? n_theirs : 0;
		j += order >= 0 ? n_ours : 0;
	}
	status = state_adopt(p->place.state, p->place.source,
	    p->place.uidvalidity, list, n, e);
	free(list);
	return status;
}

/* How many from here on are the same. */
static size_t
same(const struct recount_one *v, size_t n)
{
	size_t i = 1;

	while (i < n && by_all(v, v + i) == 0)
		i++;
	return i;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
by_id(const void *a, const void *b)
{
	const struct recount_one *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int
by_all(const void *a, const void *b)
{
	const struct recount_one *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	if (order != 0)
		return order;
	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return (x->size > y->size) - (x->size < y->size);
}
