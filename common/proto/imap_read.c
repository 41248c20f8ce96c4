#include "base/mem.h"
#include "proto/imap_impl.h"
#include "text/enc.h"

static imap_step at_line, at_tagged, at_untagged, at_status, at_continue,
    at_capability, at_search, at_esearch, at_esearch_set, at_list,
    at_delimiter, at_name, at_list_end, at_numbered, in_string, at_value,
    in_line;

static bool range(struct span, uint32_t *, uint32_t *);
static bool status_word(struct imap *, struct span);
static void take_code(struct imap *, struct span code);
static int done(struct imap *);

static const struct {
	imap_step *take;
	enum imap_lex_mode mode;
} steps[] = {
	[AT_LINE] = {at_line, IMAP_LEX_PLAIN},
	[AT_TAGGED] = {at_tagged, IMAP_LEX_PLAIN},
	[AT_UNTAGGED] = {at_untagged, IMAP_LEX_PLAIN},
	[AT_STATUS] = {at_status, IMAP_LEX_REST},
	[AT_CONTINUE] = {at_continue, IMAP_LEX_REST},
	[AT_CAPABILITY] = {at_capability, IMAP_LEX_PLAIN},
	[AT_SEARCH] = {at_search, IMAP_LEX_PLAIN},
	[AT_ESEARCH] = {at_esearch, IMAP_LEX_PLAIN},
	[AT_ESEARCH_SET] = {at_esearch_set, IMAP_LEX_SET},
	[AT_LIST] = {at_list, IMAP_LEX_PLAIN},
	[AT_DELIMITER] = {at_delimiter, IMAP_LEX_PLAIN},
	[AT_NAME] = {at_name, IMAP_LEX_PLAIN},
	[AT_LIST_END] = {at_list_end, IMAP_LEX_PLAIN},
	[AT_NUMBERED] = {at_numbered, IMAP_LEX_PLAIN},
	[AT_FETCH] = {imap_at_fetch, IMAP_LEX_PLAIN},
	[AT_ITEM] = {imap_at_item, IMAP_LEX_ITEM},
	[AT_UID] = {imap_at_uid, IMAP_LEX_PLAIN},
	[AT_SIZE] = {imap_at_size, IMAP_LEX_PLAIN},
	[AT_DATE] = {imap_at_date, IMAP_LEX_PLAIN},
	[AT_FLAGS] = {imap_at_flags, IMAP_LEX_PLAIN},
	[AT_FLAG] = {imap_at_flag, IMAP_LEX_PLAIN},
	[AT_BODY] = {imap_at_body, IMAP_LEX_PLAIN},
	[IN_BODY] = {imap_in_body, IMAP_LEX_PLAIN},
	[IN_STRING] = {in_string, IMAP_LEX_PLAIN},
	[AT_VALUE] = {at_value, IMAP_LEX_PLAIN},
	[IN_LINE] = {in_line, IMAP_LEX_PLAIN},
};

int
imap_read(struct imap *m, struct imap_event *ev, struct err *e)
{
	struct imap_token t;
	int status = 0;

	m->ev = ev;
	m->err = e;
	while (status == 0 && !m->is_clear) {
		*ev = (struct imap_event){0};
		m->lex.mode = steps[m->state].mode;
		status = imap_lex_next(&m->lex, &t, e);
		if (status != 1)
			return status;
		status = steps[m->state].take(m, &t);
	}
	return status;
}

int
imap_go(struct imap *m, enum imap_state state)
{
	m->state = state;
	return 0;
}

int
imap_pass(struct imap *m, enum imap_state after)
{
	m->resume = after;
	return imap_go(m, AT_VALUE);
}

int
imap_collect(struct imap *m, struct buf *into, enum imap_state after)
{
	m->into = into;
	m->resume = after;
	return imap_go(m, IN_STRING);
}

int
imap_broken(struct imap *m, const char *what)
{
	return err_set(m->err, ERR_PROTO, "the server sent %s", what);
}

bool
imap_number(struct span s, uint32_t *n)
{
	uint64_t value;

	if (!span_num(s, UINT32_MAX, &value))
		return false;
	*n = (uint32_t)value;
	return true;
}

static int
at_line(struct imap *m, const struct imap_token *t)
{
	uint32_t tag = 0;

	m->is_tagged = m->is_bye = false;
	m->said = (struct imap_event){0};
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a line that is no answer");
	if (span_is(t->text, "*"))
		return imap_go(m, AT_UNTAGGED);
	if (!m->is_greeted)
		return imap_broken(m, "no greeting");
	if (span_is(t->text, "+"))
		return imap_go(m, AT_CONTINUE);
	if (t->text.p[0] != 'A' || !imap_number(span_from(t->text, 1), &tag))
		return imap_broken(m, "a line that is no answer");
	m->is_tagged = true;
	m->tag = tag;
	return imap_go(m, AT_TAGGED);
}

