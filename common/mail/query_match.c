#include "mail/flag.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/query_tree.h"
#include "mail/text.h"
#include "mail/word.h"
#include "text/charset.h"
#include "text/fold.h"

#define LONG_MIN (4u << 20) /* bytes of a body that is looked at in pieces */
#define PIECE (1u << 20)    /* of that, at least */
#define KEPT (4 * QUERY_VALUE_MAX) /* letters may be longer than folded ones */

/* What was worked out for one message. */
struct match {
	const struct query_message *m;
	bool has_parts;
	struct mime parts;
	struct err *e;
};

static void set_now(struct query_node *, const struct date_here *);
static bool may_match(const struct query_node *,
    bool (*may)(void *arg, size_t i), void *arg);
static int matches(struct match *, const struct query_node *);
static int matches_text(struct match *, const struct query_node *);
static bool may_contain(const struct summary *, const struct query_node *);
static int matches_parts(struct match *, const struct query_node *);
static int take_parts(struct match *);
static int broken(const struct match *);
static bool gather_part(const struct mime_part *, const struct query_node *,
    const struct mime_about *, struct buf *text);
static bool is_long(const struct mime_part *, const struct query_node *);
static bool is_text(const struct mime_part *);
static int long_contains(const struct mime_part *, const struct query_node *,
    struct err *);
static size_t settled(const struct query_node *, struct span text);
static void gather_body(const struct mime_part *, const struct mime_about *,
    struct buf *text);
static void gather(const struct summary *, const struct query_node *,
    struct buf *);
static void gather_addresses(const struct summary *, struct buf *);
static void gather_fields(struct span header, const char *name, struct buf *);
static bool contains(const struct query_node *, struct span text);
static bool regex_finds(const struct query_node *, struct span text);
static bool has_field(struct span header, const char *name);
static bool matches_id(const struct summary *, const struct query_node *);
static bool matches_date(const struct summary *, const struct query_node *);

void
query_now(struct query *q, struct date_here now)
{
	if (q != NULL)
		set_now(q->top, &now);
}

int
query_match(const struct query *q, const struct query_message *m,
    struct err *e)
{
	struct match match = {.m = m, .e = e};

	int status = q->top == NULL ? 1 : matches(&match, q->top);

	mime_free(&match.parts);
	return status;
}

bool
query_may_match(const struct query *q, bool (*may)(void *arg, size_t i),
    void *arg)
{
	return q->top == NULL || may_match(q->top, may, arg);
}

int
query_gather(struct span message, size_t max, struct buf *body,
    struct buf *header, struct err *e)
{
	struct mime parts = {0};
	struct mime_about about;
	struct span rest;
	struct buf text = {0};
	int status = mime_parse(message, &parts, e);

	for (size_t i = 0; i < parts.n && status == 0; i++) {
		const struct mime_part *part = &parts.v[i];
		size_t n = is_text(part) ? part->body.n : 0;

		if (n > max) {
			status = err_set(e, ERR_DATA, "too much text");
			break;
		}
		max -= n;
		status = mime_about(part, &about, e);
		if (status == 0 && n > 0)
			gather_body(part, &about, &text);
		mime_about_free(&about);
		buf_char(&text, '\n');
	}
	mime_free(&parts);
	fold_text(buf_view(&text), body);
	buf_cut(&text, 0);
	gather_fields(header_split(message, &rest), NULL, &text);
	fold_text(buf_view(&text), header);
	buf_free(&text);
	return status;
}

uint32_t
query_letters(struct span s)
{
	uint32_t letters = 0;

	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] & 0x80) != 0 || s.p[i] == '=')
			letters |= QUERY_HIDDEN;
		else if (ascii_alpha(s.p[i]))
			letters |= UINT32_C(1) << (s.p[i] & 31);
	return letters;
}

void
query_blanks(struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] == '\t')
			b->p[i] = ' ';
}

