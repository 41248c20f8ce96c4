#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diag.h"
#include "base/mem.h"
#include "mpart.h"

#define TYPE_SUFFIX_MAX 5 /* letters of a subtype that make a suffix */

/* Which number to try first for each name, so that many of one stay cheap. */
struct mpart_names {
	struct saved {
		char *name; /* NULL: the place is free */
		unsigned number;
	} *v;
	size_t n, cap; /* cap is a power of two */
};

static bool is_wanted(const struct mpart *, const struct mime_part *,
    const struct mime_about *);
static bool is_type(struct span type, struct span pattern);
static int save_part(struct mpart *, const struct mime *, size_t i,
    const struct mime_about *, struct err *);
static void part_name(const struct mime *, size_t i,
    const struct mime_about *, struct buf *);
static void add_suffix(struct span type, struct buf *);
static int write_part(struct mpart *, int fd, const struct mime_part *,
    const char *path, struct err *);
static unsigned *next_number(struct mpart_names *, const char *name);
static struct saved *find_place(const struct mpart_names *, const char *name);
static void grow(struct mpart_names *);

int
mpart_save(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	const struct mime *m = &message->mime;
	struct mime_about about;
	size_t skip_depth = MIME_NONE;
	int status = 0;

	for (size_t i = 0; i < m->n && status == 0; i++) {
		if (option_interrupted())
			break;
		/* a saved message has its attachments in it */
		if (m->v[i].depth > skip_depth)
			continue;
		skip_depth = MIME_NONE;
		status = mime_about(&m->v[i], &about, e);
		if (status == 0 && is_wanted(p, &m->v[i], &about)) {
			status = save_part(p, m, i, &about, e);
			skip_depth = m->v[i].depth;
		}
		mime_about_free(&about);
	}
	return status;
}

void
mpart_save_end(struct mpart *p)
{
	if (p->saved == NULL)
		return;
	for (size_t i = 0; i < p->saved->cap; i++)
		free(p->saved->v[i].name);
	free(p->saved->v);
	free(p->saved);
	p->saved = NULL;
}

/*
 * A part of the type that is asked for; without -m what is marked as an
 * attachment, has a file name, or is a leaf that is no text to read.
 */
static bool
is_wanted(const struct mpart *p, const struct mime_part *part,
    const struct mime_about *about)
{
	struct span type = span_of(part->type);
	struct span value = buf_view(&about->disposition.value);
	bool is_named = about->filename.n > 0 ||
	    (value.n > 0 && !span_is(value, "inline"));

	if (part->kind == MIME_MULTIPART)
		return false;
	if (p->type != NULL)
		return is_type(type, span_of(p->type));
	if (part->kind == MIME_MESSAGE)
		return is_named;
	return is_named ||
	    !(span_starts(type, SPAN("text/")) ||
		span_starts(type, SPAN("multipart/")) ||
		(span_starts(type, SPAN("message/")) &&
		    part->enc == ENC_NONE));
}

/* "image/png", "image/" followed by an asterisk, or "image" */
static bool
is_type(struct span type, struct span pattern)
{
	size_t slash = span_chr(type, '/');

	if (span_ends(pattern, SPAN("/*")))
		pattern.n -= 2;
	if (span_is(pattern, "*"))
		return true;
	if (span_chr(pattern, '/') == SPAN_NONE)
		type = span_sub(type, 0, slash);
	return span_ieq(type, pattern);
}

