#define _GNU_SOURCE /* TIOCSTI */
#ifdef __linux__
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <linux/seccomp.h>
#ifdef __has_include
#if __has_include(<seccomp.h>)
#define HAS_LIBSECCOMP
#include <seccomp.h>
#endif
#endif
#endif

#include <errno.h>
#include <fcntl.h>

#include "app/sandbox_linux.h"

#if defined(__linux__) && defined(HAS_LIBSECCOMP)

/*
 * At the end the sanitizer looks for leaks with a process that traces this
 * one: what is built for that may.
 */
#ifdef __SANITIZE_ADDRESS__
#define LOOKS_FOR_LEAKS
#endif
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define LOOKS_FOR_LEAKS
#endif
#endif

/* By name: a library that is older than one of these passes it over. */
static const char *const never[] = {
    /* other processes, and ways around what is forbidden here */
    "add_key", "bpf", "io_uring_setup", "kcmp", "keyctl", "perf_event_open",
    "pidfd_getfd", "process_madvise", "process_vm_readv",
    "process_vm_writev", "request_key", "userfaultfd",
#ifndef LOOKS_FOR_LEAKS
    "ptrace",
#endif
    /* what surrounds a process, and the machine */
    "acct", "chroot", "clock_adjtime", "clock_settime", "delete_module",
    "finit_module", "fsconfig", "fsmount", "fsopen", "fspick",
    "init_module", "kexec_file_load", "kexec_load", "mount",
    "mount_setattr", "move_mount", "open_tree", "pivot_root", "quotactl",
    "reboot", "setdomainname", "sethostname", "setns", "settimeofday",
    "swapoff", "swapon", "umount", "umount2", "unshare",
    /* changes to files that Landlock, or its first versions, let pass */
    "chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown",
    "fchownat", "fremovexattr", "fsetxattr", "futimesat", "lchown",
    "lremovexattr", "lsetxattr", "removexattr", "setxattr", "truncate",
    "utime", "utimensat", "utimes", NULL};

/* Its flags are behind a pointer; who finds it absent takes openat. */
static const char *const absent[] = {"openat2", NULL};

static const char *const net[] = {"accept", "accept4", "bind", "connect",
    "listen", "socket", "socketpair", NULL};

static const char *const exec[] = {"execve", "execveat",
#ifndef LOOKS_FOR_LEAKS
    "clone", "clone3", "fork", "kill", "vfork",
#endif
    NULL};

/* Forbidden where an argument, an int, has these bits among those of mask. */
static const struct partly {
	const char *name;
	unsigned argument;
	uint32_t mask, bits;
} partly[] = {
    /* input pushed into the terminal */
    {"ioctl", 1, UINT32_MAX, TIOCSTI},
    {"ioctl", 1, UINT32_MAX, TIOCLINUX},
    /* opened to read, yet cut to nothing: Landlock's first versions */
    {"open", 1, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC},
    {"openat", 2, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC},
};

static int add_rules(scmp_filter_ctx, const struct sandbox *);
static int deny(scmp_filter_ctx, const char *const *names, unsigned reason);
static int deny_partly(scmp_filter_ctx);

bool
sandbox_has_filter(void)
{
	/* a kernel that has filters finds none at NULL */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 &&
	    errno == EFAULT;
}

int
sandbox_filter(const struct sandbox *s, struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int status;

	if (filter == NULL)
		return err_set(e, ERR_OS, "sandbox: seccomp: out of memory");
	status = add_rules(filter, s);
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	if (status == 0)
		return 0;
	errno = -status; /* as this library has it */
	return err_sys(e, ERR_OS, "sandbox: seccomp");
}

/* 0, or what libseccomp gives: a negative errno. */
static int
add_rules(scmp_filter_ctx filter, const struct sandbox *s)
{
	int status = deny(filter, never, EPERM);

	if (status == 0)
		status = deny(filter, absent, ENOSYS);
	if (status == 0 && !s->may_net)
		status = deny(filter, net, EPERM);
	if (status == 0 && !s->may_exec)
		status = deny(filter, exec, EPERM);
	return status == 0 ? deny_partly(filter) : status;
}

static int
deny(scmp_filter_ctx filter, const char *const *names, unsigned reason)
{
	int number, status = 0;

	for (; status == 0 && *names != NULL; names++) {
		number = seccomp_syscall_resolve_name(*names);
		if (number != __NR_SCMP_ERROR)
			status = seccomp_rule_add_array(filter,
			    SCMP_ACT_ERRNO(reason), number, 0, NULL);
	}
	return status;
}

static int
deny_partly(scmp_filter_ctx filter)
{
	int status = 0;

	for (size_t i = 0;
	     status == 0 && i < sizeof partly / sizeof partly[0]; i++) {
		struct scmp_arg_cmp is = {partly[i].argument,
		    SCMP_CMP_MASKED_EQ, partly[i].mask, partly[i].bits};

		status = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM),
		    seccomp_syscall_resolve_name(partly[i].name), 1, &is);
	}
	return status;
}

#elif defined(__linux__)

bool
sandbox_has_filter(void)
{
	return false;
}

int
sandbox_filter(const struct sandbox *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

#endif
