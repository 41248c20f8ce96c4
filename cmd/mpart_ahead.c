/*
 * The names in their order.  Those that are here are read before their turn,
 * and what is on a server is asked for then, so that the server is not waited
 * for once a message.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mpart.h"

#define BYTES_MAX (16 * 1024) /* of names that are asked for */

static int read_name(struct mpart *, struct err *);
static struct mpart_name *place(struct mpart_ahead *, size_t);

int
mpart_ahead(struct mpart *p, struct mpart_name *name, struct err *e)
{
	struct mpart_ahead *a = &p->ahead;

	if (a->n == 0 && a->more == 1)
		a->more = read_name(p, &a->why);
	while (a->more == 1 && a->n < MPART_AHEAD && a->bytes < BYTES_MAX &&
	    p->server != -1 && option_name_ready(&p->names))
		a->more = read_name(p, &a->why);
	mpart_url_send(p);
	if (a->n == 0) {
		*e = a->why;
		return a->more;
	}
	*name = *place(a, 0);
	a->first = (a->first + 1) % MPART_AHEAD;
	a->n--;
	if (name->is_asked)
		a->bytes -= strlen(name->text);
	return 1;
}

void
mpart_ahead_free(struct mpart_ahead *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(place(a, i)->text);
	a->n = 0;
}

/* As option_name, whose name the next one overwrites. */
static int
read_name(struct mpart *p, struct err *e)
{
	struct mpart_ahead *a = &p->ahead;
	struct mpart_name *name;
	const char *text;
	int more = option_name(&p->names, &text, e);

	if (more != 1)
		return more;
	name = place(a, a->n++);
	*name = (struct mpart_name){.text = mem_str(text)};
	name->is_file = mpart_is_file(text);
	name->is_asked = !name->is_file && mpart_url_is(text) &&
	    mpart_url_ask(p, text, &(struct err){0}) == 0;
	if (name->is_asked)
		a->bytes += strlen(text);
	return 1;
}

static struct mpart_name *
place(struct mpart_ahead *a, size_t i)
{
	return &a->name[(a->first + i) % MPART_AHEAD];
}
