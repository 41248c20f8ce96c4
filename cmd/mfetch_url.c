#include "app/imap_session.h"
#include "mfetch.h"
#include "proto/utf7.h"

/* One message, or a section of it, on its way to standard output. */
struct work {
	struct mfetch *run;
	const struct url *url;
	struct imap_session *s;
	bool is_open;	/* the folder, and it is the one that is meant */
	bool has_begun; /* its bytes come, or have come */
	bool has_cr;	/* a CR that may belong to CR LF */
};

static int fetch(struct work *, struct err *);
static int ask(struct work *, struct err *);
static const char *section(const struct work *);
static int take(struct work *, const struct imap_event *, struct err *);
static int take_answer(struct work *, const struct imap_event *,
    struct err *);
static int begin(struct work *, const struct imap_event *, struct err *);
static int write_lines(struct work *, struct span, struct err *);
static int end(struct work *, struct err *);
static int check_uid(const struct work *, const struct imap_event *,
    struct err *);

int
mfetch_url(struct mfetch *run, const struct source *src, struct err *e)
{
	struct imap_session s;
	struct work w = {.run = run, .url = src->url, .s = &s};
	int status;

	if (imap_session_open(&s, src->account, src->url, run->tool.name,
		run->common.verbose, e) == -1)
		return -1;
	status = fetch(&w, e);
	imap_session_close(&s);
	return status;
}

int
check_uidvalidity(const struct url *u, uint32_t now, struct err *e)
{
	if (u->uidvalidity == 0 || u->uidvalidity == now)
		return 0;
	return err_set(e, ERR_NOINPUT, "UIDVALIDITY is %lu on the server",
	    (unsigned long)now);
}

static int
fetch(struct work *w, struct err *e)
{
	struct imap_event ev;

	if (ask(w, e) == -1)
		return -1;
	while (imap_waiting(w->s->imap) > 0) {
		if (imap_session_next(w->s, &ev, e) == -1 ||
		    take(w, &ev, e) == -1)
			return -1;
		if (option_interrupted())
			return err_set(e, ERR_TEMP, "interrupted");
	}
	if (!w->has_begun)
		return err_set(e, ERR_NOINPUT, "no such message");
	return end(w, e);
}

/* Opens the folder and asks for the bytes, in one flight. */
static int
ask(struct work *w, struct err *e)
{
	struct imap_ask open = {.verb = IMAP_EXAMINE},
			get = {.verb = IMAP_UID_FETCH};
	struct buf folder = {0}, uid = {0}, words = {0};
	int status = 0;

	if (!utf7_encode(span_of(w->url->folder), &folder))
		status = err_set(e, ERR_USAGE,
		    "a folder that IMAP cannot name");
	buf_fmt(&uid, "%lu", (unsigned long)w->url->uid);
	buf_fmt(&words, "(UID BODY.PEEK[%s])", section(w));
	open.name = buf_view(&folder);
	get.set = buf_view(&uid);
	get.words = buf_view(&words);
	if (status == 0)
		status = imap_ask(w->s->imap, &open, NULL, e);
	if (status == 0)
		status = imap_ask(w->s->imap, &get, NULL, e);
	buf_free(&folder);
	buf_free(&uid);
	buf_free(&words);
	return status;
}

/* "" for all of the message. */
static const char *
section(const struct work *w)
{
	if (w->url->section != NULL)
		return w->url->section;
	return w->run->headers ? "HEADER" : "";
}

static int
take(struct work *w, const struct imap_event *ev, struct err *e)
{
	switch (ev->on) {
	case IMAP_ON_BODY:
		return begin(w, ev, e);
	case IMAP_ON_DATA:
		return write_lines(w, ev->data, e);
	case IMAP_ON_MESSAGE:
		return ev->has_body ? check_uid(w, ev, e) : 0;
	case IMAP_ON_DONE:
		return take_answer(w, ev, e);
	default:
		return 0;
	}
}

static int
take_answer(struct work *w, const struct imap_event *ev, struct err *e)
{
	if (ev->status != IMAP_OK)
		return imap_refused(ev, e);
	if (ev->verb != IMAP_EXAMINE)
		return 0;
	w->is_open = true;
	return check_uidvalidity(w->url,
	    imap_mailbox(w->s->imap)->uidvalidity, e);
}

static int
begin(struct work *w, const struct imap_event *ev, struct err *e)
{
	bool is_section = section(w)[0] != '\0';

	/* not a byte is written of what may be another message */
	if (!w->is_open)
		return err_set(e, ERR_PROTO,
		    "the server sent a message before its folder");
	if (w->has_begun)
		return err_set(e, ERR_PROTO,
		    "the server sent the message twice");
	if (!span_ieq(ev->section, span_of(section(w))))
		return err_set(e, ERR_PROTO,
		    "the server sent another section");
	if (ev->is_nil && is_section)
		return err_set(e, ERR_NOINPUT, "no such section");
	if (ev->is_nil)
		return err_set(e, ERR_TEMP, "the server has no text");
	w->has_begun = true;
	return ev->uid == 0 ? 0 : check_uid(w, ev, e);
}

static int
write_lines(struct work *w, struct span bytes, struct err *e)
{
	struct buf *held = &w->run->output.held;

	place_lines(bytes, &w->has_cr, held);
	return output_bytes(&w->run->output, SPAN(""), e);
}

static int
end(struct work *w, struct err *e)
{
	w->run->fetched++;
	if (w->has_cr && output_bytes(&w->run->output, SPAN("\r"), e) == -1)
		return -1;
	return output_flush(&w->run->output, e);
}

static int
check_uid(const struct work *w, const struct imap_event *ev, struct err *e)
{
	return ev->uid == w->url->uid ? 0 : err_set(e, ERR_PROTO,
	    "the server sent another message");
}
