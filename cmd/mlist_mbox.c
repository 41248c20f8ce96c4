#include "mail/flag.h"
#include "mail/header.h"
#include "mlist.h"

/* A message whose content a query may ask for. */
struct content {
	const struct mboxrd_message *message;
	struct buf own;
};

static int list(struct mlist *, const char *path,
    const struct mboxrd_message *, struct err *);
static int list_named(struct mlist *, struct span name, const char *path,
    const struct mboxrd_message *, struct err *);
static void read_summary(const struct mboxrd_message *, struct summary *);
static void take_status(struct summary *, const char *field);
static int read_content(void *, struct span *, struct err *);

int
mlist_mbox(struct mlist *m, const char *path, struct err *e)
{
	struct mboxrd_message message;
	struct mboxrd it;

	if (m->is_folders)
		return mlist_count_mbox(m, path, e);
	if (mbox_open(&m->mbox, path, e) == -1)
		return -1;
	if (m->mbox.file.bytes.n > 0 &&
	    !mboxrd_is_from(m->mbox.file.bytes, NULL))
		return err_set(e, ERR_NOINPUT, "%s: not an mbox", path);
	mboxrd_each(m->mbox.file.bytes, 0, &it);
	while (!mlist_is_done(m) && mboxrd_next(&it, &message) == 1)
		if (list(m, path, &message, e) == -1)
			mlist_fail(m, e);
	return 0;
}

int
mlist_in_mbox(struct mlist *m, const char *name, struct err *e)
{
	struct mboxrd_message message;

	if (mbox_find(&m->mbox, name, &message, e) == -1)
		return -1;
	return list_named(m, span_of(name), m->mbox.path, &message, e);
}

static int
list(struct mlist *m, const char *path, const struct mboxrd_message *message,
    struct err *e)
{
	struct buf name = {0};
	int status;

	buf_fmt(&name, "%s#%zu", path, message->offset);
	status = list_named(m, buf_view(&name), path, message, e);
	buf_free(&name);
	return status;
}

static int
list_named(struct mlist *m, struct span name, const char *path,
    const struct mboxrd_message *message, struct err *e)
{
	struct content content = {.message = message};
	struct summary s = {.name = name, .folder = span_of(path)};
	struct query_message asked = {.summary = &s,
	    .whole = read_content, .arg = &content};
	int status;

	read_summary(message, &s);
	status = mlist_match(m, &asked, &m->reader.rows, e);
	mlist_take(m, &m->reader.rows);
	buf_free(&content.own);
	return status;
}

/* What a Maildir tells by a file's name stands in the header here. */
static void
read_summary(const struct mboxrd_message *message, struct summary *s)
{
	struct span body;
	struct date d;

	summary_header(s, span_sub(header_split(message->bytes, &body), 0,
	    MLIST_HEADER_MAX));
	s->size = message->bytes.n;
	if (mboxrd_is_from(message->from, &d))
		s->arrival = d.sec;
	s->is_new = true;
	take_status(s, "Status");
	take_status(s, "X-Status");
}

static void
take_status(struct summary *s, const char *name)
{
	struct field f;

	if (!header_find(s->header, name, &f))
		return;
	s->flags |= flag_of_status(f.value);
	if (span_chr(f.value, 'O') != SPAN_NONE ||
	    span_chr(f.value, 'R') != SPAN_NONE)
		s->is_new = false;
}

static int
read_content(void *arg, struct span *bytes, struct err *e)
{
	struct content *content = arg;

	(void)e;
	*bytes = mboxrd_content(content->message, &content->own);
	return 0;
}
