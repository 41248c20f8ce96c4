/* What the files of mail/build share. */
#ifndef MAIL_BUILD_PART_H
#define MAIL_BUILD_PART_H

#include "mail/build.h"

/* A message on its way out. */
struct build_out {
	int (*put)(void *, struct span, struct err *);
	void *arg;
	struct buf held; /* not given yet; small */
	const char *charset; /* struct build's */
};

/* Content fields, an empty line and the encoded bytes. */
int build_text(struct build_out *, const char *type, struct span text,
    struct err *);
int build_part(struct build_out *, const struct build_part *, struct err *);
/* The same without a place or a name. */
int build_data(struct build_out *, const char *type, struct span bytes,
    struct err *);
/* True where the part goes as it is and has 8-bit bytes. */
bool build_is_8bit(const struct build_part *);

/* Gives what is held. */
int build_flush(struct build_out *, struct err *);

/* UTF-8 without controls, C1 ones included; a tab is a blank. */
bool build_is_text(struct span);
/* Appends "Name: ", a user's field's value and LF. */
int build_put_field(const struct build_field *, struct buf *, struct err *);
/* Appends a field of addresses, one a line; nothing where there are none. */
void build_addresses(struct buf *, const char *name, const struct addr_list *);

#endif
