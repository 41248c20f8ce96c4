/* -F: folders instead of messages, and what is counted in them. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "mail/flag.h"
#include "mail/header.h"
#include "mlist_folder.h"
#include "text/charset.h"
#include "text/jsonl.h"

static void put_plain(struct span name, const struct mlist_counts *,
    struct buf *);
static void put_long(struct span name, const struct mlist_counts *,
    struct buf *);
static void put_json(struct span name, const struct mlist_counts *,
    struct buf *);
static void put_number(bool is_known, uint64_t, struct buf *);
static void put_member(size_t start, const char *key, bool is_known,
    uint64_t, struct buf *);
static void count_file(const struct maildir *, const struct name *,
    struct mlist_counts *);
static bool size_of_name(struct span name, uint64_t *);
static bool is_seen(const struct mboxrd_message *);

void
mlist_count(struct mlist *m, struct span name, const struct mlist_counts *c)
{
	struct buf record = {0};
	struct err e;

	m->matched++;
	if (m->is_count)
		return;
	switch (m->style) {
	case MLIST_LONG:
		put_long(name, c, &record);
		break;
	case MLIST_JSON:
		put_json(name, c, &record);
		break;
	default:
		put_plain(name, c, &record);
		break;
	}
	if (mlist_print(m, buf_view(&record), &e) == -1)
		mlist_fail(m, &e);
	buf_free(&record);
}

int
mlist_count_maildir(struct mlist *m, const char *path, struct err *e)
{
	struct mlist_counts c = {true, true, true, 0, 0, 0};
	struct names names = {0};
	struct maildir box;
	int status = 0;

	if (maildir_open(path, false, &box, e) == -1)
		return -1;
	if (!m->is_count)
		status = names_take(&box, &names, e);
	for (size_t i = 0; i < names.n; i++)
		count_file(&box, &names.v[i], &c);
	names_free(&names);
	maildir_close(&box);
	if (status == 0)
		mlist_count(m, span_of(path), &c);
	return status;
}

void
mlist_count_mbox(struct mlist *m, const char *path)
{
	struct mlist_counts c = {true, true, true, 0, 0, 0};
	struct mboxrd_message message;
	struct mboxrd it;

	mboxrd_each(m->mbox.file.bytes, 0, &it);
	while (mboxrd_next(&it, &message) == 1) {
		c.messages++;
		c.unseen += !is_seen(&message);
		c.size += message.bytes.n;
	}
	mlist_count(m, span_of(path), &c);
}

/* Name, messages, unseen, size; "-" for what is not known. */
static void
put_plain(struct span name, const struct mlist_counts *c, struct buf *out)
{
	buf_span(out, name);
	buf_char(out, '\t');
	put_number(c->has_messages, c->messages, out);
	buf_char(out, '\t');
	put_number(c->has_unseen, c->unseen, out);
	buf_char(out, '\t');
	put_number(c->has_size, c->size, out);
}

/* The name comes last, as it alone has any width. */
static void
put_long(struct span name, const struct mlist_counts *c, struct buf *out)
{
	const struct {
		bool is_known;
		uint64_t n;
		size_t width;
	} columns[] = {{c->has_messages, c->messages, 9},
	    {c->has_unseen, c->unseen, 9}, {c->has_size, c->size, 14}};
	struct buf number = {0};

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		buf_cut(&number, 0);
		put_number(columns[i].is_known, columns[i].n, &number);
		format_fit(buf_view(&number), columns[i].width, SPAN_NONE,
		    false, out);
	}
	buf_str(out, "  ");
	charset_line(name, out);
	buf_free(&number);
}

static void
put_json(struct span name, const struct mlist_counts *c, struct buf *out)
{
	size_t start = out->n;
	struct buf utf8 = {0};

	charset_to_utf8(name, SPAN(""), &utf8);
	buf_char(out, '{');
	jsonl_key(start, "name", out);
	jsonl_string(buf_view(&utf8), out);
	put_member(start, "messages", c->has_messages, c->messages, out);
	put_member(start, "unseen", c->has_unseen, c->unseen, out);
	put_member(start, "size", c->has_size, c->size, out);
	buf_char(out, '}');
	buf_free(&utf8);
}

static void
put_number(bool is_known, uint64_t n, struct buf *out)
{
	if (is_known)
		buf_fmt(out, "%llu", (unsigned long long)n);
	else
		buf_char(out, '-');
}

static void
put_member(size_t start, const char *key, bool is_known, uint64_t n,
    struct buf *out)
{
	if (!is_known)
		return;
	jsonl_key(start, key, out);
	put_number(true, n, out);
}

/* One that is gone meanwhile has no size any more. */
static void
count_file(const struct maildir *box, const struct name *file,
    struct mlist_counts *c)
{
	struct span name = span_of(file->s);
	struct stat st;
	uint64_t size;

	c->messages++;
	c->unseen += (flag_of_name(name) & FLAG_SEEN) == 0;
	if (size_of_name(name, &size))
		c->size += size;
	else if (fstatat(file->in_cur ? box->cur : box->new, file->s, &st,
	    0) == 0)
		c->size += (uint64_t)st.st_size;
}

/* Servers write it there: ",S=1234". */
static bool
size_of_name(struct span name, uint64_t *size)
{
	size_t at = span_find(name, SPAN(",S=")), n = 0;

	if (at == SPAN_NONE)
		return false;
	name = span_from(name, at + 3);
	while (n < name.n && ascii_digit(name.p[n]))
		n++;
	return span_num(span_sub(name, 0, n), INT64_MAX, size);
}

static bool
is_seen(const struct mboxrd_message *message)
{
	struct span body, header = header_split(message->bytes, &body);
	struct field f;

	return header_find(header, "Status", &f) &&
	    (flag_of_status(f.value) & FLAG_SEEN) != 0;
}
