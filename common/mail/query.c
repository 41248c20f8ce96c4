#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/flag.h"
#include "mail/query_tree.h"
#include "text/charset.h"
#include "text/fold.h"

#define SIZE_UNITS "kmgt"

struct parser {
	struct span text;
	size_t at;
	unsigned depth, terms;
	struct date_here now;
	struct query *query;
	struct err *e;
};

static const struct key {
	const char *name;
	enum query_op op;
	enum query_where where;
	unsigned needs;
} keys[] = {
    {"addr", QUERY_TEXT, QUERY_IN_ADDRESSES, QUERY_HEADER},
    {"body", QUERY_TEXT, QUERY_IN_BODY, QUERY_PARTS},
    {"cc", QUERY_TEXT, QUERY_IN_CC, QUERY_HEADER},
    {"date", QUERY_DATE, 0, QUERY_HEADER | QUERY_ARRIVAL},
    {"folder", QUERY_TEXT, QUERY_IN_FOLDER, 0},
    {"from", QUERY_TEXT, QUERY_IN_FROM, QUERY_HEADER},
    {"header", QUERY_TEXT, QUERY_IN_FIELD, QUERY_HEADER | QUERY_FIELDS},
    {"id", QUERY_ID, 0, QUERY_HEADER},
    {"list", QUERY_TEXT, QUERY_IN_LIST, QUERY_HEADER},
    {"name", QUERY_TEXT, QUERY_IN_NAME, QUERY_PARTS | QUERY_FILES},
    {"since", QUERY_DATE, 0, QUERY_HEADER | QUERY_ARRIVAL},
    {"subject", QUERY_TEXT, QUERY_IN_SUBJECT, QUERY_HEADER},
    {"text", QUERY_TEXT, QUERY_IN_ALL,
	QUERY_HEADER | QUERY_FIELDS | QUERY_PARTS},
    {"to", QUERY_TEXT, QUERY_IN_TO, QUERY_HEADER},
    {"type", QUERY_TEXT, QUERY_IN_TYPE, QUERY_PARTS | QUERY_FILES},
    {"until", QUERY_DATE, 0, QUERY_HEADER | QUERY_ARRIVAL},
};

static int parse_or(struct parser *, struct query_node **);
static int parse_and(struct parser *, struct query_node **);
static int parse_not(struct parser *, struct query_node **);
static int parse_term(struct parser *, struct query_node **);
static int parse_key(struct parser *, struct span name, size_t start,
    struct query_node *);
static void add_text(struct query *, struct query_node *);
static int parse_field_name(struct parser *, struct query_node *);
static int parse_text(struct parser *, struct query_node *);
static int parse_regex(struct parser *, size_t start, struct query_node *);
static void fold_pattern(struct span, struct buf *);
static bool may_mean_capitals(struct span pattern);
static bool is_small(char);
static int parse_date(struct parser *, struct span name, struct query_node *);
static int parse_id(struct parser *, struct query_node *);
static int parse_size(struct parser *, struct query_node *);
static int parse_word(struct parser *, struct span name, size_t start,
    struct query_node *);
static int take_value(struct parser *, struct buf *);
static int take_until(struct parser *, char end, struct buf *);
static struct query_node *joined(enum query_op, struct query_node *,
    struct query_node *);
static void skip_blanks(struct parser *);
static bool is_next(const struct parser *, char);
static bool take_operator(struct parser *, const char *);
static size_t word_end(struct span, size_t at);
static void node_free(struct query_node *);
static int fault(struct parser *, size_t at, const char *reason);

int
query_parse(struct span text, struct date_here now, struct query **out,
    size_t *fault_at, struct err *e)
{
	struct query *q = mem_alloc(1, sizeof *q);
	struct parser p = {.text = text, .now = now, .query = q, .e = e};
	int status = 0;

	skip_blanks(&p);
	if (text.n > QUERY_BYTES)
		status = err_set(e, ERR_USAGE, "the query is too long");
	else if (p.at < text.n)
		status = parse_or(&p, &q->top);
	if (status == 0 && p.at < text.n)
		status = err_set(e, ERR_USAGE, "\")\" closes nothing");
	if (status == -1) {
		*fault_at = p.at;
		query_free(q);
		q = NULL;
	}
	*out = q;
	return status;
}

void
query_free(struct query *q)
{
	if (q == NULL)
		return;
	node_free(q->top);
	free(q->text);
	free(q);
}

size_t
query_texts(const struct query *q)
{
	return q->texts;
}

struct query_text
query_text(const struct query *q, size_t i)
{
	const struct query_node *n = q->text[i];

	return (struct query_text){buf_view(&n->value), n->is_regex,
	    n->where == QUERY_IN_ALL};
}

