#include <stdlib.h>

#include "base/mem.h"
#include "proto/imap_impl.h"

/* What a server of IMAP4rev2 can without saying so (RFC 9051, appendix E). */
#define OF_REV2 "ENABLE ESEARCH IDLE LIST-EXTENDED LIST-STATUS LITERAL- MOVE " \
	"NAMESPACE SASL-IR SEARCHRES SPECIAL-USE STATUS=SIZE UIDPLUS UNSELECT"

static bool has_word(struct span words, const char *);
static enum err_kind kind_of(const struct imap_event *);
static bool means_later(struct span code);

struct imap *
imap_open(bool trace)
{
	struct imap *m = mem_alloc(1, sizeof *m);

	m->trace.is_on = trace;
	m->lex.trace = &m->trace;
	return m;
}

void
imap_close(struct imap *m)
{
	if (m == NULL)
		return;
	buf_wipe(&m->out);
	buf_wipe(&m->initial);
	imap_lex_free(&m->lex);
	trace_free(&m->trace);
	buf_free(&m->flags);
	buf_free(&m->date);
	buf_free(&m->name);
	buf_free(&m->section);
	buf_free(&m->text);
	buf_free(&m->id);
	buf_free(&m->capability);
	buf_free(&m->enabled);
	free(m);
}

int
imap_next(struct imap *m, struct imap_event *ev, struct err *e)
{
	int status;

	*ev = (struct imap_event){0};
	if (m->failed.kind != ERR_NONE) {
		*e = m->failed;
		return -1;
	}
	if (m->is_clear)
		return 0;
	if (m->literal == IMAP_LITERAL_FREE)
		return imap_let(m, ev);
	status = imap_read(m, ev, e);
	if (status == -1)
		m->failed = *e;
	return status;
}

int
imap_starttls(struct imap *m, struct err *e)
{
	if (!m->is_clear || m->clear != IMAP_STARTTLS)
		return err_set(e, ERR_SOFTWARE, "TLS without STARTTLS's OK");
	if (imap_lex_waits(&m->lex)) {
		err_set(&m->failed, ERR_PROTO,
		    "the server sent more than its answer to STARTTLS");
		*e = m->failed;
		return -1;
	}
	m->is_clear = false;
	imap_forget(m);
	return 0;
}

int
imap_compress(struct imap *m, struct buf *rest, struct err *e)
{
	if (!m->is_clear || m->clear != IMAP_COMPRESS)
		return err_set(e, ERR_SOFTWARE,
		    "compression without COMPRESS's OK");
	imap_lex_rest(&m->lex, rest);
	m->is_clear = false;
	return 0;
}

int
imap_let(struct imap *m, struct imap_event *ev)
{
	m->literal = IMAP_LITERAL_OPEN;
	ev->on = IMAP_ON_LITERAL;
	ev->verb = IMAP_APPEND;
	ev->tag = m->literal_tag;
	return 1;
}

int
imap_push(void *self, struct span bytes, struct err *e)
{
	struct imap *m = self;

	if (m->failed.kind != ERR_NONE) {
		*e = m->failed;
		return -1;
	}
	imap_lex_push(&m->lex, bytes);
	return 0;
}

bool
imap_knows(const struct imap *m)
{
	return m->has_capability;
}

bool
imap_can(const struct imap *m, const char *name)
{
	struct span all = buf_view(&m->capability);

	return has_word(all, name) ||
	    (has_word(SPAN(OF_REV2), name) && has_word(all, "IMAP4rev2"));
}

struct span
imap_capabilities(const struct imap *m)
{
	return buf_view(&m->capability);
}

void
imap_assume(struct imap *m, struct span capabilities)
{
	imap_forget(m);
	buf_span(&m->capability,
	    span_sub(capabilities, 0, IMAP_CAPABILITY_MAX));
	m->has_capability = m->is_assumed = true;
}

bool
imap_is_courier(const struct imap *m)
{
	return m->is_courier;
}

bool
imap_is_cyrus(struct span capabilities)
{
	return has_word(capabilities, "X-REPLICATION") ||
	    has_word(capabilities, "ANNOTATE-EXPERIMENT-1");
}

bool
imap_enabled(const struct imap *m, const char *name)
{
	return has_word(buf_view(&m->enabled), name);
}

bool
imap_is_utf8(const struct imap *m)
{
	return imap_enabled(m, "UTF8=ACCEPT") ||
	    (imap_can(m, "IMAP4rev2") && !imap_can(m, "IMAP4rev1"));
}

void
imap_mechanisms(const struct imap *m, struct buf *out)
{
	struct span rest = buf_view(&m->capability), word;
	size_t before = out->n;

	while (span_cut(&rest, ' ', &word) == 1) {
		if (!span_istarts(word, SPAN("AUTH=")))
			continue;
		if (out->n > before)
			buf_char(out, ' ');
		buf_span(out, span_from(word, 5));
	}
}

void
imap_learn(struct imap *m, struct span word)
{
	for (size_t i = 0; i < m->n_asked; i++)
		m->asked[i].is_told = true;
	if (m->capability.n + word.n >= IMAP_CAPABILITY_MAX)
		return;
	if (m->capability.n > 0)
		buf_char(&m->capability, ' ');
	buf_span(&m->capability, word);
}

void
imap_forget(struct imap *m)
{
	m->has_capability = m->is_assumed = false;
	buf_cut(&m->capability, 0);
}

const struct imap_mailbox *
imap_mailbox(const struct imap *m)
{
	return &m->box;
}

bool
imap_is_selectable(struct span flags)
{
	struct span flag;

	while (span_cut(&flags, ' ', &flag) == 1)
		if (span_iis(flag, "\\Noselect") ||
		    span_iis(flag, "\\NonExistent"))
			return false;
	return true;
}

bool
imap_is_name(struct span s)
{
	return s.n > 0 && span_chr(s, '\r') == SPAN_NONE &&
	    span_chr(s, '\n') == SPAN_NONE && span_chr(s, '\0') == SPAN_NONE;
}

size_t
imap_waiting(const struct imap *m)
{
	return m->n_asked;
}

int
imap_refused(const struct imap_event *ev, struct err *e)
{
	struct span text = ev->text;

	if (text.n == 0)
		text = ev->code;
	if (text.n == 0)
		text = ev->status == IMAP_BAD ? SPAN("BAD") : SPAN("NO");
	return err_set(e, kind_of(ev), "the server says: %.*s", (int)text.n,
	    text.p);
}

bool
imap_trace(struct imap *m, char *direction, struct span *line)
{
	return trace_next(&m->trace, direction, line);
}

static bool
has_word(struct span words, const char *name)
{
	struct span word;

	while (span_cut(&words, ' ', &word) == 1)
		if (span_iis(word, name))
			return true;
	return false;
}

static enum err_kind
kind_of(const struct imap_event *ev)
{
	if (means_later(ev->code))
		return ERR_TEMP;
	switch (ev->verb) {
	case IMAP_AUTHENTICATE:
	case IMAP_LOGIN:
		return ERR_AUTH;
	case IMAP_SELECT:
	case IMAP_EXAMINE:
	case IMAP_STATUS:
		return ev->status == IMAP_BAD ? ERR_PROTO : ERR_NOINPUT;
	default:
		return ev->status == IMAP_BAD ? ERR_PROTO : ERR_REFUSED;
	}
}

/* RFC 5530: trying again later may help. */
static bool
means_later(struct span code)
{
	static const char *const codes[] = {
	    "UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT", "CONTACTADMIN"};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (span_iis(code, codes[i]))
			return true;
	return false;
}
