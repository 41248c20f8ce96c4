/* The inside of a struct query, for query.c, query_match.c, query_imap.c. */
#ifndef MAIL_QUERY_TREE_H
#define MAIL_QUERY_TREE_H

#include <regex.h>

#include "mail/query.h"

enum query_op {
	QUERY_AND,
	QUERY_OR,
	QUERY_NOT, /* of left */
	QUERY_TEXT,
	QUERY_ID,
	QUERY_DATE,
	QUERY_LARGER,
	QUERY_SMALLER,
	QUERY_FLAG,
	QUERY_UNSEEN,
	QUERY_NEW,
	QUERY_ATTACHMENT
};

enum query_where {
	QUERY_IN_FROM,
	QUERY_IN_TO,
	QUERY_IN_CC,
	QUERY_IN_ADDRESSES,
	QUERY_IN_SUBJECT,
	QUERY_IN_FIELD,
	QUERY_IN_BODY,
	QUERY_IN_ALL,
	QUERY_IN_LIST,
	QUERY_IN_FOLDER,
	QUERY_IN_TYPE,
	QUERY_IN_NAME
};

/*
 * From each place in a line regexec may look to its end, so that a long line
 * takes its square.  What is looked for behind "^.*" begins at one place.
 */
struct query_regex {
	regex_t here;
	regex_t far; /* for long lines */
	bool has_far;
};

struct query_node {
	enum query_op op;
	struct query_node *left, *right;
	enum query_where where; /* QUERY_TEXT */
	char *field;		/* QUERY_IN_FIELD: its name */
	struct buf value; /* folded; as it is for QUERY_ID and _DATE */
	uint32_t letters;	/* query_letters of it; 0 for a regex */
	bool is_regex;
	struct query_regex regex; /* if is_regex */
	int64_t from, until; /* QUERY_DATE */
	uint64_t size;
	unsigned flag;
	size_t text; /* body: and text: are counted */
};

struct query {
	struct query_node *top; /* NULL matches all */
	unsigned needs;
	struct query_node **text; /* body: and text: */
	size_t texts, text_cap;
};

/*
 * Which letters of ASCII are in the text, whatever their case: a bit each, and
 * QUERY_HIDDEN where an encoded word or another alphabet may hold more.
 */
#define QUERY_HIDDEN 1u
uint32_t query_letters(struct span);

/* What regcomp gives; the pattern and what it is looked for in are UTF-8. */
int query_regex_make(struct query_regex *, const char *pattern, int flags);
/* In a line, which has n bytes and a NUL behind them. */
bool query_regex_finds(const struct query_regex *, const char *line, size_t n);
void query_regex_free(struct query_regex *);

/* Tabs become blanks: a long field's lines may be folded at either. */
void query_blanks(struct buf *);

#endif
