#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/alias.h"

/* One entry as it stands in the file, folds undone. */
struct entry {
	struct buf text;
	unsigned line;
};

static int next_entry(struct span *rest, unsigned *line, struct entry *,
    const char *file, struct err *);
static void add_line(struct buf *, struct span);
static int add(struct aliases *, const struct entry *, const char *file,
    struct err *);
static bool is_name(struct span);
static int refuse_others(struct span value, const struct entry *,
    const char *file, struct err *);
static char *fold_name(struct span);
static int by_name(const void *, const void *);
static int check_all(const struct aliases *, const char *file, struct err *);
static int measure(const struct aliases *, const struct alias *, int *height,
    int depth);
static const struct alias *find(const struct aliases *, const char *);
static int expand(const struct aliases *, const struct alias *,
    struct addr_list *out, struct err *);

int
alias_parse(struct span text, const char *name, struct aliases *a,
    struct err *e)
{
	struct entry entry = {.line = 0};
	unsigned line = 0;
	int more;

	*a = (struct aliases){0};
	while ((more = next_entry(&text, &line, &entry, name, e)) == 1)
		if (add(a, &entry, name, e) == -1) {
			more = -1;
			break;
		}
	buf_free(&entry.text);
	if (more == -1)
		return -1;
	if (a->n > 0)
		qsort(a->v, a->n, sizeof *a->v, by_name);
	for (size_t i = 1; i < a->n; i++)
		if (strcmp(a->v[i - 1].name, a->v[i].name) == 0)
			return err_set(e, ERR_CONFIG, "%s:%u: %s was given "
			    "before", name, a->v[i].line, a->v[i].name);
	return check_all(a, name, e);
}

void
alias_free(struct aliases *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].name);
		addr_list_free(&a->v[i].to);
	}
	free(a->v);
	*a = (struct aliases){0};
}

int
alias_expand(const struct aliases *a, const char *name,
    struct addr_list *out, struct err *e)
{
	const struct alias *found = find(a, name);

	if (found == NULL)
		return 0;
	return expand(a, found, out, e) == -1 ? -1 : 1;
}

/* 1 with an entry, 0 at the end. */
static int
next_entry(struct span *rest, unsigned *line, struct entry *entry,
    const char *file, struct err *e)
{
	struct span one, next;

	buf_cut(&entry->text, 0);
	while (entry->text.n == 0) {
		if (span_line(rest, &one) == 0)
			return 0;
		entry->line = ++*line;
		if (span_trim(one).n == 0 || one.p[0] == '#')
			continue;
		if (ascii_blank(one.p[0]))
			return err_set(e, ERR_CONFIG,
			    "%s:%u: a line that continues none", file, *line);
		add_line(&entry->text, one);
	}
	next = *rest;
	while (span_line(&next, &one) == 1 && one.n > 0 &&
	    (ascii_blank(one.p[0]) || one.p[0] == '#')) {
		*rest = next;
		++*line;
		if (one.p[0] != '#')
			add_line(&entry->text, one);
	}
	return 1;
}

/* A tab is a blank here; in an address it would be a control. */
static void
add_line(struct buf *text, struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		buf_char(text, line.p[i] == '\t' ? ' ' : line.p[i]);
}

static int
add(struct aliases *a, const struct entry *entry, const char *file,
    struct err *e)
{
	struct span rest = buf_view(&entry->text), name;
	struct alias *alias;

	if (span_cut(&rest, ':', &name) == 0 || rest.p == NULL ||
	    !is_name(span_trim(name)))
		return err_set(e, ERR_CONFIG, "%s:%u: not \"name: address\"",
		    file, entry->line);
	if (refuse_others(rest, entry, file, e) == -1)
		return -1;
	a->v = mem_grow(a->v, &a->cap, a->n + 1, sizeof *a->v);
	alias = &a->v[a->n++];
	*alias = (struct alias){.name = fold_name(span_trim(name)),
	    .line = entry->line};
	if (span_trim(rest).n > 0 &&
	    addr_parse_strict(rest, &alias->to, e) == -1) {
		e->kind = ERR_CONFIG;
		return err_wrap(e, "%s:%u", file, entry->line);
	}
	addr_list_unique(&alias->to);
	return alias->to.n > 0 ? 0 : err_set(e, ERR_CONFIG,
	    "%s:%u: %s stands for nobody", file, entry->line, alias->name);
}

