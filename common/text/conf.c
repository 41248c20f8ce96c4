#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/conf.h"

/*
 * A file is lines; each is one of
 *
 *	blank, or # or ; first		nothing
 *	[name]				opens a section; each name once
 *	key = value			belongs to the open section
 *
 * A value runs to the line's end without blanks around it.  Inside "…" blanks
 * are kept and \" and \\ stand for themselves; outside, too.  A backslash at
 * the line's end joins the next line, but not to a comment, which would hide
 * it.  Any other backslash is an error.
 */
struct parser {
	struct span rest;
	const char *file;
	unsigned line;	 /* of the logical line's start */
	unsigned passed; /* physical lines taken */
	struct conf *c;
	size_t sections, entries; /* room */
	struct err *e;
};

static int logical_line(struct parser *, struct buf *);
static bool is_comment(struct span line);
static int parse_line(struct parser *, struct span);
static int parse_section(struct parser *, struct span);
static int parse_entry(struct parser *, struct span);
static int parse_value(struct parser *, struct span, struct buf *);
static bool has_entry(const struct conf_section *, const struct conf_entry *);
static int fail(struct parser *, const char *, struct span);

int
conf_parse(struct span text, const char *name, struct conf *c, struct err *e)
{
	struct parser p = {.rest = text, .file = name, .c = c, .e = e};
	struct buf line = {0};
	int r;

	*c = (struct conf){0};
	if (text.n > CONF_BYTES)
		return err_set(e, ERR_CONFIG, "%s: over %d bytes", name,
		    CONF_BYTES);
	while ((r = logical_line(&p, &line)) == 1) {
		r = parse_line(&p, span_trim(buf_view(&line)));
		if (r == -1)
			break;
	}
	buf_wipe(&line);
	if (r == -1)
		conf_free(c);
	return r;
}

void
conf_free(struct conf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct conf_section *s = &c->section[i];

		for (size_t k = 0; k < s->n; k++)
			conf_entry_free(&s->entry[k]);
		free(s->entry);
		free(s->name);
	}
	free(c->section);
	*c = (struct conf){0};
}

void
conf_entry_free(struct conf_entry *entry)
{
	if (entry->value != NULL)
		mem_wipe(entry->value, strlen(entry->value));
	free(entry->value);
	*entry = (struct conf_entry){0};
}

/* Joins continued lines: 1 with a line, 0 at the end, -1 on a NUL. */
static int
logical_line(struct parser *p, struct buf *line)
{
	struct span one;
	size_t slashes;

	buf_cut(line, 0);
	buf_room(line, p->rest.n);
	p->line = p->passed + 1;
	while (span_line(&p->rest, &one) == 1) {
		p->passed++;
		if (span_chr(one, '\0') != SPAN_NONE)
			return fail(p, "a NUL byte", SPAN(""));
		slashes = 0;
		while (slashes < one.n && one.p[one.n - 1 - slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0 || (line->n == 0 && is_comment(one))) {
			buf_span(line, one);
			return 1;
		}
		buf_add(line, one.p, one.n - 1);
	}
	return line->n > 0;
}

static bool
is_comment(struct span line)
{
	line = span_trim(line);
	return line.n > 0 && (line.p[0] == '#' || line.p[0] == ';');
}

static int
parse_line(struct parser *p, struct span line)
{
	if (line.n == 0 || is_comment(line))
		return 0;
	if (line.p[0] == '[')
		return parse_section(p, line);
	return parse_entry(p, line);
}

static int
parse_section(struct parser *p, struct span line)
{
	struct conf *c = p->c;
	struct span name;

	if (line.p[line.n - 1] != ']')
		return fail(p, "a section without its ]", line);
	name = span_trim(span_sub(line, 1, line.n - 2));
	if (name.n == 0 || span_chr(name, '[') != SPAN_NONE ||
	    span_chr(name, '/') != SPAN_NONE)
		return fail(p, "not a section's name", name);
	for (size_t i = 0; i < c->n; i++)
		if (span_is(name, c->section[i].name))
			return fail(p, "a second section", name);
	if (c->n == CONF_SECTIONS)
		return fail(p, "one section too many:", name);
	c->section = mem_grow(c->section, &p->sections, c->n + 1,
	    sizeof *c->section);
	c->section[c->n++] = (struct conf_section){
	    .name = mem_dup(name.p, name.n), .line = p->line};
	p->entries = 0;
	return 0;
}

static int
parse_entry(struct parser *p, struct span line)
{
	struct conf_entry entry = {.line = p->line};
	struct conf_section *s;
	struct span name;
	struct buf value = {0};
	size_t eq = span_chr(line, '=');

	if (eq == SPAN_NONE)
		return fail(p, "not key = value", SPAN(""));
	name = span_trim(span_sub(line, 0, eq));
	if (conf_find(name, &entry, p->e) == -1)
		return err_wrap(p->e, "%s:%u", p->file, p->line);
	if (p->c->n == 0)
		return fail(p, "a key before any [section]", name);
	s = &p->c->section[p->c->n - 1];
	if (has_entry(s, &entry))
		return fail(p, "a second value of", name);
	if (parse_value(p, span_trim(span_from(line, eq + 1)), &value) == -1) {
		buf_wipe(&value);
		return -1;
	}
	entry.value = mem_dup(value.p, value.n);
	buf_wipe(&value);
	if (conf_check(&entry, p->e) == -1) {
		conf_entry_free(&entry);
		return err_wrap(p->e, "%s:%u", p->file, p->line);
	}
	s->entry = mem_grow(s->entry, &p->entries, s->n + 1, sizeof *s->entry);
	s->entry[s->n++] = entry;
	return 0;
}

static int
parse_value(struct parser *p, struct span raw, struct buf *out)
{
	bool quoted = false;

	buf_room(out, raw.n);
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\') {
			c = ++i < raw.n ? raw.p[i] : '\0';
			if (c != '\\' && c != '"')
				return fail(p, "a backslash before other than "
					       "\" and \\",
				    SPAN(""));
		}
		if (ascii_ctl(c) && c != '\t')
			return fail(p, "a control character", SPAN(""));
		buf_char(out, c);
	}
	if (quoted)
		return fail(p, "a quote that is not closed", SPAN(""));
	return 0;
}

static bool
has_entry(const struct conf_section *s, const struct conf_entry *entry)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->entry[i].key == entry->key &&
		    s->entry[i].side == entry->side)
			return true;
	return false;
}

static int
fail(struct parser *p, const char *what, struct span which)
{
	return err_set(p->e, ERR_CONFIG, "%s:%u: %s%s%.*s", p->file, p->line,
	    what, which.n > 0 ? " " : "", (int)(which.n < 80 ? which.n : 80),
	    which.n > 0 ? which.p : "");
}
