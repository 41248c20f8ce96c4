#include <stdio.h>

#include "app/diag.h"
#include "msend.h"
#include "text/charset.h"

static const char *const names[] = {[SPOOL_QUEUED] = "queued",
    [SPOOL_SENDING] = "unknown", [SPOOL_SENT] = "sent",
    [SPOOL_REFUSED] = "refused", [SPOOL_UNKNOWN] = "unknown"};

static bool is_done(const struct msend *, const struct spool_item *,
    const struct spool_rcpt *);
static const char *name_of(const struct msend *, const struct spool_rcpt *);
static void tell(struct msend *, const struct outgoing *,
    const struct spool_rcpt *, const char *text);
static void complain(const struct msend *, const struct outgoing *,
    const struct spool_rcpt *, const char *text);
static void add_column(struct buf *, const char *);
static void raise_status(struct msend *, const struct spool_rcpt *);
static int rank(int status);

void
report(struct msend *m, const struct outgoing *o, const char *why)
{
	for (size_t i = 0; i < o->item.n; i++) {
		const struct spool_rcpt *rcpt = &o->item.rcpt[i];
		const char *text = rcpt->text[0] == '\0' &&
		    rcpt->state != SPOOL_SENT ? why : rcpt->text;

		if (m->is_told)
			tell(m, o, rcpt, text);
		else if (rcpt->state != SPOOL_SENT &&
		    (!is_done(m, &o->item, rcpt) || m->common.verbose))
			complain(m, o, rcpt, text);
		if (!is_done(m, &o->item, rcpt))
			raise_status(m, rcpt);
	}
}

void
report_err(struct msend *m, const char *subject, const struct err *e)
{
	/* a reader that left knows it */
	if (!m->out.is_closed_pipe)
		diag_err(msend_tool.name, subject, e);
	diag_status(&m->status, e);
}

/* Queued is what was asked for, or under sendmail's name as good as sent. */
static bool
is_done(const struct msend *m, const struct spool_item *item,
    const struct spool_rcpt *rcpt)
{
	return rcpt->state == SPOOL_QUEUED && (m->is_queue_only ||
	    (m->is_sendmail && item->id[0] != '\0'));
}

void
report_status(struct msend *m, int status)
{
	if (m->status == 0 || rank(status) > rank(m->status))
		m->status = status;
}

/* Without a queue nothing is queued. */
static const char *
name_of(const struct msend *m, const struct spool_rcpt *rcpt)
{
	if (m->is_never_queued && rcpt->state == SPOOL_QUEUED)
		return names[SPOOL_REFUSED];
	return names[rcpt->state];
}

/* A line of -R; of many messages each says which at its end. */
static void
tell(struct msend *m, const struct outgoing *o,
    const struct spool_rcpt *rcpt, const char *text)
{
	bool is_kept = o->item.id[0] != '\0' && (rcpt->state == SPOOL_QUEUED ||
	    rcpt->state == SPOOL_UNKNOWN);
	struct buf line = {0};
	char code[16] = "";
	struct err e;

	if (rcpt->code > 0)
		snprintf(code, sizeof code, "%d", rcpt->code);
	charset_line(span_of(rcpt->address), &line);
	buf_char(&line, '\t');
	buf_str(&line, name_of(m, rcpt));
	add_column(&line, code);
	add_column(&line, rcpt->enhanced);
	add_column(&line, text);
	add_column(&line, is_kept ? o->item.id : "");
	if (o->name != NULL)
		add_column(&line, o->name);
	buf_char(&line, '\n');
	if (output_bytes(&m->out, buf_view(&line), &e) == -1)
		report_err(m, NULL, &e);
	buf_free(&line);
}

static void
complain(const struct msend *m, const struct outgoing *o,
    const struct spool_rcpt *rcpt, const char *text)
{
	bool is_kept = o->item.id[0] != '\0' && (rcpt->state == SPOOL_QUEUED ||
	    rcpt->state == SPOOL_UNKNOWN);
	struct buf line = {0};

	if (o->name != NULL)
		buf_fmt(&line, "%s: ", o->name);
	buf_fmt(&line, "%s: %s", rcpt->address, name_of(m, rcpt));
	if (is_kept)
		buf_fmt(&line, " (%s)", o->item.id);
	if (rcpt->code > 0)
		buf_fmt(&line, ": %d", rcpt->code);
	if (rcpt->enhanced[0] != '\0')
		buf_fmt(&line, " %s", rcpt->enhanced);
	if (text[0] != '\0')
		buf_fmt(&line, "%s %s", rcpt->code > 0 ? "" : ":", text);
	else if (rcpt->state == SPOOL_UNKNOWN)
		buf_str(&line, ": the server had the whole message and never "
		    "answered");
	diag(msend_tool.name, "%s", buf_cstr(&line));
	buf_free(&line);
}

static void
add_column(struct buf *line, const char *text)
{
	buf_char(line, '\t');
	if (text[0] == '\0')
		buf_char(line, '-');
	else
		charset_line(span_of(text), line);
}

static void
raise_status(struct msend *m, const struct spool_rcpt *rcpt)
{
	static const int status[] = {[SPOOL_QUEUED] = ERR_TEMP,
	    [SPOOL_SENDING] = ERR_PROTO, [SPOOL_SENT] = 0,
	    [SPOOL_REFUSED] = ERR_REFUSED, [SPOOL_UNKNOWN] = ERR_PROTO};

	report_status(m, status[rcpt->state]);
}

/* 76, then 69, then 75; others are of the call and stay. */
static int
rank(int status)
{
	switch (status) {
	case 0:
		return 0;
	case ERR_TEMP:
		return 1;
	case ERR_REFUSED:
		return 2;
	case ERR_PROTO:
		return 3;
	default:
		return 4;
	}
}
