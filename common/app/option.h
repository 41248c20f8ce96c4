/* What every tool's main shares: the common options, usage and signals. */
#ifndef APP_OPTION_H
#define APP_OPTION_H

#include "app/account.h"
#include "app/output.h"

#define SATCHEL_VERSION "0.1"

struct tool {
	const char *name;     /* for diagnostics, "mlist" */
	const char *usage;    /* the synopsis, lines that end in LF */
	void (*describe)(struct buf *); /* appends lines to -V's; or NULL */
};

/* The letters that every tool takes; it must stand first in getopt's string. */
#define OPTION_COMMON ":hVC:a:o:v"

struct option_common {
	struct account_options account; /* its account is the last -a */
	const char **accounts;		/* each -a, in order */
	size_t n_accounts, accounts_cap;
	bool verbose;
	size_t set_cap;
	struct buf dialer;
};

/*
 * To be called first: SIGPIPE is ignored, descriptors 0 to 2 are taken
 * (one that was closed fails when it is used), umask is 077, the locale is
 * the environment's.  SIGINT and SIGTERM are heeded, but not one that was
 * ignored before, as nohup and a shell's background have it.
 */
void option_begin(void);
/* From now on that signal is heeded, whatever it was before. */
void option_heed(int signal_number);

/*
 * Takes one letter that getopt gave.  1 when it was a common one and the tool
 * goes on; 0 when it is the tool's own; -1 when the tool ends now with
 * *status (after -h, -V, or an unknown letter: usage on standard error, 64).
 */
int option_common(const struct tool *, int letter, const char *argument,
    struct option_common *, int *status);
void option_common_free(struct option_common *);

/*
 * For a tool that runs another one of ours: the path of that beside ours, of
 * which self is argv[0] and own the name without a prefix.  Where ours cannot
 * be found, or has another name, it is the other's bare name.
 */
void option_sibling(const char *self, const char *own, const char *other,
    struct buf *);
/* Makes the program that dials for streams, beside ours, the accounts'. */
void option_dialer(struct option_common *, const char *self);

/*
 * The common options that we were given, put into argv for another tool of
 * ours.  Returns how many, of which there are at most OPTION_PASS_MAX and two
 * for each of -o.
 */
#define OPTION_PASS_MAX 5
size_t option_pass(const struct option_common *, const char **argv);

/* Usage on standard error after the reason; 64. */
int option_usage(const struct tool *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * INT and TERM set a flag that long work asks for, and then the tool dies by
 * that signal in option_end, which otherwise returns the status.
 */
bool option_interrupted(void);
int option_end(const struct tool *, struct output *, int status);

/*
 * The names to work on: the operands, or with from_stdin those on standard
 * input, ended by LF or, with nul, NUL.  1 and *name, valid until the next
 * call; 0 at the end.  What was printed goes out before names are waited for,
 * as who gives them may wait for that.
 */
struct option_names {
	char **operand;
	bool from_stdin, nul;
	struct output *output; /* NULL: what is printed can wait */
	struct buf held;
	size_t used;
	bool ended;
};
int option_name(struct option_names *, const char **name, struct err *);
/*
 * True where the next one or the end is here, once what can be read at once is
 * read: option_name does not wait.
 */
bool option_name_ready(struct option_names *);
/* True where the next one is here already, so that nothing is waited for. */
bool option_has_name(const struct option_names *);
/* The same, or where the end is, or more can be read at once. */
bool option_name_is_here(const struct option_names *);

#endif
