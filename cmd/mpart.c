/* mpart: the parts of a message; see mpart(1). */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diag.h"
#include "app/sandbox.h"
#include "mpart.h"

static const struct tool tool = {
    .name = MPART_NAME,
    .usage =
	"usage: mpart [-0eijltu] [-H names] [-p index [-b | -r]] "
	"[message ...]\n"
	"       mpart -x [-0eiu] [-d dir] [-m type] [message ...]\n"
	"       mpart -h | -V\n",
    .describe = sandbox_describe,
};

static int take_options(struct mpart *, int argc, char **argv, int *status);
static int take_letter(struct mpart *, int letter, int *status);
static int set_mode(struct mpart *, enum mpart_mode, int *status);
static int check_options(struct mpart *, bool has_operands, int *status);
static int prepare(struct mpart *, const char *self, struct err *);
static int open_config(struct mpart *, struct err *);
static int enter_sandbox(const struct mpart *, struct err *);
static void run_all(struct mpart *, bool has_operands);
static void one(struct mpart *, const struct mpart_name *);
static void one_on_server(struct mpart *, const char *url, bool is_asked);
static const char *last_of(const char *section);
static void one_of(struct mpart *, const char *name);
static bool each(struct mpart *, const char *name, struct span mbox);
static void one_in(struct mpart *, const char *name,
    const struct mboxrd_message *);
static void read_one(struct mpart *, const char *name, struct span);
static int show(struct mpart *, const struct mpart_message *, struct err *);
static void failed(struct mpart *, const char *name, const struct err *);

int
main(int argc, char **argv)
{
	struct mpart p = {.dir = ".", .dir_fd = -1, .server = -1,
	    .cut.tool = MPART_NAME, .ahead.more = 1};
	struct err e = {0};
	int status = 0;

	option_begin();
	cut_catch(&p.cut);
	if (take_options(&p, argc, argv, &status) == -1) {
		option_common_free(&p.common);
		return status;
	}
	if (prepare(&p, argv[0], &e) == -1 || enter_sandbox(&p, &e) == -1)
		failed(&p, NULL, &e);
	else
		run_all(&p, *p.names.operand != NULL);
	if (p.status == 0 && p.is_test && !p.has_shown)
		p.status = ERR_NO;
	status = option_end(&tool, &p.out, p.status);
	mpart_url_end(&p);
	mpart_ahead_free(&p.ahead);
	mpart_save_end(&p);
	mbox_close(&p.mbox);
	if (p.dir_fd != -1)
		close(p.dir_fd);
	config_close(p.config);
	buf_free(&p.names.held);
	option_common_free(&p.common);
	return status;
}

bool
mpart_is_file(const char *name)
{
	struct buf path = {0};
	struct stat st;
	size_t offset;
	bool is_other;

	if (span_chr(span_of(name), '@') != 0 && mpart_url_is(name))
		return false;
	if (stat(name, &st) == 0)
		return true;
	is_other = mpart_url_is(name) || strstr(name, "://") != NULL ||
	    mbox_name(name, &path, &offset);
	buf_free(&path);
	return !is_other;
}

static int
take_options(struct mpart *p, int argc, char **argv, int *status)
{
	int letter, common;

	p->mode = MPART_LIST;
	while ((letter = getopt(argc, argv,
		    OPTION_COMMON "0bd:eH:ijlm:p:rtux")) != -1) {
		common = option_common(&tool, letter, optarg, &p->common,
		    status);
		if (common == -1)
			return -1;
		if (common == 0 && take_letter(p, letter, status) == -1)
			return -1;
	}
	p->names.operand = argv + optind;
	return check_options(p, optind < argc, status);
}

static int
take_letter(struct mpart *p, int letter, int *status)
{
	switch (letter) {
	case '0':
		p->names.nul = p->out.nul = true;
		break;
	case 'b':
		p->is_bytes = true;
		break;
	case 'd':
		p->dir = optarg;
		break;
	case 'e':
		p->is_test = true;
		break;
	case 'H':
		p->fields = optarg;
		return set_mode(p, MPART_FIELDS, status);
	case 'i':
		p->names.from_stdin = true;
		p->names.output = &p->out;
		break;
	case 'j':
		return set_mode(p, MPART_JSON, status);
	case 'l':
		return set_mode(p, MPART_LIST, status);
	case 'm':
		p->type = optarg;
		break;
	case 'p':
		p->section = optarg;
		return set_mode(p, MPART_PART, status);
	case 'r':
		p->is_raw = true;
		break;
	case 't':
		return set_mode(p, MPART_READ, status);
	case 'u':
		p->is_uu = true;
		break;
	case 'x':
		return set_mode(p, MPART_SAVE, status);
	}
	return 0;
}

