#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/flag.h"
#include "mail/query_imap.h"
#include "mail/query_tree.h"
#include "text/date.h"

#define DAY INT64_C(86400)
#define SLACK (2 * DAY)
#define DOTTED_I "\304\260" /* a capital one, which folds to an i here */
#define OLD INT64_C(31536000) /* 1971-01-01; servers take no date for 1970 */

/*
 * Over: all messages that match, and perhaps others.  Under: none but those
 * that match.  The negation of one is the other.
 */
enum side { OVER, UNDER };

/* Each appends a key; false where nothing can be said, and nothing is. */
static bool put(struct query_imap *, const struct query_node *, enum side);
static bool put_two(struct query_imap *, const struct query_node *,
    enum side);
static bool put_not(struct query_imap *, const struct query_node *,
    enum side);
static bool put_flag(struct query_imap *, unsigned flag);
static bool put_size(struct query_imap *, const struct query_node *);
static bool put_text(struct query_imap *, const struct query_node *);
static bool put_addresses(struct query_imap *, struct span value);
static bool put_type(struct query_imap *, struct span value);
static bool put_file(struct query_imap *);
static void put_parts(struct query_imap *);
static bool put_field(struct query_imap *, const char *key, const char *name,
    struct span value, bool is_address);
static bool put_runs(struct query_imap *, const char *key, const char *name,
    struct span value, bool is_address);
static bool is_of_body(const char *key);
static void put_string(struct query_imap *, const char *key, const char *name,
    struct span value);
static bool put_date(struct query_imap *, int64_t from, int64_t until);
static void put_day(struct buf *, int64_t sec);
static bool next_run(struct span *rest, bool is_address, struct span *run);
static bool is_of_run(struct span, size_t at, bool is_address);
static bool is_exact(const struct query_node *);
static bool add_fields(const struct query_node *, struct buf *);
static void forget(struct query_imap *, size_t keys, size_t strings);

void
query_imap(const struct query *q, enum query_imap_text text,
    struct query_imap *out)
{
	const struct query_node *top = q == NULL ? NULL : q->top;

	*out = (struct query_imap){.text = text};
	out->is_exact = top == NULL || is_exact(top);
	if (top != NULL)
		put(out, top, OVER);
	if (out->keys.n > QUERY_IMAP_BYTES) {
		forget(out, 0, 0);
		out->is_exact = false;
	}
	out->is_charset = span_find(buf_view(&out->keys), SPAN("BODY ")) !=
	    SPAN_NONE || span_find(buf_view(&out->keys), SPAN("TEXT ")) !=
	    SPAN_NONE;
	if (out->keys.n == 0)
		buf_str(&out->keys, "ALL");
}

void
query_imap_free(struct query_imap *out)
{
	forget(out, 0, 0);
	free(out->string);
	buf_free(&out->keys);
	*out = (struct query_imap){0};
}

bool
query_imap_fields(const struct query *q, struct buf *names)
{
	return q != NULL && q->top != NULL && add_fields(q->top, names);
}

static bool
put(struct query_imap *q, const struct query_node *n, enum side side)
{
	switch (n->op) {
	case QUERY_AND:
	case QUERY_OR:
		return put_two(q, n, side);
	case QUERY_NOT:
		return put_not(q, n, side);
	case QUERY_FLAG:
		return put_flag(q, n->flag);
	case QUERY_UNSEEN:
		buf_str(&q->keys, "UNSEEN");
		return true;
	case QUERY_LARGER:
	case QUERY_SMALLER:
		return put_size(q, n);
	case QUERY_TEXT:
	case QUERY_ID:
		return side == OVER && q->text != QUERY_IMAP_NO_TEXT &&
		    put_text(q, n);
	case QUERY_DATE:
		return side == OVER && q->text != QUERY_IMAP_UNDATED &&
		    put_date(q, n->from, n->until);
	case QUERY_ATTACHMENT:
		return side == OVER && q->text != QUERY_IMAP_NO_TEXT &&
		    put_file(q);
	case QUERY_NEW:
		return false;
	}
	return false;
}

