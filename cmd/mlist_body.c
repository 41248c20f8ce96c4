/*
 * Bodies in the index: the words of each message are put there with -I, and a
 * query for text asks them before it asks the message.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "mlist_folder.h"

#define TEXT_MAX (1u << 20) /* bytes of one message's text; larger have none */
#define BODY_MAX (3 * TEXT_MAX) /* of it as it stands, encoded */
#define PIECE_MAX (4u << 20) /* of a piece's */
#define HELD_MAX (16u << 20) /* of all pieces', but those under way */
#define LARGE (512u << 10) /* a message's; of such one is read at a time */
#define WORDS_MAX (16u << 20) /* bytes in memory before they are written */
#define TEXTS_MAX 48 /* that are not full: with more they are merged */
#define USED_MIN 4 /* one of so many numbers, or all are given anew */
#define RUNS_MAX 64 /* words that are looked for at once */

/* A message's text in a slot's texts, before its body and its header. */
struct mark {
	size_t at; /* where in the slot's put its number is */
	size_t body, header;
};

/* A word of a text that is looked for, and which messages may have it. */
struct run {
	struct span word;
	unsigned places;
	struct mlist_text *text;
	unsigned char *bits;
};

struct runs {
	struct run v[RUNS_MAX];
	size_t n;
	struct words_kept kept; /* room for what is read */
};

/* Of which numbers it is asked what texts they have. */
struct range {
	const struct mlist_text *text;
	uint32_t low, high;
};

static bool may_have(void *, size_t text);
static int gather(struct listing *, struct span message, struct buf *body,
    struct buf *header, struct err *);
static int add_runs(struct listing *, const struct query_text *,
    struct mlist_text *, struct runs *, struct err *);
static int recall(struct listing *, struct runs *, struct err *);
static int mark_runs(struct listing *, size_t text, struct runs *,
    struct err *);
static int mark_run(struct listing *, size_t text, struct words_kept *,
    struct run *, struct err *);
static void join(const struct listing *, struct run *);
static int merge_texts(struct listing *, struct err *);
static int merge_text(struct listing *, size_t text, struct err *);
static int write_words(struct listing *, bool is_full, struct err *);

void
listing_recall_texts(struct listing *l)
{
	struct mlist *m = l->m;
	size_t n = m->query == NULL ? 0 : query_texts(m->query);
	struct query_text text;
	struct runs runs = {0};
	struct err e;

	if (!l->has_index || l->index.texts == 0 || n == 0 ||
	    l->index.text_last >= UINT32_MAX)
		return;
	l->text = mem_alloc(n, sizeof *l->text);
	l->texts = n;
	for (size_t i = 0; i < n && !l->is_damaged; i++) {
		text = query_text(m->query, i);
		if (add_runs(l, &text, &l->text[i], &runs, &e) == -1)
			l->is_damaged = true;
	}
	if (recall(l, &runs, &e) == -1)
		l->is_damaged = true;
	words_kept_free(&runs.kept);
	if (l->is_damaged)
		listing_forget_texts(l);
}

void
listing_forget_texts(struct listing *l)
{
	for (size_t i = 0; i < l->texts; i++)
		free(l->text[i].bits);
	free(l->text);
	l->text = NULL;
	l->texts = 0;
	words_free(&l->words);
}

bool
listing_is_ruled_out(const struct listing *l, uint32_t low, uint32_t high)
{
	struct range range = {l->text, low, high};

	/* for its thread one that does not match is wanted, too */
	return l->text != NULL && !l->m->is_whole && low > 0 &&
	    !query_may_match(l->m->query, may_have, &range);
}

uint32_t
listing_gather(struct listing *l, struct slot *slot)
{
	struct mark mark = {.at = slot->put.n + RECORD_TEXT_AT};
	struct buf body = {0}, header = {0};
	struct span bytes;
	struct err e;
	uint32_t number = RECORD_TEXT_NONE;

	if (slot->texts.n >= PIECE_MAX)
		return 0;
	if (mlist_read_whole(&slot->reader, &bytes, &e) == 0 &&
	    gather(l, bytes, &body, &header, &e) == 0) {
		mark.body = body.n;
		mark.header = header.n;
		buf_add(&slot->texts, &mark, sizeof mark);
		buf_span(&slot->texts, buf_view(&body));
		buf_span(&slot->texts, buf_view(&header));
		number = 0;
	}
	buf_free(&body);
	buf_free(&header);
	return number;
}

bool
listing_has_room(void *arg)
{
	struct listing *l = arg;

	return l->texts_held < HELD_MAX;
}

void
listing_drop_texts(struct listing *l, struct slot *slot)
{
	l->texts_held -= slot->texts_held;
	slot->texts_held = 0;
	buf_free(&slot->texts);
}

int
listing_take_texts(struct listing *l, struct slot *slot, struct err *e)
{
	struct span rest = buf_view(&slot->texts);
	struct mark mark;
	uint32_t number;

	while (rest.n > 0) {
		memcpy(&mark, rest.p, sizeof mark);
		rest = span_from(rest, sizeof mark);
		number = (uint32_t)++l->text_last;
		memcpy(slot->put.p + mark.at, &number, sizeof number);
		words_add(&l->words, number, WORDS_BODY,
		    span_sub(rest, 0, mark.body));
		rest = span_from(rest, mark.body);
		words_add(&l->words, number, WORDS_HEADER,
		    span_sub(rest, 0, mark.header));
		rest = span_from(rest, mark.header);
	}
	return words_size(&l->words) < WORDS_MAX ? 0 : write_words(l, true, e);
}

