#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include "link.h"
#include "play.h"
#include "script.h"
#include "state.h"
#include "text.h"

#define WAIT_MS 10000
#define WAIT_MAX_MS (10 * 60 * 1000)
#define NAP_MS 2 /* between two looks for a file */
#define REPEAT_MAX 1000000
#define SPLIT_MAX (1024 * 1024)

static int pass(struct state *, struct err *);
static int walk(struct state *, const struct step *, struct err *);
static int talk(struct state *, const struct step *, struct err *);
static int connect_first(struct state *, struct err *);
static int take_next(struct state *, int wait_ms, struct err *);
static bool more_to_come(const struct state *);
static int tls_step(struct state *, const struct step *, struct err *);
static int finish(struct state *, enum ending, struct err *);
static int repeat_step(struct state *, const struct step *, struct err *);
static int end_step(struct state *, const struct step *, struct err *);
static int round_is(struct state *, struct err *);
static int set_step(struct state *, const struct step *, struct err *);
static int setting(struct state *, const struct step *, struct err *);
static int save_step(struct state *, const struct step *, struct err *);
static int mark_step(struct state *, const struct step *, struct err *);
static int wait_step(struct state *, const struct step *, struct err *);

int
play_run(const struct play *play, struct err *e)
{
	struct state st = {.play = play, .listener = play->listener};
	int r = 0;

	st.wait_ms = WAIT_MS;
	st.link = (struct link){.fd = -1, .transcript = play->transcript};
	for (int i = 1; i <= play->passes && r == 0; i++) {
		st.last = i == play->passes;
		r = pass(&st, e);
	}
	if (r == -1) {
		struct err ignored;

		link_used(&st.link, st.link.in.n, &ignored);
		err_wrap(e, "%s:%zu", play->script->name, st.line);
	}
	link_free(&st.link);
	if (st.listener != -1)
		close(st.listener);
	buf_free(&st.out);
	buf_free(&st.data);
	text_free(&st.text);
	vars_free(&st.vars);
	return r;
}

int
state_text(struct state *st, const struct step *step, struct err *e)
{
	bool pattern = step->verb == VERB_EXPECT_LIKE
	    || step->verb == VERB_EXPECT_TAGGED_LIKE;

	return text_make(&st->text, step->arg, pattern, &st->vars, e);
}

int
state_number(struct state *st, const struct step *step, uint64_t max,
    uint64_t *n, struct err *e)
{
	if (state_text(st, step, e) == -1)
		return -1;
	if (span_num(buf_view(&st->text.bytes), max, n) == false)
		return err_set(e, ERR_DATA, "%s is no number up to %ju",
		    buf_cstr(&st->text.bytes), (uintmax_t)max);
	return 0;
}

int
state_path(struct state *st, const struct step *step, const char **path,
    struct err *e)
{
	if (state_text(st, step, e) == -1)
		return -1;
	*path = buf_cstr(&st->text.bytes);
	if (**path == '\0' || strlen(*path) != st->text.bytes.n)
		return err_set(e, ERR_DATA, "not a path");
	return 0;
}

static int
pass(struct state *st, struct err *e)
{
	const struct script *s = st->play->script;

	st->open = st->ended = false;
	for (st->at = 0; st->at < s->n; st->at++) {
		const struct step *step = &s->v[st->at];

		st->line = step->line;
		if (st->play->trace)
			fprintf(stderr, "peer: %zu: %.*s %.*s\n", step->line,
			    (int)step->name.n, step->name.p, (int)step->arg.n,
			    step->arg.p);
		if (verb_gathers(step->verb) == false
		    && give_flush(st, e) == -1)
			return -1;
		if (walk(st, step, e) == -1)
			return -1;
	}
	if (give_flush(st, e) == -1)
		return -1;
	return st->open ? finish(st, ENDING_CLOSE, e) : 0;
}

/* The steps that need no connection; the others are talk's. */
static int
walk(struct state *st, const struct step *step, struct err *e)
{
	switch (step->verb) {
	case VERB_ACCEPT:
		if (st->open && finish(st, ENDING_CLOSE, e) == -1)
			return -1;
		return take_next(st, st->wait_ms, e);
	case VERB_REPEAT:
		return repeat_step(st, step, e);
	case VERB_END:
		return end_step(st, step, e);
	case VERB_SET:
		return set_step(st, step, e);
	case VERB_SPLIT:
	case VERB_TIMEOUT:
		return setting(st, step, e);
	case VERB_SAVE:
	case VERB_APPEND:
		return save_step(st, step, e);
	case VERB_MARK:
		return mark_step(st, step, e);
	case VERB_WAIT_FILE:
		return wait_step(st, step, e);
	default:
		if (connect_first(st, e) == -1)
			return -1;
		return talk(st, step, e);
	}
}

static int
talk(struct state *st, const struct step *step, struct err *e)
{
	switch (step->verb) {
	case VERB_FLUSH:
		link_settle(&st->link);
		return 0;
	case VERB_TLS:
		return tls_step(st, step, e);
	case VERB_CLOSE:
		return finish(st, ENDING_CLOSE, e);
	case VERB_CUT:
		return finish(st, ENDING_CUT, e);
	case VERB_RESET:
		return finish(st, ENDING_RESET, e);
	case VERB_STALL:
		return finish(st, ENDING_STALL, e);
	case VERB_SEND:
	case VERB_SEND_DOT:
	case VERB_SEND_FILE:
	case VERB_SEND_LITERAL:
	case VERB_SEND_RAW:
		return give_step(st, step, e);
	default:
		return expect_step(st, step, e);
	}
}

