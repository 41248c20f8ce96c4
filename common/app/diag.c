#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "app/diag.h"
#include "base/buf.h"
#include "text/charset.h"

static void say(struct span);

void
diag(const char *tool, const char *fmt, ...)
{
	char text[2 * ERR_TEXT];
	struct buf line = {0};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_fmt(&line, "%s: %s", tool, text);
	say(buf_view(&line));
	buf_free(&line);
}

void
diag_err(const char *tool, const char *subject, const struct err *e)
{
	if (subject == NULL)
		diag(tool, "%s", e->text);
	else
		diag(tool, "%s: %s", subject, e->text);
}

void
diag_status(int *status, const struct err *e)
{
	if (*status == 0)
		*status = e->kind == ERR_NONE ? ERR_SOFTWARE : (int)e->kind;
}

void
diag_trace(const char *tool, char direction, struct span line)
{
	struct buf text = {0};

	buf_fmt(&text, "%s: %c ", tool, direction);
	buf_span(&text, line);
	say(buf_view(&text));
	buf_free(&text);
}

/* One write a line, so that processes that share a terminal do not mix. */
static void
say(struct span text)
{
	struct buf line = {0};
	ssize_t put;

	charset_line(text, &line);
	buf_char(&line, '\n');
	put = write(STDERR_FILENO, line.p, line.n);
	(void)put; /* there is nowhere left to say so */
	buf_free(&line);
}
