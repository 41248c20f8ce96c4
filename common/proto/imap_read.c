#include "proto/imap_impl.h"
#include "text/enc.h"

static imap_step at_line, at_tagged, at_untagged, at_status, at_continue,
    at_capability, at_enabled, at_numbered, in_string, at_value, in_line;

static bool status_word(struct imap *, struct span);
static void take_code(struct imap *, struct span code);
static int at_idling(struct imap *, const struct imap_asked *);
static int done(struct imap *);
static void take_appended(struct imap_event *);

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
	[AT_ENABLED] = {at_enabled, IMAP_LEX_PLAIN},
	[AT_SEARCH] = {imap_at_search, IMAP_LEX_PLAIN},
	[AT_ESEARCH] = {imap_at_esearch, IMAP_LEX_PLAIN},
	[AT_ESEARCH_SET] = {imap_at_esearch_set, IMAP_LEX_SET},
	[AT_ESEARCH_NUMBER] = {imap_at_esearch_number, IMAP_LEX_PLAIN},
	[AT_VANISHED] = {imap_at_vanished, IMAP_LEX_SET},
	[AT_VANISHED_SET] = {imap_at_vanished_set, IMAP_LEX_SET},
	[AT_LIST] = {imap_at_list, IMAP_LEX_PLAIN},
	[AT_DELIMITER] = {imap_at_delimiter, IMAP_LEX_PLAIN},
	[AT_NAME] = {imap_at_name, IMAP_LEX_PLAIN},
	[AT_LIST_END] = {imap_at_list_end, IMAP_LEX_PLAIN},
	[AT_STATUS_NAME] = {imap_at_status_name, IMAP_LEX_PLAIN},
	[AT_STATUS_OPEN] = {imap_at_status_open, IMAP_LEX_PLAIN},
	[AT_STATUS_ITEM] = {imap_at_status_item, IMAP_LEX_PLAIN},
	[AT_STATUS_VALUE] = {imap_at_status_value, IMAP_LEX_PLAIN},
	[AT_NAMESPACE] = {imap_at_namespace, IMAP_LEX_PLAIN},
	[AT_SPACE] = {imap_at_space, IMAP_LEX_PLAIN},
	[AT_PREFIX] = {imap_at_prefix, IMAP_LEX_PLAIN},
	[AT_PREFIX_DELIMITER] = {imap_at_prefix_delimiter, IMAP_LEX_PLAIN},
	[AT_SPACE_END] = {imap_at_space_end, IMAP_LEX_PLAIN},
	[AT_NUMBERED] = {at_numbered, IMAP_LEX_PLAIN},
	[AT_FETCH] = {imap_at_fetch, IMAP_LEX_PLAIN},
	[AT_ITEM] = {imap_at_item, IMAP_LEX_ITEM},
	[AT_UID] = {imap_at_uid, IMAP_LEX_PLAIN},
	[AT_SIZE] = {imap_at_size, IMAP_LEX_PLAIN},
	[AT_DATE] = {imap_at_date, IMAP_LEX_PLAIN},
	[AT_FLAGS] = {imap_at_flags, IMAP_LEX_PLAIN},
	[AT_FLAG] = {imap_at_flag, IMAP_LEX_PLAIN},
	[AT_MODSEQ] = {imap_at_modseq, IMAP_LEX_PLAIN},
	[AT_EMAILID] = {imap_at_emailid, IMAP_LEX_PLAIN},
	[AT_GMAIL_ID] = {imap_at_gmail_id, IMAP_LEX_PLAIN},
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

