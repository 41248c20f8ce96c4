#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "mlist.h"
#include "store/maildir.h"

#define DEPTH_MAX 64	  /* folders below folders */
#define ARRIVAL_DIGITS 12 /* of the seconds that a file's name begins with */

struct name {
	char *s;
	int64_t arrival;
	bool in_cur;
	bool is_gone; /* was not there any more when it was its turn */
};

struct names {
	struct name *v;
	size_t n, cap;
};

static int list_tree(struct mlist *, const char *path, int depth,
    struct err *);
static int list_below(struct mlist *, const char *path, int depth,
    struct err *);
static int sub_folders(const char *path, struct names *, struct err *);
static int list_maildir(struct mlist *, const char *path, struct err *);
static int take_names(struct maildir *, struct names *, struct err *);
static bool list_names(struct mlist *, struct maildir *, struct names *);
static int list_name(struct mlist *, struct maildir *, struct name *,
    struct err *);
static int find_moved(struct mlist *, struct maildir *, struct names *,
    struct err *);
static size_t base_length(const char *name);
static void add_name(struct names *, const char *, bool in_cur);
static void sort_names(struct names *);
static int by_arrival(const void *, const void *);
static void free_names(struct names *);

int
mlist_folder(struct mlist *m, const char *path, struct err *e)
{
	size_t n = strlen(path);
	char *folder;
	int status;

	while (n > 1 && path[n - 1] == '/')
		n--;
	folder = mem_dup(path, n);
	if (m->is_deep)
		status = list_tree(m, folder, 0, e);
	else
		status = list_maildir(m, folder, e);
	free(folder);
	return status;
}

int64_t
mlist_arrival(const char *name)
{
	size_t n = strspn(name, "0123456789");
	uint64_t sec;

	if (name[n] != '.' || n > ARRIVAL_DIGITS ||
	    !span_num(span_at(name, n), DATE_SEC_MAX, &sec))
		return 0;
	return (int64_t)sec;
}

/* The folder, if it is one, and those below it. */
static int
list_tree(struct mlist *m, const char *path, int depth, struct err *e)
{
	if (depth == DEPTH_MAX)
		return err_set(e, ERR_DATA, "%s: folders nest too deep", path);
	if (maildir_is(path) && list_maildir(m, path, e) == -1)
		return -1;
	return list_below(m, path, depth, e);
}

static int
list_below(struct mlist *m, const char *path, int depth, struct err *e)
{
	struct names names = {0};
	struct buf sub = {0};
	int status = sub_folders(path, &names, e);

	for (size_t i = 0; status == 0 && i < names.n; i++) {
		if (mlist_is_done(m))
			break;
		buf_cut(&sub, 0);
		buf_fmt(&sub, "%s/%s", path, names.v[i].s);
		status = list_tree(m, buf_cstr(&sub), depth + 1, e);
	}
	buf_free(&sub);
	free_names(&names);
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
			add_name(names, d->d_name, false);
	}
	buf_free(&sub);
	if (errno != 0) {
		err_sys(e, ERR_IO, "%s", path);
		closedir(dir);
		return -1;
	}
	closedir(dir);
	sort_names(names);
	return 0;
}

/*
 * Messages stand in the order of their arrival.  One that another program
 * gives flags or moves to cur/ in the meantime is found by what does not
 * change of its name.
 */
static int
list_maildir(struct mlist *m, const char *path, struct err *e)
{
	struct names names = {0};
	struct maildir box;
	int status;

	if (maildir_open(path, false, &box, e) == -1)
		return -1;
	status = take_names(&box, &names, e);
	if (status == 0) {
		sort_names(&names);
		if (list_names(m, &box, &names))
			status = find_moved(m, &box, &names, e);
	}
	free_names(&names);
	maildir_close(&box);
	return status;
}

static int
take_names(struct maildir *box, struct names *names, struct err *e)
{
	struct maildir_iter it;
	struct maildir_entry entry;
	int more;

	maildir_each(box, &it);
	while ((more = maildir_next(&it, &entry, e)) == 1)
		add_name(names, entry.name, entry.in_cur);
	maildir_end(&it);
	return more;
}

/* True where a name was gone when its turn came. */
static bool
list_names(struct mlist *m, struct maildir *box, struct names *names)
{
	struct err e = {0};
	bool is_any_gone = false;

	for (size_t i = 0; i < names->n && !mlist_is_done(m); i++) {
		if (list_name(m, box, &names->v[i], &e) == 0)
			continue;
		if (names->v[i].is_gone)
			is_any_gone = true;
		else
			mlist_fail(m, &e);
	}
	return is_any_gone;
}

static int
list_name(struct mlist *m, struct maildir *box, struct name *name,
    struct err *e)
{
	int dir = name->in_cur ? box->cur : box->new;
	struct summary s = {.folder = span_of(box->path),
	    .is_new = !name->in_cur, .arrival = name->arrival};
	struct buf path = {0};
	struct stat st;
	int status;

	buf_str(&path, box->path);
	buf_str(&path, name->in_cur ? "/cur/" : "/new/");
	buf_str(&path, name->s);
	s.name = buf_view(&path);
	status = mlist_read(m, dir, name->s, &s, e);
	name->is_gone = status == -1 && e->kind == ERR_NOINPUT &&
	    fstatat(dir, name->s, &st, 0) == -1 && errno == ENOENT;
	buf_free(&path);
	return status;
}

/* Lists what is gone under the name that it has now; deleted ones have none. */
static int
find_moved(struct mlist *m, struct maildir *box, struct names *names,
    struct err *e)
{
	struct names now = {0};
	size_t base;
	int status = take_names(box, &now, e);

	if (status == 0)
		sort_names(&now);
	for (size_t i = 0, k = 0; status == 0 && i < names->n; i++) {
		if (!names->v[i].is_gone || mlist_is_done(m))
			continue;
		/* both are in the order of arrival */
		while (k < now.n && now.v[k].arrival < names->v[i].arrival)
			k++;
		base = base_length(names->v[i].s);
		for (size_t j = k; j < now.n &&
		    now.v[j].arrival == names->v[i].arrival; j++) {
			if (base_length(now.v[j].s) != base ||
			    memcmp(now.v[j].s, names->v[i].s, base) != 0)
				continue;
			if (list_name(m, box, &now.v[j], e) == -1 &&
			    !now.v[j].is_gone)
				mlist_fail(m, e);
			break;
		}
	}
	free_names(&now);
	return status;
}

static size_t
base_length(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? strlen(name) : (size_t)(colon - name);
}

static void
add_name(struct names *names, const char *s, bool in_cur)
{
	names->v = mem_grow(names->v, &names->cap, names->n + 1,
	    sizeof *names->v);
	names->v[names->n++] = (struct name){.s = mem_str(s),
	    .arrival = mlist_arrival(s), .in_cur = in_cur};
}

static void
sort_names(struct names *names)
{
	if (names->n > 1)
		qsort(names->v, names->n, sizeof *names->v, by_arrival);
}

static int
by_arrival(const void *p, const void *q)
{
	const struct name *a = p, *b = q;

	if (a->arrival != b->arrival)
		return a->arrival < b->arrival ? -1 : 1;
	return strcmp(a->s, b->s);
}

static void
free_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i].s);
	free(names->v);
	*names = (struct names){0};
}
