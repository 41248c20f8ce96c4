/*
 * Several accounts: one after another, or each in a process of its own, so
 * that none waits for another and none can break another.  So too what is
 * watched: a process for each name, or, of a single one, for each folder.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diag.h"
#include "app/name.h"
#include "base/mem.h"
#include "host/file.h"
#include "host/run.h"
#include "mfetch_watch.h"
#include "text/enc.h"

/* One name's run; pid 0: not running. */
struct job {
	char *name;	/* "@account", or an operand */
	char *maildir;	/* which no two may fetch into at once, or NULL */
	char **pattern; /* of its folders, owned; NULL: as the run's */
	size_t patterns, pattern_cap;
	pid_t pid;
	bool is_started;
	int status;
};

struct crew {
	struct mfetch *run;
	struct config *config;
	struct job *job;
	size_t n, cap, running;
	uint64_t most;	  /* that run at a time */
	sigset_t outside; /* the signals blocked before */
	int signal;	  /* that came, or 0 */
	bool is_shared_out; /* the jobs are one's folders */
};

static int choose(struct crew *, struct err *);
static bool fetches(struct config *, const char *name);
static void add(struct crew *, const char *name);
static struct job *add_name(struct crew *, const char *name);
static void free_job(struct job *);
static void set_most(struct crew *);
static int spread(struct crew *, struct err *);
static bool are_plain(const struct folder_list *);
static void share_out(struct crew *, const struct folder_list *, size_t most);
static void add_pattern(struct job *, const char *before, const char *folder);
static void one_by_one(struct crew *);
static int side_by_side(struct crew *, struct err *);
static sigset_t awaited(void);
static void ignore(int);
static void work(struct crew *, const sigset_t *);
static struct job *next_job(struct crew *);
static bool is_free(const struct crew *, const char *maildir);
static bool is_enough(const struct crew *);
static void end_all(struct crew *, int signal_number);
static void start(struct crew *, struct job *);
static void reap(struct crew *);
static void take_end(struct crew *, struct job *, int raw);
static void add_up(struct crew *);

int
mfetch_accounts(struct mfetch *run, struct config *config, struct err *e)
{
	struct crew c = {.run = run, .config = config, .most = run->jobs};
	int status = choose(&c, e);

	if (status == 0) {
		set_most(&c);
		status = spread(&c, e);
	}
	/* one target has one that writes to it, but for folders of their own */
	if (status == 0 && (c.most < 2 || c.n < 2 ||
	    (run->target != NULL && !c.is_shared_out)))
		one_by_one(&c);
	else if (status == 0)
		status = side_by_side(&c, e);
	for (size_t i = 0; i < c.n; i++)
		free_job(&c.job[i]);
	free(c.job);
	return status;
}

/* The names; else the accounts of -a, or all that fetch from somewhere. */
static int
choose(struct crew *c, struct err *e)
{
	const struct option_common *o = &c->run->common;
	struct account *first;
	const char *name;
	int got;

	if (c->run->names.from_stdin || *c->run->names.operand != NULL) {
		while ((got = option_name(&c->run->names, &name, e)) == 1)
			add_name(c, name);
		return got;
	}
	if (!c->run->has_several) {
		if (account_find(c->config, NULL, &first, e) == -1)
			return -1;
		add(c, account_name(first));
		return 0;
	}
	for (size_t i = 0; !c->run->all && i < o->n_accounts; i++)
		add(c, o->accounts[i]);
	for (size_t i = 0; c->run->all; i++) {
		name = account_at(c->config, i);
		if (name == NULL)
			break;
		if (fetches(c->config, name))
			add(c, name);
	}
	return c->n > 0 ? 0 : err_set(e, ERR_CONFIG, "no account has fetch");
}

static bool
fetches(struct config *config, const char *name)
{
	struct account *a;

	return account_find_name(config, name, &a, &(struct err){0}) == 0 &&
	    account_get(a, "fetch", CONF_FETCH) != NULL;
}

static void
add(struct crew *c, const char *name)
{
	struct buf text = {0}, maildir = {0};
	struct account *a;
	struct job *j;

	buf_char(&text, '@');
	enc_percent(span_of(name), "", &text);
	j = add_name(c, buf_cstr(&text));
	/* one that is not there is told when its turn comes */
	if (account_find_name(c->config, name, &a, &(struct err){0}) == 0) {
		account_maildir(a, &maildir);
		j->maildir = mem_str(buf_cstr(&maildir));
	}
	buf_free(&text);
	buf_free(&maildir);
}

