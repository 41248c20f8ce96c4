/* The inside of a struct thread, for thread.c and thread_sort.c alone. */
#ifndef MAIL_THREAD_IMPL_H
#define MAIL_THREAD_IMPL_H

#include "mail/thread.h"

/* What is or was called by a Message-ID, here or missing. */
struct thread_container {
	uint64_t id;	   /* hash of the name */
	uint32_t parent;   /* THREAD_NONE: at the top */
	uint32_t message;  /* THREAD_NONE: missing */
	uint32_t copies;   /* further messages of the name */
	bool has_children; /* has or had */
};

struct thread_node {
	uint32_t container;
	int64_t date;
};

struct thread_subject {
	uint64_t base; /* hash; 0: there is none */
	bool is_reply;
};

/* Where a container is found by its name. */
struct thread_slot {
	uint32_t hash;	    /* of the name, for who knows the seed */
	uint32_t container; /* plus 1; 0: free */
};

struct thread {
	uint64_t seed; /* odd */
	bool by_subject;
	int64_t steps; /* left for looking for loops */

	struct thread_container *c;
	size_t n_c, c_cap;
	struct thread_slot *slot;
	size_t n_slots, n_used; /* n_slots is a power of two */

	struct thread_node *m; /* as they were added */
	size_t n_m, m_cap;
	struct thread_subject *subject; /* with by_subject */
	size_t subject_cap;

	struct thread_place *place;
};

/* A new one, of a missing message, at the top; its place. */
uint32_t thread_container(struct thread *, uint64_t id);

#endif
