#include <stdlib.h>

#include "base/mem.h"
#include "mail/summary.h"
#include "mail/thread.h"
#include "mail/thread_impl.h"
#include "text/fold.h"

#define SLOTS_MIN 1024
#define STEPS_FREE (1u << 16) /* of looking for loops, and for each link */
#define STEPS_A_LINK 64

/* FNV-1a's */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x100000001b3)

static uint32_t own_container(struct thread *, struct span id,
    const struct thread_message *);
static uint64_t substitute(const struct thread_message *);
static uint64_t mix(uint64_t);
static uint32_t named(struct thread *, uint64_t id);
static uint32_t *slot_of(struct thread *, uint64_t id);
static void grow_slots(struct thread *);
static uint32_t link_references(struct thread *, struct span references);
static void link_pair(struct thread *, uint32_t parent, uint32_t child);
static bool is_below(struct thread *, uint32_t low, uint32_t root);
static void keep_subject(struct thread *, struct span subject);
static int next_id(struct span *rest, struct span *id);
static uint64_t hash_id(struct span id);
static uint64_t hash_bytes(uint64_t h, struct span);

struct thread *
thread_open(uint64_t seed, bool by_subject)
{
	struct thread *t = mem_alloc(1, sizeof *t);

	t->seed = seed | 1;
	t->by_subject = by_subject;
	t->steps = STEPS_FREE;
	t->n_slots = SLOTS_MIN;
	t->slot = mem_alloc(t->n_slots, sizeof *t->slot);
	return t;
}

void
thread_close(struct thread *t)
{
	if (t == NULL)
		return;
	free(t->slot);
	free(t->c);
	free(t->m);
	free(t->subject);
	free(t->place);
	free(t);
}

void
thread_add(struct thread *t, const struct thread_message *m)
{
	struct span rest = m->id, id = {0};
	uint32_t own, above;

	if (next_id(&rest, &id) == 0)
		id = span_trim(m->id);
	t->m = mem_grow(t->m, &t->m_cap, t->n_m + 1, sizeof *t->m);
	own = own_container(t, id, m);
	t->m[t->n_m] = (struct thread_node){own, m->date};
	if (t->by_subject)
		keep_subject(t, m->subject);
	t->n_m++;
	above = link_references(t, m->references);
	rest = m->in_reply_to;
	if (above == THREAD_NONE && next_id(&rest, &id) == 1)
		above = named(t, hash_id(id));
	/* what a message says of itself goes before what others say of it */
	t->c[own].parent = THREAD_NONE;
	link_pair(t, above, own);
}

bool
thread_wants_subject(const struct thread *t, struct span id)
{
	return t->by_subject || span_trim(id).n == 0;
}

uint32_t
thread_container(struct thread *t, uint64_t id)
{
	t->c = mem_grow(t->c, &t->c_cap, t->n_c + 1, sizeof *t->c);
	t->c[t->n_c] = (struct thread_container){.id = id,
	    .parent = THREAD_NONE, .message = THREAD_NONE};
	return (uint32_t)t->n_c++;
}

/* The one of its Message-ID, unless another message has that already. */
static uint32_t
own_container(struct thread *t, struct span id,
    const struct thread_message *m)
{
	uint64_t h = id.n > 0 ? hash_id(id) : substitute(m);
	uint32_t own = named(t, h), copies;

	if (t->c[own].message != THREAD_NONE) {
		copies = ++t->c[own].copies;
		own = thread_container(t, mix(h + copies));
	}
	t->c[own].message = (uint32_t)t->n_m;
	return own;
}

/* For a message without a Message-ID. */
static uint64_t
substitute(const struct thread_message *m)
{
	uint64_t h = hash_bytes((uint64_t)m->date, m->subject);

	h = hash_bytes(h, m->references);
	return mix(hash_bytes(h, m->in_reply_to));
}

static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

/* The container of that name, made where there is none. */
static uint32_t
named(struct thread *t, uint64_t id)
{
	uint32_t *slot = slot_of(t, id);

	if (*slot != 0)
		return *slot - 1;
	if (t->n_used >= t->n_slots / 2) {
		grow_slots(t);
		slot = slot_of(t, id);
	}
	t->n_used++;
	*slot = thread_container(t, id) + 1;
	return *slot - 1;
}

