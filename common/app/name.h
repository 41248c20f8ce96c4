/*
 * What a message or a folder is called, in every tool: a file's path, an mbox
 * or Maildir, "mbox#offset", an IMAP URL, "@account/Folder" and, for one
 * message of that folder, "@account/Folder:7" with its UID.
 *
 * In the @ form %XX stands for a byte, so that a shell takes any name as it
 * is; what is not written so, UTF-8 too, is taken to the letter.  A file whose
 * name begins with "@" is "./@name".
 */
#ifndef APP_NAME_H
#define APP_NAME_H

#include "app/account.h"

/* Zero is an empty one. */
struct name {
	const char *path; /* the text itself, for files: store/mbox.h tells
			     "mbox#offset" from a path; NULL: see url */
	struct url url;	  /* owned */
	struct account *account; /* of url, until the config finds another */
};

/* True for what is on a server: a URL that mail comes from, or "@…". */
bool name_is_remote(struct span text);

/*
 * Appends the path of a file or directory so that it is one to every tool, too:
 * with "./" before what would be an option or another name.
 */
void name_path(const char *path, struct buf *out);

/*
 * Resolves text, which must outlive *n; *n is zero after -1.  "@account" alone
 * is what the account fetches from.  ERR_USAGE for a broken name or a password
 * in it, ERR_CONFIG where no account fits or it fetches from nowhere,
 * ERR_NOINPUT for a folder of a server that has none (POP3).
 */
int name_resolve(struct config *, const char *text, struct name *n,
    struct err *);
void name_free(struct name *);

#endif
