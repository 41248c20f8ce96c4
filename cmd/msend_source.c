#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/run.h"
#include "mail/header.h"
#include "msend_compose.h"

#define OWN_ARGS 6 /* of mfetch's, besides the common ones */

static int open_local(const char *name, struct source *, struct err *);
static int fetch(struct msend *, const char *name, struct source *,
    struct err *);
static const char **make_argv(struct msend *, const char *program,
    const char *name);
static int check(const char *name, struct err *);

int
source_open(struct msend *m, const char *name, struct source *s,
    struct err *e)
{
	struct span ignored;

	*s = (struct source){.bytes = {0}};
	if (source_is_remote(name)) {
		if (check(name, e) == -1 || fetch(m, name, s, e) == -1)
			return -1;
	} else if (open_local(name, s, e) == -1)
		return -1;
	if (header_split(s->bytes, &ignored).n == 0)
		return err_set(e, ERR_DATA, "%s: not a message: no header "
		    "field at its start", name);
	return 0;
}

void
source_close(struct source *s)
{
	file_unmap(&s->map);
	mbox_close(&s->mbox);
	buf_free(&s->own);
}

bool
source_is_remote(const char *name)
{
	struct stat st;

	if (url_is(span_of(name)) && strstr(name, "://") != NULL)
		return true;
	return name[0] == '@' && stat(name, &st) == -1;
}

/* A file of that very name comes first. */
static int
open_local(const char *name, struct source *s, struct err *e)
{
	struct mboxrd_message message, next;
	struct buf path = {0};
	struct mboxrd it;
	struct stat st;
	size_t offset;
	bool is_named;

	is_named = stat(name, &st) == -1 && mbox_name(name, &path, &offset);
	buf_free(&path);
	if (is_named) {
		if (mbox_find(&s->mbox, name, &message, e) == -1)
			return -1;
		s->bytes = mboxrd_content(&message, &s->own);
		return 0;
	}
	if (file_map(AT_FDCWD, name, &s->map, e) == -1)
		return -1;
	s->bytes = s->map.bytes;
	if (!mbox_holds(name, s->bytes))
		return 0;
	mboxrd_each(s->bytes, 0, &it);
	if (mboxrd_next(&it, &message) == 1 && mboxrd_next(&it, &next) == 1)
		return err_set(e, ERR_USAGE, "%s: an mbox of several "
		    "messages; one of them is %s#%zu", name, name,
		    next.offset);
	return 0;
}

/* Through mfetch, which has the log-in and all else that it takes. */
static int
fetch(struct msend *m, const char *name, struct source *s, struct err *e)
{
	struct mboxrd_message message;
	struct buf program = {0};
	const char **argv;
	int from, status, told = 0;
	struct mboxrd it;
	pid_t pid;

	option_sibling(m->self, msend_tool.name, "mfetch", &program);
	argv = make_argv(m, buf_cstr(&program), name);
	config_lend_password(m->config, true);
	status = run_program(argv, &from, &pid, e);
	config_lend_password(m->config, false);
	free(argv);
	buf_free(&program);
	if (status == -1)
		return -1;
	status = file_read_fd(from, name, COMPOSE_INPUT_MAX, &s->map.own, e);
	close(from);
	if (status == -1)
		kill(pid, SIGTERM);
	if (run_end(pid, &told, e) == -1 || status == -1)
		return -1;
	if (told != 0)
		return err_set(e, (enum err_kind)told,
		    "%s: mfetch could not read it", name);
	s->bytes = buf_view(&s->map.own);
	mboxrd_each(s->bytes, 0, &it);
	if (mboxrd_next(&it, &message) == 1)
		s->bytes = mboxrd_content(&message, &s->own);
	if (s->bytes.n == 0)
		return err_set(e, ERR_NOINPUT, "%s: the server has nothing "
		    "there", name);
	return 0;
}

static const char **
make_argv(struct msend *m, const char *program, const char *name)
{
	const char **argv = mem_alloc(2 * m->common.account.n_set +
	    OPTION_PASS_MAX + OWN_ARGS, sizeof *argv);
	size_t n = 0;

	argv[n++] = program;
	n += option_pass(&m->common, argv + n);
	argv[n++] = "-t";
	argv[n++] = "-";
	argv[n++] = "--";
	argv[n] = name;
	return argv;
}

/* Before it is an argument, which others may see. */
static int
check(const char *name, struct err *e)
{
	struct url u;
	int status;

	if (name[0] == '@')
		return 0;
	status = url_parse(span_of(name), &u, e);
	if (status == 0 && u.has_password)
		status = err_set(e, ERR_USAGE,
		    "a URL never holds a password; use password-command");
	url_free(&u);
	return status;
}
