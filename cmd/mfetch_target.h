/*
 * The inside of mfetch_place.c: what messages go to.  Each kind of target is
 * a struct whose first member is a struct target, made by its function below
 * with ops and path set and the rest zero.
 */
#ifndef CMD_MFETCH_TARGET_H
#define CMD_MFETCH_TARGET_H

#include "mail/mboxrd.h"
#include "mfetch.h"

#define BATCH_FILES 1000
#define BATCH_BYTES (64u << 20)
#define BATCH_MS 5000 /* what came is not kept back longer on a slow wire */
#define HELD_BYTES (64u << 10) /* written at a time */

struct target;

/* What is known of a message besides its bytes. */
struct letter {
	const struct place *place;
	const char *uid;
	const char *flags;    /* Maildir's letters */
	int64_t mtime_sec;    /* 0: now */
	const char *replaces; /* the name of its header, or NULL */
};

/*
 * In the order of a message's way.  Only where prepare failed may a batch be
 * dropped; what state_place has seen is kept until it is in place.
 */
struct target_ops {
	/* Opens it, makes what is missing and opens its record. */
	int (*open)(struct target *, struct err *);
	/* Only opens the record, where there is one. */
	int (*peek)(struct target *, struct err *);
	void (*close)(struct target *);

	int (*begin)(struct target *, struct err *);
	int (*write)(struct target *, struct span, struct err *);
	/*
	 * It came whole: fills in row's name and place, owned by the row.  1
	 * where it is not taken, and that was told.
	 */
	int (*end)(struct target *, const struct letter *, struct state_row *,
	    struct err *);
	void (*abort)(struct target *);

	/* The batch is durable, but not in place; its places are known. */
	int (*prepare)(struct target *, struct err *);
	/* And in place, durably. */
	int (*move)(struct target *, struct err *);
	/* The batch is over: moved, left to a later run, or dropped. */
	void (*forget)(struct target *, bool is_dropped);

	/* The rows are what a dead run recorded: puts each in place. */
	int (*recover)(struct target *, struct err *);
	/* Then removes what dead runs left besides. */
	void (*clean)(struct target *);

	/* Appends what is printed for it; nothing where nothing is. */
	void (*name)(const struct target *, const struct state_row *,
	    struct buf *);
	/* Its first bytes and its size, for what is told of it. */
	int (*look)(struct target *, const struct state_row *, struct buf *,
	    uint64_t *size, struct err *);
};

struct target {
	const struct target_ops *ops;
	struct mfetch *run;
	char *path;		/* or command; owned */
	struct state *state;	/* NULL: it keeps none */
	struct state_row *row;	/* of the batch; strings owned */
	size_t n, cap, batch_max;
	uint64_t batched; /* bytes of the batch */
	int64_t until_ms; /* the batch is not to last longer */
	bool is_writing;  /* a message, that one of its places has begun */
	bool is_owed;	  /* a batch is recorded and did not get on */
	unsigned users;	  /* places that it is open for */
};

/* mfetch_place.c: frees what the row of a batch owns. */
void target_row_free(struct state_row *);

/* mfetch_maildir.c; mfetch_mbox.c; mfetch_taker.c, the two of it */
struct target *target_maildir(const char *path);
struct target *target_mbox(const char *path);
struct target *target_pipe(const char *command);
struct target *target_stdout(void);

/*
 * mfetch_stage.c: messages in a file of their own until they are whole, as
 * they are or as an mbox has them.  Zero is one that is closed.
 */
struct stage {
	int fd;
	uint64_t n;	/* bytes of whole messages, and of the present one */
	uint64_t begun; /* where the present one begins */
	uint64_t size;	/* of it, as it came */
	bool is_mbox;
	struct mboxrd_writer writer;
	struct buf out;
};

/* A file without a name below dir, or else below TMPDIR: ERR_CREATE. */
int stage_open(struct stage *, const char *dir, struct err *);
void stage_close(struct stage *);
int stage_begin(struct stage *, struct err *);
int stage_write(struct stage *, struct span, struct err *);
int stage_end(struct stage *, int64_t mtime_sec, struct err *);
/* Takes back the present message. */
void stage_abort(struct stage *);
/* Takes back all, so that the file serves for the next. */
void stage_clear(struct stage *);
/* The first bytes of the file from offset on, as many as are told of. */
int stage_look(int fd, uint64_t offset, const char *name, struct buf *,
    struct err *);

/*
 * mfetch_report.c: appends where a target that is no Maildir keeps what it
 * needs: a directory of its own, by its kind and its path or command.
 */
void target_directory(const char *kind, const char *key, struct buf *);
/* Opens the record there, where there is one; else the state stays NULL. */
int target_peek(struct target *, const char *directory, struct err *);
/* Appends the URL of a message of a place: by IMAP; else its UIDL. */
void target_url(const struct letter *, struct buf *);

/* mfetch_report.c: prints, logs and counts one message that is safe. */
int report_message(struct target *, const struct state_row *, struct err *);

#endif
