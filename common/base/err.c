#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static void append(struct err *, const char *);

int
(err_set)(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	e->kind = kind;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
(err_sys)(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	int saved = errno;
	char reason[128] = "unknown error";
	va_list ap;

	e->kind = kind;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	strerror_r(saved, reason, sizeof reason);
	append(e, reason);
	return -1;
}

int
(err_wrap)(struct err *e, const char *fmt, ...)
{
	char inner[ERR_TEXT];
	va_list ap;

	memcpy(inner, e->text, sizeof inner);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	append(e, inner);
	return -1;
}

static void
append(struct err *e, const char *more)
{
	size_t n = strlen(e->text);

	snprintf(e->text + n, sizeof e->text - n, ": %s", more);
}
