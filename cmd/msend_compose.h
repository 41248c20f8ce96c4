/* What the files share that make msend's messages. */
#ifndef CMD_MSEND_COMPOSE_H
#define CMD_MSEND_COMPOSE_H

#include "host/file.h"
#include "mail/ready.h"
#include "mail/reply.h"
#include "msend.h"
#include "store/mbox.h"

#define COMPOSE_INPUT_MAX ((size_t)512 * 1024 * 1024) /* bytes read whole */

/* A message that is named; its bytes live until source_close. */
struct source {
	struct file_map map;
	struct mbox mbox;
	struct buf own;
	struct span bytes;
};

struct compose_part {
	struct source source;
	char *name;
	struct buf type;
};

struct compose {
	struct msend *m;
	struct buf input; /* standard input: body, part or message */
	bool is_input_taken; /* it is a part */
	struct buf type, charset; /* -M's */
	struct buf text;    /* the body in UTF-8 */
	struct buf subject;
	struct addr_list sender; /* of the envelope: one, or none for <> */
	struct addr_list from, to, cc, rcpt;
	struct buf message_id, token;
	struct date date;
	struct compose_part *file;
	struct build_part *part;
	struct build_field *field;
	size_t fields;
	struct buf *value; /* of the user's fields, where it is not as given */
	struct buf globs; /* shared-mime-info's table */
	bool has_globs;	  /* it was looked for */
	struct source answered; /* -r */
	struct reply reply;
	struct ready ready;
};

/*
 * Opens a message: a file, mbox#offset, or what mfetch takes.  ERR_DATA where
 * it is none.
 */
int source_open(struct msend *, const char *name, struct source *,
    struct err *);
void source_close(struct source *);
/* True for what source_open runs mfetch for. */
bool source_is_remote(const char *name);

/* Opens what -A, -e, -I and -F name; and frees it. */
int part_open(struct compose *, struct err *);
void part_close(struct compose *);

/* -r: reads the message, and with the sender known takes over what follows. */
int reply_open(struct compose *, struct err *);
void reply_take(struct compose *, const struct addr_list *own);
/* -r: the address of ours that it was sent to; false: none is known. */
bool reply_sender(struct compose *, struct addr_list *);
/* -F: the subject that follows from what is forwarded; appends. */
void reply_forwarded(struct compose *, struct buf *subject);

/* Finds the sender, the account, and with -r whom it goes to. */
int sender_find(struct compose *, struct err *);

/*
 * Completes bare names of n lists from "aliases" and "domain", and writes
 * internationalised domains in ASCII where the address needs no SMTPUTF8 for
 * its local part; alias_qualify leaves the aliases out.  ERR_CONFIG.
 */
int alias_complete(struct msend *, struct addr_list *const *, size_t n,
    struct err *);
int alias_qualify(struct msend *, struct addr_list *, struct err *);
/* That the file of aliases is right; prints nothing. */
int alias_check(struct msend *, struct err *);

/* UTF-8 where it is valid, else by "charset", else the locale's. */
void compose_utf8(struct compose *, struct span, struct buf *out);

#endif
