#include <stdlib.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/sum.h"
#include "mail/words.h"

#define BUCKETS 4096 /* at first; a power of two */
#define MARK '\n'    /* between terms; part of none */
/*
 * Words that are looked at in a bucket.  Only words that were made for it crowd
 * together there: some of them stand twice then, which is found all the same.
 */
#define BUCKET_MAX 64

/* A word, and its messages: the distance from the last one, and the places. */
struct words_entry {
	uint64_t sum;
	size_t at, n;	 /* in terms */
	uint32_t next;	 /* in the bucket, plus 1 */
	uint32_t listed; /* message that was listed last */
	uint32_t last;	 /* message that has it, and its places */
	unsigned places;
	struct buf list;
};

/* Where a word and its list begin; the last one is where all end. */
struct start {
	uint32_t term, list;
};

static bool is_of_word(char);
static void add_word(struct words *, uint32_t message, enum words_place,
    struct span);
static bool merge_word(struct words *, struct span, struct span list);
static int next_message(struct span *list, uint64_t *message,
    unsigned *places);
static void add_message(struct words *, struct words_entry *,
    uint32_t message, unsigned places);
static struct words_entry *find_entry(struct words *, struct span,
    uint32_t message);
static void grow(struct words *);
static void end_message(struct words *, struct words_entry *);
static bool check_list(struct span word, struct span *list);
static uint64_t sum_list(uint64_t word, struct span list);
static struct start start_at(struct span starts, size_t i);

void
words_add(struct words *w, uint32_t message, enum words_place place,
    struct span folded)
{
	struct span word;

	while (words_next(&folded, &word) == 1)
		add_word(w, message, place, word);
}

void
words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		buf_free(&w->entry[i].list);
	free(w->entry);
	free(w->bucket);
	buf_free(&w->terms);
	*w = (struct words){0};
}

size_t
words_size(const struct words *w)
{
	return w->lists + w->terms.cap + w->cap * sizeof *w->entry +
	    w->buckets * sizeof *w->bucket;
}

void
words_keep(struct words *w, struct words_kept *kept)
{
	struct start start = {0};
	struct words_entry *entry;
	uint64_t sum;
	size_t from;

	buf_char(&kept->terms, MARK);
	for (size_t i = 0; i < w->n; i++) {
		entry = &w->entry[i];
		end_message(w, entry);
		from = kept->lists.n;
		start.term = (uint32_t)kept->terms.n;
		start.list = (uint32_t)from;
		buf_add(&kept->starts, &start, sizeof start);
		buf_span(&kept->terms, span_at(w->terms.p + entry->at,
		    entry->n));
		buf_char(&kept->terms, MARK);
		buf_span(&kept->lists, buf_view(&entry->list));
		sum = sum_list(entry->sum,
		    span_from(buf_view(&kept->lists), from));
		buf_add(&kept->lists, &sum, sizeof sum);
		buf_free(&entry->list);
	}
	start.term = (uint32_t)kept->terms.n;
	start.list = (uint32_t)kept->lists.n;
	buf_add(&kept->starts, &start, sizeof start);
	words_free(w);
}

bool
words_merge(struct words *w, const struct words_kept *kept)
{
	struct span starts = buf_view(&kept->starts);
	size_t n = starts.n / sizeof(struct start);
	struct start this, next;

	for (size_t i = 0; i + 1 < n; i++) {
		this = start_at(starts, i);
		next = start_at(starts, i + 1);
		if (next.term <= this.term || next.term > kept->terms.n ||
		    next.list < this.list || next.list > kept->lists.n ||
		    !merge_word(w, span_at(kept->terms.p + this.term,
		    next.term - this.term - 1),
		    span_at(kept->lists.p + this.list, next.list - this.list)))
			return false;
	}
	return n > 0;
}

void
words_kept_free(struct words_kept *kept)
{
	buf_free(&kept->terms);
	buf_free(&kept->starts);
	buf_free(&kept->lists);
}

int
words_next(struct span *s, struct span *word)
{
	size_t from = 0, to;

	while (from < s->n && !is_of_word(s->p[from]))
		from++;
	to = from;
	while (to < s->n && is_of_word(s->p[to]))
		to++;
	*word = span_sub(*s, from, to - from);
	*s = span_from(*s, to);
	return word->n > 0 ? 1 : 0;
}

int
words_find(struct span terms, struct span starts, struct span run, size_t *at,
    struct words_found *found)
{
	size_t low = 0, high = starts.n / sizeof(struct start), middle, hit;
	struct start this, next;

