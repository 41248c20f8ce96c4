#include <string.h>

#include "app/account_config.h"
#include "app/check.h"
#include "app/diag.h"
#include "app/imap_session.h"
#include "app/pop_session.h"
#include "text/charset.h"
#include "text/jsonl.h"

static void note(void *, const char *step, const struct span *field,
    size_t n);
static const char *judge(struct check *, const char *step,
    const struct span *field, size_t n);
static void tell(struct check *, const char *step, const char *result,
    const struct span *field, size_t n);
static void tell_text(const char *step, const char *result,
    const struct span *field, size_t n, struct buf *);
static void tell_json(const char *step, const char *result,
    const struct span *field, size_t n, struct buf *);

void
check_begin(struct check *c, const struct account *a, const struct url *u)
{
	struct buf url = {0};
	struct span field[2];

	c->account = a;
	c->step = NULL;
	c->watch = (struct server_watch){note, c};
	a->config->watch = &c->watch;
	url_format(u, &url);
	field[0] = span_of(account_name(a));
	field[1] = buf_view(&url);
	tell(c, "account", "ok", field, 2);
	buf_free(&url);
}

int
check_end(struct check *c, int status, struct err *e)
{
	struct span why;

	c->account->config->watch = NULL;
	if (status == -1) {
		why = span_of(e->text);
		tell(c, c->step == NULL ? "account" : c->step, "failed", &why,
		    1);
	}
	if (c->failed.kind == ERR_NONE &&
	    output_flush(c->output, &c->failed) == 0)
		return status;
	*e = c->failed;
	return -1;
}

int
check_fetch(struct check *c, const struct account *a, const struct url *u,
    bool verbose, struct err *e)
{
	struct imap_session imap;
	struct pop_session pop;
	struct err ignored;
	int status;

	check_begin(c, a, u);
	if (u->scheme == URL_IMAP || u->scheme == URL_IMAPS) {
		status = imap_session_open(&imap, a, u, c->tool, verbose, e);
		if (status == 0)
			imap_session_close(&imap);
	} else {
		status = pop_session_open(&pop, a, u, c->tool, verbose, e);
		if (status == 0) {
			(void)pop_session_do(&pop,
			    &(struct pop_ask){.verb = POP_QUIT}, &ignored);
			pop_session_close(&pop);
		}
	}
	return check_end(c, status, e);
}

/* Told at once: what a server keeps waiting is seen while it waits. */
static void
note(void *arg, const char *step, const struct span *field, size_t n)
{
	struct check *c = arg;

	c->step = step;
	if (n == 0)
		return;
	c->step = NULL;
	tell(c, step, judge(c, step, field, n), field, n);
	if (c->failed.kind == ERR_NONE)
		(void)output_flush(c->output, &c->failed);
}

/* A certificate's last field is the days that it has left. */
static const char *
judge(struct check *c, const char *step, const struct span *field, size_t n)
{
	uint64_t days;

	if (strcmp(step, "certificate") != 0 ||
	    (span_num(field[n - 1], UINT32_MAX, &days) &&
		days >= CHECK_SOON_DAYS))
		return "ok";
	diag(c->tool, "%s: the certificate of %.*s ends in %.*s days",
	    account_name(c->account), (int)field[0].n, field[0].p,
	    (int)field[n - 1].n, field[n - 1].p);
	return "warning";
}

static void
tell(struct check *c, const char *step, const char *result,
    const struct span *field, size_t n)
{
	struct buf line = {0};

	if (c->is_quiet || c->failed.kind != ERR_NONE)
		return;
	if (c->is_json)
		tell_json(step, result, field, n, &line);
	else
		tell_text(step, result, field, n, &line);
	(void)output_name(c->output, buf_view(&line), &c->failed);
	buf_free(&line);
}

static void
tell_text(const char *step, const char *result, const struct span *field,
    size_t n, struct buf *out)
{
	buf_fmt(out, "%s\t%s", step, result);
	for (size_t i = 0; i < n; i++) {
		buf_char(out, '\t');
		charset_line(field[i], out);
	}
}

static void
tell_json(const char *step, const char *result, const struct span *field,
    size_t n, struct buf *out)
{
	struct buf text = {0};
	size_t list;

	buf_char(out, '{');
	jsonl_key(0, "step", out);
	jsonl_string(span_of(step), out);
	jsonl_key(0, "result", out);
	jsonl_string(span_of(result), out);
	jsonl_key(0, "detail", out);
	list = out->n;
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_cut(&text, 0);
		charset_line(field[i], &text);
		jsonl_next(list, out);
		jsonl_string(buf_view(&text), out);
	}
	buf_str(out, "]}");
	buf_free(&text);
}
