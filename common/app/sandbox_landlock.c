#define _GNU_SOURCE /* O_PATH, syscall */
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "app/sandbox_linux.h"

#ifdef __linux__

/*
 * The kernel's numbers and records, see landlock(7): the system's header is
 * often older than its kernel, and the C library has no functions for them.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset -1
#define SYS_landlock_add_rule -1
#define SYS_landlock_restrict_self -1
#endif

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_CHANGE UINT64_C(0x1ff2)	 /* write, and all REMOVE_, MAKE_ */
#define FS_REFER (UINT64_C(1) << 13)	 /* since ABI 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)	 /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_TCP UINT64_C(3)		 /* 4: bind, connect */
#define SCOPE_ABSTRACT_UNIX UINT64_C(1)	 /* 6 */
#define SCOPE_SIGNAL UINT64_C(2)	 /* 6 */

/* A kernel takes more members than it knows, where those are zero. */
struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_rule {
	uint64_t allowed;
	int32_t fd;
};

static struct ruleset rules(const struct sandbox *, int abi);
static int allow_all(int set, const struct sandbox *, uint64_t fs,
    struct err *);
static int allow(int set, int fd, uint64_t allowed, struct err *);

int
sandbox_landlock_abi(void)
{
	/* no kernel has a reason to fail: what does has no Landlock for us */
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	    CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

int
sandbox_landlock(const struct sandbox *s, int abi, struct err *e)
{
	struct ruleset r = rules(s, abi);
	int set, status;

	set = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof r, 0u);
	if (set == -1)
		return err_sys(e, ERR_OS, "sandbox: Landlock");
	status = allow_all(set, s, r.fs, e);
	if (status == 0 &&
	    syscall(SYS_landlock_restrict_self, set, 0u) == -1)
		status = err_sys(e, ERR_OS, "sandbox: Landlock");
	close(set);
	return status;
}

/* What is forbidden where no rule allows it. */
static struct ruleset
rules(const struct sandbox *s, int abi)
{
	struct ruleset r = {.fs = FS_CHANGE};

	if (!s->may_exec)
		r.fs |= FS_EXECUTE;
	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNCATE;
	if (abi >= 4 && !s->may_net)
		r.net = NET_TCP;
	if (abi >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = SCOPE_SIGNAL |
		    (s->may_net ? 0 : SCOPE_ABSTRACT_UNIX);
	return r;
}

/* fs is what the ruleset knows: a rule may have no more. */
static int
allow_all(int set, const struct sandbox *s, uint64_t fs, struct err *e)
{
	uint64_t file = fs & (FS_WRITE_FILE | FS_TRUNCATE);
	uint64_t dir = file | FS_MAKE_REG | FS_REMOVE_FILE;
	const char *const *path = s->write_dirs;
	int fd;

	for (; path != NULL && *path != NULL; path++) {
		fd = open(*path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1)
			return err_sys(e, ERR_NOINPUT, "%s", *path);
		if (allow(set, fd, dir, e) == -1)
			return -1;
	}
	fd = open("/dev/null", O_PATH | O_CLOEXEC);
	return fd == -1 ? 0 : allow(set, fd, file, e);
}

/* Closes fd. */
static int
allow(int set, int fd, uint64_t allowed, struct err *e)
{
	struct path_rule rule = {allowed, fd};
	int status = 0;

	if (syscall(SYS_landlock_add_rule, set, RULE_PATH_BENEATH, &rule,
		0u) == -1)
		status = err_sys(e, ERR_OS, "sandbox: Landlock");
	close(fd);
	return status;
}

#endif
