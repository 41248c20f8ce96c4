#include <string.h>

#include "mail/build_part.h"
#include "mail/word.h"

/* The multiparts, the outermost first, by the letters of their boundaries. */
enum level { LEVEL_MIXED = 'm', LEVEL_RELATED = 'r', LEVEL_ALTERNATIVE = 'a' };

static int put_header(const struct build *, struct buf *, struct err *);
static bool has_field(const struct build *, const char *name);
static int check_lines(struct span, struct err *);
static int put_mixed(struct build_out *, const struct build *, struct err *);
static int put_related(struct build_out *, const struct build *, struct err *);
static int put_alternatives(struct build_out *, const struct build *,
    struct err *);
static int put_role(struct build_out *, const struct build *,
    enum build_role, enum level, struct err *);
static int put_body(struct build_out *, const struct build *, struct err *);
static bool has_text(const struct build *);
static const char *text_type(const struct build *);
static const char *root_type(const struct build *);
static size_t count(const struct build *, enum build_role);
static void open_level(struct build_out *, const struct build *, enum level,
    const char *subtype);
static void put_delimiter(struct build_out *, const struct build *,
    enum level, const char *end);

int
build_message(const struct build *b,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *e)
{
	struct build_out out = {.put = put, .arg = arg,
	    .charset = b->charset};
	int status = 0;

	for (size_t i = 0; i < b->parts && status == 0; i++)
		status = build_check(&b->part[i], e);
	if (status == 0)
		status = put_header(b, &out.held, e);
	if (status == 0)
		status = put_mixed(&out, b, e);
	if (status == 0)
		status = build_flush(&out, e);
	buf_free(&out.held);
	return status;
}

/* All fields but those of the content. */
static int
put_header(const struct build *b, struct buf *out, struct err *e)
{
	struct span subject = span_of(b->subject);

	if (!build_is_text(subject))
		return err_set(e, ERR_USAGE, "the subject has a line end, "
		    "another control or broken UTF-8");
	if (!has_field(b, "Date")) {
		buf_str(out, "Date: ");
		date_rfc5322(b->date, out);
		buf_char(out, '\n');
	}
	build_addresses(out, "From", b->from);
	build_addresses(out, "To", b->to);
	build_addresses(out, "Cc", b->cc);
	if (b->to->n + b->cc->n == 0)
		buf_str(out, "To: undisclosed-recipients:;\n");
	if (subject.n > 0) {
		buf_str(out, "Subject: ");
		word_encode(subject, strlen("Subject: "), out);
		buf_char(out, '\n');
	}
	if (!has_field(b, "Message-ID"))
		buf_fmt(out, "Message-ID: <%s>\n", b->message_id);
	for (size_t i = 0; i < b->fields; i++)
		if (build_put_field(&b->field[i], out, e) == -1)
			return -1;
	buf_str(out, "MIME-Version: 1.0\n");
	return check_lines(buf_view(out), e);
}

static bool
has_field(const struct build *b, const char *name)
{
	for (size_t i = 0; i < b->fields; i++)
		if (span_iis(b->field[i].name, name))
			return true;
	return false;
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

static int
put_mixed(struct build_out *out, const struct build *b, struct err *e)
{
	size_t attached = count(b, BUILD_ATTACHED);

	if (attached == 0)
		return put_related(out, b, e);
	open_level(out, b, LEVEL_MIXED, "mixed");
	if (has_text(b) || attached < b->parts) {
		put_delimiter(out, b, LEVEL_MIXED, "");
		if (put_related(out, b, e) == -1)
			return -1;
	}
	return put_role(out, b, BUILD_ATTACHED, LEVEL_MIXED, e);
}

static int
put_related(struct build_out *out, const struct build *b, struct err *e)
{
	if (count(b, BUILD_INLINE) == 0)
		return put_alternatives(out, b, e);
	open_level(out, b, LEVEL_RELATED, "related");
	put_delimiter(out, b, LEVEL_RELATED, "");
	if (put_alternatives(out, b, e) == -1)
		return -1;
	return put_role(out, b, BUILD_INLINE, LEVEL_RELATED, e);
}

static int
put_alternatives(struct build_out *out, const struct build *b, struct err *e)
{
	size_t others = count(b, BUILD_ALTERNATIVE);

	if (others == 0)
		return put_body(out, b, e);
	if (!has_text(b) && others == 1) {
		for (size_t i = 0; i < b->parts; i++)
			if (b->part[i].role == BUILD_ALTERNATIVE)
				return build_part(out, &b->part[i], e);
	}
	open_level(out, b, LEVEL_ALTERNATIVE, "alternative");
	if (has_text(b)) {
		put_delimiter(out, b, LEVEL_ALTERNATIVE, "");
		if (put_body(out, b, e) == -1)
			return -1;
	}
	return put_role(out, b, BUILD_ALTERNATIVE, LEVEL_ALTERNATIVE, e);
}

/* All parts of one role, and the multipart's end. */
static int
put_role(struct build_out *out, const struct build *b, enum build_role role,
    enum level level, struct err *e)
{
	for (size_t i = 0; i < b->parts; i++) {
		if (b->part[i].role != role)
			continue;
		put_delimiter(out, b, level, "");
		if (build_part(out, &b->part[i], e) == -1)
			return -1;
	}
	put_delimiter(out, b, level, "--");
	return 0;
}

static int
put_body(struct build_out *out, const struct build *b, struct err *e)
{
	const char *type = text_type(b);

	if (strncmp(type, "text/", 5) == 0)
		return build_text(out, type, b->text, e);
	return build_data(out, type, b->text, e);
}

/* An empty text says nothing beside a part that is shown or attached. */
static bool
has_text(const struct build *b)
{
	return b->text.n > 0 || count(b, BUILD_INLINE) == b->parts;
}

static const char *
text_type(const struct build *b)
{
	return b->type == NULL ? "text/plain" : b->type;
}

/* RFC 2387, section 3.1 */
static const char *
root_type(const struct build *b)
{
	size_t others = count(b, BUILD_ALTERNATIVE);

	if (others + has_text(b) > 1)
		return "multipart/alternative";
	for (size_t i = 0; i < b->parts && others > 0; i++)
		if (b->part[i].role == BUILD_ALTERNATIVE)
			return b->part[i].type;
	return text_type(b);
}

static size_t
count(const struct build *b, enum build_role role)
{
	size_t n = 0;

	for (size_t i = 0; i < b->parts; i++)
		n += b->part[i].role == role;
	return n;
}

static void
open_level(struct build_out *out, const struct build *b, enum level level,
    const char *subtype)
{
	bool is_8bit = false;
	const char *root = root_type(b);

	for (size_t i = 0; i < b->parts && level == LEVEL_MIXED; i++)
		is_8bit = is_8bit || build_is_8bit(&b->part[i]);
	buf_fmt(&out->held, "Content-Type: multipart/%s;\n", subtype);
	if (level == LEVEL_RELATED)
		buf_fmt(&out->held, " type=\"%.*s\";\n",
		    (int)strcspn(root, ";"), root);
	buf_fmt(&out->held, " boundary=\"=%c_%s\"\n", (char)level, b->token);
	if (is_8bit)
		buf_str(&out->held, "Content-Transfer-Encoding: 8bit\n");
}

static void
put_delimiter(struct build_out *out, const struct build *b, enum level level,
    const char *end)
{
	buf_fmt(&out->held, "\n--=%c_%s%s\n", (char)level, b->token, end);
}
