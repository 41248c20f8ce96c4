#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/account_config.h"
#include "base/mem.h"
#include "host/file.h"

#define SYSTEM_CONFIG "/etc/satchel.conf"

static int take_settings(struct config *, const struct account_options *,
    struct err *);
static void take_password(struct config *);
static void take_away(void);
static int find_file(struct config *, const char *, struct err *);
static int open_default(struct config *, struct err *);
static int open_there(const char *, int *, struct err *);
static int load(struct config *, int, struct err *);
static void expand_paths(struct conf *);
static void expand_path(struct conf_entry *);
static int check_owner(const struct config *, const struct stat *,
    struct err *);
static bool has_secret(const struct conf *);

bool
account_is_given(const struct account_options *o)
{
	return o->config != NULL || o->account != NULL || o->n_set > 0;
}

int
config_open(const struct account_options *o, struct config **out,
    struct err *e)
{
	struct config *c = mem_alloc(1, sizeof *c);
	int fd = -1;

	*out = NULL;
	c->wanted = o->account;
	c->dialer = o->dialer;
	c->is_unattended = o->is_unattended;
	take_password(c);
	if (take_settings(c, o, e) == 0)
		fd = find_file(c, o->config, e);
	if (fd == -1 || (fd > 0 && load(c, fd, e) == -1)) {
		config_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
config_close(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_set; i++)
		conf_entry_free(&c->set[i]);
	free(c->set);
	for (size_t i = 0; i < c->n_got; i++) {
		free(c->got[i].source);
		buf_wipe(&c->got[i].secret);
	}
	free(c->got);
	conf_free(&c->conf);
	if (c->password != NULL)
		mem_wipe(c->password, strlen(c->password));
	free(c->password);
	free(c->path);
	free(c);
}

void
config_lend_password(struct config *c, bool is_lent)
{
	if (c == NULL || c->password == NULL)
		return;
	if (is_lent) /* where that fails the tool says that it has none */
		(void)setenv("SATCHEL_PASSWORD", c->password, 1);
	else
		take_away();
}

/* Kept last first, so that the first that is found is in force. */
static int
take_settings(struct config *c, const struct account_options *o, struct err *e)
{
	c->set = mem_alloc(o->n_set, sizeof *c->set);
	for (size_t i = o->n_set; i > 0; i--) {
		if (conf_setting(o->set[i - 1], &c->set[c->n_set], e) == -1)
			return err_wrap(e, "-o");
		expand_path(&c->set[c->n_set++]);
	}
	return 0;
}

/* No child that is started later sees it. */
static void
take_password(struct config *c)
{
	char *secret = getenv("SATCHEL_PASSWORD");

	if (secret == NULL)
		return;
	c->password = mem_str(secret);
	take_away();
}

static void
take_away(void)
{
	char *secret = getenv("SATCHEL_PASSWORD");

	if (secret != NULL)
		mem_wipe(secret, strlen(secret));
	unsetenv("SATCHEL_PASSWORD");
}

/* The open file's descriptor, 0 where there is none, -1. */
static int
find_file(struct config *c, const char *given, struct err *e)
{
	int fd;

	if (given == NULL)
		given = getenv("SATCHEL_CONFIG");
	if (given == NULL || given[0] == '\0')
		return open_default(c, e);
	if (open_there(given, &fd, e) == -1)
		return -1;
	if (fd == 0)
		return err_set(e, ERR_NOINPUT, "%s: no such file", given);
	c->path = mem_str(given);
	return fd;
}

static int
open_default(struct config *c, struct err *e)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	struct buf path = {0};
	int fd;

	if (base != NULL && base[0] == '/')
		buf_str(&path, base);
	else
		file_expand("~/.config", &path);
	buf_str(&path, "/satchel/config");
	if (open_there(buf_cstr(&path), &fd, e) == -1) {
		buf_free(&path);
		return -1;
	}
	if (fd == 0) {
		buf_cut(&path, 0);
		buf_str(&path, SYSTEM_CONFIG);
		if (open_there(SYSTEM_CONFIG, &fd, e) == -1)
			fd = -1;
	}
	if (fd > 0)
		c->path = mem_str(buf_cstr(&path));
	buf_free(&path);
	return fd;
}

static int
open_there(const char *path, int *fd, struct err *e)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd != -1)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR)
		return err_sys(e, ERR_CONFIG, "%s", path);
	*fd = 0;
	return 0;
}

static int
load(struct config *c, int fd, struct err *e)
{
	struct buf text = {0};
	struct stat st;
	int r;

	/* room for all of it at once: no copy is left behind unwiped */
	buf_room(&text, CONF_BYTES + CONF_BYTES / 2);
	if (fstat(fd, &st) == -1)
		r = err_sys(e, ERR_CONFIG, "%s", c->path);
	else
		r = file_read_fd(fd, c->path, CONF_BYTES, &text, e);
	if (r == -1)
		e->kind = ERR_CONFIG;
	else
		r = conf_parse(buf_view(&text), c->path, &c->conf, e);
	close(fd);
	buf_wipe(&text);
	if (r == -1)
		return -1;
	expand_paths(&c->conf);
	return check_owner(c, &st, e);
}

static void
expand_paths(struct conf *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->section[i].n; k++)
			expand_path(&c->section[i].entry[k]);
}

static void
expand_path(struct conf_entry *entry)
{
	struct buf path = {0};

	if (entry->key->type != CONF_PATH)
		return;
	file_expand(entry->value, &path);
	free(entry->value);
	entry->value = mem_str(buf_cstr(&path));
	buf_free(&path);
}

/* Checked on the open file, so that it cannot be exchanged in between. */
static int
check_owner(const struct config *c, const struct stat *st, struct err *e)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(e, ERR_CONFIG,
		    "%s: belongs neither to you nor to root", c->path);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && S_ISREG(st->st_mode))
		return err_set(e, ERR_CONFIG,
		    "%s: others may write it (chmod go-w)", c->path);
	if ((st->st_mode & (S_IRGRP | S_IROTH)) != 0 && S_ISREG(st->st_mode) &&
	    has_secret(&c->conf))
		return err_set(e, ERR_CONFIG,
		    "%s: holds a password and others may read it (chmod 600)",
		    c->path);
	return 0;
}

static bool
has_secret(const struct conf *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->section[i].n; k++)
			if (conf_is_secret(&c->section[i].entry[k]))
				return true;
	return false;
}
