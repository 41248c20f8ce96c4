#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "mlist_folder.h"

#define DEPTH_MAX 64 /* folders below folders */
#define LOOKS 400    /* for what is renamed again and again */
#define LOOKS_ALIKE 8 /* that show none of it: it was deleted */

static bool is_link(int dir, const char *name);
static int list_tree(struct mlist *, const char *path, int depth,
    struct err *);
static int list_below(struct mlist *, const char *path, int depth,
    struct err *);
static int sub_folders(const char *path, struct names *, struct err *);
static int list_maildir(struct mlist *, const char *path, struct err *);
static int list_all(struct listing *, struct err *);
static int look_for_gone(struct listing *, size_t *seen, bool *is_exact,
    struct err *);
static void list_moved(struct listing *, struct name *gone, struct name *);
static void tell_gone(struct listing *);
static int list_once(struct listing *, struct err *);
static int list_rest(struct listing *, struct err *);
static void run(struct listing *);
static uint64_t in_pieces(const struct listing *);
static void free_listing(struct listing *);

int
mlist_folder(struct mlist *m, const char *path, struct err *e)
{
	size_t n = strlen(path);
	char *folder;
	int status;

	while (n > 1 && path[n - 1] == '/')
		n--;
	folder = mem_dup(path, n);
	if (m->watching != NULL && mlist_watch_named(m, folder, e) == -1)
		status = -1;
	else if (m->is_deep || m->is_folders)
		status = list_tree(m, folder, 0, e);
	else
		status = list_maildir(m, folder, e);
	free(folder);
	return status;
}

int
listing_name(struct listing *l, struct slot *slot, struct name *name,
    const struct record *known, struct err *e)
{
	int dir = name->in_cur ? l->box->cur : l->box->new;
	struct mlist_reader *r = &slot->reader;
	struct summary s = {.folder = span_of(l->box->path),
	    .is_new = !name->in_cur, .arrival = name->arrival};
	int status;

	buf_cut(&r->name, 0);
	buf_str(&r->name, l->box->path);
	buf_str(&r->name, name->in_cur ? "/cur/" : "/new/");
	buf_str(&r->name, name->s);
	s.name = buf_view(&r->name);
	r->is_recording = l->is_recording;
	r->text = l->text;
	status = mlist_read(l->m, r, dir, name->s, known, &s, e);
	name->is_gone = status == -1 && r->is_gone && !is_link(dir, name->s);
	/* what only the index wants of it is not missed */
	if (status == -1 && !name->is_gone && l->m->needs == 0) {
		mlist_read_end(r);
		r->is_recording = false;
		status = mlist_read(l->m, r, dir, name->s, known, &s, e);
	}
	if (l->is_recording && !name->is_gone)
		listing_record(l, slot, name, known, &s);
	mlist_read_end(r);
	return status;
}

/* To nothing, where it cannot be opened: it did not go. */
static bool
is_link(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode);
}

/* The folder, if it is one, and those below it: -1 where none are read. */
static int
list_tree(struct mlist *m, const char *path, int depth, struct err *e)
{
	if (depth == DEPTH_MAX)
		return err_set(e, ERR_DATA, "%s: folders nest too deep", path);
	if (m->watching != NULL && mlist_watch_below(m, path, e) == -1)
		return -1;
	if (maildir_is(path) && list_maildir(m, path, e) == -1)
		return -1;
	return list_below(m, path, depth, e);
}

static int
list_below(struct mlist *m, const char *path, int depth, struct err *e)
{
	struct names names = {0};
	struct buf sub = {0};
	struct stat st;
	struct err one;
	int status = sub_folders(path, &names, e);

	for (size_t i = 0; i < names.n && !mlist_is_done(m); i++) {
		buf_cut(&sub, 0);
		buf_fmt(&sub, "%s/%s", path, names.v[i].s);
		/* one that is gone by now is not missed */
		if (list_tree(m, buf_cstr(&sub), depth + 1, &one) == -1 &&
		    lstat(buf_cstr(&sub), &st) == 0)
			mlist_fail(m, &one);
	}
	buf_free(&sub);
	names_free(&names);
	return status;
}

/* Directories, but no links to some and none that a Maildir is made of. */
static int
sub_folders(const char *path, struct names *names, struct err *e)
{
	DIR *dir = opendir(path);
	struct buf sub = {0};
	struct dirent *d;
	struct stat st;
	int status = 0;

	if (dir == NULL)
		return err_sys(e, ERR_NOINPUT, "%s", path);
	while (errno = 0, (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 ||
		    strcmp(d->d_name, "cur") == 0 ||
		    strcmp(d->d_name, "new") == 0 ||
		    strcmp(d->d_name, "tmp") == 0)
			continue;
		buf_cut(&sub, 0);
		buf_fmt(&sub, "%s/%s", path, d->d_name);
		if (lstat(buf_cstr(&sub), &st) == 0 && S_ISDIR(st.st_mode))
			names_add(names, d->d_name, false);
	}
	if (errno != 0)
		status = err_sys(e, ERR_IO, "%s", path);
	buf_free(&sub);
	closedir(dir);
	names_sort(names);
	return status;
}

/*
 * Messages stand in the order of their arrival.  One that another program
 * gives flags or moves to cur/ in the meantime is found by what does not
 * change of its name.
 */
