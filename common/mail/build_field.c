#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/build_part.h"
#include "mail/word.h"
#include "text/charset.h"

#define FOLD 76 /* columns, where a field's value has blanks to fold at */

/* What a field that may be given by -H holds. */
enum kind {
	KIND_TEXT,
	KIND_ADDRESS, /* one */
	KIND_ADDRESSES,
	KIND_DATE,
	KIND_ID, /* one of <left@right> */
	KIND_IDS,
	KIND_OWN /* what has an option of its own, or is not the user's */
};

static const struct {
	const char *name; /* that of a family ends in "-" */
	enum kind kind;
} kinds[] = {
    {"bcc", KIND_OWN},
    {"cc", KIND_OWN},
    {"content-", KIND_OWN},
    {"date", KIND_DATE},
    {"disposition-notification-to", KIND_ADDRESSES},
    {"errors-to", KIND_ADDRESSES},
    {"from", KIND_OWN},
    {"in-reply-to", KIND_IDS},
    {"mail-followup-to", KIND_ADDRESSES},
    {"mail-reply-to", KIND_ADDRESSES},
    {"message-id", KIND_ID},
    {"mime-version", KIND_OWN},
    {"received", KIND_OWN},
    {"references", KIND_IDS},
    {"reply-to", KIND_ADDRESSES},
    {"resent-", KIND_OWN},
    {"return-path", KIND_OWN},
    {"return-receipt-to", KIND_ADDRESSES},
    {"sender", KIND_ADDRESS},
    {"subject", KIND_OWN},
    {"to", KIND_OWN},
};

static enum kind kind_of(struct span name);
static int check_value(const struct build_field *, struct err *);
static int check_ids(const struct build_field *, bool is_one, struct err *);
static bool is_id(struct span);
static void put_addresses(const struct build_field *,
    const struct addr_list *, struct buf *);
static void put_folded(struct buf *, struct span, size_t column);

int
build_field(const char *s, struct build_field *field, struct err *e)
{
	struct span rest = span_of(s), name;

	if (span_cut(&rest, ':', &name) == 0 || rest.p == NULL || name.n == 0)
		return err_set(e, ERR_USAGE,
		    "\"%s\" is no field: no name and colon", s);
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return err_set(e, ERR_USAGE, "\"%s\" is no field: "
			    "its name is not of letters alone", s);
	if (!build_is_text(rest))
		return err_set(e, ERR_USAGE, "\"%s\" is no field: it has a "
		    "line end, another control or broken UTF-8", s);
	if (kind_of(name) == KIND_OWN)
		return err_set(e, ERR_USAGE, "the field %.*s is not for -H",
		    (int)name.n, name.p);
	field->name = name;
	field->value = span_trim(rest);
	return check_value(field, e);
}

bool
build_is_single(struct span name)
{
	enum kind kind = kind_of(name);

	return kind != KIND_TEXT && !span_iis(name, "errors-to");
}

bool
build_is_address(struct span name)
{
	enum kind kind = kind_of(name);

	return kind == KIND_ADDRESS || kind == KIND_ADDRESSES;
}

bool
build_is_text(struct span s)
{
	if (!charset_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((ascii_ctl(s.p[i]) && s.p[i] != '\t') ||
		    (s.p[i] == '\xc2' && (unsigned char)s.p[i + 1] < 0xa0))
			return false;
	return true;
}

int
build_put_field(const struct build_field *field, struct buf *out,
    struct err *e)
{
	enum kind kind = kind_of(field->name);
	struct addr_list list = {0};
	struct date date;

	if (kind == KIND_ADDRESS || kind == KIND_ADDRESSES) {
		if (addr_parse_strict(field->value, &list, e) == -1)
			return -1;
		put_addresses(field, &list, out);
		addr_list_free(&list);
		return 0;
	}
	buf_span(out, field->name);
	buf_str(out, ": ");
	if (kind == KIND_DATE && date_parse(field->value, &date))
		date_rfc5322(date, out);
	else if (charset_is_ascii(field->value))
		put_folded(out, field->value, field->name.n + 2);
	else
		word_encode(field->value, field->name.n + 2, out);
	buf_char(out, '\n');
	return 0;
}

void
build_addresses(struct buf *out, const char *name,
    const struct addr_list *list)
{
	size_t column = strlen(name) + 2;

	for (size_t i = 0; i < list->n; i++) {
		if (i == 0)
			buf_fmt(out, "%s: ", name);
		else
			buf_str(out, ",\n ");
		addr_format(&list->v[i], i == 0 ? column : 1, out);
	}
	if (list->n > 0)
		buf_char(out, '\n');
}

static enum kind
kind_of(struct span name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct span known = span_of(kinds[i].name);

		if (known.p[known.n - 1] == '-' ? span_istarts(name, known) :
		    span_ieq(name, known))
			return kinds[i].kind;
	}
	return KIND_TEXT;
}