/* Multiplied by what nobody knows, no names can be made that crowd together. */
static uint32_t *
slot_of(struct thread *t, uint64_t id)
{
	size_t mask = t->n_slots - 1;
	size_t at = (size_t)((id * t->seed) >> 32) & mask;

	while (t->slot[at] != 0 && t->c[t->slot[at] - 1].id != id)
		at = (at + 1) & mask;
	return &t->slot[at];
}

static void
grow_slots(struct thread *t)
{
	size_t was = t->n_slots;
	uint32_t *old = t->slot;

	t->n_slots = 2 * was;
	t->slot = mem_alloc(t->n_slots, sizeof *t->slot);
	for (size_t i = 0; i < was; i++)
		if (old[i] != 0)
			*slot_of(t, t->c[old[i] - 1].id) = old[i];
	free(old);
}

/* Each is below the one before it; the last of them. */
static uint32_t
link_references(struct thread *t, struct span references)
{
	uint32_t last = THREAD_NONE, next;
	struct span rest = references, id;
	size_t n = 0, i = 0;

	/* few bytes hold few */
	while (references.n > THREAD_REFERENCES_MAX &&
	    next_id(&rest, &id) == 1)
		n++;
	while (next_id(&references, &id) == 1) {
		if (i++ + THREAD_REFERENCES_MAX < n)
			continue;
		next = named(t, hash_id(id));
		link_pair(t, last, next);
		last = next;
	}
	return last;
}

/* A link that is there stays, and none makes a loop. */
static void
link_pair(struct thread *t, uint32_t parent, uint32_t child)
{
	if (parent == THREAD_NONE || parent == child ||
	    t->c[child].parent != THREAD_NONE || is_below(t, parent, child))
		return;
	t->c[child].parent = parent;
	t->c[parent].has_children = true;
}

/*
 * Honest mail needs hardly a step here.  The steps are counted over all links,
 * so that no mail makes the whole costlier than its size; where they are used
 * up no link is made.
 */
static bool
is_below(struct thread *t, uint32_t low, uint32_t root)
{
	t->steps += STEPS_A_LINK;
	if (!t->c[root].has_children)
		return false;
	while (low != THREAD_NONE && low != root && t->steps > 0) {
		low = t->c[low].parent;
		t->steps--;
	}
	return low != THREAD_NONE;
}

/* Its hash, and whether it is an answer's: RFC 5256, section 2.1. */
static void
keep_subject(struct thread *t, struct span subject)
{
	struct span base = summary_base_subject(subject);
	struct buf folded = {0};
	uint64_t h;

	t->subject = mem_grow(t->subject, &t->subject_cap, t->n_m + 1,
	    sizeof *t->subject);
	fold_text(base, &folded);
	h = mix(hash_bytes(HASH_START, buf_view(&folded)));
	t->subject[t->n_m] = (struct thread_subject){base.n == 0 ? 0 : h,
	    base.n < span_trim(subject).n};
	buf_free(&folded);
}

/* What stands between the next "<" and ">". */
static int
next_id(struct span *rest, struct span *id)
{
	size_t from, n;

	while ((from = span_chr(*rest, '<')) != SPAN_NONE) {
		*rest = span_from(*rest, from + 1);
		n = span_chr(*rest, '>');
		if (n == SPAN_NONE)
			return 0;
		*id = span_sub(*rest, 0, n);
		/* "<" within is where another one, or this one, begins */
		while ((from = span_chr(*id, '<')) != SPAN_NONE)
			*id = span_from(*id, from + 1);
		*rest = span_from(*rest, n + 1);
		if (span_trim(*id).n > 0)
			return 1;
	}
	return 0;
}

/* Quoted or not, folded or not, an id is the same: RFC 5256, section 3. */
static uint64_t
hash_id(struct span id)
{
	uint64_t h = HASH_START;
	char c;

	for (size_t i = 0; i < id.n; i++) {
		c = id.p[i];
		if (c == '\\' && i + 1 < id.n)
			c = id.p[++i];
		else if (c == '"' || (unsigned char)c <= ' ')
			continue;
		h = (h ^ (unsigned char)c) * HASH_FACTOR;
	}
	return mix(h);
}

static uint64_t
hash_bytes(uint64_t h, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * HASH_FACTOR;
	return (h ^ s.n) * HASH_FACTOR;
}