unsigned
query_needs(const struct query *q)
{
	return q->needs;
}

static int
parse_or(struct parser *p, struct query_node **out)
{
	struct query_node *right;

	if (parse_and(p, out) == -1)
		return -1;
	while (take_operator(p, "or")) {
		if (parse_and(p, &right) == -1) {
			node_free(right);
			return -1;
		}
		*out = joined(QUERY_OR, *out, right);
	}
	return 0;
}

/* Up to an "or", a closing parenthesis or the end. */
static int
parse_and(struct parser *p, struct query_node **out)
{
	struct query_node *right;
	size_t was;

	if (parse_not(p, out) == -1)
		return -1;
	for (;;) {
		skip_blanks(p);
		was = p->at;
		if (was == p->text.n || is_next(p, ')'))
			return 0;
		if (take_operator(p, "or")) {
			p->at = was;
			return 0;
		}
		take_operator(p, "and");
		if (parse_not(p, &right) == -1) {
			node_free(right);
			return -1;
		}
		*out = joined(QUERY_AND, *out, right);
	}
}

static int
parse_not(struct parser *p, struct query_node **out)
{
	bool is_negated = false;
	int status;

	*out = NULL;
	skip_blanks(p);
	if (p->depth > QUERY_DEPTH_MAX)
		return fault(p, p->at, "too many parentheses");
	if (is_next(p, '-')) {
		p->at++;
		is_negated = true;
	} else if (take_operator(p, "not")) {
		is_negated = true;
	} else {
		return parse_term(p, out);
	}
	p->depth++;
	status = parse_not(p, out);
	p->depth--;
	if (*out != NULL && is_negated)
		*out = joined(QUERY_NOT, *out, NULL);
	return status;
}

static int
parse_term(struct parser *p, struct query_node **out)
{
	size_t start = p->at, end;
	struct span name;
	int status;

	if (is_next(p, '(')) {
		p->at++;
		p->depth++;
		status = parse_or(p, out);
		p->depth--;
		if (status == -1)
			return -1;
		if (!is_next(p, ')'))
			return fault(p, start, "no \")\" for this \"(\"");
		p->at++;
		return 0;
	}
	end = word_end(p->text, start);
	name = span_sub(p->text, start, end - start);
	if (start == p->text.n || is_next(p, ')'))
		return fault(p, start, "a term is missing");
	if (++p->terms > QUERY_TERMS_MAX)
		return fault(p, start, "too many terms");
	*out = mem_alloc(1, sizeof **out);
	p->at = end;
	if (is_next(p, ':')) {
		p->at++;
		status = parse_key(p, name, start, *out);
	} else if (span_iis(name, "size")) {
		status = parse_size(p, *out);
	} else {
		status = parse_word(p, name, start, *out);
	}
	if (status == 0 && p->at < p->text.n && !is_next(p, ')') &&
	    (p->text.p[p->at] & 0x80) == 0 && p->text.p[p->at] > ' ')
		return fault(p, p->at, "a blank is missing");
	return status;
}

/* What follows "name:". */
static int
parse_key(struct parser *p, struct span name, size_t start,
    struct query_node *node)
{
	const struct key *key = NULL;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (span_iis(name, keys[i].name))
			key = &keys[i];
	if (key == NULL)
		return fault(p, start, "no term begins so");
	node->op = key->op;
	node->where = key->where;
	p->query->needs |= key->needs;
	if (key->op == QUERY_DATE)
		return parse_date(p, name, node);
	if (key->op == QUERY_ID)
		return parse_id(p, node);
	if (key->where == QUERY_IN_FIELD && parse_field_name(p, node) == -1)
		return -1;
	if (key->where == QUERY_IN_BODY || key->where == QUERY_IN_ALL)
		add_text(p->query, node);
	return parse_text(p, node);
}

static void
add_text(struct query *q, struct query_node *node)
{
	q->text = mem_grow(q->text, &q->text_cap, q->texts + 1,
	    sizeof *q->text);
	node->text = q->texts;
	q->text[q->texts++] = node;
}

/* "Name=" */
static int
parse_field_name(struct parser *p, struct query_node *node)
{
	size_t end = p->at;

	while (end < p->text.n && p->text.p[end] > ' ' &&
	    p->text.p[end] < 0x7f && strchr("=:()", p->text.p[end]) == NULL)
		end++;
	if (end == p->at || end == p->text.n || p->text.p[end] != '=')
		return fault(p, p->at, "a field's name and \"=\" are missing");
	node->field = mem_dup(p->text.p + p->at, end - p->at);
	p->at = end + 1;
	return 0;
}

