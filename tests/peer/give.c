#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include "file.h"
#include "link.h"
#include "script.h"
#include "state.h"

#define FLIGHT (64 * 1024) /* bytes gathered before they leave */

static void stuff(struct buf *, struct span);

int
give_step(struct state *st, const struct step *step, struct err *e)
{
	struct buf bytes = {0};
	const char *path;

	st->gave_line = step->line;
	if (step->verb == VERB_SEND || step->verb == VERB_SEND_RAW) {
		if (state_text(st, step, e) == -1)
			return -1;
		buf_span(&st->out, buf_view(&st->text.bytes));
		if (step->verb == VERB_SEND)
			buf_str(&st->out, "\r\n");
	} else {
		if (state_path(st, step, &path, e) == -1
		    || file_read(path, &bytes, e) == -1)
			return -1;
		if (step->verb == VERB_SEND_LITERAL)
			buf_fmt(&st->out, "{%zu}\r\n", bytes.n);
		if (step->verb == VERB_SEND_DOT)
			stuff(&st->out, buf_view(&bytes));
		else
			buf_span(&st->out, buf_view(&bytes));
		buf_free(&bytes);
	}
	return st->out.n < FLIGHT ? 0 : give_flush(st, e);
}

int
give_flush(struct state *st, struct err *e)
{
	int r;

	if (st->out.n == 0)
		return 0;
	r = link_send(&st->link, st->out.p, st->out.n, st->wait_ms, e);
	buf_cut(&st->out, 0);
	if (r == -1)
		st->line = st->gave_line;
	return r;
}

/* Lines of any end go out with CR LF, their dots doubled, and the dot. */
static void
stuff(struct buf *out, struct span rest)
{
	struct span line;

	while (span_line(&rest, &line) == 1) {
		if (line.n > 0 && line.p[0] == '.')
			buf_char(out, '.');
		buf_span(out, line);
		buf_str(out, "\r\n");
	}
	buf_str(out, ".\r\n");
}
