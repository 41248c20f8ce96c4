/*
 * Folders and messages by their names.  Messages that are files are read by
 * several threads, as many as are named without waiting for more; what else is
 * named among them is listed in its turn.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/name.h"
#include "base/mem.h"
#include "host/crew.h"
#include "mlist.h"
#include "text/url.h"

#define NAMES_MAX 8192 /* that are taken at once */
#define PIECE 16       /* that a thread reads in one go */

/* What came of a piece. */
struct part {
	struct mlist_reader reader;
	size_t next; /* the first that was not read */
};

struct operands {
	struct mlist *m;
	struct buf text; /* the names, a NUL after each */
	size_t *at;	 /* where each is there */
	const char **name;
	size_t n, cap, name_cap;
	size_t done; /* names that were listed, up to the last that was none */
	struct part part[CREW_SLOTS];
	struct memo memo[CREW_SEATS];
};

static int take_names(struct operands *, struct err *);
static void add_name(struct operands *, const char *);
static void run(struct operands *);
static void work(void *, size_t piece, size_t slot, size_t seat);
static bool take(void *, size_t piece, size_t slot);
static void list_other(struct operands *, size_t i);
static size_t end_of(const struct operands *, size_t piece);
static void read_some(struct operands *, struct part *, size_t until,
    size_t seat);
static bool is_message(const struct mlist *, const char *name);
static void read_message(const struct mlist *, struct mlist_reader *,
    const char *name);
static int list_operand(struct mlist *, const char *, struct err *);
static int list_path(struct mlist *, const char *path,
    int (*list)(struct mlist *, const char *, struct err *), struct err *);
static bool is_in_mbox(const char *name);

void
mlist_operands(struct mlist *m)
{
	struct operands *o = mem_alloc(1, sizeof *o);
	struct err e;
	int more = 1;

	o->m = m;
	while (more == 1 && !mlist_is_done(m)) {
		more = take_names(o, &e);
		mlist_now(m);
		run(o);
		if (more == -1)
			mlist_fail(m, &e);
	}
	for (size_t i = 0; i < CREW_SLOTS; i++)
		mlist_reader_free(&o->part[i].reader);
	for (size_t i = 0; i < CREW_SEATS; i++)
		memo_free(&o->memo[i]);
	buf_free(&o->text);
	free(o->at);
	free(o->name);
	free(o);
}

/* Those that are there, or else the next; 0 where there was none. */
static int
take_names(struct operands *o, struct err *e)
{
	const char *name;
	int more;

	o->n = o->done = 0;
	buf_cut(&o->text, 0);
	do {
		more = option_name(&o->m->names, &name, e);
		if (more == 1)
			add_name(o, name);
	} while (more == 1 && o->n < NAMES_MAX &&
	    option_has_name(&o->m->names));
	o->name = mem_grow(o->name, &o->name_cap, o->n, sizeof *o->name);
	for (size_t i = 0; i < o->n; i++)
		o->name[i] = o->text.p + o->at[i];
	return more;
}

static void
add_name(struct operands *o, const char *name)
{
	o->at = mem_grow(o->at, &o->cap, o->n + 1, sizeof *o->at);
	o->at[o->n++] = o->text.n;
	buf_add(&o->text, name, strlen(name) + 1);
}

static void
run(struct operands *o)
{
	struct crew crew = {.n = (o->n + PIECE - 1) / PIECE, .work = work,
	    .take = take, .arg = o};

	crew_run(&crew);
}

static void
work(void *arg, size_t piece, size_t slot, size_t seat)
{
	struct operands *o = arg;
	struct part *p = &o->part[slot];

	p->next = piece * PIECE;
	read_some(o, p, end_of(o, piece), seat);
}

/* What is no message is listed here, and what was behind it read then. */
static bool
take(void *arg, size_t piece, size_t slot)
{
	struct operands *o = arg;
	struct part *p = &o->part[slot];
	size_t end = end_of(o, piece);

	mlist_take(o->m, &p->reader.rows);
	while (p->next < end && !mlist_is_done(o->m)) {
		/* messages on a server may have been taken together */
		if (o->done <= p->next)
			list_other(o, p->next);
		p->next = o->done;
		read_some(o, p, end, 0);
		mlist_take(o->m, &p->reader.rows);
	}
	return !mlist_is_done(o->m);
}

