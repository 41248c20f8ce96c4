/*
 * A file that is mapped, and cut while it is read, would kill by SIGBUS.
 */
#ifndef APP_CUT_H
#define APP_CUT_H

/* What is to be done then; main's, and valid as long as the tool runs. */
struct cut {
	const char *tool;
	volatile int dir;		 /* in which is */
	const char *volatile unfinished; /* a name; NULL: there is none */
};

/*
 * From now on the tool says so instead, removes what is unfinished and exits
 * with ERR_IO.
 */
void cut_catch(const struct cut *);

/* The name lives until the next call. */
void cut_removes(struct cut *, int dir, const char *name);

#endif
