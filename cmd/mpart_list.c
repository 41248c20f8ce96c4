#include <string.h>

#include "mail/header.h"
#include "mpart.h"

static int list_part(struct mpart *, const struct mime *, size_t i,
    struct err *);
static void column(struct buf *row, struct span text);

int
mpart_list(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	for (size_t i = 0; i < message->mime.n; i++)
		if (list_part(p, &message->mime, i, e) == -1)
			return -1;
	p->has_shown = true;
	return 0;
}

int
mpart_fields(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	struct span rest = span_of(p->fields), name, header;
	struct buf wanted = {0}, text = {0};
	struct field f;
	int status = 0;

	while (status == 0 && span_cut(&rest, ',', &name) == 1) {
		buf_cut(&wanted, 0);
		buf_span(&wanted, span_trim(name));
		header = message->mime.v[0].header;
		while (status == 0 && header_next(&header, &f) == 1) {
			if (!span_ieq(f.name, buf_view(&wanted)))
				continue;
			buf_cut(&text, 0);
			text_value(&f, &text);
			status = output_record(&p->out, buf_view(&text), e);
			p->has_shown = true;
		}
	}
	buf_free(&wanted);
	buf_free(&text);
	return status;
}

void
mpart_encoding(const struct mime_part *part, struct buf *out)
{
	struct field f;
	struct span value;

	if (part->name.p != NULL)
		buf_str(out, "x-uuencode");
	if (!header_find(part->header, "content-transfer-encoding", &f))
		return;
	value = span_trim(f.value);
	for (size_t i = 0; i < value.n; i++)
		buf_char(out, ascii_lower(value.p[i]));
}

/* index, type, charset, encoding, disposition, size, file name */
static int
list_part(struct mpart *p, const struct mime *m, size_t i, struct err *e)
{
	const struct mime_part *part = &m->v[i];
	struct mime_about about;
	struct buf row = {0}, encoding = {0};
	int status = mime_about(part, &about, e);

	if (status == 0) {
		mime_index(m, i, &row);
		column(&row, span_of(part->type));
		column(&row, about.charset);
		mpart_encoding(part, &encoding);
		column(&row, buf_view(&encoding));
		column(&row, buf_view(&about.disposition.value));
		buf_fmt(&row, "\t%zu", text_size(part));
		column(&row, about.filename);
		status = output_name(&p->out, buf_view(&row), e);
	}
	mime_about_free(&about);
	buf_free(&row);
	buf_free(&encoding);
	return status;
}

static void
column(struct buf *row, struct span text)
{
	buf_char(row, '\t');
	if (text.n == 0)
		buf_char(row, '-');
	else
		charset_line(text, row);
}
