/*
 * The account's "logfile": a line for each message sent or fetched, so that a
 * person, a script and grep can read it:
 *
 *	2026-11-21T09:05:00Z mfetch[1234]: account=work folder="Sent Items" …
 *
 * A value that holds anything but visible ASCII, or a quote, an equals sign or
 * a backslash, stands in double quotes, in which \" and \\ are a quote and a
 * backslash; it is UTF-8 without controls.  No secret is ever put in.
 */
#ifndef APP_LOG_H
#define APP_LOG_H

#include "app/account.h"

#define LOG_VALUE_MAX 1000 /* bytes of a value; more is cut */

/* Zero writes nowhere. */
struct log {
	const char *tool;
	int fd;		/* 0: no file */
	bool is_system; /* "syslog": the system's, as mail.info */
	char *path;
	struct buf line;
};

/*
 * Opens the account's logfile, where it has one, 0600 if it is new.  tool must
 * outlive it.  ERR_CREATE.
 */
int log_open(struct log *, const struct account *, const char *tool,
    struct err *);
void log_close(struct log *);
/* False where nothing is written: who must look for values asks first. */
bool log_is_on(const struct log *);

/*
 * A line: its keys and values in order (an empty value is left out), then end,
 * which writes it at once, so that lines of several processes stay whole.  -1
 * is ERR_IO: what was to be told has happened all the same.
 */
void log_put(struct log *, const char *key, struct span value);
void log_number(struct log *, const char *key, uint64_t);
int log_end(struct log *, struct err *);

#endif
