#include <string.h>

#include "text/html.h"

#define META_BYTES 1024
#define LINK_BYTES 1000 /* a longer link is not looked for in its text */

enum act {
	ACT_NONE,
	ACT_LINE,	   /* begins and ends a line */
	ACT_PARAGRAPH,	   /* with an empty line around it */
	ACT_ITEM,
	ACT_CELL,
	ACT_RULE,
	ACT_BREAK,
	ACT_QUOTE,
	ACT_PRE,
	ACT_LINK,
	ACT_IMAGE,
	ACT_SKIP /* its content is not for reading */
};

static const struct {
	const char *name;
	enum act act;
} elements[] = {{"a", ACT_LINK}, {"address", ACT_LINE},
    {"article", ACT_PARAGRAPH}, {"blockquote", ACT_QUOTE}, {"br", ACT_BREAK},
    {"center", ACT_LINE}, {"dd", ACT_LINE}, {"div", ACT_LINE},
    {"dl", ACT_PARAGRAPH}, {"dt", ACT_LINE}, {"footer", ACT_PARAGRAPH},
    {"form", ACT_PARAGRAPH}, {"h1", ACT_PARAGRAPH}, {"h2", ACT_PARAGRAPH},
    {"h3", ACT_PARAGRAPH}, {"h4", ACT_PARAGRAPH}, {"h5", ACT_PARAGRAPH},
    {"h6", ACT_PARAGRAPH}, {"header", ACT_PARAGRAPH}, {"hr", ACT_RULE},
    {"img", ACT_IMAGE}, {"li", ACT_ITEM}, {"ol", ACT_LINE},
    {"p", ACT_PARAGRAPH}, {"pre", ACT_PRE}, {"script", ACT_SKIP},
    {"section", ACT_PARAGRAPH}, {"style", ACT_SKIP}, {"table", ACT_LINE},
    {"td", ACT_CELL}, {"template", ACT_SKIP}, {"th", ACT_CELL},
    {"title", ACT_SKIP}, {"tr", ACT_LINE}, {"ul", ACT_LINE}};

struct page {
	struct buf *out;
	size_t start;	   /* where the text begins in out */
	unsigned breaks;   /* line ends to come before more text; at most 2 */
	bool blank;	   /* and a blank */
	unsigned pre, quote;
	struct span href;  /* of the link that is open; p is NULL without */
	size_t link_start; /* where its text begins in out */
	bool odd[2];	   /* a " or ' that nothing closes was seen */
};

/* A tag: where it ends, its name and what is between that and the ">". */
struct tag {
	struct span name, attributes;
	enum act act;
	bool is_end;
	size_t n;
};

static size_t markup_end(struct span);
static bool take_tag(struct page *, struct span, struct tag *);
static size_t tag_end(struct page *, struct span, size_t at);
static enum act act_of(struct span);
static size_t content_end(struct span, struct span);
static void act_on(struct page *, const struct tag *);
static unsigned nested(unsigned depth, bool begin);
static void break_to(struct page *, unsigned breaks);
static void break_line(struct page *);
static void add_text(struct page *, struct span);
static bool is_text(char c);
static void add_bytes(struct page *, struct span);
static void open_link(struct page *, const struct tag *);
static void close_link(struct page *);
static bool says(struct span, struct span);
static struct span without_scheme(struct span);
static void add_alternative(struct page *, const struct tag *);
static void add_references(struct span, struct buf *);
static struct span attribute(struct span, const char *name);
static bool take_attribute(struct span *, struct span *, struct span *);
static struct span take_value(struct span *);
static void skip_spaces(struct span *);
static bool is_space(char c);
static size_t find_folded(struct span, struct span);

void
html_text(struct span s, struct buf *out)
{
	struct page page = {.out = out, .start = out->n};
	struct tag tag;
	size_t run;

	while (s.n > 0) {
		if (s.p[0] != '<') {
			run = span_chr(s, '<');
			add_text(&page, span_sub(s, 0, run));
			s = span_from(s, run);
			continue;
		}
		run = markup_end(s);
		if (run == 0 && take_tag(&page, s, &tag)) {
			run = tag.n;
			act_on(&page, &tag);
			if (!tag.is_end && tag.act == ACT_SKIP)
				run += content_end(span_from(s, run), tag.name);
		} else if (run == 0) {
			run = 1;
			add_text(&page, span_sub(s, 0, 1));
		}
		s = span_from(s, run);
	}
	close_link(&page);
	if (out->n > page.start)
		buf_char(out, '\n');
}

struct span
html_charset(struct span bytes)
{
	struct span s = span_sub(bytes, 0, META_BYTES), name = {0};
	size_t at;

	while ((at = span_find(s, SPAN("<"))) != SPAN_NONE) {
		s = span_from(s, at + 1);
		if (!span_istarts(s, SPAN("meta")))
			continue;
		name = span_sub(s, 0, span_chr(s, '>'));
		at = find_folded(name, SPAN("charset="));
		if (at == SPAN_NONE)
			continue;
		name = span_from(name, at + 8);
		if (name.n > 0 && (name.p[0] == '"' || name.p[0] == '\''))
			name = span_from(name, 1);
		for (at = 0; at < name.n; at++)
			if (!ascii_alpha(name.p[at]) &&
			    !ascii_digit(name.p[at]) &&
			    strchr("-_:.+", name.p[at]) == NULL)
				break;
		return span_sub(name, 0, at);
	}
	return SPAN("");
}

