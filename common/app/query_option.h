/* A query as an option's value: "@file" reads it from a file. */
#ifndef APP_QUERY_OPTION_H
#define APP_QUERY_OPTION_H

#include "mail/query.h"

/*
 * Parses into *q.  0, or the exit status after telling, for a fault in the
 * query with its line and a caret under it.
 * The locale's characters are UTF-8 from then on, for regular expressions.
 */
int query_option(const char *tool, const char *value, struct date_here now,
    struct query **q);

#endif
