/* The leaves of a composed message: its text and its attachments. */
#ifndef MAIL_BUILD_PART_H
#define MAIL_BUILD_PART_H

#include "mail/build.h"

/* A message on its way out. */
struct build_out {
	int (*put)(void *, struct span, struct err *);
	void *arg;
	struct buf held; /* not given yet; small */
};

/* Content fields, an empty line and the encoded bytes, ending in LF. */
int build_text(struct build_out *, struct span text, struct err *);
int build_part(struct build_out *, const struct build_part *, struct err *);

/* Gives what is held. */
int build_flush(struct build_out *, struct err *);

#endif