/* Comments, declarations and instructions: how long one is, 0 if none. */
static size_t
markup_end(struct span s)
{
	size_t end;

	if (span_starts(s, SPAN("<!--"))) {
		end = span_find(span_from(s, 4), SPAN("-->"));
		return end == SPAN_NONE ? s.n : end + 7;
	}
	if (s.n < 2 || (s.p[1] != '!' && s.p[1] != '?'))
		return 0;
	end = span_chr(s, '>');
	return end == SPAN_NONE ? s.n : end + 1;
}

static bool
take_tag(struct page *page, struct span s, struct tag *tag)
{
	size_t name, at, end;

	tag->is_end = s.n > 1 && s.p[1] == '/';
	name = tag->is_end ? 2 : 1;
	for (at = name; at < s.n; at++)
		if (!ascii_alpha(s.p[at]) && !ascii_digit(s.p[at]))
			break;
	if (at == name || !ascii_alpha(s.p[name]))
		return false;
	end = tag_end(page, s, at);
	tag->name = span_sub(s, name, at - name);
	tag->act = act_of(tag->name);
	tag->attributes = span_sub(s, at, end - at);
	tag->n = end < s.n ? end + 1 : end;
	return true;
}

/*
 * Where the ">" is that no quoted value hides.  A quote that nothing closes
 * hides nothing, and is looked for only once.
 */
static size_t
tag_end(struct page *page, struct span s, size_t at)
{
	char before = '\0';
	size_t close;

	for (; at < s.n && s.p[at] != '>'; at++) {
		bool *odd = &page->odd[s.p[at] == '\''];
		bool quote = s.p[at] == '"' || s.p[at] == '\'';

		if (quote && before == '=' && !*odd) {
			close = span_chr(span_from(s, at + 1), s.p[at]);
			*odd = close == SPAN_NONE;
			at += *odd ? 0 : close + 1;
		}
		if (!is_space(s.p[at]))
			before = s.p[at];
	}
	return at;
}

static enum act
act_of(struct span name)
{
	char first = ascii_lower(name.p[0]);

	for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
		if (elements[i].name[0] == first &&
		    span_iis(name, elements[i].name))
			return elements[i].act;
	return ACT_NONE;
}

/* How much there is before the end tag of an element that is left out. */
static size_t
content_end(struct span s, struct span name)
{
	size_t at = 0, hit;

	while ((hit = span_find(span_from(s, at), SPAN("</"))) != SPAN_NONE) {
		at += hit;
		if (span_istarts(span_from(s, at + 2), name))
			return at;
		at += 2;
	}
	return s.n;
}

static void
act_on(struct page *page, const struct tag *tag)
{
	bool begin = !tag->is_end;

	switch (tag->act) {
	case ACT_BREAK:
		break_line(page);
		break;
	case ACT_LINE:
		break_to(page, 1);
		break;
	case ACT_PARAGRAPH:
		break_to(page, 2);
		break;
	case ACT_CELL:
		page->blank = true;
		break;
	case ACT_ITEM:
	case ACT_RULE:
		break_to(page, 1);
		if (begin)
			add_bytes(page, tag->act == ACT_ITEM
				? SPAN("* ") : SPAN("----------"));
		if (tag->act == ACT_RULE)
			break_to(page, 1);
		break;
	case ACT_QUOTE:
		break_to(page, 2);
		page->quote = nested(page->quote, begin);
		break;
	case ACT_PRE:
		break_to(page, 2);
		page->pre = nested(page->pre, begin);
		break;
	case ACT_LINK:
		close_link(page);
		if (begin)
			open_link(page, tag);
		break;
	case ACT_IMAGE:
		add_alternative(page, tag);
		break;
	default:
		break;
	}
}

static unsigned
nested(unsigned depth, bool begin)
{
	if (begin)
		return depth + 1;
	return depth == 0 ? 0 : depth - 1;
}

static void
break_to(struct page *page, unsigned breaks)
{
	if (page->breaks < breaks)
		page->breaks = breaks;
	page->blank = false;
}

/* Another <br> is another line, but two make no more than an empty one. */
static void
break_line(struct page *page)
{
	break_to(page, page->breaks < 2 ? page->breaks + 1 : 2);
}

/* Text between tags: references undone, blanks as the page has them. */
static void
add_text(struct page *page, struct span s)
{
	struct buf one = {0};
	size_t n;

	while (s.n > 0) {
		char c = s.p[0];

		n = 1;
		if (page->pre > 0 && c == '\n') {
			break_line(page);
		} else if (page->pre > 0 && ascii_blank(c)) {
			add_bytes(page, SPAN(" "));
		} else if (ascii_blank(c) || c == '\n' || c == '\r') {
			page->blank = true;
		} else if (c == '&') {
			n = html_reference(s, &one);
			add_bytes(page, buf_view(&one));
			buf_cut(&one, 0);
		} else {
			while (n < s.n && is_text(s.p[n]))
				n++;
			add_bytes(page, span_sub(s, 0, n));
		}
		s = span_from(s, n);
	}
	buf_free(&one);
}

