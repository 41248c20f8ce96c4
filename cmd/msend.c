#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cut.h"
#include "app/diag.h"
#include "app/libraries.h"
#include "base/mem.h"
#include "msend.h"

static const char usage[] =
    "usage: msend [-gNnQRv] [-f from] [-s subject] [-c cc] [-b bcc]\n"
    "             [-H 'Name: value'] [-A file] [-e file] [-I file] [-M type]\n"
    "             [-k key] [-r message] [-F message] [to ...] < body\n"
    "       msend -t [-iNnQRv] [-f from] [to ...] < message\n"
    "       msend -m [-0NQRv] [-f from] [message ...]\n"
    "       msend -q [id]\n"
    "       msend -p [-j]\n"
    "       msend -d id\n"
    "       msend -K [-f from]\n"
    "       each with [-a account] [-C config] [-o key=value]; msend -h | -V\n";

static int take_options(struct msend *, int, char **);
static int take_option(struct msend *, int letter, const char *);
static void take_flag(struct msend *, int letter);
static int add_addresses(struct addr_list *, const char *);
static int add_field(struct msend *, const char *);
static int add_own_field(struct msend *, const char *, bool *is_own);
static void add_part(struct msend *, int letter, const char *);
static int refuse_mixture(const struct msend *, char mode);
static int refuse_many(const struct msend *, char mode);
static int work(struct msend *, char mode, char **operand);
static void work_queue(struct msend *, char mode, const char *id);
static void show(struct msend *, struct compose *);
static int put_output(void *, struct span, struct err *);
static int next_new(void *, struct outgoing **, struct err *);
static void free_all(struct msend *);
static void name_libraries(struct buf *);

const struct tool msend_tool = {"msend", usage, name_libraries};

int
main(int argc, char **argv)
{
	struct msend m = {.self = argv[0]};
	const struct cut cut = {.tool = msend_tool.name};
	int status;

	option_begin();
	option_dialer(&m.common, argv[0]);
	cut_catch(&cut);
	status = take_options(&m, argc, argv);
	if (status == -1)
		status = m.status;
	free_all(&m);
	if (m.has_ended)
		return status;
	return option_end(&msend_tool, &m.out, status);
}

/* The exit status, or -1 where it is in m already. */
static int
take_options(struct msend *m, int argc, char **argv)
{
	const char *id = NULL;
	char mode = 's';
	int letter, got, status = 0;

	if (sendmail_is(argv[0])) {
		status = sendmail_options(m, argv, &mode);
		return status != 0 ? status : work(m, mode, argv);
	}
	while ((letter = getopt(argc, argv, OPTION_COMMON
	    "f:s:c:b:H:A:tinNQRqpd:Kk:e:I:r:gF:M:mj0")) != -1) {
		got = option_common(&msend_tool, letter, optarg, &m->common,
		    &status);
		if (got == -1) {
			m->has_ended = true;
			return status;
		}
		if (got == 1)
			continue;
		if (strchr("Kdmpq", letter) != NULL)
			mode = (char)letter;
		if (letter == 'd')
			id = optarg;
		else if (take_option(m, letter, optarg) == -1)
			return m->status;
	}
	argv += optind;
	if (mode == 'd' && argv[0] != NULL)
		return option_usage(&msend_tool, "-d takes one id");
	return work(m, mode, mode == 'd' ? (char *[]){(char *)id, NULL} :
	    argv);
}

static int
take_option(struct msend *m, int letter, const char *arg)
{
	switch (letter) {
	case 'f':
		m->from = arg;
		break;
	case 's':
		m->subject = arg;
		break;
	case 'c':
		m->status = add_addresses(&m->cc, arg);
		break;
	case 'b':
		m->status = add_addresses(&m->bcc, arg);
		break;
	case 'H':
		m->status = add_field(m, arg);
		break;
	case 'A':
	case 'e':
	case 'F':
	case 'I':
		add_part(m, letter, arg);
		break;
	case 'M':
		m->type = arg;
		break;
	case 'r':
		m->answered = arg;
		break;
	case 'k':
		m->key = arg;
		break;
	default:
		take_flag(m, letter);
	}
	return m->status == 0 ? 0 : -1;
}