static int
save_part(struct mpart *p, const struct mime *m, size_t i,
    const struct mime_about *about, struct err *e)
{
	struct buf name = {0}, path = {0};
	unsigned *number;
	size_t start;
	int fd, status = -1;

	if (p->saved == NULL)
		p->saved = mem_alloc(1, sizeof *p->saved);
	part_name(m, i, about, &name);
	number = next_number(p->saved, buf_cstr(&name));
	buf_fmt(&path, "%s/", p->dir);
	start = path.n;
	fd = file_create_from(p->dir_fd, buf_view(&name), number, &path, e);
	if (fd == -1) {
		err_wrap(e, "%s", p->dir);
	} else {
		cut_removes(&p->cut, p->dir_fd, buf_cstr(&path) + start);
		status = write_part(p, fd, &m->v[i], buf_cstr(&path), e);
		cut_removes(&p->cut, p->dir_fd, NULL);
		/* half a file must not look like a whole one */
		if (status == -1)
			unlinkat(p->dir_fd, buf_cstr(&path) + start, 0);
		else
			status = output_name(&p->out, buf_view(&path), e);
	}
	p->has_shown = p->has_shown || status == 0;
	buf_free(&name);
	buf_free(&path);
	return status;
}

/* What the mail calls it, as one safe name; else one from its index. */
static void
part_name(const struct mime *m, size_t i, const struct mime_about *about,
    struct buf *out)
{
	if (about->filename.n > 0) {
		file_component(about->filename, out);
		return;
	}
	buf_str(out, "part-");
	mime_index(m, i, out);
	add_suffix(span_of(m->v[i].type), out);
}

static void
add_suffix(struct span type, struct buf *out)
{
	static const struct {
		const char *type, *suffix;
	} known[] = {{"text/plain", ".txt"}, {"image/jpeg", ".jpg"},
	    {"text/calendar", ".ics"}, {"message/rfc822", ".eml"},
	    {"message/global", ".eml"}};
	struct span sub = span_from(type, span_chr(type, '/') + 1);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_is(type, known[i].type)) {
			buf_str(out, known[i].suffix);
			return;
		}
	for (size_t i = 0; i < sub.n; i++)
		if (!ascii_alpha(sub.p[i]) && !ascii_digit(sub.p[i]))
			return;
	if (sub.n <= TYPE_SUFFIX_MAX) {
		buf_char(out, '.');
		buf_span(out, sub);
	}
}

/* The decoded bytes, piece by piece; closes fd. */
static int
write_part(struct mpart *p, int fd, const struct mime_part *part,
    const char *path, struct err *e)
{
	struct text_stream t;
	struct buf piece = {0};
	int status = text_open(&t, part, TEXT_BYTES, e);

	while (status == 0 && text_next(&t, &piece) == 1) {
		status = file_write(fd, buf_view(&piece), path, e);
		buf_cut(&piece, 0);
	}
	text_close(&t);
	buf_free(&piece);
	if (close(fd) == -1 && status == 0)
		status = err_sys(e, ERR_IO, "%s", path);
	if (p->common.verbose && status == 0)
		diag(MPART_NAME, "%s: saved", path);
	return status;
}

static unsigned *
next_number(struct mpart_names *names, const char *name)
{
	struct saved *place;

	if (2 * names->n >= names->cap)
		grow(names);
	place = find_place(names, name);
	if (place->name == NULL) {
		*place = (struct saved){.name = mem_str(name), .number = 1};
		names->n++;
	}
	return &place->number;
}

/* The name's place in the table, or the free one where it belongs. */
static struct saved *
find_place(const struct mpart_names *names, const char *name)
{
	uint32_t hash = 2166136261u;
	size_t i;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (i = hash & (names->cap - 1); names->v[i].name != NULL;
	     i = (i + 1) & (names->cap - 1))
		if (strcmp(names->v[i].name, name) == 0)
			break;
	return &names->v[i];
}

static void
grow(struct mpart_names *names)
{
	struct mpart_names bigger = {.n = names->n,
	    .cap = names->cap == 0 ? 64 : 2 * names->cap};

	bigger.v = mem_alloc(bigger.cap, sizeof *bigger.v);
	for (size_t i = 0; i < names->cap; i++)
		if (names->v[i].name != NULL)
			*find_place(&bigger, names->v[i].name) = names->v[i];
	free(names->v);
	*names = bigger;
}
