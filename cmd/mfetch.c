/* mfetch: retrieve mail; see mfetch(1). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/check.h"
#include "app/diag.h"
#include "app/libraries.h"
#include "app/name.h"
#include "app/query_option.h"
#include "base/mem.h"
#include "host/clock.h"
#include "host/file.h"
#include "mfetch_watch.h"

#define LETTERS OPTION_COMMON "0def:m:nqs:S:t:AHijKwc:T:u:"

#define KEEP_MAX_DAYS 36500
#define DAY_SEC 86400

static const char usage[] =
    "usage: mfetch [-0AdeHijKnqvw] [-a account] [-c n] [-C config]\n"
    "              [-f folder] [-m max] [-o key=value] [-s size] [-S since]\n"
    "              [-t target] [-T seconds] [-u query] [name ...]\n"
    "       mfetch -h | -V\n";

static bool is_no(const struct mfetch *);
static int parse(struct mfetch *, int argc, char **argv);
static int take_option(struct mfetch *, int letter, const char *value);
static bool *flag_of(struct mfetch *, int letter);
static int take_number(struct mfetch *, int letter, const char *value,
    uint64_t *);
static bool size_value(struct span, uint64_t *);
static int take_since(struct mfetch *, const char *value);
static int take_target(struct mfetch *, const char *value);
static int check_options(struct mfetch *);
static int start_watch(struct mfetch *);
static int run(struct mfetch *, struct err *);
static int keep(struct mfetch *, const struct account *, struct source *,
    struct err *);

int
main(int argc, char **argv)
{
	struct watch watch = {.until_ms = WAIT_NEVER};
	struct mfetch m = {.tool = {"mfetch", usage, libraries_name},
	    .watch = &watch};
	struct err e = {0};
	int status;

	option_begin();
	option_dialer(&m.common, argv[0]);
	status = parse(&m, argc, argv);
	if (status == -1) {
		if (run(&m, &e) == -1) {
			if (!option_interrupted())
				diag_err(m.tool.name, NULL, &e);
			diag_status(&m.status, &e);
		}
		if (m.status == 0 && is_no(&m))
			m.status = ERR_NO;
		status = option_end(&m.tool, &m.output, m.status);
	}
	query_free(watch.wanted);
	free(m.folder);
	option_common_free(&m.common);
	return status;
}

int
mfetch_from(struct mfetch *m, const struct account *a, const struct url *u,
    const struct picked *picked, struct err *e)
{
	struct source src = {.account = a, .url = u, .picked = picked};
	struct buf maildir = {0}, path = {0};
	int status;

	if (m->check)
		return check_fetch(&(struct check){.output = &m->output,
		    .tool = m->tool.name, .is_json = m->json,
		    .is_quiet = m->quiet}, a, u,
		    m->common.verbose, e);
	if (m->target_kind == TARGET_STDOUT && u->uid != 0)
		return mfetch_url(m, &src, e);
	if (keep(m, a, &src, e) == -1 ||
	    log_open(&m->log, a, m->tool.name, e) == -1)
		return -1;
	if (m->target != NULL)
		file_expand(m->target, &maildir);
	else
		account_maildir(a, &maildir);
	name_path(buf_cstr(&maildir), &path);
	src.maildir = mem_str(buf_cstr(&path));
	m->source = &src;
	if (m->watch == NULL && !m->is_beside)
		progress_begin(&m->progress, m->tool.name, "messages");
	if (m->watch != NULL)
		status = mfetch_watch(m, &src, e);
	else
		status = u->scheme <= URL_IMAPS ? mfetch_imap(m, &src, e) :
		    mfetch_pop(m, &src, e);
	progress_end(&m->progress);
	m->source = NULL;
	log_close(&m->log);
	free(src.maildir);
	buf_free(&path);
	buf_free(&maildir);
	return status;
}

void
source_identity(const char *scheme, const struct server *s, struct buf *out)
{
	static const unsigned own[] = {143, 993, 110, 995};
	const char *host = s->host != NULL ? s->host : "";
	bool is_own = false;

	buf_fmt(out, "%s://%s@", scheme, s->user != NULL ? s->user : "");
	for (; *host != '\0'; host++)
		buf_char(out, ascii_lower(*host));
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		is_own = is_own || s->port == own[i];
	if (!is_own)
		buf_fmt(out, ":%u", s->port);
}

bool
source_is_flat(const struct source *src)
{
	const char *layout = account_get(src->account, "layout", CONF_FETCH);

	return layout != NULL && strcmp(layout, "maildir++") == 0;
}

/* What was asked for with -u or -e is not there. */
static bool
is_no(const struct mfetch *m)
{
	if (m->watch != NULL && m->watch->wanted != NULL)
		return !m->watch->is_found;
	return m->expect && m->fetched == 0 && !m->check;
}

