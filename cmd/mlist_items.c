/* What is fetched of the messages of a folder on a server: no more is. */
#include "mlist_remote.h"

static bool add_fields(const struct mailbox *, struct buf *names);
static bool add_format(const struct format *, struct buf *names);
static bool put_fields(struct span names, struct buf *out);
static bool is_plain(struct span name);
static bool holds(struct span names, struct span name);

bool
mailbox_knows(const struct mailbox *b)
{
	const struct mlist *m = b->m;

	if (!b->search.is_exact || m->output_needs != 0)
		return false;
	return m->is_count || m->style == MLIST_NAMES ||
	    (m->style == MLIST_FORMAT && !format_uses(&m->format, "F"));
}

enum mailbox_fields
mailbox_items(const struct mailbox *b, struct buf *out)
{
	const struct mlist *m = b->m;
	enum mailbox_fields kind = MAILBOX_NO_FIELDS;
	unsigned needs = m->output_needs |
	    (b->search.is_exact ? 0 : m->needs);
	struct buf names = {0}, fields = {0};

	if (add_fields(b, &names) || !put_fields(buf_view(&names), &fields))
		kind = MAILBOX_HEADER;
	else if (fields.n > 0)
		kind = holds(buf_view(&fields), SPAN("Date"))
		    ? MAILBOX_DATE : MAILBOX_SOME;
	buf_str(out, "(UID FLAGS");
	if ((needs & QUERY_ARRIVAL) != 0)
		buf_str(out, " INTERNALDATE");
	if ((needs & QUERY_SIZE) != 0)
		buf_str(out, " RFC822.SIZE");
	if (kind == MAILBOX_HEADER)
		buf_str(out, " BODY.PEEK[HEADER]");
	else if (kind != MAILBOX_NO_FIELDS)
		buf_fmt(out, " BODY.PEEK[HEADER.FIELDS (%s)]",
		    buf_cstr(&fields));
	buf_char(out, ')');
	buf_free(&names);
	buf_free(&fields);
	return kind;
}

/* The fields that are looked at, a blank before each; true: all. */
static bool
add_fields(const struct mailbox *b, struct buf *names)
{
	const struct mlist *m = b->m;

	if (!b->search.is_exact && query_imap_fields(m->query, names))
		return true;
	if (m->sort == MLIST_DATE)
		buf_str(names, " Date");
	else if (m->sort == MLIST_FROM)
		buf_str(names, " From Sender");
	else if (m->sort == MLIST_SUBJECT)
		buf_str(names, " Subject");
	if (m->thread != NULL)
		buf_str(names,
		    " Date Message-ID References In-Reply-To Subject");
	if (m->is_count)
		return false;
	if (m->style == MLIST_LONG)
		buf_str(names, " Date From Sender Subject");
	else if (m->style == MLIST_JSON)
		buf_str(names, " Date From To Cc Subject Message-ID"
		    " References");
	else if (m->style == MLIST_FORMAT)
		return add_format(&m->format, names);
	return false;
}

static bool
add_format(const struct format *f, struct buf *names)
{
	static const struct {
		const char *letters, *names;
	} wanted[] = {{"i", " Message-ID"}, {"da", " Date"},
	    {"fA", " From Sender"}, {"t", " To"}, {"s", " Subject"}};

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (format_uses(f, wanted[i].letters))
			buf_str(names, wanted[i].names);
	for (size_t i = 0; i < f->n; i++) {
		if (f->item[i].kind != '{')
			continue;
		if (!is_plain(buf_view(&f->item[i].text)))
			return true;
		buf_fmt(names, " %s", buf_cstr(&f->item[i].text));
	}
	return false;
}

/* Each once; false where one cannot be written so. */
static bool
put_fields(struct span names, struct buf *out)
{
	struct span name;

	while (span_cut(&names, ' ', &name) == 1) {
		if (name.n == 0 || holds(buf_view(out), name))
			continue;
		if (!is_plain(name))
			return false;
		if (out->n > 0)
			buf_char(out, ' ');
		buf_span(out, name);
	}
	return true;
}

static bool
is_plain(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_alpha(name.p[i]) && !ascii_digit(name.p[i]) &&
		    name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '.')
			return false;
	return name.n > 0;
}

static bool
holds(struct span names, struct span name)
{
	struct span one;

	while (span_cut(&names, ' ', &one) == 1)
		if (span_ieq(one, name))
			return true;
	return false;
}