int
listing_end_texts(struct listing *l, struct err *e)
{
	l->index.text_last = l->text_last;
	return l->words.n == 0 ? 0 : write_words(l, false, e);
}

bool
listing_is_worn(const struct listing *l)
{
	uint64_t last = l->index.text_last;

	return last > UINT32_MAX / 2 ||
	    last / USED_MIN > l->names.n + LISTING_LEAST;
}

int
listing_begin_texts(struct listing *l, struct err *e)
{
	size_t loose = 0;

	if (l->is_anew)
		return index_drop_texts(&l->index, e);
	for (size_t i = 0; i < l->index.texts; i++)
		loose += l->index.text[i].is_full == 0;
	return loose <= TEXTS_MAX ? 0 : merge_texts(l, e);
}

static bool
may_have(void *arg, size_t text)
{
	const struct range *range = arg;
	const struct mlist_text *t = &range->text[text];

	if (range->high >= t->n)
		return true;
	for (size_t i = range->low; i <= range->high; i++)
		if (t->bits[i / 8] == 0)
			i |= 7; /* none of these eight */
		else if ((t->bits[i / 8] >> i % 8 & 1) != 0)
			return true;
	return false;
}

/* What large ones take meanwhile is taken once. */
static int
gather(struct listing *l, struct span message, struct buf *body,
    struct buf *header, struct err *e)
{
	bool is_large = message.n > LARGE;
	int status;

	if (is_large)
		pthread_mutex_lock(&l->large);
	status = query_gather(message, BODY_MAX, body, header, e);
	if (is_large)
		pthread_mutex_unlock(&l->large);
	if (status == 0 && body->n + header->n > TEXT_MAX)
		return err_set(e, ERR_DATA, "too much text");
	return status;
}

/* Messages may have it that have words with each of its runs. */
static int
add_runs(struct listing *l, const struct query_text *asked,
    struct mlist_text *text, struct runs *runs, struct err *e)
{
	struct span rest = asked->value, word;

	if (asked->is_regex)
		return 0;
	while (words_next(&rest, &word) == 1) {
		if (runs->n == RUNS_MAX && recall(l, runs, e) == -1)
			return -1;
		runs->v[runs->n++] = (struct run){.word = word,
		    .places = WORDS_BODY |
			(asked->in_header ? WORDS_HEADER : 0),
		    .text = text,
		    .bits = mem_alloc(l->index.text_last / 8 + 1, 1)};
		text->is_exact = word.n == asked->value.n;
	}
	return 0;
}

/* Looks for all that were added; there are none then. */
static int
recall(struct listing *l, struct runs *runs, struct err *e)
{
	int status = 0;

	for (size_t i = 0; runs->n > 0 && i < l->index.texts; i++)
		if (status == 0)
			status = mark_runs(l, i, runs, e);
	for (; runs->n > 0; runs->n--)
		join(l, &runs->v[runs->n - 1]);
	return status;
}

/* Words are read once for all. */
static int
mark_runs(struct listing *l, size_t text, struct runs *runs, struct err *e)
{
	struct words_kept *kept = &runs->kept;
	int status;

	buf_cut(&kept->terms, 0);
	buf_cut(&kept->starts, 0);
	status = index_read_terms(&l->index, text, &kept->terms,
	    &kept->starts, e);
	for (size_t i = 0; status == 0 && i < runs->n; i++)
		status = mark_run(l, text, kept, &runs->v[i], e);
	return status;
}

static int
mark_run(struct listing *l, size_t text, struct words_kept *kept,
    struct run *run, struct err *e)
{
	uint32_t n = (uint32_t)l->index.text_last + 1;
	struct words_found found;
	size_t at = 0;
	int more;

	while ((more = words_find(buf_view(&kept->terms),
	    buf_view(&kept->starts), run->word, &at, &found)) == 1) {
		buf_cut(&kept->lists, 0);
		if (index_read_list(&l->index, text, found.list, found.list_n,
		    &kept->lists, e) == -1 || !words_mark(found.word,
		    buf_view(&kept->lists), run->places, n, run->bits))
			return -1;
	}
	return more;
}

/* Of a text's runs each is to be there. */
static void
join(const struct listing *l, struct run *run)
{
	struct mlist_text *text = run->text;

	for (size_t i = 0; text->n > 0 && i <= l->index.text_last / 8; i++)
		run->bits[i] &= text->bits[i];
	free(text->bits);
	text->bits = run->bits;
	text->n = (uint32_t)l->index.text_last + 1;
}

/* In their order, and so in that of their numbers. */
static int
merge_texts(struct listing *l, struct err *e)
{
	size_t n = l->index.texts, i = 0;
	int status = 0;

	for (; n > 0 && status == 0; n--)
		if (l->index.text[i].is_full == 0)
			status = merge_text(l, i, e);
		else
			i++;
	return status;
}

static int
merge_text(struct listing *l, size_t text, struct err *e)
{
	struct words_kept kept = {0};
	int status = index_take_text(&l->index, text, &kept, e);

	if (status == 0 && !words_merge(&l->words, &kept))
		status = err_set(e, ERR_IO, "%s: damaged", buf_cstr(&l->file));
	words_kept_free(&kept);
	if (status == -1)
		l->is_damaged = true;
	else if (words_size(&l->words) >= WORDS_MAX)
		status = write_words(l, true, e);
	return status;
}

static int
write_words(struct listing *l, bool is_full, struct err *e)
{
	struct words_kept kept = {0};
	int status;

	words_keep(&l->words, &kept);
	status = index_put_text(&l->index, &kept, is_full, e);
	words_kept_free(&kept);
	return status;
}