static int
check_value(const struct build_field *field, struct err *e)
{
	enum kind kind = kind_of(field->name);
	struct addr_list list = {0};
	struct date date;
	bool is_one;

	switch (kind) {
	case KIND_ADDRESS:
	case KIND_ADDRESSES:
		if (addr_parse_strict(field->value, &list, e) == -1)
			return err_wrap(e, "%.*s", (int)field->name.n,
			    field->name.p);
		is_one = list.n == 1 && !list.v[0].is_group;
		addr_list_free(&list);
		return is_one || kind == KIND_ADDRESSES ? 0 :
		    err_set(e, ERR_USAGE, "%.*s: not one address",
		    (int)field->name.n, field->name.p);
	case KIND_DATE:
		return date_parse(field->value, &date) ? 0 :
		    err_set(e, ERR_USAGE, "\"%.*s\" is no date of RFC 5322",
		    (int)field->value.n, field->value.p);
	case KIND_ID:
	case KIND_IDS:
		return check_ids(field, kind == KIND_ID, e);
	default:
		return 0;
	}
}

static int
check_ids(const struct build_field *field, bool is_one, struct err *e)
{
	struct span rest = field->value, id;
	size_t n = 0;

	while (rest.n > 0) {
		size_t end = span_chr(rest, '>');

		id = span_sub(rest, 0, end == SPAN_NONE ? rest.n : end + 1);
		rest = span_trim(span_from(rest, id.n));
		if (!is_id(id))
			return err_set(e, ERR_USAGE, "%.*s: \"%.*s\" is no "
			    "message identifier, <left@right>",
			    (int)field->name.n, field->name.p, (int)id.n,
			    id.p);
		n++;
	}
	return n > 0 && (n == 1 || !is_one) ? 0 : err_set(e, ERR_USAGE,
	    "%.*s: %s", (int)field->name.n, field->name.p,
	    n == 0 ? "there is nothing" : "more than one");
}

static bool
is_id(struct span s)
{
	size_t at;

	if (s.n < 2 || s.p[0] != '<' || s.p[s.n - 1] != '>')
		return false;
	s = span_sub(s, 1, s.n - 2);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '<')
			return false;
	at = span_chr(s, '@');
	return at != SPAN_NONE && at > 0 && at + 1 < s.n;
}

static void
put_addresses(const struct build_field *field, const struct addr_list *list,
    struct buf *out)
{
	char *name = mem_dup(field->name.p, field->name.n);

	build_addresses(out, name, list);
	free(name);
}

/* As it stands, folded before a word that would pass the line's end. */
static void
put_folded(struct buf *out, struct span s, size_t column)
{
	size_t blanks, word;

	while (s.n > 0) {
		for (blanks = 0; blanks < s.n && ascii_blank(s.p[blanks]);)
			blanks++;
		for (word = blanks; word < s.n && !ascii_blank(s.p[word]);)
			word++;
		if (blanks > 0 && column + word > FOLD) {
			buf_char(out, '\n');
			column = 0;
		}
		buf_span(out, span_sub(s, 0, word));
		column += word;
		s = span_from(s, word);
	}
}
