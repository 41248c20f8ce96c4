#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/mime.h"

#define HASH_START 2166136261u

/* A multipart whose last delimiter did not come yet. */
struct frame {
	struct buf boundary;
	size_t part;
};

/* A line that delimits parts, and the multipart it belongs to. */
struct delimiter {
	struct span line;
	size_t frame;
	bool is_last;
};

struct reader {
	struct mime *m;
	struct span text; /* the whole message */
	size_t at;	  /* where its next line begins */
	size_t part;	  /* the innermost part that is not ended */
	struct frame frame[MIME_DEPTH_MAX + 1];
	uint32_t hash[MIME_DEPTH_MAX + 1]; /* of each frame's boundary */
	size_t frames, longest;		   /* how many; the longest boundary */
	bool is_uu; /* files in texts are parts */
};

static int parse(struct reader *, struct span message, struct err *);
static int part_begin(struct reader *, struct err *);
static int part_add(struct reader *, struct err *);
static void link_child(struct reader *, size_t child);
static int part_header(struct reader *, struct err *);
static struct span header_reach(struct reader *, bool message);
static void body_after_fields(struct reader *, struct mime_part *);
static void body_at_delimiter(struct reader *, struct mime_part *);
static void begin_body(struct reader *, struct mime_part *, const char *p);
static int part_fields(struct reader *, struct mime_part *, struct err *);
static void part_kind(struct reader *, struct mime_part *, struct params *);
static bool is_media_type(struct span);
static struct span next_line(const struct reader *);
static bool is_delimiter(const struct reader *, struct span,
    struct delimiter *);
static uint32_t hash_add(uint32_t, struct span);
static int delimiter(struct reader *, const struct delimiter *, struct err *);
static int part_end(struct reader *, size_t end, struct err *);
static int add_files(struct reader *, struct err *);
static struct span clipped(const struct reader *, struct span, size_t end);
static struct span trim_end(struct span);

int
mime_parse(struct span message, struct mime *m, struct err *e)
{
	struct reader *r = mem_alloc(1, sizeof *r);

	r->m = m;
	return parse(r, message, e);
}

int
mime_parse_uu(struct span message, struct mime *m, struct err *e)
{
	struct reader *r = mem_alloc(1, sizeof *r);

	r->m = m;
	r->is_uu = true;
	return parse(r, message, e);
}

void
mime_free(struct mime *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].type);
	free(m->v);
	*m = (struct mime){0};
}

/* Frees the reader. */
static int
parse(struct reader *r, struct span message, struct err *e)
{
	struct delimiter d;
	struct span line;
	int status;

	r->text = message.p == NULL ? SPAN("") : message;
	r->part = MIME_NONE;
	*r->m = (struct mime){0};
	status = part_begin(r, e);
	while (status == 0 && r->at < message.n) {
		line = next_line(r);
		if (is_delimiter(r, line, &d))
			status = delimiter(r, &d, e);
		else
			r->at += line.n;
	}
	while (status == 0 && r->part != MIME_NONE)
		status = part_end(r, message.n, e);
	while (r->frames > 0)
		buf_free(&r->frame[--r->frames].boundary);
	free(r);
	return status;
}

/* Begins a part where the reader is, and the message in it, if it is one. */
static int
part_begin(struct reader *r, struct err *e)
{
	struct mime_part *part;

	do {
		if (part_add(r, e) == -1 || part_header(r, e) == -1)
			return -1;
		part = &r->m->v[r->part];
	} while (part->kind == MIME_MESSAGE);
	return 0;
}

/* Adds a part after its parent, the one that is innermost now. */
static int
part_add(struct reader *r, struct err *e)
{
	struct mime *m = r->m;
	struct mime_part *part;
	size_t depth = r->part == MIME_NONE ? 0 : m->v[r->part].depth + 1;

	if (depth > MIME_DEPTH_MAX)
		return err_set(e, ERR_DATA, "parts nest over %d deep",
		    MIME_DEPTH_MAX);
	if (m->n == MIME_PARTS_MAX)
		return err_set(e, ERR_DATA, "over %d parts", MIME_PARTS_MAX);
	m->v = mem_grow(m->v, &m->cap, m->n + 1, sizeof *m->v);
	part = &m->v[m->n];
	*part = (struct mime_part){.parent = r->part, .first = MIME_NONE,
	    .last = MIME_NONE, .next = MIME_NONE, .number = 1, .depth = depth};
	part->raw = span_from(r->text, r->at);
	link_child(r, m->n);
	r->part = m->n++;
	return 0;
}

static void
link_child(struct reader *r, size_t child)
{
	struct mime_part *v = r->m->v, *parent;

	if (r->part == MIME_NONE)
		return;
	parent = &v[r->part];
	if (parent->first == MIME_NONE) {
		parent->first = child;
	} else {
		v[parent->last].next = child;
		v[child].number = v[parent->last].number + 1;
	}
	parent->last = child;
}

