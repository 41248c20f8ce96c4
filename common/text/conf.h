/*
 * The syntax of satchel(5): INI as git reads it, without its surprises.
 * Nothing of a file with an error is used, and no line is cut.
 */
#ifndef TEXT_CONF_H
#define TEXT_CONF_H

#include "base/buf.h"
#include "base/err.h"

#define CONF_BYTES (1024 * 1024) /* a longer file is an error */
#define CONF_SECTIONS 1000	 /* and so are more sections */

enum conf_type {
	CONF_TEXT,
	CONF_PATH,   /* a file's; "~/" at its start is for the reader */
	CONF_BOOL,   /* yes no */
	CONF_NUMBER, /* 0 to 2^31 - 1 */
	CONF_PERIOD, /* date_period's */
	CONF_WORD,   /* one of the key's words */
	CONF_LIST,   /* some of them, in any case, parted by blanks or commas */
	CONF_URL,    /* one of these schemes, without a password */
	CONF_PROXY,  /* a URL of a proxy, with a host */
	CONF_PIN     /* public keys, see text/pin.h */
};

/* What is known of a key; the table is sorted by name and never changes. */
struct conf_key {
	const char *name;
	enum conf_type type;
	const char *words;  /* WORD, LIST, URL: blank-separated choices */
	bool is_connection; /* may be written fetch-NAME and send-NAME */
	bool is_secret;	    /* whatever its value; see conf_is_secret */
};

struct conf_entry {
	const struct conf_key *key;
	char *value; /* quotes and continuations are resolved */
	unsigned line;
	enum conf_side { CONF_BOTH, CONF_FETCH, CONF_SEND } side;
};

struct conf_section {
	char *name; /* "*" holds the defaults of all */
	unsigned line;
	struct conf_entry *entry;
	size_t n;
};

struct conf {
	struct conf_section *section;
	size_t n;
};

/*
 * Parses a whole file's text; name is the file's for errors, which read
 * "NAME:LINE: reason" and name the nearest known key.  -1 (ERR_CONFIG) leaves
 * *c zero; *c need not be initialised.
 */
int conf_parse(struct span text, const char *name, struct conf *c,
    struct err *);
void conf_free(struct conf *); /* secrets are wiped */

/*
 * One "key=value" as -o gives it.  -1 (ERR_USAGE) on an unknown key, a value
 * that is not of its type, or a secret.
 */
int conf_setting(const char *arg, struct conf_entry *, struct err *);
void conf_entry_free(struct conf_entry *);

/* The key of that name (with its fetch- or send- prefix), or NULL. */
const struct conf_key *conf_key(struct span name, enum conf_side *side);

/* Its value is for its owner alone: a secret, or a proxy's URL with one. */
bool conf_is_secret(const struct conf_entry *);

/* The parser's own steps: names the nearest key; checks a value's type. */
int conf_find(struct span name, struct conf_entry *, struct err *);
int conf_check(const struct conf_entry *, struct err *);

#endif
