#include "mail/header.h"
#include "mail/mime.h"

static bool find_number(const struct mime *, size_t *p, size_t number);
static size_t message_in(const struct mime *, size_t p);
static bool find_word(const struct mime *, size_t *p, struct span, enum
    mime_section *what);

bool
mime_is_message(const struct mime *m, size_t part)
{
	size_t parent = m->v[part].parent;

	return parent == MIME_NONE || m->v[parent].kind == MIME_MESSAGE;
}

void
mime_index(const struct mime *m, size_t part, struct buf *out)
{
	size_t number[MIME_DEPTH_MAX + 1], n = 0, p;

	for (p = part; p != MIME_NONE; p = m->v[p].parent) {
		bool container = m->v[p].kind == MIME_MULTIPART &&
		    mime_is_message(m, p);

		/* a message's own multipart does not count for its parts */
		if (container && p != part)
			continue;
		number[n++] = container ? 0 : m->v[p].number;
	}
	while (n-- > 0)
		buf_fmt(out, n == 0 ? "%zu" : "%zu.", number[n]);
}

int
mime_find(const struct mime *m, struct span section, size_t *part,
    enum mime_section *what, struct err *e)
{
	struct span rest = section, word, shown = span_sub(section, 0, 100);
	size_t p = MIME_NONE;
	uint64_t number;
	bool found = section.n > 0;

	*what = MIME_PART;
	while (found && span_cut(&rest, '.', &word) == 1) {
		if (span_num(word, MIME_PARTS_MAX, &number))
			found = find_number(m, &p, (size_t)number);
		else
			found = rest.p == NULL &&
			    find_word(m, &p, word, what);
	}
	*part = p;
	return found ? 0
		     : err_set(e, ERR_NOINPUT, "no part '%.*s'",
			   (int)shown.n, shown.p);
}

bool
mime_is_section(struct span s)
{
	struct span rest = s, word;

	while (span_cut(&rest, '.', &word) == 1) {
		if (rest.p == NULL && (span_iis(word, "header") ||
			span_iis(word, "text") || span_iis(word, "mime")))
			return true;
		for (size_t i = 0; i < word.n; i++)
			if (!ascii_digit(word.p[i]))
				return false;
		if (word.n == 0)
			return false;
	}
	return s.n > 0;
}

int
mime_about(const struct mime_part *part, struct mime_about *a, struct err *e)
{
	struct field f;
	int status = 0;

	*a = (struct mime_about){0};
	if (header_find(part->header, "content-type", &f))
		status = param_parse(f.value, &a->type, e);
	if (status == 0 &&
	    header_find(part->header, "content-disposition", &f))
		status = param_parse(f.value, &a->disposition, e);
	a->charset = param_get(&a->type, "charset");
	a->filename = param_get(&a->disposition, "filename");
	if (a->filename.n == 0)
		a->filename = param_get(&a->type, "name");
	if (a->filename.n == 0)
		a->filename = part->name;
	return status;
}

void
mime_about_free(struct mime_about *a)
{
	param_free(&a->type);
	param_free(&a->disposition);
	*a = (struct mime_about){0};
}

/* From part *p, MIME_NONE at first, to what the number names in it. */
static bool
find_number(const struct mime *m, size_t *p, size_t number)
{
	bool message = *p == MIME_NONE || m->v[*p].kind == MIME_MESSAGE;
	size_t in = message ? message_in(m, *p) : *p, child;

	if (message && (number == 0 ||
			   (number == 1 && m->v[in].kind != MIME_MULTIPART))) {
		*p = in;
		return true;
	}
	/* "0" is whole: what is in it has no number that begins with it */
	if (!message && mime_is_message(m, *p) && m->v[*p].kind != MIME_LEAF)
		return false;
	child = m->v[in].first;
	while (child != MIME_NONE && m->v[child].number != number)
		child = m->v[child].next;
	*p = child;
	return child != MIME_NONE;
}

static size_t
message_in(const struct mime *m, size_t p)
{
	return p == MIME_NONE ? 0 : m->v[p].first;
}

static bool
find_word(const struct mime *m, size_t *p, struct span word,
    enum mime_section *what)
{
	*what = span_iis(word, "text") ? MIME_TEXT : MIME_HEADER;
	if (span_iis(word, "mime"))
		return *p != MIME_NONE;
	if (!span_iis(word, "header") && !span_iis(word, "text"))
		return false;
	if (*p != MIME_NONE && m->v[*p].kind != MIME_MESSAGE)
		return false;
	*p = message_in(m, *p);
	return true;
}