static struct job *
add_name(struct crew *c, const char *name)
{
	c->job = mem_grow(c->job, &c->cap, c->n + 1, sizeof *c->job);
	c->job[c->n] = (struct job){.name = mem_str(name)};
	return &c->job[c->n++];
}

static void
free_job(struct job *j)
{
	for (size_t i = 0; i < j->patterns; i++)
		free(j->pattern[i]);
	free(j->pattern);
	free(j->maildir);
	free(j->name);
}

/* Without -c, what the one account says. */
static void
set_most(struct crew *c)
{
	struct name n;
	int64_t number;

	if (c->most > 0 || c->n != 1 || name_resolve(c->config,
		c->job[0].name, &n, &(struct err){0}) == -1)
		return;
	number = account_number(n.account, "connections", CONF_FETCH, 1);
	/* which copy is fetched with dedup is for one to say */
	if (number > 1 && !account_yes(n.account, "dedup", CONF_FETCH))
		c->most = (uint64_t)number;
	name_free(&n);
}

/*
 * Each name is watched by a process.  A single one, watched or not, has as many
 * as there may be connections.
 */
static int
spread(struct crew *c, struct err *e)
{
	struct mfetch *run = c->run;
	struct folder_list folders;
	size_t most = c->most;

	if (c->n > 1 && run->watch != NULL) {
		c->most = c->n;
		if (run->target != NULL)
			return err_set(e, ERR_USAGE,
			    "-t: what is watched goes to a Maildir each");
	}
	if (c->n != 1 || most < 2 || run->check || run->dry ||
	    run->target_kind != TARGET_MAILDIR)
		return 0;
	if (watch_folders(run, c->config, c->job[0].name, &folders, e) == -1)
		return -1;
	if (folders.n > 1 && are_plain(&folders))
		share_out(c, &folders, most);
	folder_list_free(&folders);
	return 0;
}

/* Each is a pattern that means itself. */
static bool
are_plain(const struct folder_list *folders)
{
	for (size_t i = 0; i < folders->n; i++)
		if (strpbrk(folders->v[i].name, "*?!\n") != NULL)
			return false;
	return true;
}

/*
 * What is watched: a folder each, and the first has what else there is or will
 * be.  Else each has its share.
 */
static void
share_out(struct crew *c, const struct folder_list *folders, size_t most)
{
	bool is_watched = c->run->watch != NULL;
	size_t n = most < folders->n ? most : folders->n, to;

	c->is_shared_out = true;
	while (c->n < n)
		add_name(c, c->job[0].name);
	for (size_t i = 0; i < folders->n; i++) {
		const char *name = folders->v[i].name;

		to = is_watched && i + 1 >= n ? 0 : (i + 1) % n;
		add_pattern(&c->job[to], "", name);
		if (is_watched && to > 0)
			add_pattern(&c->job[0], "!", name);
	}
}

static void
add_pattern(struct job *j, const char *before, const char *folder)
{
	struct buf text = {0};

	buf_fmt(&text, "%s%s", before, folder);
	j->pattern = mem_grow(j->pattern, &j->pattern_cap, j->patterns + 1,
	    sizeof *j->pattern);
	j->pattern[j->patterns++] = mem_str(buf_cstr(&text));
	buf_free(&text);
}

static void
one_by_one(struct crew *c)
{
	for (size_t i = 0; i < c->n && !option_interrupted() &&
	    !c->run->output.is_closed_pipe; i++)
		mfetch_name(c->run, c->config, c->job[i].name);
}

static int
side_by_side(struct crew *c, struct err *e)
{
	struct sigaction act = {.sa_handler = ignore}, before;
	const sigset_t ours = awaited();

	/* it is locked by who prints */
	c->run->output.lock = file_nameless(NULL, e);
	if (c->run->output.lock == -1) {
		c->run->output.lock = 0;
		return -1;
	}
	sigemptyset(&act.sa_mask);
	sigaction(SIGCHLD, &act, &before);
	sigprocmask(SIG_BLOCK, &ours, &c->outside);
	work(c, &ours);
	/* as if it came now: the tool ends by it */
	if (c->signal != 0)
		raise(c->signal);
	sigprocmask(SIG_SETMASK, &c->outside, NULL);
	sigaction(SIGCHLD, &before, NULL);
	close(c->run->output.lock);
	c->run->output.lock = 0;
	add_up(c);
	return 0;
}

static sigset_t
awaited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	/* some systems would keep for sigwait what is ignored */
	if (!run_ignores(SIGINT))
		sigaddset(&set, SIGINT);
	if (!run_ignores(SIGTERM))
		sigaddset(&set, SIGTERM);
	return set;
}