/* Reads the header of the part just added; the reader is at its body then. */
static int
part_header(struct reader *r, struct err *e)
{
	struct mime_part *part = &r->m->v[r->part];
	bool message = mime_is_message(r->m, r->part);
	struct span reach = header_reach(r, message);
	struct delimiter d;

	part->header = message ? header_split(reach, &part->body)
			       : header_split_part(reach, &part->body);
	if (part->header.n > MIME_HEADER_MAX)
		return err_set(e, ERR_DATA, "a header has over %u bytes",
		    MIME_HEADER_MAX);
	/* an mbox's From_ line is no part of the message */
	if (part->header.n > 0)
		part->raw = span_from(r->text,
		    (size_t)(part->header.p - r->text.p));
	r->at = (size_t)(part->body.p - r->text.p);
	if (r->at == r->text.n || is_delimiter(r, next_line(r), &d))
		body_after_fields(r, part);
	if (part_fields(r, part, e) == -1)
		return -1;
	if (part->kind == MIME_MULTIPART)
		body_at_delimiter(r, part);
	return 0;
}

/* Of a part that has no empty line, or nothing after it. */
static void
body_after_fields(struct reader *r, struct mime_part *part)
{
	struct span rest = part->header, end = part->header;
	struct field f;

	while (header_next(&rest, &f) == 1)
		end = rest;
	if (end.n > 0 && end.n < part->header.n)
		begin_body(r, part, end.p);
}

/* Of a multipart whose first delimiter comes before an empty line. */
static void
body_at_delimiter(struct reader *r, struct mime_part *part)
{
	size_t at = r->at, end = (size_t)(part->header.p - r->text.p);
	struct delimiter d;

	end += part->header.n;
	for (r->at = end - part->header.n; r->at < end;
	     r->at += next_line(r).n)
		if (is_delimiter(r, next_line(r), &d)) {
			begin_body(r, part, r->text.p + r->at);
			return;
		}
	r->at = at;
}

/* Ends the header there. */
static void
begin_body(struct reader *r, struct mime_part *part, const char *p)
{
	part->header.n = (size_t)(p - part->header.p);
	part->body = span_at(p, (size_t)(r->text.p + r->text.n - p));
	r->at = (size_t)(p - r->text.p);
}

/*
 * From here as far as a header can reach: to the first empty line, or to a
 * delimiter line.  Lines before a message's first field may be empty.
 */
static struct span
header_reach(struct reader *r, bool message)
{
	size_t start = r->at, end;
	struct delimiter d;
	struct span line;
	bool begun = !message, empty;

	while (r->at < r->text.n) {
		line = next_line(r);
		if (is_delimiter(r, line, &d))
			break;
		r->at += line.n;
		empty = span_is(line, "\n") || span_is(line, "\r\n");
		if (begun && empty)
			break;
		if (!empty && !span_starts(line, SPAN("From ")))
			begun = true;
	}
	end = r->at;
	r->at = start;
	return span_sub(r->text, start, end - start);
}

/* What the fields say: the type, its boundary, the encoding. */
static int
part_fields(struct reader *r, struct mime_part *part, struct err *e)
{
	struct span rest = part->header, type = {0}, encoding = {0};
	struct params params;
	struct field f;
	size_t n = 0;
	int status;

	while (header_next(&rest, &f) == 1) {
		if (++n > MIME_FIELDS_MAX)
			return err_set(e, ERR_DATA,
			    "a header has over %d fields", MIME_FIELDS_MAX);
		if (type.p == NULL && span_iis(f.name, "content-type"))
			type = f.value;
		else if (encoding.p == NULL &&
		    span_iis(f.name, "content-transfer-encoding"))
			encoding = f.value;
	}
	part->enc = enc_named(encoding);
	status = param_parse(type, &params, e);
	if (status == 0)
		part_kind(r, part, &params);
	param_free(&params);
	return status;
}

static void
part_kind(struct reader *r, struct mime_part *part, struct params *params)
{
	struct span type = buf_view(&params->value);
	struct span boundary = param_get(params, "boundary");
	const struct mime_part *parent = NULL;

	if (part->parent != MIME_NONE)
		parent = &r->m->v[part->parent];
	if (!is_media_type(type))
		type = SPAN("text/plain");
	if (params->value.n == 0 && parent != NULL &&
	    strcmp(parent->type, "multipart/digest") == 0)
		type = SPAN("message/rfc822");
	part->type = mem_dup(type.p, type.n);
	boundary = trim_end(boundary);
	if (span_starts(type, SPAN("multipart/")) && boundary.n > 0) {
		struct frame *frame = &r->frame[r->frames++];

		part->kind = MIME_MULTIPART;
		frame->part = r->part;
		buf_span(&frame->boundary, boundary);
		r->hash[r->frames - 1] = hash_add(HASH_START, boundary);
		if (boundary.n > r->longest)
			r->longest = boundary.n;
	} else if ((span_is(type, "message/rfc822") ||
		       span_is(type, "message/global")) &&
	    (part->enc == ENC_NONE || part->enc == ENC_UNKNOWN)) {
		part->kind = MIME_MESSAGE;
	}
}

