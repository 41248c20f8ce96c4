#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/flag.h"
#include "mail/query_imap.h"
#include "mail/query_tree.h"
#include "mail/variant.h"
#include "text/date.h"

#define DAY INT64_C(86400)
#define SLACK (2 * DAY)
#define OLD INT64_C(31536000) /* 1971-01-01; servers take no date for 1970 */
#define AFTER_OLD INT64_C(2082758400) /* 2036-01-01; so some take 1900 */
#define ABSURD INT64_C(4102444800) /* 2100-01-01; so some take 9999 */

/*
 * Over: all messages that match, and perhaps others.  Under: none but those
 * that match.  The negation of one is the other.
 */
enum side { OVER, UNDER };

/* Of what a value's runs are, that stand in the field as they do in it. */
enum as {
	AS_TEXT,    /* all but blanks, where lines may be folded */
	AS_ADDRESS, /* letters and digits; the rest may be quoted or apart */
	AS_TYPE,    /* the same, of ASCII for sure */
	AS_ID	    /* as AS_TEXT, but no letter is as good as another */
};

struct field {
	const char *key, *name; /* NULL: the key says which it is */
	enum as as;
};

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
static bool put_field(struct query_imap *, const struct field *,
    struct span value);
static bool put_runs(struct query_imap *, const struct field *,
    struct span value);
static void put_run(struct query_imap *, const struct field *,
    struct span run);
static void put_string(struct query_imap *, const struct field *,
    struct span);
static bool put_date(struct query_imap *, int64_t from, int64_t until);
static void put_day(struct buf *, int64_t sec);
static bool next_run(const struct query_imap *, enum as, struct span value,
    size_t *at, struct span *run);
static bool is_of_run(const struct query_imap *, enum as, struct span value,
    size_t at);
static bool is_of_sharp(struct span, size_t at);
static bool is_charset(const struct query_imap *);
static bool is_exact(const struct query_imap *, const struct query_node *);
static bool add_fields(const struct query_node *, struct buf *);
static void forget(struct query_imap *, size_t keys, size_t strings);

static const struct field type_field = {"HEADER", "Content-Type", AS_TYPE};
static const struct field text_fields[] = {
    [QUERY_IN_FROM] = {"HEADER", "From", AS_ADDRESS},
    [QUERY_IN_TO] = {"HEADER", "To", AS_ADDRESS},
    [QUERY_IN_CC] = {"HEADER", "Cc", AS_ADDRESS},
    [QUERY_IN_SUBJECT] = {"SUBJECT", NULL, AS_TEXT},
    [QUERY_IN_LIST] = {"HEADER", "List-Id", AS_TEXT},
    [QUERY_IN_BODY] = {"BODY", NULL, AS_TEXT},
    [QUERY_IN_ALL] = {"TEXT", NULL, AS_TEXT}};

