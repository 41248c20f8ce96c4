/*
 * -w: what appears in Maildirs.  A message is known by the part of its name
 * that stays when it goes from new/ to cur/ and when its flags change, and by
 * its folder, which stays the same when it gets another name, and when
 * it is made anew by the same name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "host/watch.h"
#include "mlist.h"
#include "store/maildir.h"

#define SLOTS_MIN 1024

/* A directory that is watched. */
struct place {
	char *path;    /* NULL: it is gone */
	bool is_box;   /* a Maildir's new or cur, else folders lie in it */
	bool is_above; /* and of these only those that were named */
	uint64_t seed; /* of the names in this folder */
};

/* A Maildir that was seen, and may be seen again. */
struct seen {
	char *path; /* NULL: another is called so now */
	dev_t dev;
	ino_t ino;
	uint64_t seed; /* of the names in it */
};

/* Hashes of names; 0 is a free slot. */
struct known {
	uint64_t *slot;
	size_t n, used; /* n is a power of two */
};

struct watching {
	struct watch *watch;
	struct place *place; /* of each id */
	size_t n, cap;
	struct known known;
	char **folder; /* that was named */
	size_t folders, folder_cap;
	struct seen *seen;
	size_t n_seen, seen_cap;
	uint64_t seed;
	bool is_begun; /* what appears now is new */
};

static int add_place(struct mlist *, const char *path, bool is_box,
    uint64_t seed, struct err *);
static int seed_of(struct watching *, const char *path, uint64_t *,
    struct err *);
static struct seen *find_inode(const struct watching *, const struct stat *);
static struct seen *find_path(const struct watching *, const char *path);
/* NULL: it is not watched. */
static struct place *place_of(const struct watching *, const char *path);
static int look(struct mlist *, const struct place *, struct err *);
static void appear(struct mlist *, const struct place *, const char *name);
static void show(struct mlist *, const char *path, uint64_t hash);
static void take_event(struct mlist *, const struct watch_event *);
static void put_above(const char *path, struct buf *);
static void come_back(struct mlist *, const char *above, const char *name);
static void forget(struct watching *, const char *path);
static uint64_t hash(uint64_t seed, struct span);
static void add_known(struct known *, uint64_t);
static uint64_t *slot_of(const struct known *, uint64_t);

int
mlist_watch_start(struct mlist *m, struct err *e)
{
	struct watching *w = mem_alloc(1, sizeof *w);

	m->watching = w;
	w->known.n = SLOTS_MIN;
	w->known.slot = mem_alloc(w->known.n, sizeof *w->known.slot);
	if (clock_random(&w->seed, sizeof w->seed, e) == -1)
		return -1;
	return watch_open(STDOUT_FILENO, &w->watch, e);
}

int
mlist_watch_maildir(struct mlist *m, const char *path, struct err *e)
{
	static const char *const boxes[] = {"new", "cur"};
	struct buf box = {0};
	uint64_t seed = 0;
	int status;

	if (!maildir_is(path))
		return err_set(e, ERR_NOINPUT, "%s: not a Maildir", path);
	status = seed_of(m->watching, path, &seed, e);
	for (size_t i = 0; status == 0 && i < 2; i++) {
		buf_cut(&box, 0);
		buf_fmt(&box, "%s/%s", path, boxes[i]);
		status = add_place(m, buf_cstr(&box), true, seed, e);
	}
	buf_free(&box);
	return status;
}

int
mlist_watch_below(struct mlist *m, const char *path, struct err *e)
{
	struct place *place;

	if (add_place(m, path, false, 0, e) == -1)
		return -1;
	place = place_of(m->watching, path);
	if (!place->is_box)
		place->is_above = false;
	return 0;
}

/* One that is moved away and back, or made anew, is seen from above alone. */
int
mlist_watch_named(struct mlist *m, const char *path, struct err *e)
{
	struct watching *w = m->watching;
	struct buf above = {0};
	int status = 0;

	if (w->is_begun)
		return 0;
	put_above(path, &above);
	w->folder = mem_grow(w->folder, &w->folder_cap, w->folders + 1,
	    sizeof *w->folder);
	w->folder[w->folders++] = mem_str(path);
	if (place_of(w, buf_cstr(&above)) == NULL) {
		status = add_place(m, buf_cstr(&above), false, 0, e);
		if (status == 0)
			place_of(w, buf_cstr(&above))->is_above = true;
	}
	buf_free(&above);
	return status == 0 ? mlist_watch_below(m, path, e) : -1;
}