/* -1 to go on, else the exit status. */
static int
parse(struct mfetch *m, int argc, char **argv)
{
	int letter, status = 0, took;

	while ((letter = getopt(argc, argv, LETTERS)) != -1) {
		took = option_common(&m->tool, letter, optarg, &m->common,
		    &status);
		if (took == -1)
			return status;
		if (took == 0) {
			status = take_option(m, letter, optarg);
			if (status != -1)
				return status;
		}
	}
	m->names.operand = argv + optind;
	m->names.nul = m->output.nul;
	status = check_options(m);
	return status != -1 ? status : start_watch(m);
}

static int
start_watch(struct mfetch *m)
{
	int status;

	if (m->watch->text == NULL && !m->is_watching) {
		m->watch = NULL;
		return m->seconds == 0 ? -1 :
		    option_usage(&m->tool, "-T needs -w or -u");
	}
	m->common.account.is_unattended = true;
	if (m->dry || m->check)
		return option_usage(&m->tool, "-%c does not go with %s",
		    m->dry ? 'n' : 'K', m->is_watching ? "-w" : "-u");
	if (m->watch->text != NULL && m->target_kind != TARGET_MAILDIR)
		return option_usage(&m->tool, "-u fetches into a Maildir");
	if (m->seconds > 0)
		m->watch->until_ms = clock_mono_ms() +
		    (int64_t)m->seconds * 1000;
	if (m->watch->text == NULL)
		return -1;
	status = query_option(m->tool.name, m->watch->text, clock_here(),
	    &m->watch->wanted);
	return status == 0 ? -1 : status;
}

static int
check_options(struct mfetch *m)
{
	bool has_operands = *m->names.operand != NULL;

	if (m->delete && (m->dry || m->headers))
		return option_usage(&m->tool, "-d does not go with -%c",
		    m->dry ? 'n' : 'H');
	if (m->target_kind == TARGET_STDOUT && (m->delete || m->dry))
		return option_usage(&m->tool, "-%c does not go with -t -",
		    m->delete ? 'd' : 'n');
	if (m->names.from_stdin && has_operands)
		return option_usage(&m->tool, "-i does not go with operands");
	if (m->all && m->common.n_accounts > 0)
		return option_usage(&m->tool, "-A does not go with -a");
	if ((m->all || m->common.n_accounts > 1) &&
	    (has_operands || m->names.from_stdin))
		return option_usage(&m->tool,
		    "several accounts do not go with names");
	return -1;
}

static int
take_option(struct mfetch *m, int letter, const char *value)
{
	bool *flag = flag_of(m, letter);

	if (flag != NULL) {
		*flag = true;
		return -1;
	}
	switch (letter) {
	case 'c':
		return take_number(m, letter, value, &m->jobs);
	case 'T':
		return take_number(m, letter, value, &m->seconds);
	case 'u':
		m->watch->text = value;
		return -1;
	case 'f':
		m->folder = mem_grow(m->folder, &m->folder_cap,
		    m->n_folders + 1, sizeof *m->folder);
		m->folder[m->n_folders++] = value;
		return strchr(value, '\n') == NULL ? -1 :
		    option_usage(&m->tool, "-f: a line end in a folder");
	case 'm':
		return take_number(m, letter, value, &m->newest);
	case 's':
		return take_number(m, letter, value, &m->size_max);
	case 'S':
		return take_since(m, value);
	default:
		return take_target(m, value);
	}
}

