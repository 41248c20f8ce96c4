/* A command's bytes. */
#include "proto/imap_impl.h"
#include "text/enc.h"

#define LITERAL_MINUS_MAX 4096 /* bytes; RFC 7888, section 5 */
#define INITIAL_MAX 4096       /* bytes; longer ones wait for "+" */

/* What follows a command's name, in this order. */
enum {
	WITH_SET = 1,
	WITH_MECHANISM = 2,
	WITH_REFERENCE = 4, /* LIST's empty one */
	WITH_NAME = 8,
	WITH_SECRET = 16,
	WITH_WORDS = 32,
	MAY_HAVE_WORDS = 64,
	WITH_LITERAL = 128,
	IS_ALONE = 256,	    /* nothing may be in flight */
	IS_LAST = 512,	    /* nothing may be asked before its answer */
	OPENS = 1024	    /* a mailbox */
};

static const struct command {
	const char *name;
	int what;
} commands[] = {
	[IMAP_NONE] = {"", 0},
	[IMAP_CAPABILITY] = {"CAPABILITY", 0},
	[IMAP_STARTTLS] = {"STARTTLS", IS_ALONE | IS_LAST},
	[IMAP_AUTHENTICATE] = {"AUTHENTICATE",
	    WITH_MECHANISM | IS_ALONE | IS_LAST},
	[IMAP_LOGIN] = {"LOGIN", WITH_NAME | WITH_SECRET},
	[IMAP_ENABLE] = {"ENABLE", WITH_WORDS},
	[IMAP_ID] = {"ID", WITH_WORDS},
	[IMAP_COMPRESS] = {"COMPRESS DEFLATE", IS_ALONE | IS_LAST},
	[IMAP_NAMESPACE] = {"NAMESPACE", 0},
	[IMAP_LIST] = {"LIST", WITH_REFERENCE | WITH_NAME | MAY_HAVE_WORDS},
	[IMAP_STATUS] = {"STATUS", WITH_NAME | WITH_WORDS},
	[IMAP_CREATE] = {"CREATE", WITH_NAME},
	[IMAP_SELECT] = {"SELECT", WITH_NAME | MAY_HAVE_WORDS | OPENS},
	[IMAP_EXAMINE] = {"EXAMINE", WITH_NAME | MAY_HAVE_WORDS | OPENS},
	[IMAP_APPEND] = {"APPEND", WITH_NAME | MAY_HAVE_WORDS | WITH_LITERAL},
	[IMAP_UID_SEARCH] = {"UID SEARCH", WITH_WORDS},
	[IMAP_UID_SORT] = {"UID SORT", WITH_WORDS},
	[IMAP_UID_FETCH] = {"UID FETCH", WITH_SET | WITH_WORDS},
	[IMAP_UID_STORE] = {"UID STORE", WITH_SET | WITH_WORDS},
	[IMAP_UID_EXPUNGE] = {"UID EXPUNGE", WITH_SET},
	[IMAP_IDLE] = {"IDLE", IS_LAST},
	[IMAP_NOOP] = {"NOOP", 0},
	[IMAP_LOGOUT] = {"LOGOUT", IS_LAST},
};

static enum imap_verb sent_as(const struct imap *, enum imap_verb);
static int put_words(struct imap_draft *, const struct imap_ask *,
    struct err *);
static int put_set(struct imap_draft *, struct span, struct err *);
static int put_mechanism(struct imap_draft *, const struct imap_ask *,
    struct err *);
static int put_string(struct imap_draft *, struct span, bool is_secret,
    struct err *);
static int put_literal(struct imap_draft *, struct span, bool is_secret,
    struct err *);
static int put_count(struct imap_draft *, uint64_t, struct err *);
static int hold(struct imap_draft *, size_t more, struct err *);
static bool at_once(const struct imap *, uint64_t);
static void put_quoted(struct buf *, struct span);
static void put_both(struct imap_draft *, struct span);