static bool
is_text(char c)
{
	return c != '&' && c != '\n' && c != '\r' && !ascii_blank(c);
}

/* Appends with the line ends, quote marks or the blank that come before. */
static void
add_bytes(struct page *page, struct span s)
{
	bool first = page->out->n == page->start;

	if (s.n == 0)
		return;
	if (page->breaks > 0 || first) {
		for (; page->breaks > 0 && !first; page->breaks--)
			buf_char(page->out, '\n');
		for (unsigned i = 0; i < page->quote && i < HTML_QUOTE_MAX; i++)
			buf_str(page->out, "> ");
		page->breaks = 0;
	} else if (page->blank) {
		buf_char(page->out, ' ');
	}
	page->blank = false;
	buf_span(page->out, s);
}

static void
open_link(struct page *page, const struct tag *tag)
{
	struct span href = attribute(tag->attributes, "href");

	if (span_istarts(href, SPAN("http:")) ||
	    span_istarts(href, SPAN("https:")) ||
	    span_istarts(href, SPAN("mailto:"))) {
		page->href = href;
		page->link_start = page->out->n;
	}
}

/* Says where the link leads, unless its text does. */
static void
close_link(struct page *page)
{
	struct buf where = {0};
	struct span said;

	if (page->href.p == NULL)
		return;
	add_references(page->href, &where);
	said = span_from(buf_view(page->out), page->link_start);
	page->href.p = NULL;
	if (said.n > 0 && !says(said, without_scheme(buf_view(&where)))) {
		add_bytes(page, SPAN(" <"));
		add_bytes(page, buf_view(&where));
		add_bytes(page, SPAN(">"));
	}
	buf_free(&where);
}

static bool
says(struct span text, struct span url)
{
	return text.n <= 2 * LINK_BYTES && url.n <= LINK_BYTES &&
	    span_find(text, url) != SPAN_NONE;
}

static struct span
without_scheme(struct span url)
{
	url = span_from(url, span_chr(url, ':') + 1);
	while (url.n > 0 && url.p[0] == '/')
		url = span_from(url, 1);
	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	return url;
}

static void
add_alternative(struct page *page, const struct tag *tag)
{
	struct span alt = attribute(tag->attributes, "alt");
	struct buf text = {0};

	add_references(alt, &text);
	if (span_trim(buf_view(&text)).n > 0) {
		add_bytes(page, SPAN("["));
		add_bytes(page, span_trim(buf_view(&text)));
		add_bytes(page, SPAN("]"));
	}
	buf_free(&text);
}

/* A value on one line, without blanks at its ends. */
static void
add_references(struct span s, struct buf *out)
{
	s = span_trim(s);
	while (s.n > 0) {
		size_t n = 1;

		if (s.p[0] == '&')
			n = html_reference(s, out);
		else if (s.p[0] != '\n' && s.p[0] != '\r')
			buf_char(out, s.p[0]);
		s = span_from(s, n);
	}
}

/* The attribute's value, without quotes; its p is NULL where there is none. */
static struct span
attribute(struct span s, const char *name)
{
	struct span word, value;

	while (take_attribute(&s, &word, &value))
		if (span_iis(word, name))
			return value;
	return (struct span){0};
}

static bool
take_attribute(struct span *s, struct span *name, struct span *value)
{
	size_t n = 1;

	skip_spaces(s);
	if (s->n == 0)
		return false;
	while (n < s->n && s->p[n] != '=' && !is_space(s->p[n]))
		n++;
	*name = span_sub(*s, 0, n);
	*value = SPAN("");
	*s = span_from(*s, n);
	skip_spaces(s);
	if (s->n > 0 && s->p[0] == '=') {
		*s = span_from(*s, 1);
		skip_spaces(s);
		*value = take_value(s);
	}
	return true;
}

static struct span
take_value(struct span *s)
{
	struct span rest = *s, value;
	size_t end = 0;

	if (rest.n > 0 && (rest.p[0] == '"' || rest.p[0] == '\'')) {
		rest = span_from(rest, 1);
		end = span_chr(rest, s->p[0]);
	} else {
		while (end < rest.n && !is_space(rest.p[end]))
			end++;
	}
	value = span_sub(rest, 0, end);
	*s = span_from(rest, end == SPAN_NONE ? rest.n : end + 1);
	return value;
}

static void
skip_spaces(struct span *s)
{
	size_t n = 0;

	while (n < s->n && is_space(s->p[n]))
		n++;
	*s = span_from(*s, n);
}

static bool
is_space(char c)
{
	return ascii_blank(c) || c == '\r' || c == '\n' || c == '\f';
}

static size_t
find_folded(struct span s, struct span needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (span_istarts(span_from(s, i), needle))
			return i;
	return SPAN_NONE;
}