/* What a letter without a value sets; NULL: it has one. */
static bool *
flag_of(struct mfetch *m, int letter)
{
	switch (letter) {
	case '0':
		return &m->output.nul;
	case 'd':
		return &m->delete;
	case 'A':
		return &m->all;
	case 'e':
		return &m->expect;
	case 'H':
		return &m->headers;
	case 'i':
		return &m->names.from_stdin;
	case 'j':
		return &m->json;
	case 'K':
		return &m->check;
	case 'n':
		return &m->dry;
	case 'q':
		return &m->quiet;
	case 'w':
		return &m->is_watching;
	}
	return NULL;
}

static int
take_number(struct mfetch *m, int letter, const char *value, uint64_t *out)
{
	bool is_good = letter == 's' ? size_value(span_of(value), out) :
	    span_num(span_of(value), UINT32_MAX, out);

	if (is_good && *out > 0)
		return -1;
	return option_usage(&m->tool, "-%c: not a number from 1: %s", letter,
	    value);
}

/* Bytes, or with k, M or G. */
static bool
size_value(struct span s, uint64_t *out)
{
	static const char units[] = "kMG";
	unsigned shift = 0;

	for (unsigned i = 0; i < 3 && s.n > 0; i++)
		if (ascii_lower(s.p[s.n - 1]) == ascii_lower(units[i]))
			shift = 10 * (i + 1);
	if (!span_num(shift == 0 ? s : span_sub(s, 0, s.n - 1), UINT32_MAX,
		out))
		return false;
	*out <<= shift;
	return true;
}

static int
take_since(struct mfetch *m, const char *value)
{
	struct date_here here = clock_here();
	int64_t until;

	m->has_since = date_range(span_of(value), &here, &m->since, &until);
	return m->has_since ? -1 :
	    option_usage(&m->tool, "-S: not a date: %s", value);
}

static int
take_target(struct mfetch *m, const char *value)
{
	static const struct {
		const char *prefix;
		enum target_kind kind;
	} kinds[] = {{"maildir:", TARGET_MAILDIR}, {"mbox:", TARGET_MBOX},
	    {"pipe:", TARGET_PIPE}};
	size_t n = 0;

	m->target = value;
	m->target_kind = strcmp(value, "-") == 0 ? TARGET_STDOUT :
	    TARGET_MAILDIR;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		n = strlen(kinds[i].prefix);
		if (strncmp(value, kinds[i].prefix, n) != 0)
			continue;
		m->target_kind = kinds[i].kind;
		m->target = value + n;
	}
	return m->target[0] != '\0' ? -1 :
	    option_usage(&m->tool, "-t: nothing to fetch into");
}

static int
run(struct mfetch *m, struct err *e)
{
	struct account_options *o = &m->common.account;
	struct config *config;
	int status;

	/* no account is the one of -a then, nor is SATCHEL_PASSWORD its */
	m->has_several = m->all || m->common.n_accounts > 1;
	if (m->has_several)
		o->account = NULL;
	if (config_open(o, &config, e) == -1)
		return -1;
	if (m->watch == NULL &&
	    (m->names.from_stdin || *m->names.operand != NULL))
		status = mfetch_names(m, config, e);
	else
		status = mfetch_accounts(m, config, e);
	config_close(config);
	return status;
}

/* When what was fetched goes from the server: -d, keep = no, or days. */
static int
keep(struct mfetch *m, const struct account *a, struct source *src,
    struct err *e)
{
	const char *v = account_get(a, "keep", CONF_FETCH);
	struct span s = span_of(v == NULL ? "yes" : v);
	bool is_stateless = m->target_kind == TARGET_STDOUT || m->headers;
	uint64_t days = 0;

	if (!span_is(s, "yes") && !span_is(s, "no") &&
	    !span_num(s, KEEP_MAX_DAYS, &days))
		return err_set(e, ERR_CONFIG,
		    "keep is yes, no, or a number of days: %s", v);
	src->delete = (m->delete || !span_is(s, "yes")) && !m->dry &&
	    !is_stateless;
	src->keep_sec = m->delete ? 0 : (int64_t)days * DAY_SEC;
	return 0;
}
