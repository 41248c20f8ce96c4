/*
 * Which messages of an account are here, by the ids that their server gives
 * them: EMAILID (RFC 8474) or Gmail's X-GM-MSGID, the same in every folder.
 * satchel.db.ids, in the account's Maildir.  Who removes it has a message that
 * is in several folders fetched once more.
 */
#ifndef STORE_COPIES_H
#define STORE_COPIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

struct copies;

/* As state_open. */
int copies_open(const char *dir, struct copies **, struct err *);
void copies_close(struct copies *);

/* Whether another folder than this one has it. */
int copies_has(struct copies *, struct span server, struct span folder,
    struct span id, bool *, struct err *);

/* One transaction: the folder has these, which are safe. */
int copies_add(struct copies *, struct span server, struct span folder,
    const char *const *ids, size_t n, struct err *);

#endif
