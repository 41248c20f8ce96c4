/* What the libraries share that are preloaded into a program. */
#ifndef CRASH_PRELOAD_H
#define CRASH_PRELOAD_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/*
 * The environment's value, which the program and its children do not get; the
 * bytes stay where they are.
 */
static inline const char *
preload_take(const char *name)
{
	const char *value = getenv(name);

	if (value != NULL)
		unsetenv(name);
	return value;
}

/* Sets the function pointer to the C library's function of that name. */
static inline void
preload_find(const char *name, void *pointer)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL)
		abort();
	memcpy(pointer, &p, sizeof p);
}

#endif
