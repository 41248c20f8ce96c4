/*
 * Standard output: results only, one record a line or NUL-ended, checked to
 * the last byte.
 */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

/* Buffers and writes to descriptor 1; zero is ready. */
struct output {
	struct buf held;
	bool nul; /* records end in NUL, not LF */
	bool is_closed_pipe; /* EPIPE was seen: see output_finish */
	int lock; /* 0, or a file that is locked (fcntl) while records are
		     written, and only whole ones are: for processes that
		     share descriptor 1 and print no bytes but records */
};

/* Appends bytes as they are. */
int output_bytes(struct output *, struct span, struct err *);
/* Appends a name (a path, a URL: bytes as they are) and the record's end. */
int output_name(struct output *, struct span, struct err *);
/* Appends text as one record: charset_line and the record's end. */
int output_record(struct output *, struct span, struct err *);
int output_flush(struct output *, struct err *);

/*
 * Flushes and closes descriptor 1; ERR_IO where any byte was not taken.  After
 * a closed pipe it ends the process by SIGPIPE, as the caller has settled its
 * stores by then.
 */
int output_finish(struct output *, struct err *);

#endif
