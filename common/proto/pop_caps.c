/* What the lines that a server's CAPA has left say. */
#include "proto/pop.h"

static bool find(const struct pop *, const char *name, struct span *after);

bool
pop_can(const struct pop *m, const char *name)
{
	struct span after;

	return find(m, name, &after);
}

bool
pop_figure(const struct pop *m, const char *name, uint32_t *n)
{
	struct span after, word;
	uint64_t value;

	if (!find(m, name, &after) || span_cut(&after, ' ', &word) == 0 ||
	    !span_num(word, UINT32_MAX, &value))
		return false;
	*n = (uint32_t)value;
	return true;
}

void
pop_mechanisms(const struct pop *m, struct buf *out)
{
	struct span after;

	if (find(m, "SASL", &after))
		buf_span(out, span_trim(after));
}

/* The line of that name, and what follows the name. */
static bool
find(const struct pop *m, const char *name, struct span *after)
{
	struct span rest = pop_capabilities(m), word;

	while (span_line(&rest, after) == 1)
		if (span_cut(after, ' ', &word) == 1 && span_iis(word, name))
			return true;
	return false;
}
