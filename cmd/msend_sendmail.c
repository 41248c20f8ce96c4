/* msend under sendmail's names, with sendmail's flags. */
#include <stdlib.h>
#include <string.h>

#include "app/diag.h"
#include "msend_compose.h"

/* Flags with a value, attached or the next argument. */
#define WITH_VALUE "ABCFLNORTVXbfhopr"
/* Flags whose value, if any, is attached. */
#define MAY_HAVE_VALUE "deq"
/* Flags of their own. */
#define ALONE "GIUcimnstvx"

#define ENVID_MAX 100 /* bytes of ENVID, RFC 3461, section 4.4 */

static const char *const names[] = {"sendmail", "mailq", "newaliases"};

static const char *name_of(const char *self);
static int take_word(struct msend *, char ***arg, char *mode);
static int take_flag(struct msend *, char flag, const char *value,
    char *mode);
static int take_mode(char letter, char *mode);
static int take_setting(struct msend *, const char *value);
static int take_notify(struct msend *, const char *value);
static int take_envid(struct msend *, const char *value);
static int take_name(struct msend *, const char *value);
static int wrong(const char *what, const char *value);

bool
sendmail_is(const char *self)
{
	return name_of(self) != NULL;
}

/*
 * Operands may stand among the flags; they are moved to the front of argv, as
 * many as there are, and a NULL after them.
 */
int
sendmail_options(struct msend *m, char **argv, char *mode)
{
	const char *name = name_of(argv[0]);
	char **arg = argv + 1, **operand = argv;
	int status = 0;

	*mode = strcmp(name, "mailq") == 0 ? 'p' :
	    strcmp(name, "newaliases") == 0 ? 'i' : 's';
	m->is_sendmail = m->is_ready = m->is_dotted = true;
	m->is_to_operands = true;
	while (*arg != NULL && status == 0) {
		if (strcmp(*arg, "--") == 0) {
			while (*++arg != NULL)
				*operand++ = *arg;
			break;
		}
		if ((*arg)[0] == '-' && (*arg)[1] != '\0')
			status = take_word(m, &arg, mode);
		else
			*operand++ = *arg++;
	}
	*operand = NULL;
	return status;
}

void
sendmail_check(struct msend *m, char mode)
{
	struct addr_list *list = &m->to;
	struct err e;
	int status = account_find(m->config, NULL, &m->account, &e);

	if (status == 0)
		status = mode == 'i' ? alias_check(m, &e) :
		    alias_complete(m, &list, 1, &e);
	addr_list_unique(&m->to);
	for (size_t i = 0; i < m->to.n && status == 0; i++)
		status = output_record(&m->out, span_of(m->to.v[i].address),
		    &e);
	if (status == -1)
		report_err(m, NULL, &e);
}

/* The name that the program's ends in, whatever prefix it was installed by. */
static const char *
name_of(const char *self)
{
	const char *base = strrchr(self, '/');
	struct span called = span_of(base == NULL ? self : base + 1);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_ends(called, span_of(names[i])))
			return names[i];
	return NULL;
}

/* The flags of one argument, and the next one where it is a value. */
static int
take_word(struct msend *m, char ***arg, char *mode)
{
	const char *p = **arg + 1, *value;
	int status = 0;

	++*arg;
	while (*p != '\0' && status == 0) {
		char flag = *p++;

		value = "";
		if (strchr(WITH_VALUE, flag) != NULL) {
			if (*p == '\0' && **arg == NULL) {
				diag(msend_tool.name, "-%c needs a value",
				    flag);
				return ERR_USAGE;
			}
			value = *p != '\0' ? p : *(*arg)++;
			p = "";
		} else if (strchr(MAY_HAVE_VALUE, flag) != NULL) {
			value = p;
			p = "";
		} else if (strchr(ALONE, flag) == NULL) {
			diag(msend_tool.name, "no flag -%c of sendmail's",
			    flag);
			return ERR_USAGE;
		}
		status = take_flag(m, flag, value, mode);
	}
	return status;
}

static int
take_flag(struct msend *m, char flag, const char *value, char *mode)
{
	switch (flag) {
	case 'b':
		return take_mode(value[0], mode);
	case 'C':
		m->common.account.config = value;
		return 0;
	case 'F':
		return take_name(m, value);
	case 'f':
	case 'r':
		m->from = value;
		return 0;
	case 'I':
		*mode = 'i';
		return 0;
	case 'i':
		m->is_dotted = false;
		return 0;
	case 'N':
		return take_notify(m, value);
	case 'n':
		m->is_unaliased = true;
		return 0;
	case 'o':
		return take_setting(m, value);
	case 'q':
		*mode = 'q';
		return 0;
	case 'R':
		m->ret = value;
		return span_iis(span_of(value), "full") ||
		    span_iis(span_of(value), "hdrs") ? 0 : wrong("-R", value);
	case 't':
		m->is_to_operands = false;
		return 0;
	case 'V':
		return take_envid(m, value);
	case 'v':
		m->common.verbose = true;
		return 0;
	default: /* nothing that concerns us */
		return 0;
	}
}

static int
take_mode(char letter, char *mode)
{
	static const char modes[][2] = {{'m', 's'}, {'p', 'p'}, {'s', 'b'},
	    {'v', 'v'}, {'i', 'i'}};

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (modes[i][0] == letter) {
			*mode = modes[i][1];
			return 0;
		}
	return wrong("-b", (const char[]){letter, '\0'});
}

/* sendmail's are one letter and its value; a key of ours is one of ours. */
static int
take_setting(struct msend *m, const char *value)
{
	size_t equals = span_chr(span_of(value), '=');
	enum conf_side side;
	int status = 0;

	if (equals != SPAN_NONE &&
	    conf_key(span_sub(span_of(value), 0, equals), &side) != NULL)
		option_common(&msend_tool, 'o', value, &m->common, &status);
	else if (strcmp(value, "i") == 0)
		m->is_dotted = false;
	else if (strcmp(value, "dq") == 0 || strcmp(value, "dd") == 0)
		m->is_queue_only = true;
	return status;
}

static int
take_notify(struct msend *m, const char *value)
{
	struct span rest = span_of(value), word;
	bool is_never = span_iis(rest, "never");

	while (span_cut(&rest, ',', &word) == 1)
		if (!is_never && !span_iis(word, "success") &&
		    !span_iis(word, "failure") && !span_iis(word, "delay"))
			return wrong("-N", value);
	m->notify = value;
	return 0;
}

/* Printable ASCII, and short enough as SMTP writes it. */
static int
take_envid(struct msend *m, const char *value)
{
	size_t n = 0;

	for (const char *p = value; *p != '\0'; p++) {
		if (*p <= ' ' || *p >= 0x7f)
			return wrong("-V", value);
		n += *p == '+' || *p == '=' ? 3 : 1;
	}
	if (n > ENVID_MAX)
		return wrong("-V", value);
	m->envid = value;
	return 0;
}

static int
take_name(struct msend *m, const char *value)
{
	for (const char *p = value; *p != '\0'; p++)
		if (ascii_ctl(*p))
			return wrong("-F", value);
	m->full_name = value;
	return 0;
}

static int
wrong(const char *what, const char *value)
{
	diag(msend_tool.name, "%s %s: there is no such here", what, value);
	return ERR_USAGE;
}
