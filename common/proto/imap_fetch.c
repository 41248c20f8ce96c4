#include "proto/imap_impl.h"

static int in_list(struct imap *, const struct imap_token *,
    const char *what);
static int add_flag(struct imap *, struct span);
static void keep_section(struct imap *, struct span item);

int
imap_at_fetch(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_OPEN)
		return imap_broken(m, "a FETCH without items");
	m->said.mailbox = m->box.tag;
	buf_cut(&m->flags, 0);
	buf_cut(&m->date, 0);
	buf_cut(&m->id, 0);
	return imap_go(m, AT_ITEM);
}

int
imap_at_item(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_CLOSE) {
		*m->ev = m->said;
		m->ev->on = IMAP_ON_MESSAGE;
		m->ev->flags = buf_view(&m->flags);
		m->ev->date = buf_view(&m->date);
		m->ev->emailid = buf_view(&m->id);
		return imap_go(m, IN_LINE) + 1;
	}
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a FETCH without end");
	m->depth = 0;
	if (span_iis(t->text, "UID"))
		return imap_go(m, AT_UID);
	if (span_iis(t->text, "FLAGS"))
		return imap_go(m, AT_FLAGS);
	if (span_iis(t->text, "INTERNALDATE"))
		return imap_go(m, AT_DATE);
	if (span_iis(t->text, "RFC822.SIZE"))
		return imap_go(m, AT_SIZE);
	if (span_iis(t->text, "MODSEQ"))
		return imap_go(m, AT_MODSEQ);
	if (span_iis(t->text, "EMAILID"))
		return imap_go(m, AT_EMAILID);
	if (span_iis(t->text, "X-GM-MSGID"))
		return imap_go(m, AT_GMAIL_ID);
	if (span_istarts(t->text, SPAN("BODY[")) ||
	    span_iis(t->text, "RFC822")) {
		keep_section(m, t->text);
		return imap_go(m, AT_BODY);
	}
	return imap_pass(m, AT_ITEM);
}

int
imap_at_uid(struct imap *m, const struct imap_token *t)
{
	uint32_t uid;

	if (t->kind != IMAP_ATOM || !imap_number(t->text, &uid) || uid == 0 ||
	    (m->said.uid != 0 && m->said.uid != uid))
		return imap_broken(m, "a FETCH with a wrong UID");
	m->said.uid = uid;
	return imap_go(m, AT_ITEM);
}

int
imap_at_size(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM || !span_num(t->text, INT64_MAX,
	    &m->said.size))
		return imap_broken(m, "a FETCH with a wrong size");
	m->said.has_size = true;
	return imap_go(m, AT_ITEM);
}

int
imap_at_date(struct imap *m, const struct imap_token *t)
{
	buf_cut(&m->date, 0);
	if (t->kind == IMAP_STRING)
		return imap_collect(m, &m->date, AT_ITEM);
	if (t->kind != IMAP_ATOM || !span_iis(t->text, "NIL"))
		return imap_broken(m, "a FETCH with a wrong date");
	return imap_go(m, AT_ITEM);
}

int
imap_at_flags(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_OPEN)
		return imap_broken(m, "a FETCH with wrong flags");
	buf_cut(&m->flags, 0);
	m->said.has_flags = true;
	m->resume = AT_ITEM;
	return imap_go(m, AT_FLAG);
}

int
imap_at_flag(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_CLOSE)
		return imap_go(m, m->resume);
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a flag that is no word");
	return add_flag(m, t->text);
}

int
imap_at_modseq(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_ATOM &&
	    !span_num(t->text, INT64_MAX, &m->said.modseq))
		return imap_broken(m, "a FETCH with a wrong MODSEQ");
	return in_list(m, t, "a FETCH with a wrong MODSEQ");
}

int
imap_at_emailid(struct imap *m, const struct imap_token *t)
{
	bool is_nil = m->depth == 0 && span_iis(t->text, "NIL");

	buf_cut(&m->id, t->kind == IMAP_ATOM ? 0 : m->id.n);
	if (t->kind == IMAP_ATOM && !is_nil)
		buf_span(&m->id, t->text);
	return in_list(m, t, "a FETCH with a wrong EMAILID");
}

int
imap_at_gmail_id(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM ||
	    !span_num(t->text, UINT64_MAX, &m->said.gmail_id))
		return imap_broken(m, "a FETCH with a wrong X-GM-MSGID");
	return imap_go(m, AT_ITEM);
}

int
imap_at_body(struct imap *m, const struct imap_token *t)
{
	bool is_nil = t->kind == IMAP_ATOM && span_iis(t->text, "NIL");

	if (t->kind != IMAP_STRING && !is_nil)
		return imap_broken(m, "a body that is no string");
	m->said.has_body = true;
	*m->ev = m->said;
	m->ev->on = IMAP_ON_BODY;
	m->ev->section = buf_view(&m->section);
	m->ev->size = t->size;
	m->ev->is_nil = is_nil;
	return imap_go(m, is_nil ? AT_ITEM : IN_BODY) + 1;
}

int
imap_in_body(struct imap *m, const struct imap_token *t)
{
	*m->ev = m->said;
	m->ev->on = IMAP_ON_DATA;
	m->ev->data = t->text;
	if (t->kind == IMAP_DATA)
		return 1;
	m->ev->on = IMAP_ON_BODY_END;
	return imap_go(m, AT_ITEM) + 1;
}

/* A word, or words in parentheses, were taken: what comes next. */
static int
in_list(struct imap *m, const struct imap_token *t, const char *what)
{
	if (t->kind == IMAP_OPEN && m->depth == 0) {
		m->depth = 1;
		return 0;
	}
	if (t->kind == IMAP_ATOM && m->depth == 1)
		return 0;
	if (t->kind == (m->depth == 1 ? IMAP_CLOSE : IMAP_ATOM))
		return imap_go(m, AT_ITEM);
	return imap_broken(m, what);
}

static int
add_flag(struct imap *m, struct span flag)
{
	if (m->flags.n + flag.n >= IMAP_FLAGS_MAX)
		return imap_broken(m, "too many flags");
	if (m->flags.n > 0)
		buf_char(&m->flags, ' ');
	buf_span(&m->flags, flag);
	return 0;
}

/* "BODY[TEXT]<0>" has the section "TEXT", "RFC822" has "". */
static void
keep_section(struct imap *m, struct span item)
{
	size_t from = span_chr(item, '['), to;

	buf_cut(&m->section, 0);
	if (from == SPAN_NONE)
		return;
	item = span_from(item, from + 1);
	to = span_chr(item, ']');
	buf_span(&m->section, span_sub(item, 0, to));
}