/* It says so, or it has a file's name. */
bool
query_is_attachment(const struct mime_part *part,
    const struct mime_about *about)
{
	return part->kind != MIME_MULTIPART &&
	    (span_is(buf_view(&about->disposition.value), "attachment") ||
		about->filename.n > 0);
}

static void
set_now(struct query_node *n, const struct date_here *now)
{
	if (n == NULL)
		return;
	set_now(n->left, now);
	set_now(n->right, now);
	/* it was one before */
	if (n->op == QUERY_DATE)
		(void)date_range(buf_view(&n->value), now, &n->from,
		    &n->until);
}

static bool
may_match(const struct query_node *n, bool (*may)(void *arg, size_t i),
    void *arg)
{
	if (n->op == QUERY_AND)
		return may_match(n->left, may, arg) &&
		    may_match(n->right, may, arg);
	if (n->op == QUERY_OR)
		return may_match(n->left, may, arg) ||
		    may_match(n->right, may, arg);
	return n->op != QUERY_TEXT ||
	    (n->where != QUERY_IN_BODY && n->where != QUERY_IN_ALL) ||
	    may(arg, n->text);
}

static int
matches(struct match *t, const struct query_node *n)
{
	const struct summary *s = t->m->summary;
	int left;

	switch (n->op) {
	case QUERY_AND:
		left = matches(t, n->left);
		return left == 1 ? matches(t, n->right) : left;
	case QUERY_OR:
		left = matches(t, n->left);
		return left == 0 ? matches(t, n->right) : left;
	case QUERY_NOT:
		left = matches(t, n->left);
		return left == -1 ? -1 : left == 0;
	case QUERY_TEXT:
		return matches_text(t, n);
	case QUERY_ID:
		return matches_id(s, n);
	case QUERY_DATE:
		return matches_date(s, n);
	case QUERY_LARGER:
		return s->size > n->size;
	case QUERY_SMALLER:
		return s->size < n->size;
	case QUERY_FLAG:
		return (s->flags & n->flag) != 0;
	case QUERY_UNSEEN:
		return (s->flags & FLAG_SEEN) == 0;
	case QUERY_NEW:
		return s->is_new;
	case QUERY_ATTACHMENT:
		return matches_parts(t, n);
	}
	return 0;
}

static int
matches_text(struct match *t, const struct query_node *n)
{
	const struct summary *s = t->m->summary;
	struct buf text = {0};
	int found = -1;

	if (n->where == QUERY_IN_BODY || n->where == QUERY_IN_ALL)
		found = t->m->known == NULL ? -1
					    : t->m->known(t->m->arg, n->text);
	if (found != -1)
		return found;
	if ((n->where == QUERY_IN_FIELD || n->where == QUERY_IN_ALL) &&
	    s->header.p == NULL && t->m->header != NULL &&
	    t->m->header(t->m->arg, t->e) == -1)
		return -1;
	/* "header:Name=" asks whether there is one */
	if (n->where == QUERY_IN_FIELD && n->value.n == 0)
		return has_field(s->header, n->field);
	if (may_contain(s, n))
		gather(s, n, &text);
	found = text.n > 0 && contains(n, buf_view(&text));
	buf_free(&text);
	return found == 1 ? 1 : matches_parts(t, n);
}

/*
 * False where the fields that are looked at cannot have the text: without
 * encoded words and bytes beyond ASCII, all letters stand there as they are.
 */
static bool
may_contain(const struct summary *s, const struct query_node *n)
{
	static const unsigned fields[] = {
	    [QUERY_IN_FROM] = 1u << SUMMARY_FROM,
	    [QUERY_IN_TO] = 1u << SUMMARY_TO,
	    [QUERY_IN_CC] = 1u << SUMMARY_CC,
	    [QUERY_IN_ADDRESSES] = 1u << SUMMARY_FROM | 1u << SUMMARY_SENDER |
		1u << SUMMARY_TO | 1u << SUMMARY_CC,
	    [QUERY_IN_SUBJECT] = 1u << SUMMARY_SUBJECT,
	    [QUERY_IN_LIST] = 1u << SUMMARY_LIST};
	uint32_t letters = 0;

	if (n->where >= sizeof fields / sizeof fields[0] ||
	    fields[n->where] == 0)
		return true;
	for (size_t i = 0; i < SUMMARY_FIELDS; i++)
		if ((fields[n->where] >> i & 1) != 0)
			letters |= query_letters(s->field[i]);
	return (letters & QUERY_HIDDEN) != 0 || (n->letters & ~letters) == 0;
}