/*
 * An "and" may lose a key on the over side, an "or" on the under side, where
 * the other one is left.
 */
static bool
put_two(struct query_imap *q, const struct query_node *n, enum side side)
{
	bool may_lose = (n->op == QUERY_AND) == (side == OVER), left, right;
	size_t keys = q->keys.n, strings = q->n, start;
	struct buf held = {0};

	buf_str(&q->keys, n->op == QUERY_AND ? "(" : "OR ");
	start = q->keys.n;
	left = put(q, n->left, side);
	if (left)
		buf_char(&q->keys, ' ');
	right = (left || may_lose) && put(q, n->right, side);
	if (left && right) {
		if (n->op == QUERY_AND)
			buf_char(&q->keys, ')');
		return true;
	}
	if (!may_lose || (!left && !right)) {
		forget(q, keys, strings);
		return false;
	}
	buf_span(&held, span_trim(span_from(buf_view(&q->keys), start)));
	buf_cut(&q->keys, keys);
	buf_span(&q->keys, buf_view(&held));
	buf_free(&held);
	return true;
}

static bool
put_not(struct query_imap *q, const struct query_node *n, enum side side)
{
	size_t keys = q->keys.n, strings = q->n;

	buf_str(&q->keys, "NOT ");
	if (put(q, n->left, side == OVER ? UNDER : OVER))
		return true;
	forget(q, keys, strings);
	return false;
}

static bool
put_flag(struct query_imap *q, unsigned flag)
{
	static const struct {
		unsigned flag;
		const char *key;
	} keys[] = {{FLAG_DRAFT, "DRAFT"}, {FLAG_FLAGGED, "FLAGGED"},
	    {FLAG_PASSED, "KEYWORD $Forwarded"}, {FLAG_ANSWERED, "ANSWERED"},
	    {FLAG_SEEN, "SEEN"}, {FLAG_TRASHED, "DELETED"}};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].flag == flag)
			buf_str(&q->keys, keys[i].key);
	return true;
}

/* RFC 3501's numbers have 32 bits. */
static bool
put_size(struct query_imap *q, const struct query_node *n)
{
	if (n->size > UINT32_MAX)
		return false;
	buf_fmt(&q->keys, "%s %lu",
	    n->op == QUERY_LARGER ? "LARGER" : "SMALLER",
	    (unsigned long)n->size);
	return true;
}

static bool
put_text(struct query_imap *q, const struct query_node *n)
{
	struct span value = buf_view(&n->value);

	if (n->is_regex)
		return false;
	if (n->op == QUERY_ID)
		return put_field(q, "HEADER", "Message-ID", value, false);
	switch (n->where) {
	case QUERY_IN_FROM:
		return put_field(q, "FROM", NULL, value, true);
	case QUERY_IN_TO:
		return put_field(q, "TO", NULL, value, true);
	case QUERY_IN_CC:
		return put_field(q, "CC", NULL, value, true);
	case QUERY_IN_ADDRESSES:
		return put_addresses(q, value);
	case QUERY_IN_SUBJECT:
		return put_field(q, "SUBJECT", NULL, value, false);
	case QUERY_IN_LIST:
		return put_field(q, "HEADER", "List-Id", value, false);
	case QUERY_IN_FIELD:
		if (value.n > 0)
			return put_field(q, "HEADER", n->field, value, false);
		/* whether there is one */
		put_string(q, "HEADER", n->field, value);
		return true;
	case QUERY_IN_TYPE:
		return put_type(q, value);
	case QUERY_IN_NAME:
		return put_file(q);
	case QUERY_IN_ALL:
		return q->text == QUERY_IMAP_ALL &&
		    put_field(q, "TEXT", NULL, value, false);
	case QUERY_IN_BODY:
		return q->text == QUERY_IMAP_ALL &&
		    put_runs(q, "BODY", NULL, value, false);
	default:
		return false;
	}
}