static int
at_tagged(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM || !status_word(m, t->text) || m->is_bye ||
	    m->status == IMAP_PREAUTH)
		return imap_broken(m, "an answer without OK, NO or BAD");
	return imap_go(m, AT_STATUS);
}

static int
at_untagged(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "an answer without a word");
	if (status_word(m, t->text))
		return imap_go(m, AT_STATUS);
	if (!m->is_greeted)
		return imap_broken(m, "no greeting");
	if (imap_number(t->text, &m->said.number))
		return imap_go(m, AT_NUMBERED);
	if (span_iis(t->text, "CAPABILITY")) {
		imap_forget(m);
		return imap_go(m, AT_CAPABILITY);
	}
	if (span_iis(t->text, "SEARCH"))
		return imap_go(m, AT_SEARCH);
	if (span_iis(t->text, "ESEARCH"))
		return imap_go(m, AT_ESEARCH);
	if (span_iis(t->text, "LIST"))
		return imap_go(m, AT_LIST);
	return imap_go(m, IN_LINE);
}

static int
at_status(struct imap *m, const struct imap_token *t)
{
	struct span code = {0}, text = t->text, word = {0};
	size_t end = SPAN_NONE;

	imap_go(m, AT_LINE);
	if (text.n > 0 && text.p[0] == '[')
		end = span_chr(text, ']');
	if (end != SPAN_NONE) {
		code = span_sub(text, 1, end - 1);
		text = span_trim(span_from(text, end + 1));
		take_code(m, code);
		span_cut(&code, ' ', &word);
	}
	m->ev->status = m->status;
	m->ev->code = word;
	m->ev->text = text;
	if (m->is_tagged)
		return done(m);
	if (m->is_bye && (m->n_asked == 0 ||
	    m->asked[m->n_asked - 1].verb != IMAP_LOGOUT))
		return err_set(m->err, ERR_TEMP, "the server ends it: %.*s",
		    (int)text.n, text.p);
	if (!m->is_greeted && (m->status == IMAP_OK ||
	    m->status == IMAP_PREAUTH)) {
		m->is_greeted = true;
		m->ev->on = IMAP_ON_GREETING;
		return 1;
	}
	if (!m->is_greeted)
		return imap_broken(m, "no greeting");
	m->ev->on = IMAP_ON_ALERT;
	return span_iis(word, "ALERT");
}

static int
at_continue(struct imap *m, const struct imap_token *t)
{
	const struct imap_asked *a = &m->asked[m->n_asked - (m->n_asked > 0)];

	imap_go(m, AT_LINE);
	if (imap_release(m))
		return 0;
	if (m->n_asked == 0 || a->verb != IMAP_AUTHENTICATE ||
	    a->end > m->gone || m->is_challenged)
		return imap_broken(m, "a \"+\" that nothing waits for");
	m->is_challenged = true;
	if (m->has_initial) {
		imap_answer(m, buf_view(&m->initial));
		buf_wipe(&m->initial);
		m->has_initial = false;
		return 0;
	}
	buf_cut(&m->text, 0);
	if (!enc_unbase64(span_trim(t->text), &m->text))
		return imap_broken(m, "a challenge that is not base64");
	m->ev->on = IMAP_ON_CHALLENGE;
	m->ev->verb = a->verb;
	m->ev->tag = a->tag;
	m->ev->data = buf_view(&m->text);
	return 1;
}

static int
at_capability(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_EOL) {
		m->has_capability = true;
		return imap_go(m, AT_LINE);
	}
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a capability that is no word");
	imap_learn(m, t->text);
	return 0;
}

static int
at_search(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_EOL)
		return imap_go(m, AT_LINE);
	if (t->kind == IMAP_OPEN) {
		m->depth = 1;
		return imap_pass(m, AT_SEARCH);
	}
	if (t->kind != IMAP_ATOM ||
	    !range(t->text, &m->ev->uid, &m->ev->last) ||
	    m->ev->uid != m->ev->last)
		return imap_broken(m, "a SEARCH with what is no UID");
	m->ev->on = IMAP_ON_UIDS;
	return 1;
}

static int
at_esearch(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_EOL)
		return imap_go(m, AT_LINE);
	if (t->kind == IMAP_OPEN) {
		m->depth = 1;
		return imap_pass(m, AT_ESEARCH);
	}
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "an ESEARCH with what is no word");
	return imap_go(m,
	    span_iis(t->text, "ALL") ? AT_ESEARCH_SET : AT_ESEARCH);
}

static int
at_esearch_set(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM || !range(t->text, &m->ev->uid, &m->ev->last))
		return at_esearch(m, t);
	m->ev->on = IMAP_ON_UIDS;
	return 1;
}

static int
at_list(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_OPEN)
		return imap_broken(m, "a LIST without attributes");
	buf_cut(&m->flags, 0);
	m->resume = AT_DELIMITER;
	return imap_go(m, AT_FLAG);
}

