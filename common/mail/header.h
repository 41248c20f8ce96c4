/*
 * A message's header block (RFC 5322, section 2.2, with section 4's obsolete
 * forms and raw UTF-8 of RFC 6532): fields as spans of it, nothing copied.
 * Lines end in LF or CR LF, mixed as they come.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/buf.h"

struct field {
	struct span name;  /* without blanks before the colon */
	struct span value; /* raw: folded, without its last line end */
	struct span raw;   /* the whole field with its line ends */
};

/*
 * Splits a message: returns its header block (without the empty line) and sets
 * *body to what follows it.  What stands before the first field belongs to
 * neither: a leading mbox From_ line and after it empty lines, or lines that
 * are none.  A message without a field there is all body, less one empty line
 * at its start; one without an empty line is all header.
 */
struct span header_split(struct span message, struct span *body);

/*
 * The same for a body part, where nothing is passed over: an empty line at the
 * start means that there are no fields (RFC 2046, section 5.1).
 */
struct span header_split_part(struct span part, struct span *body);

/*
 * Takes the next field off *rest: 1, or 0 at the end.  Lines that are no field
 * and continue none are passed over.
 */
int header_next(struct span *rest, struct field *);

/*
 * header_split in one pass, for a message of which some fields are wanted.
 * header_begin passes over what stands before the first field; it is false
 * where none begins: all is body.  header_step takes the next line with those
 * that continue it, a field or not: 1, or 0 before an empty line or at the end;
 * the body is what header_end leaves.
 */
bool header_begin(struct span *message);
int header_step(struct span *rest, struct span *raw);
struct span header_end(struct span rest);
/* Whether that is a field of that name, case folded; *value is as above. */
bool header_is(struct span raw, struct span name, struct span *value);

/* The first field of that name, case folded; false if there is none. */
bool header_find(struct span header, const char *name, struct field *);

/* Appends the value with its folds undone: each line end is removed. */
void header_unfold(struct span value, struct buf *out);

#endif