/*
 * The type of a message that has no parts is its own, or text/plain where it
 * has none or one that cannot be read.
 */
static bool
put_type(struct query_imap *q, struct span value)
{
	size_t keys = q->keys.n, strings = q->n;
	bool is_put = span_find(SPAN("text/plain"), value) == SPAN_NONE;

	put_parts(q);
	buf_char(&q->keys, ' ');
	is_put = is_put && put_runs(q, "HEADER", "Content-Type", value, true);
	if (!is_put)
		forget(q, keys, strings);
	return is_put;
}

/* A part with a file's name, or one that says that it is a file. */
static bool
put_file(struct query_imap *q)
{
	buf_str(&q->keys, "OR ");
	put_string(q, "HEADER", "Content-Disposition", SPAN(""));
	buf_char(&q->keys, ' ');
	put_parts(q);
	buf_char(&q->keys, ' ');
	put_string(q, "HEADER", "Content-Type", SPAN("name"));
	return true;
}

/* It has parts, or what follows. */
static void
put_parts(struct query_imap *q)
{
	buf_str(&q->keys, "OR ");
	put_string(q, "HEADER", "Content-Type", SPAN("multipart"));
	buf_str(&q->keys, " OR ");
	put_string(q, "HEADER", "Content-Type", SPAN("message"));
}

/* In any of them; without a run in the value there is none in either. */
static bool
put_addresses(struct query_imap *q, struct span value)
{
	size_t keys = q->keys.n;

	buf_str(&q->keys, "OR OR OR ");
	if (!put_field(q, "FROM", NULL, value, true)) {
		buf_cut(&q->keys, keys);
		return false;
	}
	buf_char(&q->keys, ' ');
	put_field(q, "HEADER", "Sender", value, true);
	buf_char(&q->keys, ' ');
	put_field(q, "TO", NULL, value, true);
	buf_char(&q->keys, ' ');
	return put_field(q, "CC", NULL, value, true);
}

/* Every run of the value; or what the field may hide it in. */
static bool
put_field(struct query_imap *q, const char *key, const char *name,
    struct span value, bool is_address)
{
	size_t keys = q->keys.n, strings = q->n;
	bool is_put;

	if (is_address) {
		buf_str(&q->keys, "OR ");
		put_string(q, key, name, SPAN("\\"));
		buf_char(&q->keys, ' ');
	}
	buf_str(&q->keys, "OR ");
	put_string(q, key, name, SPAN("=?"));
	buf_char(&q->keys, ' ');
	is_put = put_runs(q, key, name, value, is_address);
	if (!is_put)
		forget(q, keys, strings);
	return is_put;
}

static bool
put_runs(struct query_imap *q, const char *key, const char *name,
    struct span value, bool is_address)
{
	size_t keys = q->keys.n, runs = 0;
	struct span run;

	buf_char(&q->keys, '(');
	for (; next_run(&value, is_address, &run); runs++) {
		if (runs > 0)
			buf_char(&q->keys, ' ');
		if (is_of_body(key) && span_chr(run, 'i') != SPAN_NONE) {
			buf_str(&q->keys, "OR ");
			put_string(q, key, name, SPAN(DOTTED_I));
			buf_char(&q->keys, ' ');
		}
		put_string(q, key, name, run);
	}
	if (runs > 0)
		buf_char(&q->keys, ')');
	else
		buf_cut(&q->keys, keys);
	return runs > 0;
}

static bool
is_of_body(const char *key)
{
	return strcmp(key, "BODY") == 0 || strcmp(key, "TEXT") == 0;
}

static void
put_string(struct query_imap *q, const char *key, const char *name,
    struct span value)
{
	struct span both[2] = {span_of(name == NULL ? "" : name), value};

	buf_str(&q->keys, key);
	for (size_t i = name == NULL; i < 2; i++) {
		q->string = mem_grow(q->string, &q->cap, q->n + 1,
		    sizeof *q->string);
		q->string[q->n++] = span_at(mem_dup(both[i].p, both[i].n),
		    both[i].n);
		buf_str(&q->keys, " ?");
	}
}

