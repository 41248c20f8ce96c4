#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "app/account.h"
#include "app/cut.h"
#include "app/diag.h"
#include "app/libraries.h"
#include "app/query_option.h"
#include "app/name.h"
#include "host/clock.h"
#include "mlist.h"

static const struct tool tool = {MLIST_NAME,
    "usage: mlist [-0ceFiIjlrRtTUvw] [-a account] [-C config] [-f format]\n"
    "             [-m max] [-o key=value] [-q query] [-s key]\n"
    "             [folder | message ...]\n"
    "       mlist -h | -V\n",
    libraries_name};

static int take_option(struct mlist *, int letter, const char *argument);
static bool *flag_of(struct mlist *, int letter);
static int take_max(struct mlist *, const char *);
static int take_sort(struct mlist *, const char *);
static int take_format(struct mlist *, const char *);
static int take_query(struct mlist *, const char *);
static bool is_alone(const struct mlist *);
static int check_options(const struct mlist *);
static bool is_of_folders(const struct mlist *);
static bool is_of_watch(const struct mlist *);
static int check_given(struct mlist *);
static size_t terminal_columns(void);
static int work(struct mlist *, struct err *);
static int list_inbox(struct mlist *, struct err *);
static int finish(struct mlist *);
static void release(struct mlist *);

int
main(int argc, char **argv)
{
	static const struct cut cut = {.tool = MLIST_NAME};
	struct mlist m = {.max = SPAN_NONE, .columns = SPAN_NONE};
	struct err e = {0};
	int letter, status = 0, more;

	option_begin();
	option_dialer(&m.common, argv[0]);
	cut_catch(&cut);
	m.now = clock_here();
	while ((letter = getopt(argc, argv, OPTION_COMMON
		"0cef:FiIjlm:q:rRs:tTUw")) != -1) {
		more = option_common(&tool, letter, optarg, &m.common,
		    &status);
		if (more == 0)
			status = take_option(&m, letter, optarg);
		if (more == -1 || status != 0) {
			status = option_end(&tool, &m.out, status);
			release(&m);
			return status;
		}
	}
	m.names.operand = argv + optind;
	m.names.nul = m.out.nul;
	m.names.output = &m.out;
	status = check_options(&m);
	if (status == 0)
		status = check_given(&m);
	if (status != 0) {
		release(&m);
		return status;
	}
	m.is_alone = is_alone(&m);
	m.output_needs = mlist_output_needs(&m);
	m.needs = m.output_needs |
	    (m.query == NULL ? 0 : query_needs(m.query));
	m.has_attachments = m.style == MLIST_JSON && !m.is_count &&
	    (m.needs & QUERY_FILES) != 0;
	m.columns = m.style == MLIST_LONG ? terminal_columns() : SPAN_NONE;
	if (work(&m, &e) == -1)
		mlist_fail(&m, &e);
	return finish(&m);
}

int
mlist_config(struct mlist *m, struct err *e)
{
	if (m->config != NULL)
		return 0;
	return config_open(&m->common.account, &m->config, e);
}

void
mlist_fail(struct mlist *m, const struct err *e)
{
	progress_hide(&m->progress);
	/*
	 * What standard output did not take was told; what a signal broke off
	 * is no fault.
	 */
	if (!m->is_broken && !option_interrupted())
		diag_err(MLIST_NAME, NULL, e);
	diag_status(&m->status, e);
}

void
mlist_break(struct mlist *m, const struct err *e)
{
	progress_hide(&m->progress);
	/* nobody there to read is no fault either */
	if (!m->is_broken && !m->out.is_closed_pipe)
		diag_err(MLIST_NAME, NULL, e);
	m->is_broken = true;
}

void
mlist_now(struct mlist *m)
{
	m->now = clock_here();
	query_now(m->query, m->now);
}

bool
mlist_is_done(const struct mlist *m)
{
	bool is_streamed = m->sort == MLIST_UNSORTED && !m->is_reverse &&
	    m->thread == NULL;

	return m->is_broken || option_interrupted() ||
	    (is_streamed && m->matched >= m->max);
}

