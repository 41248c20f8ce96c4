/* What the files of mpart share. */
#ifndef MPART_H
#define MPART_H

#include "app/cut.h"
#include "app/option.h"
#include "host/file.h"
#include "mail/mime.h"
#include "mail/text.h"
#include "store/mbox.h"

#define MPART_NAME "mpart"

enum mpart_mode {
	MPART_LIST,
	MPART_JSON,
	MPART_READ,   /* -t */
	MPART_PART,   /* -p */
	MPART_FIELDS, /* -H */
	MPART_SAVE    /* -x */
};

struct mpart_names; /* of the files that were saved */

/* A name, which is its taker's to free. */
struct mpart_name {
	char *text;
	bool is_file;
	bool is_asked; /* by mpart_url_ask, so that its answer must be read */
};

/* Those that were read before their turn; zero, but more is 1. */
#define MPART_AHEAD 256
struct mpart_ahead {
	struct mpart_name name[MPART_AHEAD];
	size_t first, n;
	size_t bytes; /* of those that are asked for */
	int more;     /* what option_name said last, and why */
	struct err why;
};

struct mpart {
	struct option_common common;
	struct option_names names;
	enum mpart_mode mode;
	const char *section; /* -p */
	const char *fields;  /* -H */
	const char *type;    /* -m; NULL: attachments */
	const char *dir;     /* -d */
	bool is_bytes, is_raw, is_test, is_uu;

	struct mpart_ahead ahead;
	struct output out;
	struct cut cut; /* while a file is written */
	struct mbox mbox; /* in which messages were named */
	int dir_fd;
	int server; /* asks mpart_url.c's process; -1: there is none */
	struct buf asks; /* what is still to be said to it */
	struct mpart_names *saved;
	struct config *config;
	const char *html; /* the command; NULL: our own reader */
	bool has_shown;	  /* something was printed or saved */
	int status;
};

/* A message that is read; name is what it is called. */
struct mpart_message {
	const char *name;
	struct mime mime;
};

int mpart_list(struct mpart *, const struct mpart_message *, struct err *);
int mpart_json(struct mpart *, const struct mpart_message *, struct err *);
int mpart_fields(struct mpart *, const struct mpart_message *, struct err *);
int mpart_read(struct mpart *, const struct mpart_message *, struct err *);
int mpart_part(struct mpart *, const struct mpart_message *, struct err *);

/* Saves what -m or being an attachment chooses. */
int mpart_save(struct mpart *, const struct mpart_message *, struct err *);
void mpart_save_end(struct mpart *);

/* mpart.c: what is a file's name is that file, but for an IMAP URL. */
bool mpart_is_file(const char *name);

/* mpart_ahead.c: the next name, as option_name. */
int mpart_ahead(struct mpart *, struct mpart_name *, struct err *);
void mpart_ahead_free(struct mpart_ahead *);

/*
 * mpart_url.c: messages on a server.  mpart_url_start, before the sandbox and
 * before SATCHEL_PASSWORD is taken out of the environment, starts the process
 * that runs mfetch, where a name may be a URL; self is argv[0].
 */
bool mpart_url_is(const char *name);
bool mpart_url_is_imap(const char *name);
/*
 * The section that -p asks for where it can be had alone of what the URL names;
 * NULL otherwise.
 */
const char *mpart_url_section(const struct mpart *, const char *url);
int mpart_url_start(struct mpart *, const char *self, struct err *);
/*
 * Asks for what the URL names: -1 where that may not be asked for.  What was
 * asked is answered in its order, and all of it must be read.  It goes out
 * then, or with mpart_url_send, which does not wait.
 */
int mpart_url_ask(struct mpart *, const char *url, struct err *);
void mpart_url_send(struct mpart *);
/*
 * Appends what the URL names, which was asked for.  0 with mfetch's exit
 * status: what is not 0 it has told.  Not 0 but -1 where it did not run or gave
 * no status.
 */
int mpart_url_read(struct mpart *, const char *url, struct buf *,
    int *status, struct err *);
void mpart_url_end(struct mpart *);
/* mpart_serve.c: that process, at the other end of the socket. */
_Noreturn void mpart_serve(struct mpart *, const char *self, int fd);

/* mpart_list.c: the part's encoding, lower case; empty where it names none. */
void mpart_encoding(const struct mime_part *, struct buf *);

#endif
