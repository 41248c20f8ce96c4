#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "mail/summary.h"
#include "mail/thread.h"
#include "mail/thread_impl.h"
#include "text/charset.h"
#include "text/fold.h"

#define SLOTS_MIN 1024
#define STEPS_FREE (1u << 16) /* of looking for loops, and for each link */
#define STEPS_A_LINK 64

/* What is put of a message; then the hashes of the names that are above it. */
struct digest {
	int64_t date;
	uint64_t name;
	uint32_t above; /* how many */
	struct thread_subject subject; /* with by_subject */
};

static uint64_t substitute(const struct thread_message *);
static struct thread_subject digest_subject(struct span);
static uint32_t put_references(struct span, struct buf *out);
static void put_id(struct span id, struct buf *out);
static int next_id(struct span *rest, struct span *id);
static uint64_t hash_id(struct span id);
static bool is_plain(struct span id);
static uint64_t mix(uint64_t);
static void take(struct span *rest, void *, size_t n);
static uint32_t own_container(struct thread *, uint64_t name);
static uint32_t named(struct thread *, uint64_t id);
static struct thread_slot *slot_of(struct thread *, uint32_t hash,
    uint64_t id);
static struct thread_slot *free_slot(struct thread *, uint32_t hash);
static size_t home(const struct thread *, uint32_t hash);
static void grow_slots(struct thread *);
static void link_pair(struct thread *, uint32_t parent, uint32_t child);
static bool is_below(struct thread *, uint32_t low, uint32_t root);

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
thread_put(const struct thread *t, const struct thread_message *m,
    struct buf *out)
{
	struct digest d = {.date = m->date};
	struct span rest = m->id, id = {0};
	size_t at = out->n;

	if (next_id(&rest, &id) == 0)
		id = span_trim(m->id);
	d.name = id.n > 0 ? hash_id(id) : substitute(m);
	if (t->by_subject)
		d.subject = digest_subject(m->subject);
	buf_add(out, &d, sizeof d);
	d.above = put_references(m->references, out);
	rest = m->in_reply_to;
	if (d.above == 0 && next_id(&rest, &id) == 1) {
		put_id(id, out);
		d.above = 1;
	}
	memcpy(out->p + at, &d, sizeof d);
}

/* Each that is named is below the one before it. */
void
thread_add(struct thread *t, struct span *rest)
{
	uint32_t own, next, last = THREAD_NONE;
	struct digest d;
	uint64_t id;

	take(rest, &d, sizeof d);
	t->m = mem_grow(t->m, &t->m_cap, t->n_m + 1, sizeof *t->m);
	own = own_container(t, d.name);
	t->m[t->n_m] = (struct thread_node){own, d.date};
	if (t->by_subject) {
		t->subject = mem_grow(t->subject, &t->subject_cap, t->n_m + 1,
		    sizeof *t->subject);
		t->subject[t->n_m] = d.subject;
	}
	t->n_m++;
	for (; d.above > 0; d.above--) {
		take(rest, &id, sizeof id);
		next = named(t, id);
		link_pair(t, last, next);
		last = next;
	}
	/* what a message says of itself goes before what others say of it */
	t->c[own].parent = THREAD_NONE;
	link_pair(t, last, own);
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

/*
 * For a message without a Message-ID; it is seen only of one that answers
 * nothing.
 */
static uint64_t
substitute(const struct thread_message *m)
{
	return mix((uint64_t)m->date ^ sum_of(m->subject));
}

/* Its hash, and whether it is an answer's: RFC 5256, section 2.1. */
static struct thread_subject
digest_subject(struct span subject)
{
	struct span base = summary_base_subject(subject);
	struct buf folded = {0};
	uint64_t h;

	fold_text(base, &folded);
	h = mix(sum_of(buf_view(&folded)));
	buf_free(&folded);
	return (struct thread_subject){base.n == 0 ? 0 : h,
	    base.n < span_trim(subject).n};
}

/* The last of them; how many. */
static uint32_t
put_references(struct span references, struct buf *out)
{
	struct span rest = references, id;
	size_t n = 0, i = 0;
	uint32_t put = 0;

	/* few bytes hold few */
	while (references.n > THREAD_REFERENCES_MAX &&
	    next_id(&rest, &id) == 1)
		n++;
	while (next_id(&references, &id) == 1) {
		if (i++ + THREAD_REFERENCES_MAX < n)
			continue;
		put_id(id, out);
		put++;
	}
	return put;
}

static void
put_id(struct span id, struct buf *out)
{
	uint64_t h = hash_id(id);

	buf_add(out, &h, sizeof h);
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
	struct buf plain = {0};
	uint64_t h;

	if (is_plain(id))
		return mix(sum_of(id));
	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] == '\\' && i + 1 < id.n)
			buf_char(&plain, id.p[++i]);
		else if (id.p[i] != '"' && (unsigned char)id.p[i] > ' ')
			buf_char(&plain, id.p[i]);
	}
	h = mix(sum_of(buf_view(&plain)));
	buf_free(&plain);
	return h;
}

