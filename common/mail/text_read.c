#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/text.h"
#include "text/html.h"

/* How well a part reads; of alternatives the best is shown. */
enum rank {
	RANK_NONE, /* nothing to read in it */
	RANK_TEXT, /* some other text/ */
	RANK_HTML,
	RANK_PLAIN
};

struct page {
	const struct mime *m;
	const struct text_reader *reader;
	struct buf held;     /* of the page, not given yet */
	char last;	     /* of what was given; NUL: nothing */
	unsigned char *rank; /* an enum rank for each part */
	bool *is_off;	     /* each part that another one stands for */
	struct charset_pool pool; /* of the texts */
};

static int give(struct page *, struct err *);
static int rank_part(struct page *, size_t i, struct err *);
static bool is_attached(const struct mime_about *);
static int read_part(struct page *, size_t i, struct err *);
static size_t best_child(const struct page *, const struct mime_part *);
static void keep_only(struct page *, const struct mime_part *, size_t child);
static int keep_root(struct page *, const struct mime_part *, struct err *);
static void add_fields(struct page *, size_t i);
static void begin_block(struct page *);
static int read_leaf(struct page *, size_t i, struct err *);
static bool is_vast(const struct mime_part *);
static bool is_readable(const struct mime_part *);
static int add_content(struct page *, const struct mime_part *,
    const struct mime_about *, struct err *);
static void add_flowed(struct page *, struct text_flow *, struct span utf8,
    bool is_last);
static int read_html(struct page *, const struct mime_part *,
    const struct mime_about *, struct err *);
static bool is_utf8(const struct mime_part *, struct span charset);
static int add_html(struct page *, struct span utf8, struct err *);
static void add_name(struct page *, size_t i, const struct mime_about *);

int
text_read(const struct mime *m, const struct text_reader *reader,
    struct err *e)
{
	struct page page = {.m = m, .reader = reader};
	int status = 0;

	page.rank = mem_alloc(m->n, sizeof *page.rank);
	page.is_off = mem_alloc(m->n, sizeof *page.is_off);
	for (size_t i = m->n; i-- > 0 && status == 0;)
		status = rank_part(&page, i, e);
	for (size_t i = 0; i < m->n && status == 0; i++) {
		status = read_part(&page, i, e);
		if (status == 0)
			status = give(&page, e);
	}
	charset_pool_free(&page.pool);
	buf_free(&page.held);
	free(page.rank);
	free(page.is_off);
	return status;
}

static int
give(struct page *page, struct err *e)
{
	const struct text_reader *reader = page->reader;
	int status;

	if (page->held.n == 0)
		return 0;
	page->last = page->held.p[page->held.n - 1];
	status = reader->put(reader->data, buf_view(&page->held), e);
	buf_cut(&page->held, 0);
	return status;
}

/* Children come first, so a container's rank is known: the best of theirs. */
static int
rank_part(struct page *page, size_t i, struct err *e)
{
	const struct mime_part *part = &page->m->v[i];
	struct span type = span_of(part->type);
	enum rank rank = (enum rank)page->rank[i];
	struct mime_about about;

	if (part->kind == MIME_LEAF) {
		if (mime_about(part, &about, e) == -1) {
			mime_about_free(&about);
			return -1;
		}
		if (span_trim(part->body).n > 0 && !is_attached(&about))
			rank = span_is(type, "text/plain") ? RANK_PLAIN
			    : span_is(type, "text/html")   ? RANK_HTML
			    : span_starts(type, SPAN("text/"))
			    ? RANK_TEXT
			    : RANK_NONE;
		mime_about_free(&about);
	}
	page->rank[i] = (unsigned char)rank;
	if (part->parent != MIME_NONE && rank > page->rank[part->parent])
		page->rank[part->parent] = (unsigned char)rank;
	return 0;
}

static bool
is_attached(const struct mime_about *about)
{
	struct span value = buf_view(&about->disposition.value);

	return value.n > 0 && !span_is(value, "inline");
}