	hit = span_find(span_from(terms, *at), run);
	if (hit == SPAN_NONE)
		return 0;
	hit += *at;
	if (high < 2)
		return -1;
	for (high--; high - low > 1;) {
		middle = low + (high - low) / 2;
		if (start_at(starts, middle).term <= hit)
			low = middle;
		else
			high = middle;
	}
	this = start_at(starts, low);
	next = start_at(starts, low + 1);
	if (next.term <= hit || next.term > terms.n || next.list < this.list)
		return -1;
	*at = next.term;
	found->word = span_sub(terms, this.term, next.term - this.term - 1);
	found->list = this.list;
	found->list_n = next.list - this.list;
	return 1;
}

bool
words_mark(struct span word, struct span list, unsigned places, uint32_t n,
    unsigned char *bits)
{
	uint64_t message = 0;
	unsigned in;
	int more;

	if (!check_list(word, &list))
		return false;
	while ((more = next_message(&list, &message, &in)) == 1)
		if ((in & places) != 0 && message < n)
			bits[message / 8] |= (unsigned char)(1u << message % 8);
	return more == 0;
}

static bool
is_of_word(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || (c & 0x80) != 0;
}

static void
add_word(struct words *w, uint32_t message, enum words_place place,
    struct span word)
{
	add_message(w, find_entry(w, word, message), message, place);
}

static bool
merge_word(struct words *w, struct span word, struct span list)
{
	struct words_entry *entry = NULL;
	uint64_t message = 0;
	unsigned in;
	int more;

	if (!check_list(word, &list))
		return false;
	while ((more = next_message(&list, &message, &in)) == 1) {
		if (message > UINT32_MAX)
			return false;
		if (entry == NULL)
			entry = find_entry(w, word, (uint32_t)message);
		add_message(w, entry, (uint32_t)message, in);
	}
	return more == 0;
}

/* The message after *message, and the places that the word has in it. */
static int
next_message(struct span *list, uint64_t *message, unsigned *places)
{
	uint64_t number;

	if (list->n == 0)
		return 0;
	if (!number_take(list, &number))
		return -1;
	*message += number >> 2;
	*places = number & 3;
	return 1;
}

static void
add_message(struct words *w, struct words_entry *entry, uint32_t message,
    unsigned places)
{
	if (entry->last != message) {
		end_message(w, entry);
		entry->last = message;
		entry->places = 0;
	}
	entry->places |= places;
}

/* One that stands twice may have had a higher message: then it does again. */
static struct words_entry *
find_entry(struct words *w, struct span word, uint32_t message)
{
	uint64_t sum = sum_of(word);
	struct words_entry *entry;
	uint32_t *bucket;
	size_t n = 0;

	if (w->n >= w->buckets)
		grow(w);
	bucket = &w->bucket[sum & (w->buckets - 1)];
	for (uint32_t i = *bucket; i != 0 && n < BUCKET_MAX; n++) {
		entry = &w->entry[i - 1];
		if (entry->sum == sum && entry->last <= message &&
		    span_eq(span_at(w->terms.p + entry->at, entry->n), word))
			return entry;
		i = entry->next;
	}
	w->entry = mem_grow(w->entry, &w->cap, w->n + 1, sizeof *w->entry);
	entry = &w->entry[w->n++];
	*entry = (struct words_entry){.sum = sum, .at = w->terms.n,
	    .n = word.n, .next = *bucket};
	*bucket = (uint32_t)w->n;
	buf_span(&w->terms, word);
	return entry;
}

static void
grow(struct words *w)
{
	uint32_t *bucket;

	w->buckets = w->buckets == 0 ? BUCKETS : w->buckets * 2;
	free(w->bucket);
	w->bucket = mem_alloc(w->buckets, sizeof *w->bucket);
	for (size_t i = 0; i < w->n; i++) {
		bucket = &w->bucket[w->entry[i].sum & (w->buckets - 1)];
		w->entry[i].next = *bucket;
		*bucket = (uint32_t)i + 1;
	}
}

/* Its places are known now: it goes to the list. */
static void
end_message(struct words *w, struct words_entry *entry)
{
	size_t cap = entry->list.cap;

	if (entry->last != entry->listed)
		number_put((uint64_t)(entry->last - entry->listed) << 2 |
		    entry->places, &entry->list);
	entry->listed = entry->last;
	w->lists += entry->list.cap - cap;
}

/* Takes its sum off. */
static bool
check_list(struct span word, struct span *list)
{
	uint64_t sum;

	if (list->n < sizeof sum)
		return false;
	memcpy(&sum, list->p + list->n - sizeof sum, sizeof sum);
	list->n -= sizeof sum;
	return sum_list(sum_of(word), *list) == sum;
}

/* Of one word's list, so that no other word's can stand in its place. */
static uint64_t
sum_list(uint64_t word, struct span list)
{
	return sum_of(list) * 3 + word;
}

static struct start
start_at(struct span starts, size_t i)
{
	struct start start;

	memcpy(&start, starts.p + i * sizeof start, sizeof start);
	return start;
}