/* As nearly all are. */
static bool
is_plain(struct span id)
{
	return charset_is_plain(id) && span_chr(id, ' ') == SPAN_NONE &&
	    span_chr(id, '"') == SPAN_NONE && span_chr(id, '\\') == SPAN_NONE;
}

static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static void
take(struct span *rest, void *to, size_t n)
{
	memcpy(to, rest->p, n);
	*rest = span_from(*rest, n);
}

/* The one of its Message-ID, unless another message has that already. */
static uint32_t
own_container(struct thread *t, uint64_t name)
{
	uint32_t own = named(t, name), copies;

	if (t->c[own].message != THREAD_NONE) {
		copies = ++t->c[own].copies;
		own = thread_container(t, mix(name + copies));
	}
	t->c[own].message = (uint32_t)t->n_m;
	return own;
}

/* The container of that name, made where there is none. */
static uint32_t
named(struct thread *t, uint64_t id)
{
	/* multiplied by what nobody knows, no names can be made that crowd */
	uint32_t hash = (uint32_t)((id * t->seed) >> 32);
	struct thread_slot *slot = slot_of(t, hash, id);

	if (slot->container != 0)
		return slot->container - 1;
	if (t->n_used >= t->n_slots / 2) {
		grow_slots(t);
		slot = free_slot(t, hash);
	}
	t->n_used++;
	slot->hash = hash;
	slot->container = thread_container(t, id) + 1;
	return slot->container - 1;
}

/* Where it is, or goes. */
static struct thread_slot *
slot_of(struct thread *t, uint32_t hash, uint64_t id)
{
	size_t mask = t->n_slots - 1, at = home(t, hash);
	const struct thread_slot *slot = &t->slot[at];

	while (slot->container != 0 && (slot->hash != hash ||
	    t->c[slot->container - 1].id != id)) {
		at = (at + 1) & mask;
		slot = &t->slot[at];
	}
	return &t->slot[at];
}

static struct thread_slot *
free_slot(struct thread *t, uint32_t hash)
{
	size_t mask = t->n_slots - 1, at = home(t, hash);

	while (t->slot[at].container != 0)
		at = (at + 1) & mask;
	return &t->slot[at];
}

/* By its highest bits: no others depend on all of the name and the seed. */
static size_t
home(const struct thread *t, uint32_t hash)
{
	return (size_t)((uint64_t)hash * t->n_slots >> 32);
}

static void
grow_slots(struct thread *t)
{
	struct thread_slot *old = t->slot;
	size_t was = t->n_slots;

	t->n_slots = 2 * was;
	t->slot = mem_alloc(t->n_slots, sizeof *t->slot);
	for (size_t i = 0; i < was; i++)
		if (old[i].container != 0)
			*free_slot(t, old[i].hash) = old[i];
	free(old);
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