static int
set_mode(struct mpart *p, enum mpart_mode mode, int *status)
{
	if (p->mode != MPART_LIST && p->mode != mode) {
		*status = option_usage(&tool,
		    "-H, -j, -p, -t and -x do not go together");
		return -1;
	}
	p->mode = mode;
	return 0;
}

static int
check_options(struct mpart *p, bool has_operands, int *status)
{
	const char *why = NULL;

	if ((p->is_bytes || p->is_raw) && p->mode != MPART_PART)
		why = "-b and -r need -p";
	else if (p->mode == MPART_PART &&
	    !mime_is_section(span_of(p->section)))
		why = "-p needs an index: 1, 2.1, HEADER, 2.TEXT, 1.MIME";
	else if (p->is_bytes && p->is_raw)
		why = "-b and -r do not go together";
	else if (p->mode != MPART_SAVE && p->type != NULL)
		why = "-m needs -x";
	else if (p->mode != MPART_SAVE && strcmp(p->dir, ".") != 0)
		why = "-d needs -x";
	else if (p->names.from_stdin && has_operands)
		why = "-i reads the names from standard input";
	if (why == NULL)
		return 0;
	*status = option_usage(&tool, "%s", why);
	return -1;
}

static int
prepare(struct mpart *p, const char *self, struct err *e)
{
	if (mpart_url_start(p, self, e) == -1)
		return -1;
	if ((p->mode == MPART_READ || account_is_given(&p->common.account)) &&
	    open_config(p, e) == -1)
		return -1;
	if (p->mode != MPART_SAVE)
		return 0;
	p->dir_fd = file_open_dir(p->dir, e);
	return p->dir_fd == -1 ? -1 : 0;
}

static int
open_config(struct mpart *p, struct err *e)
{
	struct account *account;

	if (config_open(&p->common.account, &p->config, e) == -1 ||
	    account_find(p->config, NULL, &account, e) == -1)
		return -1;
	p->html = account_get(account, "html-command", CONF_BOTH);
	return 0;
}

static int
enter_sandbox(const struct mpart *p, struct err *e)
{
	const char *const dirs[] = {p->dir, NULL};
	struct sandbox sandbox = {
	    .write_dirs = p->mode == MPART_SAVE ? dirs : NULL,
	    .may_exec = p->mode == MPART_READ && p->html != NULL};

	return sandbox_enter(&sandbox, e);
}

static void
run_all(struct mpart *p, bool has_operands)
{
	struct mpart_name name = {0};
	struct err e = {0};
	int more;

	if (!has_operands && !p->names.from_stdin) {
		one(p, &name);
		return;
	}
	while (!option_interrupted() && !p->out.is_closed_pipe &&
	    (more = mpart_ahead(p, &name, &e)) != 0) {
		if (more == -1) {
			failed(p, NULL, &e);
			return;
		}
		one(p, &name);
		free(name.text);
	}
}

/* A message, or all that an mbox holds; NULL is standard input. */
static void
one(struct mpart *p, const struct mpart_name *n)
{
	static const char stdin_name[] = "standard input";
	const char *name = n->text;
	struct file_map file;
	struct err e = {0};
	int status;

	if (name != NULL && !n->is_file) {
		if (mpart_url_is(name))
			one_on_server(p, name, n->is_asked);
		else
			one_of(p, name);
		return;
	}
	if (name == NULL)
		status = file_map_fd(STDIN_FILENO, stdin_name, &file, &e);
	else
		status = file_map(AT_FDCWD, name, &file, &e);
	if (status == -1) {
		failed(p, NULL, &e);
		return;
	}
	if (name == NULL)
		read_one(p, stdin_name, file.bytes);
	else if (!mbox_holds(name, file.bytes) || !each(p, name, file.bytes))
		read_one(p, name, file.bytes);
	file_unmap(&file);
}

