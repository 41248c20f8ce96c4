#define _BSD_SOURCE /* pledge and unveil, on OpenBSD */
#define _DEFAULT_SOURCE
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "app/sandbox.h"
#include "app/sandbox_linux.h"
#include "host/file.h"

#if defined(__linux__)

int
sandbox_enter(const struct sandbox *s, struct err *e)
{
	int abi = sandbox_landlock_abi();

	/* without it neither of the two is for everyone */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, ERR_OS, "sandbox: no_new_privs");
	if (abi > 0 && sandbox_landlock(s, abi, e) == -1)
		return -1;
	return sandbox_has_filter() ? sandbox_filter(s, e) : 0;
}

void
sandbox_describe(struct buf *out)
{
	int abi = sandbox_landlock_abi();
	bool has_filter = sandbox_has_filter();

	if (abi == 0 && !has_filter) {
		buf_str(out, "sandbox: none on this system\n");
		return;
	}
	if (abi == 0)
		buf_str(out, "sandbox: no Landlock");
	else
		buf_fmt(out, "sandbox: Landlock ABI %d", abi);
	buf_fmt(out, ", %sseccomp\n", has_filter ? "" : "no ");
}

#elif defined(__OpenBSD__)

#define CHILD "stdio rpath wpath cpath proc exec prot_exec tty getpw error"

static int show_dir(const char *path, const char *rights, struct err *);
static int show(const char *path, const char *rights, struct err *);

int
sandbox_enter(const struct sandbox *s, struct err *e)
{
	const char *const *path = s->write_dirs;
	struct buf promises = {0};
	int status;

	if (show("/", s->may_exec ? "rx" : "r", e) == -1 ||
	    show("/dev/null", "rw", e) == -1)
		return -1;
	for (; path != NULL && *path != NULL; path++)
		if (show_dir(*path, s->may_exec ? "rwxc" : "rwc", e) == -1)
			return -1;
	buf_str(&promises, "stdio rpath wpath");
	if (s->write_dirs != NULL)
		buf_str(&promises, " cpath");
	if (s->may_exec)
		buf_str(&promises, " proc exec");
	if (s->may_net)
		buf_str(&promises, " inet unix dns");
	/* a child that promises more gets what is left, and no signal */
	status = pledge(buf_cstr(&promises), s->may_net ? NULL : CHILD);
	buf_free(&promises);
	return status == -1 ? err_sys(e, ERR_OS, "sandbox: pledge") : 0;
}

void
sandbox_describe(struct buf *out)
{
	buf_str(out, "sandbox: pledge, unveil\n");
}

static int
show_dir(const char *path, const char *rights, struct err *e)
{
	int fd = file_open_dir(path, e);

	if (fd == -1)
		return -1;
	close(fd);
	return show(path, rights, e);
}

static int
show(const char *path, const char *rights, struct err *e)
{
	if (unveil(path, rights) == -1)
		return err_sys(e, ERR_OS, "sandbox: %s", path);
	return 0;
}

#else

int
sandbox_enter(const struct sandbox *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

void
sandbox_describe(struct buf *out)
{
	buf_str(out, "sandbox: none on this system\n");
}

#endif
