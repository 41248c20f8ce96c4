/*
 * mfetch_watch.c: -w and -u, fetching what comes when it comes.
 *
 * One process watches one name: an account, a folder, a URL.  It fetches what
 * is new, then idles in the first folder (RFC 2177), or sleeps where the
 * server cannot tell by itself, and asks for the others, if there are any,
 * each POLL_SEC.
 *
 *	what goes wrong			what is done
 *	the connection, the server,	told once, then again after a while
 *	the name (after it was found	that doubles up to LATER_SEC, until
 *	once)				all was fetched once more
 *	log-in				ends; after it was let in once, at the
 *					third refusal in a row
 *	the certificate, the command	ends; after it was let in once, as the
 *	for the secret			connection
 *	anything else			ends
 */
#ifndef CMD_MFETCH_WATCH_H
#define CMD_MFETCH_WATCH_H

#include "mail/query.h"
#include "mfetch.h"

struct watch {
	const char *text;     /* -u */
	struct query *wanted; /* its query; NULL: all is printed */
	int64_t until_ms;     /* -T; WAIT_NEVER */
	bool is_found;	      /* what -u waits for */
	bool is_up;	      /* all was fetched over this connection */
	unsigned hurries;     /* short rounds in a row */
	uint32_t login_delay_sec; /* the server's: no log-in sooner (POP3) */
};

/*
 * Fetches until it is over: 0; -1.  src is as for mfetch_imap and mfetch_pop,
 * which it calls.
 */
int mfetch_watch(struct mfetch *, const struct source *, struct err *);

/*
 * The folders that the name is about; none, where it is one folder or POP3's.
 * Where it is watched, what fails is tried again.
 */
int watch_folders(struct mfetch *, struct config *, const char *name,
    struct folder_list *, struct err *);

/*
 * For mfetch_imap, where all was fetched: waits for more, up to a time, in the
 * folder that is idled in.  1 when there is, or may be, something new in the
 * folders, of which it has the counts where the server gives them; 0 when it is
 * over; -1.  box is what that folder was when it was fetched last.
 */
int watch_wait(struct mfetch *, struct imap_session *, struct folder_list *,
    struct imap_mailbox *box, struct err *);

/*
 * Whether the message is to be printed: with -u the first that matches alone.
 * path is its file's.
 */
bool watch_takes(struct mfetch *, const char *path, const char *folder);

#endif
