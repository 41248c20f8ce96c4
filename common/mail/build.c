#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/build.h"
#include "mail/build_part.h"
#include "mail/word.h"
#include "text/charset.h"

#define FOLD 76 /* columns, where a field's value has blanks to fold at */

/* Address fields that may be given by -H; others are unstructured. */
static const char *const address_fields[] = {"reply-to", "sender",
    "mail-followup-to", "mail-reply-to", "errors-to",
    "disposition-notification-to", "return-receipt-to"};

/* What has an option of its own, or is ours to say. */
static const char *const own_fields[] = {"from", "to", "cc", "bcc", "subject",
    "mime-version", "return-path", "resent-bcc"};

static bool is_among(struct span, const char *const *, size_t);
static bool is_text(struct span);
static int add_header(const struct build *, struct buf *, struct err *);
static void add_addresses(struct buf *, const char *name,
    const struct addr_list *);
static bool has_field(const struct build *, const char *name);
static int add_field(struct buf *, const struct build_field *, struct err *);
static void add_folded(struct buf *, struct span, size_t column);
static int check_lines(struct span, struct err *);

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
	if (!is_text(rest))
		return err_set(e, ERR_USAGE, "\"%s\" is no field: it has a "
		    "line end, another control or broken UTF-8", s);
	if (is_among(name, own_fields,
	    sizeof own_fields / sizeof own_fields[0]) ||
	    span_istarts(name, SPAN("content-")))
		return err_set(e, ERR_USAGE, "the field %.*s is not for -H",
		    (int)name.n, name.p);
	field->name = name;
	field->value = span_trim(rest);
	return 0;
}

int
build_message(const struct build *b,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *e)
{
	struct build_out out = {.put = put, .arg = arg};
	int status = add_header(b, &out.held, e);

	if (status == 0 && b->parts > 0)
		buf_fmt(&out.held, "Content-Type: multipart/mixed;\n"
		    " boundary=\"=_%s\"\n\n--=_%s\n", b->token, b->token);
	if (status == 0)
		status = build_text(&out, b->text, e);
	for (size_t i = 0; i < b->parts && status == 0; i++) {
		buf_fmt(&out.held, "\n--=_%s\n", b->token);
		status = build_part(&out, &b->part[i], e);
	}
	if (b->parts > 0)
		buf_fmt(&out.held, "\n--=_%s--\n", b->token);
	if (status == 0)
		status = build_flush(&out, e);
	buf_free(&out.held);
	return status;
}

static bool
is_among(struct span name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_iis(name, list[i]))
			return true;
	return false;
}

/* UTF-8 without controls, C1 ones included; a tab is a blank. */
static bool
is_text(struct span s)
{
	if (!charset_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((ascii_ctl(s.p[i]) && s.p[i] != '\t') ||
		    (s.p[i] == '\xc2' && (unsigned char)s.p[i + 1] < 0xa0))
			return false;
	return true;
}

/* All fields but those of the content. */
static int
add_header(const struct build *b, struct buf *out, struct err *e)
{
	struct build_field subject = {SPAN("Subject"), span_of(b->subject)};

	if (!is_text(subject.value))
		return err_set(e, ERR_USAGE, "the subject has a line end, "
		    "another control or broken UTF-8");
	if (!has_field(b, "Date")) {
		buf_str(out, "Date: ");
		date_rfc5322(b->date, out);
		buf_char(out, '\n');
	}
	add_addresses(out, "From", b->from);
	add_addresses(out, "To", b->to);
	add_addresses(out, "Cc", b->cc);
	if (b->to->n + b->cc->n == 0)
		buf_str(out, "To: undisclosed-recipients:;\n");
	if (subject.value.n > 0) {
		buf_str(out, "Subject: ");
		word_encode(subject.value, strlen("Subject: "), out);
		buf_char(out, '\n');
	}
	if (!has_field(b, "Message-ID"))
		buf_fmt(out, "Message-ID: <%s>\n", b->message_id);
	for (size_t i = 0; i < b->fields; i++)
		if (add_field(out, &b->field[i], e) == -1)
			return -1;
	buf_str(out, "MIME-Version: 1.0\n");
	return check_lines(buf_view(out), e);
}

/* One address a line. */
static void
add_addresses(struct buf *out, const char *name, const struct addr_list *list)
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

static bool
has_field(const struct build *b, const char *name)
{
	for (size_t i = 0; i < b->fields; i++)
		if (span_iis(b->field[i].name, name))
			return true;
	return false;
}

/* A user's field: addresses, ASCII as it stands, or encoded words. */
static int
add_field(struct buf *out, const struct build_field *field, struct err *e)
{
	struct addr_list list = {0};
	struct span name = field->name;
	char *copy;

	if (is_among(name, address_fields,
	    sizeof address_fields / sizeof address_fields[0])) {
		if (addr_parse_strict(field->value, &list, e) == -1)
			return err_wrap(e, "%.*s", (int)name.n, name.p);
		copy = mem_dup(name.p, name.n);
		add_addresses(out, copy, &list);
		free(copy);
		addr_list_free(&list);
		return 0;
	}
	buf_span(out, name);
	buf_str(out, ": ");
	if (charset_is_ascii(field->value))
		add_folded(out, field->value, name.n + 2);
	else
		word_encode(field->value, name.n + 2, out);
	buf_char(out, '\n');
	return 0;
}

/* As it stands, folded before a word that would pass the line's end. */
static void
add_folded(struct buf *out, struct span s, size_t column)
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

static int
check_lines(struct span header, struct err *e)
{
	struct span line;

	while (span_line(&header, &line) == 1)
		if (line.n > BUILD_LINE_MAX)
			return err_set(e, ERR_USAGE,
			    "a field has a word that is too long for a line: "
			    "%.*s...", 40, line.p);
	return 0;
}
