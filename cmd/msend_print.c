/* msend -p: the queue, as lines or as JSON Lines. */
#include "host/clock.h"
#include "msend.h"
#include "text/charset.h"
#include "text/jsonl.h"

static const char *const names[] = {[SPOOL_QUEUED] = "queued",
    [SPOOL_SENDING] = "sending", [SPOOL_SENT] = "sent",
    [SPOOL_REFUSED] = "refused", [SPOOL_UNKNOWN] = "unknown"};

static void print_one(struct msend *, struct spool *, const char *id);
static void add_lines(struct buf *, const struct spool_item *);
static void add_object(struct buf *, const struct spool_item *);
static void add_recipient(struct buf *, const struct spool_rcpt *,
    bool is_first);
static void put_text(size_t start, const char *key, const char *,
    struct buf *);
static void add_time(struct buf *, int64_t sec);

void
queue_print(struct msend *m, struct spool *spool)
{
	struct spool_ids ids = {0};
	struct err e;

	if (spool_list(spool, m->common.account.account, INT64_MAX, &ids,
	    &e) == -1)
		report_err(m, NULL, &e);
	for (size_t i = 0; i < ids.n; i++)
		print_one(m, spool, ids.v[i]);
	spool_ids_free(&ids);
}

static void
print_one(struct msend *m, struct spool *spool, const char *id)
{
	struct spool_item item = {0};
	struct buf line = {0};
	struct err e = {0};
	int got = spool_claim(spool, id, &item, &e);

	if (got == 0)
		got = spool_load(spool, id, &item, &e) == 0 ? 1 :
		    e.kind == ERR_NOINPUT ? 0 : -1;
	if (got == 1 && m->is_json)
		add_object(&line, &item);
	else if (got == 1)
		add_lines(&line, &item);
	if (got == 1 && output_bytes(&m->out, buf_view(&line), &e) == -1)
		got = -1;
	if (got == -1)
		report_err(m, id, &e);
	buf_free(&line);
	spool_release(&item);
}

/*
 * A line a recipient: id, state, when it was made and is tried next, tries,
 * sender, recipient, the server's last words.
 */
static void
add_lines(struct buf *line, const struct spool_item *item)
{
	for (size_t i = 0; i < item->n; i++) {
		const struct spool_rcpt *rcpt = &item->rcpt[i];

		buf_fmt(line, "%s\t%s\t", item->id, names[rcpt->state]);
		add_time(line, item->created);
		buf_char(line, '\t');
		add_time(line, item->next);
		buf_fmt(line, "\t%d\t", item->tries);
		charset_line(span_of(item->sender), line);
		buf_char(line, '\t');
		charset_line(span_of(rcpt->address), line);
		buf_char(line, '\t');
		if (rcpt->code > 0)
			buf_fmt(line, "%d ", rcpt->code);
		charset_line(span_of(rcpt->text), line);
		buf_char(line, '\n');
	}
}

static void
add_object(struct buf *line, const struct spool_item *item)
{
	struct buf time = {0};
	size_t start = line->n;

	buf_char(line, '{');
	put_text(start, "id", item->id, line);
	put_text(start, "account", item->account, line);
	add_time(&time, item->created);
	put_text(start, "created", buf_cstr(&time), line);
	buf_cut(&time, 0);
	add_time(&time, item->next);
	put_text(start, "next", buf_cstr(&time), line);
	buf_free(&time);
	jsonl_key(start, "tries", line);
	buf_fmt(line, "%d", item->tries);
	put_text(start, "sender", item->sender, line);
	put_text(start, "message-id", item->message_id, line);
	jsonl_key(start, "recipients", line);
	buf_char(line, '[');
	for (size_t i = 0; i < item->n; i++)
		add_recipient(line, &item->rcpt[i], i == 0);
	buf_str(line, "]}\n");
}

static void
add_recipient(struct buf *line, const struct spool_rcpt *rcpt, bool is_first)
{
	size_t start;

	if (!is_first)
		buf_char(line, ',');
	start = line->n;
	buf_char(line, '{');
	put_text(start, "address", rcpt->address, line);
	put_text(start, "state", names[rcpt->state], line);
	if (rcpt->code > 0) {
		jsonl_key(start, "code", line);
		buf_fmt(line, "%d", rcpt->code);
	}
	put_text(start, "enhanced", rcpt->enhanced, line);
	put_text(start, "text", rcpt->text, line);
	buf_char(line, '}');
}

/* One that is empty is left out. */
static void
put_text(size_t start, const char *key, const char *text, struct buf *line)
{
	struct buf shown = {0};

	if (text[0] == '\0')
		return;
	charset_line(span_of(text), &shown);
	jsonl_key(start, key, line);
	jsonl_string(buf_view(&shown), line);
	buf_free(&shown);
}

static void
add_time(struct buf *out, int64_t sec)
{
	date_rfc3339((struct date){sec, clock_zone(sec), true}, out);
}