/* What only the parts tell: 0 for a node that does not ask for them. */
static int
matches_parts(struct match *t, const struct query_node *n)
{
	struct mime_about about;
	struct buf text = {0};
	int found = 0;

	if (n->op == QUERY_TEXT && n->where != QUERY_IN_BODY &&
	    n->where != QUERY_IN_ALL && n->where != QUERY_IN_TYPE &&
	    n->where != QUERY_IN_NAME)
		return 0;
	if (take_parts(t) == -1)
		return -1;
	for (size_t i = 0; found == 0 && i < t->parts.n; i++) {
		if (mime_about(&t->parts.v[i], &about, t->e) == -1)
			found = broken(t);
		else if (n->op == QUERY_ATTACHMENT)
			found = query_is_attachment(&t->parts.v[i],
			    &about);
		else if (is_long(&t->parts.v[i], n))
			found = long_contains(&t->parts.v[i], n, t->e);
		else if (gather_part(&t->parts.v[i], n, &about, &text))
			found = contains(n, buf_view(&text));
		mime_about_free(&about);
		buf_cut(&text, 0);
	}
	buf_free(&text);
	return found;
}

static int
take_parts(struct match *t)
{
	struct span bytes;

	if (t->has_parts)
		return 0;
	if (t->m->whole(t->m->arg, &bytes, t->e) == -1)
		return -1;
	if (mime_parse(bytes, &t->parts, t->e) == -1)
		return broken(t);
	t->has_parts = true;
	return 0;
}

/* What is wrong with the message itself is told with its name. */
static int
broken(const struct match *t)
{
	struct span name = t->m->summary->name;

	return name.n == 0 ? -1
			   : err_wrap(t->e, "%.*s", (int)name.n, name.p);
}

/* False where the part has nothing of what the node asks for. */
static bool
gather_part(const struct mime_part *part, const struct query_node *n,
    const struct mime_about *about, struct buf *text)
{
	if (n->where == QUERY_IN_TYPE)
		buf_str(text, part->type);
	else if (n->where == QUERY_IN_NAME)
		buf_span(text, about->filename);
	else if (is_text(part))
		gather_body(part, about, text);
	return text->n > 0;
}

static bool
is_long(const struct mime_part *part, const struct query_node *n)
{
	return part->body.n >= LONG_MIN && is_text(part) &&
	    n->where != QUERY_IN_TYPE && n->where != QUERY_IN_NAME;
}

static bool
is_text(const struct mime_part *part)
{
	return part->kind == MIME_LEAF &&
	    span_starts(span_of(part->type), SPAN("text/"));
}

static void
gather_body(const struct mime_part *part, const struct mime_about *about,
    struct buf *text)
{
	struct enc_stream stream = {.enc = part->enc};
	struct buf decoded = {0};

	enc_decode(&stream, part->body, &decoded);
	enc_decode_end(&stream, &decoded);
	charset_to_utf8(buf_view(&decoded), about->charset, text);
	buf_free(&decoded);
}

/* The same for a part that is too long to be in memory as a whole. */
static int
long_contains(const struct mime_part *part, const struct query_node *n,
    struct err *e)
{
	struct text_stream stream;
	struct buf text = {0};
	size_t at;
	int found = text_open(&stream, part, TEXT_UTF8, e), more = 1;

	while (found == 0 && more == 1) {
		more = text_next(&stream, &text);
		if (more == 1 && text.n < PIECE)
			continue;
		at = settled(n, buf_view(&text));
		found = contains(n, span_sub(buf_view(&text), 0,
		    n->is_regex && more == 1 ? at : text.n));
		buf_drop(&text, at);
	}
	text_close(&stream);
	buf_free(&text);
	return found;
}

