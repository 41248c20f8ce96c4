#include <string.h>

#include "mail/header.h"
#include "mail/ready.h"

/* The fields that matter, the plain ones and then the same with Resent-. */
enum {
	FIELD_DATE,
	FIELD_FROM,
	FIELD_MESSAGE_ID,
	FIELD_TO,
	FIELD_CC,
	FIELD_BCC,
	FIELDS
};

static const char *const names[2][FIELDS] = {
    {"Date", "From", "Message-ID", "To", "Cc", "Bcc"},
    {"Resent-Date", "Resent-From", "Resent-Message-ID", "Resent-To",
	"Resent-Cc", "Resent-Bcc"}};

/* What was found of one of the two kinds. */
struct found {
	bool has[FIELDS];
	struct addr_list to, from;
	struct buf message_id;
	bool is_over; /* an older block of Resent- fields began */
};

static int check_header(struct span, struct err *);
static void read_header(struct span, const char *eol, bool is_bare_replaced,
    struct found[2], struct buf *kept);
static bool is_bcc(struct span name);
static bool is_bare(const struct field *);
static void take_field(const struct field *, struct found[2]);
static void take_kind(const struct field *, const char *const *,
    struct found *);
static void take_id(struct span value, struct buf *);
static void add_missing(const struct found *, const struct ready_add *,
    const char *const *, const char *eol, struct buf *);

int
ready_make(struct span message, const struct ready_add *add, struct ready *r,
    struct err *e)
{
	struct found found[2] = {{.is_over = false}, {.is_over = false}};
	struct buf kept = {0};
	struct span header;
	const char *eol;
	size_t kind, lf = span_chr(message, '\n');

	*r = (struct ready){0};
	header = header_split(message, &r->body);
	if (check_header(header, e) == -1)
		return -1;
	eol = lf != SPAN_NONE && lf > 0 && message.p[lf - 1] == '\r' ?
	    "\r\n" : "\n";
	read_header(header, eol, add->is_bare_replaced, found, &kept);
	kind = found[1].has[FIELD_TO] || found[1].has[FIELD_CC] ||
	    found[1].has[FIELD_BCC];
	if (kind == 1)
		add_missing(&found[1], add, names[1], eol, &r->head);
	add_missing(&found[0], add, names[0], eol, &r->head);
	buf_span(&r->head, buf_view(&kept));
	buf_str(&r->head, eol);
	r->to = found[kind].to;
	r->from = found[kind].from;
	addr_list_unique(&r->to);
	addr_list_unique(&r->from);
	take_id(found[0].has[FIELD_MESSAGE_ID] ?
	    buf_view(&found[0].message_id) : span_of(add->message_id),
	    &r->message_id);
	addr_list_free(&found[1 - kind].to);
	addr_list_free(&found[1 - kind].from);
	buf_free(&found[0].message_id);
	buf_free(&found[1].message_id);
	buf_free(&kept);
	return 0;
}

void
ready_free(struct ready *r)
{
	addr_list_free(&r->to);
	addr_list_free(&r->from);
	buf_free(&r->head);
	buf_free(&r->message_id);
	buf_free(&r->whole);
	*r = (struct ready){0};
}

/* What a reader could take for a line end where SMTP has none. */
static int
check_header(struct span header, struct err *e)
{
	for (size_t i = 0; i < header.n; i++)
		if (header.p[i] == '\0' || (header.p[i] == '\r' &&
		    (i + 1 == header.n || header.p[i + 1] != '\n')))
			return err_set(e, ERR_DATA,
			    "the header has a %s", header.p[i] == '\0' ?
			    "NUL" : "CR without LF");
	return 0;
}

/* Keeps all that may be seen. */
static void
read_header(struct span header, const char *eol, bool is_bare_replaced,
    struct found found[2], struct buf *kept)
{
	struct field f;

	while (header_next(&header, &f) == 1) {
		take_field(&f, found);
		if (is_bcc(f.name))
			continue;
		if (is_bare_replaced && is_bare(&f)) {
			found[0].has[FIELD_FROM] = false;
			continue;
		}
		buf_span(kept, f.raw);
		if (!span_ends(f.raw, SPAN("\n")))
			buf_str(kept, eol);
	}
}

static bool
is_bcc(struct span name)
{
	return span_iis(name, names[0][FIELD_BCC]) ||
	    span_iis(name, names[1][FIELD_BCC]);
}

/* A From that names a local user. */
static bool
is_bare(const struct field *f)
{
	struct addr_list list = {0};
	bool is;

	if (!span_iis(f->name, names[0][FIELD_FROM]))
		return false;
	addr_parse(f->value, &list);
	is = list.n == 1 && !list.v[0].is_group &&
	    addr_domain(list.v[0].address).n == 0;
	addr_list_free(&list);
	return is;
}

/*
 * The last set of Resent- fields stands first (RFC 5322, section 3.6.6); it
 * ends where another field follows or one of its own comes again.
 */
static void
take_field(const struct field *f, struct found found[2])
{
	bool was_any = false;

	if (!span_istarts(f->name, SPAN("Resent-"))) {
		for (size_t i = 0; i < FIELDS; i++)
			was_any = was_any || found[1].has[i];
		found[1].is_over = was_any;
		take_kind(f, names[0], &found[0]);
		return;
	}
	for (size_t i = 0; i < FIELDS; i++)
		if (found[1].has[i] && span_iis(f->name, names[1][i]))
			found[1].is_over = true;
	if (!found[1].is_over)
		take_kind(f, names[1], &found[1]);
}

static void
take_kind(const struct field *f, const char *const *name, struct found *found)
{
	size_t i = 0;

	while (i < FIELDS && !span_iis(f->name, name[i]))
		i++;
	if (i == FIELDS)
		return;
	found->has[i] = true;
	if (i == FIELD_MESSAGE_ID)
		take_id(f->value, &found->message_id);
	else if (i == FIELD_FROM)
		addr_parse(f->value, &found->from);
	else if (i != FIELD_DATE)
		addr_parse(f->value, &found->to);
}

/* Without blanks and angle brackets around it; the first counts. */
static void
take_id(struct span value, struct buf *out)
{
	struct buf plain = {0};
	struct span id;

	if (out->n > 0)
		return;
	header_unfold(value, &plain);
	id = span_trim(buf_view(&plain));
	if (id.n > 1 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = span_sub(id, 1, id.n - 2);
	buf_span(out, id);
	buf_free(&plain);
}

static void
add_missing(const struct found *found, const struct ready_add *add,
    const char *const *name, const char *eol, struct buf *out)
{
	if (!found->has[FIELD_DATE]) {
		buf_fmt(out, "%s: ", name[FIELD_DATE]);
		date_rfc5322(add->date, out);
		buf_str(out, eol);
	}
	if (!found->has[FIELD_FROM])
		buf_fmt(out, "%s: %s%s", name[FIELD_FROM], add->from, eol);
	if (!found->has[FIELD_MESSAGE_ID])
		buf_fmt(out, "%s: <%s>%s", name[FIELD_MESSAGE_ID],
		    add->message_id, eol);
}