static int
list_maildir(struct mlist *m, const char *path, struct err *e)
{
	struct maildir box;
	struct listing l = {.m = m, .box = &box};
	int status;

	if (m->is_folders)
		return mlist_count_maildir(m, path, e);
	if (m->watching != NULL)
		return mlist_watch_maildir(m, path, e);
	if (maildir_open(path, false, &box, e) == -1)
		return -1;
	pthread_mutex_init(&l.lock, NULL);
	pthread_mutex_init(&l.large, NULL);
	l.slot = mem_alloc(CREW_SLOTS, sizeof *l.slot);
	status = list_all(&l, e);
	free_listing(&l);
	maildir_close(&box);
	return status;
}

/*
 * What was renamed before it was opened is looked for until it is found.  What
 * was deleted was not there: that is no error.
 */
static int
list_all(struct listing *l, struct err *e)
{
	struct names *gone = &l->names;
	bool is_exact = false;
	size_t seen = 0;
	int alike = 0, status = list_once(l, e);

	for (int i = 0; i < LOOKS && alike < LOOKS_ALIKE && !is_exact; i++) {
		if (status == -1 || mlist_is_done(l->m) ||
		    names_keep_gone(gone) == 0)
			return status;
		status = look_for_gone(l, &seen, &is_exact, e);
		alike = seen > 0 ? 0 : alike + 1;
	}
	if (seen > 0)
		tell_gone(l);
	return status;
}

/* One that is seen is opened at once, before it has yet another name. */
static int
look_for_gone(struct listing *l, size_t *seen, bool *is_exact, struct err *e)
{
	struct names_look look;
	struct maildir_iter it;
	struct maildir_entry entry;
	struct name name, *gone;
	int more;

	*seen = 0;
	for (size_t i = 0; i < l->names.n; i++)
		l->names.v[i].is_seen = false;
	names_look(l->box, &look);
	maildir_each(l->box, &it);
	while ((more = maildir_next(&it, &entry, e)) == 1) {
		name = names_of(entry.name, entry.in_cur);
		gone = names_find_gone(&l->names, l->box, &name);
		if (gone == NULL)
			continue;
		++*seen;
		list_moved(l, gone, &name);
		if (mlist_is_done(l->m))
			break;
	}
	maildir_end(&it);
	*is_exact = names_look_is_exact(l->box, &look);
	return more == -1 ? -1 : 0;
}

static void
list_moved(struct listing *l, struct name *gone, struct name *name)
{
	struct slot *slot = &l->slot[0];
	struct err e;

	if (listing_name(l, slot, name, NULL, &e) == -1 && !name->is_gone)
		mlist_rows_fault(&slot->reader.rows, &e);
	mlist_take(l->m, &slot->reader.rows);
	gone->is_gone = name->is_gone;
	gone->is_seen = true;
}

/* What has a name to the end, and cannot be opened by any. */
static void
tell_gone(struct listing *l)
{
	const struct name *name;
	struct err e;

	for (size_t i = 0; i < l->names.n; i++) {
		name = &l->names.v[i];
		if (!name->is_gone || !name->is_seen)
			continue;
		(void)err_set(&e, ERR_TEMP, "%s/%s/%s: renamed again and again",
		    l->box->path, name->in_cur ? "cur" : "new", name->s);
		mlist_fail(l->m, &e);
	}
}

static int
list_once(struct listing *l, struct err *e)
{
	listing_open(l);
	if (!l->is_trusted) {
		if (names_take(l->box, &l->names, e) == -1)
			return -1;
		listing_make(l);
	}
	run(l);
	if (l->is_trusted && l->is_damaged)
		return list_rest(l, e);
	listing_close(l);
	return 0;
}

/* After the last that a damaged index told. */
static int
list_rest(struct listing *l, struct err *e)
{
	struct name last = {.s = buf_cstr(&l->last), .base = l->last.n,
	    .arrival = mlist_arrival(buf_view(&l->last))};
	struct names *names = &l->names, gone = l->names;
	size_t kept = 0;
	int status;

	*names = (struct names){0};
	listing_close(l);
	/* what was found behind the damage, and not taken */
	for (size_t i = 0; i < CREW_SLOTS; i++)
		mlist_rows_free(&l->slot[i].reader.rows);
	status = names_take(l->box, names, e);
	for (size_t i = 0; i < names->n; i++)
		if (last.base == 0 || names_order(&names->v[i], &last) > 0)
			names->v[kept++] = names->v[i];
	names->n = kept;
	run(l);
	names_add_gone(names, &gone);
	names_free(&gone);
	return status;
}

static void
run(struct listing *l)
{
	struct crew crew = {.work = listing_work, .take = listing_take,
	    .has_room = listing_has_room, .arg = l};

	listing_divide(l);
	crew.n = l->pieces;
	progress_expect(&l->m->progress, in_pieces(l));
	crew_run(&crew);
}

/* Messages. */
static uint64_t
in_pieces(const struct listing *l)
{
	const struct piece *piece;
	uint64_t n = 0;

	for (size_t i = 0; i < l->pieces; i++) {
		piece = &l->piece[i];
		n += l->is_trusted ? l->index.block[piece->block].records
				   : piece->to - piece->from;
	}
	return n;
}

static void
free_listing(struct listing *l)
{
	listing_close(l);
	for (size_t i = 0; i < CREW_SLOTS; i++) {
		mlist_reader_free(&l->slot[i].reader);
		buf_free(&l->slot[i].put);
		buf_free(&l->slot[i].texts);
		names_free(&l->slot[i].gone);
	}
	for (size_t i = 0; i < CREW_SEATS; i++) {
		memo_free(&l->memo[i]);
		buf_free(&l->block[i]);
	}
	free(l->slot);
	free(l->piece);
	buf_free(&l->last);
	buf_free(&l->file);
	free(l->folder);
	names_free(&l->names);
	pthread_mutex_destroy(&l->large);
	pthread_mutex_destroy(&l->lock);
}