bool
imap_range(struct span s, uint32_t *first, uint32_t *last)
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
	static const struct {
		const char *word;
		enum imap_state state;
	} answers[] = {
	    {"CAPABILITY", AT_CAPABILITY}, {"ENABLED", AT_ENABLED},
	    {"SEARCH", AT_SEARCH}, {"SORT", AT_SEARCH},
	    {"ESEARCH", AT_ESEARCH},
	    {"VANISHED", AT_VANISHED}, {"LIST", AT_LIST},
	    {"STATUS", AT_STATUS_NAME}, {"NAMESPACE", AT_NAMESPACE},
	};

	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "an answer without a word");
	if (status_word(m, t->text))
		return imap_go(m, AT_STATUS);
	if (!m->is_greeted)
		return imap_broken(m, "no greeting");
	if (imap_number(t->text, &m->said.number))
		return imap_go(m, AT_NUMBERED);
	m->depth = 0;
	if (span_iis(t->text, "CAPABILITY"))
		imap_forget(m);
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if (span_iis(t->text, answers[i].word))
			return imap_go(m, answers[i].state);
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
		m->ev->argument = code;
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
		m->is_courier = span_find(text, SPAN("Courier")) != SPAN_NONE;
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
	const struct imap_asked *a = m->asked, *last;

	imap_go(m, AT_LINE);
	if (imap_release(m))
		return m->literal == IMAP_LITERAL_FREE ? imap_let(m, m->ev) : 0;
	last = &m->asked[m->n_asked - (m->n_asked > 0)];
	if (m->n_asked > 0 && last->verb == IMAP_IDLE && last->end <= m->gone)
		return at_idling(m, last);
	if (m->n_asked == 0 || a->verb != IMAP_AUTHENTICATE ||
	    a->end > m->gone || m->is_challenged)
		return imap_broken(m, "a \"+\" that nothing waits for");
	m->is_challenged = a == last;
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
at_idling(struct imap *m, const struct imap_asked *a)
{
	m->ev->on = IMAP_ON_IDLING;
	m->ev->verb = a->verb;
	m->ev->tag = a->tag;
	m->ev->mailbox = m->box.tag;
	imap_idles(m);
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
at_enabled(struct imap *m, const struct imap_token *t)
{
	if (t->kind == IMAP_EOL)
		return imap_go(m, AT_LINE);
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "an ENABLED with what is no word");
	if (m->enabled.n + t->text.n >= IMAP_CAPABILITY_MAX)
		return 0;
	if (m->enabled.n > 0)
		buf_char(&m->enabled, ' ');
	buf_span(&m->enabled, t->text);
	return 0;
}

static int
at_numbered(struct imap *m, const struct imap_token *t)
{
	if (t->kind != IMAP_ATOM)
		return imap_broken(m, "a number without a word");
	if (span_iis(t->text, "FETCH"))
		return imap_go(m, AT_FETCH);
	imap_go(m, IN_LINE);
	m->ev->number = m->said.number;
	m->ev->mailbox = m->box.tag;
	if (span_iis(t->text, "EXISTS")) {
		m->box.exists = m->said.number;
		m->ev->on = IMAP_ON_EXISTS;
		return 1;
	}
	if (!span_iis(t->text, "EXPUNGE"))
		return 0;
	if (m->box.exists > 0)
		m->box.exists--;
	m->ev->on = IMAP_ON_EXPUNGE;
	return 1;
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
	} else if (span_iis(word, "HIGHESTMODSEQ")) {
		(void)span_num(rest, INT64_MAX, &m->box.highestmodseq);
	} else if (span_iis(word, "CLOSED")) {
		imap_turn(m, true);
	} else if (span_iis(word, "READ-ONLY")) {
		m->box.is_read_only = true;
	}
}

static int
done(struct imap *m)
{
	unsigned box = m->box.tag;
	struct imap_asked a;

	if (!imap_settle(m, m->tag, &a))
		return imap_broken(m, "an answer to what was not asked");
	m->ev->on = IMAP_ON_DONE;
	m->ev->verb = a.verb;
	m->ev->tag = a.tag;
	m->ev->mailbox = imap_opens(a.verb) ? a.tag : box;
	if (a.verb == IMAP_APPEND && m->status == IMAP_OK &&
	    m->literal != IMAP_LITERAL_NONE && m->literal_tag == a.tag)
		return imap_broken(m, "an answer before the end of a literal");
	if (span_iis(m->ev->code, "APPENDUID"))
		take_appended(m->ev);
	if ((a.verb == IMAP_STARTTLS || a.verb == IMAP_COMPRESS) &&
	    m->status == IMAP_OK) {
		m->is_clear = true;
		m->clear = a.verb;
	}
	if ((a.verb == IMAP_AUTHENTICATE || a.verb == IMAP_LOGIN) &&
	    m->status == IMAP_OK && !a.is_told && !m->is_assumed)
		imap_forget(m);
	return 1;
}

/* What is no UID and no UIDVALIDITY counts as not said. */
static void
take_appended(struct imap_event *ev)
{
	struct span rest = ev->argument, word = {0};

	span_cut(&rest, ' ', &word);
	if (!imap_number(word, &ev->number) || !imap_number(rest, &ev->uid))
		ev->number = ev->uid = 0;
}