unsigned
mlist_output_needs(const struct mlist *m)
{
	unsigned n = 0;

	if (m->sort == MLIST_SIZE)
		n |= QUERY_SIZE;
	else if (m->sort == MLIST_ARRIVAL)
		n |= QUERY_ARRIVAL;
	else if (m->sort != MLIST_UNSORTED)
		n |= QUERY_HEADER | QUERY_ARRIVAL;
	if (mlist_needs_threads(m))
		n |= QUERY_HEADER | QUERY_ARRIVAL;
	if (m->is_count || m->style == MLIST_NAMES)
		return n;
	if (m->style == MLIST_FORMAT && format_uses(&m->format, "{"))
		n |= QUERY_HEADER | QUERY_FIELDS;
	if (m->style == MLIST_FORMAT && !format_uses(&m->format, "S"))
		return format_uses(&m->format, "idafAts")
		    ? n | QUERY_HEADER | QUERY_ARRIVAL : n;
	if (m->style == MLIST_LONG)
		return n | QUERY_HEADER | QUERY_ARRIVAL;
	return n | QUERY_HEADER | QUERY_ARRIVAL | QUERY_SIZE;
}

/* A configuration that cannot be read says no; others tell what is wrong. */
bool
mlist_is_indexing(struct mlist *m)
{
	struct account *account;
	struct err e;

	if (m->is_indexing || m->is_account_asked)
		return m->is_indexing;
	m->is_account_asked = true;
	if (mlist_config(m, &e) == 0 &&
	    account_find(m->config, NULL, &account, &e) == 0)
		m->is_indexing = account_yes(account, "index-body", CONF_BOTH);
	return m->is_indexing;
}

/* The tool's own letters; a status other than 0 ends it. */
static int
take_option(struct mlist *m, int letter, const char *argument)
{
	bool *flag = flag_of(m, letter);

	if (flag != NULL) {
		*flag = true;
		return 0;
	}
	switch (letter) {
	case 'f':
		return take_format(m, argument);
	case 'j':
		m->style = MLIST_JSON;
		return 0;
	case 'l':
		m->style = MLIST_LONG;
		return 0;
	case 'm':
		return take_max(m, argument);
	case 'q':
		return take_query(m, argument);
	default:
		return take_sort(m, argument);
	}
}

/* What a letter alone sets; NULL: there is more to it. */
static bool *
flag_of(struct mlist *m, int letter)
{
	switch (letter) {
	case '0':
		return &m->out.nul;
	case 'c':
		return &m->is_count;
	case 'e':
		return &m->is_test;
	case 'F':
		return &m->is_folders;
	case 'i':
		return &m->names.from_stdin;
	case 'I':
		return &m->is_indexing;
	case 'r':
		return &m->is_reverse;
	case 'R':
		return &m->is_deep;
	case 't':
		return &m->is_whole;
	case 'T':
		return &m->is_threaded;
	case 'U':
		return &m->is_without_index;
	case 'w':
		return &m->is_watching;
	}
	return NULL;
}

static int
take_max(struct mlist *m, const char *argument)
{
	uint64_t n;

	if (!span_num(span_of(argument), SIZE_MAX - 1, &n))
		return option_usage(&tool, "-m wants a number");
	m->max = (size_t)n;
	return 0;
}

static int
take_sort(struct mlist *m, const char *argument)
{
	static const char *const keys[] = {"", "date", "arrival", "from",
	    "subject", "size"};

	for (int i = MLIST_DATE; i <= MLIST_SIZE; i++) {
		if (strcmp(argument, keys[i]) == 0) {
			m->sort = (enum mlist_sort)i;
			return 0;
		}
	}
	return option_usage(&tool,
	    "-s wants date, arrival, from, subject or size");
}

static int
take_format(struct mlist *m, const char *argument)
{
	struct err e = {0};

	format_free(&m->format);
	m->style = MLIST_FORMAT;
	if (format_parse(span_of(argument), &m->format, &e) == 0)
		return 0;
	diag_err(MLIST_NAME, "-f", &e);
	return ERR_USAGE;
}

static int
take_query(struct mlist *m, const char *argument)
{
	query_free(m->query);
	return query_option(MLIST_NAME, argument, m->now, &m->query);
}