void
query_imap(const struct query *q, unsigned may, struct query_imap *out)
{
	const struct query_node *top = q == NULL ? NULL : q->top;

	*out = (struct query_imap){.may = may};
	out->is_exact = top == NULL || is_exact(out, top);
	if (top != NULL)
		put(out, top, OVER);
	if (out->keys.n > QUERY_IMAP_BYTES &&
	    (may & QUERY_IMAP_UTF8) != 0) {
		query_imap_free(out);
		query_imap(q, may & ~(unsigned)QUERY_IMAP_UTF8, out);
		return;
	}
	if (out->keys.n > QUERY_IMAP_BYTES) {
		forget(out, 0, 0);
		out->is_exact = false;
	}
	out->is_charset = is_charset(out);
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
		return side == OVER && (q->may & QUERY_IMAP_HEADERS) != 0 &&
		    put_text(q, n);
	case QUERY_DATE:
		return side == OVER && (q->may & QUERY_IMAP_DATES) != 0 &&
		    put_date(q, n->from, n->until);
	case QUERY_ATTACHMENT:
		return side == OVER && (q->may & QUERY_IMAP_HEADERS) != 0 &&
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

/* Courier takes no NOT of a NOT. */
static bool
put_not(struct query_imap *q, const struct query_node *n, enum side side)
{
	size_t keys = q->keys.n, strings = q->n;
	struct buf held = {0};
	struct span key;

	buf_str(&q->keys, "NOT ");
	if (!put(q, n->left, side == OVER ? UNDER : OVER)) {
		forget(q, keys, strings);
		return false;
	}
	key = span_from(buf_view(&q->keys), keys + strlen("NOT "));
	if (span_starts(key, SPAN("NOT "))) {
		buf_span(&held, span_from(key, strlen("NOT ")));
		buf_cut(&q->keys, keys);
		buf_span(&q->keys, buf_view(&held));
		buf_free(&held);
	}
	return true;
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
	if (n->size > UINT32_MAX || (q->may & QUERY_IMAP_SIZES) == 0)
		return false;
	buf_fmt(&q->keys, "%s %lu",
	    n->op == QUERY_LARGER ? "LARGER" : "SMALLER",
	    (unsigned long)n->size);
	return true;
}

static bool
put_text(struct query_imap *q, const struct query_node *n)
{
	const struct field id = {"HEADER", "Message-ID", AS_ID};
	const struct field own = {"HEADER", n->field, AS_TEXT};
	struct span value = buf_view(&n->value);

	if (n->is_regex)
		return false;
	if (n->op == QUERY_ID)
		return put_field(q, &id, value);
	switch (n->where) {
	case QUERY_IN_FROM:
	case QUERY_IN_TO:
	case QUERY_IN_CC:
	case QUERY_IN_SUBJECT:
	case QUERY_IN_LIST:
		return put_field(q, &text_fields[n->where], value);
	case QUERY_IN_ADDRESSES:
		return put_addresses(q, value);
	case QUERY_IN_FIELD:
		if (value.n > 0)
			return put_field(q, &own, value);
		/* whether there is one */
		if ((q->may & QUERY_IMAP_EMPTY) == 0)
			return false;
		put_string(q, &own, value);
		return true;
	case QUERY_IN_TYPE:
		return put_type(q, value);
	case QUERY_IN_NAME:
		return put_file(q);
	case QUERY_IN_ALL:
		return (q->may & QUERY_IMAP_BODIES) != 0 &&
		    put_field(q, &text_fields[n->where], value);
	case QUERY_IN_BODY:
		return (q->may & QUERY_IMAP_BODIES) != 0 &&
		    put_runs(q, &text_fields[n->where], value);
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
	is_put = is_put && put_runs(q, &type_field, value);
	if (!is_put)
		forget(q, keys, strings);
	return is_put;
}

/* A part with a file's name, or one that says that it is a file. */
static bool
put_file(struct query_imap *q)
{
	const struct field field = {"HEADER", "Content-Disposition", AS_TYPE};

	buf_str(&q->keys, "OR ");
	put_string(q, &field, SPAN(""));
	buf_char(&q->keys, ' ');
	put_parts(q);
	buf_char(&q->keys, ' ');
	put_string(q, &type_field, SPAN("name"));
	return true;
}

/* It has parts, or what follows. */
static void
put_parts(struct query_imap *q)
{
	buf_str(&q->keys, "OR ");
	put_string(q, &type_field, SPAN("multipart"));
	buf_str(&q->keys, " OR ");
	put_string(q, &type_field, SPAN("message"));
}

/* In any of them; without a run in the value there is none in either. */
static bool
put_addresses(struct query_imap *q, struct span value)
{
	const struct field sender = {"HEADER", "Sender", AS_ADDRESS};
	size_t keys = q->keys.n;

	buf_str(&q->keys, "OR OR OR ");
	if (!put_field(q, &text_fields[QUERY_IN_FROM], value)) {
		buf_cut(&q->keys, keys);
		return false;
	}
	buf_char(&q->keys, ' ');
	put_field(q, &sender, value);
	buf_char(&q->keys, ' ');
	put_field(q, &text_fields[QUERY_IN_TO], value);
	buf_char(&q->keys, ' ');
	return put_field(q, &text_fields[QUERY_IN_CC], value);
}

/*
 * Every run of the value; or what the field may hide it in.  Some servers look
 * at a domain as it reads, and not as IDNA wrote it.
 */
static bool
put_field(struct query_imap *q, const struct field *f, struct span value)
{
	size_t keys = q->keys.n, strings = q->n;
	bool is_put;

	if (f->as == AS_ADDRESS && span_find(value, SPAN("xn--")) != SPAN_NONE)
		return false;
	if (f->as == AS_ADDRESS) {
		buf_str(&q->keys, "OR ");
		put_string(q, f, SPAN("\\"));
		buf_char(&q->keys, ' ');
	}
	buf_str(&q->keys, "OR ");
	put_string(q, f, SPAN("=?"));
	buf_char(&q->keys, ' ');
	is_put = put_runs(q, f, value);
	if (!is_put)
		forget(q, keys, strings);
	return is_put;
}

static bool
put_runs(struct query_imap *q, const struct field *f, struct span value)
{
	size_t keys = q->keys.n, runs = 0, at = 0;
	struct span run;

	buf_char(&q->keys, '(');
	for (; next_run(q, f->as, value, &at, &run); runs++) {
		if (runs > 0)
			buf_char(&q->keys, ' ');
		put_run(q, f, run);
	}
	if (runs > 0)
		buf_char(&q->keys, ')');
	else
		buf_cut(&q->keys, keys);
	return runs > 0;
}

/* Or what others may write for it. */
static void
put_run(struct query_imap *q, const struct field *f, struct span run)
{
	struct buf variants = {0};
	struct span rest, one;

	if (f->as == AS_TEXT || f->as == AS_ADDRESS)
		variant_put(run, &variants);
	rest = buf_view(&variants);
	while (rest.n > 0 && span_cut(&rest, '\0', &one) == 1) {
		buf_str(&q->keys, "OR ");
		put_string(q, f, one);
		buf_char(&q->keys, ' ');
	}
	buf_free(&variants);
	put_string(q, f, run);
}

static void
put_string(struct query_imap *q, const struct field *f, struct span text)
{
	struct span both[2] = {span_of(f->name == NULL ? "" : f->name), text};

	buf_str(&q->keys, f->key);
	for (size_t i = f->name == NULL; i < 2; i++) {
		q->string = mem_grow(q->string, &q->cap, q->n + 1,
		    sizeof *q->string);
		q->string[q->n++] = span_at(mem_dup(both[i].p, both[i].n),
		    both[i].n);
		buf_str(&q->keys, " ?");
	}
}

/*
 * Or where the server may have read another date, or none.  One before 1971 may
 * be one of this century to it.
 */
static bool
put_date(struct query_imap *q, int64_t from, int64_t until)
{
	/* either may be without end: nothing is added to it before that */
	bool has_from = from > OLD + SLACK;
	bool has_until = until < DATE_SEC_MAX - SLACK - DAY;

	if (!has_from && !has_until)
		return false;
	if (has_until) {
		buf_str(&q->keys, "OR SENTSINCE");
		put_day(&q->keys, has_from ? ABSURD : AFTER_OLD);
		buf_char(&q->keys, ' ');
	}
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

static bool
next_run(const struct query_imap *q, enum as as, struct span value,
    size_t *at, struct span *run)
{
	size_t from = *at, to;

	while (from < value.n && !is_of_run(q, as, value, from))
		from++;
	for (to = from; to < value.n && is_of_run(q, as, value, to); to++)
		;
	*run = span_sub(value, from, to - from);
	*at = to;
	return run->n > 0;
}

static bool
is_of_run(const struct query_imap *q, enum as as, struct span value, size_t at)
{
	char c = value.p[at];

	if ((as == AS_TEXT || as == AS_ADDRESS) &&
	    (is_of_sharp(value, at) ||
	    (variant_has(c) && (q->may & QUERY_IMAP_UTF8) == 0)))
		return false;
	if (as == AS_ADDRESS || as == AS_TYPE)
		return ascii_alpha(c) || ascii_digit(c);
	/* in Shift_JIS some read a yen and an overline */
	if (as == AS_TEXT && (c == '\\' || c == '~'))
		return false;
	return c > ' ' && c < 0x7f;
}

/* A sharp s is two; that one may be in Latin-1, which no charset explains. */
static bool
is_of_sharp(struct span s, size_t at)
{
	return s.p[at] == 's' && (at == 0 || s.p[at - 1] == 's' ||
	    at + 1 == s.n || s.p[at + 1] == 's');
}

/* For bodies always, so that they are decoded. */
static bool
is_charset(const struct query_imap *q)
{
	struct span keys = buf_view(&q->keys), s;

	if (span_find(keys, SPAN("BODY ")) != SPAN_NONE ||
	    span_find(keys, SPAN("TEXT ")) != SPAN_NONE)
		return true;
	for (size_t i = 0; i < q->n; i++) {
		s = q->string[i];
		for (size_t at = 0; at < s.n; at++)
			if ((s.p[at] & 0x80) != 0)
				return true;
	}
	return false;
}

static bool
is_exact(const struct query_imap *q, const struct query_node *n)
{
	switch (n->op) {
	case QUERY_AND:
	case QUERY_OR:
		return is_exact(q, n->left) && is_exact(q, n->right);
	case QUERY_NOT:
		return is_exact(q, n->left);
	case QUERY_FLAG:
	case QUERY_UNSEEN:
		return true;
	case QUERY_LARGER:
	case QUERY_SMALLER:
		return n->size <= UINT32_MAX &&
		    (q->may & QUERY_IMAP_SIZES) != 0;
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
