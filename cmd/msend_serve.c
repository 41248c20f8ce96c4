/* "sendmail -bs": SMTP on standard input and output. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/clock.h"
#include "msend_compose.h"
#include "proto/serve.h"

#define PIECE (32 * 1024)

static int turn(struct msend *, struct serve *, struct err *);
static void take(struct msend *, struct serve *);

void
sendmail_serve(struct msend *m)
{
	struct serve s = {.has_hello = false};
	struct buf host = {0};
	struct err e;
	int more;

	m->is_dotted = false;
	m->is_to_operands = true;
	clock_host(&host);
	serve_begin(&s, buf_cstr(&host));
	while ((more = turn(m, &s, &e)) == 1)
		;
	if (more == -1)
		report_err(m, NULL, &e);
	serve_free(&s);
	buf_free(&host);
}

/* 1 while it goes on; -1 where standard input or output fails. */
static int
turn(struct msend *m, struct serve *s, struct err *e)
{
	char piece[PIECE];
	ssize_t got;
	int next;

	while ((next = serve_next(s)) == 1)
		take(m, s);
	if (output_bytes(&m->out, buf_view(&s->out), e) == -1 ||
	    output_flush(&m->out, e) == -1)
		return -1;
	buf_cut(&s->out, 0);
	if (next == -1)
		return 0;
	got = read(STDIN_FILENO, piece, sizeof piece);
	if (got == -1 && errno == EINTR && !option_interrupted())
		return 1;
	if (got == -1)
		return err_sys(e, ERR_IO, "standard input");
	serve_push(s, span_at(piece, (size_t)got));
	return got > 0;
}

/* Sends what came, and tells the client; what is queued is done. */
static void
take(struct msend *m, struct serve *s)
{
	struct compose *c = NULL;
	struct err e;
	int status;

	addr_list_free(&m->to);
	m->to = s->rcpt;
	s->rcpt = (struct addr_list){0};
	m->from = s->from.n == 0 ? "" : s->from.v[0].address;
	m->status = 0;
	if (compose_begin(m, &c, &e) == -1) {
		report_err(m, NULL, &e);
		compose_close(c);
	} else {
		compose_give(c, &s->data);
		send_new(m, c);
	}
	status = m->status;
	m->status = 0;
	m->from = NULL;
	if (status == 0)
		serve_answer(s, 250, "2.0.0 taken");
	else if (status == ERR_REFUSED || status == ERR_DATA ||
	    status == ERR_USAGE)
		serve_answer(s, 554, "5.0.0 refused: see standard error");
	else
		serve_answer(s, 451, "4.0.0 not now: see standard error");
}
