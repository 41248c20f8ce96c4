/*
 * A file of aliases, as mail servers have it: lines of "name: address, ..."
 * that go on in lines which begin with a blank, empty ones, and comments,
 * whose first character is "#".  Only addresses and names of other aliases may
 * stand there: no file, no command, no :include:.
 */
#ifndef MAIL_ALIAS_H
#define MAIL_ALIAS_H

#include "mail/addr.h"

#define ALIAS_DEPTH_MAX 50	 /* names behind names */
#define ALIAS_RESULT_MAX 100000	 /* addresses that one name may stand for */

struct alias {
	char *name; /* lower case */
	struct addr_list to;
	unsigned line;
};

/* Zero is none; sorted by name. */
struct aliases {
	struct alias *v;
	size_t n, cap;
};

/*
 * Reads the text; name is the file's, for errors that read "NAME:LINE: reason".
 * ERR_CONFIG, also where names lead in a circle; *a is to be freed either way.
 */
int alias_parse(struct span text, const char *name, struct aliases *a,
    struct err *);
void alias_free(struct aliases *);

/*
 * Appends what the name stands for, down to addresses and to names that are no
 * alias: 1; 0, with nothing appended, where it is none itself.  A name that
 * stands for itself too is kept as it is there.  -1 is ERR_CONFIG: over
 * ALIAS_RESULT_MAX.
 */
int alias_expand(const struct aliases *, const char *name,
    struct addr_list *out, struct err *);

#endif
