#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mail/flag.h"
#include "store/maildir.h"

static void letters(struct span now, unsigned add, unsigned remove,
    struct buf *);

int
maildir_flag(struct maildir *m, const struct maildir_entry *entry,
    unsigned add, unsigned remove, struct err *e)
{
	struct span name = span_of(entry->name), base = name;
	size_t colon = span_chr(name, ':');
	struct buf to = {0};
	size_t bare;
	int status = 0;

	base.n = colon == SPAN_NONE ? name.n : colon;
	name = span_from(name, base.n);
	buf_span(&to, base);
	buf_str(&to, ":2,");
	bare = to.n;
	letters(span_starts(name, SPAN(":2,")) ? span_from(name, 3) :
	    SPAN(""), add, remove, &to);
	/* in new/ there are no flags */
	if ((entry->in_cur || to.n > bare) &&
	    renameat(entry->in_cur ? m->cur : m->new, entry->name, m->cur,
		buf_cstr(&to)) == -1)
		status = errno == ENOENT ? 1 : err_sys(e, ERR_IO, "%s/%s",
		    m->path, entry->name);
	buf_free(&to);
	return status;
}

/* Letters that are no flag of ours stay; all in the order of ASCII. */
static void
letters(struct span now, unsigned add, unsigned remove, struct buf *out)
{
	struct buf more = {0}, less = {0};

	flag_letters(add, &more);
	flag_letters(remove, &less);
	for (int c = '!'; c <= '~'; c++) {
		bool has = span_chr(now, (char)c) != SPAN_NONE;

		if (span_chr(buf_view(&less), (char)c) != SPAN_NONE)
			has = false;
		if (span_chr(buf_view(&more), (char)c) != SPAN_NONE)
			has = true;
		if (has)
			buf_char(out, (char)c);
	}
	buf_free(&more);
	buf_free(&less);
}
