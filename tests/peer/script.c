#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

#include "script.h"
#include "text.h"

/* What follows a verb. */
enum takes {
	NOTHING,
	WORD, /* nothing, or the one word that the verb knows */
	TEXT,
	PATTERN,
	SETTING
};

static const struct {
	const char *name;
	enum takes takes;
} verbs[] = {
	[VERB_ACCEPT] = {"accept", NOTHING},
	[VERB_ANY_ORDER] = {"any-order", NOTHING},
	[VERB_APPEND] = {"append", TEXT},
	[VERB_CLOSE] = {"close", NOTHING},
	[VERB_CUT] = {"cut", NOTHING},
	[VERB_END] = {"end", NOTHING},
	[VERB_EXPECT] = {"expect", TEXT},
	[VERB_EXPECT_DATA] = {"expect-data", TEXT},
	[VERB_EXPECT_DOT] = {"expect-dot", NOTHING},
	[VERB_EXPECT_EOF] = {"expect-eof", NOTHING},
	[VERB_EXPECT_LIKE] = {"expect-like", PATTERN},
	[VERB_EXPECT_TAGGED] = {"expect-tagged", TEXT},
	[VERB_EXPECT_TAGGED_LIKE] = {"expect-tagged-like", PATTERN},
	[VERB_EXPECT_UNTIL] = {"expect-until", TEXT},
	[VERB_FLUSH] = {"flush", NOTHING},
	[VERB_MARK] = {"mark", TEXT},
	[VERB_REPEAT] = {"repeat", TEXT},
	[VERB_RESET] = {"reset", NOTHING},
	[VERB_SAVE] = {"save", TEXT},
	[VERB_SEND] = {"send", TEXT},
	[VERB_SEND_DOT] = {"send-dot", TEXT},
	[VERB_SEND_FILE] = {"send-file", TEXT},
	[VERB_SEND_LITERAL] = {"send-literal", TEXT},
	[VERB_SEND_RAW] = {"send-raw", TEXT},
	[VERB_SET] = {"set", SETTING},
	[VERB_SPLIT] = {"split", TEXT},
	[VERB_STALL] = {"stall", NOTHING},
	[VERB_TIMEOUT] = {"timeout", TEXT},
	[VERB_TLS] = {"tls", WORD},
	[VERB_WAIT_FILE] = {"wait-file", TEXT},
};

struct blocks {
	size_t at[SCRIPT_DEPTH]; /* the steps that opened them */
	size_t n;
};

static int line(struct script *, struct blocks *, struct span, size_t,
    struct err *);
static int verb(struct step *, struct err *);
static int argument(const struct step *, struct err *);
static int block(struct script *, struct blocks *, struct err *);

int
script_parse(
    struct script *s, const char *name, struct buf bytes, struct err *e)
{
	struct blocks open = {0};
	struct span rest, one;
	size_t no = 0;

	*s = (struct script){.name = name, .bytes = bytes};
	rest = buf_view(&s->bytes);
	while (span_cut(&rest, '\n', &one) == 1) {
		no++;
		if (line(s, &open, one, no, e) == -1)
			return err_wrap(e, "%s:%zu", name, no);
	}
	if (open.n > 0)
		return err_set(e, ERR_DATA, "%s:%zu: the block has no end",
		    name, s->v[open.at[open.n - 1]].line);
	return 0;
}

void
script_free(struct script *s)
{
	free(s->v);
	buf_free(&s->bytes);
	*s = (struct script){0};
}

bool
verb_is_line(enum verb v)
{
	return v == VERB_EXPECT || v == VERB_EXPECT_LIKE
	    || v == VERB_EXPECT_TAGGED || v == VERB_EXPECT_TAGGED_LIKE;
}

bool
verb_gathers(enum verb v)
{
	return v == VERB_SEND || v == VERB_SEND_DOT || v == VERB_SEND_FILE
	    || v == VERB_SEND_LITERAL || v == VERB_SEND_RAW || v == VERB_REPEAT
	    || v == VERB_END || v == VERB_SET;
}

static int
line(struct script *s, struct blocks *open, struct span one, size_t no,
    struct err *e)
{
	struct step *step;

	while (one.n > 0 && ascii_blank(one.p[0]))
		one = span_from(one, 1);
	if (one.n == 0 || one.p[0] == '#')
		return 0;
	s->v = mem_grow(s->v, &s->cap, s->n + 1, sizeof *s->v);
	step = &s->v[s->n++];
	*step = (struct step){.line = no, .arg = one};
	if (verb(step, e) == -1 || argument(step, e) == -1)
		return -1;
	return block(s, open, e);
}

/* Parts the line in step->arg at its first blank. */
static int
verb(struct step *step, struct err *e)
{
	struct span rest = step->arg;

	span_cut(&rest, ' ', &step->name);
	step->arg = rest;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (span_is(step->name, verbs[i].name)) {
			step->verb = (enum verb)i;
			return 0;
		}
	return err_set(e, ERR_DATA, "no such command as %.*s",
	    (int)step->name.n, step->name.p);
}

static int
argument(const struct step *step, struct err *e)
{
	enum takes takes = verbs[step->verb].takes;
	struct span arg = step->arg, name;
	struct text t = {0};
	int r;

	if (takes == WORD && (arg.n == 0 || span_is(arg, "refused")))
		return 0;
	if (takes == NOTHING && arg.n == 0)
		return 0;
	if (takes == NOTHING || takes == WORD)
		return err_set(e, ERR_DATA, "%s does not take this argument",
		    verbs[step->verb].name);
	if (takes == SETTING
	    && (span_cut(&arg, ' ', &name) != 1 || name.n == 0))
		return err_set(e, ERR_DATA, "set takes a name and a text");
	r = text_make(&t, arg, takes == PATTERN, NULL, e);
	text_free(&t);
	return r;
}

/* Joins a block's first step with its end. */
static int
block(struct script *s, struct blocks *open, struct err *e)
{
	struct step *step = &s->v[s->n - 1];
	size_t first = open->n == 0 ? 0 : open->at[open->n - 1];

	if (step->verb == VERB_END && open->n == 0)
		return err_set(e, ERR_DATA, "an end without a block");
	if (step->verb == VERB_END) {
		step->other = first;
		s->v[first].other = s->n - 1;
		open->n--;
		return 0;
	}
	if (open->n > 0 && s->v[first].verb == VERB_ANY_ORDER
	    && verb_is_line(step->verb) == false)
		return err_set(e, ERR_DATA,
		    "any-order holds only expectations of one line");
	if (step->verb != VERB_REPEAT && step->verb != VERB_ANY_ORDER)
		return 0;
	if (open->n == SCRIPT_DEPTH)
		return err_set(e, ERR_DATA, "blocks deeper than %d",
		    SCRIPT_DEPTH);
	open->at[open->n++] = s->n - 1;
	return 0;
}