/* Something, in quotes or not, without more of them. */
static bool
is_name(struct span s)
{
	if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = span_sub(s, 1, s.n - 2);
	return s.n > 0 && span_chr(s, '"') == SPAN_NONE &&
	    span_chr(s, '\0') == SPAN_NONE;
}

/* What other programs do with aliases, and this one never. */
static int
refuse_others(struct span value, const struct entry *entry, const char *file,
    struct err *e)
{
	struct span rest = value, one;

	while (span_cut(&rest, ',', &one) == 1) {
		const char *what = NULL;

		one = span_trim(one);
		if (one.n > 0 && one.p[0] == '"')
			one = span_from(one, 1);
		if (span_starts(one, SPAN("|")))
			what = "a command";
		else if (span_starts(one, SPAN("/")))
			what = "a file";
		else if (span_istarts(one, SPAN(":include:")))
			what = "a list that is included";
		if (what != NULL)
			return err_set(e, ERR_CONFIG, "%s:%u: %s is not "
			    "served: name addresses only", file, entry->line,
			    what);
	}
	return 0;
}

static char *
fold_name(struct span name)
{
	char *folded;

	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = span_sub(name, 1, name.n - 2);
	folded = mem_dup(name.p, name.n);
	for (char *p = folded; *p != '\0'; p++)
		*p = ascii_lower(*p);
	return folded;
}

static int
by_name(const void *va, const void *vb)
{
	const struct alias *a = va, *b = vb;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static int
check_all(const struct aliases *a, const char *file, struct err *e)
{
	int *height = mem_alloc(a->n, sizeof *height), status = 0;

	for (size_t i = 0; i < a->n && status == 0; i++)
		if (measure(a, &a->v[i], height, 0) == -1)
			status = err_set(e, ERR_CONFIG, "%s:%u: %s leads back "
			    "to itself, or over more than %d names", file,
			    a->v[i].line, a->v[i].name, ALIAS_DEPTH_MAX);
	free(height);
	return status;
}

/*
 * How many names lie behind it, itself counted; -1 for too many, or a circle.
 * Each is looked at once: its height is -1 meanwhile, and known afterwards.
 */
static int
measure(const struct aliases *a, const struct alias *alias, int *height,
    int depth)
{
	int *own = &height[alias - a->v], below = 0;

	if (*own != 0 || depth > ALIAS_DEPTH_MAX)
		return *own == 0 ? -1 : *own;
	*own = -1;
	for (size_t i = 0; i < alias->to.n; i++) {
		const struct alias *next = find(a, alias->to.v[i].address);
		int got;

		if (next == NULL || next == alias)
			continue;
		got = measure(a, next, height, depth + 1);
		if (got == -1 || got >= ALIAS_DEPTH_MAX)
			return -1;
		below = got > below ? got : below;
	}
	*own = below + 1;
	return *own;
}

static const struct alias *
find(const struct aliases *a, const char *name)
{
	struct alias key;
	size_t low = 0, high = a->n, mid;
	int order;

	key.name = fold_name(span_of(name));
	while (low < high) {
		mid = low + (high - low) / 2;
		order = strcmp(key.name, a->v[mid].name);
		if (order == 0) {
			free(key.name);
			return &a->v[mid];
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	free(key.name);
	return NULL;
}

/* It ends: alias_parse refused circles, and the depth is limited. */
static int
expand(const struct aliases *a, const struct alias *alias,
    struct addr_list *out, struct err *e)
{
	for (size_t i = 0; i < alias->to.n; i++) {
		const struct addr *to = &alias->to.v[i];
		const struct alias *next = find(a, to->address);

		if (next != NULL && next != alias) {
			if (expand(a, next, out, e) == -1)
				return -1;
			continue;
		}
		if (out->n >= ALIAS_RESULT_MAX)
			return err_set(e, ERR_CONFIG, "%s stands for over %d "
			    "addresses", alias->name, ALIAS_RESULT_MAX);
		addr_list_add(out, to->name, to->address);
	}
	return 0;
}