/* One that is ignored would not be kept for sigwait. */
static void
ignore(int number)
{
	(void)number;
}

static void
work(struct crew *c, const sigset_t *ours)
{
	struct job *next;
	int number;

	for (;;) {
		while ((next = next_job(c)) != NULL)
			start(c, next);
		if (c->running == 0)
			return;
		if (sigwait(ours, &number) != 0)
			continue;
		if (number == SIGCHLD) {
			reap(c);
			if (c->run->watch != NULL && is_enough(c))
				end_all(c, SIGTERM);
			continue;
		}
		c->signal = number;
		end_all(c, number);
	}
}

/* The next that may start now; NULL for none. */
static struct job *
next_job(struct crew *c)
{
	if (c->signal != 0 || c->running >= c->most ||
	    c->run->output.is_closed_pipe)
		return NULL;
	for (size_t i = 0; i < c->n; i++)
		if (!c->job[i].is_started && is_free(c, c->job[i].maildir))
			return &c->job[i];
	return NULL;
}

static bool
is_free(const struct crew *c, const char *maildir)
{
	/* who watches has it for moments only */
	if (maildir == NULL || c->run->watch != NULL)
		return true;
	for (size_t i = 0; i < c->n; i++)
		if (c->job[i].pid != 0 && c->job[i].maildir != NULL &&
		    strcmp(c->job[i].maildir, maildir) == 0)
			return false;
	return true;
}

/* Nobody reads what the others find, or one has found it. */
static bool
is_enough(const struct crew *c)
{
	return c->run->watch->is_found || c->run->output.is_closed_pipe;
}

static void
end_all(struct crew *c, int signal_number)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->job[i].pid != 0)
			kill(c->job[i].pid, signal_number);
}

/*
 * The child's exit status is its own, or 1 where nothing was new.  One that
 * cannot be is told now: the others may go on for days.
 */
static void
start(struct crew *c, struct job *j)
{
	struct mfetch *run = c->run;
	struct err e;

	j->is_started = true;
	j->pid = fork();
	if (j->pid == -1) {
		j->pid = 0;
		err_sys(&e, ERR_OS, "no process");
		diag_err(run->tool.name, j->name, &e);
		diag_status(&j->status, &e);
		return;
	}
	if (j->pid > 0) {
		c->running++;
		return;
	}
	signal(SIGCHLD, SIG_DFL);
	option_heed(SIGTERM); /* see end_all */
	run->is_beside = true;
	/* behind the terminal's foreground: no two may ask at once there */
	(void)setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &c->outside, NULL);
	if (j->pattern != NULL) {
		run->folder = (const char **)j->pattern;
		run->n_folders = j->patterns;
	}
	mfetch_name(run, c->config, j->name);
	if (run->status == 0 && (run->watch != NULL &&
	    run->watch->wanted != NULL ? !run->watch->is_found :
	    run->fetched == 0))
		run->status = ERR_NO;
	_exit(option_end(&run->tool, &run->output, run->status));
}

static void
reap(struct crew *c)
{
	int raw;

	for (size_t i = 0; i < c->n; i++)
		if (c->job[i].pid != 0 &&
		    waitpid(c->job[i].pid, &raw, WNOHANG) == c->job[i].pid)
			take_end(c, &c->job[i], raw);
}

static void
take_end(struct crew *c, struct job *j, int raw)
{
	struct err e;

	j->pid = 0;
	c->running--;
	if (WIFEXITED(raw)) {
		j->status = WEXITSTATUS(raw);
		if (j->status == 0 && c->run->watch != NULL &&
		    c->run->watch->wanted != NULL)
			c->run->watch->is_found = true;
		return;
	}
	if (WTERMSIG(raw) == SIGPIPE) {
		c->run->output.is_closed_pipe = true;
		return;
	}
	if (c->run->watch != NULL && is_enough(c))
		return;
	j->status = ERR_SOFTWARE;
	if (c->signal == 0) {
		err_set(&e, ERR_SOFTWARE, "ended by signal %d",
		    WTERMSIG(raw));
		diag_err(c->run->tool.name, j->name, &e);
	}
}

/* The first failure's status, by the order of the accounts. */
static void
add_up(struct crew *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!c->job[i].is_started)
			continue;
		if (c->job[i].status == 0)
			c->run->fetched++;
		else if (c->job[i].status != ERR_NO && c->run->status == 0)
			c->run->status = c->job[i].status;
	}
}