static void
list_other(struct operands *o, size_t i)
{
	size_t taken = 1;
	struct err e;
	int status;

	if (name_is_remote(span_of(o->name[i])))
		status = mlist_remote(o->m, o->name + i, o->n - i, &taken, &e);
	else
		status = list_operand(o->m, o->name[i], &e);
	if (status == -1)
		mlist_fail(o->m, &e);
	o->done = i + taken;
}

static size_t
end_of(const struct operands *o, size_t piece)
{
	size_t left = o->n - piece * PIECE;

	return piece * PIECE + (left < PIECE ? left : PIECE);
}

static void
read_some(struct operands *o, struct part *p, size_t until, size_t seat)
{
	p->reader.memo = &o->memo[seat];
	for (; p->next < until; p->next++) {
		if (!is_message(o->m, o->name[p->next]))
			return;
		read_message(o->m, &p->reader, o->name[p->next]);
	}
}

/* True where the name is sure to be one. */
static bool
is_message(const struct mlist *m, const char *name)
{
	struct stat st;

	return !m->is_folders && !m->is_watching &&
	    !name_is_remote(span_of(name)) &&
	    strncmp(name, "maildir:", 8) != 0 &&
	    strncmp(name, "mbox:", 5) != 0 && stat(name, &st) == 0 &&
	    S_ISREG(st.st_mode) && !mbox_may_be(name);
}

/* One that went since it was seen is no fault. */
static void
read_message(const struct mlist *m, struct mlist_reader *r, const char *name)
{
	struct stat st;
	struct err e;

	if (mlist_message_read(m, r, name, &e) == 0)
		return;
	if (stat(name, &st) == 0 || errno != ENOENT)
		mlist_rows_fault(&r->rows, &e);
}

static int
list_operand(struct mlist *m, const char *name, struct err *e)
{
	struct stat st;
	bool is_mbox = strncmp(name, "mbox:", 5) == 0;
	bool is_there = stat(name, &st) == 0;
	int absent = errno;

	if (strncmp(name, "maildir:", 8) == 0)
		return list_path(m, name + 8, mlist_folder, e);
	if (!is_mbox && is_there && S_ISDIR(st.st_mode))
		return list_path(m, name, mlist_folder, e);
	if (!is_mbox && !is_there && url_is(span_of(name)))
		return err_set(e, ERR_USAGE, "%s: this is no folder", name);
	if (!is_mbox && !is_there && !is_in_mbox(name)) {
		errno = absent;
		return err_sys(e, ERR_NOINPUT, "%s", name);
	}
	if (!is_mbox && is_there && !S_ISREG(st.st_mode))
		return err_set(e, ERR_NOINPUT, "%s: not a file", name);
	if (m->is_watching)
		return err_set(e, ERR_USAGE,
		    "%s: -w watches Maildirs and folders on servers", name);
	if (is_mbox)
		return list_path(m, name + 5, mlist_mbox, e);
	if (is_there && mbox_may_be(name))
		return list_path(m, name, mlist_mbox, e);
	if (m->is_folders)
		return err_set(e, ERR_NOINPUT, "%s: not a folder", name);
	return is_there ? mlist_message(m, name, e)
			: mlist_in_mbox(m, name, e);
}

/* Whose messages' names begin with the path. */
static int
list_path(struct mlist *m, const char *path,
    int (*list)(struct mlist *, const char *, struct err *), struct err *e)
{
	struct buf name = {0};
	int status;

	name_path(path, &name);
	status = list(m, buf_cstr(&name), e);
	buf_free(&name);
	return status;
}

static bool
is_in_mbox(const char *name)
{
	struct buf path = {0};
	size_t offset;
	bool is_name = mbox_name(name, &path, &offset);

	buf_free(&path);
	return is_name;
}
