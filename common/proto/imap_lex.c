#include "proto/imap_lex.h"

enum state {
	AT_START,
	IN_ATOM,
	IN_SECTION,   /* of an atom: inside [ ] */
	AFTER_TILDE,  /* ~{n} is a literal too (RFC 3516) */
	IN_QUOTED,
	AFTER_ESCAPE, /* a backslash in a quoted string */
	QUOTED_BEGUN, /* its STRING was given */
	QUOTED_GIVEN, /* its DATA was given */
	IN_COUNT,     /* {n */
	AFTER_COUNT,  /* {n} */
	COUNT_CR,     /* {n} CR */
	IN_LITERAL,
	AFTER_CR,
	IN_REST,
	REST_BEGUN    /* the blank before the rest was passed */
};

/* What a byte does: it is taken, it ends a token, or it is left after one. */
enum { BROKEN = -1, TAKEN, ENDED, LEFT };

static int scan(struct imap_lex *, struct imap_token *, struct err *);
static int take(struct imap_lex *, char, struct imap_token *, struct err *);
static int take_start(struct imap_lex *, char, struct imap_token *,
    struct err *);
static int take_atom(struct imap_lex *, char, struct imap_token *,
    struct err *);
static bool ends_atom(const struct imap_lex *, char);
static int take_section(struct imap_lex *, char, struct err *);
static int take_quoted(struct imap_lex *, char, struct imap_token *,
    struct err *);
static int take_count(struct imap_lex *, char, struct err *);
static int take_line_end(struct imap_lex *, char, struct imap_token *,
    struct err *);
static int take_rest(struct imap_lex *, char, struct imap_token *,
    struct err *);
static int keep(struct imap_lex *, char, struct err *);
static int enter(struct imap_lex *, enum state);
static int complete(struct imap_lex *, struct imap_token *,
    enum imap_token_kind);
static int quoted(struct imap_lex *, struct imap_token *);
static int literal(struct imap_lex *, struct imap_token *);

void
imap_lex_push(struct imap_lex *l, struct span bytes)
{
	buf_drop(&l->in, l->given);
	l->given = 0;
	buf_span(&l->in, bytes);
}

int
imap_lex_next(struct imap_lex *l, struct imap_token *t, struct err *e)
{
	buf_drop(&l->in, l->given);
	l->given = 0;
	*t = (struct imap_token){0};
	if (l->state == QUOTED_BEGUN || l->state == QUOTED_GIVEN)
		return quoted(l, t);
	if (l->state == IN_LITERAL)
		return literal(l, t);
	if (l->is_complete)
		buf_cut(&l->token, 0);
	l->is_complete = false;
	return scan(l, t, e);
}

bool
imap_lex_waits(const struct imap_lex *l)
{
	return l->in.n > l->given;
}

void
imap_lex_rest(struct imap_lex *l, struct buf *rest)
{
	buf_drop(&l->in, l->given);
	l->given = 0;
	buf_span(rest, buf_view(&l->in));
	buf_cut(&l->in, 0);
}

void
imap_lex_free(struct imap_lex *l)
{
	buf_free(&l->in);
	buf_free(&l->token);
}

static int
scan(struct imap_lex *l, struct imap_token *t, struct err *e)
{
	struct span in = buf_view(&l->in);
	int what = TAKEN;
	size_t i = 0;

	while (i < in.n && what == TAKEN) {
		what = take(l, in.p[i], t, e);
		if (what == TAKEN || what == ENDED)
			trace_byte(l->trace, in.p[i++]);
	}
	buf_drop(&l->in, i);
	return what == BROKEN ? -1 : what != TAKEN;
}

static int
take(struct imap_lex *l, char c, struct imap_token *t, struct err *e)
{
	if (c == '\0')
		return err_set(e, ERR_PROTO, "a NUL in the server's answer");
	switch ((enum state)l->state) {
	case AT_START:
		return take_start(l, c, t, e);
	case IN_ATOM:
	case AFTER_TILDE:
		return take_atom(l, c, t, e);
	case IN_SECTION:
		return take_section(l, c, e);
	case IN_QUOTED:
	case AFTER_ESCAPE:
		return take_quoted(l, c, t, e);
	case IN_COUNT:
		return take_count(l, c, e);
	case IN_REST:
	case REST_BEGUN:
		return take_rest(l, c, t, e);
	default:
		return take_line_end(l, c, t, e);
	}
}

static int
take_start(struct imap_lex *l, char c, struct imap_token *t, struct err *e)
{
	if (l->mode == IMAP_LEX_REST) {
		l->state = IN_REST;
		return take_rest(l, c, t, e);
	}
	switch (c) {
	case ' ':
		return TAKEN;
	case '(':
		return complete(l, t, IMAP_OPEN);
	case ')':
		return complete(l, t, IMAP_CLOSE);
	case '\n':
		return complete(l, t, IMAP_EOL);
	case '\r':
		return enter(l, AFTER_CR);
	case '"':
		return enter(l, IN_QUOTED);
	case '{':
		return enter(l, IN_COUNT);
	case ',':
		if (l->mode == IMAP_LEX_SET)
			return TAKEN;
		break;
	}
	l->state = c == '~' ? AFTER_TILDE : IN_ATOM;
	return keep(l, c, e);
}