/* A substring, or a regular expression between slashes. */
static int
parse_text(struct parser *p, struct query_node *node)
{
	size_t start = p->at;
	struct buf value = {0};

	if (is_next(p, '/'))
		return parse_regex(p, start, node);
	if (take_value(p, &value) == -1) {
		buf_free(&value);
		return -1;
	}
	fold_text(buf_view(&value), &node->value);
	query_blanks(&node->value);
	node->letters = query_letters(buf_view(&node->value)) & ~QUERY_HIDDEN;
	buf_free(&value);
	return node->value.n == 0 && node->where != QUERY_IN_FIELD
	    ? fault(p, start, "a value is missing") : 0;
}

/*
 * POSIX extended, case ignored; what is not ASCII is folded here, for the
 * text is too.
 */
static int
parse_regex(struct parser *p, size_t start, struct query_node *node)
{
	struct buf pattern = {0};
	char reason[128];
	int error;

	p->at++;
	if (take_until(p, '/', &pattern) == -1) {
		buf_free(&pattern);
		return -1;
	}
	fold_pattern(buf_view(&pattern), &node->value);
	buf_free(&pattern);
	query_blanks(&node->value);
	error = query_regex_make(&node->regex, buf_cstr(&node->value),
	    REG_EXTENDED | REG_NOSUB |
	    (may_mean_capitals(buf_view(&node->value)) ? REG_ICASE : 0));
	if (error != 0) {
		regerror(error, &node->regex.here, reason, sizeof reason);
		return fault(p, start, reason);
	}
	node->is_regex = true;
	return 0;
}

/* A capital within brackets, or behind a backslash, may be more than that. */
static void
fold_pattern(struct span pattern, struct buf *out)
{
	bool is_plain = span_chr(pattern, '[') == SPAN_NONE &&
	    span_chr(pattern, '\\') == SPAN_NONE;
	size_t off = 0, was;
	uint32_t c;

	while (off < pattern.n) {
		was = off;
		c = charset_char(pattern, &off);
		if (off - was > 1 || (is_plain && c < 0x80))
			fold_put(c, out);
		else
			charset_put(c, out);
	}
}

/*
 * Whether it may mean capitals, also by a range.  What it is matched with has
 * none, and a search that heeds no case takes three times as long.
 */
static bool
may_mean_capitals(struct span pattern)
{
	bool has_range = span_chr(pattern, '[') != SPAN_NONE;
	const char *s = pattern.p;

	if (span_find(pattern, SPAN("[:upper:]")) != SPAN_NONE)
		return true;
	for (size_t i = 0; i < pattern.n; i++)
		if ((s[i] >= 'A' && s[i] <= 'Z') || (s[i] == '-' && has_range &&
		    (i == 0 || i + 1 == pattern.n || !is_small(s[i - 1]) ||
		    !is_small(s[i + 1]))))
			return true;
	return false;
}

/* Between two of these are no capitals. */
static bool
is_small(char c)
{
	return ascii_digit(c) || (c >= 'a' && c <= 'z');
}

static int
parse_date(struct parser *p, struct span name, struct query_node *node)
{
	struct buf value = {0};
	size_t start = p->at;
	int status = take_value(p, &value);
	bool is_range = span_find(buf_view(&value), SPAN("..")) != SPAN_NONE;

	if (span_iis(name, "until"))
		buf_str(&node->value, "..");
	buf_span(&node->value, buf_view(&value));
	if (span_iis(name, "since"))
		buf_str(&node->value, "..");
	buf_free(&value);
	if (status == 0 && ((is_range && !span_iis(name, "date")) ||
	    !date_range(buf_view(&node->value), &p->now, &node->from,
		&node->until)))
		status = fault(p, start, "this is no date");
	return status;
}

static int
parse_id(struct parser *p, struct query_node *node)
{
	size_t start = p->at;

	if (take_value(p, &node->value) == -1)
		return -1;
	if (node->value.n > 1 && node->value.p[0] == '<' &&
	    node->value.p[node->value.n - 1] == '>') {
		buf_drop(&node->value, 1);
		buf_cut(&node->value, node->value.n - 1);
	}
	return node->value.n == 0 ? fault(p, start, "a value is missing") : 0;
}

