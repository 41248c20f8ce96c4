/* Answers that are UIDs: SEARCH, SORT, ESEARCH, VANISHED. */
#include "proto/imap_impl.h"

static bool item_of_esearch(struct span, enum imap_item *);

int
imap_at_search(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_EOL)
		return imap_go(m, AT_LINE);
	if (t->kind == IMAP_OPEN) {
		m->depth = 1;
		return imap_pass(m, AT_SEARCH);
	}
	if (t->kind != IMAP_ATOM ||
	    !imap_range(t->text, &m->ev->uid, &m->ev->last) ||
	    m->ev->uid != m->ev->last)
		return imap_broken(m, "a SEARCH with what is no UID");
	m->ev->on = IMAP_ON_UIDS;
	m->ev->mailbox = m->box.tag;
	return 1;
}

int
imap_at_esearch(struct imap *m, const struct imap_token *t)
{
	const struct imap_event *said = &m->said;

	if (t->kind == IMAP_OPEN) {
		m->depth = 1;
		return imap_pass(m, AT_ESEARCH);
	}
	if (t->kind == IMAP_ATOM && span_iis(t->text, "ALL"))
		return imap_go(m, AT_ESEARCH_SET);
	if (t->kind == IMAP_ATOM)
		return imap_go(m, item_of_esearch(t->text, &m->item)
		    ? AT_ESEARCH_NUMBER : AT_ESEARCH);
	if (t->kind != IMAP_EOL)
		return imap_broken(m, "an ESEARCH with what is no word");
	imap_go(m, AT_LINE);
	if (said->uid == 0 && said->last == 0 && !said->has_count &&
	    said->modseq == 0)
		return 0;
	*m->ev = m->said;
	m->ev->on = IMAP_ON_COUNTED;
	m->ev->mailbox = m->box.tag;
	return 1;
}

int
imap_at_esearch_set(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM ||
	    !imap_range(t->text, &m->ev->uid, &m->ev->last))
		return imap_at_esearch(m, t);
	m->ev->on = IMAP_ON_UIDS;
	m->ev->mailbox = m->box.tag;
	return 1;
}

int
imap_at_esearch_number(struct imap *m, const struct imap_token *t)
{
	uint64_t value = 0, max = UINT32_MAX;

	if (m->item == ITEM_HIGHESTMODSEQ)
		max = INT64_MAX;
	if (t->kind != IMAP_ATOM || !span_num(t->text, max, &value))
		return imap_broken(m, "an ESEARCH with what is no number");
	if (m->item == ITEM_MIN) {
		m->said.uid = (uint32_t)value;
	} else if (m->item == ITEM_MAX) {
		m->said.last = (uint32_t)value;
	} else if (m->item == ITEM_COUNT) {
		m->said.number = (uint32_t)value;
		m->said.has_count = true;
	} else {
		m->said.modseq = value;
	}
	return imap_go(m, AT_ESEARCH);
}

int
imap_at_vanished(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_OPEN && m->depth++ == 0)
		return 0;
	if (t->kind == IMAP_CLOSE && m->depth == 1)
		return imap_go(m, AT_VANISHED_SET);
	if (t->kind == IMAP_ATOM && m->depth == 0)
		return imap_at_vanished_set(m, t);
	if (t->kind != IMAP_ATOM || m->depth != 1)
		return imap_broken(m, "a VANISHED without UIDs");
	m->said.is_earlier |= span_iis(t->text, "EARLIER");
	return 0;
}

int
imap_at_vanished_set(struct imap *m, const struct imap_token *t)
{
	uint32_t n;

	imap_go(m, AT_VANISHED_SET);
	if (t->kind == IMAP_EOL)
		return imap_go(m, AT_LINE);
	if (t->kind != IMAP_ATOM ||
	    !imap_range(t->text, &m->ev->uid, &m->ev->last))
		return imap_broken(m, "a VANISHED with what is no UID");
	m->ev->on = IMAP_ON_VANISHED;
	m->ev->mailbox = m->box.tag;
	m->ev->is_earlier = m->said.is_earlier;
	n = m->ev->last - m->ev->uid;
	if (!m->said.is_earlier)
		m->box.exists -= n < m->box.exists ? n + 1 : m->box.exists;
	return 1;
}

static bool
item_of_esearch(struct span word, enum imap_item *item)
{
	if (span_iis(word, "MIN"))
		*item = ITEM_MIN;
	else if (span_iis(word, "MAX"))
		*item = ITEM_MAX;
	else if (span_iis(word, "COUNT"))
		*item = ITEM_COUNT;
	else if (span_iis(word, "MODSEQ"))
		*item = ITEM_HIGHESTMODSEQ;
	else
		return false;
	return true;
}