/* Those without an argument; a mode's letter has been looked at. */
static void
take_flag(struct msend *m, int letter)
{
	switch (letter) {
	case 'g':
		m->is_to_all = true;
		break;
	case 't':
		m->is_ready = true;
		break;
	case 'n':
		m->is_dry = true;
		break;
	case 'N':
		m->is_never_queued = true;
		break;
	case 'Q':
		m->is_queue_only = true;
		break;
	case 'R':
		m->is_told = true;
		break;
	case 'j':
		m->is_json = true;
		break;
	case '0':
		m->is_nul = true;
		break;
	}
}

static int
add_addresses(struct addr_list *list, const char *arg)
{
	struct err e;

	if (addr_parse_strict(span_of(arg), list, &e) == 0)
		return 0;
	diag_err(msend_tool.name, NULL, &e);
	return (int)e.kind;
}

static int
add_field(struct msend *m, const char *arg)
{
	struct err e;
	bool is_own;
	int status = add_own_field(m, arg, &is_own);

	if (is_own)
		return status;
	m->field = mem_grow(m->field, &m->field_cap, m->fields + 1,
	    sizeof *m->field);
	if (build_field(arg, &m->field[m->fields], &e) == -1) {
		diag_err(msend_tool.name, NULL, &e);
		return (int)e.kind;
	}
	for (size_t i = 0; i < m->fields; i++)
		if (build_is_single(m->field[i].name) && span_ieq(
		    m->field[i].name, m->field[m->fields].name))
			return option_usage(&msend_tool,
			    "%s: there can be only one such field", arg);
	m->fields++;
	return 0;
}

/* What has an option of its own is the same as that. */
static int
add_own_field(struct msend *m, const char *arg, bool *is_own)
{
	struct span value = span_of(arg), name;
	const char *text;

	*is_own = true;
	span_cut(&value, ':', &name);
	text = value.p == NULL ? "" : arg + name.n + 1;
	text += strspn(text, " \t");
	if (span_iis(name, "To"))
		return add_addresses(&m->to, text);
	if (span_iis(name, "Cc"))
		return add_addresses(&m->cc, text);
	if (span_iis(name, "Bcc"))
		return add_addresses(&m->bcc, text);
	if (span_iis(name, "Subject"))
		m->subject = text;
	else if (span_iis(name, "From"))
		m->header_from = text;
	else
		*is_own = false;
	return 0;
}

static void
add_part(struct msend *m, int letter, const char *arg)
{
	m->part = mem_grow(m->part, &m->part_cap, m->parts + 1,
	    sizeof *m->part);
	m->part[m->parts++] = (struct msend_part){.arg = arg,
	    .role = letter == 'e' ? BUILD_ALTERNATIVE :
		letter == 'I' ? BUILD_INLINE : BUILD_ATTACHED,
	    .is_forwarded = letter == 'F'};
}

/* 0, or the status of a call that says two things. */
static int
refuse_mixture(const struct msend *m, char mode)
{
	if (m->is_ready && (m->subject != NULL || m->cc.n > 0 ||
	    m->bcc.n > 0 || m->fields > 0 || m->header_from != NULL ||
	    m->parts > 0 || m->type != NULL || m->answered != NULL))
		return option_usage(&msend_tool, "-t takes a ready message: "
		    "nothing that makes one goes with it");
	if (m->is_to_all && m->answered == NULL)
		return option_usage(&msend_tool, "-g needs -r");
	if (m->is_never_queued && m->is_queue_only)
		return option_usage(&msend_tool,
		    "-N and -Q contradict each other");
	if (m->is_never_queued && m->key != NULL)
		return option_usage(&msend_tool,
		    "-k is kept in the spool, and -N keeps nothing");
	return refuse_many(m, mode);
}

static int
refuse_many(const struct msend *m, char mode)
{
	bool is_composed = m->is_ready || m->subject != NULL ||
	    m->cc.n > 0 || m->bcc.n > 0 || m->fields > 0 || m->parts > 0 ||
	    m->header_from != NULL || m->type != NULL || m->answered != NULL;

	if (mode == 'm' && (is_composed || m->is_dry || m->key != NULL))
		return option_usage(&msend_tool, "-m takes ready messages: "
		    "nothing that makes one goes with it, nor -n and -k");
	if (m->is_json && mode != 'p')
		return option_usage(&msend_tool, "-j goes with -p");
	if (m->is_nul && mode != 'm')
		return option_usage(&msend_tool, "-0 goes with -m");
	return 0;
}