/* A client takes its time to start: a script's timeout begins after that. */
static int
connect_first(struct state *st, struct err *e)
{
	if (st->open)
		return 0;
	if (st->ended)
		return err_set(e, ERR_DATA,
		    "the connection has ended; accept takes the next");
	return take_next(st, WAIT_MS, e);
}

static int
take_next(struct state *st, int wait_ms, struct err *e)
{
	int join = st->play->join;

	if (join != 0 && link_join(&st->link, join, e) == -1)
		return -1;
	if (join == 0
	    && link_accept(&st->link, st->listener, wait_ms, e) == -1)
		return -1;
	st->open = true;
	if (join == 0 && more_to_come(st) == false) {
		close(st->listener);
		st->listener = -1;
	}
	if (st->play->implicit)
		return link_tls(&st->link, st->play->tls, st->wait_ms, e);
	return 0;
}

/* After the last connection the next one is refused, not left to wait. */
static bool
more_to_come(const struct state *st)
{
	const struct script *s = st->play->script;

	if (st->last == false || st->repeats > 0)
		return true;
	for (size_t i = st->at + 1; i < s->n; i++)
		if (s->v[i].verb == VERB_ACCEPT)
			return true;
	return false;
}

static int
tls_step(struct state *st, const struct step *step, struct err *e)
{
	int r;

	if (st->play->tls == NULL)
		return err_set(e, ERR_USAGE,
		    "TLS needs -c and -k, or -j and -C");
	if (st->link.tls != NULL)
		return err_set(e, ERR_DATA, "TLS is there already");
	r = link_tls(&st->link, st->play->tls, st->wait_ms, e);
	if (step->arg.n == 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NO,
		    "expected a refused handshake; the client took it");
	return st->link.left ? finish(st, ENDING_STALL, e) : -1;
}

/* What nobody expected is an error where the connection ends properly. */
static int
finish(struct state *st, enum ending how, struct err *e)
{
	struct link *l = &st->link;
	struct buf got = {0};
	size_t split = l->split;

	st->open = false;
	st->ended = true;
	if (link_end(l, how, st->wait_ms, e) == -1)
		return -1;
	if (how == ENDING_CLOSE && l->in.n > 0) {
		text_show(&got, buf_view(&l->in));
		err_set(e, ERR_NO, "expected the client's end, got %s",
		    buf_cstr(&got));
		buf_free(&got);
		return -1;
	}
	if (link_used(l, l->in.n, e) == -1)
		return -1;
	link_free(l);
	l->split = split;
	return 0;
}

static int
repeat_step(struct state *st, const struct step *step, struct err *e)
{
	struct repeat *r = &st->repeat[st->repeats];

	if (state_number(st, step, REPEAT_MAX, &r->count, e) == -1)
		return -1;
	if (r->count == 0) {
		st->at = step->other;
		return 0;
	}
	r->round = 1;
	st->repeats++;
	return round_is(st, e);
}

static int
end_step(struct state *st, const struct step *step, struct err *e)
{
	struct repeat *r = &st->repeat[st->repeats - 1];

	if (r->round < r->count) {
		r->round++;
		st->at = step->other;
	} else {
		st->repeats--;
	}
	return round_is(st, e);
}

/* ${n}: the round of the innermost repeat. */
static int
round_is(struct state *st, struct err *e)
{
	struct buf n = {0};
	int r;

	if (st->repeats == 0)
		return 0;
	buf_fmt(&n, "%ju", (uintmax_t)st->repeat[st->repeats - 1].round);
	r = vars_set(&st->vars, SPAN("n"), buf_view(&n), e);
	buf_free(&n);
	return r;
}

static int
set_step(struct state *st, const struct step *step, struct err *e)
{
	struct span name, rest = step->arg;

	span_cut(&rest, ' ', &name);
	if (text_make(&st->text, rest, false, &st->vars, e) == -1)
		return -1;
	return vars_set(&st->vars, name, buf_view(&st->text.bytes), e);
}

static int
setting(struct state *st, const struct step *step, struct err *e)
{
	bool split = step->verb == VERB_SPLIT;
	uint64_t n;

	if (state_number(st, step, split ? SPLIT_MAX : WAIT_MAX_MS, &n, e)
	    == -1)
		return -1;
	if (split)
		st->link.split = (size_t)n;
	else
		st->wait_ms = (int)n;
	return 0;
}

static int
save_step(struct state *st, const struct step *step, struct err *e)
{
	const char *path;
	size_t n;
	FILE *f;

	if (state_path(st, step, &path, e) == -1)
		return -1;
	f = fopen(path, step->verb == VERB_SAVE ? "wb" : "ab");
	if (f == NULL)
		return err_sys(e, ERR_CREATE, "%s", path);
	n = st->data.n == 0 ? 0 : fwrite(st->data.p, 1, st->data.n, f);
	if (fclose(f) == EOF || n < st->data.n)
		return err_sys(e, ERR_IO, "%s", path);
	return 0;
}

static int
mark_step(struct state *st, const struct step *step, struct err *e)
{
	const char *path;
	int fd;

	if (state_path(st, step, &path, e) == -1)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || close(fd) == -1)
		return err_sys(e, ERR_CREATE, "%s", path);
	return 0;
}

static int
wait_step(struct state *st, const struct step *step, struct err *e)
{
	int64_t until = link_now_ms() + st->wait_ms;
	const char *path;

	if (state_path(st, step, &path, e) == -1)
		return -1;
	while (access(path, F_OK) == -1) {
		if (errno != ENOENT)
			return err_sys(e, ERR_NOINPUT, "%s", path);
		if (link_now_ms() > until)
			return err_set(e, ERR_NO, "no %s for %d ms", path,
			    st->wait_ms);
		poll(NULL, 0, NAP_MS);
	}
	return 0;
}
