/* What the files of mlist share that list folders on servers. */
#ifndef MLIST_REMOTE_H
#define MLIST_REMOTE_H

#include "app/imap_session.h"
#include "app/name.h"
#include "mail/query_imap.h"
#include "mlist.h"

/* The server that was named last: names of one in a row cost one log-in. */
struct remote {
	struct name at;	       /* zero: no session */
	char *account;	       /* its account's name */
	struct imap_session session;
	char *mailbox;	       /* that is open, as the server writes it */
	/* of the folder that is watched: the first UID to come, 0 at first */
	uint32_t watched_validity, watched_next;
	int lost; /* how often the connection was, in a row */
};

/* A message that was named, and what came of it. */
struct named {
	uint32_t uid;
	size_t order; /* of its name */
	bool is_here;
	struct mlist_rows rows;
};

/* Messages of one folder that were named in a row, each once. */
struct named_list {
	const char *const *name;
	size_t n;
	struct named *v; /* in the order of UIDs; NULL: a folder was named */
};

/* A folder that is listed. */
struct mailbox {
	struct mlist *m;
	struct imap_session *s;
	struct url url; /* of its messages, but for the UID; borrowed */
	const struct query *query; /* what is sought; NULL: all messages */
	struct query_imap search;
	bool is_simple; /* the server does not take CHARSET, or SORT */
	uint32_t *uid;	/* of those to look at, in their order */
	size_t n, cap;
	bool is_some; /* not all that match: no range runs over others */
	bool is_narrowed; /* of all, for -t, none but these may match */
	uint32_t *may;	  /* in order */
	size_t n_may;
	struct named_list *named; /* these are the UIDs; NULL: none is named */
};

/*
 * mlist_fetch.c: fetches what is needed of the messages, matches them and gives
 * them to the sink, in their order.  A message that is gone is passed over.
 */
int mailbox_fetch(struct mailbox *, struct err *);

/*
 * mlist_named.c: takes the first name, of which that is the UID, and those
 * behind it that differ from it in the UID alone: the list's n is less then.
 * Their rows are kept until all are given to the sink, in the order of names;
 * what was not there is told if it was looked for.
 */
void named_take(struct named_list *, uint32_t uid);
void named_give(struct mlist *, struct named_list *, bool was_looked_for);
void named_free(struct named_list *);

/* mlist_remote.c: what is asked for of the query, by the clock that it has. */
void mailbox_search(struct mailbox *);
/*
 * Looks for what may match, from that UID on, and waits for all
 * that was asked; and brings what was found in the order of UIDs, each once.
 */
int mailbox_find(struct mailbox *, uint32_t from, struct err *);
void mailbox_sort(struct mailbox *);
/* False where the server's search has left the message out. */
bool mailbox_may_match(const struct mailbox *, uint32_t uid);
/* Takes the server's UIDVALIDITY; ERR_NOINPUT where the name has another. */
int mailbox_check(struct mailbox *, struct err *);
/* For qsort and bsearch: of UIDs. */
int mailbox_by_uid(const void *, const void *);
/*
 * After a failure passes over the answers that are still to come; of a server
 * that breaks the protocol none is waited for: the session is over.
 */
void mailbox_pass(struct imap_session *, const struct err *);
/* Gives all of the UIDs, of which no more is needed, to the sink. */
void mailbox_give_all(struct mailbox *);
/* Gives one, whose UID it has, to the sink; is_match as mlist_rows_add. */
void mailbox_give(struct mailbox *, struct summary *, bool is_match);
/* Appends the URL of the message. */
void mailbox_put_name(const struct mailbox *, uint32_t uid, struct buf *);

/*
 * mlist_top.c: with -s and -m leaves the UIDs of those that are to be shown,
 * if that costs less than to fetch all.
 */
int mailbox_cut_by_key(struct mailbox *, struct err *);

/*
 * mlist_watch_imap.c: opens the folder, and shows what comes into it until
 * enough was shown or nobody reads any more (0), or -1.
 */
int mailbox_watch(struct mailbox *, const char *wire, struct err *);

/* mlist_items.c: true where the messages' UIDs are all that is needed. */
bool mailbox_knows(const struct mailbox *);
/* Appends the items of FETCH that are; which fields there are among them. */
enum mailbox_fields {
	MAILBOX_NO_FIELDS,
	MAILBOX_SOME,
	MAILBOX_DATE, /* some, with Date but not Received */
	MAILBOX_HEADER /* all */
};
enum mailbox_fields mailbox_items(const struct mailbox *, struct buf *out);

/* mlist_server.c: a folder on the server. */
struct server_folder {
	char *name; /* UTF-8 */
	char *wire; /* as the server writes it */
	struct imap_counts counts;
};

struct server_folders {
	struct server_folder *v;
	size_t n, cap;
};

/*
 * The folder and those below it, or all where it is NULL, INBOX first, then by
 * name, each once; ERR_NOINPUT where the folder is not there.  One that no
 * command can name is told and left out.
 */
int server_folders(struct mlist *, const char *folder, bool with_counts,
    struct server_folders *, struct err *);
void server_folders_free(struct server_folders *);

#endif
