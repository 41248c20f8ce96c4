#include <string.h>
#include <unistd.h>

#include "host/run.h"
#include "mpart.h"

#define HTML_MAX (64u << 20) /* bytes that the command may print */

static int put_text(void *data, struct span text, struct err *);
static int run_html(void *data, struct span html, struct buf *out,
    struct err *);
static int add_gap(struct mpart *, struct err *);
static int put_content(struct mpart *, const struct mime_part *,
    struct err *);
static int put_lines(struct mpart *, struct span, const char *line_end,
    struct err *);

int
mpart_read(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	struct text_reader reader = {.put = put_text, .data = p,
	    .html = p->html == NULL ? NULL : run_html};

	if (add_gap(p, e) == -1)
		return -1;
	return text_read(&message->mime, &reader, e);
}

int
mpart_part(struct mpart *p, const struct mpart_message *message,
    struct err *e)
{
	const struct mime_part *part;
	enum mime_section what;
	struct span bytes;
	size_t i;

	if (mime_find(&message->mime, span_of(p->section), &i, &what, e) == -1)
		return -1;
	p->has_shown = true;
	part = &message->mime.v[i];
	if (what == MIME_PART && !p->is_raw)
		return put_content(p, part, e);
	bytes = what == MIME_PART   ? part->raw
	    : what == MIME_HEADER ? part->header
				    : part->body;
	if (p->is_bytes)
		return output_bytes(&p->out, bytes, e);
	return put_lines(p, bytes, p->is_raw ? "\r\n" : "\n", e);
}

/* This and html-command's work have the struct mpart as data. */
static int
put_text(void *data, struct span text, struct err *e)
{
	struct mpart *p = data;

	p->has_shown = true;
	return output_bytes(&p->out, text, e);
}

static int
run_html(void *data, struct span html, struct buf *out, struct err *e)
{
	const struct mpart *p = data;
	struct run run = {.command = p->html, .input = html,
	    .output_max = HTML_MAX};
	struct buf text = {0};
	int ended, status = run_command(&run, &text, &ended, e);

	if (status == 0 && ended != 0)
		status = err_set(e, ERR_SOFTWARE,
		    "html-command: exit status %d", ended);
	if (status == 0)
		charset_to_utf8(buf_view(&text), SPAN("utf-8"), out);
	buf_free(&text);
	return status;
}

/* An empty line between messages. */
static int
add_gap(struct mpart *p, struct err *e)
{
	return p->has_shown ? output_bytes(&p->out, SPAN("\n"), e) : 0;
}

/* Decoded, piece by piece; what goes to a terminal must not act on it. */
static int
put_content(struct mpart *p, const struct mime_part *part, struct err *e)
{
	bool tame = !p->is_bytes && isatty(STDOUT_FILENO) == 1;
	struct text_stream t;
	struct buf piece = {0}, safe = {0};
	int status = text_open(&t, part, p->is_bytes ? TEXT_BYTES : TEXT_UTF8,
		e);

	while (status == 0 && !option_interrupted() &&
	    text_next(&t, &piece) == 1) {
		if (tame) {
			charset_lines(buf_view(&piece), &safe);
			status = output_bytes(&p->out, buf_view(&safe), e);
			buf_cut(&safe, 0);
		} else {
			status = output_bytes(&p->out, buf_view(&piece), e);
		}
		buf_cut(&piece, 0);
	}
	text_close(&t);
	buf_free(&piece);
	buf_free(&safe);
	return status;
}

static int
put_lines(struct mpart *p, struct span s, const char *line_end,
    struct err *e)
{
	struct span line;
	int status = 0;
	bool ended = s.n > 0 && s.p[s.n - 1] == '\n';

	while (status == 0 && span_line(&s, &line) == 1) {
		status = output_bytes(&p->out, line, e);
		if (status == 0 && (s.n > 0 || ended))
			status = output_bytes(&p->out, span_of(line_end), e);
	}
	return status;
}