static void
one_on_server(struct mpart *p, const char *url, bool is_asked)
{
	struct buf bytes = {0};
	struct err e = {0};
	const char *section = mpart_url_section(p, url), *asked = p->section;
	int told = 0, status = is_asked ? 0 : mpart_url_ask(p, url, &e);

	if (status == 0)
		status = mpart_url_read(p, url, &bytes, &told, &e);
	/* a part that comes alone is the message that is read */
	if (section != NULL)
		p->section = last_of(section);
	if (status == 0 && told == 0)
		read_one(p, url, buf_view(&bytes));
	else if (status == 0)
		diag_status(&p->status, &(struct err){.kind = told});
	else if (!option_interrupted())
		failed(p, url, &e);
	p->section = asked;
	buf_free(&bytes);
}

/* What the section is in itself. */
static const char *
last_of(const char *section)
{
	struct span s = span_of(section);

	if (s.n >= 4 && span_iis(span_from(s, s.n - 4), "TEXT"))
		return "TEXT";
	return ascii_digit(s.p[s.n - 1]) ? "0" : "HEADER";
}

/* A name that is no file's, nor a server's. */
static void
one_of(struct mpart *p, const char *name)
{
	struct mboxrd_message message;
	struct err e = {0};

	if (strstr(name, "://") != NULL)
		err_set(&e, ERR_NOINPUT, "%s: no such file, and no IMAP URL",
		    name);
	else if (mbox_find(&p->mbox, name, &message, &e) == 0)
		one_in(p, name, &message);
	if (e.kind != ERR_NONE)
		failed(p, NULL, &e);
}

/*
 * False where the mbox holds one message only: it may be no mbox, but a
 * message that was delivered with a From_ line, and is read as it is.
 */
static bool
each(struct mpart *p, const char *name, struct span mbox)
{
	struct mboxrd_message message;
	struct buf called = {0};
	struct mboxrd it;

	mboxrd_each(mbox, 0, &it);
	mboxrd_next(&it, &message);
	if (it.at == mbox.n)
		return false;
	do {
		buf_cut(&called, 0);
		buf_fmt(&called, "%s#%zu", name, message.offset);
		one_in(p, buf_cstr(&called), &message);
	} while (!option_interrupted() && !p->out.is_closed_pipe &&
	    mboxrd_next(&it, &message) == 1);
	buf_free(&called);
	return true;
}

static void
one_in(struct mpart *p, const char *name, const struct mboxrd_message *message)
{
	struct buf own = {0};

	read_one(p, name, mboxrd_content(message, &own));
	buf_free(&own);
}

static void
read_one(struct mpart *p, const char *name, struct span bytes)
{
	struct mpart_message message = {.name = name};
	struct err e = {0};
	int status;

	status = p->is_uu ? mime_parse_uu(bytes, &message.mime, &e)
			  : mime_parse(bytes, &message.mime, &e);
	/* a text alone is the body of a message without a header */
	if (status == 0 && message.mime.v[0].body.p == bytes.p &&
	    (bytes.n == 0 || span_chr(bytes, '\0') != SPAN_NONE))
		status = err_set(&e, ERR_DATA,
		    "not a message: no header field at its start, and no text");
	if (status == 0)
		status = show(p, &message, &e);
	/* the others name the file that could not be written */
	if (status == -1)
		failed(p, e.kind == ERR_DATA || e.kind == ERR_NOINPUT
			? message.name
			: NULL, &e);
	mime_free(&message.mime);
}

static int
show(struct mpart *p, const struct mpart_message *message, struct err *e)
{
	switch (p->mode) {
	case MPART_JSON:
		return mpart_json(p, message, e);
	case MPART_READ:
		return mpart_read(p, message, e);
	case MPART_PART:
		return mpart_part(p, message, e);
	case MPART_FIELDS:
		return mpart_fields(p, message, e);
	case MPART_SAVE:
		return mpart_save(p, message, e);
	default:
		return mpart_list(p, message, e);
	}
}

static void
failed(struct mpart *p, const char *name, const struct err *e)
{
	/* what a signal or a reader that left broke off is no fault */
	if (!option_interrupted() && !p->out.is_closed_pipe)
		diag_err(MPART_NAME, name, e);
	diag_status(&p->status, e);
}