/* What does not go together: 0, or the exit status. */
static int
check_options(const struct mlist *m)
{
	char **operand = m->names.operand;

	if (m->names.from_stdin && operand[0] != NULL)
		return option_usage(&tool, "-i takes no operands");
	if (m->is_folders && !is_of_folders(m))
		return option_usage(&tool,
		    "-F goes with -0, -c, -e, -i, -j, -l, -m and -R alone");
	if (m->is_watching && !is_of_watch(m))
		return option_usage(&tool,
		    "-w does not go with -c, -F, -i, -r, -s, -t, -T, "
		    "%%T and %%D");
	for (size_t i = 0; m->is_watching && operand[i] != NULL; i++)
		if (name_is_remote(span_of(operand[i])) &&
		    (i > 0 || operand[1] != NULL))
			return option_usage(&tool, "-w watches one folder on "
			    "a server, or Maildirs");
	return 0;
}

/* The operands are taken one by one later. */
static bool
is_alone(const struct mlist *m)
{
	char **operand = m->names.operand;

	return !m->is_deep && !m->names.from_stdin &&
	    (operand[0] == NULL || operand[1] == NULL);
}

static bool
is_of_folders(const struct mlist *m)
{
	return m->style != MLIST_FORMAT && m->query == NULL &&
	    m->sort == MLIST_UNSORTED && !m->is_reverse && !m->is_threaded &&
	    !m->is_whole;
}

static bool
is_of_watch(const struct mlist *m)
{
	return m->sort == MLIST_UNSORTED && !m->is_reverse && !m->is_count &&
	    !m->is_folders && !m->names.from_stdin &&
	    !mlist_needs_threads(m) && !m->is_threaded;
}

/* What the common options say, also where nothing will ask for it. */
static int
check_given(struct mlist *m)
{
	struct account *account;
	struct err e;

	if (account_is_given(&m->common.account) &&
	    (mlist_config(m, &e) == -1 ||
		account_find(m->config, NULL, &account, &e) == -1))
		mlist_fail(m, &e);
	return m->status;
}

static size_t
terminal_columns(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) == 0 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return SPAN_NONE;
	return size.ws_col;
}

static int
work(struct mlist *m, struct err *e)
{
	m->is_on_terminal = isatty(STDOUT_FILENO) == 1;
	/* who gives names may take his time, and tells of it himself */
	if (!m->is_watching && !m->names.from_stdin)
		progress_begin(&m->progress, MLIST_NAME, "messages");
	if (mlist_needs_threads(m) && mlist_thread_start(m, e) == -1)
		return -1;
	if (m->is_watching && mlist_watch_start(m, e) == -1)
		return -1;
	if (m->names.from_stdin || m->names.operand[0] != NULL)
		mlist_operands(m);
	else if (list_inbox(m, e) == -1)
		return -1;
	return m->is_watching ? mlist_watch(m, e) : 0;
}

static int
list_inbox(struct mlist *m, struct err *e)
{
	struct account *account;
	struct buf path = {0}, name = {0};
	struct stat st;
	int status;

	if (mlist_config(m, e) == -1 ||
	    account_find(m->config, NULL, &account, e) == -1)
		return -1;
	account_maildir(account, &path);
	name_path(buf_cstr(&path), &name);
	if (stat(buf_cstr(&path), &st) == -1 && errno == ENOENT)
		status = err_set(e, ERR_NOINPUT, "no folder is named, and "
		    "there is no %s: mfetch makes it, see satchel(5)",
		    buf_cstr(&path));
	else
		status = mlist_folder(m, buf_cstr(&name), e);
	buf_free(&name);
	buf_free(&path);
	return status;
}

static int
finish(struct mlist *m)
{
	struct err e = {0};

	progress_end(&m->progress);
	if (!m->is_broken && !option_interrupted() &&
	    mlist_take_end(m, &e) == -1)
		mlist_fail(m, &e);
	if (m->status == 0 && m->is_test && (m->matched == 0 || m->max == 0))
		m->status = ERR_NO;
	mlist_watch_free(m);
	mlist_remote_close(m);
	m->status = option_end(&tool, &m->out, m->status);
	release(m);
	return m->status;
}

static void
release(struct mlist *m)
{
	format_free(&m->format);
	query_free(m->query);
	mlist_reader_free(&m->reader);
	mbox_close(&m->mbox);
	mlist_rows_free(&m->rows);
	mlist_thread_free(m);
	buf_free(&m->names.held);
	config_close(m->config);
	option_common_free(&m->common);
}