bool
imap_is_alone(enum imap_verb verb)
{
	return (commands[verb].what & IS_ALONE) != 0;
}

bool
imap_is_last(enum imap_verb verb)
{
	return (commands[verb].what & IS_LAST) != 0;
}

bool
imap_opens(enum imap_verb verb)
{
	return (commands[verb].what & OPENS) != 0;
}

const char *
imap_name(enum imap_verb verb)
{
	return commands[verb].name;
}

int
imap_draft(struct imap_draft *d, const struct imap_ask *ask, struct err *e)
{
	const struct command *c = &commands[sent_as(d->m, ask->verb)];
	int what = c->what;

	buf_fmt(&d->bytes, "A%u %s", d->tag, c->name);
	buf_fmt(&d->shown, "A%u %s", d->tag, c->name);
	if ((what & MAY_HAVE_WORDS) != 0 && ask->words.n > 0)
		what |= WITH_WORDS;
	if (what & WITH_SET && put_set(d, ask->set, e) == -1)
		return -1;
	if (what & WITH_MECHANISM && put_mechanism(d, ask, e) == -1)
		return -1;
	if (what & WITH_REFERENCE)
		put_both(d, SPAN(" \"\""));
	if (what & WITH_NAME) {
		put_both(d, SPAN(" "));
		if (put_string(d, ask->name, false, e) == -1)
			return -1;
	}
	if (what & WITH_SECRET) {
		put_both(d, SPAN(" "));
		if (put_string(d, ask->secret, true, e) == -1)
			return -1;
	}
	if (what & WITH_WORDS && put_words(d, ask, e) == -1)
		return -1;
	if (what & WITH_LITERAL && put_count(d, ask->size, e) == -1)
		return -1;
	buf_str(&d->bytes, "\r\n");
	return 0;
}

/*
 * Courier writes down the UIDs it gives, and in a new mailbox the UIDVALIDITY,
 * only for SELECT: after EXAMINE the next one may see others.
 */
static enum imap_verb
sent_as(const struct imap *m, enum imap_verb verb)
{
	return verb == IMAP_EXAMINE && imap_is_courier(m) ? IMAP_SELECT : verb;
}

/* Words of our own (search keys, items, flags) with strings between them. */
static int
put_words(struct imap_draft *d, const struct imap_ask *ask, struct err *e)
{
	struct span words = ask->words, piece;
	size_t used = 0;

	for (size_t i = 0; i < words.n; i++)
		if (words.p[i] < 0x20 || words.p[i] > 0x7e)
			return err_set(e, ERR_USAGE,
			    "a command may hold printable ASCII only");
	if (words.n == 0)
		return err_set(e, ERR_SOFTWARE, "a command without words");
	if (ask->verb == IMAP_UID_SEARCH && imap_can(d->m, "ESEARCH") &&
	    !span_starts(words, SPAN("RETURN (")))
		put_both(d, SPAN(" RETURN (ALL)"));
	put_both(d, SPAN(" "));
	if (ask->strings == NULL) {
		put_both(d, words);
		return 0;
	}
	while (span_cut(&words, '?', &piece) == 1) {
		put_both(d, piece);
		if (words.p == NULL)
			break;
		if (used == ask->n_strings)
			return err_set(e, ERR_SOFTWARE, "too few strings");
		if (put_string(d, ask->strings[used++], false, e) == -1)
			return -1;
	}
	return 0;
}

static int
put_set(struct imap_draft *d, struct span set, struct err *e)
{
	for (size_t i = 0; i < set.n; i++)
		if (span_chr(SPAN("0123456789:,*"), set.p[i]) == SPAN_NONE)
			return err_set(e, ERR_SOFTWARE, "not a set of UIDs");
	if (set.n == 0)
		return err_set(e, ERR_SOFTWARE, "a command without UIDs");
	put_both(d, SPAN(" "));
	put_both(d, set);
	return 0;
}