/* Shows the part, names it, or passes it over. */
static int
read_part(struct page *page, size_t i, struct err *e)
{
	const struct mime *m = page->m;
	const struct mime_part *part = &m->v[i];

	if (part->parent != MIME_NONE && page->is_off[part->parent])
		page->is_off[i] = true;
	if (page->is_off[i] && part->kind != MIME_LEAF)
		return 0;
	if (mime_is_message(m, i) && !page->is_off[i])
		add_fields(page, i);
	if (part->kind == MIME_LEAF)
		return read_leaf(page, i, e);
	if (strcmp(part->type, "multipart/alternative") == 0)
		keep_only(page, part, best_child(page, part));
	else if (strcmp(part->type, "multipart/related") == 0)
		return keep_root(page, part, e);
	return 0;
}

static size_t
best_child(const struct page *page, const struct mime_part *part)
{
	size_t best = part->first, i;

	/* of equals the last is the richest (RFC 2046, section 5.1.4) */
	for (i = part->first; i != MIME_NONE; i = page->m->v[i].next)
		if (page->rank[i] >= page->rank[best])
			best = i;
	return best;
}

static void
keep_only(struct page *page, const struct mime_part *part, size_t child)
{
	for (size_t i = part->first; i != MIME_NONE; i = page->m->v[i].next)
		page->is_off[i] = i != child;
}

/* The part that the others belong to (RFC 2387, section 3.2). */
static int
keep_root(struct page *page, const struct mime_part *part, struct err *e)
{
	struct mime_about about;
	struct span start;
	struct field f;
	size_t root = part->first, i;
	int status = mime_about(part, &about, e);

	start = param_get(&about.type, "start");
	for (i = part->first; i != MIME_NONE && start.n > 0 && status == 0;
	     i = page->m->v[i].next)
		if (header_find(page->m->v[i].header, "content-id", &f) &&
		    span_eq(span_trim(f.value), start))
			root = i;
	keep_only(page, part, root);
	mime_about_free(&about);
	return status;
}

/* The main fields of a message; of one inside, also where it begins. */
static void
add_fields(struct page *page, size_t i)
{
	static const char *const names[] = {"From", "To", "Cc", "Date",
	    "Subject"};
	struct buf value = {0};
	struct field f;

	if (i > 0) {
		begin_block(page);
		buf_str(&page->held, "-------- ");
		mime_index(page->m, page->m->v[i].parent, &page->held);
		buf_str(&page->held, ": message --------\n");
	}
	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
		if (!header_find(page->m->v[i].header, names[k], &f))
			continue;
		text_value(&f, &value);
		buf_fmt(&page->held, "%s: ", names[k]);
		charset_line(buf_view(&value), &page->held);
		buf_char(&page->held, '\n');
		buf_cut(&value, 0);
	}
	buf_free(&value);
}

/* An empty line, where something is above. */
static void
begin_block(struct page *page)
{
	struct buf *out = &page->held;
	char last = out->n > 0 ? out->p[out->n - 1] : page->last;

	if (last != '\0' && last != '\n')
		buf_char(out, '\n');
	if (last != '\0')
		buf_char(out, '\n');
}

static int
read_leaf(struct page *page, size_t i, struct err *e)
{
	const struct mime_part *part = &page->m->v[i];
	struct span type = span_of(part->type);
	bool is_text = span_starts(type, SPAN("text/"));
	struct mime_about about;
	int status = mime_about(part, &about, e);

	if (status == 0) {
		bool attached = is_attached(&about) ||
		    (!page->is_off[i] && is_vast(part));

		charset_keep(&page->pool, about.charset);
		if (!attached && !page->is_off[i] &&
		    (is_text || is_readable(part)))
			status = span_is(type, "text/html")
			    ? read_html(page, part, &about, e)
			    : add_content(page, part, &about, e);
		else if (attached || !is_text)
			add_name(page, i, &about);
	}
	mime_about_free(&about);
	return status;
}

