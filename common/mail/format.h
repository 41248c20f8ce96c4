/*
 * The "%" formats of mlist(1): parsed once, then written for one message after
 * the other.
 */
#ifndef MAIL_FORMAT_H
#define MAIL_FORMAT_H

#include "mail/summary.h"

#define FORMAT_BYTES (64 * 1024)
#define FORMAT_WIDTH_MAX 10000 /* columns of one item */

struct format_item {
	char kind;	   /* the letter after "%"; '{' a field, 0 plain text */
	struct buf text;   /* plain text, or the field's name */
	bool is_left;	   /* blanks are put after it */
	size_t width;	   /* at least so many columns */
	size_t precision;  /* at most so many; SPAN_NONE: no bound */
};

/* Zero is the empty format. */
struct format {
	struct format_item *item;
	size_t n, cap;
};

/* -1 (ERR_USAGE) on what is no format; *f need not be initialised. */
int format_parse(struct span text, struct format *f, struct err *);
void format_free(struct format *);

/* Whether any item is one of these letters. */
bool format_uses(const struct format *, const char *letters);

/*
 * Appends what the format says of the message.  Its values are cleaned by
 * charset_line, but not its name, which is bytes; now is for ages.
 */
void format_put(const struct format *, const struct summary *, int64_t now,
    struct buf *out);

/* One value of that letter, cleaned likewise. */
void format_value(char letter, const struct summary *, int64_t now,
    struct buf *out);
/* Text fitted to columns as an item's width and precision do. */
void format_fit(struct span text, size_t width, size_t precision, bool is_left,
    struct buf *out);

#endif
