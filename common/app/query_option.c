#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "app/diag.h"
#include "app/query_option.h"
#include "host/file.h"
#include "text/charset.h"
#include "text/width.h"

static void expect_utf8(void);
static void say_fault(struct span query, size_t fault);

int
query_option(const char *tool, const char *value, struct date_here now,
    struct query **q)
{
	struct buf text = {0};
	struct err e = {0};
	size_t fault = SPAN_NONE;
	int status;

	*q = NULL;
	expect_utf8();
	if (value[0] != '@')
		buf_str(&text, value);
	else if (file_read(value + 1, QUERY_BYTES, &text, &e) == -1)
		goto out;
	/* no line begins at a file's end: faults there are of the last */
	while (text.n > 0 && text.p[text.n - 1] == '\n')
		buf_cut(&text, text.n - 1);
	if (query_parse(buf_view(&text), now, q, &fault, &e) == -1)
		fault = fault > text.n ? text.n : fault;
out:
	status = (int)e.kind;
	if (status != 0)
		diag_err(tool, "query", &e);
	if (status != 0 && fault != SPAN_NONE)
		say_fault(buf_view(&text), fault);
	buf_free(&text);
	return status;
}

/*
 * What regular expressions take for a character goes by the locale, but the
 * texts are UTF-8 in any.
 */
static void
expect_utf8(void)
{
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 &&
	    setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		(void)setlocale(LC_CTYPE, "en_US.UTF-8");
}

/* The line with the fault, and a caret under it. */
static void
say_fault(struct span query, size_t fault)
{
	struct buf shown = {0};
	size_t start = fault, columns;

	while (start > 0 && query.p[start - 1] != '\n')
		start--;
	charset_line(span_sub(query, start, fault - start), &shown);
	columns = width_of(buf_view(&shown));
	buf_cut(&shown, 0);
	query = span_from(query, start);
	charset_line(span_sub(query, 0, span_chr(query, '\n')), &shown);
	fprintf(stderr, "%s\n%*s^\n", buf_cstr(&shown), (int)columns, "");
	buf_free(&shown);
}
