#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "host/crew.h"
#include "mlist.h"
#include "store/maildir.h"

#define DEPTH_MAX 64	  /* folders below folders */
#define ARRIVAL_DIGITS 12 /* of the seconds that a file's name begins with */

#define PIECE 64	  /* messages that a thread reads in one go */
#define LOOKS 10	  /* for what is renamed again and again */

struct name {
	size_t at;     /* in the names' text */
	const char *s; /* there, when all names were taken */
	int64_t arrival;
	bool in_cur;
	bool is_gone; /* was not there any more when it was its turn */
};

struct names {
	struct name *v;
	size_t n, cap;
	struct buf text;
};

/* A Maildir that is listed. */
struct listing {
	struct mlist *m;
	struct maildir *box;
	struct names names;
	struct mlist_reader *reader; /* CREW_SLOTS of them */
};

static int list_tree(struct mlist *, const char *path, int depth,
    struct err *);
static int list_below(struct mlist *, const char *path, int depth,
    struct err *);
static int sub_folders(const char *path, struct names *, struct err *);
static int list_maildir(struct mlist *, const char *path, struct err *);
static int list_all(struct listing *, struct err *);
static int take_names(struct maildir *, struct names *, struct err *);
static void list_names(struct listing *);
static void list_piece(void *, size_t piece, size_t slot);
static int list_name(const struct listing *, struct mlist_reader *,
    struct name *, struct err *);
static bool take_piece(void *, size_t piece, size_t slot);
static size_t keep_gone(struct names *);
static void find_moved(struct names *, const struct names *now);
static const struct name *find_name(const struct names *now,
    const struct name *was);
static size_t first_from(const struct names *, int64_t arrival, const char *);
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
	if (m->is_deep || m->is_folders)
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
	struct maildir box;
	struct listing l = {.m = m, .box = &box};
	int status;

	if (m->is_folders)
		return mlist_count_maildir(m, path, e);
	if (maildir_open(path, false, &box, e) == -1)
		return -1;
	status = take_names(&box, &l.names, e);
	if (status == 0) {
		l.reader = mem_alloc(CREW_SLOTS, sizeof *l.reader);
		status = list_all(&l, e);
		for (size_t i = 0; i < CREW_SLOTS; i++)
			mlist_reader_free(&l.reader[i]);
		free(l.reader);
	}
	free_names(&l.names);
	maildir_close(&box);
	return status;
}

/* What was deleted in the meantime was not there: that is no error. */
static int
list_all(struct listing *l, struct err *e)
{
	struct names now = {0};

	list_names(l);
	for (int look = 0; look < LOOKS; look++) {
		if (mlist_is_done(l->m) || keep_gone(&l->names) == 0)
			break;
		if (take_names(l->box, &now, e) == -1)
			return -1;
		find_moved(&l->names, &now);
		list_names(l);
		free_names(&now);
	}
	return 0;
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
	sort_names(names);
	return more;
}

static void
list_names(struct listing *l)
{
	struct crew crew = {.n = (l->names.n + PIECE - 1) / PIECE,
	    .work = list_piece, .take = take_piece, .arg = l};

	crew_run(&crew);
}

static void
list_piece(void *arg, size_t piece, size_t slot)
{
	struct listing *l = arg;
	struct name *name = &l->names.v[piece * PIECE];
	struct err e = {0};

	for (size_t i = 0; i < PIECE && piece * PIECE + i < l->names.n; i++)
		if (list_name(l, &l->reader[slot], &name[i], &e) == -1 &&
		    !name[i].is_gone)
			mlist_rows_fault(&l->reader[slot].rows, &e);
}

static int
list_name(const struct listing *l, struct mlist_reader *r, struct name *name,
    struct err *e)
{
	int dir = name->in_cur ? l->box->cur : l->box->new;
	struct summary s = {.folder = span_of(l->box->path),
	    .is_new = !name->in_cur, .arrival = name->arrival};
	struct stat st;
	int status;

	buf_cut(&r->name, 0);
	buf_str(&r->name, l->box->path);
	buf_str(&r->name, name->in_cur ? "/cur/" : "/new/");
	buf_str(&r->name, name->s);
	s.name = buf_view(&r->name);
	status = mlist_read(l->m, r, dir, name->s, &s, e);
	name->is_gone = status == -1 && e->kind == ERR_NOINPUT &&
	    fstatat(dir, name->s, &st, 0) == -1 && errno == ENOENT;
	return status;
}

static bool
take_piece(void *arg, size_t piece, size_t slot)
{
	struct listing *l = arg;

	(void)piece;
	mlist_take(l->m, &l->reader[slot].rows);
	return !mlist_is_done(l->m);
}

/* Only those that were gone when it was their turn. */
static size_t
keep_gone(struct names *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->n; i++)
		if (names->v[i].is_gone)
			names->v[kept++] = names->v[i];
	return names->n = kept;
}

/* Each gets the name that it has now; a deleted one has none. */
static void
find_moved(struct names *names, const struct names *now)
{
	struct names found = {0};
	const struct name *is;

	for (size_t i = 0; i < names->n; i++) {
		is = find_name(now, &names->v[i]);
		if (is != NULL)
			add_name(&found, is->s, is->in_cur);
	}
	free_names(names);
	sort_names(&found);
	*names = found;
}

/* The one of the same base: without flags, or the first that has some. */
static const struct name *
find_name(const struct names *now, const struct name *was)
{
	size_t n = base_length(was->s), at;
	struct buf base = {0};
	const struct name *is = NULL;

	buf_add(&base, was->s, n);
	for (int flags = 0; flags < 2 && is == NULL; flags++) {
		at = first_from(now, was->arrival, buf_cstr(&base));
		if (at < now->n && base_length(now->v[at].s) == n &&
		    memcmp(now->v[at].s, was->s, n) == 0)
			is = &now->v[at];
		buf_char(&base, ':');
	}
	buf_free(&base);
	return is;
}

/* The first that is not before that one. */
static size_t
first_from(const struct names *names, int64_t arrival, const char *s)
{
	struct name key = {.arrival = arrival, .s = s};
	size_t low = 0, high = names->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_arrival(&names->v[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
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
	names->v[names->n++] = (struct name){.at = names->text.n,
	    .arrival = mlist_arrival(s), .in_cur = in_cur};
	buf_add(&names->text, s, strlen(s) + 1);
}

/* No more are added: they can be pointed at. */
static void
sort_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		names->v[i].s = names->text.p + names->v[i].at;
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
	free(names->v);
	buf_free(&names->text);
	*names = (struct names){0};
}