int
mlist_watch(struct mlist *m, struct err *e)
{
	struct watching *w = m->watching;
	struct watch_event ev;
	int more = 1;

	if (w->n == 0)
		return 0;
	w->is_begun = true;
	while (!mlist_is_done(m)) {
		more = watch_next(w->watch, &ev, option_interrupted, e);
		if (more != 1)
			break;
		take_event(m, &ev);
		if (!m->is_broken && output_flush(&m->out, e) == -1) {
			mlist_break(m, e);
			mlist_fail(m, e);
		}
	}
	/* nobody reads any more, as a write would say */
	m->out.is_closed_pipe = m->out.is_closed_pipe || more == 0;
	return more == -1 ? -1 : 0;
}

void
mlist_watch_free(struct mlist *m)
{
	struct watching *w = m->watching;

	if (w == NULL)
		return;
	watch_close(w->watch);
	for (size_t i = 0; i < w->n; i++)
		free(w->place[i].path);
	for (size_t i = 0; i < w->folders; i++)
		free(w->folder[i]);
	for (size_t i = 0; i < w->n_seen; i++)
		free(w->seen[i].path);
	free(w->folder);
	free(w->seen);
	free(w->place);
	free(w->known.slot);
	free(w);
	m->watching = NULL;
}

/*
 * That of the same directory, whatever it was called, else that of the one that
 * was called so.  Where it is neither, an inode that was used again, no harm is
 * done: new messages have new names.
 */
static int
seed_of(struct watching *w, const char *path, uint64_t *seed, struct err *e)
{
	struct seen *same, *named, now = {0};
	struct stat st;

	if (stat(path, &st) == -1)
		return err_sys(e, ERR_NOINPUT, "%s", path);
	same = find_inode(w, &st);
	named = find_path(w, path);
	now.seed = hash(w->seed, span_at(&w->n_seen, sizeof w->n_seen));
	if (same != NULL || named != NULL)
		now.seed = same != NULL ? same->seed : named->seed;
	now.dev = st.st_dev;
	now.ino = st.st_ino;
	now.path = mem_str(path);
	if (named != NULL) {
		free(named->path);
		named->path = NULL;
	}
	if (same == NULL) {
		w->seen = mem_grow(w->seen, &w->seen_cap, w->n_seen + 1,
		    sizeof *w->seen);
		same = &w->seen[w->n_seen++];
		same->path = NULL;
	}
	free(same->path);
	*same = now;
	*seed = now.seed;
	return 0;
}

static struct seen *
find_inode(const struct watching *w, const struct stat *st)
{
	struct seen *s;

	for (size_t i = 0; i < w->n_seen; i++) {
		s = &w->seen[i];
		if (s->dev == st->st_dev && s->ino == st->st_ino)
			return s;
	}
	return NULL;
}

static struct seen *
find_path(const struct watching *w, const char *path)
{
	struct seen *s;

	for (size_t i = 0; i < w->n_seen; i++) {
		s = &w->seen[i];
		if (s->path != NULL && strcmp(s->path, path) == 0)
			return s;
	}
	return NULL;
}

/* Watched first, then looked at: so nothing comes in between. */
static int
add_place(struct mlist *m, const char *path, bool is_box, uint64_t seed,
    struct err *e)
{
	struct watching *w = m->watching;
	size_t id;

	if (place_of(w, path) != NULL)
		return 0;
	if (watch_add(w->watch, path, &id, e) == -1)
		return -1;
	while (w->n <= id) {
		w->place = mem_grow(w->place, &w->cap, w->n + 1,
		    sizeof *w->place);
		w->place[w->n++] = (struct place){0};
	}
	free(w->place[id].path);
	w->place[id] = (struct place){.path = mem_str(path),
	    .is_box = is_box, .seed = seed};
	return is_box ? look(m, &w->place[id], e) : 0;
}

static struct place *
place_of(const struct watching *w, const char *path)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->place[i].path != NULL &&
		    strcmp(w->place[i].path, path) == 0)
			return &w->place[i];
	return NULL;
}

static int
look(struct mlist *m, const struct place *place, struct err *e)
{
	struct place at = *place; /* showing may add places */
	DIR *dir = opendir(at.path);
	struct dirent *d;
	int status = 0;

	if (dir == NULL)
		return err_sys(e, ERR_NOINPUT, "%s", at.path);
	while (errno = 0, (d = readdir(dir)) != NULL)
		appear(m, &at, d->d_name);
	if (errno != 0)
		status = err_sys(e, ERR_IO, "%s", at.path);
	closedir(dir);
	return status;
}