static int
work(struct msend *m, char mode, char **operand)
{
	struct compose *c = NULL;
	struct err e;
	int status = refuse_mixture(m, mode);

	if (status != 0)
		return status;
	if ((mode == 'K' || mode == 'p') && operand[0] != NULL)
		return option_usage(&msend_tool, "-%c takes no operand", mode);
	if (mode == 'q' && operand[0] != NULL && operand[1] != NULL)
		return option_usage(&msend_tool, "-q takes one id");
	for (size_t i = 0; strchr("sv", mode) != NULL && operand[i] != NULL;
	    i++)
		if ((status = add_addresses(&m->to, operand[i])) != 0)
			return status;
	if ((mode == 's' && compose_begin(m, &c, &e) == -1) ||
	    config_open(&m->common.account, &m->config, &e) == -1) {
		report_err(m, NULL, &e);
		compose_close(c);
		return -1;
	}
	if (mode == 'm' || mode == 'q')
		progress_begin(&m->progress, msend_tool.name, "messages");
	if (mode == 's')
		send_new(m, c);
	else if (mode == 'm')
		send_many(m, operand);
	else if (mode == 'b')
		sendmail_serve(m);
	else if (mode == 'v' || mode == 'i')
		sendmail_check(m, mode);
	else if (mode == 'K')
		check_send(m);
	else
		work_queue(m, mode, operand[0]);
	return -1;
}

static void
work_queue(struct msend *m, char mode, const char *id)
{
	struct spool *spool = NULL;
	struct err e;

	if (account_find(m->config, NULL, &m->account, &e) == -1)
		report_err(m, NULL, &e);
	else if (mode == 'q')
		queue_run(m, id);
	else if (queue_open(m, &spool, &e) == -1)
		report_err(m, NULL, &e);
	else if (mode == 'p')
		queue_print(m, spool);
	else
		queue_drop(m, spool, id);
	spool_close(spool);
}

void
send_new(struct msend *m, struct compose *c)
{
	struct outgoing *o = mem_alloc(1, sizeof *o);
	const struct feed source = {next_new, &o};
	struct spool *spool = NULL;
	struct err e;
	int status = compose_open(c, &e);

	if (status == 0)
		status = keep_check(m, &e);
	if (status == 0 && !m->is_dry && !m->is_never_queued)
		status = queue_open(m, &spool, &e);
	if (status == 0 && !m->is_dry)
		status = keep_one(m, c, spool, o, &e);
	if (status == -1)
		report_err(m, NULL, &e);
	else if (m->is_dry)
		show(m, c);
	compose_close(c);
	if (status == 0 && m->is_queue_only)
		report(m, o, "");
	else if (status == 0 && !m->is_dry) {
		submit(m, spool, &source, true);
		queue_follow(m, spool);
	}
	outgoing_free(o);
	spool_close(spool);
}

/* The one message of the call. */
static int
next_new(void *arg, struct outgoing **out, struct err *e)
{
	struct outgoing **o = arg;

	(void)e;
	*out = *o;
	*o = NULL;
	return *out == NULL ? 0 : 1;
}

/* -n: the bytes, and the envelope beside them. */
static void
show(struct msend *m, struct compose *c)
{
	struct spool_item item = {0};
	struct err e;

	compose_envelope(c, &item);
	diag(msend_tool.name, "from <%s>", item.sender);
	for (size_t i = 0; i < item.n; i++)
		diag(msend_tool.name, "to <%s>", item.rcpt[i].address);
	spool_release(&item);
	if (compose_write(c, put_output, m, &e) == -1)
		report_err(m, NULL, &e);
}

static int
put_output(void *arg, struct span bytes, struct err *e)
{
	struct msend *m = arg;

	return output_bytes(&m->out, bytes, e);
}

static void
free_all(struct msend *m)
{
	addr_list_free(&m->to);
	addr_list_free(&m->cc);
	addr_list_free(&m->bcc);
	free(m->field);
	free(m->part);
	progress_end(&m->progress);
	links_close(m);
	log_close(&m->log);
	free(m->log_account);
	accounts_close(m);
	config_close(m->config);
	option_common_free(&m->common);
}

static void
name_libraries(struct buf *out)
{
	buf_fmt(out, "%s\n", curl_version());
	libraries_name(out);
}