static bool
is_vast(const struct mime_part *part)
{
	return strcmp(part->type, "text/html") == 0 &&
	    part->body.n > TEXT_HTML_MAX && text_size(part) > TEXT_HTML_MAX;
}

/* Reports of mail systems, and a multipart in which no part was found. */
static bool
is_readable(const struct mime_part *part)
{
	struct span type = span_of(part->type);

	return (span_starts(type, SPAN("message/")) ||
		   span_starts(type, SPAN("multipart/"))) &&
	    part->enc == ENC_NONE;
}

static int
add_content(struct page *page, const struct mime_part *part,
    const struct mime_about *about, struct err *e)
{
	struct text_flow flow = {.delsp = span_iis(param_get(&about->type,
		"delsp"), "yes")};
	bool flowed = strcmp(part->type, "text/plain") == 0 &&
	    span_iis(param_get(&about->type, "format"), "flowed");
	bool begun = false;
	struct text_stream t;
	struct buf utf8 = {0};
	int status = text_open(&t, part, TEXT_UTF8, e);

	while (status == 0 && text_next(&t, &utf8) == 1) {
		if (!begun && utf8.n > 0)
			begin_block(page);
		begun = begun || utf8.n > 0;
		if (flowed)
			add_flowed(page, &flow, buf_view(&utf8), t.ended);
		else
			charset_lines(buf_view(&utf8), &page->held);
		buf_cut(&utf8, 0);
		status = give(page, e);
	}
	text_close(&t);
	buf_free(&flow.held);
	buf_free(&utf8);
	return status;
}

static void
add_flowed(struct page *page, struct text_flow *flow, struct span utf8,
    bool is_last)
{
	struct buf text = {0};

	text_flow(flow, utf8, &text);
	if (is_last)
		text_flow_end(flow, &text);
	charset_lines(buf_view(&text), &page->held);
	buf_free(&text);
}

/* A page may be large: it is not copied where it need not be. */
static int
read_html(struct page *page, const struct mime_part *part,
    const struct mime_about *about, struct err *e)
{
	struct text_stream t;
	struct buf utf8 = {0};
	int status;

	if (is_utf8(part, about->charset))
		return add_html(page, part->body, e);
	status = text_open(&t, part, TEXT_UTF8, e);
	while (status == 0 && text_next(&t, &utf8) == 1)
		;
	text_close(&t);
	if (status == 0)
		status = add_html(page, buf_view(&utf8), e);
	buf_free(&utf8);
	return status;
}

/* As it stands. */
static bool
is_utf8(const struct mime_part *part, struct span charset)
{
	if (part->enc != ENC_NONE)
		return false;
	if (span_iis(charset, "utf-8"))
		return charset_is_utf8(part->body);
	return charset.n == 0 && html_charset(part->body).n == 0 &&
	    charset_is_ascii(part->body);
}

static int
add_html(struct page *page, struct span utf8, struct err *e)
{
	const struct text_reader *reader = page->reader;
	struct buf text = {0};
	int status = 0;

	if (reader->html != NULL)
		status = reader->html(reader->data, utf8, &text, e);
	else
		html_text(utf8, &text);
	if (utf8.n > 0)
		begin_block(page);
	charset_lines(buf_view(&text), &page->held);
	buf_free(&text);
	return status;
}

/* "[attachment 2: report.pdf, application/pdf, 1234 bytes]" */
static void
add_name(struct page *page, size_t i, const struct mime_about *about)
{
	const struct mime_part *part = &page->m->v[i];

	begin_block(page);
	buf_str(&page->held, "[attachment ");
	mime_index(page->m, i, &page->held);
	buf_str(&page->held, ": ");
	if (about->filename.n > 0) {
		charset_line(about->filename, &page->held);
		buf_str(&page->held, ", ");
	}
	charset_line(span_of(part->type), &page->held);
	buf_fmt(&page->held, ", %zu bytes]\n", text_size(part));
}
