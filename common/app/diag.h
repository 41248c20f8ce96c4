/* What a tool says on standard error: "tool: subject: reason", one line. */
#ifndef APP_DIAG_H
#define APP_DIAG_H

#include "base/err.h"
#include "base/span.h"

/* Everything passes through charset_line: hostile bytes cannot act. */
void diag(const char *tool, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Says the error, with the subject before it where it is not NULL. */
void diag_err(const char *tool, const char *subject, const struct err *);

/* Keeps the first failure's status: *status stays unless it is 0. */
void diag_status(int *status, const struct err *);

/* A line of protocol trace for -v: "> " or "< " and the text. */
void diag_trace(const char *tool, char direction, struct span line);

#endif
