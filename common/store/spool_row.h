/* The rows of spool.db: the inside of store/spool.c and store/spool_*.c. */
#ifndef STORE_SPOOL_ROW_H
#define STORE_SPOOL_ROW_H

#include "store/db.h"
#include "store/spool.h"

struct spool {
	struct db db;
	char *path;
	int dir;
};

extern const struct db_kind spool_kind;

/* Each within a transaction of the caller's, but for read. */
int spool_row_insert(struct spool *, const struct spool_item *, struct err *);
int spool_row_update(struct spool *, const struct spool_item *, struct err *);
int spool_row_remove(struct spool *, const struct spool_item *, struct err *);
/* 1, 0 where there is none, -1. */
int spool_row_read(struct spool *, const char *id, struct spool_item *,
    struct err *);

/* The key's promise of a new message; ERR_NO where it is another's. */
int spool_key_give(struct spool *, const struct spool_item *, struct err *);
/* What the item's end makes of it. */
int spool_key_end(struct spool *, const struct spool_item *, struct err *);

#endif