/*
 * One that is still empty is written now, and told of again.  One that is gone
 * was moved, and is told of where it is.
 */
static void
appear(struct mlist *m, const struct place *place, const char *name)
{
	struct watching *w = m->watching;
	struct span base = span_of(name);
	struct buf path = {0};
	struct stat st;
	uint64_t h;

	if (name[0] == '.' || mlist_is_done(m))
		return;
	base = span_sub(base, 0, maildir_base(base));
	buf_fmt(&path, "%s/%s", place->path, name);
	h = hash(place->seed, base);
	if (!w->is_begun)
		add_known(&w->known, h);
	else if (*slot_of(&w->known, h) == 0 &&
	    stat(buf_cstr(&path), &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > 0)
		show(m, buf_cstr(&path), h);
	buf_free(&path);
}

static void
show(struct mlist *m, const char *path, uint64_t h)
{
	struct stat st;
	struct err e;

	mlist_now(m);
	if (mlist_message(m, path, &e) == -1) {
		if (stat(path, &st) == -1)
			return;
		mlist_fail(m, &e);
	}
	add_known(&m->watching->known, h);
}

static void
take_event(struct mlist *m, const struct watch_event *ev)
{
	struct place *place = &m->watching->place[ev->id], at = *place;
	struct err e;
	int status;

	if (at.path == NULL)
		return;
	if (at.is_box && ev->name != NULL) {
		appear(m, place, ev->name);
		return;
	}
	/* showing may add places */
	at.path = mem_str(at.path);
	if (at.is_above && !ev->is_gone) {
		come_back(m, at.path, ev->name);
		free(at.path);
		return;
	}
	if (ev->is_gone)
		forget(m->watching, at.path);
	if (!at.is_box)
		/* folders: those that are watched already are passed over */
		status = mlist_folder(m, at.path, &e);
	else if (ev->is_gone)
		status = add_place(m, at.path, true, at.seed, &e);
	else
		status = look(m, &at, &e);
	if (status == -1 && e.kind != ERR_NOINPUT)
		mlist_fail(m, &e);
	free(at.path);
}

static void
put_above(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		buf_char(out, '.');
	else
		buf_add(out, path, slash == path ? 1 : (size_t)(slash - path));
}

/* What was watched by that name may be elsewhere now, or gone. */
static void
come_back(struct mlist *m, const char *above, const char *name)
{
	struct watching *w = m->watching;
	struct buf dir = {0};
	const char *folder;
	struct err e;

	for (size_t i = 0; i < w->folders; i++) {
		folder = w->folder[i];
		buf_cut(&dir, 0);
		put_above(folder, &dir);
		if (strcmp(buf_cstr(&dir), above) != 0 || (name != NULL &&
		    !span_ends(span_of(folder), span_of(name))))
			continue;
		forget(w, folder);
		if ((mlist_watch_below(m, folder, &e) == -1 ||
		    mlist_folder(m, folder, &e) == -1) &&
		    e.kind != ERR_NOINPUT)
			mlist_fail(m, &e);
	}
	buf_free(&dir);
}

/* The directory that is gone, and what was below it. */
static void
forget(struct watching *w, const char *path)
{
	struct span above = span_of(path), one;

	for (size_t i = 0; i < w->n; i++) {
		one = span_of(w->place[i].path == NULL ? ""
						       : w->place[i].path);
		if (!span_starts(one, above) ||
		    (one.n > above.n && one.p[above.n] != '/'))
			continue;
		free(w->place[i].path);
		w->place[i].path = NULL;
	}
}

/* FNV-1a, and its bits mixed; never 0. */
static uint64_t
hash(uint64_t seed, struct span s)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	return h == 0 ? 1 : h;
}

static void
add_known(struct known *k, uint64_t h)
{
	struct known old = *k;
	uint64_t *slot = slot_of(k, h);

	k->used += *slot == 0;
	*slot = h;
	if (k->used < k->n / 2)
		return;
	k->n *= 2;
	k->slot = mem_alloc(k->n, sizeof *k->slot);
	for (size_t i = 0; i < old.n; i++)
		if (old.slot[i] != 0)
			*slot_of(k, old.slot[i]) = old.slot[i];
	free(old.slot);
}

static uint64_t *
slot_of(const struct known *k, uint64_t h)
{
	size_t at = (size_t)h & (k->n - 1);

	while (k->slot[at] != 0 && k->slot[at] != h)
		at = (at + 1) & (k->n - 1);
	return &k->slot[at];
}