/*
 * How much of it what comes next cannot belong to: whole lines for a regular
 * expression, if it has any; else all but what a value may begin in.
 */
static size_t
settled(const struct query_node *n, struct span text)
{
	size_t at = text.n;

	if (n->is_regex) {
		while (at > 0 && text.p[at - 1] != '\n')
			at--;
		return at == 0 ? text.n : at;
	}
	at -= at < KEPT ? at : KEPT;
	while (at > 0 && ((unsigned char)text.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static void
gather(const struct summary *s, const struct query_node *n, struct buf *text)
{
	switch (n->where) {
	case QUERY_IN_FROM:
		summary_addresses(s, SUMMARY_FROM, text);
		break;
	case QUERY_IN_TO:
		summary_addresses(s, SUMMARY_TO, text);
		break;
	case QUERY_IN_CC:
		summary_addresses(s, SUMMARY_CC, text);
		break;
	case QUERY_IN_ADDRESSES:
		gather_addresses(s, text);
		break;
	case QUERY_IN_SUBJECT:
		summary_text(s, SUMMARY_SUBJECT, text);
		break;
	case QUERY_IN_FIELD:
		gather_fields(s->header, n->field, text);
		break;
	case QUERY_IN_ALL:
		gather_fields(s->header, NULL, text);
		break;
	case QUERY_IN_LIST:
		summary_text(s, SUMMARY_LIST, text);
		break;
	case QUERY_IN_FOLDER:
		buf_span(text, s->folder);
		break;
	case QUERY_IN_BODY:
	case QUERY_IN_TYPE:
	case QUERY_IN_NAME:
		break;
	}
}

static void
gather_addresses(const struct summary *s, struct buf *text)
{
	static const enum summary_field fields[] = {SUMMARY_FROM,
	    SUMMARY_SENDER, SUMMARY_TO, SUMMARY_CC};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		summary_addresses(s, fields[i], text);
		buf_char(text, '\n');
	}
}

/* The decoded values of all fields of the name, or of all. */
static void
gather_fields(struct span header, const char *name, struct buf *text)
{
	struct field f;

	while (header_next(&header, &f) == 1) {
		if (name != NULL && !span_iis(f.name, name))
			continue;
		word_decode(f.value, text);
		buf_char(text, '\n');
	}
}

static bool
contains(const struct query_node *n, struct span text)
{
	struct buf folded = {0};
	bool found;

	fold_text(text, &folded);
	query_blanks(&folded);
	found = n->is_regex ? regex_finds(n, buf_view(&folded))
	    : span_find(buf_view(&folded), buf_view(&n->value)) != SPAN_NONE;
	buf_free(&folded);
	return found;
}

/* Line by line, so that "^" and "$" are a line's; a NUL counts as a blank. */
static bool
regex_finds(const struct query_node *n, struct span text)
{
	struct buf line = {0};
	struct span piece;
	bool found = false;

	while (!found && span_line(&text, &piece) == 1) {
		buf_cut(&line, 0);
		buf_span(&line, piece);
		for (size_t i = 0; i < line.n; i++)
			if (line.p[i] == '\0')
				line.p[i] = ' ';
		found = query_regex_finds(&n->regex, buf_cstr(&line), line.n);
	}
	buf_free(&line);
	return found;
}

static bool
has_field(struct span header, const char *name)
{
	struct field f;

	return header_find(header, name, &f);
}

static bool
matches_id(const struct summary *s, const struct query_node *n)
{
	struct buf id = {0};
	bool same;

	summary_id(s, &id);
	same = span_eq(buf_view(&id), buf_view(&n->value));
	buf_free(&id);
	return same;
}

static bool
matches_date(const struct summary *s, const struct query_node *n)
{
	struct date d;

	return summary_date(s, &d) && d.sec >= n->from && d.sec < n->until;
}
