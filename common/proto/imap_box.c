/* Answers that speak of mailboxes: LIST, STATUS, NAMESPACE. */
#include "proto/imap_impl.h"

static int take_name(struct imap *, const struct imap_token *,
    enum imap_state after);
static bool take_delimiter(struct imap *);
static bool take_count(struct imap_counts *, enum imap_item, struct span);

int
imap_at_list(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_OPEN)
		return imap_broken(m, "a LIST without attributes");
	buf_cut(&m->flags, 0);
	m->resume = AT_DELIMITER;
	return imap_go(m, AT_FLAG);
}

int
imap_at_delimiter(struct imap *m, const struct imap_token *t)
{
	buf_cut(&m->text, 0);
	if (t->kind == IMAP_STRING)
		return imap_collect(m, &m->text, AT_NAME);
	if (t->kind != IMAP_ATOM || !span_iis(t->text, "NIL"))
		return imap_broken(m, "a LIST without delimiter");
	return imap_go(m, AT_NAME);
}

int
imap_at_name(struct imap *m, const struct imap_token *t)
{
	if (!take_delimiter(m))
		return imap_broken(m, "a LIST with a long delimiter");
	return take_name(m, t, AT_LIST_END);
}

int
imap_at_list_end(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_OPEN) {
		m->depth = 1;
		return imap_pass(m, AT_LIST_END);
	}
	if (t->kind != IMAP_EOL)
		return imap_broken(m, "a LIST that goes on after the name");
	imap_go(m, AT_LINE);
	*m->ev = m->said;
	m->ev->on = IMAP_ON_LIST;
	m->ev->name = buf_view(&m->name);
	m->ev->flags = buf_view(&m->flags);
	return 1;
}

int
imap_at_status_name(struct imap *m, const struct imap_token *t)
{
	return take_name(m, t, AT_STATUS_OPEN);
}

int
imap_at_status_open(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_OPEN)
		return imap_broken(m, "a STATUS without items");
	return imap_go(m, AT_STATUS_ITEM);
}

int
imap_at_status_item(struct imap *m, const struct imap_token *t)
{
	static const char *const names[] = {
	    [ITEM_MESSAGES] = "MESSAGES", [ITEM_UNSEEN] = "UNSEEN",
	    [ITEM_UIDNEXT] = "UIDNEXT", [ITEM_UIDVALIDITY] = "UIDVALIDITY",
	    [ITEM_HIGHESTMODSEQ] = "HIGHESTMODSEQ", [ITEM_SIZE] = "SIZE"};

	if (t->kind == IMAP_CLOSE) {
		*m->ev = m->said;
		m->ev->on = IMAP_ON_STATUS;
		m->ev->name = buf_view(&m->name);
		return imap_go(m, IN_LINE) + 1;
	}
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a STATUS without end");
	m->depth = 0;
	for (int i = 0; i <= ITEM_SIZE; i++)
		if (span_iis(t->text, names[i])) {
			m->item = (enum imap_item)i;
			return imap_go(m, AT_STATUS_VALUE);
		}
	return imap_pass(m, AT_STATUS_ITEM);
}

int
imap_at_status_value(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM ||
	    !take_count(&m->said.counts, m->item, t->text))
		return imap_broken(m, "a STATUS with a wrong number");
	return imap_go(m, AT_STATUS_ITEM);
}

/* RFC 2342: ((prefix delimiter …) …) or NIL, three times. */
int
imap_at_namespace(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_EOL)
		return imap_go(m, AT_LINE);
	if (t->kind == IMAP_OPEN)
		return imap_go(m, AT_SPACE);
	if (t->kind != IMAP_ATOM || !span_iis(t->text, "NIL"))
		return imap_broken(m, "a NAMESPACE that is no list");
	m->said.number++;
	return 0;
}

int
imap_at_space(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_OPEN)
		return imap_go(m, AT_PREFIX);
	if (t->kind != IMAP_CLOSE)
		return imap_broken(m, "a NAMESPACE that is no list");
	m->said.number++;
	return imap_go(m, AT_NAMESPACE);
}

int
imap_at_prefix(struct imap *m, const struct imap_token *t)
{
	return take_name(m, t, AT_PREFIX_DELIMITER);
}

int
imap_at_prefix_delimiter(struct imap *m, const struct imap_token *t)
{
	buf_cut(&m->text, 0);
	if (t->kind == IMAP_STRING)
		return imap_collect(m, &m->text, AT_SPACE_END);
	if (t->kind != IMAP_ATOM || !span_iis(t->text, "NIL"))
		return imap_broken(m, "a NAMESPACE without delimiter");
	return imap_go(m, AT_SPACE_END);
}

/* After a delimiter, or after extensions, which are passed over. */
int
imap_at_space_end(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_OPEN) {
		m->depth = 1;
		return imap_pass(m, AT_SPACE_END);
	}
	if (t->kind == IMAP_EOL)
		return imap_broken(m, "a NAMESPACE without end");
	if (t->kind != IMAP_CLOSE)
		return 0;
	if (!take_delimiter(m))
		return imap_broken(m, "a NAMESPACE with a long delimiter");
	*m->ev = m->said;
	m->ev->on = IMAP_ON_NAMESPACE;
	m->ev->name = buf_view(&m->name);
	return imap_go(m, AT_SPACE) + 1;
}

static int
take_name(struct imap *m, const struct imap_token *t, enum imap_state after)
{
	buf_cut(&m->name, 0);
	if (t->kind == IMAP_STRING)
		return imap_collect(m, &m->name, after);
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a mailbox without name");
	buf_span(&m->name, t->text);
	return imap_go(m, after);
}

static bool
take_delimiter(struct imap *m)
{
	m->said.delimiter = m->text.n == 0 ? '\0' : m->text.p[0];
	return m->text.n <= 1;
}

static bool
take_count(struct imap_counts *c, enum imap_item item, struct span s)
{
	switch (item) {
	case ITEM_MESSAGES:
		c->has_messages = true;
		return imap_number(s, &c->messages);
	case ITEM_UNSEEN:
		c->has_unseen = true;
		return imap_number(s, &c->unseen);
	case ITEM_UIDNEXT:
		return imap_number(s, &c->uidnext);
	case ITEM_UIDVALIDITY:
		return imap_number(s, &c->uidvalidity);
	case ITEM_HIGHESTMODSEQ:
		return span_num(s, INT64_MAX, &c->highestmodseq);
	default:
		c->has_size = true;
		return span_num(s, INT64_MAX, &c->size);
	}
}
