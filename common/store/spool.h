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

/* Of what was sent; an item stays until it is made. */
enum spool_copy {
	SPOOL_COPY_NONE,
	SPOOL_COPY_DUE,
	SPOOL_COPY_MADE
};

struct spool_rcpt {
	char *address;
	enum spool_state state;
	int code;		/* SMTP's, 0: none */
	char *enhanced, *text;	/* "" for none; the text is raw */
};

/* Owned strings, NULL stands for ""; zero is empty. */
struct spool_item {
	char *id, *account, *sender, *message_id;
	char *notify, *ret, *envid; /* DSN's words (RFC 3461); "" for none */
	char *key;	       /* the promise to send it once; "": none */
	int64_t created, next; /* seconds since the epoch */
	int tries;
	enum spool_copy copy;
	struct spool_rcpt *rcpt;
	size_t n;
	int lock; /* a descriptor; 0: not held */
};

struct spool;

int spool_open(const char *dir, struct spool **, struct err *);
void spool_close(struct spool *);

/*
 * A new message: begin gives it an id, the lock and a file to write; commit
 * makes n of them durable in one transaction, files and rows with what the
 * caller filled in (all but id), closes the files and keeps the locks.  Both
 * -1 leave nothing behind.  Commit is ERR_NO where one's key is promised
 * already.
 */
int spool_begin(struct spool *, struct spool_item *, int *fd, struct err *);
int spool_commit(struct spool *, struct spool_item *const *, const int *fd,
    size_t n, struct err *);
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
/* Waits until no other process has it: ERR_TEMP after that time. */
int spool_wait(struct spool *, const char *id, int wait_ms, struct err *);
/* Frees, and lets go of the lock. */
void spool_release(struct spool_item *);

/*
 * Writes how far n items are, in one transaction: the recipients' states (those
 * whose message is about to be let go are sending by then), next, tries and
 * copy.  One that nobody waits for any more, none of it queued, sending,
 * unknown or to be copied, is removed with its file.
 * Where that fails the file alone goes of one that all have, which needs no
 * room on the disk: who claims it next finds it sent, not unknown, and removes
 * it; its copy is lost.
 */
int spool_save(struct spool *, struct spool_item *const *, size_t n,
    struct err *);
int spool_remove(struct spool *, struct spool_item *, struct err *);

/* True where a recipient has that state. */
bool spool_has(const struct spool_item *, enum spool_state);

/*
 * Whether it is to be tried: its time has come, or lies further ahead than any
 * wait does, for the clock was set back meanwhile.
 */
bool spool_is_due(const struct spool_item *, int64_t now);

/* Ids of an account's (NULL: all) that are due by then: by account and age. */
struct spool_ids {
	char **v;
	size_t n, cap;
};
int spool_list(struct spool *, const char *account, int64_t due,
    struct spool_ids *, struct err *);
void spool_ids_free(struct spool_ids *);

/* Those whose copy is due; an account's as above. */
int spool_list_copies(struct spool *, const char *account, struct spool_ids *,
    struct err *);

/* Removes what processes left that died before their commit. */
void spool_clean(struct spool *);

/*
 * When to try again after that many tries: seconds from now.  They double, and
 * chance, any number, makes them up to a quarter shorter, so that what failed
 * together is not tried together for ever.
 */
int64_t spool_backoff(int tries, unsigned chance);

/*
 * What was promised under a key within the last day: 1; 0 where nothing was.
 * Once none of the message is in the spool any more, status is the exit status
 * of its end; until then id, owned by the caller, names it, NULL else.
 * What was refused to all is no promise any more.
 */
int spool_promise(struct spool *, const char *key, int64_t now, char **id,
    int *status, struct err *);

/*
 * A message more of the account's, at most count at once and then one each
 * period / count, whichever process sends them: 0 with *wait_ms 0, or how long
 * to wait before asking again.
 */
int spool_take_turn(struct spool *, const char *account, unsigned count,
    int64_t period_ms, int64_t now_ms, int64_t *wait_ms, struct err *);

#endif
