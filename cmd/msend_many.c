/* msend -m: ready messages by their names, many at a time. */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>

#include "base/mem.h"
#include "msend_compose.h"

#define BATCH 64		      /* messages that are kept in one commit */
#define BATCH_BYTES (4 * 1024 * 1024) /* or fewer, of so many bytes */

struct many {
	struct msend *m;
	struct spool *spool; /* NULL: nothing is kept */
	struct option_names names;
	bool has_ended;
	struct mbox mbox;    /* where names of one are, one after another */
	struct file_map map; /* an mbox that is sent whole */
	struct mboxrd it;
	char *path;	     /* its; NULL: none is open */
	struct outgoing *batch[BATCH]; /* kept, to be sent */
	int fd[BATCH];
	size_t n, at;
	unsigned share, shares, turn;
};

/* The names of a call: operands, or what was read instead. */
struct many_names {
	char **operand, **own;
	size_t n, cap;
};

static void read_names(struct msend *, struct many_names *);
static void send_share(struct msend *, const void *, unsigned i, unsigned n);
static bool is_ours(struct many *);
static int next_many(void *, struct outgoing **, struct err *);
static void fill(struct many *);
static void commit(struct many *);
static int next_name(struct many *);
static void next_of_mbox(struct many *);
static void take_name(struct many *, const char *name);
static void take_remote(struct many *, const char *name);
static int take_file(struct many *, const char *name, struct err *);
static void take(struct many *, const char *name, struct span message);
static void add(struct many *, const char *name, struct span message);
static int keep(struct many *, struct span, struct outgoing *, int *fd,
    struct err *);
static void tell_kept(struct many *);