static int
take_atom(struct imap_lex *l, char c, struct imap_token *t, struct err *e)
{
	if (l->state == AFTER_TILDE && c == '{') {
		buf_cut(&l->token, 0);
		return enter(l, IN_COUNT);
	}
	l->state = IN_ATOM;
	if (ends_atom(l, c)) {
		complete(l, t, IMAP_ATOM);
		return LEFT;
	}
	if (c == '[' && l->mode == IMAP_LEX_ITEM)
		l->state = IN_SECTION;
	return keep(l, c, e);
}

static bool
ends_atom(const struct imap_lex *l, char c)
{
	switch (c) {
	case ' ':
	case '(':
	case ')':
	case '"':
	case '{':
	case '\r':
	case '\n':
		return true;
	default:
		return c == ',' && l->mode == IMAP_LEX_SET;
	}
}

static int
take_section(struct imap_lex *l, char c, struct err *e)
{
	if (c == ']')
		l->state = IN_ATOM;
	return keep(l, c, e);
}

static int
take_quoted(struct imap_lex *l, char c, struct imap_token *t, struct err *e)
{
	if (c == '\r' || c == '\n')
		return err_set(e, ERR_PROTO, "a quoted string with a line end");
	if (l->state == AFTER_ESCAPE) {
		l->state = IN_QUOTED;
	} else if (c == '\\') {
		return enter(l, AFTER_ESCAPE);
	} else if (c == '"') {
		complete(l, t, IMAP_STRING);
		t->size = l->token.n;
		l->state = QUOTED_BEGUN;
		return ENDED;
	}
	if (l->token.n == IMAP_TOKEN_MAX)
		return err_set(e, ERR_PROTO, "a quoted string without end");
	buf_char(&l->token, c);
	return TAKEN;
}

static int
take_count(struct imap_lex *l, char c, struct err *e)
{
	if (c != '}')
		return keep(l, c, e);
	if (!span_num(buf_view(&l->token), INT64_MAX, &l->left))
		return err_set(e, ERR_PROTO, "a literal of no size");
	buf_cut(&l->token, 0);
	return enter(l, AFTER_COUNT);
}

/* The end of a line, after CR or after a literal's count; CR may be missing. */
static int
take_line_end(struct imap_lex *l, char c, struct imap_token *t, struct err *e)
{
	if (c == '\r' && l->state == AFTER_COUNT)
		return enter(l, COUNT_CR);
	if (c != '\n')
		return err_set(e, ERR_PROTO, "a line end is missing");
	if (l->state == AFTER_CR)
		return complete(l, t, IMAP_EOL);
	complete(l, t, IMAP_STRING);
	t->size = l->left;
	l->state = IN_LITERAL;
	return ENDED;
}

static int
take_rest(struct imap_lex *l, char c, struct imap_token *t, struct err *e)
{
	if (c == '\n') {
		if (l->token.n > 0 && l->token.p[l->token.n - 1] == '\r')
			buf_cut(&l->token, l->token.n - 1);
		return complete(l, t, IMAP_TEXT);
	}
	if (l->state == IN_REST) {
		l->state = REST_BEGUN;
		if (c == ' ')
			return TAKEN;
	}
	if (l->token.n == IMAP_TOKEN_MAX)
		return err_set(e, ERR_PROTO, "a line without end");
	buf_char(&l->token, c);
	return TAKEN;
}

/* Adds a byte to an atom. */
static int
keep(struct imap_lex *l, char c, struct err *e)
{
	if (ascii_ctl(c))
		return err_set(e, ERR_PROTO, "a control in an answer");
	if (l->token.n == IMAP_TOKEN_MAX)
		return err_set(e, ERR_PROTO, "a word without end");
	buf_char(&l->token, c);
	return TAKEN;
}

static int
enter(struct imap_lex *l, enum state state)
{
	l->state = state;
	return TAKEN;
}

static int
complete(struct imap_lex *l, struct imap_token *t, enum imap_token_kind kind)
{
	l->state = AT_START;
	l->is_complete = true;
	t->kind = kind;
	if (kind == IMAP_ATOM || kind == IMAP_TEXT)
		t->text = buf_view(&l->token);
	return ENDED;
}

static int
quoted(struct imap_lex *l, struct imap_token *t)
{
	if (l->state == QUOTED_BEGUN && l->token.n > 0) {
		t->kind = IMAP_DATA;
		t->text = buf_view(&l->token);
		l->state = QUOTED_GIVEN;
		return 1;
	}
	t->kind = IMAP_END;
	l->state = AT_START;
	return 1;
}

static int
literal(struct imap_lex *l, struct imap_token *t)
{
	if (l->left == 0) {
		t->kind = IMAP_END;
		l->state = AT_START;
		return 1;
	}
	if (l->in.n == 0)
		return 0;
	t->kind = IMAP_DATA;
	t->text = buf_view(&l->in);
	if (t->text.n > l->left)
		t->text.n = (size_t)l->left;
	l->given = t->text.n;
	l->left -= t->text.n;
	return 1;
}
