#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/addr.h"

/* An address for comparing: its domain in lower case. */
struct key {
	char *text;
	size_t at; /* in the list */
};

static char *make_key(const char *address);
static int order(const void *, const void *);
static void drop(struct addr *);

void
addr_list_add(struct addr_list *list, const char *name, const char *address)
{
	list->v = mem_grow(list->v, &list->cap, list->n + 1, sizeof *list->v);
	list->v[list->n++] = (struct addr){
	    .name = mem_str(name), .address = mem_str(address)};
}

void
addr_list_free(struct addr_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].name);
		free(list->v[i].address);
	}
	free(list->v);
	*list = (struct addr_list){0};
}

void
addr_list_unique(struct addr_list *list)
{
	struct key *key = mem_alloc(list->n, sizeof *key);
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		key[i] = (struct key){make_key(list->v[i].address), i};
	if (list->n > 0)
		qsort(key, list->n, sizeof *key, order);
	for (size_t i = 0; i < list->n; i++)
		if (key[i].text[0] == '\0' ||
		    (i > 0 && strcmp(key[i].text, key[i - 1].text) == 0))
			drop(&list->v[key[i].at]);
	for (size_t i = 0; i < list->n; i++) {
		free(key[i].text);
		if (list->v[i].address != NULL)
			list->v[n++] = list->v[i];
	}
	list->n = n;
	free(key);
}

static char *
make_key(const char *address)
{
	char *text = mem_str(address);
	struct span domain = addr_domain(address);
	size_t at = strlen(text) - domain.n;

	for (size_t i = 0; i < domain.n; i++)
		text[at + i] = ascii_lower(text[at + i]);
	return text;
}

/* Of the same address the first of the list comes first. */
static int
order(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	int by_text = strcmp(a->text, b->text);

	return by_text != 0 ? by_text : (a->at > b->at) - (a->at < b->at);
}

static void
drop(struct addr *a)
{
	free(a->name);
	free(a->address);
	*a = (struct addr){0};
}