void
send_many(struct msend *m, char **operand)
{
	struct many_names list = {.operand = operand};
	const struct share_work work = {send_share, &list};
	struct spool *spool = NULL;
	unsigned n;
	struct err e;

	m->is_ready = true;
	if (account_find(m->config, m->from, &m->account, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	n = m->is_queue_only ? 1 : share_count(m);
	if (n > 1 && operand[0] == NULL)
		read_names(m, &list);
	share_run(m, &work, n);
	for (size_t i = 0; i < list.n; i++)
		free(list.own[i]);
	free(list.own);
	if (m->is_never_queued || m->is_queue_only)
		return;
	if (queue_open(m, &spool, &e) == -1)
		report_err(m, NULL, &e);
	queue_follow(m, spool);
	spool_close(spool);
}

/* Those of standard input, which several processes cannot read. */
static void
read_names(struct msend *m, struct many_names *list)
{
	struct option_names names = {.from_stdin = true, .nul = m->is_nul};
	const char *name;
	struct err e;
	int got;

	while ((got = option_name(&names, &name, &e)) == 1) {
		list->own = mem_grow(list->own, &list->cap, list->n + 2,
		    sizeof *list->own);
		list->own[list->n++] = mem_str(name);
		list->own[list->n] = NULL;
	}
	if (got == -1)
		report_err(m, NULL, &e);
	buf_free(&names.held);
}

/* Every process goes through all names, and takes the messages of its turn. */
static void
send_share(struct msend *m, const void *arg, unsigned i, unsigned n)
{
	const struct many_names *list = arg;
	struct many q = {.m = m, .share = i, .shares = n,
	    .names = {.operand = list->own != NULL ? list->own : list->operand,
	    .nul = m->is_nul}};
	const struct feed source = {next_many, &q};
	struct err e;

	q.names.from_stdin = q.names.operand[0] == NULL && n == 1;
	if (!m->is_never_queued && queue_open(m, &q.spool, &e) == -1) {
		report_err(m, NULL, &e);
		return;
	}
	if (m->is_queue_only)
		tell_kept(&q);
	else
		submit(m, q.spool, &source, !q.names.from_stdin && n == 1);
	while (q.at < q.n)
		outgoing_free(q.batch[q.at++]);
	file_unmap(&q.map);
	mbox_close(&q.mbox);
	free(q.path);
	buf_free(&q.names.held);
	spool_close(q.spool);
}

static int
next_many(void *arg, struct outgoing **out, struct err *e)
{
	struct many *q = arg;

	(void)e;
	while (q->at == q->n && !q->has_ended)
		fill(q);
	if (q->at == q->n)
		return 0;
	*out = q->batch[q->at++];
	return 1;
}

/* The next messages, durable before the first of them is sent. */
static void
fill(struct many *q)
{
	size_t bytes = 0;

	q->n = q->at = 0;
	while (q->n < BATCH && bytes < BATCH_BYTES && !option_interrupted() &&
	    next_name(q) == 1)
		if (q->n > 0)
			bytes += q->batch[q->n - 1]->content.n;
	q->has_ended = q->has_ended || option_interrupted();
	commit(q);
}

static void
commit(struct many *q)
{
	struct spool_item *item[BATCH];
	struct err e;

	for (size_t i = 0; i < q->n; i++)
		item[i] = &q->batch[i]->item;
	if (q->spool == NULL || q->n == 0 ||
	    spool_commit(q->spool, item, q->fd, q->n, &e) == 0)
		return;
	for (size_t i = 0; i < q->n; i++) {
		report_err(q->m, q->batch[i]->name, &e);
		outgoing_free(q->batch[i]);
	}
	q->n = 0;
}

/* Takes one message, or a name that holds none: 1; 0 at the end. */
static int
next_name(struct many *q)
{
	const char *name;
	struct err e;
	int got;

	if (q->path != NULL) {
		next_of_mbox(q);
		return 1;
	}
	got = option_name(&q->names, &name, &e);
	if (got == -1)
		report_err(q->m, NULL, &e);
	if (got == 1) {
		take_name(q, name);
		return 1;
	}
	q->has_ended = true;
	return 0;
}

static void
next_of_mbox(struct many *q)
{
	struct mboxrd_message message;
	struct buf name = {0}, own = {0};

	if (mboxrd_next(&q->it, &message) == 1) {
		buf_fmt(&name, "%s#%zu", q->path, message.offset);
		take(q, buf_cstr(&name), mboxrd_content(&message, &own));
	} else {
		file_unmap(&q->map);
		free(q->path);
		q->path = NULL;
	}
	buf_free(&name);
	buf_free(&own);
}

static void
take_name(struct many *q, const char *name)
{
	struct err e;

	if (source_is_remote(name))
		take_remote(q, name);
	else if (take_file(q, name, &e) == -1 && is_ours(q))
		report_err(q->m, name, &e);
}

static void
take_remote(struct many *q, const char *name)
{
	struct source source;
	struct err e;

	if (!is_ours(q))
		return;
	if (source_open(q->m, name, &source, &e) == -1)
		report_err(q->m, NULL, &e);
	else
		add(q, name, source.bytes);
	source_close(&source);
}

/* One in turn is. */
static bool
is_ours(struct many *q)
{
	unsigned turn = q->turn;

	q->turn = (turn + 1) % q->shares;
	return turn == q->share;
}

/* A message's file, an mbox, or a message of one, "mbox#offset". */
static int
take_file(struct many *q, const char *name, struct err *e)
{
	struct mboxrd_message message;
	struct buf own = {0}, path = {0};
	struct stat st;
	size_t offset;

	if (stat(name, &st) == -1 && mbox_name(name, &path, &offset)) {
		buf_free(&path);
		if (mbox_find(&q->mbox, name, &message, e) == -1)
			return -1;
		take(q, name, mboxrd_content(&message, &own));
		buf_free(&own);
		return 0;
	}
	buf_free(&path);
	file_unmap(&q->map);
	if (file_map(AT_FDCWD, name, &q->map, e) == -1)
		return -1;
	if (mbox_holds(name, q->map.bytes)) {
		q->path = mem_str(name);
		mboxrd_each(q->map.bytes, 0, &q->it);
		return 0;
	}
	take(q, name, q->map.bytes);
	file_unmap(&q->map);
	return 0;
}

static void
take(struct many *q, const char *name, struct span message)
{
	if (is_ours(q))
		add(q, name, message);
}

static void
add(struct many *q, const char *name, struct span message)
{
	struct outgoing *o;
	struct err e;

	o = mem_alloc(1, sizeof *o);
	o->name = mem_str(name);
	if (keep(q, message, o, &q->fd[q->n], &e) == 0) {
		q->batch[q->n++] = o;
		return;
	}
	report_err(q->m, name, &e);
	outgoing_free(o);
}

static int
keep(struct many *q, struct span message, struct outgoing *o, int *fd,
    struct err *e)
{
	struct compose *c = NULL;
	struct buf input = {0};
	int status;

	buf_span(&input, message);
	status = compose_begin(q->m, &c, e);
	if (status == 0) {
		compose_give(c, &input);
		status = compose_open(c, e);
	}
	if (status == 0)
		status = keep_check(q->m, e);
	if (status == 0)
		status = keep_begin(q->m, c, q->spool, o, fd, e);
	compose_close(c);
	buf_free(&input);
	return status;
}

/* -Q: that is all. */
static void
tell_kept(struct many *q)
{
	struct outgoing *o;
	struct err e;

	while (next_many(q, &o, &e) == 1) {
		report(q->m, o, "");
		outgoing_free(o);
	}
}
