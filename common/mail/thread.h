/*
 * Threads: which message answers which, by Message-ID, References and
 * In-Reply-To, with the algorithm REFERENCES of RFC 5256, section 3.  Messages
 * are added one after the other and nothing of them is kept but hashes, 60 to
 * 110 bytes a message; then thread_sort tells their places.
 *
 * Of several messages with one Message-ID the first has it; the others answer
 * what they answer, but nothing answers them.  A missing message joins those
 * that answer it.  What would make a loop is left out.  Two rules of the RFC
 * are bent: threads are not joined for their subjects (step 5) unless that is
 * asked for, and a message without a date comes first among its siblings.
 */
#ifndef MAIL_THREAD_H
#define MAIL_THREAD_H

#include "base/buf.h"

#define THREAD_NONE UINT32_MAX
#define THREAD_MESSAGES_MAX 0x7ffffff0u
#define THREAD_REFERENCES_MAX 1000 /* of one message; the last ones count */

/* Raw values of fields, empty where there is none; used during the call. */
struct thread_message {
	struct span id, references, in_reply_to;
	struct span subject; /* decoded, where thread_wants_subject */
	int64_t date;	     /* seconds, INT64_MIN where there is none */
};

/* Where a message stands. */
struct thread_place {
	uint64_t thread;  /* its number, for as long as its first ancestor
			     is called the same, here or not */
	uint32_t message; /* in which it was added, from 0 */
	uint32_t parent;  /* the message that it is below; THREAD_NONE */
	uint32_t depth;	  /* how many messages it is below */
	bool is_first;	  /* of its thread */
};

struct thread;

/*
 * seed is any number that who wrote the messages cannot know.  With
 * by_subject threads of one subject are joined (RFC 5256, step 5).
 */
struct thread *thread_open(uint64_t seed, bool by_subject);
void thread_close(struct thread *); /* NULL is fine */

/* Whether the subject of the message with that Message-ID is looked at. */
bool thread_wants_subject(const struct thread *, struct span id);

/* Appends what is looked at of the message, in any thread. */
void thread_put(const struct thread *, const struct thread_message *,
    struct buf *out);
/*
 * Adds a message: takes what was put of it off *rest.  At most
 * THREAD_MESSAGES_MAX times, and not after thread_sort.
 */
void thread_add(struct thread *, struct span *rest);

/*
 * The places of all messages in the order to show them: threads by the date of
 * their first message, below a message those that answer it by theirs, each
 * followed by what is below it.  Of equal dates the one added first is first.
 * They live until thread_close; *n is how many were added.
 */
const struct thread_place *thread_sort(struct thread *, size_t *n);

#endif
