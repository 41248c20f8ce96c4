/*
 * What is to be sent: a directory of message files and spool.db, which says to
 * whom and how far each one is.  Every message is durable before its first byte
 * goes out, and its recipients are durably "sending" before its last one does;
 * who finds them so without a living owner calls them "unknown".  Several
 * processes may use it: whoever sends a message holds a lock that dies with
 * it.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "host/file.h"

enum spool_state {
	SPOOL_QUEUED,
	SPOOL_SENDING, /* the server may have it */
	SPOOL_SENT,
	SPOOL_REFUSED,
	SPOOL_UNKNOWN /* was sending, and nobody knows the end of it */
};

struct spool_rcpt {
	char *address;
	enum spool_state state;
	int code;		/* SMTP's, 0: none */
	char *enhanced, *text;	/* "" for none; the text is raw */
};

/* Owned strings; zero is empty. */
struct spool_item {
	char *id, *account, *sender, *message_id;
	char *notify;	    /* DSN's words; "" for none */
	int64_t created, next; /* seconds since the epoch */
	int tries;
	struct spool_rcpt *rcpt;
	size_t n;
	int lock; /* a descriptor; 0: not held */
};

struct spool;

int spool_open(const char *dir, struct spool **, struct err *);
void spool_close(struct spool *);

/*
 * A new message: begin gives it an id, the lock and a file to write; commit
 * makes file and row durable with what the caller filled in (all but id), and
 * keeps the lock.  Both -1 leave nothing behind.
 */
int spool_begin(struct spool *, struct spool_item *, int *fd, struct err *);
int spool_commit(struct spool *, struct spool_item *, int fd, struct err *);
void spool_abort(struct spool *, struct spool_item *, int fd);

/* The message's bytes; LF or CR LF line ends as they were given. */
int spool_map(struct spool *, const struct spool_item *, struct file_map *,
    struct err *);

/*
 * Loads one and takes its lock: 1; 0 where another process has it or it is
 * gone.  Recipients that were left sending become unknown, durably.
 */
int spool_claim(struct spool *, const char *id, struct spool_item *,
    struct err *);
/* Loads one without its lock: ERR_NOINPUT where there is none. */
int spool_load(struct spool *, const char *id, struct spool_item *,
    struct err *);
/* Frees, and lets go of the lock. */
void spool_release(struct spool_item *);

/*
 * Writes the recipients' states, durable on return: those whose message is
 * about to be let go are sending by then.
 */
int spool_mark(struct spool *, const struct spool_item *, struct err *);

/*
 * Writes the recipients' states, next and tries.  One that nobody waits for
 * any more, none queued and none unknown, is removed with its file.
 */
int spool_settle(struct spool *, struct spool_item *, struct err *);
int spool_remove(struct spool *, struct spool_item *, struct err *);

/* True where a recipient has that state. */
bool spool_has(const struct spool_item *, enum spool_state);

/*
 * Whether it is to be tried: its time has come, or lies further ahead than any
 * wait does, for the clock was set back meanwhile.
 */
bool spool_is_due(const struct spool_item *, int64_t now);

/* Ids of an account's (NULL: all) that are due by then, oldest first. */
struct spool_ids {
	char **v;
	size_t n, cap;
};
int spool_list(struct spool *, const char *account, int64_t due,
    struct spool_ids *, struct err *);
void spool_ids_free(struct spool_ids *);

/* Removes what processes left that died before their commit. */
void spool_clean(struct spool *);

/* When to try again after that many tries: seconds from now. */
int64_t spool_backoff(int tries);

#endif