static int
put_mechanism(struct imap_draft *d, const struct imap_ask *ask, struct err *e)
{
	for (size_t i = 0; i < ask->name.n; i++)
		if (!ascii_alpha(ask->name.p[i]) &&
		    !ascii_digit(ask->name.p[i]) &&
		    span_chr(SPAN("-_"), ask->name.p[i]) == SPAN_NONE)
			return err_set(e, ERR_USAGE, "not a mechanism's name");
	if (ask->name.n == 0)
		return err_set(e, ERR_USAGE, "no mechanism");
	put_both(d, SPAN(" "));
	put_both(d, ask->name);
	if (!ask->has_initial || !imap_can(d->m, "SASL-IR") ||
	    ask->secret.n > INITIAL_MAX)
		return 0;
	buf_char(&d->bytes, ' ');
	if (ask->secret.n == 0)
		buf_char(&d->bytes, '=');
	enc_base64(ask->secret, &d->bytes);
	buf_str(&d->shown, " ***");
	d->has_initial = true;
	return 0;
}

/* The one place where bytes from outside enter a command. */
static int
put_string(struct imap_draft *d, struct span s, bool is_secret, struct err *e)
{
	bool is_ascii = true;

	if (s.n > 0 && !imap_is_name(s))
		return err_set(e, ERR_USAGE,
		    "a line end or NUL cannot be sent");
	for (size_t i = 0; i < s.n; i++)
		is_ascii = is_ascii && (unsigned char)s.p[i] < 0x80;
	if (!is_ascii && !imap_enabled(d->m, "UTF8=ACCEPT"))
		return put_literal(d, s, is_secret, e);
	put_quoted(&d->bytes, s);
	if (is_secret)
		buf_str(&d->shown, "***");
	else
		put_quoted(&d->shown, s);
	return 0;
}

/* Without LITERAL+ or LITERAL- the rest waits for the server's "+". */
static int
put_literal(struct imap_draft *d, struct span s, bool is_secret,
    struct err *e)
{
	bool goes = at_once(d->m, s.n);

	buf_fmt(&d->bytes, "{%zu%s}\r\n", s.n, goes ? "+" : "");
	if (!goes && hold(d, 0, e) == -1)
		return -1;
	buf_span(&d->bytes, s);
	buf_span(&d->shown, is_secret ? SPAN("***") : s);
	return 0;
}

/* Of the literal that imap_literal gives, after the end of the line. */
static int
put_count(struct imap_draft *d, uint64_t size, struct err *e)
{
	const char *sign = at_once(d->m, size) ? "+" : "";

	buf_fmt(&d->bytes, " {%llu%s}", (unsigned long long)size, sign);
	buf_fmt(&d->shown, " {%llu%s}", (unsigned long long)size, sign);
	d->is_held = sign[0] == '\0';
	return d->is_held ? hold(d, 2, e) : 0;
}

/* What comes after so many bytes more waits for the server's "+". */
static int
hold(struct imap_draft *d, size_t more, struct err *e)
{
	struct imap *m = d->m;

	if (m->n_holds + d->n_holds == IMAP_HOLDS_MAX)
		return err_set(e, ERR_SOFTWARE, "too many literals");
	d->hold[d->n_holds++] = (struct imap_hold){
	    m->gone + m->out.n + d->bytes.n + more, d->tag};
	return 0;
}

static bool
at_once(const struct imap *m, uint64_t n)
{
	return imap_can(m, "LITERAL+") ||
	    (imap_can(m, "LITERAL-") && n <= LITERAL_MINUS_MAX);
}

static void
put_quoted(struct buf *out, struct span s)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, s.p[i]);
	}
	buf_char(out, '"');
}

static void
put_both(struct imap_draft *d, struct span s)
{
	buf_span(&d->bytes, s);
	buf_span(&d->shown, s);
}