static bool
put_date(struct query_imap *q, int64_t from, int64_t until)
{
	bool has_from = from - SLACK > OLD;
	bool has_until = until < DATE_SEC_MAX - SLACK - DAY;

	if (!has_from && !has_until)
		return false;
	buf_str(&q->keys, "OR NOT SENTSINCE");
	put_day(&q->keys, OLD);
	buf_str(&q->keys, " (");
	if (has_from) {
		buf_str(&q->keys, "SENTSINCE");
		put_day(&q->keys, from - SLACK);
	}
	if (has_until) {
		until = until < OLD ? OLD : until;
		buf_str(&q->keys, has_from ? " SENTBEFORE" : "SENTBEFORE");
		put_day(&q->keys, until + SLACK + DAY);
	}
	buf_char(&q->keys, ')');
	return true;
}

static void
put_day(struct buf *out, int64_t sec)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct date_civil day = date_civil(sec);

	buf_fmt(out, " %d-%s-%04d", day.day, months[day.month - 1], day.year);
}

/*
 * What stands in the raw field too, in one piece: letters and digits of an
 * address, whose rest may be quoted or apart; else all but blanks, where lines
 * may be folded.  A sharp s there is as good as "ss".
 */
static bool
next_run(struct span *rest, bool is_address, struct span *run)
{
	size_t from = 0, to;
	struct span s = *rest;

	while (from < s.n && !is_of_run(s, from, is_address))
		from++;
	for (to = from; to < s.n && is_of_run(s, to, is_address); to++)
		;
	*run = span_sub(s, from, to - from);
	*rest = span_from(s, to);
	return run->n > 0;
}

static bool
is_of_run(struct span s, size_t at, bool is_address)
{
	char c = s.p[at];

	if (c == 's' && ((at > 0 && s.p[at - 1] == 's') ||
	    (at + 1 < s.n && s.p[at + 1] == 's')))
		return false;
	if (is_address)
		return ascii_alpha(c) || ascii_digit(c);
	return c > ' ' && c < 0x7f;
}

static bool
is_exact(const struct query_node *n)
{
	switch (n->op) {
	case QUERY_AND:
	case QUERY_OR:
		return is_exact(n->left) && is_exact(n->right);
	case QUERY_NOT:
		return is_exact(n->left);
	case QUERY_FLAG:
	case QUERY_UNSEEN:
		return true;
	case QUERY_LARGER:
	case QUERY_SMALLER:
		return n->size <= UINT32_MAX;
	default:
		return false;
	}
}

/* True where all of them are needed; then names says no more. */
static bool
add_fields(const struct query_node *n, struct buf *names)
{
	static const char *const fields[] = {[QUERY_IN_FROM] = " From",
	    [QUERY_IN_TO] = " To", [QUERY_IN_CC] = " Cc",
	    [QUERY_IN_ADDRESSES] = " From Sender To Cc",
	    [QUERY_IN_SUBJECT] = " Subject", [QUERY_IN_LIST] = " List-Id",
	    [QUERY_IN_NAME] = NULL};

	if (n->op == QUERY_AND || n->op == QUERY_OR)
		return add_fields(n->left, names) ||
		    add_fields(n->right, names);
	if (n->op == QUERY_NOT)
		return add_fields(n->left, names);
	if (n->op == QUERY_ID)
		buf_str(names, " Message-ID");
	if (n->op == QUERY_DATE)
		buf_str(names, " Date");
	if (n->op != QUERY_TEXT)
		return false;
	if (n->where == QUERY_IN_FIELD)
		buf_fmt(names, " %s", n->field);
	else if (fields[n->where] != NULL)
		buf_str(names, fields[n->where]);
	return n->where == QUERY_IN_ALL;
}

/* Cuts back to so much. */
static void
forget(struct query_imap *q, size_t keys, size_t strings)
{
	while (q->n > strings)
		free((char *)q->string[--q->n].p);
	buf_cut(&q->keys, keys);
}