/* type/subtype in printable ASCII, and no more of it */
static bool
is_media_type(struct span s)
{
	size_t slash = span_chr(s, '/');

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	return slash != SPAN_NONE && slash > 0 && slash + 1 < s.n &&
	    span_chr(span_from(s, slash + 1), '/') == SPAN_NONE;
}

static struct span
next_line(const struct reader *r)
{
	struct span rest = span_from(r->text, r->at);
	size_t lf = span_chr(rest, '\n');

	return lf == SPAN_NONE ? rest : span_sub(rest, 0, lf + 1);
}

/*
 * Whether the line delimits parts of a multipart, the innermost that has it.
 * Of 200 boundaries that differ in their last character only, hashes leave one
 * to compare.
 */
static bool
is_delimiter(const struct reader *r, struct span line, struct delimiter *d)
{
	struct span s, last, boundary;
	uint32_t whole, stem;

	if (line.n < 2 || line.p[0] != '-' || line.p[1] != '-')
		return false;
	s = trim_end(span_from(line, 2));
	if (s.n > r->longest + 2)
		return false;
	last = span_ends(s, SPAN("--")) ? span_sub(s, 0, s.n - 2) : s;
	stem = hash_add(HASH_START, last);
	whole = hash_add(stem, span_from(s, last.n));
	d->line = line;
	for (d->frame = r->frames; d->frame-- > 0;) {
		if (r->hash[d->frame] != whole && r->hash[d->frame] != stem)
			continue;
		boundary = buf_view(&r->frame[d->frame].boundary);
		d->is_last = s.n != boundary.n;
		if (span_eq(d->is_last ? last : s, boundary))
			return true;
	}
	return false;
}

/* FNV-1a */
static uint32_t
hash_add(uint32_t hash, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 16777619;
	return hash;
}

/* Ends what is inside the delimiter's multipart, and begins its next part. */
static int
delimiter(struct reader *r, const struct delimiter *d, struct err *e)
{
	size_t end = r->at;
	struct delimiter next;

	/* the line end before a delimiter is the delimiter's */
	if (end > 0 && r->text.p[end - 1] == '\n')
		end--;
	if (end > 0 && end < r->at && r->text.p[end - 1] == '\r')
		end--;
	while (r->part != r->frame[d->frame].part)
		if (part_end(r, end, e) == -1)
			return -1;
	while (r->frames > d->frame + (d->is_last ? 0 : 1))
		buf_free(&r->frame[--r->frames].boundary);
	r->at += d->line.n;
	/* between two delimiters in a row there is no part (RFC 2046, 5.1.1) */
	if (d->is_last || (r->at < r->text.n &&
			      is_delimiter(r, next_line(r), &next)))
		return 0;
	return part_begin(r, e);
}

/* The innermost part reaches to there; what it began with may not. */
static int
part_end(struct reader *r, size_t end, struct err *e)
{
	struct mime_part *part = &r->m->v[r->part];
	size_t parent = part->parent;

	part->raw = clipped(r, part->raw, end);
	part->header = clipped(r, part->header, end);
	part->body = clipped(r, span_from(r->text,
	    (size_t)(part->body.p - r->text.p)), end);
	if (part->kind == MIME_MULTIPART && part->first == MIME_NONE)
		part->kind = MIME_LEAF;
	if (r->is_uu && part->enc == ENC_NONE && part->kind == MIME_LEAF &&
	    span_starts(span_of(part->type), SPAN("text/")) &&
	    add_files(r, e) == -1)
		return -1;
	r->part = parent;
	return 0;
}

/* Adds the files in the text that is the innermost part. */
static int
add_files(struct reader *r, struct err *e)
{
	struct span rest = r->m->v[r->part].body, block, name;
	struct mime_part *file;
	size_t text = r->part;

	while (enc_uu_next(&rest, &block, &name) == 1) {
		if (part_add(r, e) == -1)
			return -1;
		file = &r->m->v[r->part];
		file->raw = file->body = block;
		file->header = span_sub(block, 0, 0);
		file->name = name;
		file->type = mem_str("application/octet-stream");
		file->enc = ENC_UU;
		r->part = text;
	}
	return 0;
}

/* What of s is before end; of what is behind it, the place at end. */
static struct span
clipped(const struct reader *r, struct span s, size_t end)
{
	size_t from = (size_t)(s.p - r->text.p);

	if (from > end)
		from = end;
	return span_sub(span_from(r->text, from), 0,
	    s.n < end - from ? s.n : end - from);
}

static struct span
trim_end(struct span s)
{
	while (s.n > 0 && (ascii_blank(s.p[s.n - 1]) ||
			      s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}
