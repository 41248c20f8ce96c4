/* What Linux has for the sandbox; only sandbox.c calls this. */
#ifndef APP_SANDBOX_LINUX_H
#define APP_SANDBOX_LINUX_H

#include "app/sandbox.h"

/* The version of Landlock that this kernel speaks; 0 if it has none. */
int sandbox_landlock_abi(void);
int sandbox_landlock(const struct sandbox *, int abi, struct err *);

/* Does the kernel filter system calls, and do we have libseccomp? */
bool sandbox_has_filter(void);
int sandbox_filter(const struct sandbox *, struct err *);

#endif