static int
at_delimiter(struct imap *m, const struct imap_token *t)
{
	buf_cut(&m->text, 0);
	if (t->kind == IMAP_STRING)
		return imap_collect(m, &m->text, AT_NAME);
	if (t->kind != IMAP_ATOM || !span_iis(t->text, "NIL"))
		return imap_broken(m, "a LIST without delimiter");
	return imap_go(m, AT_NAME);
}

static int
at_name(struct imap *m, const struct imap_token *t)
{
	if (m->text.n > 1)
		return imap_broken(m, "a LIST with a long delimiter");
	m->said.delimiter = m->text.n == 0 ? '\0' : m->text.p[0];
	buf_cut(&m->name, 0);
	if (t->kind == IMAP_STRING)
		return imap_collect(m, &m->name, AT_LIST_END);
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a LIST without name");
	buf_span(&m->name, t->text);
	return imap_go(m, AT_LIST_END);
}

static int
at_list_end(struct imap *m, const struct imap_token *t)
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

static int
at_numbered(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a number without a word");
	if (span_iis(t->text, "FETCH"))
		return imap_go(m, AT_FETCH);
	if (span_iis(t->text, "EXISTS"))
		m->box.exists = m->said.number;
	else if (span_iis(t->text, "EXPUNGE") && m->box.exists > 0)
		m->box.exists--;
	return imap_go(m, IN_LINE);
}

static int
in_string(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_END)
		return imap_go(m, m->resume);
	if (m->into->n + t->text.n > IMAP_TOKEN_MAX)
		return imap_broken(m, "a string that is too long");
	buf_span(m->into, t->text);
	return 0;
}

static int
at_value(struct imap *m, const struct imap_token *t)
{
	switch (t->kind) {
	case IMAP_OPEN:
		if (++m->depth > IMAP_DEPTH_MAX)
			return imap_broken(m, "lists too deep in each other");
		return 0;
	case IMAP_CLOSE:
		if (m->depth-- == 0)
			return imap_broken(m, "an item without a value");
		break;
	case IMAP_STRING:
	case IMAP_DATA:
		return 0;
	case IMAP_EOL:
		return imap_broken(m, "a line that ends within a list");
	default:
		break;
	}
	return m->depth == 0 ? imap_go(m, m->resume) : 0;
}

static int
in_line(struct imap *m, const struct imap_token *t)
{
	return t->kind == IMAP_EOL ? imap_go(m, AT_LINE) : 0;
}

/* "7" or "7:9", in either order; never 0. */
static bool
range(struct span s, uint32_t *first, uint32_t *last)
{
	struct span from = {0};
	uint32_t held;

	span_cut(&s, ':', &from);
	if (!imap_number(from, first) || *first == 0)
		return false;
	*last = *first;
	if (s.p != NULL && (!imap_number(s, last) || *last == 0))
		return false;
	if (*last < *first) {
		held = *first;
		*first = *last;
		*last = held;
	}
	return true;
}

static bool
status_word(struct imap *m, struct span word)
{
	m->is_bye = span_iis(word, "BYE");
	if (span_iis(word, "OK"))
		m->status = IMAP_OK;
	else if (span_iis(word, "NO"))
		m->status = IMAP_NO;
	else if (span_iis(word, "BAD") || m->is_bye)
		m->status = IMAP_BAD;
	else if (span_iis(word, "PREAUTH"))
		m->status = IMAP_PREAUTH;
	else
		return false;
	return true;
}

/* A wrong argument counts as not said: the code is a hint. */
static void
take_code(struct imap *m, struct span code)
{
	struct span word = {0}, rest = code;

	span_cut(&rest, ' ', &word);
	if (span_iis(word, "CAPABILITY")) {
		imap_forget(m);
		m->has_capability = true;
		while (span_cut(&rest, ' ', &word) == 1)
			imap_learn(m, word);
	} else if (span_iis(word, "UIDVALIDITY")) {
		imap_number(rest, &m->box.uidvalidity);
	} else if (span_iis(word, "UIDNEXT")) {
		imap_number(rest, &m->box.uidnext);
	} else if (span_iis(word, "READ-ONLY")) {
		m->box.is_read_only = true;
	}
}

static int
done(struct imap *m)
{
	struct imap_asked a;

	if (!imap_settle(m, m->tag, &a))
		return imap_broken(m, "an answer to what was not asked");
	m->ev->on = IMAP_ON_DONE;
	m->ev->verb = a.verb;
	m->ev->tag = a.tag;
	if (a.verb == IMAP_STARTTLS && m->status == IMAP_OK)
		m->is_clear = true;
	if ((a.verb == IMAP_AUTHENTICATE || a.verb == IMAP_LOGIN) &&
	    m->status == IMAP_OK && !a.is_told)
		imap_forget(m);
	return 1;
}