/* What follows "size": < or >, a number, a unit. */
static int
parse_size(struct parser *p, struct query_node *node)
{
	size_t start = p->at;
	const char *unit = NULL;
	unsigned shift = 0;

	if (!is_next(p, '<') && !is_next(p, '>'))
		return fault(p, start, "\"size\" wants \"<\" or \">\"");
	node->op = is_next(p, '>') ? QUERY_LARGER : QUERY_SMALLER;
	p->query->needs |= QUERY_SIZE;
	start = ++p->at;
	while (p->at < p->text.n && ascii_digit(p->text.p[p->at]))
		p->at++;
	if (!span_num(span_sub(p->text, start, p->at - start), UINT64_MAX,
	    &node->size))
		return fault(p, start, p->at == start ? "a size is missing"
		    : "this size is too large");
	if (p->at < p->text.n && p->text.p[p->at] != '\0')
		unit = strchr(SIZE_UNITS, ascii_lower(p->text.p[p->at]));
	if (unit == NULL)
		return 0;
	shift = 10 * (unsigned)(unit - SIZE_UNITS + 1);
	if (node->size > UINT64_MAX >> shift)
		return fault(p, start, "this size is too large");
	node->size <<= shift;
	p->at++;
	return 0;
}

static int
parse_word(struct parser *p, struct span name, size_t start,
    struct query_node *node)
{
	if (span_iis(name, "attachment")) {
		node->op = QUERY_ATTACHMENT;
		p->query->needs |= QUERY_PARTS | QUERY_FILES;
		return 0;
	}
	node->flag = flag_of_word(name);
	if (node->flag != 0)
		node->op = QUERY_FLAG;
	else if (span_iis(name, "unseen"))
		node->op = QUERY_UNSEEN;
	else if (span_iis(name, "new"))
		node->op = QUERY_NEW;
	else
		return fault(p, start, "no term begins so");
	return 0;
}

/* In quotes, or up to a blank or a closing parenthesis. */
static int
take_value(struct parser *p, struct buf *out)
{
	size_t start = p->at;

	if (is_next(p, '"')) {
		p->at++;
		return take_until(p, '"', out);
	}
	while (p->at < p->text.n && !is_next(p, ')') && !is_next(p, ' ') &&
	    !is_next(p, '\t') && !is_next(p, '\n') && !is_next(p, '\r'))
		p->at++;
	buf_span(out, span_sub(p->text, start, p->at - start));
	return out->n > QUERY_VALUE_MAX
	    ? fault(p, start, "this is too long") : 0;
}

/* Up to the end character, which a backslash may quote; it is passed. */
static int
take_until(struct parser *p, char end, struct buf *out)
{
	size_t start = p->at - 1, i = p->at;
	struct span s = p->text;

	while (i < s.n && s.p[i] != end) {
		if (s.p[i] == '\\' && i + 1 < s.n &&
		    (s.p[i + 1] == end || end == '"'))
			i++;
		else if (s.p[i] == '\\' && i + 1 < s.n)
			buf_char(out, s.p[i++]);
		buf_char(out, s.p[i++]);
	}
	if (i == s.n)
		return fault(p, start, "this is not closed");
	p->at = i + 1;
	if (out->n > QUERY_VALUE_MAX || span_chr(buf_view(out), '\0') !=
		SPAN_NONE)
		return fault(p, start, "this is too long, or holds a NUL");
	return out->n == 0 ? fault(p, start, "a value is missing") : 0;
}

static struct query_node *
joined(enum query_op op, struct query_node *left, struct query_node *right)
{
	struct query_node *node = mem_alloc(1, sizeof *node);

	node->op = op;
	node->left = left;
	node->right = right;
	return node;
}

static void
skip_blanks(struct parser *p)
{
	while (is_next(p, ' ') || is_next(p, '\t') || is_next(p, '\n') ||
	    is_next(p, '\r'))
		p->at++;
}

static bool
is_next(const struct parser *p, char c)
{
	return p->at < p->text.n && p->text.p[p->at] == c;
}

/* Takes a word of the language, if it stands there alone. */
static bool
take_operator(struct parser *p, const char *word)
{
	size_t end;

	skip_blanks(p);
	end = word_end(p->text, p->at);
	if (!span_iis(span_sub(p->text, p->at, end - p->at), word) ||
	    (end < p->text.n && strchr(":<>", p->text.p[end]) != NULL))
		return false;
	p->at = end;
	return true;
}

/* Where the letters end that begin there. */
static size_t
word_end(struct span s, size_t at)
{
	while (at < s.n && ascii_alpha(s.p[at]))
		at++;
	return at;
}

static void
node_free(struct query_node *node)
{
	if (node == NULL)
		return;
	node_free(node->left);
	node_free(node->right);
	if (node->is_regex)
		query_regex_free(&node->regex);
	free(node->field);
	buf_free(&node->value);
	free(node);
}

static int
fault(struct parser *p, size_t at, const char *reason)
{
	p->at = at;
	return err_set(p->e, ERR_USAGE, "%s", reason);
}
