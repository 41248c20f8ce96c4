/*
 * A file that is mapped, and cut while it is read, would kill by SIGBUS.
 */
#ifndef APP_CUT_H
#define APP_CUT_H

/*
 * From now on the tool says so instead, removes what is unfinished and exits
 * with ERR_IO.
 */
void cut_catch(const char *tool);

/*
 * What is unfinished: the name in the directory of that descriptor, which must
 * live until the next call; NULL is nothing.
 */
void cut_removes(int dir, const char *name);

#endif
